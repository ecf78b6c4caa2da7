"""
What our client adds to a call: the same call through `PartnerApi` and through bare requests and json, by turns.

Both keep one connection to the same sandbox and ask for the same page of 30 customers. Ours builds the request, signs
it, judges the answer, reads 30 typed records, looks for what is new in them and tells what was exchanged; the bare one
loads the JSON and is done. Besides the time of a call, in which the sandbox's own part counts for both, the table gives
the processor time of the caller alone.
"""

import json
import time
from collections.abc import Callable
from statistics import median

import requests

from tests.bench.figures import Figure, middle_and_p95
from tests.support.clients import client_of
from tests.support.sandbox import Sandbox

CUSTOMERS = 300
ROWS = 30
ROUNDS = 500
WARM_UP = 50
LARGEST_RATIO = 1.5

Seconds = tuple[float, float]


def measure() -> list[Figure]:
    """Measure it."""
    with Sandbox.start(customers=CUSTOMERS, checked=False) as sandbox, requests.Session() as session:
        client = client_of(sandbox, on_surprise=lambda surprise: None, on_exchange=lambda exchange: None)
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {sandbox.get_token()}"

        def through_the_client() -> int:
            return len(client.customers.list_customers(count=ROWS).items)

        def bare() -> int:
            answer = session.get(f"{sandbox.api_url}/partners/customers?count={ROWS}", timeout=60)
            answer.raise_for_status()
            return len(json.loads(answer.content)["customers"])

        ours, reference = _by_turns(through_the_client, bare)
    return [_figure(ours, reference)]


def _by_turns(first: Callable[[], int], second: Callable[[], int]) -> tuple[list[Seconds], list[Seconds]]:
    """Return the seconds of both, by the clock and of the processor; each goes first every other time."""
    times: tuple[list[Seconds], list[Seconds]] = ([], [])
    pairs = list(zip((first, second), times, strict=True))
    for turn in range(WARM_UP + ROUNDS):
        for call, taken in pairs[:: 1 if turn % 2 else -1]:
            taken.append(_time(call))
    return times[0][WARM_UP:], times[1][WARM_UP:]


def _time(call: Callable[[], int]) -> Seconds:
    processor, clock = time.thread_time(), time.perf_counter()
    rows = call()
    taken = time.perf_counter() - clock, time.thread_time() - processor
    if rows != ROWS:
        raise RuntimeError(f"{rows} customers came instead of {ROWS}")
    return taken


def _figure(ours: list[Seconds], reference: list[Seconds]) -> Figure:
    (ours_clock, ours_own), (reference_clock, reference_own) = (zip(*times, strict=True) for times in (ours, reference))
    ratio = median(ours_clock) / median(reference_clock)
    own = median(ours_own) / median(reference_own)
    return Figure(
        f"A call for {ROWS} customers through the client, against bare requests and json",
        f"≤ {LARGEST_RATIO}×",
        f"{ratio:.2f}× ({middle_and_p95(ours_clock)} against {middle_and_p95(reference_clock)}; {ROUNDS} turns each); "
        f"the caller's own processor time {own:.2f}× ({median(ours_own) * 1000:.2f} against "
        f"{median(reference_own) * 1000:.2f} ms)",
        ratio <= LARGEST_RATIO,
    )
