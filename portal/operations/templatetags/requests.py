"""Template tags for requests: state, progress, log. No query in any tag."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.forms import BoundField
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from portal.core.labels import listed
from portal.core.untrusted_text import TURNING
from portal.operations.command_forms import BoundDay
from portal.operations.commands import CommandLink
from portal.operations.display import display_of
from portal.operations.event_types import TONES, EventType
from portal.operations.models import Bundle, BundleEvent, Event, Operation
from portal.operations.priced import Estimate
from portal.operations.states import State
from portal.ui.templatetags.figures import yen, yen_more_or_less
from portal.ui.templatetags.ui import badge

register = template.Library()


@dataclass(frozen=True)
class Step:
    """One step of the way: its words, and whether it is done, current or still open."""

    words: str
    place: str
    tone: str = ""
    icon: str = "check"


@register.filter
def in_a_line(estimate: Estimate) -> str:
    """Return what something costs in one line."""
    if estimate.missing:
        return gettext("No estimate: no price for %(items)s") % {"items": listed(estimate.named_missing)}
    amount = yen_more_or_less(estimate.difference) if estimate.difference else yen(estimate.after)
    words = gettext("%(amount)s a year, estimated") if estimate.is_by_year else gettext("%(amount)s a month, estimated")
    return words % {"amount": amount}


@register.simple_tag
def request_state(request: Operation | Bundle, *, quiet: bool = False) -> SafeString:
    """
    Show where a request is, with one step or with several.

    Args:
        request: the request.
        quiet: in a list, where a good or a wanted end needs no box.
    """
    look = request.look
    plain = quiet and not look.is_dashed and look.tone in ("ok", "idle")
    return badge(look.tone, look.icon, str(look.words), dashed=look.is_dashed, plain=plain)


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
                Step(gettext("Completed"), "open"),
            ]
    return [*_done_before(operation, way), *_end(operation)]


def _way(*, second_person: bool) -> list[tuple[str, str, State | None]]:
    """Return the steps in their order: the words once done, those while it is under way, the state it then has."""
    approval = (gettext("Approved"), gettext("Awaiting approval"), State.AWAITING_APPROVAL)
    return [
        (gettext("Reviewed"), gettext("Review"), State.PROPOSED),
        (gettext("Submitted"), "", None),
        *([approval] if second_person else []),
        (gettext("Waiting to send"), gettext("Waiting to send"), State.QUEUED),
        (gettext("Sent"), gettext("Sending"), State.SENDING),
        (gettext("Verified in LINE WORKS"), gettext("Verifying"), State.ACCEPTED),
    ]


def _done_before(operation: Operation, way: list[tuple[str, str, State | None]]) -> list[Step]:
    """
    A request that ended early skipped what would have followed, an unconfirmed one most of the way.

    Where a check did not show the effect, nothing was verified.
    """
    done = [words for words, _current, state in way if state != State.ACCEPTED]
    if operation.after_read_at and len(done) < len(way):
        is_verified = operation.state == State.SUCCEEDED
        done.append(gettext("Verified in LINE WORKS") if is_verified else gettext("Checked in LINE WORKS"))
    if not operation.confirmed_at:
        done = done[:1]
    elif not operation.sent_at:
        done = done[:2]
    return [Step(words, "done") for words in done]


def _end(operation: Operation) -> list[Step]:
    look = operation.look
    end = Step(str(look.words), "current", look.tone, look.icon)
    if operation.state == State.UNKNOWN:
        return [end, Step(gettext("Result verified or recorded"), "open")]
    return [end, Step(gettext("Result recorded"), "open")] if operation.state == State.UNDECIDED else [end]


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
        # Another version may have recorded more.
        what = EventType(event.what) if event.what in EventType.values else None
        words, tone = (what.label, TONES.get(what, "")) if what else (event.what, "")
        lines.append({"event": event, "words": words, "tone": tone})
    return {"lines": lines, "next_reading": next_reading}


@register.inclusion_tag("partials/order_field.html")
def order_field(field: BoundField) -> dict[str, Any]:
    """Show one field of an order in the form that fits it; a day as a grid where the window is short."""
    kind = field.widget_type
    context: dict[str, Any] = {"field": field, "kind": kind}
    if isinstance(field, BoundDay):
        first, days, picks = field.field.first, field.days, field.field.picks
        value = str(field.value() or "")
        context |= {
            "kind": "grid" if days else "long" if first else kind,
            "first": first,
            "last": field.field.last,
            "days": days,
            "picks": picks,
            "value": value,
            "is_other": value not in {pick.date.isoformat() for pick in picks},
        }
    return context


@register.simple_block_tag(takes_context=True)
def command_entry(context: template.Context, content: str, link: CommandLink, classes: str) -> SafeString:
    """
    Lead to a command: a link to its form, or a button straight to the review where there is nothing to choose.

    Args:
        context: of the page, with the token of its forms.
        content: what it says.
        link: the command.
        classes: of the link or button.
    """
    if link.command.is_always_destructive:
        classes += " is-grave"
    if not link.is_direct:
        return format_html('<a class="{}" href="{}">{}</a>', classes, link.address, content)
    return format_html(
        '<form action="{}" method="post"><input type="hidden" name="csrfmiddlewaretoken" value="{}">'
        '<button type="submit" class="{}">{}</button></form>',
        link.address,
        context.get("csrf_token", ""),
        classes,
        content,
    )


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
    links = [link for link in found.get(f"{group} {about}", ()) if not link.is_read_only]
    return {"links": links, "group": group, "about": about}
