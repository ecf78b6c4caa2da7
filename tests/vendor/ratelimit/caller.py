"""Processes that call LINE WORKS as Partnerdesk does, each call through the gate."""

import http.client
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection

from redis import Redis

from portal.vendor.client import RateLimits
from portal.vendor.ratelimit import SWEEP_BURST, NoCapacity, Priority, RateLimiter, Throttle

LONGEST_SECONDS = 60
# A server that has imported all this once forks off each process, in a fraction of the time that a fresh one takes.
_processes = get_context("forkserver")
_processes.set_forkserver_preload([__name__])


@dataclass(frozen=True)
class Errand:
    """
    What a process is to do.

    Args:
        lanes: threads by lane.
        operations: a person calls them in turn; each thread of a sweep keeps to one of them.
        first: the operation of the first thread; so several processes can share the operations out.
        pause: seconds between two calls of a thread.
    """

    redis: str
    vendor: str
    lanes: dict[str, int]
    limit: int
    window: float
    operations: tuple[str, ...] = ("/getThing",)
    first: int = 0
    concurrency: int = 24
    longest_call: float = 5.0
    sweep_burst: int = SWEEP_BURST
    pause: float = 0.0


class Caller:
    """A running process of callers."""

    def __init__(self, errand: Errand) -> None:
        self._line, theirs = _processes.Pipe()
        self._process = _processes.Process(target=_work, args=(errand, theirs))
        self._process.start()
        theirs.close()

    def is_at_work(self) -> None:
        """Wait until it begins."""
        assert self._line.poll(LONGEST_SECONDS)
        assert self._line.recv() == "begun"

    def stop(self) -> None:
        """Tell it to begin no further call."""
        self._line.send("stop")

    def waits(self) -> dict[str, list[float]]:
        """Wait until a stopped one has finished, and answer how long each call waited for its turn, by lane."""
        assert self._line.poll(LONGEST_SECONDS)
        waits: dict[str, list[float]] = self._line.recv()
        return waits

    def kill(self) -> None:
        """End it in the middle of whatever it does; a second time does nothing."""
        self._process.kill()
        self._process.join()
        self._line.close()


@contextmanager
def calling(*errands: Errand) -> Iterator[list[Caller]]:
    """Start processes, and go on when all of them call; none is left over."""
    callers = [Caller(errand) for errand in errands]
    try:
        for caller in callers:
            caller.is_at_work()
        yield callers
    finally:
        for caller in callers:
            caller.kill()


def end(callers: Iterable[Caller]) -> list[dict[str, list[float]]]:
    """Let all of them finish, and answer what each waited. People who go on would let no sweep come to its end."""
    callers = list(callers)
    for caller in callers:
        caller.stop()
    return [caller.waits() for caller in callers]


def _work(errand: Errand, line: Connection) -> None:
    over = threading.Event()
    waits: dict[str, list[float]] = {lane: [] for lane in errand.lanes}
    with Redis.from_url(errand.redis) as redis:
        budget = RateLimiter(
            redis,
            limit=errand.limit,
            window=errand.window,
            concurrency=errand.concurrency,
            longest_call=errand.longest_call,
            sweep_burst=errand.sweep_burst,
        )
        threads = [
            threading.Thread(
                target=_call, args=(errand, budget, Priority(lane), over, waits[lane], errand.first + number)
            )
            for lane, count in errand.lanes.items()
            for number in range(count)
        ]
        for thread in threads:
            thread.start()
        line.send("begun")
        line.recv()
        over.set()
        for thread in threads:
            thread.join()
    line.send(waits)


def _call(
    errand: Errand, budget: RateLimiter, lane: Priority, over: threading.Event, waits: list[float], number: int
) -> None:
    gate = Throttle(budget, lane)
    to_vendor = http.client.HTTPConnection(errand.vendor, timeout=20)
    while not over.wait(errand.pause):
        operation = errand.operations[number % len(errand.operations)]
        number += lane is Priority.PEOPLE
        began = time.monotonic()
        try:
            with gate.wait(operation):
                waits.append(time.monotonic() - began)
                to_vendor.request("GET", operation, headers={"User-Agent": lane})
                answer = to_vendor.getresponse()
                answer.read()
                gate.learn(operation, RateLimits.from_answer(answer.status, dict(answer.headers)))
        except NoCapacity:
            continue
    to_vendor.close()
