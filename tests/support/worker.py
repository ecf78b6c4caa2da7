"""
A real Celery worker for tests, on the test's own database and Redis, as the process it really is.

It is started once and serves all tests of a run that need one. A test may kill it as suddenly as a crash would, or
have it away; the next test that needs one gets it back.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.db import connection

from portal.celery import app
from tests.support.waiting import wait_for

ROOT = Path(__file__).parents[2]
QUEUES = ("operations", "bulk", "pages", "files", "sweep")
STOP_SECONDS = 20


def test_database_url() -> str:
    """Return the address of the database that Django made for this run, for another process."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}"))


def queued() -> int:
    """Count the messages that no worker has taken yet."""
    with app.connection_for_read() as broker, broker.channel() as channel:
        return sum(channel.client.llen(queue) for queue in QUEUES)  # type: ignore[attr-defined]  # Redis' own


def purge() -> int:
    """Lose every message that no worker has taken yet, as a broker that crashes would; return how many."""
    with app.connection_for_write() as broker, broker.channel() as channel:
        lost = queued()
        channel.client.delete(*QUEUES)  # type: ignore[attr-defined]  # Redis' own
        return lost


class Worker:
    """
    A worker process with its children.

    Args:
        environment: what it finds in its environment besides the database, Redis and the test's own.
        log: the file that takes its output; it grows over restarts.
        queues: those that it serves.
        pool: how many places it has, and of what kind.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        log: Path,
        *,
        queues: Sequence[str] = QUEUES,
        # Threads, as most workers have them; enough that what people wait for need not wait for a sweep.
        pool: Sequence[str] = ("--pool=threads", "--concurrency=48"),
    ) -> None:
        self._environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "DATABASE_URL": test_database_url(),
            "REDIS_URL": settings.REDIS_URL,
            **environment,
        }
        self._log = log
        self._queues = queues
        self._pool = pool
        self._process: subprocess.Popen[bytes] | None = None
        self._starts = 0
        self._read_from = 0

    @property
    def name(self) -> str:
        """The name under which it answers questions; another one after each start."""
        return f"test-{os.getpid()}-{id(self)}-{self._starts}@localhost"

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def log(self) -> str:
        """Return everything that it wrote so far."""
        return self._log.read_text(encoding="utf-8") if self._log.exists() else ""

    def start(self, *, with_schedule: bool = False) -> None:
        """
        Start it unless it runs, and wait until it takes work.

        Args:
            with_schedule: give it the work that falls due by the clock too, as Partnerdesk's beat does; whoever asks
                for that also stops it.
        """
        if self.is_running:
            return
        self._starts += 1
        self._read_from = len(self.log())
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603  a command of our own
                [*self._command(), *(self._schedule() if with_schedule else ())],
                cwd=ROOT,
                env=self._environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            wait_for(self._is_ready, "the worker takes work")
        except AssertionError as error:
            error.add_note(f"it wrote: {self.log()[self._read_from :]}")
            raise

    def stop(self) -> None:
        """End it in good order: what it is doing is finished first."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it and its children at once, as a crash of the machine would."""
        self._end(signal.SIGKILL)

    def rest(self) -> None:
        """Lose what waits in the queues, and wait until nothing is under way."""
        purge()
        if self.is_running:
            wait_for(lambda: not self._active(), "the worker has nothing under way")

    def _command(self) -> list[str]:
        # Gossip, mingle and heartbeat are for many workers; without them a start takes a second less.
        return [
            *(sys.executable, "-m", "celery", "-A", "portal.celery", "worker"),
            *("-Q", ",".join(self._queues), *self._pool, "-l", "INFO", "-n", self.name),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ]

    def _schedule(self) -> list[str]:
        return ["--beat", "--schedule", str(self._log.with_name(f"schedule-{self._starts}"))]

    def _is_ready(self) -> bool:
        written = self.log()[self._read_from :]
        if not self.is_running:
            raise AssertionError("the worker ended while starting")
        return re.search(r"@localhost ready", written) is not None

    def _active(self) -> bool:
        """Whether it is at work on something; a worker that does not answer counts as busy."""
        answer = app.control.inspect(destination=[self.name], timeout=1.0, limit=1).active()
        return not answer or any(answer.values())

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            # The whole group for a crash; in good order the parent tells its children itself.
            os.killpg(process.pid, how) if how is signal.SIGKILL else process.send_signal(how)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
