"""Template tags for contracts, scheduled changes and progress."""

from datetime import date
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from portal.core.labels import listed, word_for
from portal.ui.templatetags.times import ABSENT, day
from portal.ui.templatetags.ui import badge, icon

register = template.Library()

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
    """Return what happens at contract end; a code we do not know is shown raw and dashed."""
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
def scheduled(words: str, on: date, kind: str = "change") -> SafeString:
    """
    Mark what is scheduled at LINE WORKS.

    Args:
        words: what, for example "Standard, 20 licenses".
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
def scheduled_task(task: Any) -> SafeString:
    """Mark the one task that is scheduled for a subscription: what happens, to what, and when."""
    kind = {"CANCEL": "cancel", "START_PAID_SERVICE": "start"}.get(task.type, "change")
    return scheduled(task_words(task), task.apply_date, kind)


@register.simple_tag
def task_words(task: Any) -> str:
    """Return what is scheduled for a subscription, without its day."""
    return listed((word_for("reservation", task.type), _terms(task.product_id, task.plan, task.license_count)))


@register.simple_tag
def renewal_terms(subscription: Any) -> str:
    """Say with what a subscription renews where that is changed; nothing where it stays or ends."""
    if subscription.renewal_type != "CHANGE":
        return ""
    return _terms(subscription.renewal_product_id, subscription.renewal_plan, subscription.renewal_license_count)


def _terms(product_id: str, plan: str, count: int | None) -> str:
    """Name product, plan and licenses, as far as they are told."""
    licenses = ngettext("%(count)s license", "%(count)s licenses", count) % {"count": f"{count:,}"} if count else ""
    return listed(
        (word_for("product", product_id) if product_id else "", word_for("plan", plan) if plan else "", licenses)
    )


@register.simple_tag
def scheduled_contract(product_id: str, count: int | None, on: date) -> SafeString:
    """Mark the subscription that starts next: its product, its licenses if it counts them, the day."""
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
