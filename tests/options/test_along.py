"""Moving or deleting what is scheduled for a subscription takes the option tasks of that day along, in one bundle."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Customer
from portal.operations import execution, reconciliation
from portal.operations.bundle_presentation import detail
from portal.operations.bundle_repair import put_back
from portal.operations.models import Bundle, Operation
from portal.operations.services import confirm
from portal.operations.states import BundleState, State
from tests.options import situations
from tests.support.orders import REASON, day
from tests.support.portal import People, ReadIn, SignIn
from tests.support.reads import do_outside
from tests.support.sandbox import Sandbox


@dataclass(frozen=True)
class Case:
    """
    What is scheduled, and what goes along.

    Args:
        situation: of the customer.
        address: of the order's form.
        fields: what is asked for besides.
        kinds: the steps, in their order.
    """

    situation: situations.Make
    address: str
    fields: dict[str, str]
    kinds: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.address.partition(':')[2]} {self.fields.get('apply_date', '')}".strip()


MOVE_PRE_ORDER = "subscriptions:pre_order_move"
MOVED, DELETED = "updateOptionProductOrder", "deleteOptionProductOrder"
CASES = [
    Case(situations.pre_ordered, MOVE_PRE_ORDER, {"apply_date": str(day(15))}, ("updatePreOrder", MOVED)),
    Case(situations.pre_ordered, MOVE_PRE_ORDER, {"apply_date": str(day(4))}, ("updatePreOrder", MOVED)),
    Case(situations.pre_ordered, "subscriptions:pre_order_delete", {}, (DELETED, "deletePreOrder")),
    Case(
        situations.free_to_be_converted,
        "subscriptions:reservation_move",
        {"apply_date": str(day(20))},
        ("updateReservation", MOVED),
    ),
    Case(situations.free_to_be_converted, "subscriptions:reservation_delete", {}, (DELETED, "deleteReservation")),
]


def scheduled_with_options(
    case: Case, sandbox: Sandbox, read_in: ReadIn, *options: str
) -> tuple[Customer, dict[str, Any]]:
    """Return a customer with something scheduled, options on the same day, and what fills in the order's address."""
    domain_id = case.situation(sandbox)
    customer = read_in(domain_id)
    ids: dict[str, Any] = {"domain_id": domain_id}
    if "pre_order" in case.address:
        pre_order = customer.pre_orders.get()
        ids["pre_order_id"], planned = pre_order.pre_order_id, pre_order.apply_date
    else:
        reservation = customer.reservations.get()
        ids["subscription_id"], planned = reservation.subscription_id, reservation.apply_date
    for option in options or ("DRV",):
        task = {"optionProductId": option, "type": "APPLY", "applyDate": str(planned), "subOptionId": f"{option}01"}
        do_outside(sandbox, "addOptionProductOrder", domain_id, task)
    sandbox.reset_calls()
    return read_in(domain_id), ids


def carry_out(bundle: Bundle) -> Bundle:
    """Do for the step whose turn it is what a worker would do."""
    operation = Operation.objects.get(bundle_step__bundle=bundle, state=State.QUEUED)
    execution.send(operation)
    reconciliation.look(operation)
    bundle.refresh_from_db()
    return bundle


def planned_of(customer: Customer) -> list[tuple[object, ...]]:
    """Return the days of what is scheduled, by what the cache holds now."""
    rows: list[tuple[object, ...]] = [
        *customer.option_orders.filter(removed_at=None).values_list("option_product_id", "apply_date")
    ]
    for found in (customer.pre_orders, customer.reservations):
        rows += found.filter(removed_at=None).values_list("customer_id", "apply_date")
    return sorted(rows, key=repr)


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.account_manager)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_belongs_to_it_goes_along(
    case: Case, sandbox: Sandbox, read_in: ReadIn, browser: Client, people: People
) -> None:
    customer, ids = scheduled_with_options(case, sandbox, read_in)
    address = reverse(case.address, kwargs=ids)
    shown = browser.get(address)

    answer = browser.post(address, {**case.fields, "together": "on"})

    bundle = Bundle.objects.get()
    assert shown.context["together"]["together"].initial is True
    assert answer.headers["Location"] == bundle.get_absolute_url()
    assert tuple(step.kind for step in bundle.steps.all()) == case.kinds
    bundle = carry_out(carry_out(confirm(bundle, by=people.account_manager, reason=REASON)))
    assert bundle.state == BundleState.SUCCEEDED
    assert {fact.tells for fact in detail(bundle, people.account_manager)["evidence"]} <= {"As requested", "Unchanged"}
    assert {str(planned) for _what, planned in planned_of(customer)} == set(case.fields.values())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_is_a_choice(case: Case, sandbox: Sandbox, read_in: ReadIn, browser: Client) -> None:
    _customer, ids = scheduled_with_options(case, sandbox, read_in)

    browser.post(reverse(case.address, kwargs=ids), case.fields)

    assert not Bundle.objects.exists()
    assert Operation.objects.get().kind in case.kinds


@pytest.mark.parametrize("case", CASES, ids=str)
def test_without_anything_on_that_day_there_is_no_choice(
    case: Case, sandbox: Sandbox, read_in: ReadIn, browser: Client
) -> None:
    _customer, ids = scheduled_with_options(case, sandbox, read_in)
    do_outside(sandbox, "deleteOptionProductOrder", ids["domain_id"], optionProductId="DRV")
    read_in(ids["domain_id"])

    shown = browser.get(reverse(case.address, kwargs=ids))
    browser.post(reverse(case.address, kwargs=ids), {**case.fields, "together": "on"})

    assert shown.context["together"] is None
    assert Operation.objects.get().kind in case.kinds


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_was_done_of_it_is_put_back(
    case: Case, sandbox: Sandbox, read_in: ReadIn, browser: Client, people: People
) -> None:
    """Two options go along, and LINE WORKS refuses the last of the three steps."""
    customer, ids = scheduled_with_options(case, sandbox, read_in, "DRV", "BCT")
    before = planned_of(customer)
    browser.post(reverse(case.address, kwargs=ids), {**case.fields, "together": "on"})
    bundle = confirm(Bundle.objects.get(), by=people.account_manager, reason=REASON)
    carry_out(carry_out(bundle))
    sandbox.fault(bundle.steps.all()[2].kind, "error_400")
    bundle = carry_out(bundle)

    back = confirm(put_back(bundle, by=people.account_manager), by=people.account_manager, reason=REASON)
    back = carry_out(carry_out(back))

    assert (bundle.state, back.state) == (BundleState.STOPPED, BundleState.SUCCEEDED)
    assert planned_of(customer) == before
