"""
Execute an operation: read LINE WORKS, compare with what the person saw, send once.

The worker holds the operation's lock from the claim to the end of the call. If it dies, the lock is free while the
state still is *sending*; the recovery turns that into *unknown*, and nobody sends it again.
"""

from collections.abc import Collection
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import IntegrityError, transaction
from pydantic import BaseModel

from portal.core.backoff import back_off
from portal.core.clock import now
from portal.core.encryption import CannotUnseal
from portal.core.locks import try_lock
from portal.operations.approval_problems import approval_problem
from portal.operations.bundles import waits_for_a_bundle
from portal.operations.chains import problems_of
from portal.operations.commands import NO_CUSTOMER, Command, is_retired, write_of
from portal.operations.eligibility import who_may_no_longer
from portal.operations.event_types import EventType
from portal.operations.models import Answer, Attempt, BundleStep, Operation
from portal.operations.recording import keep_display
from portal.operations.request_secrets import request_with_secrets
from portal.operations.services import still_allowed
from portal.operations.snapshots import Snapshot
from portal.operations.states import READING_BACK, State
from portal.operations.transitions import details_of, enqueue_task, on_this_day, record, step
from portal.sync.fetch import all_targets, in_order
from portal.sync.resources import CUSTOMER, RESOURCES, Resource
from portal.sync.resources import Answer as ReadAnswer
from portal.sync.store import keep_what_fits
from portal.vendor.client import (
    Exchange,
    NoClearAnswer,
    NotSent,
    PartnerApi,
    PartnerApiError,
    Record,
    Refused,
)
from portal.vendor.connection.api import NotConnected, partner_api
from portal.vendor.problems import ProblemText, told, trouble_of
from portal.vendor.ratelimit import NoCapacity, Priority

log = structlog.get_logger(__name__)


def send(operation: Operation) -> None:
    """Claim an operation and bring it to LINE WORKS; leave at once when there is nothing to claim."""
    with try_lock("operation", operation.pk) as mine:
        is_claimed = mine and _claim(operation)
        if is_claimed:
            log.info("sending", operation=operation.pk, kind=operation.kind)
            _deliver(operation)
    # Only now, for whoever came to look while the lock is held would leave.
    if is_claimed and Operation.objects.filter(pk=operation.pk, state__in=READING_BACK).exists():
        enqueue_task("read_back", operation)


def priority_of(operation: Operation) -> Priority:
    """Return the priority of an operation's calls: with those out of files, people come first."""
    return Priority.PAGES if operation.is_bulk else Priority.PEOPLE


def read_state(
    api: PartnerApi, write: Command[Any], domain_id: int | None, *, subject: str = "", also: Collection[str] = ()
) -> tuple[Snapshot, datetime]:
    """
    Read what a write is judged by, and keep it in the cache too, as far as it fits there.

    Args:
        api: the client.
        write: the kind of change.
        domain_id: the customer; none if the change is about no customer yet.
        subject: the domain name that such a change is about.
        also: the names of further resources, of which the steps of a bundle have seen the state.

    Returns:
        The readings, and when the first of them was asked for.

    Raises:
        Refused, NotSent, NoClearAnswer, NoCapacity: one of the reads failed.
    """
    moment = now()
    if domain_id is None and write.find_customers:
        found = write.find_customers(api, subject)
        for record in found:
            keep_what_fits(RESOURCES[CUSTOMER], {record.domain_id: ReadAnswer([record])}, read_at=moment)
        return Snapshot({CUSTOMER: tuple(found)}), moment
    number = domain_id or NO_CUSTOMER
    answers: list[tuple[Resource, ReadAnswer]] = []
    records: dict[Resource, list[Record]] = {}
    further = tuple(RESOURCES[name] for name in also if name not in write.reads)
    for resource in in_order((*write.resources, *further)):
        records[resource] = []
        for target in all_targets(resource, number, told_by=records):
            answer = replace(resource.read(api, target), period=target.period)
            answers.append((resource, answer))
            records[resource] += answer.records
    for resource, answer in answers:
        keep_what_fits(resource, {number: answer}, read_at=moment)
    readings = Snapshot(
        {resource.name: tuple(found) for resource, found in records.items()},
        is_complete=all(answer.is_complete for _resource, answer in answers),
    )
    return readings, moment


def _claim(operation: Operation) -> bool:
    operation.refresh_from_db()
    if operation.state != State.QUEUED or waits_for_a_bundle(operation) or _comes_after_another(operation):
        return False
    try:
        with transaction.atomic():
            return step(operation, State.SENDING, EventType.CLAIMED, next_try_at=None)
    except IntegrityError:
        # Another write for this customer or subject is in flight; it hands this one over when it is settled.
        return False


def _comes_after_another(operation: Operation) -> bool:
    """Return whether another one, confirmed before, can go out: messages may overtake each other, requests may not."""
    earlier = Operation.objects.all().beside(operation).to_send(now()).filter(confirmed_at__lt=operation.confirmed_at)
    return any(not waits_for_a_bundle(other) for other in earlier)


def _deliver(operation: Operation) -> None:
    if is_retired(write_of(operation)):
        verdict = still_allowed(operation, Snapshot({}))
        step(operation, State.STALE, EventType.NO_LONGER_ALLOWED, details=problems_of(verdict))
        return
    exchanges: list[Exchange] = []
    try:
        api = partner_api(priority_of(operation), on_exchange=exchanges.append)
        before, read_at = read_state(
            api, write_of(operation), operation.domain_id, subject=operation.subject, also=operation.baseline
        )
    except (NotSent, NoClearAnswer, NotConnected, NoCapacity) as error:
        _put_back(operation, told(error), retry_after=getattr(error, "retry_after", None))
        return
    except Refused as error:
        step(operation, State.REFUSED, EventType.READING_REFUSED, **_met(error), vendor_code=error.code)
        return

    if _moved(operation, before, read_at) or _is_unassigned(operation):
        return
    try:
        request = write_of(operation).request.model_validate(request_with_secrets(operation))
    except CannotUnseal as error:
        step(operation, State.STALE, EventType.SECRET_LOST, note=str(error), details=details_of(told(error)))
        return
    whole = write_of(operation).completed(before, request)
    attempt = Attempt.objects.create(operation=operation)
    exchanges.clear()
    _call(operation, whole, api, attempt, exchanges)


def _moved(operation: Operation, before: Snapshot, read_at: datetime) -> bool:
    """Return whether LINE WORKS's state or the policy is another than the person saw; then it ends unsent."""
    reads = write_of(operation).reads
    reading: dict[str, Any] = {"before": before.to_json(), "before_read_at": read_at} if reads else {}
    moved = before.changed_since(
        Snapshot.from_json(operation.baseline), compare_all_fields=write_of(operation).compare_all_fields
    )
    if moved:
        details = {"moved": [resource.name for resource in moved]}
        return step(operation, State.STALE, EventType.CHANGED_SINCE_THE_REVIEW, details=details, **reading)
    verdict = still_allowed(operation, before)
    if not verdict.allowed:
        return step(operation, State.STALE, EventType.NO_LONGER_ALLOWED, details=problems_of(verdict), **reading)
    if lacking := approval_problem(operation, before):
        return step(operation, State.STALE, lacking, **reading)
    if reads:
        with transaction.atomic():
            Operation.objects.filter(pk=operation.pk).update(**reading)
            operation.before, operation.before_read_at = before.to_json(), read_at
            record(operation, EventType.CHECKED_BEFORE_SENDING, details=on_this_day())
            keep_display(operation)
    return False


def _is_unassigned(operation: Operation) -> bool:
    """
    Return whether somebody who confirmed or approved it may no longer do so; then it ends unsent.

    Another person takes over a single operation. The step of a bundle ends stale, which stops the bundle: its rest is
    then proposed and confirmed by somebody else.
    """
    people = who_may_no_longer(operation)
    if not people:
        return False
    is_step = BundleStep.objects.filter(operation=operation).exists()
    to = State.STALE if is_step else State.UNASSIGNED
    return step(operation, to, EventType.PERSON_NO_LONGER_ALLOWED, details={"people": people}, tries=0, problem="")


def _call(
    operation: Operation, request: BaseModel, api: PartnerApi, attempt: Attempt, exchanges: list[Exchange]
) -> None:
    write = write_of(operation)
    outcome = Answer.Outcome.ACCEPTED
    error: PartnerApiError | None = None
    try:
        write.send(api, operation.domain_id or NO_CUSTOMER, request)
    except Refused as refused:
        outcome, error = Answer.Outcome.REFUSED, refused
    except NotSent as not_sent:
        outcome, error = Answer.Outcome.NOT_SENT, not_sent
    except NoCapacity as closed:
        outcome, error = Answer.Outcome.NOT_SENT, NotSent(write.kind, str(closed))
    except NoClearAnswer as unclear:
        outcome, error = Answer.Outcome.NO_CLEAR_ANSWER, unclear
    with transaction.atomic():
        Answer.objects.create(
            attempt=attempt,
            operation=operation,
            outcome=outcome,
            problem=str(error or ""),
            exchanges=[kept(exchange) for exchange in exchanges],
        )
        if not _conclude(operation, attempt, error):
            details = details_of(told(error)) if error else None
            record(operation, EventType.ANSWERED_LATE, note=str(error or ""), details=details)


def _conclude(operation: Operation, attempt: Attempt, error: PartnerApiError | None) -> bool:
    """Take the step that an answer calls for; False when the recovery took the operation over meanwhile."""
    match error:
        case None:
            return step(operation, State.ACCEPTED, EventType.ACCEPTED, sent_at=attempt.started_at, next_try_at=now())
        case Refused():
            return step(
                operation,
                State.REFUSED,
                EventType.REFUSED,
                **_met(error),
                sent_at=attempt.started_at,
                vendor_code=error.code,
            )
        case NotSent():
            return _put_back(operation, told(error), retry_after=error.retry_after)
        case _:
            return step(
                operation,
                State.UNKNOWN,
                EventType.NO_CLEAR_ANSWER,
                **_met(error),
                sent_at=attempt.started_at,
                next_try_at=now(),
            )


def _met(error: PartnerApiError) -> dict[str, Any]:
    """Return what a step keeps of an error: the words of the moment are for technical details."""
    problem = told(error)
    return {"note": problem, "details": details_of(problem), "problem": problem, "trouble": trouble_of(problem)}


def _put_back(operation: Operation, problem: ProblemText, *, retry_after: float | None) -> bool:
    """Nothing was sent: queue the operation again, with a growing pause."""
    # Time in the queue is no failure, so the tries tell for how long sending has failed.
    failing_for = timedelta(seconds=2 ** min(operation.tries + 1, 10))
    next_try_at = now() + back_off(failing_for, at_least=retry_after)
    moved = step(
        operation,
        State.QUEUED,
        EventType.NOT_SENT,
        note=problem,
        details=details_of(problem),
        problem=problem,
        trouble=trouble_of(problem),
        tries=operation.tries + 1,
        next_try_at=next_try_at,
    )
    enqueue_task("send", operation, at=next_try_at)
    return moved


def kept(exchange: Exchange) -> dict[str, Any]:
    """Return the form in which an operation keeps what one call sent and got."""
    limits = exchange.rate_limits
    return {
        "method": exchange.method,
        "path": exchange.path,
        "body": exchange.body,
        "status": exchange.status,
        "text": exchange.answer_text,
        "limits": asdict(limits) if limits else None,
        "seconds": round(exchange.seconds, 3),
        "started_at": exchange.started_at.isoformat(),
    }
