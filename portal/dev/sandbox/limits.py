"""
The call limit: so many calls of one operation in one window, and so many at the same time.

Vendor page `rate-limits`: counted per operation for the domain that owns the application, whatever the token
or the customer; four headers, the first of them spelled as printed there. A second limit, on calls at the same
time, is named there without its number or its answer.

Ours, as the vendor says nothing of it: whether the window is fixed, and opens with the first call, or slides; that a
call beyond either limit is answered alike and costs nothing; that no number at the same time is set at first.
"""

import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

EVERY_OPERATION = "*"
VENDORS_LIMIT = 240  # calls of an operation in a minute; vendor page: rate-limits


class WindowKind(StrEnum):
    """How a window moves on: all at once, or with every moment."""

    FIXED = "fixed"
    SLIDING = "sliding"


@dataclass(frozen=True, slots=True)
class Rival:
    """
    Another application of the same domain, which eats its share of the calls before anybody else asks.

    `operation` is one operation or "*"; `share` goes from 0 to 1.
    """

    share: float
    operation: str = EVERY_OPERATION

    def eats(self, operation: str, limit: int) -> int:
        """Give how many of the calls of a window it takes, rounded down."""
        return int(limit * self.share) if self.operation in (EVERY_OPERATION, operation) else 0


@dataclass(frozen=True, slots=True)
class Limits:
    """
    What is set: `limit` calls of an operation in `window` seconds (0 means no limit, and no headers), `concurrent`
    calls of all operations at the same time (0 means any number).
    """

    limit: int
    window: int
    kind: WindowKind = WindowKind.FIXED
    concurrent: int = 0
    rival: Rival | None = None


@dataclass(slots=True)
class _FixedWindow:
    """Opens with the first call, and closes after its seconds."""

    seconds: int
    closes: float = -math.inf
    used: int = 0

    def look(self, now: float) -> None:
        if now >= self.closes:
            self.closes, self.used = now + self.seconds, 0

    def add(self, _now: float) -> None:
        self.used += 1

    def seconds_left(self, now: float) -> float:
        return self.closes - now


class _SlidingWindow:
    """The calls of the last seconds, at any moment."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._calls: deque[float] = deque()

    @property
    def used(self) -> int:
        return len(self._calls)

    def look(self, now: float) -> None:
        while self._calls and now >= self._calls[0] + self._seconds:
            self._calls.popleft()

    def add(self, now: float) -> None:
        self._calls.append(now)

    def seconds_left(self, now: float) -> float:
        """Until the oldest call counts no more, which makes room for one."""
        return self._calls[0] + self._seconds - now if self._calls else self._seconds


class RateLimits:
    """Counts the calls of each operation, and those under way."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._under_way = 0
        self.set(limits)

    def set(self, limits: Limits) -> None:
        """Set the limits; counting begins anew, but for the calls that are under way."""
        self.current = limits
        self._windows: dict[str, _FixedWindow | _SlidingWindow] = {}

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Count a call as under way for as long as the body runs."""
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    def count(self, operation: str) -> tuple[bool, dict[str, str]]:
        """Count a call, which is under way already: whether it is within the limits, and the headers of its answer."""
        limits = self.current
        crowded = 0 < limits.concurrent < self._under_way
        if not limits.limit:
            return not crowded, {}
        now = self._clock()
        window = self._windows.get(operation)
        if window is None:
            window = self._windows[operation] = self._new_window()
        window.look(now)
        eaten = limits.rival.eats(operation, limits.limit) if limits.rival else 0
        allowed = not crowded and eaten + window.used < limits.limit
        if allowed:
            window.add(now)
        return allowed, limit_headers(limits.limit, eaten + window.used, window.seconds_left(now))

    def _new_window(self) -> _FixedWindow | _SlidingWindow:
        if self.current.kind is WindowKind.SLIDING:
            return _SlidingWindow(self.current.window)
        return _FixedWindow(self.current.window)


def limit_headers(limit: int, used: int, seconds_left: float) -> dict[str, str]:
    """Give the four headers; `rateLimit-reset` is in whole seconds, rounded up so that the wait is enough."""
    return {
        "rateLimit-ssed": str(used),
        "rateLimit-limit": str(limit),
        "rateLimit-remaining": str(limit - used),
        "rateLimit-reset": str(math.ceil(seconds_left)),
    }
