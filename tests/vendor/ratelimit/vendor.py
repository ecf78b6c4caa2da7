"""
A vendor that does nothing but count, as strictly as its page allows, and answer late.

It counts a call when that arrives, somewhere between the caller's turn and the answer. Every arrival is kept, so that
afterwards each window can be looked at, wherever it may begin.
"""

import random
import threading
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from portal.dev.sandbox.limits import limit_headers

RIVAL = "rival"


class Way(StrEnum):
    """How LINE WORKS's window runs: opened by a call and closed after its seconds, or sliding."""

    FIXED = "fixed"
    SLIDING = "sliding"


class Arrival(NamedTuple):
    """A call of ours, as LINE WORKS sees it."""

    moment: float
    operation: str
    caller: str
    accepted: bool


@dataclass
class Vendor:
    """
    Counts the calls of each operation.

    Args:
        seconds: the longest that a call is under way before it is counted, and again before its answer is back.
        silent: whether it keeps its limit to itself.
    """

    way: Way
    limit: int
    window: float
    seconds: float
    silent: bool = False
    arrivals: list[Arrival] = field(default_factory=list)
    accepted: dict[str, list[float]] = field(default_factory=dict)
    most_at_once: int = 0
    url: str = ""
    _in_flight: int = 0
    _opened: dict[str, tuple[float, int]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, operation: str, caller: str) -> tuple[bool, dict[str, str]]:
        """Count a call that arrives now."""
        with self._lock:
            now = time.monotonic()
            accepted = self.accepted.setdefault(operation, [])
            if self.way is Way.SLIDING:
                used = len(accepted) - bisect_left(accepted, now - self.window)
                left = accepted[-used] + self.window - now if used else self.window
            else:
                opened, first = self._opened.get(operation, (-self.window, 0))
                if now >= opened + self.window:
                    opened, first = self._opened[operation] = (now, len(accepted))
                used, left = len(accepted) - first, opened + self.window - now
            allowed = used < self.limit
            if allowed:
                accepted.append(now)
                used += 1
            if caller != RIVAL:
                self.arrivals.append(Arrival(now, operation, caller, allowed))
            return allowed, {} if self.silent else limit_headers(self.limit, used, left)

    def most_in_a_window(self) -> int:
        """Return the most calls of ours, of one operation, in any stretch as long as a window, wherever it begins."""
        moments: dict[str, list[float]] = {}
        for arrival in self.arrivals:
            moments.setdefault(arrival.operation, []).append(arrival.moment)
        return max(
            (
                bisect_left(of_operation, start + self.window) - position
                for of_operation in moments.values()
                for position, start in enumerate(of_operation)
            ),
            default=0,
        )

    def calls(self, caller: str | None = None) -> int:
        """Return how many calls of ours came, of one lane or of both."""
        return sum(caller in (None, arrival.caller) for arrival in self.arrivals)

    def moments(self, operation: str, caller: str) -> list[float]:
        """Return when the calls of one operation and lane came, in order."""
        return [one.moment for one in self.arrivals if (one.operation, one.caller) == (operation, caller)]

    def refused(self) -> int:
        """Return how many calls of ours were turned away."""
        return sum(not arrival.accepted for arrival in self.arrivals)

    def travel(self) -> None:
        """Be under way for a random time."""
        time.sleep(random.uniform(0, self.seconds))  # noqa: S311  no secret

    def enter(self, change: int) -> None:
        """Count who is being served."""
        with self._lock:
            self._in_flight += change
            self.most_at_once = max(self.most_at_once, self._in_flight)


@contextmanager
def serving(vendor: Vendor) -> Iterator[Vendor]:
    """Serve a vendor over HTTP."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            vendor.enter(+1)
            try:
                vendor.travel()
                allowed, headers = vendor.count(self.path, self.headers["User-Agent"])
                vendor.travel()
            finally:
                # A caller that is answered may call anew before this thread goes on.
                vendor.enter(-1)
            self.send_response(HTTPStatus.OK if allowed else HTTPStatus.TOO_MANY_REQUESTS)
            for name, value in headers.items() | {("Content-Length", "0")}:
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    vendor.url = f"127.0.0.1:{server.server_address[1]}"
    try:
        yield vendor
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def rival(vendor: Vendor, operations: Sequence[str], *, share: float) -> Iterator[None]:
    """Let another application of the same domain use a share of LINE WORKS's limit of each operation, evenly."""
    over = threading.Event()

    def call() -> None:
        while share and not over.wait(vendor.window / (vendor.limit * share)):
            for operation in operations:
                vendor.count(operation, RIVAL)

    thread = threading.Thread(target=call)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
