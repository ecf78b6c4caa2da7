"""What a reading finds changed: noted exactly once, and told apart by who did it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from customers.models import Customer
from portal.core.clock import now
from portal.operations import execution, reconciliation
from portal.operations.models import Operation
from portal.operations.states import State
from portal.sync.models import DetectedChange
from portal.sync.resources import Answer
from portal.sync.store import keep
from portal.vendor.client import PreOrder as PreOrderRecord
from subscriptions.commands.pre_orders import DELETE_PRE_ORDER
from subscriptions.models import PreOrder
from subscriptions.rules.pre_orders import PreOrderDelete
from subscriptions.sync.subscriptions import PRE_ORDERS
from tests.support import vendor_json
from tests.support.orders import day, order
from tests.support.portal import WITHOUT_CONTRACT, People, ReadIn
from tests.support.sandbox import Sandbox
from tests.support.worker import Worker

Cause = DetectedChange.Cause
Json = dict[str, Any]

ORDERED = {"productId": "STD", "plan": "ANNUAL_LICENSE", "licenseCount": 10, "applyDate": day(17).isoformat()}
OTHER = ORDERED | {"licenseCount": 25}


@pytest.fixture
def found(synced_customer: Customer) -> Callable[[], list[tuple[str, str, int | None]]]:
    """Return what was found changed of the customer since it was first read: resource, cause, operation."""
    since = DetectedChange.objects.latest("pk").pk

    def look() -> list[tuple[str, str, int | None]]:
        later = DetectedChange.objects.filter(domain_id=WITHOUT_CONTRACT, pk__gt=since).order_by("pk")
        return list(later.values_list("resource", "cause", "operation_id"))

    return look


Found = Callable[[], list[tuple[str, str, int | None]]]


def outside(sandbox: Sandbox, operation: str, body: Json | None = None, **path: object) -> None:
    """Have somebody change something at LINE WORKS's console."""
    names = {"domainId": str(WITHOUT_CONTRACT)} | {name: str(value) for name, value in path.items()}
    sandbox.control("POST", "/outside", {"operation": operation, "path": names, "body": body})


# --- Outside Partnerdesk ----------------------------------------------------------------------------------------------


def test_what_was_never_read_before_has_not_changed(synced_customer: Customer) -> None:
    first = DetectedChange.objects.filter(domain_id=synced_customer.pk)
    assert {seen.cause for seen in first} == {Cause.FIRST}
    assert {seen.read_before_at for seen in first} == {None}
    [customer] = first.filter(resource="customer")
    assert (customer.before, customer.after) == (None, synced_customer.raw)


def test_a_change_at_the_console_is_seen_once(
    synced_customer: Customer, sandbox: Sandbox, read_in: ReadIn, found: Found
) -> None:
    before = now()
    outside(sandbox, "addPreOrder", OTHER)
    read_in(WITHOUT_CONTRACT)
    read_in(WITHOUT_CONTRACT)
    assert found() == [("pre_orders", Cause.OUTSIDE, None)]
    seen, row = DetectedChange.objects.latest("pk"), PreOrder.objects.get()
    assert (seen.before, seen.after, seen.key) == (None, row.raw, str(row.pre_order_id))
    assert seen.read_before_at
    assert seen.read_before_at < before < seen.read_at <= seen.found_at


def test_a_row_that_changes_and_goes_tells_what_it_was(sandbox: Sandbox, read_in: ReadIn, found: Found) -> None:
    outside(sandbox, "addPreOrder", OTHER)
    read_in(WITHOUT_CONTRACT)
    row = PreOrder.objects.get()
    outside(sandbox, "updatePreOrder", {"applyDate": day(20).isoformat()}, preOrderId=row.pre_order_id)
    read_in(WITHOUT_CONTRACT)
    outside(sandbox, "deletePreOrder", preOrderId=row.pre_order_id)
    read_in(WITHOUT_CONTRACT)
    assert found() == [("pre_orders", Cause.OUTSIDE, None)] * 3
    added, moved, gone = DetectedChange.objects.filter(resource="pre_orders").order_by("pk")
    assert (moved.before, gone.before) == (added.after, moved.after)
    assert moved.after
    assert moved.after["applyDate"] == day(20).isoformat()
    assert gone.after is None


def test_members_who_come_and_go_are_seen_but_are_no_news(sandbox: Sandbox, read_in: ReadIn, found: Found) -> None:
    sandbox.control("POST", f"/customers/{WITHOUT_CONTRACT}", {"members": 42})
    read_in(WITHOUT_CONTRACT)
    read_in(WITHOUT_CONTRACT)
    assert found() == [("usage_status", Cause.USE, None)]
    seen = DetectedChange.objects.latest("pk")
    assert seen.before
    assert seen.after
    assert seen.before != seen.after
    assert 42 in seen.after.values()


def test_what_else_changed_beside_the_members_was_changed_outside(
    sandbox: Sandbox, read_in: ReadIn, found: Found
) -> None:
    sandbox.control("POST", f"/customers/{WITHOUT_CONTRACT}", {"members": 42, "status": "SUSPENDED_ADMIN"})
    read_in(WITHOUT_CONTRACT)
    assert found() == [("usage_status", Cause.OUTSIDE, None)]


def test_two_readers_of_one_change_see_it_once(no_worker: Worker) -> None:
    keep(PRE_ORDERS, {1: Answer([])}, read_at=now() - timedelta(minutes=1))
    Customer.objects.create(
        domain_id=1, tenant_id=1, company_name="x", enable_active_domain=True, enable_active_mxrecord=True,
        search_pieces=[], raw={}, changed_at=now(),
    )  # fmt: skip
    together = Barrier(4)

    def read(read_at: datetime) -> int:
        answer = Answer([PreOrderRecord.from_vendor(vendor_json.pre_order(901))])
        try:
            together.wait(10)
            return keep(PRE_ORDERS, {1: answer}, read_at=read_at)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as readers:
        moments = [now() + timedelta(milliseconds=number) for number in range(4)]
        moved = [future.result() for future in [readers.submit(read, moment) for moment in moments]]
    assert sum(moved) == 1
    assert DetectedChange.objects.filter(cause=Cause.OUTSIDE).count() == DetectedChange.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("change", [lambda rows: rows.update(key="another"), lambda rows: rows.delete()])
def test_what_was_observed_stays(change: Callable[[Any], object]) -> None:
    keep(PRE_ORDERS, {1: Answer([])}, read_at=now())
    DetectedChange.objects.create(
        domain_id=1, resource="pre_orders", key="1", after={}, read_at=now(), cause=Cause.OUTSIDE
    )
    with pytest.raises(ProgrammingError, match=r"Cannot (update|delete) rows"), transaction.atomic():
        change(DetectedChange.objects.all())


# --- Ordered here ----------------------------------------------------------------------------------------------------


@pytest.fixture
def sent(people: People, synced_customer: Customer, found: Found) -> Operation:
    """An order that LINE WORKS has accepted and whose effect nobody has read yet."""
    operation = order(people.account_manager, synced_customer)
    execution.send(operation)
    operation.refresh_from_db()
    assert operation.state == State.ACCEPTED
    assert found() == []
    return operation


def test_the_effect_of_an_order_is_linked_to_it_whoever_reads_first(
    sent: Operation, read_in: ReadIn, found: Found
) -> None:
    read_in(WITHOUT_CONTRACT)
    assert found() == [("pre_orders", Cause.OPERATION, sent.pk)]
    reconciliation.look(sent)
    sent.refresh_from_db()
    assert sent.state == State.SUCCEEDED
    read_in(WITHOUT_CONTRACT)
    assert len(found()) == 1


def test_the_effect_that_the_order_itself_reads_is_linked_to_it(sent: Operation, found: Found) -> None:
    reconciliation.look(sent)
    assert found() == [("pre_orders", Cause.OPERATION, sent.pk)]


def test_the_same_done_at_the_console_meanwhile_is_not_linked(
    sent: Operation, sandbox: Sandbox, read_in: ReadIn, found: Found
) -> None:
    outside(sandbox, "addPreOrder", OTHER)
    outside(sandbox, "addPreOrder", ORDERED)
    sandbox.control("POST", f"/customers/{WITHOUT_CONTRACT}", {"members": 42})
    read_in(WITHOUT_CONTRACT)
    assert sorted(found(), key=str) == [
        ("pre_orders", Cause.OPERATION, sent.pk),
        ("pre_orders", Cause.OUTSIDE, None),
        ("pre_orders", Cause.OUTSIDE, None),
        ("usage_status", Cause.USE, None),
    ]


def test_what_changes_after_the_order_was_seen_is_not_linked(
    sent: Operation, sandbox: Sandbox, read_in: ReadIn, found: Found
) -> None:
    reconciliation.look(sent)
    outside(sandbox, "addPreOrder", ORDERED)
    read_in(WITHOUT_CONTRACT)
    assert found() == [("pre_orders", Cause.OPERATION, sent.pk), ("pre_orders", Cause.OUTSIDE, None)]


def test_a_deletion_that_was_ordered_is_linked(people: People, sandbox: Sandbox, read_in: ReadIn, found: Found) -> None:
    outside(sandbox, "addPreOrder", OTHER)
    customer = read_in(WITHOUT_CONTRACT)
    wish = PreOrderDelete(pre_order_id=PreOrder.objects.get().pre_order_id)
    operation = order(people.account_manager, customer, wish, DELETE_PRE_ORDER)
    execution.send(operation)
    read_in(WITHOUT_CONTRACT)
    assert found()[1:] == [("pre_orders", Cause.OPERATION, operation.pk)]


def test_an_order_that_was_refused_explains_nothing(
    people: People, synced_customer: Customer, sandbox: Sandbox, read_in: ReadIn, found: Found
) -> None:
    operation = order(people.account_manager, synced_customer)
    sandbox.fault("addPreOrder", "error_400")
    execution.send(operation)
    operation.refresh_from_db()
    assert operation.state == State.REFUSED
    outside(sandbox, "addPreOrder", ORDERED)
    read_in(WITHOUT_CONTRACT)
    assert found() == [("pre_orders", Cause.OUTSIDE, None)]


# --- Fell due --------------------------------------------------------------------------------------------------------


def test_what_the_vendor_does_on_its_day_is_due(sandbox: Sandbox, read_in: ReadIn, found: Found) -> None:
    outside(sandbox, "addPreOrder", OTHER)
    read_in(WITHOUT_CONTRACT)
    sandbox.set_clock(day(18).isoformat())
    read_in(WITHOUT_CONTRACT)
    later = found()[1:]
    assert {("pre_orders", Cause.DUE, None), ("subscriptions", Cause.DUE, None)} <= set(later)
    assert {cause for _resource, cause, _operation in later} <= {Cause.DUE, Cause.FIRST}
