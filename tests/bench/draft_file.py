"""
How long a file of 1,000 changes takes from the upload until its preview shows, with 5,000 customers, in this process.

Every row is of another customer and can be ordered, so none is spared a part of the check. The time is that of the
upload, in which every row is judged and kept, and of the page to which it leads.
"""

import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from django.test import Client

from customers.models import Customer
from portal.bulk.models import ImportRow
from portal.core.clock import business_today
from portal.core.tables.parsers import MOST_ROWS
from subscriptions.models import Reservation, Subscription
from subscriptions.rules.reservations import ADD_LICENSES
from tests.bench import ground, people, whole_book
from tests.bench.figures import Figure
from tests.bench.ground import Ground
from tests.bulk.files import HEADER, Line, book, table, upload, wish

ROUNDS = 3
MOST_SECONDS = 10.0
LATER_HEADER = (
    "customer", "subscription_id", "type", "product_id", "plan", "license_count", "apply_date",
)  # fmt: skip


def measure(_ground: Ground) -> list[Figure]:
    """Measure it with pre-orders, which need the fewest facts, in both forms, and with what needs the most."""
    whole_book.fill()
    ground.collect_files()
    pre_orders, licenses = list(islice(_pre_orders(), MOST_ROWS)), list(islice(_licenses_later(), MOST_ROWS))
    return [
        _figure("pre-orders, CSV", "addPreOrder", "changes.csv", table(*pre_orders)),
        _figure("pre-orders, XLSX", "addPreOrder", "changes.xlsx", book(HEADER, *pre_orders)),
        _figure("licenses later, CSV", "addReservation", "changes.csv", table(*licenses, header=LATER_HEADER)),
    ]


def _figure(what: str, kind: str, name: str, content: bytes) -> Figure:
    browser = people.browser()
    times = [_check(browser, kind, name, content) for _round in range(ROUNDS)]
    return Figure(
        f"A file of {MOST_ROWS:,} {what}: checked, and its preview shown",
        f"≤ {MOST_SECONDS:.0f} s",
        f"{', '.join(f'{seconds:.1f}' for seconds in times)} s; every row can be ordered",
        max(times) <= MOST_SECONDS,
    )


def _check(browser: Client, kind: str, name: str, content: bytes) -> float:
    """
    Return the seconds until the preview is there.

    Raises:
        RuntimeError: there is no preview, or the check of some row ended early.
    """
    began = time.perf_counter()
    draft = upload(browser, content, kind=kind, name=name)
    page = browser.get(draft.get_absolute_url())
    took = time.perf_counter() - began
    if page.status_code != 200:
        raise RuntimeError(f"the preview of {draft} answered {page.status_code}")
    if (ready := draft.rows.filter(state=ImportRow.State.READY).count()) != MOST_ROWS:
        wrong = draft.rows.exclude(state=ImportRow.State.READY).first()
        raise RuntimeError(f"only {ready} rows of {draft} can be ordered; one that cannot: {wrong and wrong.problems}")
    return took


def _pre_orders() -> Iterator[Line]:
    """Name customers by number and by domain, by turns."""
    day = business_today() + timedelta(days=20)
    for number, customer in enumerate(Customer.objects.current().order_by("pk")):
        yield wish(customer.domain if number % 2 else customer.pk, day=day)


def _licenses_later() -> Iterator[Line]:
    """More licenses for one subscription of each customer that has none of this scheduled, and goes on long enough."""
    today = business_today()
    busy = Reservation.objects.current().values("subscription_id")
    free = Subscription.objects.current().exclude(subscription_id__in=busy)
    rows = free.filter(plan="ANNUAL_LICENSE", end_date__gt=today + timedelta(days=31))
    for held in rows.order_by("customer_id", "pk").distinct("customer_id"):
        yield [held.customer_id, held.subscription_id, ADD_LICENSES, "", "", 5, today + timedelta(days=7)]
