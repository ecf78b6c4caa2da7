"""Another type of scheduled task: the present one is deleted and the new one added, confirmed once."""

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Customer
from portal.core.rules import RULEBOOK
from portal.operations import execution, reconciliation
from portal.operations.bundle_presentation import detail
from portal.operations.bundle_repair import put_back
from portal.operations.models import Bundle, Operation
from portal.operations.services import confirm
from portal.operations.states import BundleState, State
from tests.support.orders import REASON, day
from tests.support.portal import PAID_ADVANCED, People, ReadIn, SignIn
from tests.support.reads import do_outside
from tests.support.sandbox import Sandbox

ENDS = {"type": "CANCEL", "applyDate": str(day(9))}
WISH = {"type": "ADD_LICENSE", "license_count": "5", "apply_date": str(day(12))}


@pytest.fixture
def customer(sandbox: Sandbox, read_in: ReadIn) -> Customer:
    """A customer whose subscription is to end."""
    number = read_in(PAID_ADVANCED).subscriptions.get(product_id="ADV").subscription_id
    do_outside(sandbox, "addReservation", PAID_ADVANCED, ENDS, subscriptionId=number)
    customer = read_in(PAID_ADVANCED)
    sandbox.reset_calls()
    return customer


@pytest.fixture
def address(customer: Customer) -> str:
    number = customer.reservations.get().subscription_id
    return reverse("subscriptions:reservation_add", args=[customer.pk, number])


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.account_manager)


def carry_out(bundle: Bundle) -> Bundle:
    operation = Operation.objects.get(bundle_step__bundle=bundle, state=State.QUEUED)
    execution.send(operation)
    reconciliation.look(operation)
    bundle.refresh_from_db()
    return bundle


def test_it_is_deleted_and_added_in_one(address: str, customer: Customer, browser: Client, people: People) -> None:
    browser.post(address, WISH | {"together": "on"})

    bundle = confirm(Bundle.objects.get(), by=people.account_manager, reason=REASON)
    bundle = carry_out(carry_out(bundle))

    assert [step.kind for step in bundle.steps.all()] == ["deleteReservation", "addReservation"]
    assert bundle.state == BundleState.SUCCEEDED
    assert {fact.tells for fact in detail(bundle, people.support)["evidence"]} <= {"As requested", "Unchanged"}
    task = customer.reservations.get(removed_at=None)
    assert (task.type, task.apply_date, task.license_count) == ("ADD_LICENSE", day(12), 5)


def test_what_was_deleted_is_put_back(
    address: str, customer: Customer, browser: Client, people: People, sandbox: Sandbox
) -> None:
    browser.post(address, WISH | {"together": "on"})
    sandbox.fault("addReservation", "error_400")
    bundle = confirm(Bundle.objects.get(), by=people.account_manager, reason=REASON)
    bundle = carry_out(carry_out(bundle))

    back = confirm(put_back(bundle, by=people.account_manager), by=people.account_manager, reason=REASON)
    back = carry_out(back)

    assert (bundle.state, back.state) == (BundleState.STOPPED, BundleState.SUCCEEDED)
    task = customer.reservations.get(removed_at=None)
    assert (task.type, task.apply_date) == ("CANCEL", day(9))


def test_unticked_the_rules_stand_against_a_second_task(address: str, browser: Client) -> None:
    answer = browser.post(address, WISH)

    assert answer.status_code == 422
    assert str(RULEBOOK["sub.reservation.one"].sentence)[:20] in answer.content.decode()
    assert not Operation.objects.exists()
    assert not Bundle.objects.exists()
