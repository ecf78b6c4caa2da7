"""Template tags for requests: state, progress, log. No query in any tag."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.forms import BoundField
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.core.month_grid import Day
from portal.core.untrusted_text import TURNING
from portal.operations.command_forms import BoundDay
from portal.operations.commands import CommandLink
from portal.operations.display import display_of
from portal.operations.models import Bundle, BundleEvent, Event, Operation
from portal.operations.states import BundleState, State
from portal.ui.templatetags.ui import badge

register = template.Library()

# state → tone, icon, whether dashed
LOOKS = {
    State.PROPOSED: ("idle", "circle-dashed", True),
    State.AWAITING_APPROVAL: ("accent", "stamp", True),
    State.QUEUED: ("idle", "hourglass", True),
    State.SENDING: ("accent", "send", True),
    State.ACCEPTED: ("ok", "check", True),
    State.SUCCEEDED: ("ok", "check-check", False),
    State.REFUSED: ("bad", "ban", False),
    State.UNKNOWN: ("unk", "circle-question-mark", True),
    State.UNDECIDED: ("unk", "user-round-search", True),
    State.NOT_APPLIED: ("bad", "circle-x", False),
    State.STALE: ("warn", "git-compare-arrows", False),
    State.UNASSIGNED: ("warn", "user-round-search", True),
    State.CANCELED: ("idle", "circle-slash", False),
}

BUNDLE_LOOKS = {
    BundleState.PROPOSED: ("idle", "circle-dashed", True),
    BundleState.AWAITING_APPROVAL: ("accent", "stamp", True),
    BundleState.RUNNING: ("accent", "send", True),
    BundleState.DONE: ("ok", "check-check", False),
    BundleState.STOPPED: ("bad", "octagon-alert", False),
    BundleState.STALE: ("warn", "git-compare-arrows", False),
    BundleState.CANCELED: ("idle", "circle-slash", False),
}

# What happened, as the journal calls it → its words, and a tone where somebody has to look.
EVENTS: dict[str, tuple[str | Promise, str]] = {
    "proposed": (_("Asked for"), ""),
    "confirmed": (_("Confirmed"), ""),
    "taken over": (_("Confirmed by another person, who takes it over"), ""),
    "approved": (_("Approved"), ""),
    "approval lapsed": (_("Not what was confirmed or approved any more, so not sent"), "bad"),
    "needs a second person now": (_("The policy asks for a second person meanwhile, so not sent"), "bad"),
    "person no longer allowed": (_("The person who confirmed or approved it no longer may, so not sent"), "bad"),
    "canceled": (_("Canceled, never sent"), ""),
    "not confirmed in time": (_("Not confirmed within a day, so it was canceled and never sent"), ""),
    "not approved in time": (_("Not approved within 14 days, so it was canceled and never sent"), ""),
    "not taken over in time": (_("Not taken over within 14 days, so it was canceled and never sent"), ""),
    "claimed": (_("Taken up by a worker"), ""),
    "read before sending": (_("Vendor state read: as you saw it"), ""),
    "moved meanwhile": (_("Vendor state read: not what you saw, so not sent"), "bad"),
    "no longer allowed": (_("The rules no longer allow it, so not sent"), "bad"),
    "not sent": (_("Did not leave us, queued again"), ""),
    "accepted": (_("Sent, once; the vendor accepted"), ""),
    "refused": (_("Sent, once; the vendor refused"), "bad"),
    "reading refused": (_("The vendor refused to be read, so not sent"), "bad"),
    "no clear answer": (_("Sent, once; no clear answer"), "unk"),
    "answered late": (_("The answer came after we had stopped waiting"), "unk"),
    "the worker ended": (_("The worker ended while sending; the outcome is unknown"), "unk"),
    "secret lost": (_("What it needs cannot be decrypted any more, so not sent"), "bad"),
    "answered, nothing to verify": (_("Answered as done; it was so before, so there was nothing to verify"), ""),
    "answered, not read back": (_("Done by the vendor’s answer; not read back"), ""),
    "cannot be read back": (_("The portal cannot read it back; a person decides"), "unk"),
    "seen": (_("Read back: applied"), ""),
    "read back, not seen": (_("Read back: not applied so far"), ""),
    "could not read back": (_("Could not read back"), ""),
    "not applied": (_("Read back for the last time: not applied"), "bad"),
    "never sent": (_("It was never sent"), "bad"),
    "cannot be told by reading": (_("Reading cannot tell; a person decides"), "unk"),
    "taken up by a person": (_("Taken up by a person"), "unk"),
    "decided by a person": (_("Decided by a person"), ""),
    # Of a bundle, besides those above.
    "stopped": (_("Stopped: a step did not succeed"), "bad"),
    "done": (_("All steps are done and seen"), ""),
    "done after all": (_("Its last step was done after all"), ""),
}


@dataclass(frozen=True)
class Step:
    """One step of the way: its words, and whether it is done, current or still open."""

    words: str
    place: str
    tone: str = ""
    icon: str = "check"


@register.simple_tag
def operation_state(operation: Operation, *, quiet: bool = False) -> SafeString:
    """
    Show where an operation is. Queued once more after a try that never left is said as such.

    Args:
        operation: the order.
        quiet: in a list, where a good or a wanted end needs no box.
    """
    if operation.state == State.QUEUED and operation.tries:
        return badge("idle", "rotate-cw", gettext("Not sent, queued again"), dashed=True)
    tone, icon_name, dashed = LOOKS[State(operation.state)]
    plain = quiet and operation.state in (State.SUCCEEDED, State.CANCELED)
    if operation.is_unseen:
        icon_name = "check"
    return badge(tone, icon_name, operation.standing, dashed=dashed, plain=plain)


@register.simple_tag
def bundle_state(bundle: Bundle, *, quiet: bool = False) -> SafeString:
    """Show where a bundle is; in a list a good or a wanted end needs no box."""
    tone, icon_name, dashed = BUNDLE_LOOKS[BundleState(bundle.state)]
    plain = quiet and bundle.state in (BundleState.DONE, BundleState.CANCELED)
    return badge(tone, icon_name, bundle.get_state_display(), dashed=dashed, plain=plain)


@register.simple_tag
def operation_title(operation: Operation) -> str:
    """Return what kind of change it is."""
    return display_of(operation).title


@register.simple_tag
def operation_summary(operation: Operation) -> str:
    """Return what was asked for, in one line."""
    return display_of(operation).summary


@register.filter
def as_json(value: Any, indent: int | None = None) -> str:
    """Write what was sent as it went over the line, or on lines of its own for whoever reads it."""
    written = json.dumps(value, ensure_ascii=False, indent=indent)
    return with_marks(written)


@register.filter
def with_marks(text: str) -> str:
    """Return JSON with the marks that reorder letters written out: with them a record would read as another one."""
    return TURNING.sub(lambda mark: f"\\u{ord(mark[0]):04x}", text)


@register.inclusion_tag("partials/steps.html")
def operation_steps(operation: Operation, *, second_person: bool = False, read_back: bool = True) -> dict[str, Any]:
    """
    Show the way of an order, from the preview to what was seen.

    Args:
        operation: the order.
        second_person: its kind needs an approval.
        read_back: its kind can be read back.
    """
    return {"steps": steps_of(operation, second_person=second_person, read_back=read_back)}


def steps_of(operation: Operation, *, second_person: bool, read_back: bool = True) -> list[Step]:
    """Return the steps of an operation: the done ones, the current one, those still ahead."""
    way = _way(second_person=second_person or operation.state == State.AWAITING_APPROVAL)
    if not read_back:
        way = way[:-1]
    for place, (_done, current, state) in enumerate(way):
        if state == operation.state:
            return [
                *(Step(done, "done") for done, _current, _state in way[:place]),
                Step(current, "current", icon=""),
                *(Step(done, "open") for done, _current, _state in way[place + 1 :]),
                Step(gettext("Seen applied") if read_back else gettext("Answered"), "open"),
            ]
    return [*_done_before(operation, way), *_end(operation)]


def _way(*, second_person: bool) -> list[tuple[str, str, State | None]]:
    """Return the steps in their order: the words once done, those while it is under way, the state it then has."""
    approval = (gettext("Approved"), gettext("Awaiting approval"), State.AWAITING_APPROVAL)
    return [
        (gettext("Previewed"), gettext("Preview"), State.PROPOSED),
        (gettext("Confirmed"), "", None),
        *([approval] if second_person else []),
        (gettext("Queued"), gettext("Queued"), State.QUEUED),
        (gettext("Sent once"), gettext("Sending"), State.SENDING),
        (gettext("Read back"), gettext("Reading back"), State.ACCEPTED),
    ]


def _done_before(operation: Operation, way: list[tuple[str, str, State | None]]) -> list[Step]:
    """An order that ended early skipped what would have followed, an unconfirmed one most of the way."""
    done = [words for words, _current, state in way if state != State.ACCEPTED or operation.after_read_at]
    if not operation.confirmed_at:
        done = done[:1]
    elif not operation.sent_at:
        done = done[:2]
    return [Step(words, "done") for words in done]


def _end(operation: Operation) -> list[Step]:
    tone, icon_name, _dashed = LOOKS[State(operation.state)]
    end = Step(operation.standing, "current", tone, icon_name)
    if operation.state == State.UNKNOWN:
        return [end, Step(gettext("Settled by reading, or by a person"), "open")]
    return [end, Step(gettext("Settled"), "open")] if operation.state == State.UNDECIDED else [end]


@register.inclusion_tag("partials/timeline.html")
def timeline(events: Sequence[Event | BundleEvent], next_reading: Any = None) -> dict[str, Any]:
    """
    Show what happened to an operation, oldest first.

    Args:
        events: its events.
        next_reading: when LINE WORKS is read next for it, if that is planned.
    """
    lines = []
    for event in events:
        words, tone = EVENTS.get(event.what, (event.what, ""))
        lines.append({"event": event, "words": words, "tone": tone})
    return {"lines": lines, "next_reading": next_reading}


@register.inclusion_tag("partials/order_field.html")
def order_field(field: BoundField) -> dict[str, Any]:
    """Show one field of an order in the form that fits it; a day as a grid where the window is short."""
    kind = field.widget_type
    first = last = None
    days: list[Day] = []
    if isinstance(field, BoundDay):
        first, last, days = field.field.first, field.field.last, field.days
        kind = "grid" if days else "long" if first else kind
    return {"field": field, "kind": kind, "first": first, "last": last, "days": days}


@register.inclusion_tag("partials/command_links.html")
def command_links(found: Mapping[str, Sequence[CommandLink]], place: str, item: str = "pd-menu-item") -> dict[str, Any]:
    """
    Show what can be asked for at a place of a page, and why the rest cannot.

    Args:
        found: all commands of the page, by place.
        place: the group, or the group and the ids of a row with spaces between them.
        item: the class of one of them.
    """
    return {"links": found.get(place, ()), "item": item}


@register.inclusion_tag("partials/row_commands.html")
def row_commands(found: Mapping[str, Sequence[CommandLink]], group: str, about: object) -> dict[str, Any]:
    """
    Show the menu of a row, if there is anything to ask for about it.

    Args:
        found: all commands of the page, by place.
        group: of the commands.
        about: the id of the row.
    """
    return {"links": found.get(f"{group} {about}", ()), "group": group, "about": about}
