"""
The search at 100,000 customers: how long a client waits for the suggestions and for the page, by what is typed.
"""

from collections.abc import Iterator
from statistics import median
from urllib.parse import quote

from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from tests.bench import ground, many, people
from tests.bench.customer_list import Visitor
from tests.bench.figures import Figure, p95
from tests.bench.ground import Ground

CUSTOMERS = 100_000
ROUNDS = 20
WARM_UP = 3
MOST_SECONDS = 0.1
MOST_QUERIES = 12

# By what they are, the searches; {n} stands for another number in each round.
SEARCHES = {
    "whole name": ("株式会社ひかり物流", "㈱さくら設計"),
    "part of a name": ("ひかり物", "ﾋｶﾘ", "博多"),
    "two words": ("ひかり 東京", "佐藤 物流"),
    "one character": ("株", "あ", "1"),
    "word of every name": ("株式会社", "㈱", "co.jp", "example"),
    "common and rare": ("株式会社ひかりん", "会社物", "社株", "co.jpx"),
    "domain": ("hikari-logi-{n}.example.co.jp", "https://hikari-logi-{n}.example.co.jp/"),
    "e-mail": ("admin{n}@mail.example", "x@hikari-logi-{n}.example.co.jp"),
    "ID": ("4000{n:05}", "5000{n:05}", "7000{n:05}"),
    "phone": ("03-0{n:03}-1", "090-1234", "+81 90 00{n:02}"),
    "nothing": ("zzzyyyxxx", "存在しない会社名", "0"),
}


def measure(_ground: Ground) -> list[Figure]:
    """Measure it."""
    many.fill(CUSTOMERS)
    ground.collect_files()
    figures = [_queries()]
    with ground.web(workers=1) as address:
        visitor = Visitor(address)
        figures += [_time(visitor, "page", fragment=False), _time(visitor, "suggestions", fragment=True)]
    return figures


def _queries() -> Figure:
    browser, counts = people.browser(), set()
    for _kind, typed in _typed(0):
        with CaptureQueriesContext(connection) as queries:
            browser.get("/search/", {"q": typed, "all": "1"})
        counts.add(len(queries))
    few, many = min(counts), max(counts)
    return Figure(
        f"Search, {Customer.objects.count():,} customers: queries of a page",
        f"≤ {MOST_QUERIES}",
        f"{few} to {many}",
        many <= MOST_QUERIES,
    )


def _time(visitor: Visitor, what: str, *, fragment: bool) -> Figure:
    """Name the kind of search that takes longest besides all of them together."""
    seconds: dict[str, list[float]] = {kind: [] for kind in SEARCHES}
    for turn in range(WARM_UP + ROUNDS):
        for kind, typed in _typed(turn):
            took = visitor.time(f"/search/?all=1&q={quote(typed)}", fragment=fragment)
            if turn >= WARM_UP:
                seconds[kind].append(took)
    together = [took for times in seconds.values() for took in times]
    slowest = max(seconds, key=lambda kind: p95(seconds[kind]))
    for kind, times in seconds.items():
        print(f"    {what}, {kind}: {median(times) * 1000:.0f} ms, p95 {p95(times) * 1000:.0f}", flush=True)
    return Figure(
        f"Search, {CUSTOMERS:,} customers: {what}, p95",
        f"≤ {MOST_SECONDS * 1000:.0f} ms",
        f"{p95(together) * 1000:.1f} ms (slowest kind, {slowest}: {p95(seconds[slowest]) * 1000:.1f})",
        p95(together) <= MOST_SECONDS,
    )


def _typed(turn: int) -> Iterator[tuple[str, str]]:
    for kind, searches in SEARCHES.items():
        for typed in searches:
            yield kind, typed.format(n=turn)
