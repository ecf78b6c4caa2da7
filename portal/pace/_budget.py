"""One budget per vendor operation, kept in Redis as a log of the calls of the last window."""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import structlog
from redis import Redis
from redis.exceptions import RedisError

from portal.partner_api import RateLimits

log = structlog.get_logger(__name__)

# The vendor's count may begin a little later than ours, by the time that a call is under way.
_MARGIN_SECONDS = 1.0
_LONGEST_NAP_SECONDS = 1.0
_TAKE = (Path(__file__).parent / "take.lua").read_text(encoding="utf-8")


class Lane(StrEnum):
    """Who is calling. People may use the whole limit, sweeps at most half of it."""

    PEOPLE = "people"
    SWEEP = "sweep"


class NoBudget(Exception):
    """The budget cannot be asked, so no call may be made: nothing was sent."""


@dataclass(frozen=True)
class Use:
    """Calls of one operation within the present window."""

    people: int
    sweep: int
    others: int
    limit: int


class Budget:
    """
    Hands out turns so that no window holds more calls than the vendor allows.

    The window slides: at any moment the calls of the last ``window`` seconds stay within the limit, so they do too
    when the vendor counts in fixed windows. Times come from the Redis server, so the clocks of workers do not matter.

    Args:
        redis: the server that all processes share.
        limit: calls per operation and window; the vendor allows 240 a minute.
        window: seconds.
    """

    def __init__(self, redis: "Redis", *, limit: int, window: float) -> None:
        self._redis = redis
        self._limit = limit
        self._window_ms = int((window + _MARGIN_SECONDS) * 1000)
        self._take = redis.register_script(_TAKE)

    def wait(self, operation: str, lane: Lane) -> None:
        """Return when the call may be made; until then sleep."""
        while (delay := self.ask(operation, lane)) > 0:
            time.sleep(min(delay, _LONGEST_NAP_SECONDS))

    def ask(self, operation: str, lane: Lane) -> float:
        """Take a turn if there is one and answer 0, else answer the seconds until it is worth asking again."""
        share = self._limit if lane is Lane.PEOPLE else max(1, self._limit // 2)
        delay_ms = self._take(
            keys=self._keys(operation),
            args=[self._window_ms, self._limit, share, lane, uuid.uuid4().hex],
        )
        return int(delay_ms) / 1000

    def learn(self, operation: str, limits: RateLimits) -> None:
        """
        Take in what an answer said of the budget.

        Calls that the vendor counted and we did not make belong to another application of the same domain: they are
        held back until the vendor's window is over, as far as they do not fit beside a limit of ours that is below
        the vendor's. An answer 429 closes the operation until then.
        """
        _people, _sweep, others, closed = self._keys(operation)
        # However odd the header, an operation is never closed for longer than a window.
        until_reset_ms = min(int(max(limits.reset_seconds or 0.0, 1.0) * 1000), self._window_ms)
        if limits.refused:
            self._redis.set(closed, 1, px=until_reset_ms)
        elif limits.remaining is not None:
            use = self.use(operation)
            allowed = limits.limit or self._limit
            room_beside_ours = max(0, allowed - self._limit)
            foreign = allowed - limits.remaining - use.people - use.sweep - room_beside_ours
            if foreign > 0:
                self._redis.set(others, foreign, px=until_reset_ms)
            else:
                self._redis.delete(others)

    def use(self, operation: str) -> Use:
        """Answer how the present window of an operation is used, for the Sync page."""
        people, sweep, others, _closed = self._keys(operation)
        seconds, micros = self._redis.time()
        since = seconds * 1000 + micros // 1000 - self._window_ms
        pipe = self._redis.pipeline(transaction=False)
        pipe.zcount(people, since, "+inf")
        pipe.zcount(sweep, since, "+inf")
        pipe.get(others)
        used_by_people, used_by_sweep, by_others = pipe.execute()
        return Use(used_by_people, used_by_sweep, int(by_others or 0), self._limit)

    def _keys(self, operation: str) -> list[str]:
        return [f"pace:{operation}:{part}" for part in ("people", "sweep", "others", "closed")]


class PacedGate:
    """The budget as the Partner API client sees it: one lane, asked before each call and told after it."""

    def __init__(self, budget: Budget, lane: Lane) -> None:
        self._budget = budget
        self._lane = lane

    @contextmanager
    def wait(self, operation: str) -> Iterator[None]:
        """
        Hold the caller until it is its turn.

        Raises:
            NoBudget: Redis does not answer.
        """
        try:
            self._budget.wait(operation, self._lane)
        except RedisError as error:
            raise NoBudget(f"the call budget cannot be asked ({type(error).__name__})") from error
        yield

    def learn(self, operation: str, limits: RateLimits) -> None:
        """Pass on what the answer's headers say; should that fail, the answer itself must not be lost with it."""
        try:
            self._budget.learn(operation, limits)
        except RedisError as error:
            log.warning("what an answer said of the budget is lost", operation=operation, problem=str(error))
