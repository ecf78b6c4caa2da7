"""The figures of the trade: members against licences, what is scheduled, how much is done."""

from datetime import date
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from portal.templatetags.desk import badge, icon
from portal.templatetags.times import ABSENT, day
from portal.words import word_for

register = template.Library()

BAR_WIDTH = 200
# Products that are themselves the name of their plan
SELF_EXPLAINING_PLANS = ("TRIAL", "FREE")
SCHEDULED_ICONS = {
    "start": "calendar-plus",
    "change": "calendar-clock",
    "cancel": "calendar-x",
    "fact": "check",
}


@register.simple_tag
def contract(product_id: str, plan: str) -> SafeString:
    """Name a contract in a list: the product, then the plan in the second voice unless the product says it."""
    if not product_id:
        return ABSENT
    product = word_for("product", product_id)
    if plan in SELF_EXPLAINING_PLANS or not plan:
        return format_html("{}", product)
    return format_html("{} <i>{}</i>", product, word_for("plan", plan))


@register.simple_tag
def renewal(code: str) -> SafeString | str:
    """Say what happens at contract end; a code we do not know is shown raw and dashed."""
    match code:
        case "":
            return ABSENT
        case "STAY":
            return gettext("Renews as it is")
        case "CHANGE":
            return badge("accent", "calendar-sync", gettext("Changes at renewal"), dashed=True)
        case "CANCEL":
            return badge("bad", "calendar-x", gettext("Ends at contract end"), dashed=True)
        case _:
            return format_html('<span class="pd-badge is-idle is-open pd-mono">{}</span>', code)


@register.simple_tag
def licences(members: int | None, count: int | None, limit: int | None = None, *, more: bool = False) -> SafeString:
    """
    Show members against licences in a list's row.

    Args:
        members: how many there are; none as a dash.
        count: licences, for plans that count them.
        limit: the user limit otherwise; it is no licence count, so its bar is grey. None is "no limit".
        more: licences are scheduled to be added, so the bar has a dashed tail.
    """
    if members is None:
        return ABSENT
    of = count if count is not None else limit
    if of is None:
        return format_html(
            '<span class="pd-lic is-limit"><b>{}</b><span></span><small>{}</small></span>',
            f"{members:,}",
            gettext("no limit"),
        )
    full = count is not None and members >= count
    classes = "pd-lic" + " is-limit" * (count is None) + " is-full" * full + " has-plan" * more
    word = gettext("full") if full else gettext("limit") if count is None else ""
    return format_html(
        '<span class="{}"><b>{}</b><span>/ {}</span><meter max="{}" value="{}" aria-hidden="true"></meter>{}</span>',
        classes,
        f"{members:,}",
        f"{of:,}",
        of,
        members,
        format_html("<small>{}</small>", word) if word else "",
    )


@register.simple_tag
def licence_bar(members: int, count: int, planned: int = 0) -> SafeString:
    """
    Draw the wide licence bar of a customer's page.

    Args:
        members: how many there are.
        count: licences now; at least 1.
        planned: licences that are scheduled to be added: a dashed tail.
    """
    whole = max(count + planned, members, 1)
    filled = round(members / whole * BAR_WIDTH, 1)
    now_wide = round(count / whole * BAR_WIDTH, 1)
    tail = (
        format_html(
            '<rect class="plan" x="{}" y="1.5" width="{}" height="5" rx="1"/>',
            now_wide + 1.5,
            round(max(BAR_WIDTH - now_wide - 2, 0), 1),
        )
        if planned
        else ""
    )
    return format_html(
        '<svg class="pd-lic-bar" viewBox="0 0 {w} 8" width="{w}" height="8" aria-hidden="true">'
        '<rect class="track" y="1.5" width="{now_wide}" height="5" rx="1"/>'
        '<rect class="{fill}" y="1.5" width="{filled}" height="5" rx="1"/>{tail}</svg>',
        w=BAR_WIDTH,
        now_wide=now_wide,
        fill="full" if members >= count else "fill",
        filled=filled,
        tail=tail,
    )


@register.simple_tag
def scheduled(words: str, on: date, kind: str = "change") -> SafeString:
    """
    Mark what is scheduled at the vendor.

    Args:
        words: what, for example "Standard, 20 licences".
        on: the day it applies.
        kind: start, change, cancel (red), or fact (solid: it was seen applied).
    """
    extra = {"cancel": " is-cancel", "fact": " is-fact"}.get(kind, "")
    return format_html(
        '<span class="pd-sched{}">{}{} {}</span>',
        extra,
        icon(SCHEDULED_ICONS[kind]),
        words,
        day(on, "marker"),
    )


@register.simple_tag
def scheduled_contract(product_id: str, count: int | None, on: date) -> SafeString:
    """Mark the subscription that starts next: its product, its licences if it counts them, the day."""
    product = word_for("product", product_id) if product_id else gettext("Pre-order")
    return scheduled(f"{product}, {count:,}" if count else product, on, "start")


@register.simple_tag
def ring(percent: int) -> SafeString:
    """Draw a part of a whole as a small ring, for the top bar."""
    return format_html(
        '<svg class="pd-ring" viewBox="0 0 16 16" aria-hidden="true">'
        '<circle class="track" cx="8" cy="8" r="6"/>'
        '<circle class="fill" cx="8" cy="8" r="6" pathLength="100" stroke-dasharray="{} 100" '
        'transform="rotate(-90 8 8)"/></svg>',
        percent,
    )


@register.inclusion_tag("partials/progress.html")
def progress(done: int, of: int, label: str) -> dict[str, Any]:
    """Show how much of a whole is done, with a native <progress>."""
    return {"done": done, "of": of, "label": label}
