"""What happens when Redis has forgotten the calls, or never knew them."""

import pytest
from redis import Redis

from portal.vendor.client import RateLimits
from portal.vendor.ratelimit import Priority, RateLimiter
from tests.support.waiting import wait_for
from tests.vendor.ratelimit.conftest import LIMIT, MakeBudget, call, calls, delay, try_turn

OPERATION = "getThing"
ONE_CALL_MAY_BE_UNDER_WAY = {"concurrency": 1}


def told(*, used: int | None, limit: int | None = LIMIT) -> RateLimits:
    return RateLimits(limit=limit, remaining=None, reset_seconds=30.0, used=used, refused=False)


@pytest.fixture
def unknown(fresh: MakeBudget) -> RateLimiter:
    """A budget on a Redis that has just begun to count."""
    return fresh(**ONE_CALL_MAY_BE_UNDER_WAY)


def answered(budget: RateLimiter, limits: RateLimits | None) -> None:
    turn = try_turn(budget, OPERATION, Priority.PEOPLE)
    assert turn
    budget.end(turn, limits)


def test_the_first_call_goes_at_once_and_alone(fresh: MakeBudget) -> None:
    budget = fresh()
    assert try_turn(budget, OPERATION, Priority.PEOPLE)
    assert not try_turn(budget, OPERATION, Priority.PEOPLE)
    assert try_turn(budget, "getOther", Priority.SWEEP)


def test_its_answer_lets_the_others_go(unknown: RateLimiter) -> None:
    answered(unknown, told(used=1))
    assert calls(unknown, OPERATION, Priority.PEOPLE) == LIMIT - 1 - 1, "one may still be under way from before"


def test_what_was_called_before_counts_against_everybody(unknown: RateLimiter) -> None:
    """6 of 10 were used before; the reserve for what is under way takes two more."""
    answered(unknown, told(used=7))
    assert unknown.use(OPERATION).others == 6
    assert calls(unknown, OPERATION, Priority.PEOPLE) <= LIMIT - 7


def test_an_answer_that_says_nothing_makes_it_wait_a_window(unknown: RateLimiter) -> None:
    answered(unknown, told(used=None, limit=None))
    assert 50 < delay(unknown, OPERATION, Priority.PEOPLE) <= 61
    assert call(unknown, "getOther", Priority.PEOPLE)


def test_so_does_no_answer_at_all(unknown: RateLimiter) -> None:
    answered(unknown, None)
    assert 50 < delay(unknown, OPERATION, Priority.PEOPLE) <= 61


def test_what_is_heard_outside_a_call_tells_as_well(unknown: RateLimiter) -> None:
    answered(unknown, None)
    unknown.learn(OPERATION, told(used=1))
    assert call(unknown, OPERATION, Priority.PEOPLE)


def test_after_that_window_everything_is_known(fresh: MakeBudget) -> None:
    budget = fresh(window=2.0, longest_call=0.1)
    answered(budget, None)
    wait_for(lambda: try_turn(budget, OPERATION, Priority.PEOPLE), "the window is over")
    assert calls(budget, OPERATION, Priority.PEOPLE) == LIMIT - 1


def test_the_answer_to_a_call_from_before_is_no_knowledge(budget: RateLimiter, redis: "Redis") -> None:
    """It was counted before other calls that Redis knows no longer."""
    slow = try_turn(budget, OPERATION, Priority.PEOPLE)
    assert slow
    redis.delete("pace:since", "pace:flying", *budget._keys(OPERATION))
    assert not calls(budget, "getOther", Priority.PEOPLE, tries=0)
    first = try_turn(budget, "getOther", Priority.PEOPLE)
    assert first
    budget.end(slow, told(used=1))
    assert not call(budget, OPERATION, Priority.PEOPLE)


def test_a_call_that_outlives_the_memory_counts_from_its_end(budget: RateLimiter, redis: "Redis") -> None:
    turn = try_turn(budget, OPERATION, Priority.SWEEP)
    assert turn
    redis.delete(*budget._keys(OPERATION))
    budget.end(turn)
    assert budget.use(OPERATION).sweep == 1


@pytest.mark.parametrize("noted", [None, "0123456789abcdef:0"], ids=["flushed", "another run"])
def test_a_flush_and_a_restart_from_an_old_copy_are_noticed(
    budget: RateLimiter, redis: "Redis", noted: str | None
) -> None:
    assert calls(budget, OPERATION, Priority.PEOPLE, tries=3) == 3
    redis.delete("pace:since", *budget._keys(OPERATION)[:4])
    redis.script_flush()
    if noted:
        redis.set("pace:since", noted)
    assert try_turn(budget, OPERATION, Priority.PEOPLE)
    assert not try_turn(budget, OPERATION, Priority.PEOPLE)


def test_what_a_restarted_redis_still_knows_counts_too(budget: RateLimiter, redis: "Redis") -> None:
    assert calls(budget, OPERATION, Priority.PEOPLE, tries=3) == 3
    redis.set("pace:since", "0123456789abcdef:0")
    assert not call(budget, OPERATION, Priority.PEOPLE)


def test_a_clock_that_is_set_back_holds_nobody_up(make_budget: MakeBudget, redis: "Redis") -> None:
    """An hour ago by the clock of before is still to come by the clock of now."""
    budget = make_budget(window=0.2, longest_call=0.1)
    an_hour_on = int(redis.time()[0] + 3600) * 1_000_000
    redis.set("pace:since", f"{redis.info('server')['run_id']}:{an_hour_on}")
    redis.hset(f"pace:{OPERATION}:about", mapping={"closed_until": an_hour_on, "refusals": 3})
    for log in (f"pace:{OPERATION}:people", "pace:flying"):
        redis.zadd(log, {f"before {number}": an_hour_on for number in range(200)})
    wait_for(lambda: call(budget, OPERATION, Priority.PEOPLE), "a call may be made", seconds=5)
    wait_for(lambda: calls(budget, OPERATION, Priority.PEOPLE) == LIMIT, "all may", seconds=5)


def test_who_waits_when_the_memory_is_lost_still_gets_a_turn(make_budget: MakeBudget, redis: "Redis") -> None:
    budget = make_budget(limit=1)
    assert call(budget, OPERATION, Priority.PEOPLE)
    assert budget._ask(OPERATION, Priority.PEOPLE, "waiter", 0)[0] == 1
    redis.delete("pace:since", "pace:line", *budget._keys(OPERATION))
    budget.end(budget.wait(OPERATION, Priority.PEOPLE))
