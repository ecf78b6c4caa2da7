"""Template tags for runs and the use of the rate limiter. No query in any tag."""

from datetime import datetime, timedelta
from typing import Protocol

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from portal.core.clock import now
from portal.sync.freshness import BOUND, Age
from portal.sync.history import resource_title
from portal.sync.models import DetectedChange, SyncRun
from portal.ui.templatetags.figures import NOTHING
from portal.ui.templatetags.times import ABSENT, age_in_words
from portal.ui.templatetags.ui import badge, icon

register = template.Library()


class CallUse(Protocol):
    """Calls of one operation within the present window."""

    @property
    def people(self) -> int: ...

    @property
    def sweep(self) -> int: ...

    @property
    def others(self) -> int: ...

    @property
    def limit(self) -> int: ...


METER_WIDTH = 120
# cause → tone, icon, whether boxed: only what nobody here explains asks for attention
CAUSE_LOOKS: dict[str, tuple[str, str, bool]] = {
    DetectedChange.Cause.FIRST: ("idle", "history", False),
    DetectedChange.Cause.OPERATION: ("ok", "check-check", False),
    DetectedChange.Cause.DUE: ("idle", "calendar-check", False),
    DetectedChange.Cause.USE: ("idle", "refresh-cw", False),
    DetectedChange.Cause.OUTSIDE: ("idle", "git-compare-arrows", True),
}
# state → tone, icon
RUN_LOOKS = {
    SyncRun.State.RUNNING: ("accent", "refresh-cw"),
    SyncRun.State.WHOLE: ("ok", "check"),
    SyncRun.State.INCOMPLETE: ("warn", "triangle-alert"),
    SyncRun.State.STOPPED: ("idle", "circle-stop"),
}


@register.simple_tag
def run_state(run: SyncRun) -> SafeString:
    """Show how a run ended, or that it has not yet."""
    tone, icon_name = RUN_LOOKS[SyncRun.State(run.state)]
    return badge(
        tone,
        icon_name,
        run.get_state_display(),
        dashed=run.is_running,
        plain=run.state == SyncRun.State.WHOLE,
    )


@register.simple_tag
def call_meter(use: CallUse) -> SafeString:
    """Draw how the present window of an operation is used; the mark is at half, where sweeps end."""
    parts, at = [], 0.0
    for name, calls in (("people", use.people), ("sweep", use.sweep), ("others", use.others)):
        wide = min(calls / use.limit * METER_WIDTH, METER_WIDTH - at)
        if wide > 0:
            parts.append(
                format_html('<rect class="{}" x="{}" width="{}" height="10"/>', name, round(at, 1), round(wide, 1))
            )
        at += wide
    return format_html(
        '<svg class="pd-meter" viewBox="0 0 {w} 10" width="{w}" height="10" aria-hidden="true">'
        '<rect class="track" width="{w}" height="10" rx="2"/>{parts}<path class="half" d="M{half} -2 v14"/></svg>',
        w=METER_WIDTH,
        parts=SafeString("".join(parts)),
        half=METER_WIDTH // 2,
    )


@register.simple_tag
def age_bar(percent: int) -> SafeString:
    """Draw an age as a part of its bound."""
    return format_html(
        '<svg class="pd-age-bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" width="100" height="4"/><rect class="fill" width="{}" height="4"/></svg>',
        percent,
    )


@register.simple_tag
def count_or_dash(count: int) -> SafeString | str:
    """Write a count; none at all is quiet."""
    return intcomma(count) if count else ABSENT


@register.simple_tag
def resource_words(name: str) -> str:
    """Return what people call a resource."""
    return resource_title(name)


@register.simple_tag
def cause(observation: DetectedChange) -> SafeString:
    """Show what explains a change."""
    tone, icon_name, boxed = CAUSE_LOOKS.get(observation.cause, ("idle", "history", True))
    return badge(tone, icon_name, observation.get_cause_display(), plain=not boxed)


@register.simple_tag
def freshness(read: Age | datetime | None, bound: timedelta = BOUND, lead: str = "") -> SafeString:
    """
    Show how old a figure is: grey, past the bound amber with an icon; the moment of the read is its title.

    Args:
        read: the age of a resource, which knows its bound, or when something was read; none is "never read".
        bound: the age that is still fresh.
        lead: a word before the age, for example "read back".
    """
    read_at, bound = (read.read_at, read.bound) if isinstance(read, Age) else (read, bound)
    if read_at is None:
        return format_html('<span class="pd-fresh is-past">{}{}</span>', icon("clock-alert"), gettext("Not synced yet"))
    past = now() - read_at > bound
    return format_html(
        '<span class="pd-fresh{}">{}{}{}</span>',
        " is-past" * past,
        icon("clock-alert") if past else "",
        f"{lead} " if lead else "",
        _age(read_at, bound),
    )


@register.simple_tag
def list_age(read_at: datetime | None, bound: timedelta = BOUND) -> SafeString:
    """Show an age in a list's row: the words, past the bound with the icon; no more, for a row may cost 540 bytes."""
    if read_at is None:
        return freshness(None)
    age = now() - read_at
    if age > bound:
        return format_html('<span class="pd-fresh is-past">{}{}</span>', icon("clock-alert"), age_in_words(age))
    return format_html("{}", age_in_words(age))


def late_age(read_at: datetime | None, bound: timedelta = BOUND) -> SafeString:
    """Show the age of what is read late or was never read, for the row of a list; nothing while it is in time."""
    return NOTHING if read_at and now() - read_at <= bound else list_age(read_at, bound)


def _age(read_at: datetime, bound: timedelta) -> SafeString:
    local = timezone.localtime(read_at)
    return format_html(
        '<time class="pd-age" datetime="{}" data-bound="{}" title="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        int(bound.total_seconds()),
        date_format(local, "DATETIME_FORMAT"),
        age_in_words(now() - read_at),
    )
