"""Who goes first: people before sweeps, in each lane whoever came first, and nobody waits for the dead."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis

from portal.vendor.ratelimit import Priority, RateLimiter
from tests.support.waiting import wait_for
from tests.vendor.ratelimit.conftest import LIMIT, MakeBudget, call, calls, clear, delay, try_turn

OPERATION = "getThing"


@pytest.fixture
def waiters(redis: "Redis", fresh: MakeBudget) -> Iterator[ThreadPoolExecutor]:
    """Threads; whoever still waits at the end of a test that failed gets a turn then."""
    with ThreadPoolExecutor(32) as threads:
        yield threads
        clear(redis)
        fresh().assume_unused()


def waiting(budget: RateLimiter, people: int, sweeps: int, operation: str = OPERATION) -> bool:
    use = budget.use(operation)
    return (use.waiting_people, use.waiting_sweeps) == (people, sweeps)


def test_who_waits_goes_in_order_and_people_before_sweeps(make_budget: MakeBudget, waiters: ThreadPoolExecutor) -> None:
    budget, taken = make_budget(window=1.0), dict[int, str]()
    people_before = calls(budget, OPERATION, Priority.PEOPLE, tries=LIMIT)
    assert people_before == LIMIT

    def work(name: str, lane: Priority) -> None:
        turn = budget.wait(OPERATION, lane)
        taken[turn.taken_at] = name
        budget.end(turn)

    done = []
    for number in range(3):
        done.append(waiters.submit(work, f"sweep {number}", Priority.SWEEP))
        wait_for(lambda number=number: waiting(budget, 0, number + 1), "the sweep waits")  # type: ignore[misc]
    for number in range(3):
        done.append(waiters.submit(work, f"person {number}", Priority.PEOPLE))
        wait_for(lambda number=number: waiting(budget, number + 1, 3), "the person waits")  # type: ignore[misc]
    for work_done in done:
        work_done.result(10)
    in_order = [f"{who} {number}" for who in ("person", "sweep") for number in range(3)]
    assert [taken[moment] for moment in sorted(taken)] == in_order
    assert waiting(budget, 0, 0)


def test_a_person_who_waits_holds_the_sweeps_of_that_operation_alone(budget: RateLimiter) -> None:
    calls(budget, OPERATION, Priority.PEOPLE)
    delay_of_person = budget._ask(OPERATION, Priority.PEOPLE, "person", 0)
    assert delay_of_person[0] == 1
    assert budget._ask(OPERATION, Priority.SWEEP, "sweep", 0)[0] == 2
    assert call(budget, "getOther", Priority.SWEEP)


def test_a_sweep_yields_to_people_who_come_while_it_is_busy(
    make_budget: MakeBudget, waiters: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sweep with more calls at hand than it may make; no call of it goes between a person's first ask and turn."""
    budget = make_budget(limit=40, window=0.5, concurrency=4)
    over = threading.Event()
    sweeps, people, ask = list[int](), list[tuple[int, int]](), budget._ask
    came: dict[str, int] = {}

    def note_ticket(operation: str, lane: Priority, name: str, ticket: int) -> tuple[int, int, int]:
        verdict, amount, number = ask(operation, lane, name, ticket)
        if lane is Priority.PEOPLE and verdict:
            came[name] = number
        return verdict, amount, number

    def sweep() -> None:
        while not over.is_set():
            turn = budget.wait(OPERATION, Priority.SWEEP)
            sweeps.append(turn.taken_at)
            budget.end(turn)

    def call_for_people() -> None:
        for _call in range(60):
            turn = budget.wait(OPERATION, Priority.PEOPLE)
            people.append((came.get(turn.name, turn.taken_at), turn.taken_at))
            budget.end(turn)

    monkeypatch.setattr(budget, "_ask", note_ticket)
    done = [waiters.submit(sweep) for _sweeper in range(4)]
    try:
        wait_for(lambda: len(sweeps) >= 40, "the sweep has its pace")
        for person in [waiters.submit(call_for_people) for _person in range(2)]:
            person.result(30)
    finally:
        over.set()
    for one in done:
        one.result(10)
    assert any(asked < taken for asked, taken in people), "somebody had to wait"
    assert not [moment for moment in sweeps for asked, taken in people if asked < moment < taken]


def test_a_waiter_that_died_is_passed_over(make_budget: MakeBudget, waiters: ThreadPoolExecutor) -> None:
    budget = make_budget(window=0.2)
    calls(budget, OPERATION, Priority.PEOPLE)
    for number in range(3):
        assert budget._ask(OPERATION, Priority.PEOPLE, f"dies {number}", 0)[0] in (1, 2)
    began = time.monotonic()
    budget.end(waiters.submit(budget.wait, OPERATION, Priority.SWEEP).result(10))
    assert 1.0 < time.monotonic() - began < 2.0


def test_a_waiter_that_is_interrupted_leaves_the_line(budget: RateLimiter, monkeypatch: pytest.MonkeyPatch) -> None:
    calls(budget, OPERATION, Priority.PEOPLE)

    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupt)
    with pytest.raises(KeyboardInterrupt):
        budget.wait(OPERATION, Priority.PEOPLE)
    assert waiting(budget, 0, 0)
    assert budget.use(OPERATION).people == LIMIT


def test_who_waits_asks_redis_but_a_few_times_a_second(
    make_budget: MakeBudget, waiters: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    budget, asked = make_budget(window=2.0), list[str]()
    calls(budget, OPERATION, Priority.PEOPLE)
    ask = budget._ask

    def count(operation: str, lane: Priority, name: str, ticket: int) -> tuple[int, int, int]:
        asked.append(name)
        return ask(operation, lane, name, ticket)

    monkeypatch.setattr(budget, "_ask", count)
    for turn in waiters.map(lambda _waiter: budget.wait(OPERATION, Priority.PEOPLE), range(LIMIT)):
        budget.end(turn)
    # Signs of life for two seconds; besides, each is called to the front, told for how long to sleep, and goes.
    assert len(asked) <= LIMIT * (2.0 / 0.4 + 3)


# --- Places ----------------------------------------------------------------------------------------------------------


def test_calls_of_all_operations_share_the_places_and_people_find_one_that_sweeps_leave(
    make_budget: MakeBudget,
) -> None:
    budget = make_budget(concurrency=4)
    sweeps = [try_turn(budget, f"get{number}", Priority.SWEEP) for number in range(4)]
    assert [turn is not None for turn in sweeps] == [True, True, True, False]
    assert try_turn(budget, "get0", Priority.PEOPLE)
    assert not try_turn(budget, "get1", Priority.PEOPLE)


def test_sweeps_leave_a_quarter_of_many_places_to_people(make_budget: MakeBudget) -> None:
    budget = make_budget(concurrency=24)
    assert sum(bool(try_turn(budget, f"get{number}", Priority.SWEEP)) for number in range(24)) == 18
    assert sum(bool(try_turn(budget, f"get{number}", Priority.PEOPLE)) for number in range(24)) == 6


def test_pages_leave_an_eighth_of_the_places_to_requests(make_budget: MakeBudget) -> None:
    budget = make_budget(concurrency=24)
    assert sum(bool(try_turn(budget, f"get{number}", Priority.PAGES)) for number in range(24)) == 21
    assert not try_turn(budget, "get0", Priority.SWEEP)
    assert sum(bool(try_turn(budget, f"get{number}", Priority.PEOPLE)) for number in range(24)) == 3


def test_a_single_place_is_for_both(make_budget: MakeBudget) -> None:
    budget = make_budget(concurrency=1)
    turn = try_turn(budget, OPERATION, Priority.SWEEP)
    assert turn
    assert not try_turn(budget, OPERATION, Priority.PEOPLE)
    budget.end(turn)
    assert try_turn(budget, OPERATION, Priority.PEOPLE)


def test_a_place_goes_to_people_first_then_to_whoever_waits_longest(
    make_budget: MakeBudget, waiters: ThreadPoolExecutor
) -> None:
    budget = make_budget(concurrency=2)
    before = [try_turn(budget, f"get{number}", Priority.PEOPLE) for number in range(2)]
    taken: dict[int, str] = {}

    def work(operation: str, lane: Priority) -> None:
        turn = budget.wait(operation, lane)
        taken[turn.taken_at] = operation
        budget.end(turn)

    done = []
    for operation, lane in (("sweepA", Priority.SWEEP), ("sweepB", Priority.SWEEP), ("personC", Priority.PEOPLE)):
        done.append(waiters.submit(work, operation, lane))
        wait_for(lambda operation=operation: _in_line(budget, operation), f"{operation} waits")  # type: ignore[misc]
    for turn in before:
        assert turn
        budget.end(turn)
    for one in done:
        one.result(10)
    assert [taken[moment] for moment in sorted(taken)] == ["personC", "sweepA", "sweepB"]


def _in_line(budget: RateLimiter, operation: str) -> bool:
    use = budget.use(operation)
    return use.waiting_people + use.waiting_sweeps == 1


def test_a_place_is_passed_on_at_once(make_budget: MakeBudget, waiters: ThreadPoolExecutor) -> None:
    """Whoever waits for a place is woken by the end of a call, well before the next sign of life is due."""
    budget = make_budget(concurrency=1)
    waits: list[float] = []
    for number in range(20):
        turn = try_turn(budget, f"get{number}", Priority.PEOPLE)
        assert turn
        waiter = waiters.submit(budget.wait, "getNext", Priority.SWEEP if number % 2 else Priority.PEOPLE)
        wait_for(lambda: _in_line(budget, "getNext"), "somebody waits")
        ended = time.monotonic()
        budget.end(turn)
        budget.end(waiter.result(10))
        waits.append(time.monotonic() - ended)
        budget._redis.delete(*budget._keys("getNext")[:4])
    assert sorted(waits)[10] < 0.1


def test_a_person_who_waits_for_a_place_holds_every_sweep(make_budget: MakeBudget) -> None:
    """Two places of three came free: one for the person, who is about to take it, and one to be left to people."""
    budget = make_budget(concurrency=3)
    taken = [try_turn(budget, f"get{number}", Priority.PEOPLE) for number in range(3)]
    budget._ask("getNext", Priority.PEOPLE, "person", 0)
    for turn in taken[:2]:
        assert turn
        budget.end(turn)
    assert not try_turn(budget, "getOther", Priority.SWEEP)
    assert budget._ask("getNext", Priority.PEOPLE, "person", 0)[0] == 0


def test_a_process_that_dies_in_a_call_frees_its_place_and_its_call_still_counts(make_budget: MakeBudget) -> None:
    budget = make_budget(limit=2, concurrency=1, longest_call=0.3)
    assert try_turn(budget, OPERATION, Priority.PEOPLE)
    assert not call(budget, "getOther", Priority.PEOPLE)
    wait_for(lambda: call(budget, "getOther", Priority.PEOPLE), "the place is free again", seconds=5)
    assert budget.use(OPERATION).people == 1
    assert delay(make_budget(limit=1), OPERATION, Priority.PEOPLE) > 50
