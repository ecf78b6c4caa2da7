"""
The environment of the processes that ``make run`` starts.

Values of the shell and of ``.env`` come first. The rest is filled in from ``.local``: keys, and the sandbox unless
PARTNER_API_URL is set.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from portal.dev.server import embedded, preflight
from portal.dev.server.embedded import HOME, PROJECT
from portal.dev.server.errors import Trouble

WEB_PORT, SANDBOX_PORT = 8000, 8001
_CLIENT_ID = "partnerdesk"
_SERVICE_ACCOUNT = "partnerdesk.serviceaccount@sandbox.example"
_CALLBACK = "/settings/connection/callback/"


@dataclass(frozen=True)
class Keys:
    """Where the secrets of this machine's portal lie."""

    folder: Path

    @property
    def secret_key(self) -> Path:
        """Django's SECRET_KEY."""
        return self.folder / "secret-key"

    @property
    def client_secret(self) -> Path:
        """With which Partnerdesk asks the sandbox for a token."""
        return self.folder / "client-secret"

    @property
    def private_key(self) -> Path:
        """With which Partnerdesk signs as the service account."""
        return self.folder / "service-account.pem"

    @property
    def public_key(self) -> Path:
        """With which the sandbox checks that signature."""
        return self.folder / "service-account.pub"


KEYS = Keys(HOME / "keys")


def given(file: Path = PROJECT / ".env") -> dict[str, str]:
    """Return the process's environment, with the names of ``.env`` that it does not set itself."""
    return _read(file) | os.environ


def wants_sandbox(environment: Mapping[str, str]) -> bool:
    """Return whether LINE WORKS is to be our sandbox: so it is unless another address is set."""
    return not is_set(environment, "PARTNER_API_URL")


def check_ports(environment: Mapping[str, str] | None = None) -> None:
    """
    Make sure that Partnerdesk and the sandbox can take their ports.

    Raises:
        Trouble: a port is taken, or PORT or SANDBOX_PORT is no port.
    """
    known = given() if environment is None else environment
    web = preflight.port("PORT", WEB_PORT, known)
    preflight.check_port("PORT", web)
    if wants_sandbox(known):
        sandbox = preflight.port("SANDBOX_PORT", SANDBOX_PORT, known)
        if sandbox == web:
            raise Trouble(f"PORT and SANDBOX_PORT are both {web}: choose two.")
        preflight.check_port("SANDBOX_PORT", sandbox)


def complete(environment: Mapping[str, str], *, home: Path = HOME, keys: Keys = KEYS) -> dict[str, str]:
    """Return an environment with keys, ports and LINE WORKS filled in where they are not set."""
    filled = dict(environment)
    if not is_set(filled, "SECRET_KEY"):
        filled["SECRET_KEY_FILE"] = str(keys.secret_key)
    filled["PORT"] = str(preflight.port("PORT", WEB_PORT, filled))
    if wants_sandbox(filled):
        number = preflight.port("SANDBOX_PORT", SANDBOX_PORT, filled)
        filled |= {
            "SANDBOX_PORT": str(number),
            "SANDBOX_STATE_FILE": str(home / "sandbox.sqlite3"),
            # So that the check of a month has something to show.
            "SANDBOX_PLANTED_MONTHS": filled.get("SANDBOX_PLANTED_MONTHS", "3"),
            "SANDBOX_CLIENT_ID": _CLIENT_ID,
            "SANDBOX_CLIENT_SECRET_FILE": str(keys.client_secret),
            "SANDBOX_SERVICE_ACCOUNT": _SERVICE_ACCOUNT,
            "SANDBOX_PUBLIC_KEY_FILE": str(keys.public_key),
            "SANDBOX_REDIRECT_URIS": ",".join(
                f"http://{host}:{filled['PORT']}{_CALLBACK}" for host in ("127.0.0.1", "localhost")
            ),
            "PARTNER_API_URL": f"http://127.0.0.1:{number}/v1.0",
            "PARTNER_AUTH_URL": f"http://127.0.0.1:{number}/oauth2/v2.0",
            "PARTNER_CLIENT_ID": _CLIENT_ID,
            "PARTNER_CLIENT_SECRET_FILE": str(keys.client_secret),
            # Set to nothing, a person signs in at the sandbox instead: see docs/connecting.md.
            "PARTNER_SERVICE_ACCOUNT": "" if environment.get("PARTNER_SERVICE_ACCOUNT") == "" else _SERVICE_ACCOUNT,
            "PARTNER_PRIVATE_KEY_FILE": str(keys.private_key),
        }
        # Given as a file, each of these would lose against the same name given as a value.
        for name in ("PARTNER_CLIENT_SECRET", "PARTNER_PRIVATE_KEY", "SANDBOX_CLIENT_SECRET"):
            filled.pop(name, None)
        filled.setdefault("BUSINESS_DATE_FILE", str(home / "business-date"))
    return filled


def provide() -> None:
    """
    Give ``manage.py`` the surroundings of ``make run``, joining its servers or starting them for as long.

    Anywhere else nothing is filled in, started or made, and the settings say what is missing: a deployment that
    lacks its DATABASE_URL must not go on with an empty database of its own.
    """
    environment = given()
    if not is_of_make_run(environment):
        return
    running = preflight.current_run()
    if running.get("sandbox_port"):
        environment.setdefault("SANDBOX_PORT", str(running["sandbox_port"]))
    os.environ.update(complete(environment))
    embedded.provide_environment()


def is_of_make_run(environment: Mapping[str, str], *, home: Path = HOME, keys: Keys = KEYS) -> bool:
    """
    Return whether a command belongs to Partnerdesk that ``make run`` serves in this folder.

    ``make run`` has been here and made its keys, and either it runs at the moment, or the environment names no host
    beyond this machine, as that of a deployment does.
    """
    if not keys.private_key.exists():
        return False
    hosts = {host.strip() for host in environment.get("ALLOWED_HOSTS", "").split(",")}
    is_only_local = hosts <= {"", "127.0.0.1", "localhost", "[::1]"} and "ALLOWED_HOSTS_FILE" not in environment
    return is_only_local or preflight.is_running(home)


def is_set(environment: Mapping[str, str], name: str) -> bool:
    """Return whether a setting is given, as a value or as a file."""
    return bool(environment.get(name) or environment.get(f"{name}_FILE"))


def _read(file: Path) -> dict[str, str]:
    """Read lines of ``NAME=value``, with optional ``export`` and quotes."""
    if not file.is_file():
        return {}
    found = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if not equals or not name.strip().isidentifier():
            continue
        value = value.strip()
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        else:
            value = value.partition(" #")[0].rstrip()
        found[name.strip()] = value
    return found
