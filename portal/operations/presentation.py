"""What the page of a request shows. Reads, decides nothing."""

import json
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Max, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.models import User
from portal.core.clock import business_today
from portal.core.htmx import mark_before_reading
from portal.core.rules import Consequence, Problem
from portal.operations import reconciliation
from portal.operations.approval_problems import digest_of
from portal.operations.approvals import Part, Policy, part_of
from portal.operations.commands import NO_CUSTOMER, Command, is_retired, write_of
from portal.operations.display import Fact, display_of
from portal.operations.eligibility import approval_permission, approvers_of
from portal.operations.event_types import EventType
from portal.operations.forms import SettleForm
from portal.operations.models import AnyRequest, BundleEvent, BundleStep, Event, Operation
from portal.operations.priced import VIEW_PRICE, kept_estimate
from portal.operations.states import FOR_A_PERSON, IN_FLIGHT, READING_BACK, SETTLED, TO_CONFIRM, State
from portal.sync.history import resource_title

# So many people who may approve are named.
NAMED = 3
_SUBMIT_HEADINGS = {
    State.UNASSIGNED: gettext_lazy("Submit in your own name"),
    State.RETURNED: gettext_lazy("Submit again unchanged"),
}


def summary(operation: Operation) -> str:
    """Return what was asked for, in one line."""
    return display_of(operation).summary


def consequences(submission: AnyRequest) -> list[Consequence]:
    """Return the effects of a request, the worst first."""
    return [Consequence.from_json(stored) for stored in submission.consequences]


def has_penalty(submission: AnyRequest) -> bool:
    """Return whether LINE WORKS charges a penalty for a request, or may."""
    return any(consequence.rule.is_penalty for consequence in consequences(submission))


def mark(operation: Operation) -> str:
    """Return a text that changes with every event, so that a poll can tell whether anything moved."""
    return mark_of(operation.events.all())


def mark_of(events: QuerySet[Any]) -> str:
    """
    Return a text that changes with every event that is added to some.

    They are counted too: of two that are written at the same time, the one with the lower number may come later.
    """
    found = events.aggregate(latest=Max("pk"), count=Count("pk"))
    return f"{found['latest'] or 0}-{found['count']}"


def evidence(operation: Operation) -> Sequence[Fact]:
    """Lay the readings side by side, fact by fact."""
    return display_of(operation).facts


def technical(stored: AnyRequest, **further: Any) -> str:
    """Return what is kept of a request as it is kept, for rows that the code of the day cannot word."""
    columns = ("schema_version", "kind", "request", "baseline", "before", "after", "consequences", "display")
    kept = {name: getattr(stored, name) for name in columns if getattr(stored, name, None)}
    return json.dumps(kept | further, ensure_ascii=False, indent=2)


def common(
    submission: AnyRequest, user: User, parts: Sequence[Part], events: Sequence[Event | BundleEvent]
) -> dict[str, Any]:
    """
    Return what the page of any request shows.

    Args:
        submission: with one step or with several.
        user: whoever looks at the page.
        parts: its steps, as the approval policy is asked about them.
        events: what happened to it.
    """
    waits = submission.state == State.AWAITING_APPROVAL
    may_order = all(user.has_perm(part.write.permission) for part in parts)
    approvers = [str(person) for person in approvers_of(submission)] if waits else []
    approver = user.has_perm(approval_permission(submission)) and user.pk not in submission.asker_ids
    return {
        "submission": submission,
        **{f"{name}_url": _url(submission, name) for name in ("confirm", "approve", "return", "reject", "cancel")},
        "reviewed": digest_of(submission) if submission.state in TO_CONFIRM else "",
        "events": events,
        "consequences": consequences(submission),
        "has_penalty": has_penalty(submission),
        "problems": [Problem.from_json(stored) for event in events for stored in event.details.get("problems", [])],
        "moved_titles": [resource_title(name) for event in events for name in event.details.get("moved", [])],
        "estimate": kept_estimate(submission.display) if user.has_perm(VIEW_PRICE) else None,
        "second_person": Policy.at_present().reasons(parts),
        "is_destructive": any(part.write.takes_away(part.request) for part in parts),
        "may_order": may_order,
        "may_confirm": may_order and submission.state in TO_CONFIRM,
        "may_approve": waits and approver,
        "approvers": approvers[:NAMED],
        "more_approvers": len(approvers[NAMED:]),
        "declined": _declined(submission, events),
        "today": business_today(),
    }


def _declined(submission: AnyRequest, events: Sequence[Event | BundleEvent]) -> Event | BundleEvent | None:
    """Return what an approver answered to a request that was returned or rejected."""
    return next((event for event in reversed(events) if event.what == submission.state), None)


def detail(operation: Operation, user: User) -> dict[str, Any]:
    """Return the context of an operation's page."""
    taken = mark_before_reading(operation, mark)
    write, display = write_of(operation), display_of(operation)
    events = list(operation.events.all())
    shared = common(operation, user, [part_of(operation)], events)
    may_order, second_person = shared["may_order"], shared["second_person"]
    return shared | {
        "operation": operation,
        "title": display.title,
        "summary": display.summary,
        "submit_heading": str(_SUBMIT_HEADINGS.get(State(operation.state), gettext_lazy("Submit"))),
        "kept_with": _("saved with the request"),
        "settle_form": SettleForm(),
        "display": display,
        "evidence": display.facts,
        "technical": technical(operation) if is_retired(write) or not display.is_kept else "",
        "attempts": list(operation.attempts.select_related("answer")),
        "mark": taken,
        # The approver types in the part that a poll would swap.
        "poll_seconds": 0 if shared["may_approve"] else _poll_seconds(operation),
        # Whose it is shows only once the customer is there.
        "is_newcomers": write.is_onboarding,
        "former_people": [name for event in events[-1:] for name in event.details.get("people", [])],
        "wish": "" if display.is_read_back else json.dumps(operation.request, ensure_ascii=False, indent=2),
        "ask_again": _ask_again(operation, write),
        "two_people": bool(operation.approved_digest) or (operation.state in TO_CONFIRM and bool(second_person)),
        "may_cancel": may_order and operation.is_cancellable,
        "may_read": may_order and operation.state in READING_BACK and bool(write.reads),
        "may_settle": _is_for_a_person(operation) and user.has_perm("operations.settle_operation"),
        "held": _held_by(operation),
        "bundle_step": BundleStep.objects.select_related("bundle").filter(operation=operation).first(),
        "never_left": any(event.what == EventType.NEVER_SENT for event in events),
    }


def _url(submission: AnyRequest, name: str) -> str:
    return reverse(f"operations:{submission.url_prefix}{name}", args=[submission.pk])


def _ask_again(operation: Operation, write: Command[Any]) -> str:
    """Return the address of its form, filled in with the same wish and the facts of the moment; empty without one."""
    if is_retired(write):
        return ""
    request = write.request.model_validate(operation.request)
    return write.ask_again(operation.domain_id or NO_CUSTOMER, request, repeated=operation.pk)


def _is_for_a_person(operation: Operation) -> bool:
    """Nobody knows what happened; or it was accepted and its effect has not shown for longer than planned."""
    return operation.state in FOR_A_PERSON or (
        operation.state == State.ACCEPTED and reconciliation.readings_are_over(operation)
    )


def _held_by(operation: Operation) -> list[Operation]:
    """The orders for the customer, or about the subject, that wait until this one is settled."""
    if operation.state not in IN_FLIGHT:
        return []
    others = Operation.objects.all().beside(operation)
    return list(others.filter(state=State.QUEUED).order_by("confirmed_at", "pk"))


def _poll_seconds(operation: Operation) -> int:
    """How often the page looks: not at all once nothing moves by itself."""
    if operation.state in (*SETTLED, *TO_CONFIRM, State.UNDECIDED):
        return 0
    return 10 if operation.state in (State.UNKNOWN, State.AWAITING_APPROVAL) else 2
