"""What is scheduled for subscriptions is read subscription by subscription."""

import pytest

from customers.models import Customer
from subscriptions.models import Reservation, Subscription
from subscriptions.sync.reservations import RESERVATIONS
from subscriptions.sync.subscriptions import SUBSCRIPTIONS
from tests.support.orders import day
from tests.support.portal import PAID_ADVANCED, PAID_PREPAID, WITHOUT_CONTRACT, ReadIn
from tests.support.reads import do_outside, problem_of, read
from tests.support.rows import keep_contracts, keep_customers
from tests.support.sandbox import Sandbox
from tests.support.vendor_json import customer, subscription

pytestmark = pytest.mark.django_db


def number_of(domain_id: int) -> int:
    """Return the number of a customer's one subscription."""
    return Subscription.objects.get(customer_id=domain_id).subscription_id


def schedule_outside(sandbox: Sandbox, domain_id: int) -> int:
    """Have a customer's subscription end, at LINE WORKS's console; return its number."""
    number = number_of(domain_id)
    task = {"type": "CANCEL", "applyDate": str(day(20))}
    do_outside(sandbox, "addReservation", domain_id, task, subscriptionId=number)
    return number


def test_the_parts_of_many_customers_are_their_own_subscriptions() -> None:
    keep_customers(customer(1001), customer(1002), customer(1003))
    keep_contracts(1001, subscriptions=[subscription(13), subscription(11)])
    keep_contracts(1002, subscriptions=[subscription(12)])
    assert RESERVATIONS.parts
    assert RESERVATIONS.parts([1001, 1002, 1003]) == {1001: (11, 13), 1002: (12,)}


def test_each_customer_gets_what_is_scheduled_for_it(sandbox: Sandbox, read_in: ReadIn) -> None:
    for domain_id in (PAID_ADVANCED, PAID_PREPAID, WITHOUT_CONTRACT):
        read_in(domain_id)
    numbers = {domain_id: schedule_outside(sandbox, domain_id) for domain_id in (PAID_ADVANCED, PAID_PREPAID)}
    sandbox.reset_calls()

    for one in Customer.objects.all():
        read(RESERVATIONS, one.pk)

    assert dict(Reservation.objects.values_list("customer_id", "subscription_id")) == numbers
    assert sandbox.calls() == {"getReservation": 2}  # one each; the third has no subscription to ask for


def test_a_subscription_without_anything_scheduled_has_no_row_and_no_problem(sandbox: Sandbox, read_in: ReadIn) -> None:
    read_in(PAID_ADVANCED)
    number = schedule_outside(sandbox, PAID_ADVANCED)
    read(RESERVATIONS, PAID_ADVANCED)
    do_outside(sandbox, "deleteReservation", PAID_ADVANCED, subscriptionId=number)

    read(SUBSCRIPTIONS, PAID_ADVANCED)
    read(RESERVATIONS, PAID_ADVANCED)

    assert not Reservation.objects.current().exists()
    assert problem_of(RESERVATIONS, PAID_ADVANCED) == ""
