"""What dies or gets lost on the way is found again, and nothing is ever sent a second time because of it."""

from datetime import timedelta

import pytest

from customers.models import Customer
from portal.core.clock import now
from portal.operations import recovery
from portal.operations.event_types import EventType
from portal.operations.models import Operation
from portal.operations.states import State
from portal.operations.transitions import step
from tests.support.orders import BEGINNING, happened, order, outcomes, rest, stored
from tests.support.portal import People
from tests.support.sandbox import Sandbox
from tests.support.waiting import wait_for
from tests.support.worker import Worker, purge


def killed_at(call: str, worker: Worker, sandbox: Sandbox, operation: Operation) -> Operation:
    """Kill the worker while it waits for the answer to a call."""
    wait_for(lambda: sandbox.calls()[call], f"{call} reaches the vendor")
    worker.kill()
    operation.refresh_from_db()
    assert operation.state == State.SENDING
    worker.start()
    return rest(operation, sweeping=True)


def test_a_worker_killed_between_the_commit_and_the_answer(
    worker: Worker, sandbox: Sandbox, people: People, synced_customer: Customer
) -> None:
    sandbox.fault("addPreOrder", "latency", seconds=5.0)
    operation = order(people.account_manager, synced_customer)
    wait_for(lambda: sandbox.ledger(synced_customer.pk), "the vendor commits the order")

    killed_at("addPreOrder", worker, sandbox, operation)

    assert operation.state == State.SUCCEEDED
    assert happened(operation) == [*BEGINNING, "worker ended", "verified"]
    assert outcomes(operation) == []
    assert sandbox.calls()["addPreOrder"] == 1
    assert len(sandbox.ledger(synced_customer.pk)) == 1


def test_a_worker_killed_in_the_call_before_the_commit(
    worker: Worker, sandbox: Sandbox, people: People, synced_customer: Customer
) -> None:
    sandbox.fault("addPreOrder", "hang")
    operation = order(people.account_manager, synced_customer)

    killed_at("addPreOrder", worker, sandbox, operation)

    assert operation.state == State.NOT_APPLIED
    assert happened(operation)[-1] == "not applied"
    assert sandbox.calls()["addPreOrder"] == 1
    assert sandbox.ledger(synced_customer.pk) == []


def test_a_worker_killed_before_the_call(
    worker: Worker, sandbox: Sandbox, people: People, synced_customer: Customer
) -> None:
    sandbox.reset_calls()
    sandbox.fault("listPreOrders", "hang")
    operation = order(people.account_manager, synced_customer)

    killed_at("listPreOrders", worker, sandbox, operation)

    assert operation.state == State.NOT_APPLIED
    assert happened(operation) == ["proposed", "confirmed", "claimed", "worker ended", "never sent"]
    assert sandbox.calls()["addPreOrder"] == 0


def test_a_worker_killed_while_reading_back(
    worker: Worker, sandbox: Sandbox, people: People, synced_customer: Customer
) -> None:
    sandbox.fault("addPreOrder", "latency", seconds=0.5)
    operation = order(people.account_manager, synced_customer)
    wait_for(lambda: sandbox.ledger(synced_customer.pk), "the vendor commits the order")
    sandbox.reset_calls()
    sandbox.fault("listPreOrders", "hang")
    wait_for(lambda: sandbox.calls()["listPreOrders"], "the worker reads back")

    worker.kill()
    worker.start()

    assert rest(operation, sweeping=True).state == State.SUCCEEDED
    assert len(sandbox.ledger(synced_customer.pk)) == 1


def test_a_slow_worker_is_not_taken_for_dead(
    worker: Worker, sandbox: Sandbox, people: People, synced_customer: Customer
) -> None:
    sandbox.fault("addPreOrder", "latency", seconds=1.0)
    operation = order(people.account_manager, synced_customer)
    wait_for(lambda: sandbox.ledger(synced_customer.pk), "the order reaches the vendor")

    for _again in range(3):
        recovery.sweep()

    operation.refresh_from_db()
    assert operation.state == State.SENDING
    assert happened(rest(operation, sweeping=True)) == [*BEGINNING, "accepted", "verified"]


def test_a_lost_message_is_made_good_by_the_schedule(
    no_worker: Worker, sandbox: Sandbox, people: People, synced_customer: Customer
) -> None:
    operation = order(people.account_manager, synced_customer)
    assert purge() == 1

    no_worker.start(with_schedule=True)
    rest(operation)
    no_worker.stop()

    assert happened(operation) == [*BEGINNING, "accepted", "verified"]
    assert len(sandbox.ledger(synced_customer.pk)) == 1


DUE = (State.QUEUED, State.ACCEPTED, State.UNKNOWN)


def test_the_sweep_hands_over_what_is_due(no_worker: Worker) -> None:
    for number, state in enumerate(DUE):
        stored(state, domain_id=number, next_try_at=now())

    recovery.sweep()

    assert purge() == len(DUE)


def test_the_sweep_leaves_alone_what_is_over_waits_for_a_person_or_is_not_due_yet(no_worker: Worker) -> None:
    others = [state for state in State if state not in (*DUE, State.SENDING)]
    for number, state in enumerate([*others, *DUE]):
        due_at = now() + timedelta(minutes=1) if state in DUE else now()
        stored(state, domain_id=number, next_try_at=due_at)

    recovery.sweep()

    assert purge() == 0


@pytest.mark.parametrize("meanwhile", [State.QUEUED, State.ACCEPTED, State.UNKNOWN, State.STALE])
def test_the_sweep_leaves_alone_what_moved_on_between_its_look_and_its_lock(
    meanwhile: State, no_worker: Worker
) -> None:
    """The worker ended its work, and freed the lock, after the sweep had found the operation being sent."""
    found = stored(State.SENDING)
    Operation.objects.filter(pk=found.pk).update(state=meanwhile)

    recovery._take_from_the_dead(found)

    found.refresh_from_db()
    assert (found.state, happened(found)) == (meanwhile, [])


@pytest.mark.parametrize(("fault", "problem"), [("latency", False), ("hang", True)])
def test_an_answer_after_another_took_the_operation_over_is_kept_and_decides_nothing(
    worker: Worker, sandbox: Sandbox, people: People, synced_customer: Customer, fault: str, problem: bool
) -> None:
    sandbox.fault("addPreOrder", fault, seconds=2.0)
    operation = order(people.account_manager, synced_customer)
    wait_for(lambda: sandbox.calls()["addPreOrder"], "the call reaches the vendor")
    operation.refresh_from_db()
    assert step(operation, State.UNKNOWN, EventType.WORKER_ENDED, next_try_at=None)

    late = wait_for(lambda: operation.events.filter(what=EventType.ANSWERED_LATE).first(), "the answer arrives")

    assert late is not None
    assert bool(late.note) == problem
    assert bool(late.details) == problem
    assert outcomes(operation) == ["no_clear_answer" if problem else "accepted"]
    operation.refresh_from_db()
    assert operation.state == State.UNKNOWN
    assert sandbox.calls()["addPreOrder"] == 1
