"""
The lists of subscriptions and options with 300,000 and 100,000 rows: the slowest order of a page, and the memory of an
export.
"""

import resource
import time
from collections.abc import Iterator
from statistics import median

from django.test import Client

from options import filters as option_filters
from portal.core.exports import FORMATS
from subscriptions import filters as subscription_filters
from tests.bench import ground, many, people
from tests.bench.figures import Figure
from tests.bench.ground import Ground

CUSTOMERS, SUBSCRIPTIONS, OPTIONS = 100_000, 300_000, 100_000
LISTS = {"subscriptions": subscription_filters.SORTS, "options": option_filters.SORTS}
ROUNDS = 3
# A page of so many rows may take longer than one of the customers' list, and not so long that people wonder.
LONGEST_SECONDS = 1.0
MOST_GROWTH = 32 * 1024 * 1024


def measure(_ground: Ground) -> list[Figure]:
    """Measure it."""
    many.fill(CUSTOMERS)
    ground.collect_files()
    browser = people.browser()
    return [
        *(_pages(browser, name, list(sorts)) for name, sorts in LISTS.items()),
        *exports("options", OPTIONS),
    ]


def _pages(browser: Client, name: str, sorts: list[str]) -> Figure:
    times = {order: _seconds(browser, f"/{name}/?sort={order}") for order in (*sorts, *(f"-{sort}" for sort in sorts))}
    slowest = max(times, key=lambda order: times[order])
    return Figure(
        f"A page of the list of {name}, {SUBSCRIPTIONS if name == 'subscriptions' else OPTIONS:,} rows",
        f"≤ {LONGEST_SECONDS:.0f} s in every order",
        f"{times['end'] * 1000:.0f} ms as it opens; slowest by {slowest}: {times[slowest] * 1000:.0f} ms",
        times[slowest] <= LONGEST_SECONDS,
    )


def _seconds(browser: Client, address: str) -> float:
    times = []
    for _round in range(ROUNDS):
        began = time.perf_counter()
        if browser.get(address).status_code != 200:
            raise RuntimeError(address)
        times.append(time.perf_counter() - began)
    return median(times)


def exports(name: str, rows: int) -> list[Figure]:
    """Return what an export of all rows of a list takes, in each format."""
    browser = people.browser()
    return [_memory(browser, name, rows, form) for form in FORMATS]


def _memory(browser: Client, name: str, rows: int, form: str) -> Figure:
    """The process's own peak only grows: few rows first, then all."""
    list(_parts(browser, f"/{name}/?export={form}&q=K-00077"))
    before = _peak()
    began = time.perf_counter()
    count = sum(map(len, _parts(browser, f"/{name}/?export={form}")))
    growth = _peak() - before
    return Figure(
        f"Export of {rows:,} {name} as {form.upper()}: memory beside that of a few rows",
        f"≤ {MOST_GROWTH / 1024**2:.0f} MiB",
        f"{growth / 1024**2:.1f} MiB; {count / 1024**2:.1f} MiB sent in {time.perf_counter() - began:.1f} s",
        growth <= MOST_GROWTH,
    )


def _parts(browser: Client, address: str) -> Iterator[bytes]:
    yield from browser.get(address).streaming_content  # type: ignore[attr-defined]  # a file's answer


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
