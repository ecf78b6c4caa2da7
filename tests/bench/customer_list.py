"""
The customers' list with 5,000 customers: queries, bytes, and its time against Django's plain admin.

Both pages come from one gunicorn process, over HTTP, by turns, through the same middleware, for the same person, out
of the same database: what disturbs the machine disturbs both. The time is what a client waits for the whole answer.
"""

import time
from http.client import HTTPConnection
from itertools import product
from statistics import median
from urllib.parse import urlencode, urlsplit

from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.filters import DEFAULT_SORT, SORTS
from customers.models import Customer
from portal.core.paging import ROWS
from subscriptions.models import Subscription
from tests.bench import book, ground, people
from tests.bench.figures import Figure, kilobytes, middle_and_p95
from tests.bench.ground import Ground

OURS = "/customers/?rows=50"
REFERENCE = "/plain-admin/customers/customer/"
LANGUAGES = ("en", "ja")
ROUNDS = 100
WARM_UP = 10
MOST_QUERIES = 10
MOST_BYTES = 60 * 1024
MOST_FRAGMENT_BYTES = 30 * 1024
LARGEST_RATIO = 0.5


class Visitor:
    """One browser: one kept connection, one session."""

    def __init__(self, address: str) -> None:
        self._connection = HTTPConnection(urlsplit(address).netloc, timeout=60)
        self._cookies = people.session_cookie()

    def get(self, path: str, *, language: str = "en", fragment: bool = False) -> bytes:
        """
        Return what a page holds.

        Raises:
            RuntimeError: it is not the page.
        """
        cookies = self._cookies | {"django_language": language}
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        if fragment:
            headers["HX-Request"] = "true"
        self._connection.request("GET", path, headers=headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}")
        return body

    def time(self, path: str, *, fragment: bool = False) -> float:
        """Return the seconds until the whole page, or a swap of it, has come."""
        began = time.perf_counter()
        self.get(path, fragment=fragment)
        return time.perf_counter() - began


def measure(_ground: Ground) -> list[Figure]:
    """Measure it."""
    book.fill()
    ground.collect_files()
    figures = [_queries()]
    # A single process, so that each page finds it equally warm.
    with ground.web(settings=ground.SETTINGS, workers=1) as address:
        visitor = Visitor(address)
        figures += [
            _bytes(visitor, "HTML of a page", MOST_BYTES, fragment=False),
            _bytes(visitor, "HTML of a swap", MOST_FRAGMENT_BYTES, fragment=True),
            _time(visitor),
        ]
    return figures


def _queries() -> Figure:
    browser = people.browser()
    counts = []
    for rows in ROWS:
        browser.get("/customers/", {"rows": rows})
        with CaptureQueriesContext(connection) as queries:
            browser.get("/customers/", {"rows": rows})
        counts.append(len(queries))
    customers, subscriptions = Customer.objects.count(), Subscription.objects.count()
    return Figure(
        f"Customers' list, {customers:,} customers, {subscriptions:,} subscriptions: queries",
        f"≤ {MOST_QUERIES}, the same for 25, 50 and 100 rows",
        ", ".join(map(str, counts)),
        max(counts) <= MOST_QUERIES and len(set(counts)) == 1,
    )


def _bytes(visitor: Visitor, what: str, most: int, *, fragment: bool) -> Figure:
    """
    Weigh the list as it opens, in the language that weighs more.

    Every other order is weighed too, and the heaviest is named: it gathers the customers that have something in every
    cell.
    """
    orders = [f"{sign}{key}" for sign, key in product(("", "-"), SORTS)]
    sizes = {
        (order, language): len(visitor.get(_address(order), language=language, fragment=fragment))
        for order, language in product(orders, LANGUAGES)
    }
    as_it_opens = max(sizes[DEFAULT_SORT, language] for language in LANGUAGES)
    heaviest = max(sizes, key=lambda place: sizes[place])
    return Figure(
        f"{what}, 50 rows",
        f"≤ {kilobytes(most)}",
        f"{kilobytes(as_it_opens)}; sorted by {heaviest[0]} in {heaviest[1]} {kilobytes(sizes[heaviest])}",
        as_it_opens <= most,
    )


def _address(order: str) -> str:
    return f"/customers/?{urlencode({'rows': 50, 'sort': order})}"


def _time(visitor: Visitor) -> Figure:
    ours: list[float] = []
    reference: list[float] = []
    for turn in range(WARM_UP + ROUNDS):
        # Each goes first every other time.
        for path, times in ((OURS, ours), (REFERENCE, reference))[:: 1 if turn % 2 else -1]:
            times.append(visitor.time(path))
    del ours[:WARM_UP], reference[:WARM_UP]
    ratio = median(ours) / median(reference)
    return Figure(
        "Time of a page, 50 rows, against Django's plain admin",
        f"≤ {LARGEST_RATIO}×",
        f"{ratio:.2f}× ({middle_and_p95(ours)} against {middle_and_p95(reference)}; {ROUNDS} turns each)",
        ratio <= LARGEST_RATIO,
    )
