"""Use cases of people: propose, confirm, approve, cancel. None of them calls LINE WORKS."""

from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from pydantic import BaseModel

from portal.accounts.models import User
from portal.core.clock import business_today, now
from portal.core.rules import Verdict
from portal.core.untrusted_text import can_be_seen
from portal.operations.approval_problems import digest_of, moved_in_the_cache
from portal.operations.approvals import Policy, part_of
from portal.operations.commands import Command, write_of
from portal.operations.eligibility import who_may_no_longer
from portal.operations.models import Operation
from portal.operations.recording import recorded
from portal.operations.request_secrets import seal_secrets
from portal.operations.snapshots import Snapshot, from_cache
from portal.operations.states import TO_CONFIRM, State
from portal.operations.transitions import enqueue_task, record, step


class NotAllowed(Exception):
    """The rules stand against a request; nothing was stored."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__("; ".join(str(problem) for problem in verdict.problems))
        self.verdict = verdict


@transaction.atomic
def propose(
    write: Command[Any],
    *,
    domain_id: int | None,
    customer_name: str,
    request: BaseModel,
    by: User,
    subject: str = "",
    secrets: Mapping[str, str] | None = None,
    note: str = "",
    also_asked: Collection[int] = (),
    is_bulk: bool = False,
) -> Operation:
    """
    Mint an operation: it changes nothing at LINE WORKS, and shows what it would entail.

    Args:
        write: the kind of change.
        domain_id: the customer; none if the change is about no customer yet.
        customer_name: as people know it now; kept with the operation.
        request: what is asked for, with any text in the place of a secret.
        by: who asks.
        subject: the domain name that a change without a customer is about.
        secrets: by their places in the request; kept encrypted until the call, and then erased.
        note: how it was asked for, if not on a page.
        also_asked: the ids of others who took part in asking for it and so cannot approve it.
        is_bulk: whether it is one of many, which wait behind what people do one by one.

    Raises:
        PermissionDenied: the person may not ask for this.
        NeverRead: the cache holds nothing yet that the request could be judged by.
        NotAllowed: the rules stand against it.
    """
    _require(by, write.permission)
    seen, read_at = from_cache(domain_id, write.resources)
    verdict = write.evaluate(seen, request, business_today())
    if not verdict.allowed:
        raise NotAllowed(verdict)
    operation = Operation(
        kind=write.kind,
        domain_id=domain_id,
        subject=subject,
        customer_name=customer_name,
        request=request.model_dump(mode="json", by_alias=True, exclude_unset=True),
        sealed=seal_secrets(secrets or {}),
        proposed_by_id=by.pk,
        proposed_by_name=str(by),
        also_asked_ids=sorted({*also_asked} - {by.pk}),
        is_bulk=is_bulk,
        seen=seen.to_json(),
        seen_read_at=read_at,
        consequences=[consequence.to_json() for consequence in verdict.worst_first()],
    )
    operation.display = recorded(operation, business_today())
    operation.save()
    record(operation, "proposed", by=by, note=note, details=on_this_day())
    return operation


@transaction.atomic
def confirm(operation: Operation, *, by: User, reason: str, reference: str = "") -> Operation:
    """
    Decide that an operation is to be sent. The decision and its reason commit together, before any call.

    An operation whose confirmation or approval no longer counts is taken over in the same way; it then needs a new
    approval where the policy asks for one.

    Confirming the same operation again, by reload, double click or in parallel, changes nothing. What the rules no
    longer allow, because a day has passed since, becomes stale instead.

    Returns:
        The operation as it is now.

    Raises:
        PermissionDenied: the person may not ask for this.
        ValueError: there is no reason.
    """
    _require(by, write_of(operation).permission)
    if not can_be_seen(reason):
        raise ValueError("an operation is confirmed with a reason")
    operation = Operation.objects.select_for_update().get(pk=operation.pk)
    if operation.state not in TO_CONFIRM:
        return operation
    is_taken_over = operation.state == State.UNASSIGNED
    askers = operation.asker_ids - {operation.proposed_by_id}
    verdict = still_allowed(operation, Snapshot.from_json(operation.seen))
    if not verdict.allowed:
        step(operation, State.STALE, "no longer allowed", by=by, details=problems_of(verdict))
        return operation
    second_person = Policy.at_present().reasons([part_of(operation)])
    step(
        operation,
        State.AWAITING_APPROVAL if second_person else State.QUEUED,
        "taken over" if is_taken_over else "confirmed",
        by=by,
        note=reason.strip(),
        details={"digest": digest_of(operation)},
        confirmed_by_id=by.pk,
        also_asked_ids=sorted(askers - {by.pk}),
        reason=reason.strip(),
        reference=reference.strip(),
        confirmed_at=now(),
        approved_by_id=None,
        approved_digest="",
        problem="",
    )
    _on_its_way(operation)
    return operation


@transaction.atomic
def approve(operation: Operation, *, by: User) -> Operation:
    """
    Let an operation go that needs a second person; on one that has gone already nothing changes.

    The approval is of exactly this request in exactly the state that was seen. If either has moved since somebody
    confirmed it, or the rules no longer allow it, the operation becomes stale instead. If the person who confirmed it
    may no longer do so, somebody else has to take it over first.

    Returns:
        The operation as it is now.

    Raises:
        PermissionDenied: the person may not approve, or is the one who asked or confirmed.
    """
    _require(by, "operations.approve_operation")
    operation = Operation.objects.select_for_update().get(pk=operation.pk)
    if operation.state != State.AWAITING_APPROVAL:
        return operation
    if by.pk in operation.asker_ids:
        raise PermissionDenied("People who took part in asking for a change cannot approve it.")
    digest, seen = digest_of(operation), Snapshot.from_json(operation.seen)
    moved = moved_in_the_cache(operation.domain_id, seen, compare_all_fields=write_of(operation).compare_all_fields)
    verdict = still_allowed(operation, seen)
    decisions = operation.events.filter(what__in=["confirmed", "taken over"])
    if any(event.details.get("digest") not in (None, digest) for event in decisions):
        step(operation, State.STALE, "approval lapsed", by=by)
    elif moved:
        step(operation, State.STALE, "moved meanwhile", by=by, details={"moved": moved})
    elif not verdict.allowed:
        step(operation, State.STALE, "no longer allowed", by=by, details=problems_of(verdict))
    elif missing := who_may_no_longer(operation):
        step(operation, State.UNASSIGNED, "person no longer allowed", by=by, details={"people": missing})
    else:
        details = {"digest": digest}
        step(operation, State.QUEUED, "approved", by=by, details=details, approved_by_id=by.pk, approved_digest=digest)
        _on_its_way(operation)
    return operation


def askers_of(operation_id: int | None, *, kind: str) -> set[int]:
    """Return who asked for the operation that a new one of the same kind repeats; nobody if there is no such one."""
    repeated = Operation.objects.filter(pk=operation_id or 0, kind=kind).first()
    return repeated.asker_ids if repeated else set()


@transaction.atomic
def withdraw(operation: Operation, *, by: User) -> bool:
    """Cancel an operation that has not left yet; return False when it is too late for that."""
    _require(by, write_of(operation).permission)
    operation = Operation.objects.select_for_update().get(pk=operation.pk)
    return operation.is_cancellable and step(operation, State.CANCELED, "canceled", by=by, next_try_at=None)


def still_allowed(operation: Operation, readings: Snapshot) -> Verdict:
    """Ask the rules again, with a newer state and the present day."""
    write = write_of(operation)
    return write.evaluate(readings, write.request.model_validate(operation.request), business_today())


def problems_of(verdict: Verdict) -> dict[str, Any]:
    """Return what stood against a request, in the form in which the timeline keeps it."""
    return {"problems": [problem.to_json() for problem in verdict.problems]}


def on_this_day() -> dict[str, str]:
    """Return the business day in the form in which the timeline keeps it."""
    return {"day": business_today().isoformat()}


def _on_its_way(operation: Operation) -> None:
    if operation.state == State.QUEUED:
        enqueue_task("send", operation)


def _require(user: User, permission: str) -> None:
    if not user.has_perm(permission):
        raise PermissionDenied(f"This needs the permission {permission}.")
