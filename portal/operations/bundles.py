"""
Multi-step requests: confirmed and approved once, sent one step after the other.

LINE WORKS changes one thing at a time: moving the scheduled change of a subscription leaves those of its options. Each
step is an operation of its own. It starts when the step before it is verified, and takes the state that was read then
as its baseline, so only a change by somebody else makes it stale. Meanwhile no other request of the customer is sent.

If a step does not succeed, the request stops there. Completed steps stay; a person completes the rest or reverts it,
each as a new request with its own review.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from portal.accounts.models import User
from portal.core.clock import business_today
from portal.core.rules import Consequence, Verdict
from portal.operations import drafts, transitions
from portal.operations.approval_problems import digest_of
from portal.operations.chains import NotAllowed, chain, problems_of, require_all, resources_of, step_from
from portal.operations.commands import Step
from portal.operations.eligibility import who_may_no_longer_run
from portal.operations.event_types import EventType
from portal.operations.models import Bundle, BundleStep, Operation
from portal.operations.recording import keep_display, recorded, recorded_bundle
from portal.operations.snapshots import Snapshot, from_cache
from portal.operations.states import SETTLED, BundleState, State


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
    thing: str = "",
) -> Bundle:
    """
    Make a draft of several steps: it changes nothing at LINE WORKS, and shows what all of them together would entail.

    It takes the place of an earlier draft of the same person about the same thing.

    Args:
        steps: in the order in which they are sent, one at least. They need no secrets.
        domain_id: the customer.
        customer_name: as people know it now; kept with the bundle.
        by: who asks.
        answered: the ids of rules whose consequences one of the other steps takes care of.
        purpose: a change of its own, or what is to become of another bundle that stopped.
        continues: that other bundle.
        also_asked: the ids of others who took part in asking for it and so cannot approve it.
        thing: what it is about, see ``drafts.thing_of``; what becomes of another bundle is about that one.

    Raises:
        PermissionDenied: the person may not ask for one of the steps.
        NeverRead: the cache holds nothing yet that a step could be judged by.
        NotAllowed: the rules stand against a step, in the state in which its turn would come.
        ValueError: there is no step.
    """
    if not steps:
        raise ValueError("a bundle has a step at least")
    require_all(by, steps)
    seen, read_at = from_cache(domain_id, resources_of(steps))
    links = list(chain(seen, steps, business_today()))
    for link in links:
        if not link.verdict.allowed:
            raise NotAllowed(link.verdict)
    found = [consequence for link in links for consequence in link.verdict.consequences]
    thing = continues.ref if continues else thing
    earlier = drafts.make_room(by, thing, Bundle)
    bundle = Bundle(
        pk=earlier.pk if earlier else None,
        thing=thing,
        domain_id=domain_id,
        customer_name=customer_name,
        purpose=purpose,
        continues=continues,
        proposed_by_id=by.pk,
        proposed_by_name=str(by),
        also_asked_ids=sorted({*also_asked} - {by.pk}),
        baseline=seen.to_json(),
        baseline_read_at=read_at,
        consequences=_once_each([each for each in found if each.rule.id not in answered]),
    )
    bundle.display = recorded_bundle(bundle, links)
    bundle.save()
    for number, step in enumerate(steps, start=1):
        request = step.request.model_dump(mode="json", by_alias=True, exclude_unset=True)
        BundleStep.objects.create(bundle=bundle, number=number, kind=step.write.kind, request=request)
    transitions.record(bundle, EventType.PROPOSED, by=by)
    return bundle


def begin(bundle: Bundle) -> None:
    """Make the operation of the first step, once nobody has to agree any more."""
    _go_on(bundle, bundle.baseline, bundle.baseline_read_at)


def follow(operation: Operation) -> None:
    """Go on with the bundle of an operation that has reached a final state; in the transaction in which it has."""
    step = BundleStep.objects.filter(operation=operation).first()
    if step is None:
        return
    bundle = Bundle.objects.select_for_update().get(pk=step.bundle_id)
    if bundle.state == BundleState.RUNNING and operation.state == State.SUCCEEDED:
        _go_on(bundle, operation.after or operation.baseline, operation.after_read_at or operation.baseline_read_at)
    elif bundle.state == BundleState.RUNNING:
        _stop(bundle, EventType.STOPPED, number=step.number)
    elif bundle.state == BundleState.STOPPED and not _unfinished(bundle):
        transitions.step(bundle, BundleState.SUCCEEDED, EventType.DONE_AFTER_ALL)


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


def _go_on(bundle: Bundle, seen: dict[str, Any], read_at: datetime) -> None:
    """Make an operation of the next step, judged by what was read after the one before it."""
    stored = bundle.steps.filter(operation=None).first()
    if stored is None:
        transitions.step(bundle, BundleState.SUCCEEDED, EventType.DONE)
        return
    if bundle.approved_digest and bundle.approved_digest != digest_of(bundle):
        _stop(bundle, EventType.APPROVAL_LAPSED, number=stored.number)
        return
    step = step_from(stored)
    if people := who_may_no_longer_run(bundle, step.write.permission):
        _stop(bundle, EventType.PERSON_NO_LONGER_ALLOWED, number=stored.number, people=people)
        return
    verdict = step.write.evaluate(Snapshot.from_json(seen), step.request, business_today())
    if not verdict.allowed:
        _stop(bundle, EventType.NO_LONGER_ALLOWED, number=stored.number, **problems_of(verdict))
        return
    stored.operation = _operation(bundle, stored, verdict, seen, read_at)
    stored.save(update_fields=["operation"])
    keep_display(bundle)


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
        baseline=seen,
        baseline_read_at=read_at,
        consequences=[consequence.to_json() for consequence in verdict.worst_first()],
    )
    operation.display = recorded(operation, business_today())
    operation.save()
    transitions.record(operation, EventType.PROPOSED, note=bundle.ref, details=transitions.on_this_day())
    approval: dict[str, Any] = {"approved_by_id": bundle.approved_by_id, "approved_digest": digest_of(operation)}
    transitions.step(
        operation,
        State.QUEUED,
        EventType.CONFIRMED,
        note=bundle.reason,
        details={"digest": digest_of(operation)},
        reason=bundle.reason,
        reference=bundle.reference,
        confirmed_at=bundle.confirmed_at,
        confirmed_by_id=bundle.confirmed_by_id,
        approval_level=bundle.approval_level,
        **(approval if bundle.approved_digest else {}),
    )
    transitions.enqueue_task("send", operation)
    return operation


def _stop(bundle: Bundle, what: EventType, *, number: int, **details: Any) -> None:
    transitions.step(bundle, BundleState.STOPPED, what, details={"step": number, **details})


def _unfinished(bundle: Bundle) -> bool:
    return bundle.steps.exclude(operation__state=State.SUCCEEDED).exists()


def _once_each(consequences: Sequence[Consequence]) -> list[dict[str, Any]]:
    """Return consequences the worst first, and what two steps have in common once."""
    stored = [consequence.to_json() for consequence in Verdict((), tuple(consequences)).worst_first()]
    return [each for place, each in enumerate(stored) if each not in stored[:place]]
