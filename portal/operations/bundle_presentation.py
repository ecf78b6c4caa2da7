"""What the pages of multi-step requests show. Reads, decides nothing."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.accounts.models import User
from portal.core.htmx import mark_before_reading
from portal.operations.bundle_repair import is_open, rest_of, way_back
from portal.operations.chains import Link, links_of
from portal.operations.commands import is_retired
from portal.operations.display import Display, display_of_steps, facts_from, parameters_of, title_of
from portal.operations.drafts import visible_to
from portal.operations.models import Bundle, BundleEvent, BundleStep, Event, Operation
from portal.operations.presentation import common, mark_of, summary, technical
from portal.operations.states import BundleState, State

MOVING = (BundleState.RUNNING, BundleState.AWAITING_APPROVAL)


@dataclass(frozen=True)
class StepRow:
    """One step on the page of its bundle: what is asked for, and how it stands."""

    number: int
    title: str
    summary: str
    operation: Operation | None


def title(bundle: Bundle) -> str:
    """Name the first kind of change of a bundle, and how many more there are."""
    steps = list(bundle.steps.all())
    if not steps:
        return bundle.ref
    first, others = step_display(bundle, steps[0]).title, len(steps) - 1
    if not others:
        return first
    words = ngettext("%(title)s, and %(others)s more step", "%(title)s, and %(others)s more steps", others)
    return words % {"title": first, "others": others}


def mark(bundle: Bundle) -> str:
    """Return a text that changes with every event of a bundle and of its operations."""
    of_steps = Event.objects.filter(operation__bundle_step__bundle=bundle)
    return f"{mark_of(bundle.events.all())}-{mark_of(of_steps)}"


def detail(bundle: Bundle, user: User) -> dict[str, Any]:
    """Return the context of a bundle's page."""
    taken = mark_before_reading(bundle, mark)
    links = links_of(bundle)
    steps = list(bundle.steps.select_related("operation"))
    events = list(bundle.events.all())
    shared = common(bundle, user, [link.part for link in links], events)
    may_order = shared["may_order"]
    back, repairable = way_back(bundle), is_open(bundle)
    return shared | {
        "bundle": bundle,
        "title": title(bundle),
        "summary": bundle.get_purpose_display(),
        "submit_heading": _("Submit again unchanged") if bundle.state == State.RETURNED else _("Submit all steps"),
        "kept_with": _("saved with every step"),
        "steps": [_row(bundle, stored) for stored in steps],
        "evidence": facts_from(bundle.display),
        "technical": _technical(bundle, steps, links),
        "was_read_back": any(step.operation and step.operation.after for step in steps),
        "mark": taken,
        "poll_seconds": _poll_seconds(bundle, is_approver=shared["may_approve"]),
        "former_people": _former_people(bundle, events),
        "stopped_at": next((event.details["step"] for event in reversed(events) if "step" in event.details), None),
        "continued_by": list(visible_to(Bundle, user).filter(continues=bundle).order_by("pk")),
        "ask_again": _ask_again(bundle, links),
        "may_cancel": may_order and _may_be_withdrawn(bundle, steps),
        "may_finish": may_order and repairable and bool(rest_of(bundle).steps),
        "may_put_back": may_order and repairable and bool(back.steps),
        "no_way_back": [_title(stored) for stored in back.without] if repairable else [],
        "unsettled": [step.operation for step in steps if step.operation and _is_unsettled(bundle, step.operation)],
    }


def _poll_seconds(bundle: Bundle, *, is_approver: bool) -> int:
    # An approver types in the part that a poll would swap.
    if bundle.state not in MOVING or is_approver:
        return 0
    return 2 if bundle.state == BundleState.RUNNING else 10


def step_display(bundle: Bundle, stored: BundleStep) -> Display:
    """Return how a step of a bundle is shown; by its bare request if nothing was kept of it."""
    kept = display_of_steps(bundle).get(stored.number)
    return Display(
        title=(kept and kept.title) or title_of(stored.kind),
        summary=(kept and kept.summary) or parameters_of(stored.request),
        is_kept=kept is not None,
    )


def _row(bundle: Bundle, stored: BundleStep) -> StepRow:
    display = step_display(bundle, stored)
    said = summary(stored.operation) if stored.operation else display.summary
    return StepRow(stored.number, display.title, said, stored.operation)


def _technical(bundle: Bundle, steps: list[BundleStep], links: list[Link]) -> str:
    """Return the bare row of a bundle that cannot be worded, or not worked on any more."""
    if bundle.display and not any(is_retired(link.step.write) for link in links):
        return ""
    return technical(bundle, steps=[{"kind": step.kind, "request": step.request} for step in steps])


def _former_people(bundle: Bundle, events: list[BundleEvent]) -> list[str]:
    """Return who may no longer answer for it, found between two steps or right before one was sent."""
    of_steps = Event.objects.filter(operation__bundle_step__bundle=bundle, details__has_key="people")
    return [name for event in (*events, *of_steps) for name in event.details.get("people", [])]


def _ask_again(bundle: Bundle, links: list[Link]) -> str:
    """Return the address of the form that it came from, filled in with the same wish; empty without one."""
    # It repeats no operation: who asked for it is known by the thing that both are about.
    asked = (link.step for link in links if link.step.write.linked_change and bundle.purpose == Bundle.Purpose.CHANGE)
    if (step := next(asked, None)) is None:
        return ""
    return step.write.ask_again(bundle.domain_id, step.request, repeated=0)


def _may_be_withdrawn(bundle: Bundle, steps: list[BundleStep]) -> bool:
    if bundle.is_cancellable:
        return True
    waiting = any(step.operation is not None and step.operation.state == State.QUEUED for step in steps)
    return bundle.state == BundleState.RUNNING and waiting


def _is_unsettled(bundle: Bundle, operation: Operation) -> bool:
    return bundle.state == BundleState.STOPPED and operation.state in (State.UNKNOWN, State.UNDECIDED)


def _title(stored: BundleStep) -> str:
    title = step_display(stored.bundle, stored).title
    return _("Step %(number)s: %(title)s") % {"number": stored.number, "title": title}
