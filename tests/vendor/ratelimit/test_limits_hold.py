"""
Several processes against a vendor that counts: no window over the limit, whichever way it runs, and none left unused.

LINE WORKS counts each call after a random time under way and answers after another, each up to a quarter of a window.
When Redis loses its memory just as the window is full to the brim, the one call that asks how things stand is one too
many; it is refused, and nothing else is lost.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from django.conf import settings
from redis import Redis

from portal.vendor.ratelimit import Priority
from tests.bench.figures import p95
from tests.support.waiting import wait_for
from tests.vendor.ratelimit.caller import Errand, calling, end
from tests.vendor.ratelimit.conftest import MakeBudget
from tests.vendor.ratelimit.vendor import Vendor, Way, rival, serving

LIMIT = 20
WINDOW = 0.5
OPERATION = "/getThing"


@pytest.fixture(params=Way)
def vendor(request: pytest.FixtureRequest) -> Iterator[Vendor]:
    """Counts in fixed windows, then in sliding ones."""
    with serving(Vendor(Way(request.param), LIMIT, WINDOW, WINDOW / 4)) as vendor:
        yield vendor


slides = pytest.mark.parametrize("vendor", [Way.SLIDING], indirect=True)


@pytest.fixture
def errand(vendor: Vendor, make_budget: MakeBudget) -> Callable[..., Errand]:
    """Tells processes what to do, on a Redis that knows of every call."""
    make_budget()

    def tell(lanes: dict[str, int], *, concurrency: int = 16, **more: object) -> Errand:
        return Errand(
            redis=settings.REDIS_URL, vendor=vendor.url, lanes=lanes, limit=LIMIT, window=WINDOW,
            concurrency=concurrency, **more,  # type: ignore[arg-type]
        )  # fmt: skip

    return tell


def calls_come(vendor: Vendor, count: int) -> None:
    """Wait until LINE WORKS has got so many calls more."""
    before = vendor.calls()
    wait_for(lambda: vendor.calls() >= before + count, f"{count} calls more come")


def flush(redis: "Redis") -> None:
    """Lose what was known, all of it in one moment, and leave the broker's keys."""
    redis.delete(*redis.scan_iter("pace:*"))


def test_processes_of_both_lanes_never_exceed_the_limit(vendor: Vendor, errand: Callable[..., Errand]) -> None:
    both = errand({"people": 4, "sweep": 4})
    with calling(both, both, both) as callers:
        calls_come(vendor, 3 * LIMIT)
        end(callers)
    assert vendor.refused() == 0
    assert vendor.most_in_a_window() <= LIMIT


@slides
def test_sweeps_never_exceed_their_half(vendor: Vendor, errand: Callable[..., Errand]) -> None:
    sweeps = errand({"sweep": 8})
    with calling(sweeps, sweeps) as callers:
        calls_come(vendor, 3 * LIMIT // 2)
        end(callers)
    assert vendor.refused() == 0
    assert vendor.most_in_a_window() <= LIMIT // 2


@slides
def test_calls_of_all_processes_stay_within_the_places(vendor: Vendor, errand: Callable[..., Errand]) -> None:
    both = errand({"people": 4, "sweep": 4}, concurrency=3, operations=("/a", "/b", "/c"))
    with calling(both, both) as callers:
        calls_come(vendor, 3 * LIMIT)
        end(callers)
    assert vendor.most_at_once == 3


def test_a_flush_in_the_middle_costs_no_window_its_limit(
    vendor: Vendor, errand: Callable[..., Errand], redis: "Redis"
) -> None:
    vendor.seconds = WINDOW / 20  # so that a few places suffice to use all of a window up at its beginning
    people = errand({"people": 4}, concurrency=4, longest_call=1.0)
    with calling(people, people) as callers:
        for _flush in range(2):
            calls_come(vendor, LIMIT)
            flush(redis)
        calls_come(vendor, LIMIT)
        end(callers)
    assert vendor.most_in_a_window() <= LIMIT + 1
    assert vendor.refused() <= 2


@slides
def test_a_flush_is_survived_without_headers_too(vendor: Vendor, errand: Callable[..., Errand], redis: "Redis") -> None:
    vendor.silent = True
    vendor.seconds = WINDOW / 20  # so that a few places suffice to use all of a window up at its beginning
    people = errand({"people": 4}, concurrency=4, longest_call=1.0)
    with calling(people, people) as callers:
        for _flush in range(2):
            calls_come(vendor, LIMIT)
            flush(redis)
        end(callers)
    assert vendor.most_in_a_window() <= LIMIT + 1


@slides
def test_killed_processes_cost_no_window_its_limit(vendor: Vendor, errand: Callable[..., Errand]) -> None:
    both = errand({"people": 4, "sweep": 4}, concurrency=8, longest_call=1.0)
    with calling(both, both, both) as callers:
        for caller in callers[:2]:
            calls_come(vendor, 10)
            caller.kill()
        calls_come(vendor, 2 * LIMIT)  # from the third, which also gets the places of the dead
        end(callers[2:])
    assert vendor.refused() == 0
    assert vendor.most_in_a_window() <= LIMIT


@pytest.mark.parametrize(("lane", "share", "calls"), [(Priority.PEOPLE, 0.3, 120), (Priority.SWEEP, 0.7, 60)])
def test_a_rival_beside_whom_there_is_too_little_costs_us_no_call(
    vendor: Vendor, errand: Callable[..., Errand], lane: Priority, share: float, calls: int
) -> None:
    """
    What the rival does during a call is nothing that headers could tell. So the window is long beside a call: a busy
    machine would have to stand still for half a second to make more of that than is held in reserve.
    """
    vendor.limit, vendor.window, vendor.seconds = 100, 3.0, 0.01
    ours = replace(errand({lane: 4}), limit=100, window=3.0, pause=0.1)
    with rival(vendor, [OPERATION], share=share), calling(ours, ours) as callers:
        calls_come(vendor, calls)
        end(callers)
    assert vendor.refused() == 0


@slides
def test_people_hardly_wait_during_a_full_sweep(vendor: Vendor, errand: Callable[..., Errand]) -> None:
    """Ten operations are swept at once, over few places; a person calls one of them now and then."""
    vendor.limit, vendor.window, vendor.seconds = 100, 2.0, 0.02
    sweeps = replace(
        errand({"sweep": 10}), limit=100, window=2.0, concurrency=4, operations=tuple(f"/get{n}" for n in range(10))
    )
    person = replace(sweeps, lanes={"people": 1}, pause=0.03)
    with calling(sweeps, sweeps, person) as callers:
        wait_for(lambda: vendor.calls(Priority.PEOPLE) >= 40, "the person has called often")
        waits = end(callers)[2]["people"]
    assert vendor.refused() == 0
    assert vendor.calls(Priority.SWEEP) > vendor.calls(Priority.PEOPLE)
    assert p95(waits) < 0.3
