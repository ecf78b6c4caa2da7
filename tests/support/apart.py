"""
A portal of a test's own: PostgreSQL, Redis, vendor and workers, apart from those of all other tests.

So the test may kill them and cut them off. What it looks at it asks the database for, as no process of Partnerdesk's is
sure to be there.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit, urlunsplit

import psycopg
from celery import Celery
from redis import Redis

from portal.dev.server import embedded
from portal.dev.server.embedded import _postgres
from tests.support.cached import Cursor
from tests.support.processes import bare_environment
from tests.support.sandbox import ROOT, Sandbox
from tests.support.worker import Worker

TEMPLATE = "partnerdesk"
_TIMES = {
    "sync_syncrun": (
        *("started_at", "listed_at", "finish_stated_at", "finished_at", "worked_at", "retry_at", "failing_since"),
    ),
    "sync_reading": ("read_at", "tried_at", "wanted_at"),
}


class Ground:
    """The servers and LINE WORKS; each scene that plays on it has a database and a Redis database of its own."""

    def __init__(self, folder: Path, *, customers: int, business_date: str) -> None:
        self.folder = folder
        # PostgreSQL may lose the last commits in a crash, and never an earlier one: harder than what it does elsewhere.
        self._services = embedded.start(folder / "home", durable=False)
        self._scenes = 0
        self._business_date_file = folder / "today"
        self.sandbox = Sandbox.start(
            customers=customers,
            business_date=business_date,
            business_date_file=self._business_date_file,
            state_file=folder / "vendor",
        )
        self._key = folder / "key.pem"
        self._key.write_text(self.sandbox.private_key_pem, encoding="ascii")
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
        subprocess.run(migrate, cwd=ROOT, env=self.environment(TEMPLATE, 0), check=True)  # noqa: S603  ours

    def close(self) -> None:
        """Stop all of it."""
        self.sandbox.close()
        self._services.stop()

    def scene(self, name: str, *, like: str = TEMPLATE) -> "Scene":
        """Set a scene that begins with what another one's database holds now."""
        self._scenes += 1
        with psycopg.connect(self.database_url("postgres"), autocommit=True) as connection:
            # Nobody may be looking while a database is copied; whoever is comes again.
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [like])
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"'.encode())
            # A copied sequence believes that its next numbers are in the log already, and a crash would have it give
            # them out twice. It believes that no longer after a checkpoint.
            connection.execute("CHECKPOINT")
        return Scene(self, name, self._scenes)

    def database_url(self, name: str) -> str:
        """Return the address of a database."""
        return urlunsplit(urlsplit(self._services.database_url)._replace(path=f"/{name}"))

    def redis_url(self, number: int) -> str:
        """Return the address of a Redis database."""
        return f"{self._services.redis_url.rpartition('/')[0]}/{number}"

    def environment(self, name: str, number: int) -> dict[str, str]:
        """Return what a process of a scene finds in its environment."""
        return bare_environment(
            DEBUG="0",
            SECRET_KEY="only-for-tests-and-made-up-0123456789-abcdefghijklmnopqrstuvwxyz",
            ALLOWED_HOSTS="127.0.0.1",
            DATABASE_URL=self.database_url(name),
            REDIS_URL=self.redis_url(number),
            PARTNER_API_URL=self.sandbox.api_url,
            PARTNER_AUTH_URL=self.sandbox.auth_url,
            PARTNER_CLIENT_ID=self.sandbox.client_id,
            PARTNER_CLIENT_SECRET=self.sandbox.client_secret,
            PARTNER_SERVICE_ACCOUNT=self.sandbox.service_account,
            PARTNER_PRIVATE_KEY_FILE=str(self._key),
            PARTNER_RATE_LIMIT="100000",
            PARTNER_RATE_WINDOW="1",
            # Few, so that a run is still at work when it is disturbed.
            PARTNER_CONCURRENCY="8",
            BUSINESS_DATE_FILE=str(self._business_date_file),
        )

    def crash_postgres(self) -> None:
        """Have PostgreSQL end as in a crash and start again: all sessions break, and it recovers from its log."""
        home, account = self.folder / "home", _postgres._account()
        subprocess.run(  # noqa: S603  a program out of our own wheel
            [
                *(*account.prefix, _postgres._binary("pg_ctl"), "restart", "--wait", "--mode=immediate"),
                *(f"--pgdata={home / 'postgres'}", f"--log={home / 'log' / 'postgres.log'}"),
            ],
            env=_postgres._environment(),
            user=account.user,
            stdout=subprocess.DEVNULL,
            check=True,
        )


class Scene:
    """A portal on this ground: its database, its Redis and its workers."""

    def __init__(self, ground: Ground, name: str, number: int) -> None:
        self._ground = ground
        self._name = name
        self._environment = ground.environment(name, number)
        self._redis_url = ground.redis_url(number)
        self._broker = Celery(broker=self._redis_url)
        self.workers: list[Worker] = []

    def add_worker(self, *, with_schedule: bool = False) -> Worker:
        """Start one more worker."""
        log = self._ground.folder / f"{self._name}-{len(self.workers)}.log"
        worker = Worker(self._environment, log)
        self.workers.append(worker)
        worker.start(with_schedule=with_schedule)
        return worker

    def close(self) -> None:
        """Stop the workers."""
        for worker in self.workers:
            worker.stop()
        self._broker.close()

    def plan(self) -> None:
        """Come by as the schedule does, which has workers sent for."""
        self._broker.send_task("sync.plan", queue="sweep", expires=10)

    def flush_redis(self) -> None:
        """Lose all that Redis holds: messages, and the call budget."""
        with Redis.from_url(self._redis_url) as redis:
            redis.flushdb()

    @contextmanager
    def cursor(self) -> Iterator[Cursor]:
        """Look into the database, at one moment."""
        with psycopg.connect(self._ground.database_url(self._name)) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            yield cast(Cursor, connection.cursor())

    def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return what the database says to a question, or has done."""
        with psycopg.connect(self._ground.database_url(self._name)) as connection:
            cursor = connection.execute(query.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def let_pass(self, time: timedelta) -> None:
        """Let a time pass in no time: whatever Partnerdesk remembers the hour of is longer ago by as much."""
        for table, columns in _TIMES.items():
            earlier = ", ".join(f"{column} = {column} - %(time)s" for column in columns)
            with psycopg.connect(self._ground.database_url(self._name)) as connection:
                connection.execute(f"UPDATE {table} SET {earlier}".encode(), {"time": time})  # noqa: S608  names of ours

    def unread_since(self, moment: datetime) -> int:
        """Count what is to be kept fresh and has not been read since a moment."""
        [(count,)] = self.ask(
            "SELECT count(*) FROM sync_reading WHERE is_current AND (read_at IS NULL OR read_at < %s)", moment
        )
        return int(count)
