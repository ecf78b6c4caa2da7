"""
An account manager's day with one pre-order: ordered while the customer is on the phone, moved, deleted.

Only by the links and forms that the pages show, with their tokens, without JavaScript; a real worker sends, and the
sandbox is asked what it holds in the end.
"""

import re

import pytest
from django.urls import reverse

from customers.models import Customer
from portal.operations.models import Operation
from portal.operations.states import State
from tests.support.clicks import Person
from tests.support.orders import REASON, rest
from tests.support.portal import WITHOUT_CONTRACT_OF_A_GROUP, People, ReadIn, SignIn
from tests.support.sandbox import Sandbox
from tests.support.worker import Worker


@pytest.fixture
def person(people: People, sign_in: SignIn) -> Person:
    return Person(sign_in(people.account_manager, enforce_csrf_checks=True))


def latest() -> Operation:
    return Operation.objects.all()[0]


def test_a_pre_order_is_ordered_moved_and_deleted(
    person: Person, worker: Worker, sandbox: Sandbox, synced_customer: Customer
) -> None:
    customer = person.open(synced_customer.get_absolute_url())
    order_form = reverse("subscriptions:pre_order_add", args=[synced_customer.pk])
    assert order_form in customer.links

    form = person.open(order_form).form("/add/")
    preview = person.send(form, product_id="ADV", plan="ANNUAL_LICENSE", license_count="25", apply_date="2026-02-01")
    assert "Nothing has been sent yet." in preview.text
    assert "You can undo this until 31 Jan 2026 by deleting the pre-order." in preview.text
    assert sandbox.ledger() == []

    person.send(preview.form("/confirm/"), reason=REASON, reference="T-2048")
    added = rest(latest())
    receipt = person.open(added.get_absolute_url())
    assert "Completed and confirmed at LINE WORKS." in receipt.text
    assert REASON in receipt.text
    assert "T-2048" in receipt.text
    [effect] = sandbox.ledger()
    assert effect["what"] | {"preOrderId": 1} == {
        "preOrderId": 1, "productId": "ADV", "plan": "ANNUAL_LICENSE", "licenseCount": 25, "applyDate": "2026-02-01",
    }  # fmt: skip

    customer = person.open(synced_customer.get_absolute_url())
    assert added.get_absolute_url() in customer.links
    [move_link] = {link for link in customer.links if "/pre-orders/" in link and link.endswith("/move/")}
    preview = person.send(person.open(move_link).form("/move/"), apply_date="2026-02-10")
    assert "Scheduled option changes keep their dates" in preview.text
    person.send(preview.form("/confirm/"), reason="お客様のご都合")
    assert rest(latest()).state == State.SUCCEEDED
    assert sandbox.ledger()[-1]["what"]["applyDate"] == "2026-02-10"

    customer = person.open(synced_customer.get_absolute_url())
    preview = person.send(next(form for form in customer.forms if re.search(r"/pre-orders/\d+/delete/$", form.action)))
    assert "This can’t be undone" in preview.text
    person.send(preview.form("/confirm/"), reason="契約なし")
    assert rest(latest()).state == State.SUCCEEDED

    assert [effect["operation"] for effect in sandbox.ledger()] == ["addPreOrder", "updatePreOrder", "deletePreOrder"]
    assert not synced_customer.pre_orders.current().exists()
    assert "Pre-orders: none" in person.open(synced_customer.get_absolute_url()).text


def test_a_mistake_is_corrected_on_the_same_page(
    person: Person, sandbox: Sandbox, read_in: ReadIn, people: People
) -> None:
    customer = read_in(WITHOUT_CONTRACT_OF_A_GROUP)
    form = person.open(reverse("subscriptions:pre_order_add", args=[customer.pk])).form("/add/")
    wish = {"plan": "ANNUAL_LICENSE", "license_count": "25", "apply_date": "2026-02-01"}

    again = person.send(form, product_id="ADV", **wish)
    preview = person.send(again.form("/add/"), product_id="STD", **wish)

    assert "is a group name. Change it to a domain name first." in again.text
    assert "Nothing has been sent yet." in preview.text
    assert Operation.objects.count() == 1


def test_back_and_again_after_a_confirmation_is_the_same_order(
    person: Person, worker: Worker, sandbox: Sandbox, synced_customer: Customer
) -> None:
    form = person.open(reverse("subscriptions:pre_order_add", args=[synced_customer.pk])).form("/add/")
    preview = person.send(form, product_id="STD", plan="MONTHLY", license_count="", apply_date="2026-02-01")
    confirmation = preview.form("/confirm/")

    person.send(confirmation, reason=REASON)
    rest(latest())
    page = person.send(confirmation, reason="pressed again after going back")

    assert "Completed and confirmed at LINE WORKS." in page.text
    assert "pressed again" not in page.text
    assert len(sandbox.ledger()) == 1


def test_a_proposal_that_nobody_wants_is_discarded(person: Person, sandbox: Sandbox, synced_customer: Customer) -> None:
    form = person.open(reverse("subscriptions:pre_order_add", args=[synced_customer.pk])).form("/add/")
    preview = person.send(form, product_id="STD", plan="MONTHLY", license_count="", apply_date="2026-02-01")
    sandbox.reset_calls()

    page = person.send(preview.form("/cancel/"))

    assert "The draft is deleted. Nothing was sent." in page.text
    assert not Operation.objects.exists()
    assert sandbox.calls() == {}
