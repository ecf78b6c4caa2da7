"""
What the measurements stand on: PostgreSQL and Redis as safe on disk as those of `make run`, a database of their own,
the sandbox as LINE WORKS, and web processes.

Nothing here imports a model, because Django's settings are only made here.
"""

import fcntl
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit, urlunsplit

import django
import psycopg
from django.core.management import call_command
from redis import Redis

from portal.dev.server import embedded
from portal.dev.server.embedded import HOME, PROJECT
from tests.support.sandbox import Sandbox

CUSTOMERS = 5_000
FOLDER = HOME / "test" / "bench"
DATABASE = "bench"
SETTINGS = "tests.bench.settings"
AS_SHIPPED = "portal.settings"
END_SECONDS = 20
# Out of reach; but without any limit LINE WORKS would say nothing of it, and a fresh budget would sit a window out.
RATE_LIMIT = 100_000
# What the person at this machine has set for a portal must not count here.
OWN = (
    "BUSINESS_DATE_FILE", "BUSINESS_TIME_ZONE", "DATABASE_URL", "DETECTED_CHANGES_KEPT_DAYS", "METERING_KEPT_DAYS",
    "PARTNER_CLIENT_SECRET", "PARTNER_PRIVATE_KEY", "PARTNER_CONCURRENCY", "PARTNER_RATE_LIMIT",
    "PARTNER_RATE_WINDOW", "PARTNER_SCOPE", "READ_BACK_SECONDS", "REDIS_URL", "SECRET_KEY",
)  # fmt: skip


class InUse(Exception):
    """Another measurement runs in this folder."""


@dataclass(frozen=True)
class Ground:
    """LINE WORKS, and where to put files."""

    sandbox: Sandbox
    folder: Path


@contextmanager
def provided() -> Iterator[Ground]:
    """
    Start the servers and the sandbox, make an empty database and set Django up on it.

    Raises:
        InUse: somebody else is measuring in this folder.
    """
    with ExitStack() as at_the_end:
        FOLDER.mkdir(parents=True, exist_ok=True)
        _claim(at_the_end)
        for log in FOLDER.glob("*.log"):
            log.unlink()
        services = embedded.start(FOLDER)
        at_the_end.callback(services.stop)
        Redis.from_url(services.redis_url).flushall()
        sandbox = at_the_end.enter_context(Sandbox.start(customers=CUSTOMERS, rate_limit=RATE_LIMIT))
        key = FOLDER / "key.pem"
        key.touch(mode=0o600)
        key.write_text(sandbox.private_key_pem, encoding="ascii")
        for name in OWN:
            os.environ.pop(name, None)
            os.environ.pop(f"{name}_FILE", None)
        os.environ.update(_environment(services, sandbox, key))
        django.setup()
        call_command("migrate", verbosity=0)
        call_command("prepare")
        yield Ground(sandbox, FOLDER)


@cache
def collect_files() -> None:
    """Put the files that pages load where pages made in this process, or by these settings, look for their names."""
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)


@contextmanager
def web(
    *, settings: str = AS_SHIPPED, workers: int = 2, environment: Mapping[str, str] = MappingProxyType({})
) -> Iterator[str]:
    """
    Serve Partnerdesk as `make run` does, and answer its address.

    Args:
        settings: the settings module.
        workers: how many processes; threads as in `make run`.
        environment: what it finds there besides this process's own.
    """
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        # Gunicorn asks for that too, but a client that came before it would wait 40 ms for each answer's second part.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        options = ["--config=python:portal.gunicorn", f"--workers={workers}", f"--bind=fd://{listener.fileno()}"]
        with (FOLDER / "web.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "portal.wsgi", *options],
                cwd=PROJECT,
                env=os.environ | environment | {"DJANGO_SETTINGS_MODULE": settings},
                stdout=log,
                stderr=log,
                pass_fds=[listener.fileno()],
            )
    # The server alone holds the socket from here on: calls wait until it serves, and fail should it end.
    try:
        yield address
    finally:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


def _claim(at_the_end: ExitStack) -> None:
    """Hold the folder, under the name by which `make reset` knows that it is in use."""
    claim = at_the_end.enter_context((FOLDER / "claim").open("a"))
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InUse("Another `make bench` runs in this folder: wait until it ends.") from None


def _environment(services: embedded.Services, sandbox: Sandbox, key: Path) -> Mapping[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "DEBUG": "0",
        "SECRET_KEY": secrets.token_urlsafe(60),
        "ALLOWED_HOSTS": "127.0.0.1",
        "DATABASE_URL": _fresh_database(services.database_url),
        "REDIS_URL": services.redis_url,
        "PARTNER_API_URL": sandbox.api_url,
        "PARTNER_AUTH_URL": sandbox.auth_url,
        "PARTNER_CLIENT_ID": sandbox.client_id,
        "PARTNER_CLIENT_SECRET": sandbox.client_secret,
        "PARTNER_SERVICE_ACCOUNT": sandbox.service_account,
        "PARTNER_PRIVATE_KEY_FILE": str(key),
    }


def _fresh_database(server_url: str) -> str:
    """Make the database anew and answer its address."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {DATABASE}")
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{DATABASE}"))
