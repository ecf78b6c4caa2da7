"""State transitions of requests: state and log entry are written together, or neither."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from portal.accounts.models import User
from portal.core.clock import business_today, now
from portal.core.enqueue import enqueue
from portal.operations.event_types import EventType
from portal.operations.mails import post_about
from portal.operations.models import AnyRequest, Operation
from portal.operations.recording import keep_display
from portal.operations.states import NOT_YET_SENT, SETTLED, BundleState, State
from portal.sync.scheduler import want
from portal.vendor.problems import trouble_of

# Where operations out of files are sent and verified; all others have the queue of their tasks.
BULK_QUEUE = "bulk"
# Who goes on when an operation has reached a final state, in the same transaction.
_followers: list[Callable[[Operation], None]] = []


def on_final_state(follower: Callable[[Operation], None]) -> None:
    """Have something else told of every operation that is settled, or that only a person can settle."""
    _followers.append(follower)


@transaction.atomic
def step(
    submission: AnyRequest,
    to: State | BundleState,
    what: EventType,
    *,
    by: User | None = None,
    note: str = "",
    details: dict[str, Any] | None = None,
    **columns: Any,
) -> bool:
    """
    Take a request from the state in which the caller knows it to another, if it is still there.

    The secrets of an operation go with the step after which it can no longer be sent.

    Args:
        submission: with one step or with several, as the caller knows it; brought up to date if the step is taken.
        to: the new state.
        what: the name of what happened, for the timeline.
        by: who did it; None for Partnerdesk itself.
        note: a person's or LINE WORKS's words.
        details: figures for the timeline.
        columns: what else changes with it.

    Returns:
        False when somebody else moved it first; then nothing is written.

    Raises:
        IntegrityError: another write for the same customer, or about the same subject, is in flight.
        ProgrammingError: the design knows no such step; the database's trigger holds the table.
    """
    is_operation = isinstance(submission, Operation)
    if is_operation and to not in NOT_YET_SENT:
        columns["encrypted_secrets"] = None
    stored = type(submission)._default_manager.filter(pk=submission.pk, state=submission.state)
    if not stored.update(state=to, state_at=now(), **columns):
        return False
    was_holding = submission.state in submission.holding
    submission.refresh_from_db()
    # Of several steps each transition shows in what all of them together come to.
    if not is_operation or to == State.SUCCEEDED or "before" in columns:
        keep_display(submission)
    record(submission, what, by=by, note=note, details=details)
    if was_holding and to not in submission.holding:
        _let_others_go(submission)
    post_about(submission, what, by)
    if isinstance(submission, Operation):
        if was_holding and to not in submission.holding:
            _have_the_rest_read(submission)
        if to in (*SETTLED, State.UNDECIDED):
            for follow in _followers:
                follow(submission)
    return True


def details_of(problem: str) -> dict[str, str]:
    """Return the name of a problem in the form in which the timeline keeps it; its text is the event's note."""
    return {"trouble": trouble_of(problem)}


def record(
    submission: AnyRequest,
    what: EventType,
    *,
    by: User | None = None,
    note: str = "",
    details: dict[str, Any] | None = None,
) -> None:
    """Add a line to the timeline."""
    submission.events.create(
        what=what,
        state=submission.state,
        by_id=by.pk if by else None,
        by_name=str(by) if by else "",
        note=note,
        details=details or {},
    )


def on_this_day() -> dict[str, str]:
    """Return the business day in the form in which the timeline keeps it."""
    return {"day": business_today().isoformat()}


def enqueue_task(task: str, operation: Operation, *, at: datetime | None = None, expires: float | None = None) -> None:
    """
    Have a worker take an operation up once the present transaction is committed.

    A message that gets lost on the way, with the broker for example, is made good by the sweep, which finds its
    work in the table.
    """
    countdown = max((at - now()) / timedelta(seconds=1), 0.0) if at else None
    options = {"queue": BULK_QUEUE} if operation.is_bulk else {}
    enqueue(f"operations.{task}", operation.pk, countdown=countdown, expires=expires, **options)


def _let_others_go(submission: AnyRequest) -> None:
    """Requests for the same customer, or about the same subject, waited while this one held them."""
    for other in Operation.objects.all().beside(submission).to_send(now()):
        enqueue_task("send", other)


def _have_the_rest_read(operation: Operation) -> None:
    """What the operation has not read itself may have changed with it, and is next to be read."""
    if operation.domain_id and operation.sent_at:
        want([operation.domain_id], older_than=now() - operation.sent_at)
