"""
Resyncs as they really run: a sandbox with limits of its own, the workers of `make run` on an empty cache, and the
command that asks for one.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

from django.core.management import call_command
from django.db import connection
from redis import Redis

from portal.dev.server.embedded import PROJECT
from portal.dev.server.run import OF_THREADS, WORKERS
from portal.sync.models import SyncRun
from portal.vendor.ratelimit import RateLimiter
from tests.bench.ground import AS_SHIPPED, Ground
from tests.bench.processes import most_memory, processor_seconds
from tests.support.sandbox import Sandbox
from tests.support.waiting import wait_for

END_SECONDS = 30.0
LONGEST_SECONDS = 1_800.0
_READY = re.compile(r"(?:sweep-\d+|people)@\S+ ready")


class CountingSandbox(Sandbox):
    """A sandbox that knows how many calls it refused for its limit, and which."""

    def __init__(self, options: dict[str, str], directory: tempfile.TemporaryDirectory[str], _program: str) -> None:
        super().__init__(options, directory, "tests.bench.counting_sandbox")

    def refused(self) -> Counter[str]:
        """Return the calls answered 429, by operation, since the start."""
        return Counter(line.split()[1] for line in self.errors().splitlines() if line.startswith("429 "))

    def processor_seconds(self) -> float:
        """Return the processor time that its process has used."""
        return processor_seconds(self.pid)


@dataclass(frozen=True)
class Pace:
    """
    What LINE WORKS allows, and what Partnerdesk is told of it.

    Args:
        limit: calls of each operation in a window; 0 for any number.
        window: seconds.
        kind: how LINE WORKS's window moves on.
    """

    limit: int
    window: int
    kind: str = "fixed"

    def settings(self) -> dict[str, str]:
        """Return Partnerdesk's settings; without a limit one that is out of reach."""
        return {"PARTNER_RATE_LIMIT": str(self.limit or 100_000), "PARTNER_RATE_WINDOW": str(self.window)}


@dataclass(frozen=True)
class Resync:
    """
    One resync from its start to its end.

    Attributes:
        run: its row, as it ended.
        calls: what LINE WORKS counted meanwhile, by operation; 429 answers left out.
        refused: those answers.
        processor: seconds of processor time that the workers used.
        most_memory: the most bytes that any of the workers ever had.
    """

    run: SyncRun
    calls: Counter[str]
    refused: int
    processor: float
    most_memory: int

    @property
    def seconds(self) -> float:
        """From its start to its end."""
        return ((self.run.finished_at or self.run.worked_at) - self.run.started_at).total_seconds()

    @property
    def off_by(self) -> float:
        """How far its end is from the stated one, as a share of its duration; below 0 for an earlier end."""
        if self.run.finish_stated_at is None or self.run.finished_at is None:
            raise RuntimeError(f"the {self.run} stated no finish, or has none")
        return (self.run.finished_at - self.run.finish_stated_at).total_seconds() / self.seconds


class Workers:
    """
    The workers that sweep, as `make run` starts them, and the clock that feeds them.

    Args:
        sandbox: LINE WORKS.
        count: how many processes sweep.
        pace: what LINE WORKS allows.
        with_people: start the worker of the queue of operations too, which has nothing to do unless somebody orders.

    Attributes:
        environment: in which they run; a web process beside them needs the same.
    """

    def __init__(
        self, ground: Ground, sandbox: CountingSandbox, count: int, pace: Pace, *, with_people: bool = False
    ) -> None:
        self._log = ground.folder / f"sweep-{count}.log"
        self._schedule = ground.folder / "beat"
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": AS_SHIPPED,
            "PARTNER_API_URL": sandbox.api_url,
            "PARTNER_AUTH_URL": sandbox.auth_url,
            **pace.settings(),
        }
        self._sandbox = sandbox
        self._count = count
        self._with_people = with_people
        self._sweepers: list[subprocess.Popen[bytes]] = []
        self._people: subprocess.Popen[bytes] | None = None
        self._beat: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._log.unlink(missing_ok=True)
        quiet = ["--without-gossip", "--without-mingle", "--loglevel=INFO"]
        threads = [*WORKERS["sweep"], "-Q", "sweep"]
        for number in range(self._count):
            self._sweepers.append(
                self._celery("worker", *quiet, *threads, "-n", f"sweep-{number}@localhost", more=OF_THREADS)
            )
        if self._with_people:
            people = [*WORKERS["operations"], "-Q", "operations", "-n", "operations@localhost"]
            self._people = self._celery("worker", *quiet, *people)
        wait_for(self._are_ready, "the workers take work", seconds=120.0)
        return self

    def __exit__(self, *_error: object) -> None:
        started = [process for process in (self._beat, self._people, *self._sweepers) if process]
        for process in started:
            process.send_signal(signal.SIGTERM)
        for process in started:
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def resync(self) -> Resync:
        """
        Have everything read, and wait until it is.

        Raises:
            RuntimeError: it did not end whole.
        """
        before = self.processor()
        refused = self._sandbox.refused()
        self._sandbox.reset_calls()
        self.start()
        wait_for(lambda: not SyncRun.objects.latest("pk").is_running, "the resync ends", seconds=LONGEST_SECONDS)
        run = SyncRun.objects.latest("pk")
        if run.state != SyncRun.State.WHOLE:
            raise RuntimeError(f"the {run} ended {run.state}: {run.problem}")
        refusals = self._sandbox.refused() - refused
        calls = self._sandbox.calls() - refusals
        del calls["token"]
        return Resync(run, calls, refusals.total(), self.processor() - before, self.most_memory())

    def start(self) -> None:
        """Ask for a resync of everything, at the door for it; the clock runs from then on."""
        command = [sys.executable, "manage.py", "resync"]
        subprocess.run(command, cwd=PROJECT, env=self.environment, check=True, stdout=subprocess.DEVNULL)
        if self._beat is None:
            self._beat = self._celery("beat", f"--schedule={self._schedule}", "--pidfile=", "--loglevel=INFO")

    def processor(self) -> float:
        """Return the processor seconds that the workers have used."""
        return sum(processor_seconds(process.pid) for process in self._sweepers)

    def most_memory(self) -> int:
        """Return the most bytes that any of the workers ever had."""
        return max(most_memory(process.pid) for process in self._sweepers)

    def _celery(self, *arguments: str, more: Mapping[str, str] = MappingProxyType({})) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "celery", "-A", "portal.celery", *arguments]
        with self._log.open("ab") as log:
            return subprocess.Popen(command, cwd=PROJECT, env={**self.environment, **more}, stdout=log, stderr=log)

    def _are_ready(self) -> bool:
        workers = [process for process in (self._people, *self._sweepers) if process]
        if ended := [process.returncode for process in workers if process.poll() is not None]:
            raise RuntimeError(f"workers ended with {ended}, see {self._log}")
        return len(set(_READY.findall(self._log.read_text(encoding="utf-8")))) == len(workers)


@contextmanager
def vendor(customers: int, pace: Pace) -> Iterator[CountingSandbox]:
    """Start a sandbox that keeps to a pace."""
    with CountingSandbox.start(
        customers=customers, rate_limit=pace.limit, rate_window=pace.window, rate_kind=pace.kind
    ) as sandbox:
        yield sandbox


@contextmanager
def emptied(redis_url: str) -> Iterator[None]:
    """Empty the database and Redis before and after, so that nothing is known of any customer."""
    with ExitStack() as at_the_end:
        at_the_end.callback(_empty, redis_url)
        _empty(redis_url)
        yield


def without_limit(redis_url: str) -> None:
    """Say that no call was made before: a vendor without limits says nothing of it, and a window would be sat out."""
    with Redis.from_url(redis_url) as redis:
        RateLimiter(redis, limit=1, window=1).assume_unused()


def rows(tables: Sequence[str]) -> dict[str, int]:
    """Count the rows of tables."""
    with connection.cursor() as cursor:
        return {table: _one(cursor, f'SELECT count(*) FROM "{table}"') for table in tables}  # noqa: S608  our tables


def _one(cursor: object, query: str) -> int:
    cursor.execute(query)  # type: ignore[attr-defined]
    return int(cursor.fetchone()[0])  # type: ignore[attr-defined]


def _empty(redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
    call_command("flush", interactive=False, verbosity=0)
    call_command("prepare")
