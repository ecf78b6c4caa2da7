"""LINE WORKS's state moved, or the day went by, since somebody looked: nothing is sent, and the page leads on."""

from datetime import timedelta

import pytest
from django.test import Client

from customers.models import Customer
from portal.operations.chains import NotAllowed
from portal.operations.commands import COMMANDS
from portal.operations.models import Operation
from portal.operations.services import confirm
from portal.operations.states import State
from portal.sync.models import Reading
from subscriptions.rules.pre_orders import PreOrderDelete, PreOrderMove
from tests.support.orders import REASON, ask, day, happened, order, pre_order, rest
from tests.support.portal import WITHOUT_CONTRACT, People, ReadIn, SignIn
from tests.support.sandbox import Sandbox
from tests.support.worker import Worker

OUTSIDE = {"applyDate": str(day(9)), "productId": "STD", "plan": "MONTHLY"}
NOT_SENT = "Not sent: the data changed since the review."


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.account_manager)


def page_of(operation: Operation, browser: Client) -> str:
    return browser.get(operation.get_absolute_url()).content.decode()


def test_a_change_made_elsewhere_stops_the_order(
    worker: Worker, sandbox: Sandbox, people: People, synced_customer: Customer, browser: Client
) -> None:
    operation = ask(people.account_manager, synced_customer)
    sandbox.add_pre_order_outside(synced_customer.pk, OUTSIDE)

    operation = rest(confirm(operation, by=people.account_manager, reason=REASON))

    assert operation.state == State.STALE
    assert happened(operation) == ["proposed", "confirmed", "claimed", "changed since the review"]
    assert operation.events.last().details == {"moved": ["pre_orders"]}  # type: ignore[union-attr]  # there are events
    assert sandbox.calls()["addPreOrder"] == 0
    page = page_of(operation, browser)
    assert NOT_SENT in page
    assert "Changed in LINE WORKS since the review: Pre-orders." in page


def test_asking_again_begins_with_the_same_wish_and_the_new_facts(
    worker: Worker, sandbox: Sandbox, people: People, synced_customer: Customer, browser: Client
) -> None:
    wish = pre_order(apply_date=day(5), license_count=42)
    operation = ask(people.account_manager, synced_customer, wish)
    sandbox.add_pre_order_outside(synced_customer.pk, OUTSIDE)
    rest(confirm(operation, by=people.account_manager, reason=REASON))

    context = browser.get(operation.get_absolute_url()).context
    form = browser.get(context["ask_again"]).context["form"]
    again = rest(order(people.account_manager, synced_customer, wish))

    assert {name: str(form[name].value()) for name in form.fields} == {
        "product_id": "STD", "plan": "ANNUAL_LICENSE", "apply_date": "2026-01-20", "license_count": "42",
    }  # fmt: skip
    assert again.state == State.SUCCEEDED


def test_what_has_no_bearing_on_the_order_does_not_stop_it(
    worker: Worker, sandbox: Sandbox, people: People, synced_customer: Customer
) -> None:
    """The cache held another phone number than LINE WORKS: an order does not depend on it."""
    Customer.objects.update(raw=synced_customer.raw | {"phoneNumber": "000"})

    operation = rest(order(people.account_manager, synced_customer))

    assert operation.state == State.SUCCEEDED


@pytest.mark.parametrize("kind", ["updatePreOrder", "deletePreOrder"])
def test_a_pre_order_that_was_applied_meanwhile_is_left_alone(
    kind: str, worker: Worker, sandbox: Sandbox, people: People, read_in: ReadIn
) -> None:
    sandbox.add_pre_order_outside(WITHOUT_CONTRACT, OUTSIDE)
    customer = read_in(WITHOUT_CONTRACT)
    number = customer.pre_orders.get().pre_order_id
    wish = {
        "updatePreOrder": PreOrderMove(pre_order_id=number, apply_date=day(20)),
        "deletePreOrder": PreOrderDelete(pre_order_id=number),
    }[kind]
    operation = ask(people.account_manager, customer, wish, COMMANDS[kind])
    sandbox.set_clock(OUTSIDE["applyDate"])

    operation = rest(confirm(operation, by=people.account_manager, reason=REASON))

    assert operation.state == State.STALE
    assert operation.events.get(what="changed since the review").details == {"moved": ["subscriptions", "pre_orders"]}
    assert sandbox.calls()[kind] == 0


def test_the_day_that_went_by_before_the_confirmation(
    no_worker: Worker, sandbox: Sandbox, people: People, synced_customer: Customer, browser: Client
) -> None:
    operation = ask(people.account_manager, synced_customer, pre_order(apply_date=day(1)))
    sandbox.move_clock(1)

    operation = confirm(operation, by=people.account_manager, reason=REASON)

    assert operation.state == State.STALE
    assert happened(operation) == ["proposed", "no longer allowed"]
    assert sandbox.calls()["addPreOrder"] == 0
    page = page_of(operation, browser)
    assert NOT_SENT in page
    assert "sub.preorder.window" in page


def test_the_day_that_went_by_while_the_order_waited(
    no_worker: Worker, sandbox: Sandbox, people: People, synced_customer: Customer
) -> None:
    operation = order(people.account_manager, synced_customer, pre_order(apply_date=day(1)))
    sandbox.move_clock(1)

    no_worker.start()
    rest(operation)

    assert operation.state == State.STALE
    assert happened(operation) == ["proposed", "confirmed", "claimed", "no longer allowed"]
    assert sandbox.calls()["addPreOrder"] == 0


def test_the_last_day_moves_with_the_calendar(sandbox: Sandbox, people: People, synced_customer: Customer) -> None:
    with pytest.raises(NotAllowed):
        ask(people.account_manager, synced_customer, pre_order(apply_date=day(32)))

    sandbox.move_clock(1)

    assert ask(people.account_manager, synced_customer, pre_order(apply_date=day(32))).state == State.PROPOSED


def test_what_was_read_before_sending_is_in_the_cache_too(
    worker: Worker, sandbox: Sandbox, people: People, synced_customer: Customer
) -> None:
    asked_at = Reading.objects.get(domain_id=synced_customer.pk, resource="pre_orders").read_at
    sandbox.add_pre_order_outside(synced_customer.pk, OUTSIDE)

    rest(order(people.account_manager, synced_customer))

    reading = Reading.objects.get(domain_id=synced_customer.pk, resource="pre_orders")
    assert asked_at is not None
    assert reading.read_at is not None
    assert reading.read_at - asked_at > timedelta()
    assert synced_customer.pre_orders.get().apply_date == day(9)
