"""
The distributed limiter: one limit for each operation, kept in Redis.

A lease counts from the moment it is taken until a window after the end of its call. LINE WORKS counts a call when it
arrives, some time between the two; ``docs/decisions/0014-own-call-budget.md`` proves that this is enough.
"""

import time
import uuid
from collections import deque
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from portal.vendor.client import RateLimits, Timeouts

# A call ends by its deadline, and its end is told a moment later; beyond that its process must have died.
LONGEST_CALL_SECONDS = Timeouts().total + 5.0
# LINE WORKS tells no figure; see docs/decisions/0014-own-call-budget.md for this one.
CONCURRENCY = 24
# A customer's own refresh is at most so many calls of an operation, and should not be spread over seconds.
SWEEP_BURST = 10
# The rest of a sweep's half comes evenly, in this part of a window; what is left makes up for calls that were held.
_SWEEP_SPREAD = 0.9
# A waiter gives a sign of life this often, and is passed over when three of them are missing.
_HEARTBEAT_SECONDS = 0.4
_LIFE_MS = int(3 * _HEARTBEAT_SECONDS * 1000)
# Two clocks that run well may still drift apart by 500 in a million while one of them is being set right.
_CLOCK_DRIFT = 1.001
# What is older than this many turns has run out by itself.
_MOST_UNANSWERED = 1000
_SCRIPTS = Path(__file__).parent / "scripts"


class Priority(StrEnum):
    """
    What a call is for, the most urgent first.

    What people have confirmed may use the whole limit and every place. Of both, a part is kept from the other lanes, so
    that neither many refreshes nor calls that hang hold a confirmed request up.

    Attributes:
        PEOPLE: a request that is sent or verified; at most the whole limit.
        PAGES: what somebody looks at; three quarters of the limit, seven eighths of the places.
        SWEEP: everything else; half of the limit, three quarters of the places.
    """

    PEOPLE = "people"
    PAGES = "pages"
    SWEEP = "sweep"


@dataclass(frozen=True)
class Lease:
    """
    The right to make one call, to be given back when the call has ended.

    Attributes:
        taken_at: microseconds of Redis's clock.
        among: calls in flight when it was taken, this one among them.
    """

    operation: str
    lane: Priority
    name: str
    taken_at: int
    among: int


@dataclass(frozen=True)
class Use:
    """
    How the present window of one operation is used.

    Attributes:
        people: calls for people and their pages that count in the window.
        sweep: calls of sweeps.
        others: the most calls that other applications of the domain were seen to have in a window.
        limit: calls that are allowed; LINE WORKS's own figure when it is below the configured one.
        waiting_people: people and pages that wait for a turn now.
        waiting_sweeps: sweeps that do.
        in_flight: calls under way.
    """

    people: int
    sweep: int
    others: int
    limit: int
    waiting_people: int
    waiting_sweeps: int
    in_flight: int


class _Verdict(IntEnum):
    GO = 0
    NAP = 1
    LISTEN = 2


class RateLimiter:
    """
    Hands out turns so that no window holds more calls than LINE WORKS allows, and in order: people before pages before
    sweeps, and in each priority first come, first served.

    Times come from the Redis server, so the clocks of workers do not matter. Safe to share between threads; each
    waiting thread keeps a connection of the client's pool. Needs Redis 6 or newer.

    Args:
        redis: the server that all processes share.
        limit: calls per operation and window; LINE WORKS allows 240 a minute.
        window: seconds.
        concurrency: calls in flight at a time, of all operations and processes; sweeps use at most three quarters.
            When LINE WORKS refuses calls for being too many at a time, it falls to what LINE WORKS bore, though not
            below four, and rises again by one with each window.
        longest_call: seconds after which a call that nobody ended counts as ended.
        sweep_burst: calls that sweeps make in one burst; the rest of their half is spread over the window.
    """

    def __init__(
        self,
        redis: "Redis",
        *,
        limit: int,
        window: float,
        concurrency: int = CONCURRENCY,
        longest_call: float = LONGEST_CALL_SECONDS,
        sweep_burst: int = SWEEP_BURST,
    ) -> None:
        self._redis = redis
        window_micros, lease = int(window * _CLOCK_DRIFT * 1e6), int(longest_call * 1e6)
        self._figures = [window_micros, limit, concurrency, lease, _LIFE_MS, sweep_burst, _SWEEP_SPREAD]
        common = (_SCRIPTS / "common.lua").read_text(encoding="utf-8")
        self._ask_script, self._end_script, self._use_script = (
            redis.register_script(common + (_SCRIPTS / f"{name}.lua").read_text(encoding="utf-8"))
            for name in ("ask", "end", "use")
        )
        # Redis may have heard what we were not answered: a turn would be held by nobody, and a place with it.
        self._unanswered: deque[tuple[Lease, RateLimits | None]] = deque(maxlen=_MOST_UNANSWERED)

    def wait(self, operation: str, lane: Priority) -> Lease:
        """
        Return when the call may be made; `end` is to be told when it has ended.

        Raises:
            RedisError: Redis does not answer; no call may be made.
        """
        name, ticket = uuid.uuid4().hex, 0
        try:
            while True:
                verdict, amount, number = self._ask(operation, lane, name, ticket)
                if verdict == _Verdict.GO:
                    return Lease(operation, lane, name, taken_at=amount, among=number)
                ticket = number
                if verdict == _Verdict.NAP:
                    time.sleep(min(amount / 1e6, _HEARTBEAT_SECONDS))
                else:
                    self._redis.blpop([f"pace:wake:{name}"], timeout=_HEARTBEAT_SECONDS)
        except RedisError:
            # Told as soon as Redis answers again. Until then the missing signs of life tell of a waiter.
            self._unanswered.append((Lease(operation, lane, name, taken_at=0, among=0), None))
            raise
        except BaseException:
            self._end(Lease(operation, lane, name, taken_at=0, among=0))
            raise

    def end(self, turn: Lease, limits: RateLimits | None = None) -> None:
        """
        Give a turn back after its call, and take in what the answer said, if one came.

        Calls that LINE WORKS counted and we did not make are held back for a window or two. An answer 429 closes the
        operation until the reset, and for longer each time that it comes again; one that comes although calls are
        left takes places away from all operations.

        Raises:
            RedisError: Redis does not answer; the call counts as in flight until Redis answers this process again, or
                until `longest_call` is over.
        """
        try:
            self._end(turn, limits)
        except RedisError:
            self._unanswered.append((turn, limits))
            raise

    def learn(self, operation: str, limits: RateLimits) -> None:
        """Take in what an answer said that belongs to no turn."""
        self._end(Lease(operation, Priority.PEOPLE, name="", taken_at=0, among=1), limits)

    def use(self, operation: str) -> Use:
        """Return how the present window of an operation is used, for the Sync page."""
        return Use(*map(int, self._use_script(keys=self._keys(operation), args=[*self._figures, "", ""])))

    def assume_unused(self) -> None:
        """
        Take it that LINE WORKS has counted no call of ours which Redis does not know.

        After its memory is lost, Redis lets one call of each operation go alone, and waits a window when the answer
        says nothing of the limit. Only who knows that there was no call before may leave that out: a test that has
        just emptied Redis, or a measurement against a vendor without limits.
        """
        self._redis.set("pace:since", f"{self._redis.info('server')['run_id']}:0")

    def _ask(self, operation: str, lane: Priority, name: str, ticket: int) -> tuple[int, int, int]:
        self._end_unanswered()
        verdict, amount, number = self._ask_script(
            keys=self._keys(operation), args=[*self._figures, name, lane, ticket]
        )
        return int(verdict), int(amount), int(number)

    def _end_unanswered(self) -> None:
        while self._unanswered:
            try:
                turn, limits = self._unanswered.popleft()
            except IndexError:
                return  # another thread was quicker
            try:
                self._end(turn, limits)
            except RedisError:
                self._unanswered.append((turn, limits))
                raise

    def _end(self, turn: Lease, limits: RateLimits | None = None) -> None:
        said: list[str | int] = ["", "", "", "", ""]
        if limits:
            reset = None if limits.reset_seconds is None else int(limits.reset_seconds * 1e6)
            figures = (limits.limit, limits.remaining, limits.used, reset)
            said = [_kind(limits), *("" if figure is None else figure for figure in figures)]
        own = (turn.name, turn.lane, turn.taken_at, turn.among)
        self._end_script(keys=self._keys(turn.operation), args=[*self._figures, *own, *said])

    def _keys(self, operation: str) -> list[str]:
        own = [f"pace:{operation}:{part}" for part in ("people", "sweep", "line", "about")]
        return [*own, "pace:since", "pace:flying", "pace:line", "pace:places"]


def sweep_seconds(calls: int, *, limit: int, window: float) -> float:
    """
    Return how long a sweep of one operation takes, when nobody else calls it and answers come at once.

    Args:
        calls: how many.
        limit: calls per operation and window.
        window: seconds.
    """
    half = max(1, limit // 2)
    windows, calls_in_last = divmod(max(calls, 1) - 1, half)
    return windows * window + max(0, calls_in_last + 1 - SWEEP_BURST) * _SWEEP_SPREAD * window / half


def _kind(limits: RateLimits) -> str:
    if not limits.refused:
        return "answer"
    return "crowded" if limits.crowded else "429"
