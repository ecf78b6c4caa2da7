"""How turns are counted, lane by lane, and what LINE WORKS's answers teach. On a real Redis, by its clock."""

import time

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as NoRedis

from portal.vendor.client import RateLimits
from portal.vendor.ratelimit import SWEEP_BURST, NoCapacity, Priority, RateLimiter, Throttle, sweep_seconds
from tests.support.waiting import wait_for
from tests.vendor.ratelimit.conftest import LIMIT, MakeBudget, call, calls, delay, try_turn

OPERATION = "getThing"


def told(
    *, limit: int | None = LIMIT, remaining: int | None = None, used: int | None = None, reset: float | None = 30.0
) -> RateLimits:
    return RateLimits(limit=limit, remaining=remaining, reset_seconds=reset, used=used, refused=False)


def refused(reset: float | None, *, remaining: int | None = None) -> RateLimits:
    return RateLimits(limit=None, remaining=remaining, reset_seconds=reset, used=None, refused=True)


def answered(budget: RateLimiter, limits: RateLimits, *, lane: Priority = Priority.PEOPLE) -> None:
    """Make a call that is answered so."""
    turn = try_turn(budget, OPERATION, lane)
    assert turn
    budget.end(turn, limits)


# --- Lanes -----------------------------------------------------------------------------------------------------------


def test_people_may_use_the_whole_limit_and_no_more(budget: RateLimiter) -> None:
    assert calls(budget, OPERATION, Priority.PEOPLE) == LIMIT


def test_a_sweep_gets_half_and_leaves_the_rest_to_people(budget: RateLimiter) -> None:
    assert calls(budget, OPERATION, Priority.SWEEP) == LIMIT // 2
    assert calls(budget, OPERATION, Priority.PEOPLE) == LIMIT - LIMIT // 2


def test_pages_get_three_quarters_and_leave_the_rest_to_requests(budget: RateLimiter) -> None:
    assert calls(budget, OPERATION, Priority.PAGES) == LIMIT - -(-LIMIT // 4)
    assert calls(budget, OPERATION, Priority.PEOPLE) == -(-LIMIT // 4)


def test_of_a_limit_of_one_pages_get_that_one(make_budget: MakeBudget) -> None:
    assert calls(make_budget(limit=1), OPERATION, Priority.PAGES) == 1


def test_a_sweep_has_its_half_beside_people_who_keep_to_theirs(budget: RateLimiter) -> None:
    assert calls(budget, OPERATION, Priority.PEOPLE, tries=LIMIT // 2) == LIMIT // 2
    assert calls(budget, OPERATION, Priority.SWEEP) == LIMIT // 2


def test_a_sweep_holds_while_people_use_more_than_their_half(budget: RateLimiter) -> None:
    assert calls(budget, OPERATION, Priority.PEOPLE, tries=LIMIT // 2 + 1) == LIMIT // 2 + 1
    assert calls(budget, OPERATION, Priority.SWEEP) == 0
    assert calls(budget, OPERATION, Priority.PEOPLE) == LIMIT - LIMIT // 2 - 1


def test_a_sweep_spreads_what_goes_beyond_a_few_calls_over_the_window(make_budget: MakeBudget) -> None:
    """Half of 100 calls, nine tenths of a minute: one every 1.08 seconds."""
    budget = make_budget(limit=100, sweep_burst=10)
    began = time.monotonic()
    assert calls(budget, OPERATION, Priority.SWEEP) == 10
    wait = delay(budget, OPERATION, Priority.SWEEP)
    assert 1.05 - (time.monotonic() - began) < wait <= 1.09
    assert calls(budget, OPERATION, Priority.PEOPLE, tries=50) == 50
    assert calls(budget, "getOther", Priority.SWEEP) == 10


@pytest.mark.parametrize(("made", "seconds"), [(0, 0), (1, 0), (10, 0), (11, 0.45), (120, 49.5), (121, 60), (250, 120)])
def test_how_long_a_sweep_takes_is_told(made: int, seconds: float) -> None:
    assert sweep_seconds(made, limit=240, window=60.0) == pytest.approx(seconds)


@pytest.mark.parametrize(("made", "seconds"), [(1, 0), (2, 60), (3, 120)])
def test_where_one_call_is_allowed_a_sweep_takes_a_window_for_each(made: int, seconds: float) -> None:
    assert sweep_seconds(made, limit=1, window=60.0) == seconds


def test_a_sweep_takes_as_long_as_was_told(make_budget: MakeBudget) -> None:
    budget = make_budget(limit=40, window=0.4, sweep_burst=SWEEP_BURST)
    turns = [budget.wait(OPERATION, Priority.SWEEP)]
    for _call in range(49):
        budget.end(turns[-1])
        turns.append(budget.wait(OPERATION, Priority.SWEEP))
    budget.end(turns[-1])
    took = (turns[-1].taken_at - turns[0].taken_at) / 1e6
    told = sweep_seconds(50, limit=40, window=0.4)
    assert told * 0.999 < took < told * 1.3


def test_a_sweep_that_was_held_catches_up(make_budget: MakeBudget) -> None:
    budget = make_budget(limit=20, window=4.0, sweep_burst=3)
    assert calls(budget, OPERATION, Priority.SWEEP, tries=4) == 3
    last = budget.wait(OPERATION, Priority.SWEEP)
    budget.end(last)
    wait_for(lambda: _passed_since(budget, last.taken_at) > 3 * 0.36, "the time of three calls is over", seconds=5)
    assert calls(budget, OPERATION, Priority.SWEEP, tries=4) == 3


def test_a_limit_of_one_still_lets_a_sweep_through(make_budget: MakeBudget) -> None:
    assert calls(make_budget(limit=1), OPERATION, Priority.SWEEP) == 1


def test_each_operation_has_a_budget_of_its_own(budget: RateLimiter) -> None:
    calls(budget, OPERATION, Priority.PEOPLE)
    assert call(budget, "getOther", Priority.PEOPLE)


# --- How long a call counts ------------------------------------------------------------------------------------------


def test_a_call_counts_while_it_is_in_flight_and_a_window_longer(make_budget: MakeBudget) -> None:
    budget = make_budget(limit=1, window=0.3)
    turn = try_turn(budget, OPERATION, Priority.PEOPLE)
    assert turn
    wait_for(lambda: _passed_since(budget, turn.taken_at) > 0.6, "two windows are over", seconds=5)
    assert not call(budget, OPERATION, Priority.PEOPLE)
    budget.end(turn)
    assert 0.2 < delay(budget, OPERATION, Priority.PEOPLE) <= 0.301
    wait_for(lambda: call(budget, OPERATION, Priority.PEOPLE), "the window after its end is over", seconds=5)


def _passed_since(budget: RateLimiter, micros: int) -> float:
    seconds, rest = budget._redis.time()
    return float(seconds + rest / 1e6 - micros / 1e6)


def test_the_delay_is_what_is_left_of_the_window(budget: RateLimiter) -> None:
    calls(budget, OPERATION, Priority.PEOPLE)
    assert 50 < delay(budget, OPERATION, Priority.PEOPLE) <= 60.1


def test_a_refused_ask_does_not_use_up_anything(make_budget: MakeBudget) -> None:
    budget = make_budget(window=0.5)
    calls(budget, OPERATION, Priority.PEOPLE)
    first = delay(budget, OPERATION, Priority.PEOPLE)
    for _try in range(20):
        assert delay(budget, OPERATION, Priority.PEOPLE) <= first
    budget.end(budget.wait(OPERATION, Priority.PEOPLE))


def test_the_clock_is_that_of_redis(budget: RateLimiter, monkeypatch: pytest.MonkeyPatch) -> None:
    calls(budget, OPERATION, Priority.PEOPLE)
    monkeypatch.setattr(time, "time", lambda: 4e9)
    assert not call(budget, OPERATION, Priority.PEOPLE)
    assert budget.use(OPERATION).people == LIMIT


def test_an_ask_that_is_repeated_after_a_broken_connection_takes_one_turn(budget: RateLimiter) -> None:
    first = budget._ask(OPERATION, Priority.PEOPLE, "same", 0)
    again = budget._ask(OPERATION, Priority.PEOPLE, "same", 0)
    assert first[:2] == again[:2]
    assert budget.use(OPERATION).people == budget.use(OPERATION).in_flight == 1


def test_what_is_in_use_is_told(budget: RateLimiter) -> None:
    calls(budget, OPERATION, Priority.PEOPLE, tries=2)
    turn = try_turn(budget, OPERATION, Priority.SWEEP)
    assert turn
    use = budget.use(OPERATION)
    assert (use.people, use.sweep, use.others, use.limit, use.in_flight) == (2, 1, 0, LIMIT, 1)
    budget.end(turn)
    assert budget.use(OPERATION).in_flight == 0
    assert budget.use(OPERATION).sweep == 1


def test_keys_leave_nothing_behind(make_budget: MakeBudget, redis: "Redis") -> None:
    budget = make_budget(window=0.1, longest_call=0.2)
    calls(budget, OPERATION, Priority.PEOPLE)
    calls(budget, OPERATION, Priority.SWEEP)
    budget.learn(OPERATION, told(remaining=0, reset=0.0))
    budget.learn(OPERATION, refused(0.0))
    assert list(redis.scan_iter(f"pace:{OPERATION}:*"))
    wait_for(lambda: list(redis.scan_iter("pace:*")) == [b"pace:since"], "every other key ends by itself", seconds=10)


# --- What answers teach ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lane", Priority)
def test_an_answer_429_closes_the_operation_for_everybody_until_the_reset(budget: RateLimiter, lane: Priority) -> None:
    budget.learn(OPERATION, refused(7))
    assert 6 < delay(budget, OPERATION, lane) <= 7
    assert budget.use(OPERATION).people == 0


def test_a_reset_is_not_believed_beyond_a_window(budget: RateLimiter) -> None:
    budget.learn(OPERATION, refused(86_400))
    assert delay(budget, OPERATION, Priority.PEOPLE) <= 61


def test_refused_anew_after_it_opened_it_closes_for_longer(make_budget: MakeBudget) -> None:
    budget = make_budget()
    answered(budget, refused(0.0))
    assert 0.9 < delay(budget, OPERATION, Priority.PEOPLE) <= 1
    turn = budget.wait(OPERATION, Priority.PEOPLE)
    budget.end(turn, refused(0.0))
    assert 1.9 < delay(budget, OPERATION, Priority.PEOPLE) <= 2


def test_calls_that_were_under_way_together_are_refused_but_once(budget: RateLimiter) -> None:
    turns = [try_turn(budget, OPERATION, Priority.PEOPLE) for _turn in range(4)]
    for turn in turns:
        assert turn
        budget.end(turn, refused(1.0))
    assert delay(budget, OPERATION, Priority.PEOPLE) <= 1


def test_after_a_429_one_call_tries_alone_and_its_answer_opens_the_operation(make_budget: MakeBudget) -> None:
    budget = make_budget(window=0.2)
    answered(budget, refused(None))
    first = budget.wait(OPERATION, Priority.PEOPLE)
    assert not call(budget, OPERATION, Priority.PEOPLE)
    budget.end(first, told(limit=None))
    assert call(budget, OPERATION, Priority.PEOPLE)
    assert call(budget, OPERATION, Priority.PEOPLE)


def test_refused_although_calls_were_left_it_takes_places_and_closes_for_a_moment(make_budget: MakeBudget) -> None:
    """LINE WORKS bears 5 calls at a time; of 8 it refuses the last three."""
    budget = make_budget(concurrency=20, limit=100)
    turns = [try_turn(budget, f"get{number}", Priority.PEOPLE) for number in range(8)]
    for turn in reversed(turns[5:]):
        assert turn
        budget.end(turn, refused(50.0, remaining=90))
    assert delay(budget, "get7", Priority.PEOPLE) <= 1
    assert not try_turn(budget, "get8", Priority.PEOPLE)
    assert turns[0]
    budget.end(turns[0], told())
    assert try_turn(budget, "get9", Priority.PEOPLE)
    assert not try_turn(budget, "get10", Priority.PEOPLE)


def test_a_few_places_are_never_taken_away(make_budget: MakeBudget) -> None:
    budget = make_budget(concurrency=20, limit=100)
    for number in range(20):
        turn = try_turn(budget, f"get{number}", Priority.PEOPLE)
        assert turn
        budget.end(turn, refused(0.0, remaining=90))
    assert sum(bool(try_turn(budget, f"other{number}", Priority.PEOPLE)) for number in range(6)) == 4


def test_places_that_were_taken_away_come_back(make_budget: MakeBudget) -> None:
    """One with each window."""
    budget = make_budget(concurrency=6, window=0.5)
    turns = [try_turn(budget, f"get{number}", Priority.PEOPLE) for number in range(6)]
    assert turns[4]
    assert turns[5]
    budget.end(turns[5], refused(0.0, remaining=5))
    budget.end(turns[4], refused(0.0, remaining=5))
    began = time.monotonic()
    wait_for(lambda: try_turn(budget, "get6", Priority.PEOPLE), "a window is over", seconds=5)
    wait_for(lambda: try_turn(budget, "get7", Priority.PEOPLE), "another one is", seconds=5)
    assert time.monotonic() - began > 0.9


@pytest.mark.parametrize("says", [{"remaining": 5}, {"used": 5}, {"used": 5, "limit": None}])
def test_headers_reveal_what_another_application_uses(budget: RateLimiter, says: dict[str, int | None]) -> None:
    """Of 5 calls that LINE WORKS counted 2 were ours."""
    call(budget, OPERATION, Priority.PEOPLE)
    answered(budget, told(**says))
    use = budget.use(OPERATION)
    assert (use.people, use.sweep, use.others, use.limit) == (2, 0, 3, LIMIT)


def test_others_leave_a_sweep_its_half_and_people_the_rest_but_a_reserve(make_budget: MakeBudget) -> None:
    budget = make_budget(limit=100)
    answered(budget, told(limit=100, remaining=100 - 1 - 32))
    assert budget.use(OPERATION).others == 32
    assert calls(budget, OPERATION, Priority.SWEEP, tries=100) == 50
    reserve = 4 + 32 // 8
    assert calls(budget, OPERATION, Priority.PEOPLE, tries=100) == 100 - 32 - reserve - 50 - 1


def test_others_who_leave_little_leave_an_eighth_of_it_to_people(make_budget: MakeBudget) -> None:
    budget = make_budget(limit=100)
    answered(budget, told(limit=100, remaining=100 - 1 - 60))
    room = 100 - 60 - (4 + 8)
    assert calls(budget, OPERATION, Priority.SWEEP, tries=100) == room * 7 // 8
    assert calls(budget, OPERATION, Priority.PEOPLE, tries=100) == room - room * 7 // 8 - 1


def test_calls_of_ours_that_came_later_may_hide_as_many_of_others(make_budget: MakeBudget) -> None:
    """Of the 7 counted 1 was ours for sure; the 2 others of ours may have come after the count."""
    budget = make_budget(limit=100)
    turns = [try_turn(budget, OPERATION, Priority.PEOPLE) for _turn in range(3)]
    assert turns[0]
    budget.end(turns[0], told(limit=100, remaining=100 - 7))
    assert budget.use(OPERATION).others == 7 - 1


def test_others_who_use_everything_leave_nothing_until_their_window_is_over(make_budget: MakeBudget) -> None:
    budget = make_budget(window=0.3)
    answered(budget, told(remaining=0))
    assert not call(budget, OPERATION, Priority.PEOPLE)
    wait_for(lambda: call(budget, OPERATION, Priority.PEOPLE), "what they used is out of the window", seconds=5)


def test_our_own_calls_are_nobody_elses(budget: RateLimiter) -> None:
    for made in range(LIMIT // 2):
        answered(budget, told(remaining=LIMIT - made - 1), lane=Priority.SWEEP)
    assert budget.use(OPERATION).others == 0


def test_a_call_that_left_the_window_while_the_answer_was_under_way_is_nobody_elses(make_budget: MakeBudget) -> None:
    budget = make_budget(window=0.2)
    call(budget, OPERATION, Priority.PEOPLE)
    turn = try_turn(budget, OPERATION, Priority.PEOPLE)
    assert turn
    wait_for(lambda: budget.use(OPERATION).people == 1, "the first call counts no longer", seconds=5)
    budget.end(turn, told(remaining=LIMIT - 2))
    assert budget.use(OPERATION).others == 0


def test_the_most_that_others_used_holds_for_a_window(make_budget: MakeBudget) -> None:
    budget = make_budget(window=0.5)
    budget.learn(OPERATION, told(remaining=LIMIT - 3))
    told_at = time.monotonic()
    budget.learn(OPERATION, told(remaining=LIMIT - 1))
    assert budget.use(OPERATION).others == 3
    wait_for(lambda: budget.use(OPERATION).others == 0, "their window is over", seconds=5)
    assert time.monotonic() - told_at > 0.5
    budget.learn(OPERATION, told(remaining=LIMIT - 1))
    assert budget.use(OPERATION).others == 1


def test_what_others_used_is_not_forgotten_while_answers_tell_of_it(make_budget: MakeBudget) -> None:
    budget, seen = make_budget(window=0.2), list[int]()
    began = time.monotonic()

    def four_windows_are_over() -> bool:
        seen.append(budget.use(OPERATION).others)
        budget.learn(OPERATION, told(remaining=LIMIT - 3))
        return time.monotonic() - began > 0.8

    wait_for(four_windows_are_over, "four windows are over", seconds=5)
    assert set(seen[1:]) == {3}


def test_an_answer_that_says_nothing_teaches_nothing(budget: RateLimiter) -> None:
    budget.learn(OPERATION, told(limit=None, reset=None))
    assert calls(budget, OPERATION, Priority.PEOPLE) == LIMIT


def test_a_limit_of_ours_below_the_vendors_does_not_blame_others(budget: RateLimiter) -> None:
    """Whoever is to use 10 of 240 a minute may do so while another uses 100."""
    answered(budget, told(limit=240, remaining=240 - 1 - 100))
    assert budget.use(OPERATION).limit == LIMIT
    assert calls(budget, OPERATION, Priority.PEOPLE) == LIMIT - 1


def test_a_limit_of_the_vendor_below_ours_counts_until_it_rises(budget: RateLimiter) -> None:
    budget.learn(OPERATION, told(limit=4))
    assert budget.use(OPERATION).limit == 4
    assert calls(budget, OPERATION, Priority.SWEEP) == 2
    assert calls(budget, OPERATION, Priority.PEOPLE) == 2
    budget.learn(OPERATION, told(limit=240))
    assert budget.use(OPERATION).limit == LIMIT
    assert calls(budget, OPERATION, Priority.PEOPLE) == LIMIT - 4


def test_a_limit_of_nothing_still_lets_one_call_ask_again(budget: RateLimiter) -> None:
    budget.learn(OPERATION, told(limit=0))
    assert calls(budget, OPERATION, Priority.PEOPLE) == 1


# --- The gate --------------------------------------------------------------------------------------------------------


def test_the_gate_holds_the_turn_for_as_long_as_the_call_lasts(budget: RateLimiter) -> None:
    gate = Throttle(budget, Priority.SWEEP)
    with gate.wait(OPERATION):
        assert budget.use(OPERATION).in_flight == 1
        gate.learn(OPERATION, refused(9))
    assert budget.use(OPERATION).in_flight == 0
    assert budget.use(OPERATION).sweep == 1
    assert delay(budget, OPERATION, Priority.PEOPLE) > 8


def test_a_call_that_fails_gives_its_turn_back(budget: RateLimiter) -> None:
    with pytest.raises(OSError, match="unplugged"), Throttle(budget, Priority.PEOPLE).wait(OPERATION):
        raise OSError("unplugged")
    assert budget.use(OPERATION).in_flight == 0
    assert budget.use(OPERATION).people == 1


def test_what_is_heard_outside_a_call_counts_too(budget: RateLimiter) -> None:
    Throttle(budget, Priority.PEOPLE).learn(OPERATION, refused(9))
    assert delay(budget, OPERATION, Priority.PEOPLE) > 8


def test_without_redis_no_call_is_made(budget: RateLimiter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "_ask_script", _no_redis)
    with pytest.raises(NoCapacity), Throttle(budget, Priority.PEOPLE).wait(OPERATION):
        pytest.fail("the call was made")


def test_a_call_that_redis_never_heard_of_counts_for_nothing(
    budget: RateLimiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as away:
        away.setattr(budget, "_ask_script", _no_redis)
        with pytest.raises(NoRedis):
            budget.wait(OPERATION, Priority.PEOPLE)
    assert call(budget, OPERATION, Priority.PEOPLE)
    assert budget.use(OPERATION).people == 1


def test_an_answer_is_not_lost_when_redis_goes_away_during_the_call(
    budget: RateLimiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Throttle(budget, Priority.PEOPLE)
    with gate.wait(OPERATION):
        gate.learn(OPERATION, told(remaining=3))
        monkeypatch.setattr(budget, "_end_script", _no_redis)
        gate.learn("getOther", told(remaining=3))
    assert budget.use(OPERATION).in_flight == 1


def _no_redis(**_kwargs: object) -> None:
    raise NoRedis("away")
