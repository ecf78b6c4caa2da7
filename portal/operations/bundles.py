"""
Multi-step requests: confirmed and approved once, sent one step after the other.

LINE WORKS changes one thing at a time: moving the scheduled change of a subscription leaves those of its options. Each
step is an operation of its own. It starts when the step before it is verified, and takes the state that was read then
as its baseline, so only a change by somebody else makes it stale. Meanwhile no other request of the customer is sent.

If a step does not succeed, the request stops there. Completed steps stay; a person completes the rest or reverts it,
each as a new request with its own review.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from portal.accounts.models import User
from portal.core.clock import business_today, now
from portal.core.rules import Consequence, Verdict
from portal.core.untrusted_text import can_be_seen
from portal.operations import transitions
from portal.operations.approval_problems import digest, digest_of, moved_in_the_cache
from portal.operations.approvals import Part, Policy
from portal.operations.commands import Command, Step, write_of_step
from portal.operations.eligibility import who_may_no_longer_run
from portal.operations.models import Bundle, BundleEvent, BundleStep, Operation
from portal.operations.recording import recorded, recorded_bundle
from portal.operations.services import NotAllowed, on_this_day, problems_of, withdraw
from portal.operations.snapshots import Snapshot, from_cache
from portal.operations.states import SETTLED, BundleState, State
from portal.sync.resources import Resource


@dataclass(frozen=True)
class Link:
    """One step in its place: the state in which its turn will come, if all goes well, and what the rules say then."""

    step: Step
    state: Snapshot
    verdict: Verdict

    @property
    def part(self) -> Part:
        """What the approval policy is asked about it."""
        return Part(self.step.write, self.state, self.step.request)


def chain(seen: Snapshot, steps: Sequence[Step], today: date) -> Iterator[Link]:
    """Judge each step in the state that the steps before it should leave behind."""
    state = seen
    for step in steps:
        yield Link(step, state, step.write.evaluate(state, step.request, today))
        state = step.write.projected_state(state, step.request)


@transaction.atomic
def propose_bundle(
    steps: Sequence[Step],
    *,
    domain_id: int,
    customer_name: str,
    by: User,
    answered: Collection[str] = (),
    purpose: Bundle.Purpose = Bundle.Purpose.CHANGE,
    continues: Bundle | None = None,
    also_asked: Collection[int] = (),
) -> Bundle:
    """
    Mint a bundle: it changes nothing at LINE WORKS, and shows what all of its steps together would entail.

    Args:
        steps: in the order in which they are sent, one at least. They need no secrets.
        domain_id: the customer.
        customer_name: as people know it now; kept with the bundle.
        by: who asks.
        answered: the ids of rules whose consequences one of the other steps takes care of.
        purpose: a change of its own, or what is to become of another bundle that stopped.
        continues: that other bundle.
        also_asked: the ids of others who took part in asking for it and so cannot approve it.

    Raises:
        PermissionDenied: the person may not ask for one of the steps.
        NeverRead: the cache holds nothing yet that a step could be judged by.
        NotAllowed: the rules stand against a step, in the state in which its turn would come.
        ValueError: there is no step.
    """
    if not steps:
        raise ValueError("a bundle has a step at least")
    _require_all(by, [step.write for step in steps])
    seen, read_at = from_cache(domain_id, resources_of(steps))
    links = list(chain(seen, steps, business_today()))
    for link in links:
        if not link.verdict.allowed:
            raise NotAllowed(link.verdict)
    found = [consequence for link in links for consequence in link.verdict.consequences]
    bundle = Bundle(
        domain_id=domain_id,
        customer_name=customer_name,
        purpose=purpose,
        continues=continues,
        proposed_by_id=by.pk,
        proposed_by_name=str(by),
        also_asked_ids=sorted({*also_asked} - {by.pk}),
        seen=seen.to_json(),
        seen_read_at=read_at,
        consequences=_once_each([each for each in found if each.rule.id not in answered]),
    )
    bundle.display = recorded_bundle(bundle, links)
    bundle.save()
    for number, step in enumerate(steps, start=1):
        request = step.request.model_dump(mode="json", by_alias=True, exclude_unset=True)
        BundleStep.objects.create(bundle=bundle, number=number, kind=step.write.kind, request=request)
    _record(bundle, "proposed", by=by)
    return bundle


@transaction.atomic
def confirm_bundle(bundle: Bundle, *, by: User, reason: str, reference: str = "") -> Bundle:
    """
    Decide that a bundle is to be sent, step by step; the same rules hold as for a single operation.

    Returns:
        The bundle as it is now.

    Raises:
        PermissionDenied: the person may not ask for one of the steps.
        ValueError: there is no reason.
    """
    _require_all(by, [step.write for step in steps_of(bundle)])
    if not can_be_seen(reason):
        raise ValueError("a bundle is confirmed with a reason")
    bundle = Bundle.objects.select_for_update().get(pk=bundle.pk)
    if bundle.state != BundleState.PROPOSED:
        return bundle
    links = links_of(bundle)
    if _is_stale(bundle, links, by=by):
        return bundle
    second_person = Policy.at_present().reasons([link.part for link in links])
    _step(
        bundle,
        BundleState.AWAITING_APPROVAL if second_person else BundleState.RUNNING,
        "confirmed",
        by=by,
        note=reason.strip(),
        details={"digest": digest_of_bundle(bundle)},
        confirmed_by_id=by.pk,
        reason=reason.strip(),
        reference=reference.strip(),
        confirmed_at=now(),
    )
    _begin(bundle)
    return bundle


@transaction.atomic
def approve_bundle(bundle: Bundle, *, by: User) -> Bundle:
    """
    Let a bundle go that needs a second person: exactly these steps, in exactly the state that was seen.

    Returns:
        The bundle as it is now.

    Raises:
        PermissionDenied: the person may not approve, or is the one who asked or confirmed.
    """
    _require(by, "operations.approve_operation")
    bundle = Bundle.objects.select_for_update().get(pk=bundle.pk)
    if bundle.state != BundleState.AWAITING_APPROVAL:
        return bundle
    if by.pk in bundle.asker_ids:
        raise PermissionDenied("People who took part in asking for a change cannot approve it.")
    agreed = digest_of_bundle(bundle)
    links = links_of(bundle)
    details = {name: way for link in links for name, way in link.step.write.compare_all_fields.items()}
    moved = moved_in_the_cache(bundle.domain_id, Snapshot.from_json(bundle.seen), compare_all_fields=details)
    if any(event.details["digest"] != agreed for event in bundle.events.filter(what="confirmed")):
        _step(bundle, BundleState.STALE, "approval lapsed", by=by)
    elif moved:
        _step(bundle, BundleState.STALE, "moved meanwhile", by=by, details={"moved": moved})
    elif not _is_stale(bundle, links, by=by):
        approval: dict[str, Any] = {"approved_by_id": by.pk, "approved_digest": agreed}
        _step(bundle, BundleState.RUNNING, "approved", by=by, details={"digest": agreed}, **approval)
        _begin(bundle)
    return bundle


@transaction.atomic
def withdraw_bundle(bundle: Bundle, *, by: User) -> bool:
    """
    Cancel a bundle that has not begun, or stop one before its next step leaves.

    Returns:
        False when it is too late for that: a step is at LINE WORKS, or nothing is left to be sent.
    """
    _require_all(by, [step.write for step in steps_of(bundle)])
    # The operation before the bundle, as a worker locks them.
    for operation in Operation.objects.filter(bundle_step__bundle=bundle, state=State.QUEUED):
        if withdraw(operation, by=by):
            return True
    bundle = Bundle.objects.select_for_update().get(pk=bundle.pk)
    if bundle.state not in (BundleState.PROPOSED, BundleState.AWAITING_APPROVAL):
        return False
    _step(bundle, BundleState.CANCELED, "canceled", by=by)
    return True


@transaction.atomic
def lapse(bundle: Bundle, what: str) -> None:
    """Cancel a bundle that nobody went on with, unless somebody just has; ``what`` is the timeline's word for it."""
    locked = Bundle.objects.select_for_update().get(pk=bundle.pk)
    if locked.state == bundle.state:
        _step(locked, BundleState.CANCELED, what)


def follow(operation: Operation) -> None:
    """Go on with the bundle of an operation that has reached a final state; in the transaction in which it has."""
    step = BundleStep.objects.filter(operation=operation).first()
    if step is None:
        return
    bundle = Bundle.objects.select_for_update().get(pk=step.bundle_id)
    if bundle.state == BundleState.RUNNING and operation.state == State.SUCCEEDED:
        _go_on(bundle, operation.after or operation.seen, operation.after_read_at or operation.seen_read_at)
    elif bundle.state == BundleState.RUNNING:
        _stop(bundle, "stopped", number=step.number)
    elif bundle.state == BundleState.STOPPED and not _unfinished(bundle):
        _step(bundle, BundleState.DONE, "done after all")


def recover() -> None:
    """Go on with every bundle whose latest operation has reached a final state without anybody having followed."""
    for bundle in Bundle.objects.filter(state=BundleState.RUNNING):
        latest = Operation.objects.filter(bundle_step__bundle=bundle).order_by("-bundle_step__number").first()
        if latest and latest.state in (*SETTLED, State.UNDECIDED):
            with transaction.atomic():
                follow(Operation.objects.select_for_update().get(pk=latest.pk))


def waits_for_a_bundle(operation: Operation) -> bool:
    """Return whether a bundle of the same customer is under way that an operation is no step of."""
    if operation.domain_id is None:
        return False
    running = Bundle.objects.filter(domain_id=operation.domain_id, state=BundleState.RUNNING)
    first = running.order_by("confirmed_at", "pk").first()
    return first is not None and not first.steps.filter(operation=operation).exists()


def steps_of(bundle: Bundle) -> list[Step]:
    """Return the steps of a bundle, in their order."""
    return [step_from(stored) for stored in bundle.steps.all()]


def step_from(stored: BundleStep) -> Step:
    """Read what ``propose_bundle`` stored."""
    write = write_of_step(stored)
    return Step(write, write.request.model_validate(stored.request))


def links_of(bundle: Bundle) -> list[Link]:
    """Judge the steps of a bundle once more, by what was seen and today."""
    return list(chain(Snapshot.from_json(bundle.seen), steps_of(bundle), business_today()))


def resources_of(steps: Sequence[Step]) -> list[Resource]:
    """Return all that the steps read; each of them reads it, so that the next one sees what it left behind."""
    return list({resource.name: resource for step in steps for resource in step.write.resources}.values())


def digest_of_bundle(bundle: Bundle) -> str:
    """Return what stands for the steps of a bundle and for what was seen."""
    asked = [[step.kind, step.request] for step in bundle.steps.all()]
    return digest(bundle.domain_id, asked, bundle.seen)


def _begin(bundle: Bundle) -> None:
    if bundle.state == BundleState.RUNNING:
        _go_on(bundle, bundle.seen, bundle.seen_read_at)


def _go_on(bundle: Bundle, seen: dict[str, Any], read_at: datetime) -> None:
    """Make an operation of the next step, judged by what was read after the one before it."""
    stored = bundle.steps.filter(operation=None).first()
    if stored is None:
        _step(bundle, BundleState.DONE, "done")
        _let_others_go(bundle)
        return
    if bundle.approved_digest and bundle.approved_digest != digest_of_bundle(bundle):
        _stop(bundle, "approval lapsed", number=stored.number)
        return
    step = step_from(stored)
    if people := who_may_no_longer_run(bundle, step.write.permission):
        _stop(bundle, "person no longer allowed", number=stored.number, people=people)
        return
    verdict = step.write.evaluate(Snapshot.from_json(seen), step.request, business_today())
    if not verdict.allowed:
        _stop(bundle, "no longer allowed", number=stored.number, **problems_of(verdict))
        return
    stored.operation = _operation(bundle, stored, verdict, seen, read_at)
    stored.save(update_fields=["operation"])
    _keep_display(bundle)


def _operation(
    bundle: Bundle, stored: BundleStep, verdict: Verdict, seen: dict[str, Any], read_at: datetime
) -> Operation:
    """Mint the operation of a step, confirmed and approved as its bundle was."""
    operation = Operation(
        kind=stored.kind,
        domain_id=bundle.domain_id,
        customer_name=bundle.customer_name,
        request=stored.request,
        proposed_by_id=bundle.proposed_by_id,
        proposed_by_name=bundle.proposed_by_name,
        also_asked_ids=bundle.also_asked_ids,
        seen=seen,
        seen_read_at=read_at,
        consequences=[consequence.to_json() for consequence in verdict.worst_first()],
    )
    operation.display = recorded(operation, business_today())
    operation.save()
    transitions.record(operation, "proposed", note=bundle.ref, details=on_this_day())
    approval: dict[str, Any] = {"approved_by_id": bundle.approved_by_id, "approved_digest": digest_of(operation)}
    transitions.step(
        operation,
        State.QUEUED,
        "confirmed",
        note=bundle.reason,
        details={"digest": digest_of(operation)},
        reason=bundle.reason,
        reference=bundle.reference,
        confirmed_at=bundle.confirmed_at,
        confirmed_by_id=bundle.confirmed_by_id,
        **(approval if bundle.approved_digest else {}),
    )
    transitions.enqueue_task("send", operation)
    return operation


def _is_stale(bundle: Bundle, links: Sequence[Link], *, by: User) -> bool:
    """Return whether the rules stand against a step by now; then the bundle ends unsent."""
    for number, link in enumerate(links, start=1):
        if not link.verdict.allowed:
            details = {"step": number, **problems_of(link.verdict)}
            _step(bundle, BundleState.STALE, "no longer allowed", by=by, details=details)
            return True
    return False


def _stop(bundle: Bundle, what: str, *, number: int, **details: Any) -> None:
    _step(bundle, BundleState.STOPPED, what, details={"step": number, **details})
    _let_others_go(bundle)


def _let_others_go(bundle: Bundle) -> None:
    """Orders for the same customer waited while the bundle was under way."""
    for operation in Operation.objects.filter(domain_id=bundle.domain_id).to_send(now()):
        transitions.enqueue_task("send", operation)


def _unfinished(bundle: Bundle) -> bool:
    return bundle.steps.exclude(operation__state=State.SUCCEEDED).exists()


def _step(
    bundle: Bundle,
    to: BundleState,
    what: str,
    *,
    by: User | None = None,
    note: str = "",
    details: dict[str, Any] | None = None,
    **columns: Any,
) -> None:
    """Take a bundle, which the caller has locked, to another state."""
    Bundle.objects.filter(pk=bundle.pk).update(state=to, state_at=now(), **columns)
    bundle.refresh_from_db()
    _keep_display(bundle)
    _record(bundle, what, by=by, note=note, details=details)


def _keep_display(bundle: Bundle) -> None:
    """Write down anew how a bundle is shown, with what its steps have read since."""
    display = recorded_bundle(bundle, links_of(bundle), list(bundle.steps.select_related("operation")))
    Bundle.objects.filter(pk=bundle.pk).update(display=display)


def _record(
    bundle: Bundle, what: str, *, by: User | None = None, note: str = "", details: dict[str, Any] | None = None
) -> None:
    BundleEvent.objects.create(
        bundle=bundle,
        what=what,
        state=bundle.state,
        by_id=by.pk if by else None,
        by_name=str(by) if by else "",
        note=note,
        details=details or {},
    )


def _once_each(consequences: Sequence[Consequence]) -> list[dict[str, Any]]:
    """Return consequences the worst first, and what two steps have in common once."""
    stored = [consequence.to_json() for consequence in Verdict((), tuple(consequences)).worst_first()]
    return [each for place, each in enumerate(stored) if each not in stored[:place]]


def _require_all(user: User, writes: Sequence[Command[Any]]) -> None:
    for write in writes:
        _require(user, write.permission)


def _require(user: User, permission: str) -> None:
    if not user.has_perm(permission):
        raise PermissionDenied(f"This needs the permission {permission}.")
