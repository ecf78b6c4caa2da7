"""
The lists beside Django's plain admin on the same rows in the same run, with few customers and with many.

The time is the median of what a client waits for the whole answer, ours and the admin's by turns, out of one process.
Upcoming events and renewals, which the admin has no list of, stand beside its subscriptions by contract end: the page
that it would be looked up on.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from urllib.parse import quote

from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from subscriptions.models import Subscription
from tests.bench import first_load, ground, large_lists, many, people
from tests.bench.customer_list import Visitor
from tests.bench.figures import Figure, kilobytes
from tests.bench.ground import Ground

# BENCH_CUSTOMERS names other sizes, for a look at the measurement itself.
SMALL, LARGE = map(int, os.environ.get("BENCH_CUSTOMERS", "5000,100000").split(","))
ROUNDS, WARM_UP = 7, 2
MOST_QUERIES = 10
MOST_BYTES, MOST_SWAP_BYTES = 60 * 1024, 30 * 1024
MOST_OF_ADMIN = {SMALL: 0.5, LARGE: 0.2}
MOST_GROWTH = 1.3
LAST = 9_999_999


@dataclass(frozen=True)
class List:
    """
    A list and what stands in for it in the plain admin.

    Args:
        address: ours.
        plain: the admin's.
        filtered: what a filter of ours adds to the address.
        plain_filtered: the same filter of the admin's.
    """

    address: str
    plain: str
    filtered: str
    plain_filtered: str

    def pages(self, rows: int) -> Mapping[str, tuple[str, str]]:
        """Return the pages that are timed, each with that of the admin, by name."""
        ours, plain = f"{self.address}{'&' if '?' in self.address else '?'}rows=50", f"/plain-admin/{self.plain}/"
        word = quote("株")
        return {
            "first": (ours, plain),
            "last": (f"{ours}&page={LAST}", f"{plain}?p={max(1, -(-rows // 50))}"),
            "filtered": (f"{ours}&{self.filtered}", f"{plain}?{self.plain_filtered}"),
            "株": (f"{ours}&q={word}", f"{plain}?q={word}"),
            "co.jp": (f"{ours}&q=co.jp", f"{plain}?q=co.jp"),
        }


OF_CONTRACTS = "subscriptions/subscription"
LISTS = {
    "customers": List(
        "/customers/", "customers/customer", "product=ADV&plan=MONTHLY", "lead_product=ADV&lead_plan=MONTHLY"
    ),
    "subscriptions": List("/subscriptions/", OF_CONTRACTS, "product=ADV&plan=MONTHLY", "product_id=ADV&plan=MONTHLY"),
    "options": List("/options/", "options/optionproduct", "option=SSTG2", "option_product_id=SSTG2"),
    "upcoming": List("/upcoming/", OF_CONTRACTS, "kind=renewal&within=30", "renewal_type=STAY"),
    "renewals": List("/renewals/?owner=all", OF_CONTRACTS, "state=undecided", "renewal_type=STAY"),
}


def measure(_ground: Ground) -> list[Figure]:
    """Measure it."""
    ground.collect_files()
    figures: list[Figure] = []
    times: dict[int, dict[str, dict[str, float]]] = {}
    for size in dict.fromkeys((SMALL, LARGE)):
        many.fill(size)
        figures += [_queries(name, size) for name in LISTS]
        # A single process, so that each page finds it equally warm.
        with ground.web(settings=ground.SETTINGS, workers=1) as address:
            visitor = Visitor(address)
            times[size] = {}
            for name in LISTS:
                figure, times[size][name] = _beside_the_admin(visitor, name, size)
                figures.append(figure)
            if size == SMALL:
                figures += [_bytes(visitor, name) for name in LISTS]
                figures += _first_loads(address)
    figures += [_growth(name, times[SMALL][name], times[LARGE][name]) for name in LISTS]
    return [*figures, *large_lists.exports("customers", LARGE)]


def _beside_the_admin(visitor: Visitor, name: str, size: int) -> tuple[Figure, dict[str, float]]:
    rows = (Subscription if LISTS[name].plain == OF_CONTRACTS else Customer).objects.count()
    found, ratios, words = {}, [], []
    for page, (ours, plain) in LISTS[name].pages(rows).items():
        own, reference = _by_turns(visitor, ours, plain)
        found[page] = own
        ratios.append(own / reference)
        words.append(f"{page} {own / reference:.2f}× ({own * 1000:.0f} against {reference * 1000:.0f} ms)")
        print(f"    {name}, {size:,}: {words[-1]}", flush=True)
    figure = Figure(
        f"{name.capitalize()}, {size:,} customers: p50 against plain admin",
        f"≤ {MOST_OF_ADMIN[size]}×",
        ", ".join(words),
        max(ratios) <= MOST_OF_ADMIN[size],
    )
    return figure, found


def _by_turns(visitor: Visitor, ours: str, plain: str) -> tuple[float, float]:
    own: list[float] = []
    reference: list[float] = []
    for turn in range(WARM_UP + ROUNDS):
        # Each goes first every other time.
        for path, times in ((ours, own), (plain, reference))[:: 1 if turn % 2 else -1]:
            times.append(visitor.time(path))
    return median(own[WARM_UP:]), median(reference[WARM_UP:])


def _growth(name: str, small: Mapping[str, float], large: Mapping[str, float]) -> Figure:
    grown = {page: large[page] / small[page] for page in small}
    return Figure(
        f"{name.capitalize()}: {LARGE:,} customers against {SMALL:,}, p50",
        f"≤ {MOST_GROWTH}×",
        ", ".join(f"{page} {ratio:.2f}×" for page, ratio in grown.items()),
        max(grown.values()) <= MOST_GROWTH,
    )


def _queries(name: str, size: int) -> Figure:
    browser, counts = people.browser(), []
    for ours, _plain in LISTS[name].pages(size).values():
        browser.get(ours)
        with CaptureQueriesContext(connection) as queries:
            browser.get(ours)
        counts.append(len(queries))
    return Figure(
        f"{name.capitalize()}, {size:,} customers: queries of first, last, filtered, two common words",
        f"≤ {MOST_QUERIES}",
        ", ".join(map(str, counts)),
        max(counts) <= MOST_QUERIES,
    )


def _bytes(visitor: Visitor, name: str) -> Figure:
    """In the language that weighs more."""
    path = LISTS[name].pages(0)["first"][0]
    whole, swap = (
        max(len(visitor.get(path, language=language, fragment=fragment)) for language in ("en", "ja"))
        for fragment in (False, True)
    )
    return Figure(
        f"{name.capitalize()}: HTML of 50 rows, and of a swap",
        f"≤ {kilobytes(MOST_BYTES)}, ≤ {kilobytes(MOST_SWAP_BYTES)}",
        f"{kilobytes(whole)}, {kilobytes(swap)}",
        whole <= MOST_BYTES and swap <= MOST_SWAP_BYTES,
    )


def _first_loads(address: str) -> Iterator[Figure]:
    for name, each in LISTS.items():
        traffic = first_load.load(f"{address}{each.address}", people.session_cookie())
        total = round(sum(traffic.sizes.values()))
        yield Figure(
            f"{name.capitalize()}: first load, empty cache, on the wire",
            f"≤ {kilobytes(first_load.MOST_BYTES)}",
            f"{kilobytes(total)} in {len(traffic.sizes)} requests",
            total <= first_load.MOST_BYTES,
        )
