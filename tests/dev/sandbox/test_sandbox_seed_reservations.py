from collections import Counter
from datetime import date, timedelta

import pytest

from portal.dev.sandbox.catalogue import takes_licenses
from portal.dev.sandbox.contracts import read_subscription
from portal.dev.sandbox.scheduled import due_reservations
from portal.dev.sandbox.seed import seed_customers
from portal.dev.sandbox.state import State

TODAY = date(2026, 1, 15)
FIRST_MADE_UP = 300_000_007


@pytest.fixture(scope="module")
def book() -> State:
    return filled(2000)


def filled(customers: int, seed: int = 1) -> State:
    state = State(None)
    with state.transaction(), state.fresh_tables():
        state.set_meta("business_date", TODAY.isoformat())
        seed_customers(state, customers, seed, TODAY)
    return state


def test_some_customers_have_each_type_scheduled(book: State) -> None:
    types = Counter(task.type for task in due_reservations(book, date.max))

    assert set(types) == {"START_PAID_SERVICE", "ADD_LICENSE", "CANCEL"}
    assert all(5 < count < 100 for count in types.values()), types


def test_the_named_customers_have_nothing_scheduled(book: State) -> None:
    assert all(task.domain_id >= FIRST_MADE_UP for task in due_reservations(book, date.max))


def test_what_is_scheduled_could_have_been_asked_for(book: State) -> None:
    for task in due_reservations(book, date.max):
        subscription = read_subscription(book, task.subscription_id)
        assert task.domain_id == subscription.domain_id
        assert task.apply_date > TODAY
        if task.type == "START_PAID_SERVICE":
            assert not subscription.is_paid
            assert (task.plan, task.product_id) == ("MONTHLY", "STD" if subscription.is_free else None)
            assert task.apply_date <= (subscription.last_day_of_grace or TODAY + timedelta(days=60))
        else:
            assert subscription.is_paid
            assert subscription.end is not None
            is_addition = task.type == "ADD_LICENSE"
            assert task.apply_date <= subscription.end + timedelta(days=0 if is_addition else 1)
            assert (task.license_count is not None) == is_addition
            assert takes_licenses(subscription.plan) or not is_addition


def test_the_same_seed_schedules_the_same_and_another_something_else(book: State) -> None:
    assert due_reservations(filled(2000), date.max) == due_reservations(book, date.max)
    assert due_reservations(filled(2000, seed=2), date.max) != due_reservations(book, date.max)
