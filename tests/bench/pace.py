"""
The call budget alone: how close a sweep of several operations comes to the rate it is allowed, how long a person waits
meanwhile, and whether any window holds more calls than the limit.

LINE WORKS is the counting one of the budget's tests, which sees every window, wherever it begins. Its window is shorter
than the real one, so everything happens faster than it ever will.
"""

from dataclasses import dataclass, replace

from django.conf import settings
from redis import Redis

from portal.vendor.ratelimit import Priority, RateLimiter
from tests.bench.figures import Figure, p95
from tests.bench.ground import Ground
from tests.support.waiting import wait_for
from tests.vendor.ratelimit.caller import Errand, calling, end
from tests.vendor.ratelimit.vendor import Vendor, Way, rival, serving

OPERATIONS = tuple(f"/get{number}" for number in range(8))
LIMIT = 240
WINDOW = 12.0
SWEEPERS = 2 * len(OPERATIONS)
LONGEST_SECONDS = 300.0


@dataclass(frozen=True)
class Sweep:
    """
    What a sweep by some processes came to.

    Attributes:
        over_bound: its makespan as a multiple of calls ÷ allowed rate.
        waits: how long each call of a person waited for its turn meanwhile.
        most: the most calls in any stretch as long as a window.
        refused: the share of calls that were answered 429.
    """

    over_bound: float
    waits: list[float]
    most: int
    refused: float


def measure(_ground: Ground) -> list[Figure]:
    """Measure it with one, two and four processes, and beside another application."""
    sweeps = {count: sweep(settings.REDIS_URL, processes=count) for count in (1, 2, 4)}
    beside = sweep(settings.REDIS_URL, processes=2, rival_share=0.3)
    makespans = [found.over_bound for found in sweeps.values()]
    waits = [p95(found.waits) * 1000 for found in sweeps.values()]
    most = max(found.most for found in (*sweeps.values(), beside))
    refused = max(found.refused for found in sweeps.values())
    return [
        Figure(
            "Makespan of a sweep of 8 operations by 1, 2 and 4 processes, in multiples of calls ÷ allowed rate",
            "≤ 1.08, within 5 %",
            ", ".join(f"{makespan:.3f}" for makespan in makespans),
            max(makespans) <= 1.08 and max(makespans) <= 1.05 * min(makespans),
        ),
        Figure(
            "A person's wait for a turn meanwhile, p95",
            "≤ 300 ms",
            ", ".join(f"{wait:.0f} ms" for wait in waits),
            max(waits) <= 300,
        ),
        Figure("Most calls of one operation in any window", f"≤ {LIMIT}", str(most), most <= LIMIT),
        Figure("Answered 429, alone", "0", f"{refused:.2%}", not refused),
        Figure(
            "Answered 429 beside a rival that uses 30 % of the limit", "< 0.5 %", f"{beside.refused:.2%}",
            beside.refused < 0.005,
        ),
    ]  # fmt: skip


def sweep(
    redis_url: str,
    *,
    processes: int,
    rival_share: float = 0.0,
    way: Way = Way.SLIDING,
    seconds: float = 0.1,
    windows: int = 3,
    limit: int = LIMIT,
    window: float = WINDOW,
) -> Sweep:
    """
    Let processes sweep for as many windows as wanted, while a person looks around.

    Args:
        rival_share: what another application uses of the limit of each operation.
        seconds: the longest that a call is under way, each way.
    """
    with Redis.from_url(redis_url) as redis:
        redis.delete(*redis.scan_iter("pace:*"), "pace:none")
        RateLimiter(redis, limit=limit, window=window).assume_unused()
    errand = Errand(
        redis=redis_url, vendor="", lanes={}, limit=limit, window=window, operations=OPERATIONS, longest_call=30.0
    )
    calls = windows * limit // 2
    with serving(Vendor(way, limit, window, seconds)) as vendor, rival(vendor, OPERATIONS, share=rival_share):
        errand = replace(errand, vendor=vendor.url)
        share = SWEEPERS // processes
        sweepers = [replace(errand, lanes={Priority.SWEEP: share}, first=share * number) for number in range(processes)]
        with calling(*sweepers, replace(errand, lanes={Priority.PEOPLE: 2}, pause=0.2)) as callers:
            wait_for(lambda: _is_swept(vendor, calls), "all is swept", seconds=LONGEST_SECONDS)
            waits = end(callers)[-1][Priority.PEOPLE]
    return Sweep(
        over_bound=_makespan(vendor, calls) / (calls * window / (limit // 2)),
        waits=waits,
        most=vendor.most_in_a_window(),
        refused=vendor.refused() / vendor.calls(),
    )


def _is_swept(vendor: Vendor, calls: int) -> bool:
    return all(len(vendor.moments(operation, Priority.SWEEP)) >= calls for operation in OPERATIONS)


def _makespan(vendor: Vendor, calls: int) -> float:
    """Return the seconds from the very first call of the sweep until each operation had so many."""
    moments = [vendor.moments(operation, Priority.SWEEP) for operation in OPERATIONS]
    return max(of_operation[calls - 1] for of_operation in moments) - min(of_operation[0] for of_operation in moments)
