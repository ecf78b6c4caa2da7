"""How the portal's own reading is shown: runs, and the use of the call budget. No query in any tag."""

from typing import Protocol

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.sync.models import SyncRun
from portal.templatetags.desk import badge

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


METER_WIDTH = 160
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
