"""The call budget: turns, lanes, and what the vendor's answers teach. On a real Redis, by its clock."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from redis import Redis

from portal.pace import Budget, Lane, PacedGate, _budget
from portal.partner_api import RateLimits
from tests.support.waiting import wait_for

LIMIT = 10


@pytest.fixture
def redis() -> Iterator["Redis"]:
    with Redis.from_url(settings.REDIS_URL) as server:
        yield server


@pytest.fixture
def operation(redis: "Redis") -> Iterator[str]:
    """An operation that no other test counts."""
    name = f"test-{uuid4().hex}"
    yield name
    for key in redis.scan_iter(f"pace:{name}:*"):
        redis.delete(key)


@pytest.fixture
def budget(redis: "Redis") -> Budget:
    """A minute's window: within a test no turn comes back by itself."""
    return Budget(redis, limit=LIMIT, window=60)


@pytest.fixture
def quick(redis: "Redis", monkeypatch: pytest.MonkeyPatch) -> Budget:
    """A window of half a second in all."""
    monkeypatch.setattr(_budget, "_MARGIN_SECONDS", 0.2)
    return Budget(redis, limit=LIMIT, window=0.3)


def turns(budget: Budget, operation: str, lane: Lane, *, tries: int = 3 * LIMIT) -> int:
    """Ask many times, and count how often there was a turn."""
    return sum(budget.ask(operation, lane) == 0 for _try in range(tries))


def told(*, limit: int | None = LIMIT, remaining: int | None = None, reset: float | None = 30.0) -> RateLimits:
    return RateLimits(limit=limit, remaining=remaining, reset_seconds=reset, used=None, refused=False)


def refused(reset: float | None) -> RateLimits:
    return RateLimits(limit=None, remaining=None, reset_seconds=reset, used=None, refused=True)


def test_people_may_use_the_whole_limit_and_no_more(budget: Budget, operation: str) -> None:
    assert turns(budget, operation, Lane.PEOPLE) == LIMIT


def test_a_sweep_gets_half_and_leaves_the_rest_to_people(budget: Budget, operation: str) -> None:
    assert turns(budget, operation, Lane.SWEEP) == LIMIT // 2
    assert turns(budget, operation, Lane.PEOPLE) == LIMIT - LIMIT // 2


def test_a_sweep_finds_nothing_when_people_used_everything(budget: Budget, operation: str) -> None:
    turns(budget, operation, Lane.PEOPLE)
    assert turns(budget, operation, Lane.SWEEP) == 0


def test_a_limit_of_one_still_lets_a_sweep_through(redis: "Redis", operation: str) -> None:
    assert turns(Budget(redis, limit=1, window=60), operation, Lane.SWEEP) == 1


def test_each_operation_has_a_budget_of_its_own(budget: Budget, operation: str) -> None:
    turns(budget, operation, Lane.PEOPLE)
    other = f"{operation}-other"
    try:
        assert budget.ask(other, Lane.PEOPLE) == 0
    finally:
        budget._redis.delete(*budget._keys(other))


def test_the_delay_is_what_is_left_of_the_window(budget: Budget, operation: str) -> None:
    turns(budget, operation, Lane.PEOPLE)
    assert 50 < budget.ask(operation, Lane.PEOPLE) <= 61.1


def test_a_refused_ask_does_not_use_up_anything(quick: Budget, operation: str) -> None:
    turns(quick, operation, Lane.PEOPLE)
    first = quick.ask(operation, Lane.PEOPLE)
    for _try in range(20):
        assert quick.ask(operation, Lane.PEOPLE) <= first
    quick.wait(operation, Lane.PEOPLE)


def note_turns(budget: Budget, taken: list[tuple[float, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Note each turn with the server's own time, asked for in the same transaction."""
    script = budget._take

    def take(*, keys: list[str], args: list[Any]) -> int:
        with budget._redis.pipeline() as transaction:
            script(keys=keys, args=args, client=transaction)
            transaction.time()
            delay, (seconds, micros) = transaction.execute()
        if delay == 0:
            taken.append((seconds + micros / 1e6, args[3]))
        return int(delay)

    monkeypatch.setattr(budget, "_take", take)


def test_no_window_ever_holds_more_than_the_limit(
    quick: Budget, operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six workers at once, on two budgets as in two processes."""
    taken: list[tuple[float, str]] = []
    with Redis.from_url(settings.REDIS_URL) as redis:
        second = Budget(redis, limit=LIMIT, window=0.3)
        for budget in (quick, second):
            note_turns(budget, taken, monkeypatch)
        workers = [(budget, lane) for budget in (quick, second) for lane in (Lane.PEOPLE, Lane.PEOPLE, Lane.SWEEP)]

        def work(budget: Budget, lane: Lane) -> None:
            for _turn in range(7):
                budget.wait(operation, lane)

        with ThreadPoolExecutor(len(workers)) as threads:
            for done in [threads.submit(work, *worker) for worker in workers]:
                done.result()
    assert len(taken) == 42
    for start, _lane in taken:
        within = [lane for moment, lane in taken if start <= moment < start + 0.498]
        assert len(within) <= LIMIT
        assert within.count(Lane.SWEEP) <= LIMIT // 2


def test_turns_come_back_as_the_window_slides(quick: Budget, operation: str) -> None:
    assert turns(quick, operation, Lane.PEOPLE) == LIMIT
    started = time.monotonic()
    quick.wait(operation, Lane.PEOPLE)
    assert 0.3 < time.monotonic() - started < 2


def test_the_clock_is_that_of_redis(quick: Budget, operation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    turns(quick, operation, Lane.PEOPLE)
    monkeypatch.setattr(time, "time", lambda: 4e9)
    assert quick.ask(operation, Lane.PEOPLE) > 0
    assert quick.use(operation).people == LIMIT


@pytest.mark.parametrize("lane", Lane)
def test_an_answer_429_closes_the_operation_for_everybody_until_the_reset(
    budget: Budget, operation: str, lane: Lane
) -> None:
    budget.learn(operation, refused(7))
    assert 6 < budget.ask(operation, lane) <= 7
    assert budget.use(operation).people == 0


def test_a_closed_operation_opens_by_itself(budget: Budget, operation: str) -> None:
    budget.learn(operation, refused(None))
    started = time.monotonic()
    budget.wait(operation, Lane.SWEEP)
    assert 0.9 < time.monotonic() - started < 3


def test_headers_reveal_what_another_application_uses(budget: Budget, operation: str) -> None:
    for _call in range(2):
        budget.ask(operation, Lane.PEOPLE)
    budget.learn(operation, told(remaining=LIMIT - 2 - 3))
    use = budget.use(operation)
    assert (use.people, use.sweep, use.others, use.limit) == (2, 0, 3, LIMIT)
    assert turns(budget, operation, Lane.SWEEP) == LIMIT // 2 - 3
    assert turns(budget, operation, Lane.PEOPLE) == LIMIT - 2 - 3 - 2


def test_a_rival_is_forgotten_when_the_vendors_window_is_over(budget: Budget, operation: str) -> None:
    budget.learn(operation, told(remaining=0, reset=1.0))
    assert 0 < budget.ask(operation, Lane.PEOPLE) <= 1
    wait_for(lambda: budget.ask(operation, Lane.PEOPLE) == 0, "the rival's calls are over", seconds=5)


def test_our_own_calls_are_nobody_elses(budget: Budget, operation: str) -> None:
    for made in range(4):
        budget.ask(operation, Lane.SWEEP)
        budget.learn(operation, told(remaining=LIMIT - made - 1))
    assert budget.use(operation).others == 0


def test_a_later_answer_corrects_an_earlier_one(budget: Budget, operation: str) -> None:
    budget.learn(operation, told(remaining=LIMIT - 3))
    assert budget.use(operation).others == 3
    budget.learn(operation, told(remaining=LIMIT))
    assert budget.use(operation).others == 0


def test_an_answer_that_says_nothing_teaches_nothing(budget: Budget, operation: str) -> None:
    budget.learn(operation, told(limit=None, remaining=None, reset=None))
    assert turns(budget, operation, Lane.PEOPLE) == LIMIT


def test_a_limit_of_ours_below_the_vendors_does_not_blame_others(budget: Budget, operation: str) -> None:
    """Whoever is to use 10 of 240 a minute may do so while another uses 100."""
    budget.ask(operation, Lane.PEOPLE)
    budget.learn(operation, told(limit=240, remaining=240 - 1 - 100))
    assert turns(budget, operation, Lane.PEOPLE) == LIMIT - 1


def test_after_a_flush_of_redis_the_next_answer_brings_the_count_back(
    budget: Budget, redis: "Redis", operation: str
) -> None:
    turns(budget, operation, Lane.PEOPLE)
    redis.delete(*budget._keys(operation))
    redis.script_flush()
    assert budget.ask(operation, Lane.PEOPLE) == 0
    budget.learn(operation, told(remaining=0))
    assert budget.ask(operation, Lane.PEOPLE) > 0


def test_keys_leave_nothing_behind(quick: Budget, redis: "Redis", operation: str) -> None:
    turns(quick, operation, Lane.PEOPLE)
    turns(quick, operation, Lane.SWEEP)
    quick.learn(operation, told(remaining=0, reset=0.0))
    quick.learn(operation, refused(0.0))
    assert list(redis.scan_iter(f"pace:{operation}:*"))
    wait_for(lambda: not list(redis.scan_iter(f"pace:{operation}:*")), "every key ends by itself", seconds=5)


def test_the_gate_of_the_client_takes_turns_and_passes_on_what_it_hears(budget: Budget, operation: str) -> None:
    gate = PacedGate(budget, Lane.SWEEP)
    with gate.wait(operation):
        assert budget.use(operation).sweep == 1
    gate.learn(operation, refused(9))
    assert budget.ask(operation, Lane.PEOPLE) > 8
