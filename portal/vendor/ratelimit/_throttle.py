"""Adapter: the limiter as the API client expects it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from redis.exceptions import RedisError

from portal.vendor.client import RateLimits
from portal.vendor.ratelimit._limiter import Lease, Priority, RateLimiter

log = structlog.get_logger(__name__)


class NoCapacity(Exception):
    """The budget cannot be asked, so no call may be made: nothing was sent."""

    trouble = "no budget"


class _Call(threading.local):
    """The call that this thread is making, and what its answer said."""

    operation: str | None = None
    limits: RateLimits | None = None


class Throttle:
    """One lane of the budget, asked before each call and told after it. Safe to share between threads."""

    def __init__(self, budget: RateLimiter, lane: Priority) -> None:
        self._budget = budget
        self._lane = lane
        self._call = _Call()

    @contextmanager
    def wait(self, operation: str) -> Iterator[None]:
        """
        Hold the caller until it is its turn; the turn ends with the context.

        Raises:
            NoCapacity: Redis does not answer.
        """
        try:
            turn = self._budget.wait(operation, self._lane)
        except RedisError as error:
            raise NoCapacity(f"the call budget cannot be asked ({type(error).__name__})") from error
        self._call.operation, self._call.limits = operation, None
        try:
            yield
        finally:
            self._call.operation = None
            self._end(turn, self._call.limits)

    def learn(self, operation: str, limits: RateLimits) -> None:
        """Take note of what the answer's headers say; the budget hears it together with the end of the call."""
        if self._call.operation == operation:
            self._call.limits = limits
            return
        try:
            self._budget.learn(operation, limits)
        except RedisError as error:
            log.warning("what an answer said of the budget is lost", operation=operation, problem=str(error))

    def _end(self, turn: Lease, limits: RateLimits | None) -> None:
        """Return the budget; should that fail, the answer itself must not be lost with it."""
        try:
            self._budget.end(turn, limits)
        except RedisError as error:
            log.warning("the end of a call is not noted", operation=turn.operation, problem=str(error))
