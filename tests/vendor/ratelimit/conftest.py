"""A real Redis in which nothing is counted yet, and budgets upon it."""

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from redis import Redis

from portal.vendor.ratelimit import Lease, Priority, RateLimiter
from portal.vendor.ratelimit._limiter import _Verdict

LIMIT = 10
LONG = 60.0
MakeBudget = Callable[..., RateLimiter]


@pytest.fixture
def redis() -> Iterator["Redis"]:
    """The server, without anything of an earlier test's calls; the broker's keys in it stay."""
    with Redis.from_url(settings.REDIS_URL) as server:
        clear(server)
        yield server
        clear(server)


@pytest.fixture
def fresh(redis: "Redis") -> MakeBudget:
    """Makes budgets on a Redis that does not know what was called before it began; a minute's window unless told."""

    def make(
        *,
        limit: int = LIMIT,
        window: float = LONG,
        concurrency: int = 100,
        longest_call: float = 30.0,
        sweep_burst: int = 1000,
    ) -> RateLimiter:
        return RateLimiter(
            redis,
            limit=limit,
            window=window,
            concurrency=concurrency,
            longest_call=longest_call,
            sweep_burst=sweep_burst,
        )

    return make


@pytest.fixture
def make_budget(fresh: MakeBudget) -> MakeBudget:
    """Makes budgets on a Redis that knows of every call, of which there was none."""
    fresh().assume_unused()
    return fresh


@pytest.fixture
def budget(make_budget: MakeBudget) -> RateLimiter:
    """A minute's window: within a test no turn comes back by itself."""
    return make_budget()


def try_turn(budget: RateLimiter, operation: str, lane: Priority) -> Lease | None:
    """Take a turn if there is one at once, and leave the line again if there is none."""
    name = f"try-{next(_numbers)}"
    verdict, taken_at, among = budget._ask(operation, lane, name, 0)
    if verdict == _Verdict.GO:
        return Lease(operation, lane, name, taken_at, among)
    leave(budget, operation, lane, name)
    return None


def leave(budget: RateLimiter, operation: str, lane: Priority, name: str) -> None:
    """Leave the line without a turn."""
    budget._end(Lease(operation, lane, name, taken_at=0, among=0))


def delay(budget: RateLimiter, operation: str, lane: Priority) -> float:
    """Return the seconds after which a refused caller would ask again of itself."""
    verdict, micros, _ticket = budget._ask(operation, lane, "delayed", 0)
    assert verdict == _Verdict.NAP
    leave(budget, operation, lane, "delayed")
    return micros / 1e6


def call(budget: RateLimiter, operation: str, lane: Priority) -> bool:
    """Make a call that takes no time, if there is a turn for it."""
    if turn := try_turn(budget, operation, lane):
        budget.end(turn)
    return turn is not None


def calls(budget: RateLimiter, operation: str, lane: Priority, *, tries: int = 3 * LIMIT) -> int:
    """Try to call many times, and count how often there was a turn."""
    return sum(call(budget, operation, lane) for _try in range(tries))


def _count() -> Iterator[int]:
    number = 0
    while True:
        yield (number := number + 1)


_numbers = _count()


def clear(redis: "Redis") -> None:
    """Forget all that the budget knows."""
    for key in redis.scan_iter("pace:*"):
        redis.delete(key)
