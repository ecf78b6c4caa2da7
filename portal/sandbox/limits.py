"""
The call limit: so many calls of one operation in one window.

Vendor page `rate-limits`: counted per operation for the domain that owns the application, whatever the token
or the customer; four headers, the first of them spelled as printed there. Whether its window slides isn't
said; a fixed one that opens with the first call is the simplest reading.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class _Window:
    opened: float
    used: int = 0


class RateLimits:
    """Counts the calls of each operation. A limit of 0 means none, and no headers."""

    def __init__(self, limit: int, window: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.set(limit, window)

    def set(self, limit: int, window: int) -> None:
        """Set the calls per operation and the window in seconds; counting begins anew."""
        self.limit = limit
        self.window = window
        self._windows: dict[str, _Window] = {}

    def count(self, operation: str) -> tuple[bool, dict[str, str]]:
        """Count a call: whether it is within the limit, and the headers of its answer."""
        if not self.limit:
            return True, {}
        now = self._clock()
        window = self._windows.get(operation)
        if window is None or now >= window.opened + self.window:
            window = self._windows[operation] = _Window(opened=now)
        allowed = window.used < self.limit
        if allowed:
            window.used += 1
        return allowed, limit_headers(self.limit, window.used, window.opened + self.window - now)


def limit_headers(limit: int, used: int, seconds_left: float) -> dict[str, str]:
    """Give the four headers; `rateLimit-reset` is in whole seconds, rounded up so that the wait is enough."""
    return {
        "rateLimit-ssed": str(used),
        "rateLimit-limit": str(limit),
        "rateLimit-remaining": str(limit - used),
        "rateLimit-reset": str(math.ceil(seconds_left)),
    }
