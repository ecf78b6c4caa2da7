"""
A full resync against LINE WORKS's call limit: how close it comes to the time that the calls take at the allowed rate,
whether any call is one too many, how long a person waits meanwhile, and whether the finish is the stated one.

LINE WORKS's window is shorter than the real one, so that a run takes a minute instead of half an hour; but so long
that the limit bounds the run, and not the two cores which sandbox, PostgreSQL, Redis and workers share: the table tells
how much of them was used. A first resync fills the cache without limits. Those that are measured read everything again.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from django.conf import settings
from redis import Redis

from customers.models import Customer
from portal.core.clock import business_today
from portal.vendor.client import CustomerChange, RateLimits, Refused
from portal.vendor.ratelimit import Priority, RateLimiter, Throttle
from tests.bench.figures import Figure, p95
from tests.bench.ground import Ground
from tests.bench.resyncs import CountingSandbox, Pace, Resync, Workers, emptied, vendor, without_limit
from tests.support.clients import client_of

CUSTOMERS = 300
LIMIT, WINDOW = 240, 8
RIVAL_SHARE = 0.3
UNLIMITED = Pace(limit=0, window=1)
FILLING_PROCESSES = 2

LARGEST_RATIO = 1.08
LARGEST_SPREAD = 1.05
LARGEST_REFUSED_SHARE = 0.005
LONGEST_WAIT_MS = 300
LARGEST_ERROR = 0.10
_PAUSE_SECONDS = 0.5


@dataclass(frozen=True)
class Measured:
    """
    A resync at the limit, and a person beside it.

    Attributes:
        resync: as it ended.
        needed: the calls that it made, by operation; the person's left out.
        allowed: calls of an operation that were left to it in a window.
        waits: how long the person's calls waited for their turn, in seconds.
        cores: how many processor cores the workers and the sandbox used, on average.
    """

    resync: Resync
    needed: Counter[str]
    allowed: float
    waits: list[float]
    cores: float

    @property
    def ratio(self) -> float:
        """Its makespan as a multiple of the least: that of the operation with the most calls, at the allowed rate."""
        return self.resync.seconds / (max(self.needed.values()) * WINDOW / self.allowed)

    @property
    def refused_share(self) -> float:
        """The share of calls that were answered 429."""
        return self.resync.refused / (self.resync.refused + self.resync.calls.total())


class TimedGate:
    """A gate that notes how long each call waited before it, and how many calls of which operation went through."""

    def __init__(self, gate: Throttle) -> None:
        self._gate = gate
        self.waits: list[float] = []
        self.calls: Counter[str] = Counter()

    @contextmanager
    def wait(self, operation: str) -> Iterator[None]:
        """Pass on, and time it."""
        asked = time.perf_counter()
        with self._gate.wait(operation):
            self.waits.append(time.perf_counter() - asked)
            self.calls[operation] += 1
            yield

    def learn(self, operation: str, limits: RateLimits) -> None:
        """Pass on."""
        self._gate.learn(operation, limits)


def measure(given: Ground) -> list[Figure]:
    """Measure it with as many customers as need a minute each time."""
    return measure_at_the_limit(given, CUSTOMERS)


def measure_at_the_limit(given: Ground, customers: int) -> list[Figure]:
    """Measure it with one, two and four processes, in both kinds of window, and beside another application."""
    with vendor(customers, UNLIMITED) as sandbox, emptied(settings.REDIS_URL):
        without_limit(settings.REDIS_URL)
        with Workers(given, sandbox, FILLING_PROCESSES, UNLIMITED) as workers:
            workers.resync()
        alone = {
            count: _measure(given, sandbox, count, kind) for count, kind in ((1, "fixed"), (2, "sliding"), (4, "fixed"))
        }
        beside = _measure(given, sandbox, 2, "sliding", rival_share=RIVAL_SHARE)
    return _figures(customers, alone, beside)


def _figures(customers: int, alone: dict[int, Measured], beside: Measured) -> list[Figure]:
    ratios = [found.ratio for found in alone.values()]
    waits = [p95(found.waits) * 1000 for found in alone.values()]
    errors = [found.resync.off_by for found in (*alone.values(), beside)]
    refused = sum(found.resync.refused for found in alone.values())
    largest = max(alone[1].needed.values())
    return [
        Figure(
            f"Full resync of {customers:,} customers at {LIMIT} calls of an operation per {WINDOW} s, 1, 2 and 4 "
            f"processes: makespan in multiples of calls ÷ allowed rate",
            f"≤ {LARGEST_RATIO}",
            f"{', '.join(f'{ratio:.3f}' for ratio in ratios)} ({alone[1].needed.total():,} calls, {largest:,} of the "
            f"largest operation; cores in use by workers and sandbox: "
            f"{', '.join(f'{found.cores:.1f}' for found in alone.values())})",
            max(ratios) <= LARGEST_RATIO,
        ),
        Figure(
            "The same: slowest against fastest", "within 5 %", f"{max(ratios) / min(ratios) - 1:.1%}",
            max(ratios) <= LARGEST_SPREAD * min(ratios),
        ),
        Figure("The same: calls answered 429, windows fixed, sliding and fixed", "0", f"{refused}", not refused),
        Figure(
            f"Beside a rival that uses {RIVAL_SHARE:.0%} of each limit, 2 processes: calls answered 429",
            f"< {LARGEST_REFUSED_SHARE:.1%}", f"{beside.refused_share:.2%}",
            beside.refused_share < LARGEST_REFUSED_SHARE,
        ),
        Figure(
            "The same: makespan in multiples of calls ÷ the rate that is left",
            f"≤ {LARGEST_RATIO}", f"{beside.ratio:.3f} ({beside.allowed:.0f} calls per window)",
            beside.ratio <= LARGEST_RATIO,
        ),
        Figure(
            "A person's read or write meanwhile waits for its turn, p95",
            f"≤ {LONGEST_WAIT_MS} ms",
            f"{', '.join(f'{wait:.0f}' for wait in waits)} ms; beside the rival {p95(beside.waits) * 1000:.0f} ms",
            max(*waits, p95(beside.waits) * 1000) <= LONGEST_WAIT_MS,
        ),
        Figure(
            "The end, against what was stated at the start",
            f"within {LARGEST_ERROR:.0%}",
            f"{', '.join(f'{error:+.1%}' for error in errors)} (the last beside the rival)",
            max(map(abs, errors)) <= LARGEST_ERROR,
        ),
    ]  # fmt: skip


def _measure(given: Ground, sandbox: CountingSandbox, count: int, kind: str, *, rival_share: float = 0.0) -> Measured:
    pace = Pace(LIMIT, WINDOW, kind)
    sandbox.limits(LIMIT, WINDOW, kind=kind, rival={"share": rival_share, "operation": "*"} if rival_share else None)
    with Workers(given, sandbox, count, pace) as workers:
        before = sandbox.processor_seconds()
        with _person(sandbox) as gate:
            resync = workers.resync()
        used = resync.processor + sandbox.processor_seconds() - before
    people = max(gate.calls.values()) * WINDOW / resync.seconds
    measured = Measured(
        resync,
        needed=resync.calls - gate.calls,
        allowed=min(LIMIT // 2, LIMIT * (1 - rival_share) - people),
        waits=gate.waits,
        cores=used / resync.seconds,
    )
    print(f"    {count} at work, {kind} window: {resync.seconds:.1f} s, {measured.ratio:.3f}", flush=True)
    return measured


@contextmanager
def _person(sandbox: CountingSandbox) -> Iterator[TimedGate]:
    """Somebody who reads and writes by turns: what sweeps read the most of, and what changes nothing in the cache."""
    with Redis.from_url(settings.REDIS_URL) as redis:
        gate = TimedGate(Throttle(RateLimiter(redis, limit=LIMIT, window=WINDOW), Priority.PEOPLE))
        api = client_of(sandbox, gate=gate, on_surprise=lambda surprise: None)
        customers = dict(Customer.objects.current().values_list("pk", "phone_number"))
        over, broken = threading.Event(), list[Exception]()

        def look_around() -> None:
            chance = random.Random(1)  # noqa: S311  whom to look at, no secret
            today = business_today()
            try:
                while not over.wait(_PAUSE_SECONDS):
                    domain_id, phone_number = chance.choice(list(customers.items()))
                    api.billing.list_customer_usages(domain_id, year=today.year, month=today.month)
                    # Some customers are about to leave and take no change; the call and its turn are the same.
                    with suppress(Refused):
                        api.customers.patch_customer(domain_id, CustomerChange(phone_number=phone_number))
            except Exception as error:
                broken.append(error)

        person = threading.Thread(target=look_around)
        person.start()
        try:
            yield gate
        finally:
            over.set()
            person.join()
        if broken:
            raise broken[0]
