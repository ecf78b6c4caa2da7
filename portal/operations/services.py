"""Use cases of people: propose, confirm, approve, return, reject, cancel. None of them calls LINE WORKS."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from pydantic import BaseModel

from portal.accounts.models import User
from portal.core.clock import business_today, now
from portal.core.rules import Verdict
from portal.core.untrusted_text import can_be_seen
from portal.operations import bundles, drafts
from portal.operations.approval_problems import digest_of, moved_in_the_cache
from portal.operations.approval_topics import Level
from portal.operations.approvals import Policy
from portal.operations.bundle_repair import is_open
from portal.operations.chains import Link, NotAllowed, links_of, problems_of, require, require_all, steps_of
from portal.operations.commands import Command, write_of
from portal.operations.eligibility import APPROVE, approval_permission, who_may_no_longer
from portal.operations.event_types import EventType
from portal.operations.models import AnyRequest, Bundle, Operation, took_part
from portal.operations.recording import recorded
from portal.operations.request_secrets import seal_secrets
from portal.operations.snapshots import Snapshot, from_cache
from portal.operations.states import TO_CONFIRM, BundleState, State
from portal.operations.transitions import enqueue_task, on_this_day, record, step

Request = TypeVar("Request", bound=AnyRequest)


class NotAsReviewed(Exception):
    """A draft is not, or no longer, what the person who submits it saw."""


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
    thing: str = "",
) -> Operation:
    """
    Make a draft: it changes nothing at LINE WORKS, and shows what it would entail.

    It takes the place of an earlier draft of the same person about the same thing.

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
        is_bulk: whether it is one of many, which wait behind what people do one by one and replace no draft.
        thing: what the draft is about, where the form of another command led to it; see ``drafts.thing_of``.

    Raises:
        PermissionDenied: the person may not ask for this.
        NeverRead: the cache holds nothing yet that the request could be judged by.
        NotAllowed: the rules stand against it.
    """
    require(by, write.permission)
    seen, read_at = from_cache(domain_id, write.resources)
    verdict = write.evaluate(seen, request, business_today())
    if not verdict.allowed:
        raise NotAllowed(verdict)
    if not is_bulk:
        thing = thing or drafts.thing_of(write, domain_id, subject, request)
    earlier = drafts.make_room(by, thing, Operation)
    operation = Operation(
        pk=earlier.pk if earlier else None,
        thing=thing,
        kind=write.kind,
        domain_id=domain_id,
        subject=subject,
        customer_name=customer_name,
        request=request.model_dump(mode="json", by_alias=True, exclude_unset=True),
        encrypted_secrets=seal_secrets(secrets or {}),
        proposed_by_id=by.pk,
        proposed_by_name=str(by),
        also_asked_ids=sorted({*also_asked} - {by.pk}),
        is_bulk=is_bulk,
        baseline=seen.to_json(),
        baseline_read_at=read_at,
        consequences=[consequence.to_json() for consequence in verdict.worst_first()],
    )
    operation.display = recorded(operation, business_today())
    operation.save()
    record(operation, EventType.PROPOSED, by=by, note=note, details=on_this_day())
    return operation


@transaction.atomic
def confirm(
    submission: Request,
    *,
    by: User,
    reason: str,
    reference: str = "",
    reviewed: str = "",
    accepts_penalty: bool = False,
) -> Request:
    """
    Decide that a request is to be sent. The decision and its reason commit together, before any call.

    An operation whose confirmation or approval no longer counts is taken over in the same way, and one that an approver
    returned is submitted again; it then needs a new approval where the policy asks for one.

    Confirming the same request again, by reload, double click or in parallel, changes nothing. What the rules no
    longer allow, because a day has passed since, becomes stale instead.

    Args:
        submission: with one step or with several.
        by: who decides.
        reason: theirs.
        reference: a number of theirs, for example of a ticket.
        reviewed: the digest of what they saw, see ``digest_of``; empty where nobody else can have replaced it.
        accepts_penalty: whether they said that the customer accepts the penalty; kept in the log.

    Returns:
        The request as it is now.

    Raises:
        PermissionDenied: the person may not ask for one of its steps.
        ValueError: there is no reason.
        NotAsReviewed: the draft was replaced since, as in another window; nothing is changed.
    """
    require_all(by, steps_of(submission))
    if not can_be_seen(reason):
        raise ValueError("a request is confirmed with a reason")
    stopped = _stopped_before(submission)
    submission = _locked(submission)
    if submission.state not in TO_CONFIRM:
        return submission
    if reviewed and reviewed != digest_of(submission):
        raise NotAsReviewed(submission.ref)
    if stopped and not is_open(stopped):
        step(submission, BundleState.STALE, EventType.CONTINUED_BY_ANOTHER, by=by)
        return submission
    is_taken_over = submission.state == State.UNASSIGNED
    askers = submission.asker_ids - {submission.proposed_by_id}
    links = links_of(submission)
    if _is_stale(submission, links, by=by):
        return submission
    askers |= _replace_returned(submission, by)
    level = Policy.at_present().level([link.part for link in links])
    # Only what was tried has a problem.
    columns = {"problem": ""} if is_taken_over else {}
    step(
        submission,
        State.AWAITING_APPROVAL if level is not Level.NONE else submission.released,
        EventType.TAKEN_OVER if is_taken_over else EventType.CONFIRMED,
        by=by,
        note=reason.strip(),
        details={"digest": digest_of(submission)} | ({"accepts_penalty": True} if accepts_penalty else {}),
        confirmed_by_id=by.pk,
        also_asked_ids=sorted(askers - {by.pk, submission.proposed_by_id}),
        reason=reason.strip(),
        reference=reference.strip(),
        confirmed_at=now(),
        approval_level=level,
        approved_by_id=None,
        approved_digest="",
        **columns,
    )
    _on_its_way(submission)
    return submission


@transaction.atomic
def approve(submission: Request, *, by: User) -> Request:
    """
    Let a request go that needs a second person; on one that has gone already nothing changes.

    The approval is of exactly these steps in exactly the state that was seen. If either has moved since somebody
    confirmed it, or the rules no longer allow it, the request becomes stale instead. If the person who confirmed an
    operation may no longer do so, somebody else has to take it over first.

    Returns:
        The request as it is now.

    Raises:
        PermissionDenied: the person may not approve, or is the one who asked or confirmed.
    """
    submission, waits = _to_decide(submission, by)
    if not waits:
        return submission
    digest, links = digest_of(submission), links_of(submission)
    compared = {name: way for link in links for name, way in link.step.write.compare_all_fields.items()}
    seen = Snapshot.from_json(submission.baseline)
    moved = moved_in_the_cache(submission.domain_id, seen, compare_all_fields=compared)
    decision = submission.events.filter(what__in=[EventType.CONFIRMED, EventType.TAKEN_OVER]).last()
    if decision and decision.details.get("digest") not in (None, digest):
        step(submission, State.STALE, EventType.APPROVAL_LAPSED, by=by)
    elif moved:
        step(submission, State.STALE, EventType.CHANGED_SINCE_THE_REVIEW, by=by, details={"moved": moved})
    elif _is_stale(submission, links, by=by):
        pass
    # Of several steps each is asked for its people when its turn comes.
    elif isinstance(submission, Operation) and (missing := who_may_no_longer(submission)):
        step(submission, State.UNASSIGNED, EventType.PERSON_NO_LONGER_ALLOWED, by=by, details={"people": missing})
    else:
        approval: dict[str, Any] = {"approved_by_id": by.pk, "approved_digest": digest}
        step(submission, submission.released, EventType.APPROVED, by=by, details={"digest": digest}, **approval)
        _on_its_way(submission)
    return submission


@transaction.atomic
def send_back(submission: Request, *, by: User, note: str) -> Request:
    """
    Return a request that awaits approval to those who asked for it, who correct and submit it again, or cancel it.

    Args:
        submission: with one step or with several; one that no longer awaits approval stays as it is.
        by: an approver.
        note: what to correct; the requester sees it.

    Returns:
        The request as it is now.

    Raises:
        PermissionDenied: the person may not approve, or took part in asking for it.
        ValueError: there is no note.
    """
    return _decline(submission, State.RETURNED, EventType.RETURNED, by, note)


@transaction.atomic
def reject(submission: Request, *, by: User, note: str) -> Request:
    """End a request that awaits approval, with the reason; otherwise as ``send_back``."""
    return _decline(submission, State.REJECTED, EventType.REJECTED, by, note)


def askers_of(operation_id: int | None, *, kind: str) -> set[int]:
    """Return who asked for the operation that a new one of the same kind repeats; nobody if there is no such one."""
    repeated = Operation.objects.filter(pk=operation_id or 0, kind=kind).first()
    return repeated.asker_ids if repeated else set()


@transaction.atomic
def withdraw(submission: AnyRequest, *, by: User) -> bool:
    """
    Cancel a request that has not left yet, or the steps of one that have not; delete a draft.

    Returns:
        False when it is too late for that: a step is at LINE WORKS, or nothing is left to be sent, or it is no more.
    """
    require_all(by, steps_of(submission))
    if isinstance(submission, Bundle):
        # The operation before the bundle, as a worker locks them. Its end stops the bundle.
        for operation in Operation.objects.filter(bundle_step__bundle=submission, state=State.QUEUED):
            if withdraw(operation, by=by):
                return True
    if drafts.discard(submission):
        return True
    if not type(submission)._default_manager.filter(pk=submission.pk).exists():
        return False
    submission = _locked(submission)
    return submission.is_cancellable and step(submission, State.CANCELED, EventType.CANCELED, by=by)


def still_allowed(operation: Operation, readings: Snapshot) -> Verdict:
    """Ask the rules again, with a newer state and the present day."""
    write = write_of(operation)
    return write.evaluate(readings, write.request.model_validate(operation.request), business_today())


def _to_decide(submission: Request, by: User) -> tuple[Request, bool]:
    """
    Lock a request, and tell whether it waits for the word of a person, who must be allowed to give it.

    Raises:
        PermissionDenied: the person may not approve, or took part in asking for it.
    """
    require(by, APPROVE)
    submission = _locked(submission)
    waits = submission.state == State.AWAITING_APPROVAL
    if waits:
        require(by, approval_permission(submission))
    if waits and by.pk in submission.asker_ids:
        raise PermissionDenied("People who took part in asking for a change cannot decide on it.")
    return submission, waits


def _decline(submission: Request, to: State, what: EventType, by: User, note: str) -> Request:
    submission, waits = _to_decide(submission, by)
    if not can_be_seen(note):
        raise ValueError("a request is declined with a note")
    if waits:
        # Out of a file it replaced no draft; from here on it is about a thing, as those from a form are.
        columns: dict[str, Any] = (
            {} if submission.thing or isinstance(submission, Bundle) else {"thing": _thing_of(submission)}
        )
        step(submission, to, what, by=by, note=note.strip(), **columns)
    return submission


def _thing_of(operation: Operation) -> str:
    write = write_of(operation)
    request = write.request.model_validate(operation.request)
    return drafts.thing_of(write, operation.domain_id, operation.subject, request)


def returned_before(submission: AnyRequest, by: User) -> AnyRequest | None:
    """Return what an approver returned to a person and their draft corrects; None where it corrects nothing."""
    latest = (returned.order_by("-pk").first() for returned in _returned(submission, by))
    return next(filter(None, latest), None)


def _replace_returned(submission: AnyRequest, by: User) -> set[int]:
    """
    Cancel what an approver returned to a person, once the person submits another request about the same thing.

    Returns:
        The people who asked for what was returned; they took part in its replacement.
    """
    askers: set[int] = set()
    for returned in _returned(submission, by):
        for earlier in returned.select_for_update().order_by("pk"):
            step(earlier, State.CANCELED, EventType.REPLACED, by=by, note=submission.ref)
            askers |= earlier.asker_ids
    return askers


def _returned(submission: AnyRequest, by: User) -> Iterator[QuerySet[Any]]:
    """Return what was returned to a person about the thing of their draft: those with one step, then with several."""
    if submission.state != State.PROPOSED or not submission.thing:
        return
    for model in (Operation, Bundle):
        yield model._default_manager.filter(took_part(by.pk), thing=submission.thing, state=State.RETURNED.value)


def _locked(submission: Request) -> Request:
    return type(submission)._default_manager.select_for_update().get(pk=submission.pk)  # type: ignore[return-value]  # of the same model


def _stopped_before(submission: AnyRequest) -> Bundle | None:
    """Return the request that a multi-step one goes on from, locked: of several drafts only one is submitted."""
    if isinstance(submission, Bundle) and submission.continues_id:
        return Bundle.objects.select_for_update().get(pk=submission.continues_id)
    return None


def _is_stale(submission: AnyRequest, links: Sequence[Link], *, by: User) -> bool:
    """Return whether the rules stand against a step by now; then the request ends unsent."""
    for number, link in enumerate(links, start=1):
        if not link.verdict.allowed:
            details = problems_of(link.verdict) | ({"step": number} if isinstance(submission, Bundle) else {})
            step(submission, State.STALE, EventType.NO_LONGER_ALLOWED, by=by, details=details)
            return True
    return False


def _on_its_way(submission: AnyRequest) -> None:
    """Begin with a request that nobody has to agree to any more."""
    if submission.state != submission.released:
        return
    if isinstance(submission, Bundle):
        bundles.begin(submission)
    else:
        enqueue_task("send", submission)
