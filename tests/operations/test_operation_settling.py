"""How an outcome is found by reading: never too early, never without end, and never from what did not leave."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from pytest_django import Settings

from customers.models import Customer
from portal.core.clock import now
from portal.operations import execution, presentation, reconciliation, recovery
from portal.operations.models import Answer, Attempt, Operation
from portal.operations.states import State
from portal.vendor.connection import api
from subscriptions.commands.pre_orders import DELETE_PRE_ORDER
from subscriptions.rules.pre_orders import PreOrderDelete
from tests.support.orders import BEGINNING, day, happened, order, pre_order, stored
from tests.support.portal import WITHOUT_CONTRACT, People, ReadIn
from tests.support.sandbox import Sandbox

NOBODY_LISTENS = "http://127.0.0.1:9/v1.0"


@pytest.fixture
def lost(people: People, synced_customer: Customer, sandbox: Sandbox, settings: Settings) -> Operation:
    """An order whose answer was cut before LINE WORKS took it up, with long pauses between the readings."""
    settings.READ_BACK_SECONDS = [300.0, 300.0]
    sandbox.fault("addPreOrder", "cut_before")
    operation = order(people.account_manager, synced_customer)
    execution.send(operation)
    operation.refresh_from_db()
    assert operation.state == State.UNKNOWN
    return operation


def make_due(operation: Operation) -> None:
    Operation.objects.filter(pk=operation.pk).update(next_try_at=now())


def test_looking_often_does_not_bring_the_end_nearer(lost: Operation) -> None:
    for _again in range(10):
        reconciliation.look(lost)
    assert (lost.state, lost.readings) == (State.UNKNOWN, 1)
    for _due in range(2):
        make_due(lost)
        reconciliation.look(lost)
    assert lost.state == State.NOT_APPLIED


def test_a_look_that_is_not_due_still_finds_the_effect(lost: Operation, sandbox: Sandbox) -> None:
    reconciliation.look(lost)
    wish = {"applyDate": str(day(17)), "productId": "STD", "plan": "ANNUAL_LICENSE", "licenseCount": 10}
    sandbox.add_pre_order_outside(WITHOUT_CONTRACT, wish)
    reconciliation.look(lost)
    assert lost.state == State.SUCCEEDED


def test_a_try_that_did_not_leave_is_no_proof_that_something_was_sent(
    people: People, synced_customer: Customer, sandbox: Sandbox
) -> None:
    """The first try met a full budget; in the second the worker died before the call."""
    sandbox.fault("addPreOrder", "too_many")
    operation = order(people.account_manager, synced_customer)
    execution.send(operation)
    assert execution._claim(operation)
    recovery.sweep()
    operation.refresh_from_db()
    assert (operation.state, operation.sent_at) == (State.UNKNOWN, None)
    wish = {"applyDate": str(day(17)), "productId": "STD", "plan": "ANNUAL_LICENSE", "licenseCount": 10}
    sandbox.add_pre_order_outside(WITHOUT_CONTRACT, wish)
    reconciliation.look(operation)
    assert (operation.state, happened(operation)[-1]) == (State.NOT_APPLIED, "never sent")


def test_readings_that_fail_grow_rarer_and_are_told_once(lost: Operation, settings: Settings) -> None:
    settings.READ_BACK_SECONDS = [2.0]
    settings.PARTNER_API_URL = NOBODY_LISTENS
    pauses = []
    for minutes in (0, 1, 60):
        Operation.objects.filter(pk=lost.pk).update(state_at=now() - timedelta(minutes=minutes))
        make_due(lost)
        reconciliation.look(lost)
        lost.refresh_from_db()
        assert lost.next_try_at is not None
        pauses.append((lost.next_try_at - now()).total_seconds())
    assert pauses == [pytest.approx(2, abs=1), pytest.approx(30, abs=1), pytest.approx(300, abs=1)]
    assert happened(lost).count("check failed") == 1
    assert lost.state == State.UNKNOWN


def test_an_accepted_order_that_cannot_be_read_back_is_settled_by_a_person(people: People) -> None:
    operation = stored(State.ACCEPTED, state_at=now() - timedelta(minutes=30))
    attempt = Attempt.objects.create(operation=operation)
    Answer.objects.create(operation=operation, attempt=attempt, outcome=Answer.Outcome.ACCEPTED)
    assert presentation.detail(operation, people.account_manager)["may_settle"]
    assert not presentation.detail(operation, people.support)["may_settle"]
    with pytest.raises(PermissionDenied):
        reconciliation.decide(operation, applied=True, how_known="-", by=people.support)
    settled = reconciliation.decide(operation, applied=True, how_known="電話で確認", by=people.account_manager)
    assert (settled.state, settled.decided_by_name) == (State.SUCCEEDED, str(people.account_manager))


def test_a_fresh_accepted_order_is_left_to_the_readings(people: People) -> None:
    assert not presentation.detail(stored(State.ACCEPTED), people.account_manager)["may_settle"]


def test_a_pre_order_that_started_was_not_deleted(
    people: People, synced_customer: Customer, sandbox: Sandbox, read_in: ReadIn
) -> None:
    """The deletion got lost in the evening, and at midnight the pre-order became a subscription."""
    wish = {"applyDate": str(day(1)), "productId": "STD", "plan": "MONTHLY"}
    sandbox.add_pre_order_outside(synced_customer.pk, wish)
    customer = read_in(synced_customer.pk)
    [pre_order_id] = customer.pre_orders.values_list("pre_order_id", flat=True)
    sandbox.fault("deletePreOrder", "cut_before")
    operation = order(people.account_manager, customer, PreOrderDelete(pre_order_id=pre_order_id), DELETE_PRE_ORDER)
    execution.send(operation)
    sandbox.move_clock(1)
    while operation.state in (State.QUEUED, State.UNKNOWN):
        make_due(operation)
        reconciliation.look(operation)
    assert operation.state == State.UNDECIDED


def test_who_decided_first_goes_first(people: People, synced_customer: Customer) -> None:
    first = order(people.account_manager, synced_customer)
    second = order(people.account_manager, synced_customer, pre_order(license_count=20))
    assert list(Operation.objects.all().to_send(now())) == [first, second]


def test_an_order_is_not_given_up_when_the_budget_cannot_be_asked(
    people: People, synced_customer: Customer, sandbox: Sandbox, settings: Settings
) -> None:
    operation = order(people.account_manager, synced_customer)
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    api.budget.cache_clear()
    execution.send(operation)
    api.budget.cache_clear()
    operation.refresh_from_db()
    assert operation.state == State.QUEUED
    assert happened(operation) == [*BEGINNING[:3], "not sent"]
    assert sandbox.ledger(synced_customer.pk) == []


def test_a_name_of_any_length_can_be_ordered_for(people: People, synced_customer: Customer) -> None:
    synced_customer.company_name = "株式会社" + "長" * 300
    assert order(people.account_manager, synced_customer).customer_name == synced_customer.company_name
