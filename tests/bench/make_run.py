"""
`make run` on a fresh clone, from the command to a page that shows a customer: with empty package caches, and once more.

The clone is of HEAD, in a folder with a space in its name. A person is played by HTTP: sign in, look at the customers'
page, again and again until one is there.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import requests

from portal.dev.server.embedded import PROJECT
from tests.bench.figures import Figure

MOST_COLD_SECONDS, MOST_WARM_SECONDS = 240, 20
LONGEST_SECONDS = 900
END_SECONDS = 60
_BETWEEN_LOOKS = 0.2
_CALL_SECONDS = 10
# A portal's settings in the person's shell would make another portal of it; the rest of the shell stays.
_SETTINGS = re.compile(
    r"(ALLOWED_HOSTS|BUSINESS_\w+|DATABASE_URL|DEBUG|DJANGO_\w+|PARTNER_\w+|READ_BACK_SECONDS|REDIS_URL|SANDBOX_\w+"
    r"|SECRET_KEY)(_FILE)?|MAKE\w*|MFLAGS|VIRTUAL_ENV"
)


def measure(surroundings: Mapping[str, str]) -> list[Figure]:
    """Measure it, in the environment of the person's shell."""
    with TemporaryDirectory(prefix="partnerdesk ") as name:
        folder = Path(name)
        clone = folder / "fresh clone"
        subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", PROJECT, clone], check=True)
        environment = _environment(surroundings, caches=folder / "caches")
        cold, warm = (_until_a_customer_shows(clone, environment) for _start in ("cold", "warm"))
    return [
        Figure(
            "`make run` of a fresh clone to a page with customers, empty package caches",
            f"≤ {MOST_COLD_SECONDS} s",
            f"{cold:.1f} s{_remark(environment)}",
            cold <= MOST_COLD_SECONDS,
        ),
        Figure(
            "`make run` for the second time", f"≤ {MOST_WARM_SECONDS} s", f"{warm:.1f} s", warm <= MOST_WARM_SECONDS
        ),
    ]


def _remark(environment: Mapping[str, str]) -> str:
    """Say so where pip also finds packages on this machine, which no cache of ours keeps it from."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    known = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    return ", some packages from this machine" if "find-links" in known or "file://" in known else ""


def _environment(surroundings: Mapping[str, str], *, caches: Path) -> dict[str, str]:
    kept = {name: value for name, value in surroundings.items() if not _SETTINGS.fullmatch(name)}
    return kept | {
        "PIP_CACHE_DIR": str(caches / "pip"),
        "npm_config_cache": str(caches / "npm"),
        "XDG_CACHE_HOME": str(caches),
        "PORT": str(_free_port()),
        "SANDBOX_PORT": str(_free_port()),
    }


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _until_a_customer_shows(clone: Path, environment: dict[str, str]) -> float:
    """
    Start, wait, stop, and answer the seconds of the wait.

    Raises:
        RuntimeError: it ended, or no customer showed; with what it wrote.
    """
    output = clone.parent / "output"
    # This process runs in a .venv; a person's `python3` does not.
    python = Path(sys.base_prefix, "bin", f"python{sys.version_info[0]}.{sys.version_info[1]}")
    with output.open("wb") as written:
        began = time.monotonic()
        process = subprocess.Popen(
            ["make", "run", f"PYTHON={python}"],
            cwd=clone,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
            start_new_session=True,
        )
    try:
        visitor = Visitor(f"http://127.0.0.1:{environment['PORT']}", clone / ".local" / "sign-ins.json")
        while not visitor.sees_a_customer():
            if process.poll() is not None or time.monotonic() - began > LONGEST_SECONDS:
                raise RuntimeError(f"`make run` showed no customer; it wrote:\n{output.read_text(encoding='utf-8')}")
            time.sleep(_BETWEEN_LOOKS)
        return time.monotonic() - began
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Stop it as a service manager would; what does not end in time is ended at once, and told."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise


class Visitor:
    """
    A person who waits for Partnerdesk.

    Args:
        address: of Partnerdesk.
        sign_ins: the file in which `make run` keeps the people of the demo.
    """

    def __init__(self, address: str, sign_ins: Path) -> None:
        self._address = address
        self._sign_ins = sign_ins
        self._browser = requests.Session()
        self._signed_in = False

    def sees_a_customer(self) -> bool:
        """Return whether the customers' page shows one; no while Partnerdesk does not serve yet."""
        try:
            self._signed_in = self._signed_in or self._sign_in()
            if not self._signed_in:
                return False
            page = self._browser.get(f"{self._address}/customers/", timeout=_CALL_SECONDS)
        except (requests.ConnectionError, requests.Timeout):
            return False
        page.raise_for_status()
        return 'id="row-1"' in page.text

    def _sign_in(self) -> bool:
        if not self._sign_ins.exists():
            return False
        address = f"{self._address}/account/sign-in/"
        self._browser.get(address, timeout=_CALL_SECONDS).raise_for_status()
        person = json.loads(self._sign_ins.read_text(encoding="utf-8"))[0]
        form = {
            "login": person["email"],
            "password": person["password"],
            "csrfmiddlewaretoken": self._browser.cookies["csrftoken"],
        }
        answer = self._browser.post(address, data=form, timeout=_CALL_SECONDS)
        answer.raise_for_status()
        if "sessionid" not in self._browser.cookies:
            raise RuntimeError(f"signing in as {person['email']} was refused")
        return True
