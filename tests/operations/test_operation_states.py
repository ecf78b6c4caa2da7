"""What the database itself holds of an operation's life, whatever the code above it does."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, ProgrammingError, connection, models, transaction

from portal.operations.models import Answer, Attempt, Event, Operation
from portal.operations.states import IN_FLIGHT, STEPS, State
from tests.support.orders import stored

pytestmark = pytest.mark.django_db

# The design's drawing, written a second time on purpose: states.py is what is tested.
DESIGNED = {
    "proposed": {"awaiting_approval", "queued", "stale"},
    "awaiting_approval": {"queued", "stale", "unassigned", "returned", "rejected", "canceled"},
    "returned": {"awaiting_approval", "queued", "stale", "canceled"},
    "rejected": set(),
    "queued": {"sending", "stale", "canceled"},
    "sending": {"queued", "stale", "unassigned", "accepted", "refused", "unknown"},
    "unassigned": {"awaiting_approval", "queued", "stale", "canceled"},
    "accepted": {"succeeded", "undecided"},
    "unknown": {"succeeded", "not_applied", "undecided"},
    "undecided": {"succeeded", "not_applied"},
    "succeeded": set(),
    "refused": set(),
    "not_applied": set(),
    "stale": set(),
    "canceled": set(),
}
REACHED_THE_VENDOR = ("accepted", "refused", "no_clear_answer")
PAIRS = [(old, new) for old, new in itertools.product(DESIGNED, repeat=2) if old != new]
ALLOWED = [(old, new) for old, new in PAIRS if new in DESIGNED[old]]
FORBIDDEN = [(old, new) for old, new in PAIRS if new not in DESIGNED[old]]


@contextmanager
def refused_by_the_database(error: type[Exception], match: str) -> Iterator[None]:
    with pytest.raises(error, match=match), transaction.atomic():
        yield


def attempt_of(operation: Operation) -> Attempt:
    return Attempt.objects.create(operation=operation)


def answer_of(operation: Operation, outcome: str) -> Answer:
    return Answer.objects.create(operation=operation, attempt=attempt_of(operation), outcome=outcome)


def event_of(operation: Operation) -> Event:
    return Event.objects.create(operation=operation, what="proposed", state=operation.state)


def test_the_table_names_every_state() -> None:
    assert {str(state) for state in State} == set(DESIGNED)
    assert {str(state) for old in STEPS.values() for state in old} <= set(DESIGNED)


@pytest.mark.parametrize(("old", "new"), ALLOWED)
def test_the_database_lets_a_designed_step_pass(old: State, new: State) -> None:
    operation = stored(old)

    Operation.objects.filter(pk=operation.pk).update(state=new)

    operation.refresh_from_db()
    assert operation.state == new


@pytest.mark.parametrize(("old", "new"), FORBIDDEN)
def test_the_database_refuses_any_other_step(old: State, new: State) -> None:
    operation = stored(old)

    with refused_by_the_database(ProgrammingError, "Invalid transition"):
        Operation.objects.filter(pk=operation.pk).update(state=new)

    operation.refresh_from_db()
    assert operation.state == old


def test_the_database_knows_no_other_state() -> None:
    with refused_by_the_database(IntegrityError, "operation_state_is_known"):
        stored("sent twice")


@pytest.mark.parametrize(("one", "other"), list(itertools.product(IN_FLIGHT, repeat=2)))
def test_one_write_in_flight_for_a_customer(one: State, other: State) -> None:
    stored(one)

    with refused_by_the_database(IntegrityError, "one_write_in_flight_per_customer"):
        stored(other)
    stored(other, domain_id=300_000_001)


@pytest.mark.parametrize(("one", "other"), list(itertools.product(IN_FLIGHT, repeat=2)))
def test_one_write_in_flight_about_a_subject(one: State, other: State) -> None:
    stored(one, domain_id=None, subject="tsubame.example")

    with refused_by_the_database(IntegrityError, "one_write_in_flight_per_subject"):
        stored(other, domain_id=None, subject="tsubame.example")
    stored(other, domain_id=None, subject="suzume.example")
    stored(other)


@pytest.mark.parametrize("about", [{"domain_id": None}, {"subject": "tsubame.example"}])
def test_it_is_about_a_customer_or_a_subject_and_not_both(about: dict[str, object]) -> None:
    with refused_by_the_database(IntegrityError, "about_a_customer_or_a_subject"):
        stored(State.PROPOSED, **about)


@pytest.mark.parametrize("state", list(State))
def test_no_secret_is_kept_once_it_cannot_be_sent_any_more(state: State) -> None:
    if state in ("proposed", "awaiting_approval", "returned", "queued", "sending", "unassigned"):
        assert stored(state, encrypted_secrets=b"sealed").encrypted_secrets == b"sealed"
        return
    with refused_by_the_database(IntegrityError, "no_secret_is_kept_after_the_call"):
        stored(state, encrypted_secrets=b"sealed")


@pytest.mark.parametrize("in_flight", IN_FLIGHT)
@pytest.mark.parametrize("other", [state for state in State if state not in IN_FLIGHT])
def test_whatever_is_not_in_flight_may_stand_beside_it(in_flight: State, other: State) -> None:
    stored(in_flight)
    stored(other)

    assert Operation.objects.count() == 2


@pytest.mark.parametrize("state", [state for state in State if state not in ("proposed", "stale", "canceled")])
def test_nothing_is_confirmed_without_a_reason(state: State) -> None:
    with refused_by_the_database(IntegrityError, "operation_is_confirmed_with_a_reason"):
        stored(state, reason="")


@pytest.mark.parametrize("state", [State.ACCEPTED, State.SUCCEEDED])
def test_nothing_is_accepted_that_was_not_sent(state: State) -> None:
    with refused_by_the_database(IntegrityError, "accepted_or_done_was_sent"):
        stored(state, sent_at=None)


@pytest.mark.parametrize("state", [state for state in State if state != State.PROPOSED])
def test_an_operation_is_never_deleted_once_it_is_submitted(state: State) -> None:
    operation = stored(state)

    with refused_by_the_database(ProgrammingError, "Cannot delete rows"):
        operation.delete()
    with refused_by_the_database(ProgrammingError, "Cannot delete rows"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM operations_operation")

    assert Operation.objects.filter(pk=operation.pk).exists()


@pytest.mark.parametrize("add", [attempt_of, event_of, lambda operation: answer_of(operation, "accepted")])
def test_what_happened_can_be_neither_changed_nor_removed(
    add: Callable[[Operation], models.Model],
) -> None:
    row = add(stored(State.SENDING))
    table, key = row._meta.db_table, row.pk

    for statement in (f"UPDATE {table} SET id = id WHERE id = %s", f"DELETE FROM {table} WHERE id = %s"):  # noqa: S608  a table of ours
        with (
            refused_by_the_database(ProgrammingError, "Cannot (update|delete|update or delete) rows"),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement, [key])

    assert type(row)._default_manager.filter(pk=key).exists()


@pytest.mark.parametrize(("first", "second"), list(itertools.product(REACHED_THE_VENDOR, repeat=2)))
def test_at_most_one_try_reaches_the_vendor(first: str, second: str) -> None:
    operation = stored(State.SENDING)
    answer_of(operation, first)

    with refused_by_the_database(IntegrityError, "sent_once_at_most"):
        answer_of(operation, second)


@pytest.mark.parametrize("last", ["accepted", "refused", "no_clear_answer", "not_sent"])
def test_tries_that_never_left_do_not_count(last: str) -> None:
    operation = stored(State.SENDING)
    for outcome in ("not_sent", "not_sent", last):
        answer_of(operation, outcome)

    assert operation.answers.count() == 3


def test_a_try_has_one_answer() -> None:
    operation = stored(State.SENDING)
    answer = answer_of(operation, "not_sent")

    with refused_by_the_database(IntegrityError, "unique"):
        Answer.objects.create(operation=operation, attempt=answer.attempt, outcome="not_sent")
