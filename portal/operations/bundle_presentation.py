"""What the pages of multi-step requests show. Reads, decides nothing."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.accounts.models import User
from portal.core.clock import business_today
from portal.core.htmx import mark_before_reading
from portal.core.rules import Consequence, Problem
from portal.operations.approvals import Policy
from portal.operations.bundle_repair import is_open, rest_of, way_back
from portal.operations.bundles import Link, links_of
from portal.operations.commands import is_retired
from portal.operations.display import Display, display_of_steps, facts_from, parameters_of, title_of
from portal.operations.eligibility import names_of
from portal.operations.models import Bundle, BundleEvent, BundleStep, Event, Operation
from portal.operations.presentation import mark_of, summary, technical
from portal.operations.states import BundleState, State
from portal.sync.history import resource_title

MOVING = (BundleState.RUNNING, BundleState.AWAITING_APPROVAL)


@dataclass(frozen=True)
class Row:
    """A bundle in a list."""

    bundle: Bundle

    @property
    def title(self) -> str:
        """What kinds of change it is made of."""
        return title(self.bundle)

    @property
    def size(self) -> str:
        """How many changes."""
        count = len(self.bundle.steps.all())
        return ngettext("%(count)s step", "%(count)s steps", count) % {"count": count}


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
    may_order = all(user.has_perm(link.step.write.permission) for link in links)
    second_person = Policy.at_present().reasons([link.part for link in links])
    back, repairable = way_back(bundle), is_open(bundle)
    return {
        "bundle": bundle,
        "title": title(bundle),
        "steps": [_row(bundle, stored) for stored in steps],
        "evidence": facts_from(bundle.display),
        "technical": _technical(bundle, steps, links),
        "was_read_back": any(step.operation and step.operation.after for step in steps),
        "consequences": [Consequence.from_json(stored) for stored in bundle.consequences],
        "events": events,
        "mark": taken,
        "poll_seconds": 2 if bundle.state == BundleState.RUNNING else 10 if bundle.state in MOVING else 0,
        "problems": _problems(events),
        "moved_titles": [resource_title(name) for event in events for name in event.details.get("moved", [])],
        "former_people": _former_people(bundle, events),
        "second_person": second_person,
        "is_destructive": any(link.part.write.takes_away(link.part.request) for link in links),
        "stopped_at": next((event.details["step"] for event in reversed(events) if "step" in event.details), None),
        "continued_by": list(bundle.continued_by.order_by("pk")),
        "may_confirm": may_order and bundle.state == BundleState.PROPOSED,
        "may_cancel": may_order and _may_be_withdrawn(bundle, steps),
        "may_approve": bundle.state == BundleState.AWAITING_APPROVAL
        and user.has_perm("operations.approve_operation")
        and user.pk not in bundle.asker_ids,
        "askers": names_of(bundle.asker_ids) if bundle.state == BundleState.AWAITING_APPROVAL else [],
        "may_finish": may_order and repairable and bool(rest_of(bundle).steps),
        "may_put_back": may_order and repairable and bool(back.steps),
        "no_way_back": [_title(stored) for stored in back.without] if repairable else [],
        "unsettled": [step.operation for step in steps if step.operation and _is_unsettled(bundle, step.operation)],
        "today": business_today(),
    }


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


def _problems(events: list[BundleEvent]) -> list[Problem]:
    return [Problem.from_json(stored) for event in events for stored in event.details.get("problems", [])]


def _may_be_withdrawn(bundle: Bundle, steps: list[BundleStep]) -> bool:
    if bundle.state in (BundleState.PROPOSED, BundleState.AWAITING_APPROVAL):
        return True
    waiting = any(step.operation is not None and step.operation.state == State.QUEUED for step in steps)
    return bundle.state == BundleState.RUNNING and waiting


def _is_unsettled(bundle: Bundle, operation: Operation) -> bool:
    return bundle.state == BundleState.STOPPED and operation.state in (State.UNKNOWN, State.UNDECIDED)


def _title(stored: BundleStep) -> str:
    title = step_display(stored.bundle, stored).title
    return _("Step %(number)s: %(title)s") % {"number": stored.number, "title": title}
