"""Every address of Partnerdesk, filled in so that it leads somewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from hashlib import sha256
from typing import Any

import pytest
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from billing.models import PriceList
from portal.bulk.models import Import
from portal.core.clock import now
from portal.desk.models import CalendarFeed
from portal.lists.models import SavedView
from portal.sync.models import DetectedChange, Question, Reading
from tests.support import orders, vendor_json
from tests.support.billing import MONTH, bill, detail, item, keep_details, keep_invoices, summary
from tests.support.portal import People
from tests.support.rows import keep_options, one_customer

# Lists with saved views
LISTS = (
    "customers", "subscriptions", "options", "operations", "upcoming", "changes", "renewals", "usage", "differences",
)  # fmt: skip
TOKEN = "a-calendar-of-somebody"
# By what is shown in the address: an option that each of the orders about options can be about, and its task.
OPTION_OF = dict.fromkeys(("options:convert", "options:add_quantity"), "CST_S")
OPTIONS: dict[str, Any] = {
    "options": [vendor_json.option(), vendor_json.option(optionProductId="CST_S", subOptionId="CST_S00", quantity=1)],
    "orders": [vendor_json.option_order(type="MODIFY", subOptionId="SSTG203")],
}


def patterns(among: list[Any], namespace: str = "") -> Iterator[tuple[str, list[str]]]:
    """Return every address of Partnerdesk: its name, and what it has to be filled with."""
    for pattern in among:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from patterns(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}", list(pattern.pattern.converters)


PARTS = dict(patterns(get_resolver().url_patterns))


@pytest.fixture
def address(people: People) -> Callable[[str], str]:
    """Fills in a customer, its pre-order and an operation, so that every address leads somewhere."""
    customer = one_customer()
    keep_options(customer.pk, **OPTIONS)
    [pre_order] = customer.pre_orders.all()
    operation = orders.stored("awaiting_approval", domain_id=customer.pk, proposed_by_id=people.second_manager.pk)
    bundle = orders.stored_bundle("stopped", domain_id=customer.pk, proposed_by_id=people.second_manager.pk)
    draft = Import.objects.create(kind="addPreOrder", file_name="a.csv", header=["Customer"], uploaded_by_id=1)
    draft.rows.create(number=2, cells=[""])
    # Whoever is here has signed in with a password.
    for person in vars(people).values():
        person.password = "md5$made$up"
        person.save()
    note = customer.notes.create(text="a note", by_id=people.support.pk, by_name=str(people.support))
    prices = PriceList.objects.create(valid_from=date(2026, 10, 1), made_by_id=1, made_by_name="x")
    question = Question.objects.create(kind="verifyDomain", asked={"domain": "a"}, by_id=1, by_name="x")
    reading = Reading.objects.create(domain_id=customer.pk, resource="usage_status", problem="500")
    DetectedChange.objects.create(
        domain_id=customer.pk, resource="customer", key="1", after={}, read_at=now(), cause=DetectedChange.Cause.FIRST
    )
    CalendarFeed.objects.create(person=people.administrator, token_hash=sha256(TOKEN.encode()).hexdigest())
    keep_invoices(2026, bill(MONTH))
    keep_details(MONTH, detail(customer.pk, item(5), summary(5)))
    views = {
        listing: SavedView.objects.create(owner=people.administrator, listing=listing, name="Mine").pk
        for listing in LISTS
    }
    ids = {
        "token": TOKEN,
        "domain_id": customer.pk, "pre_order_id": pre_order.pre_order_id, "pk": operation.pk, "resource": "customer",
        "subscription_id": 501, "month": "2026-11",
    }  # fmt: skip

    def fill(name: str) -> str:
        filled = ids | ({"pk": reading.pk} if name.startswith("sync:") else {})
        filled |= {"option_product_id": OPTION_OF.get(name, "SSTG2"), "type": "CANCEL"}
        filled |= {"pk": question.pk} if name == "customers:answer" else {}
        filled |= {"pk": prices.pk} if name.startswith("billing:prices") else {}
        filled |= {"month": MONTH} if name.startswith("billing:check") else {}
        filled |= {"pk": note.pk} if name == "customers:note_act" else {}
        filled |= {"pk": views[name.partition(":")[0]]} if name.endswith("view") and "pk" in PARTS[name] else {}
        filled |= {"pk": bundle.pk} if name.startswith("operations:bundle") else {}
        filled |= {"pk": draft.pk, "kind": draft.kind, "form": "csv", "number": 2} if name.startswith("bulk:") else {}
        filled |= {"source": "customers", "kind": "addPreOrder"} if name.startswith("selection:") else {}
        address = reverse(name, kwargs={part: filled[part] for part in PARTS.get(name, ())})
        return f"{address}?key=1" if name == "customers:row" else address

    return fill


@contextmanager
def undone() -> Iterator[None]:
    """Take back what is done inside, so that the next address finds what it leads to."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
