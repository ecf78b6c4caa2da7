"""Template tags for contracts, scheduled changes and progress."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext

from portal.core.catalogue import MONTHLY_PLANS
from portal.core.labels import SUBSCRIPTION_STATUSES, listed, word_for
from portal.ui.templatetags.times import ABSENT, day, days_left
from portal.ui.templatetags.ui import badge, icon, subscription_status

register = template.Library()

# Products that are themselves the name of their plan
SELF_EXPLAINING_PLANS = ("TRIAL", "FREE")
NOTHING = mark_safe("")
# Of the link of the first row, to which a skip link leads
FIRST = mark_safe('id="row-1" ')
# How the marker of a subscription's task looks; a type that nobody knows looks like a change.
TASK_LOOKS = {"CANCEL": "cancel", "START_PAID_SERVICE": "start"}
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
    return format_html("{} <i>{}</i>", product, word_for("short_plan", plan))


def contract_end(end: date | None, plan: str, today: date) -> SafeString:
    """Return the end of a contract in a list; a monthly one renews by itself, so its days are not counted down."""
    if end is None:
        return NOTHING
    left = (
        format_html("<span class=pd-days>{}</span>", gettext("Monthly"))
        if plan in MONTHLY_PLANS
        else days_left(end, today)
    )
    return format_html("{}{}", day(end, "table"), left)


def cell(head: str, value: SafeString | str) -> SafeString:
    """Return a cell with the head that a phone shows before it; without a value it needs none. The next one ends it."""
    return format_html('<td data-head="{}">{}', head, value) if value else mark_safe("<td>")


def standing(leaving: date | None, status: str) -> SafeString | str:
    """
    Return what has to be known of a customer before all else, behind its name in a list; nothing where all is well.

    Args:
        leaving: the day of its platform cancellation, if there is one.
        status: of the subscription that the list shows.
    """
    if leaving:
        return badge("bad", "log-out", gettext("Leaving"), plain=True)
    if status == "SUSPENDED_TRIALEND":
        return badge("warn", "timer", gettext("Trial ended"), plain=True)
    return NOTHING if status in SUBSCRIPTION_STATUSES else subscription_status(status)


@register.simple_tag
def renewal(code: str) -> SafeString | str:
    """Return what happens at contract end; a code we do not know is shown raw and dashed."""
    match code:
        case "":
            return ABSENT
        case "STAY":
            return word_for("renewal", code)
        case "CHANGE":
            return badge("accent", "calendar-sync", word_for("renewal", code), dashed=True)
        case "CANCEL":
            return badge("bad", "calendar-x", word_for("renewal", code), dashed=True)
        case _:
            return format_html('<span class="pd-badge is-idle is-open pd-mono">{}</span>', code)


def at_renewal(code: str, changes: str, *, end: date | None, leaving: date | None) -> SafeString | str:
    """
    Return what happens at contract end in the few words of a list, where ``renewal`` has room for more.

    Args:
        code: the renewal type; an empty one is none.
        changes: with what it renews where that is changed.
        end: of the contract.
        leaving: the day of the customer's platform cancellation, if there is one: nothing renews on it or later.
    """
    if leaving and (end is None or leaving <= end + timedelta(days=1)):
        return scheduled(gettext("Leaves"), leaving, "cancel")
    match code:
        case "STAY":
            return gettext("Unchanged")
        case "CHANGE":
            return format_html(
                "<span class=pd-sched>{}{}</span>", icon("calendar-sync"), changes or gettext("With changes")
            )
        case "CANCEL":
            return format_html("<span class=pd-t-bad>{}</span>", gettext("Does not renew"))
    return renewal(code)


def license_words(count: int | None) -> str:
    """Return a number of licenses with its unit; nothing for none."""
    return ngettext("%(count)s license", "%(count)s licenses", count) % {"count": f"{count:,}"} if count else ""


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
        '<span class="pd-sched{}">{}{} {}</span>' if extra else "<span class=pd-sched{}>{}{} {}</span>",
        extra,
        icon(SCHEDULED_ICONS[kind]),
        words,
        day(on, "marker"),
    )


def task_words(task: Any) -> str:
    """Return what is scheduled for a subscription, without its day."""
    return listed((word_for("reservation", task.type), _terms(task.product_id, task.plan, task.license_count)))


def renewal_terms(subscription: Any) -> str:
    """Say with what a subscription renews where that is changed; nothing where it stays or ends."""
    if subscription.renewal_type != "CHANGE":
        return ""
    return _terms(subscription.renewal_product_id, subscription.renewal_plan, subscription.renewal_license_count)


def renewal_changes(subscription: Any) -> str:
    """Return with what a subscription renews, as far as that is another plan, contract type or number of licenses."""
    product, plan, count = (
        subscription.renewal_product_id,
        subscription.renewal_plan,
        subscription.renewal_license_count,
    )
    return _terms(
        product if product != subscription.product_id else "",
        plan if plan != subscription.plan else "",
        count if count != subscription.license_count else None,
    )


def _terms(product_id: str, plan: str, count: int | None) -> str:
    """Name product, plan and licenses, as far as they are told."""
    product = word_for("product", product_id) if product_id else ""
    return listed((product, word_for("short_plan", plan) if plan else "", license_words(count)))


@register.simple_tag
def seats(users: int | None, licenses: int | None, most_users: int | None = None) -> SafeString:
    """
    Show how many users there are, of how many licenses; grey of the maximum where the plan counts no licenses.

    Args:
        users: None where it is not known, or does not belong to the plan.
        licenses: None for a plan that counts none.
        most_users: the maximum number of users; None is no maximum.
    """
    limit = most_users if licenses is None else licenses
    if limit is None:
        return NOTHING if users is None else format_html("<span class=pd-lic><b>{}</b></span>", f"{users:,}")
    if users is None:
        return format_html("<span class=pd-lic><b>–</b>/ {}</span>", f"{limit:,}")
    look, word = mark_safe("pd-lic"), ""
    if licenses is None:
        look, word = mark_safe('"pd-lic is-limit"'), gettext("max.")
    elif users >= licenses:
        look, word = mark_safe('"pd-lic is-full"'), gettext("full")
    return format_html(
        "<span class={}><b>{}</b>/ {}<meter max={} value={} aria-hidden=true></meter>{}</span>",
        look,
        f"{users:,}",
        f"{limit:,}",
        limit,
        users,
        word,
    )


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


@register.filter
def amount(of: Decimal | int | None) -> str:
    """Return an amount in a column headed by its currency; decimals, which yen don't have, as they came."""
    return "–" if of is None else _minus(_plain(of))


@register.filter
def yen(of: Decimal | int | None) -> str:
    """Return an amount of yen."""
    if of is None:
        return "–"
    words = gettext("¥%(amount)s") % {"amount": _plain(-of if of < 0 else of)}
    return f"−{words}" if of < 0 else words


@register.filter
def more_or_less(of: Decimal | int | None) -> str:
    """Return a difference in a column headed by its currency: its sign always stands before it."""
    return f"+{amount(of)}" if of is not None and of > 0 else amount(of)


@register.filter
def yen_more_or_less(of: Decimal | int | None) -> str:
    """Return a difference in yen: its sign always stands before it."""
    return f"+{yen(of)}" if of is not None and of > 0 else yen(of)


def _plain(of: Decimal | int) -> str:
    """Return a number with the marks of thousands, without decimals that are zero."""
    return f"{int(of):,}" if of == int(of) else f"{Decimal(of).normalize():,f}"


def _minus(words: str) -> str:
    return words.replace("-", "−")


@register.inclusion_tag("partials/progress.html")
def progress(done: int, of: int, label: str) -> dict[str, Any]:
    """Show how much of a whole is done, with a native <progress>."""
    return {"done": done, "of": of, "label": label}
