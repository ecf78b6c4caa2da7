"""
Verify an operation by reading, or let a person record its result.

Nothing here sends anything. Sending again is a person's new request.
"""

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction

from portal.accounts.models import User
from portal.core.backoff import back_off
from portal.core.clock import now
from portal.core.locks import try_lock
from portal.core.untrusted_text import can_be_seen
from portal.operations.commands import NO_CUSTOMER, write_of
from portal.operations.derived_effects import names_of
from portal.operations.event_types import EventType
from portal.operations.execution import priority_of, read_state
from portal.operations.models import Operation
from portal.operations.recording import keep_display
from portal.operations.snapshots import Snapshot
from portal.operations.states import READING_BACK, State
from portal.operations.transitions import details_of, enqueue_task, record, step
from portal.sync.fetch import Vendor, read_customer
from portal.sync.resources import CUSTOMER, RESOURCES, Answer
from portal.sync.store import expect, keep_what_fits, retire
from portal.vendor.client import Customer, NoClearAnswer, NotSent, Refused, RefusedKind
from portal.vendor.connection.api import NotConnected, partner_api
from portal.vendor.problems import ProblemText, told
from portal.vendor.ratelimit import NoCapacity

log = structlog.get_logger(__name__)


def look(operation: Operation) -> None:
    """Read LINE WORKS's state once more for an operation whose effect has not been seen, and draw the conclusion."""
    with try_lock("operation", operation.pk) as mine:
        operation.refresh_from_db()
        if not mine or operation.state not in READING_BACK:
            return
        if not operation.attempts.that_may_have_arrived().exists():
            # The worker ended before the call: nothing left for LINE WORKS, so there is nothing to look for.
            step(operation, State.NOT_APPLIED, EventType.NEVER_SENT, next_try_at=None)
        elif not write_of(operation).reads:
            _settle_unread(operation)
        else:
            _look(operation)


@transaction.atomic
def decide(operation: Operation, *, applied: bool, how_known: str, by: User) -> Operation:
    """
    Settle by a person's word what the readings could not.

    Args:
        operation: one whose outcome is unknown or undecided, or that was accepted and cannot be read back.
        applied: whether it took effect at LINE WORKS.
        how_known: who said so, when; kept with the operation.
        by: who decides.

    Returns:
        The operation as it is now; unchanged if the readings settled it meanwhile, or if it never left, which the
        next reading says.

    Raises:
        PermissionDenied: the person may not decide this.
        ValueError: nothing says how it is known.
    """
    if not by.has_perm("operations.settle_operation"):
        raise PermissionDenied("This needs the permission operations.settle_operation.")
    if not can_be_seen(how_known):
        raise ValueError("a decision says how it is known")
    operation = Operation.objects.select_for_update().get(pk=operation.pk)
    if operation.state in READING_BACK and operation.attempts.that_may_have_arrived().exists():
        step(operation, State.UNDECIDED, EventType.REVIEW_STARTED, by=by, next_try_at=None)
    if operation.state != State.UNDECIDED:
        return operation
    step(
        operation,
        State.SUCCEEDED if applied else State.NOT_APPLIED,
        EventType.RESULT_RECORDED,
        by=by,
        note=how_known.strip(),
        next_try_at=None,
        decided_by_name=str(by),
    )
    return operation


def look_again(operation: Operation) -> None:
    """Have a worker look now, because somebody does not want to wait for the next reading."""
    enqueue_task("read_back", operation)


def _settle_unread(operation: Operation) -> None:
    """Nothing can be read for it: LINE WORKS's yes is all that there will be to know, or a person asks LINE WORKS."""
    if operation.state == State.ACCEPTED:
        step(operation, State.SUCCEEDED, EventType.ANSWERED_NOT_VERIFIED, next_try_at=None, problem="")
    else:
        step(operation, State.UNDECIDED, EventType.CANNOT_BE_VERIFIED, next_try_at=None)


def _settle_without_proof(operation: Operation) -> None:
    """The state was as asked for before it was sent: a reading proves nothing, neither that it was done nor not."""
    if operation.state == State.ACCEPTED:
        step(
            operation,
            State.SUCCEEDED,
            EventType.ANSWERED_NOTHING_TO_VERIFY,
            next_try_at=None,
            problem="",
            is_verifiable=False,
        )
    else:
        step(operation, State.UNDECIDED, EventType.CANNOT_BE_DETERMINED, next_try_at=None)


def _look(operation: Operation) -> None:
    try:
        after, read_at = _read(operation)
    except Refused as refusal:
        if not (write_of(operation).ends_customer and _says_that_the_customer_is_gone(refusal)):
            _look_again_after_failing(operation, told(refusal))
            return
        after, read_at = _without_customer(operation), now()
    except (NotSent, NoClearAnswer, NotConnected, NoCapacity) as error:
        _look_again_after_failing(operation, told(error))
        return
    with transaction.atomic():
        operation.after, operation.after_read_at = after.to_json(), read_at
        Operation.objects.filter(pk=operation.pk).update(after=operation.after, after_read_at=read_at)
        keep_display(operation)
    _conclude(operation, after)


def _read(operation: Operation) -> tuple[Snapshot, datetime]:
    api = partner_api(priority_of(operation))
    return read_state(api, write_of(operation), operation.domain_id, subject=operation.subject, also=operation.baseline)


def _says_that_the_customer_is_gone(refusal: Refused) -> bool:
    """
    Return LINE WORKS's word that there is no such customer from a 404 that may come from anywhere, such as a proxy.

    The pages name no code for it. Ours: of the common codes, those that speak of a customer, a domain or a tenant, or,
    to whoever asked for the customer itself, of no resource at all.
    """
    if refusal.kind not in (RefusedKind.NOT_FOUND, RefusedKind.DELETED) or not refusal.code:
        return False
    if refusal.resource:
        return refusal.resource in ("CUSTOMER", "DOMAIN", "TENANT")
    return refusal.operation == RESOURCES[CUSTOMER].operation


def _without_customer(operation: Operation) -> Snapshot:
    """Note in the cache too that the customer is gone, and answer the readings of one that has left nothing."""
    domain_id = operation.domain_id or NO_CUSTOMER
    keep_what_fits(RESOURCES[CUSTOMER], {domain_id: Answer([])}, read_at=now())
    retire([domain_id])
    return Snapshot(dict.fromkeys(write_of(operation).reads, ()))


def _whose(operation: Operation, after: Snapshot) -> dict[str, Any]:
    """A change that was about no customer is that of the customer whom it brought, and all of that is to be read."""
    brought = [record.domain_id for record in after.of(Customer)] if operation.domain_id is None else []
    if len(brought) != 1:
        return {}
    expect(brought)
    return {"domain_id": brought[0], "subject": ""}


def _conclude(operation: Operation, after: Snapshot) -> None:
    write = write_of(operation)
    before = Snapshot.from_json(operation.before or operation.baseline)
    request = write.request.model_validate(operation.request)
    if write.changes_nothing(before, request):
        _settle_without_proof(operation)
        return
    if write.took_effect(before, after, request):
        _read_what_goes_along(operation)
        step(operation, State.SUCCEEDED, EventType.VERIFIED, next_try_at=None, problem="", **_whose(operation, after))
        return
    record(operation, EventType.CHECKED_NOT_APPLIED_YET)
    if operation.next_try_at and operation.next_try_at > now():
        # Somebody did not want to wait. Such a look may find the effect, but it never ends the series early: an
        # effect that shows late must find the order still unsettled.
        return
    pauses = _pauses()
    if operation.readings < len(pauses):
        at = now() + timedelta(seconds=pauses[operation.readings])
        Operation.objects.filter(pk=operation.pk).update(readings=operation.readings + 1, next_try_at=at)
        enqueue_task("read_back", operation, at=at)
    elif (
        operation.state == State.UNKNOWN
        and after.is_complete
        and not after.changed_since(before, compare_all_fields=write.compare_all_fields)
    ):
        step(operation, State.NOT_APPLIED, EventType.NOT_APPLIED, next_try_at=None)
    else:
        step(operation, State.UNDECIDED, EventType.CANNOT_BE_DETERMINED, next_try_at=None)


def _read_what_goes_along(operation: Operation) -> None:
    """
    Bring the cache up to date with what may have changed along with an operation, before it is told to be done.

    So the next order is judged by it. Should this fail, it is wanted like all else that the operation has not read.
    """
    names = [name for name in names_of(write_of(operation).derived_effects) if name not in write_of(operation).reads]
    if names and operation.domain_id:
        try:
            read_customer(Vendor(priority_of(operation)), operation.domain_id, [RESOURCES[name] for name in names])
        except NotConnected as error:
            log.info("what goes along could not be read", operation=operation.pk, problem=str(error))


def _look_again_after_failing(operation: Operation, problem: ProblemText) -> None:
    """Set another time; the pause grows with how long it has been failing, and no planned reading is used up."""
    latest = operation.events.last()
    if latest is None or (latest.what, latest.note) != (EventType.CHECK_FAILED, problem):
        record(operation, EventType.CHECK_FAILED, note=problem, details=details_of(problem))
    at = now() + back_off(now() - operation.state_at, shortest=timedelta(seconds=_pauses()[0]))
    Operation.objects.filter(pk=operation.pk).update(next_try_at=at)
    enqueue_task("read_back", operation, at=at)


def readings_are_over(operation: Operation) -> bool:
    """Return whether an accepted order has waited longer for its effect than the planned readings take."""
    return now() - operation.state_at > timedelta(seconds=sum(_pauses()))


def _pauses() -> list[float]:
    pauses: list[float] = settings.READ_BACK_SECONDS
    return pauses
