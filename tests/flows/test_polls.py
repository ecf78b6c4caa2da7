"""
What a page shows and the mark that its next poll carries go together: old words never carry the newest mark.

Each page is opened once for every statement that it makes, and what it is about moves on just before that statement.
Either the page shows what is new, or its poll brings it.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from customers.models import Customer
from customers.sync.customers import CUSTOMER
from customers.sync.domains import UPGRADE_DOMAIN
from customers.sync.usage_status import USAGE_STATUS
from portal.bulk.models import Import, ImportRow
from portal.core.clock import now
from portal.operations.event_types import EventType
from portal.operations.models import Bundle, Operation
from portal.operations.states import State
from portal.operations.transitions import step
from portal.sync.models import Reading
from portal.sync.resources import RESOURCES, Answer
from portal.sync.store import keep
from portal.vendor import client
from tests.support import vendor_json
from tests.support.examples import LONG
from tests.support.orders import stored, stored_bundle
from tests.support.portal import People, SignIn
from tests.support.rows import keep_options, one_customer

pytestmark = pytest.mark.django_db

OLD_NAME = "ワークス商事株式会社"
SWAP = {"HX-Request": "true"}
POLL = re.compile(r'hx-get="([^"]*[?;](?:seen|since|found)=[^"]*)"')
MOST_STATEMENTS = 80
# A short run looks between every third and the next.
EACH = 1 if LONG else 3

# A page about something, and how that moves on: its address, what moves it, and words that only the old state has.
Case = tuple[str, Callable[[], object], str]


def an_operation() -> Case:
    operation = stored(State.ACCEPTED)
    return operation.get_absolute_url(), lambda: _settle(operation), "Partnerdesk is verifying the result."


def a_bundle() -> Case:
    bundle = stored_bundle("running")

    def move() -> None:
        Bundle.objects.filter(pk=bundle.pk).update(state="succeeded")
        bundle.events.create(what="done", state="done")

    return bundle.get_absolute_url(), move, "The steps are sent in order."


def a_file() -> Case:
    operation = stored(State.ACCEPTED)
    draft = Import.objects.create(
        kind=operation.kind, file_name="a.csv", header=["Customer"], uploaded_by_id=1, state=Import.State.RUNNING,
        reason="a", run_by_id=1,
    )  # fmt: skip
    ImportRow.objects.create(draft=draft, number=1, cells=["a"], state=ImportRow.State.REQUESTED, operation=operation)

    def move() -> None:
        _settle(operation)
        Import.objects.filter(pk=draft.pk).update(state=Import.State.DONE)

    return draft.get_absolute_url(), move, "<b>0</b>"


def a_file_that_stopped() -> Case:
    """What was ordered from it goes on."""
    address, _move, _words = a_file()
    Import.objects.update(state=Import.State.STOPPED)
    operation = Operation.objects.order_by("-pk")[0]
    return address, lambda: _settle(operation), "<b>0</b>"


def a_customer() -> Case:
    customer = _customer()
    return customer.get_absolute_url(), lambda: _rename(customer), OLD_NAME


def an_order_on_the_page_of_its_customer() -> Case:
    """It comes to its end a moment after the reading in which its effect was seen was kept."""
    customer = _customer()
    operation = stored(State.ACCEPTED, domain_id=customer.pk)
    return customer.get_absolute_url(), lambda: _settle(operation), "Accepted"


def users_of_a_customer() -> Case:
    customer = _customer()
    _limit(customer, 12_345)
    move = lambda: _limit(customer, 98_765)  # noqa: E731
    return reverse("customers:users", args=[customer.pk]), move, "12,345"


def domain_of_a_customer() -> Case:
    customer = _customer()
    old, new = (
        client.UpgradeDomain.from_vendor(vendor_json.upgrade_domain(domain=name)) for name in ("old.jp", "new.jp")
    )
    keep(UPGRADE_DOMAIN, {customer.pk: Answer([old])}, read_at=now())
    move = lambda: keep(UPGRADE_DOMAIN, {customer.pk: Answer([new])}, read_at=now())  # noqa: E731
    return reverse("customers:domain", args=[customer.pk]), move, "old.jp"


def options_of_a_customer() -> Case:
    customer = _customer()
    keep_options(customer.pk, options=[vendor_json.option(quantity=12_345)])
    move = lambda: keep_options(customer.pk, options=[vendor_json.option(quantity=98_765)])  # noqa: E731
    return reverse("options:customer", args=[customer.pk]), move, "12,345"


def history_of_a_customer() -> Case:
    """In the history itself the old name stays."""
    customer = _customer()
    address = reverse("customers:history", args=[customer.pk])
    return address, lambda: _rename(customer), f"<title>Change history: {OLD_NAME}"


def history_of_a_row() -> Case:
    customer = _customer()
    address = reverse("customers:row", args=[customer.pk, CUSTOMER.name])
    return address, lambda: _rename(customer), f"{OLD_NAME}</a>"


def form_of_an_order() -> Case:
    """Beside it stand the facts by which the order is judged."""
    customer = _customer()
    return reverse("subscriptions:pre_order_add", args=[customer.pk]), lambda: _rename(customer), OLD_NAME


def _settle(operation: Operation) -> None:
    assert step(Operation.objects.get(pk=operation.pk), State.SUCCEEDED, EventType.VERIFIED, next_try_at=None)


def _customer() -> Customer:
    """One of which all was read just now, so that opening its page asks for nothing."""
    customer = one_customer()
    known = set(Reading.objects.of_customer(customer.pk).values_list("resource", flat=True))
    names = {resource.name for resource in RESOURCES.of_customer() if resource.due_since is None}
    Reading.objects.bulk_create(
        Reading(domain_id=customer.pk, resource=name, read_at=now(), tried_at=now()) for name in names - known
    )
    return customer


def _limit(customer: Customer, users: int) -> None:
    record = client.UsageStatus.from_vendor(vendor_json.usage_status(customer.pk, maxMemberCount=users))
    keep(USAGE_STATUS, {customer.pk: Answer([record])}, read_at=now())


def _rename(customer: Customer) -> None:
    record = client.Customer.from_vendor(vendor_json.customer(customer.pk, companyName="あたらしい"))
    keep(CUSTOMER, {customer.pk: Answer([record])}, read_at=now())


@contextmanager
def _just_before(number: int, move: Callable[[], object]) -> Iterator[list[int]]:
    """Let something happen right before the statement of a number, as if another process had done it."""
    made = [0]
    is_moving = [False]

    def count(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if not is_moving[0]:
            if made[0] == number:
                is_moving[0] = True
                move()
                is_moving[0] = False
            made[0] += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield made


def _told(browser: Client, page: str, old: str) -> bool:
    """Return whether a page shows what is new, or its next poll brings it or says that there is something."""
    if old not in page:
        return True
    poll = POLL.search(page)
    if poll is None:
        return False
    answer = browser.get(poll[1].replace("&amp;", "&"), headers=SWAP)
    part = answer.content.decode()
    return answer.status_code == 200 and (old not in part or "has changed" in part)


@pytest.mark.parametrize(
    "make",
    [
        an_operation,
        a_bundle,
        a_file,
        a_file_that_stopped,
        a_customer,
        an_order_on_the_page_of_its_customer,
        users_of_a_customer,
        domain_of_a_customer,
        options_of_a_customer,
        history_of_a_customer,
        history_of_a_row,
        form_of_an_order,
    ],
)
def test_what_moves_while_a_page_is_made_is_on_it_or_comes_with_its_next_poll(
    make: Callable[[], Case], people: People, sign_in: SignIn
) -> None:
    browser = sign_in(people.account_manager)
    missed = []
    for number in range(0, MOST_STATEMENTS, EACH):
        address, move, old = make()
        with _just_before(number, move) as made:
            page = browser.get(address).content.decode()
        if made[0] <= number:
            break
        if not _told(browser, page, old):
            missed.append(number)
    assert old in page  # of the last one, which did not move
    assert number > 5
    assert missed == []
