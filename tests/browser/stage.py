"""
A whole portal for browsers: database, sandbox, web process and worker, each the process that it really is.

    with staged(database_url=…, redis_url=…, folder=…, customers=60, business_date="2026-01-15") as stage:
        page.goto(stage.url)

Nothing of it is shared with the process that opens it, so whoever drives a browser needs no Django.
"""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql
from redis import Redis

from tests.support.sandbox import Sandbox
from tests.support.waiting import wait_for

ROOT = Path(__file__).parents[2]
# Tests use the first databases of Redis, one for each pytest worker; its stage has this many more.
REDIS_DATABASES = 30
STOP_SECONDS = 10
# Out of reach; but without any limit LINE WORKS would say nothing of it, and a fresh budget would sit a window out.
RATE_LIMIT = 100_000
# Each says what another name of the stage's environment says already.
_UNSET = ("SECRET_KEY_FILE", "PARTNER_CLIENT_SECRET_FILE", "PARTNER_PRIVATE_KEY", "DATABASE_URL_FILE", "REDIS_URL_FILE")
_PYTHON = (sys.executable, "-m")


class Stage:
    """
    A portal of its own. Made by `staged()`.

    Args:
        environment: of all its processes.
        folder: an empty one, for logs and collected files.
        sandbox: its vendor.
    """

    def __init__(self, environment: Mapping[str, str], folder: Path, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.url = ""
        self._environment = dict(environment)
        self._folder = folder
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def run(self, *arguments: str) -> str:
        """
        Run a Python module in this portal's environment to its end.

        Returns:
            what it wrote to standard output.

        Raises:
            RuntimeError: it failed; the message carries what it wrote to standard error.
        """
        result = subprocess.run(  # noqa: S603  a command of our own
            [*_PYTHON, *arguments], cwd=ROOT, env=self._environment, capture_output=True, text=True, check=False
        )
        if result.returncode:
            raise RuntimeError(f"{' '.join(arguments)}: {result.stderr[-4000:]}")
        return result.stdout

    def furnish(self, *arguments: str) -> Any:
        """Run a step of `tests.browser.furnish`, and answer what it tells."""
        return json.loads(self.run("tests.browser.furnish", *arguments) or "null")

    def start(self, **settings: str) -> None:
        """Start the web process and the worker, and wait until both are there; `settings` replace earlier ones."""
        self._environment |= settings
        # Threads, as background workers are; enough that what people wait for need not wait for a sweep.
        queues = ("-Q", "operations,pages,files,sweep", "--pool=threads", "-c", "48")
        celery = ("celery", "-A", "portal.celery", "worker", *queues, "-l", "INFO")
        self._spawn("worker", [*celery, "--without-gossip", "--without-mingle", "--without-heartbeat"])
        gunicorn = ("gunicorn", "portal.wsgi", "--config=python:portal.gunicorn")
        self._spawn("web", [*gunicorn, "--bind=127.0.0.1:0", "--workers=1", "--threads=6"])
        self.url = self._told("web", r"Listening at: (http://127\.0\.0\.1:\d+)")
        self._told("worker", r"(@\S+ ready)")

    def stop(self) -> None:
        """End both in good order, or at once when one takes long: nothing on a stage is worth keeping."""
        for process in self._processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self._processes.values():
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self._processes.clear()

    def _spawn(self, name: str, arguments: Sequence[str]) -> None:
        with self._log(name).open("wb") as output:
            self._processes[name] = subprocess.Popen(  # noqa: S603  a command of our own
                [*_PYTHON, *arguments],
                cwd=ROOT,
                env=self._environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _told(self, name: str, pattern: str) -> str:
        """Wait until a process writes something, and answer the group that the pattern marks."""

        def look() -> re.Match[str] | None:
            written = self._log(name).read_text(encoding="utf-8", errors="replace")
            if self._processes[name].poll() is not None:
                raise AssertionError(f"{name} ended while starting: {written[-4000:]}")
            return re.search(pattern, written)

        found = wait_for(look, f"{name} writes {pattern}", seconds=60)
        assert found
        return found[1]

    def _log(self, name: str) -> Path:
        return self._folder / f"{name}.log"


@contextmanager
def staged(
    *,
    database_url: str,
    redis_url: str,
    folder: Path,
    customers: int,
    business_date: str | None = None,
    read_back_seconds: str = "0.2,0.2,600",
) -> Iterator[Stage]:
    """
    Open a stage on which people can sign in and every customer has been read; end all of it afterwards.

    Args:
        database_url: a PostgreSQL server; the stage makes a database of its own there.
        redis_url: a database of a Redis server; the stage uses that with a number `REDIS_DATABASES` higher.
        folder: an empty one.
        customers: how many LINE WORKS has.
        business_date: YYYY-MM-DD, which stands still; None follows the real day.
        read_back_seconds: the pauses between the readings after an order.
    """
    with ExitStack() as at_the_end:
        database = at_the_end.enter_context(_database(database_url))
        server, _, number = redis_url.rpartition("/")
        redis = f"{server}/{int(number) + REDIS_DATABASES}"
        at_the_end.callback(_clear, redis)
        today = folder / "today"
        sandbox = at_the_end.enter_context(
            Sandbox.start(
                customers=customers, business_date=business_date, business_date_file=today, rate_limit=RATE_LIMIT
            )
        )
        environment = _environment(sandbox, folder) | {
            "DATABASE_URL": database,
            "REDIS_URL": redis,
            "BUSINESS_DATE_FILE": str(today),
            "READ_BACK_SECONDS": read_back_seconds,
        }
        stage = Stage(environment, folder, sandbox)
        at_the_end.callback(stage.stop)
        stage.run("django", "collectstatic", "--no-input")
        stage.run("django", "migrate", "--verbosity=0")
        stage.furnish("ground")
        stage.start()
        yield stage


def _environment(sandbox: Sandbox, folder: Path) -> dict[str, str]:
    """Return an environment in which nothing of the person's own settings is left."""
    key = folder / "key.pem"
    key.write_text(sandbox.private_key_pem, encoding="ascii")
    key.chmod(0o600)
    own = {
        "DJANGO_SETTINGS_MODULE": "tests.browser.settings",
        "STAGE_STATIC_ROOT": str(folder / "static"),
        "DEBUG": "0",
        "SECRET_KEY": "only-for-a-stage-and-made-up-0123456789-abcdefghijklmnopqrstuvwxyz",
        "ALLOWED_HOSTS": "127.0.0.1",
        "BUSINESS_TIME_ZONE": "Asia/Tokyo",
        "PARTNER_API_URL": sandbox.api_url,
        "PARTNER_AUTH_URL": sandbox.auth_url,
        "PARTNER_CLIENT_ID": sandbox.client_id,
        "PARTNER_CLIENT_SECRET": sandbox.client_secret,
        "PARTNER_SERVICE_ACCOUNT": sandbox.service_account,
        "PARTNER_PRIVATE_KEY_FILE": str(key),
        "PARTNER_SCOPE": "partner",
        "PARTNER_RATE_LIMIT": str(RATE_LIMIT),
        "PARTNER_RATE_WINDOW": "60",
    }
    return {name: value for name, value in os.environ.items() if name not in _UNSET} | own


@contextmanager
def _database(url: str) -> Iterator[str]:
    """Make a fresh database on a server, and remove it afterwards."""
    name = f"stage_{os.getpid()}"
    create = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(drop)  # of a process of the same number that was killed
        connection.execute(create)
        try:
            yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        finally:
            connection.execute(drop)


def _clear(redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis:
        redis.flushdb()
