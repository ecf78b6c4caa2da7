"""Template tags of billing. None makes a query."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import template
from django.forms import BoundField
from django.template import Context
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext, gettext_lazy, ngettext, pgettext

from billing.listing import plan_words
from billing.models import Invoice, InvoiceDetail, SettlementItem
from billing.month_changes import ItemChange, Period
from billing.months import billed_in, in_address, used_in
from billing.rules.prices import Price
from billing.rules.sales import PRICED
from billing.statements import TaxOfRate
from billing.subtotals import Subtotal, Totals
from portal.core.labels import PAYMENTS, listed, word_for
from portal.operations.priced import Per, period_words
from portal.ui.templatetags.figures import SELF_EXPLAINING_PLANS, amount, more_or_less, yen
from portal.ui.templatetags.times import ABSENT
from portal.ui.templatetags.ui import badge

register = template.Library()

# status → tone, icon; what is not listed is plain text
# Which column of the list has which total
TOTALED = {
    "plans": "plans_amount",
    "options": "options_amount",
    "adjustment": "adjustment_amount",
    "option_plus": "option_plus_amount",
    "penalty": "penalty_amount",
    "spent": "stated_amount",
    "growth": "grown_by",
}
_PAYMENT_LOOKS = {"UNPAID": ("warn", "clock-alert"), "PAID": ("ok", "check")}


@register.simple_tag
def payment(status: str, *, plain: bool = True) -> SafeString | str:
    """Show how an invoice stands; a code that nobody knows is shown raw and dashed."""
    if not status:
        return ABSENT
    words = word_for("payment", status)
    if status in _PAYMENT_LOOKS:
        tone, icon_name = _PAYMENT_LOOKS[status]
        return badge(tone, icon_name, words, plain=plain)
    return words if status in PAYMENTS else badge("idle", "circle-question-mark", words, dashed=True)


@register.simple_tag(takes_context=True)
def detail_totals(context: Context) -> SafeString:
    """Show the row of totals below a month's details: of all customers, or of those that the filter finds."""
    totals: Totals = context["totals"]
    count = totals.customers
    words = ngettext("%(count)s customer", "All %(count)s customers", count)
    if context["is_filtered"]:
        words = ngettext("%(count)s customer found", "%(count)s customers found", count)
    cells = [format_html("<th scope=row>{}</th>", words % {"count": f"{count:,}"})]
    for column in context["columns"][1:]:
        name = TOTALED.get(column.key)
        if name is None:
            cells.append(mark_safe("<td></td>"))
            continue
        form = more_or_less if column.key == "growth" else amount
        cells.append(format_html('<td class=num data-head="{}">{}</td>', column.label, form(totals.amounts[name])))
    return mark_safe("".join(cells))  # noqa: S308  each cell is safe


@register.simple_tag
def item_type(code: str) -> str:
    """Say an item type in words; a code that nobody knows as it is."""
    return word_for("item_type", code) if code else gettext("No item type")


@register.simple_tag
def item_words(part: Subtotal | ItemChange) -> str:
    """Say what a subtotal is about: plan or option, its size, and how it is paid unless that is said already."""
    return listed(
        (
            word_for("item", part.item_id) if part.item_id else gettext("Nothing stated"),
            word_for("sub_option", part.sub_item_id) if part.sub_item_id else "",
            "" if part.plan in ("", *SELF_EXPLAINING_PLANS) else word_for("short_plan", part.plan),
        )
    )


@register.simple_tag
def change_badge(change: ItemChange) -> SafeString:
    """Say whether an item is new, gone or changed since the month before."""
    if change.before is None:
        return badge("accent", "plus", pgettext("an item", "New"), plain=True)
    if change.after is None:
        return badge("idle", "circle-minus", pgettext("an item", "Gone"), plain=True)
    return badge("idle", "arrow-right", pgettext("an item", "Changed"), plain=True)


_COUNTED = {
    Per.LICENSE: gettext_lazy("Licenses: %(numbers)s"),
    Per.USER: gettext_lazy("Users: %(numbers)s"),
    Per.CONTRACT: gettext_lazy("Quantity: %(numbers)s"),
}


@register.simple_tag
def numbers_of(change: ItemChange) -> SafeString | str:
    """Say how many an item states in the month before and in this one: ``Licenses: 10, 15 → 15``."""
    sides = [", ".join(f"{number:,}" for number in items.numbers) for items in change.sides]
    if not any(sides):
        return ABSENT
    numbers = sides[0] if len(set(sides)) == 1 else " → ".join(side or "–" for side in sides)
    return _COUNTED[change.sides[0].per] % {"numbers": numbers}


@register.simple_tag
def periods_of(change: ItemChange, used_before: date, used: date) -> SafeString:
    """Return how many on which days, where a month has several numbers: ``September: 27 (1–14), 36 (15–30)``."""
    lines = [
        (_in_month(month, items.periods),)
        for items, month in ((change.before, used_before), (change.after, used))
        if items and len(items.periods) > 1
    ]
    return format_html_join("", '<span class="pd-sub">{}</span>', lines)


def _in_month(month: date, periods: Sequence[Period]) -> str:
    numbers = gettext(", ").join(_period(*each) for each in periods)
    return gettext("%(month)s: %(numbers)s") % {"month": date_format(month, "F"), "numbers": numbers}


def _period(number: int, first: date, last: date) -> str:
    if first == last:
        return gettext("%(number)s (%(day)s)") % {"number": f"{number:,}", "day": first.day}
    days = {"first": first.day, "last": last.day}
    return gettext("%(number)s (%(first)s–%(last)s)") % {"number": f"{number:,}", **days}


@register.simple_tag
def settled(item: SettlementItem) -> str:
    """Say what a settlement item is about: plan or option, and its size."""
    size = word_for("sub_option", item.sub_item_id) if item.sub_item_id else ""
    return listed((word_for("item", item.item_id), size))


@register.simple_tag
def billed_words(item: SettlementItem) -> str:
    """Say what a line of a statement is for: a plan or an option by its name, anything else by its item type first."""
    if item.item_type in PRICED:
        return settled(item)
    return listed((item_type(item.item_type), word_for("item", item.item_id) if item.item_id else ""))


@register.filter
def counted_words(counted: tuple[int, Per] | None) -> SafeString | str:
    """Return how many a line of a statement is for, and of what: ``107 licenses``."""
    if counted is None:
        return ABSENT
    count, per = counted
    words = {
        Per.LICENSE: ngettext("%(count)s license", "%(count)s licenses", count),
        Per.USER: ngettext("%(count)s user", "%(count)s users", count),
        Per.CONTRACT: ngettext("%(count)s contract", "%(count)s contracts", count),
    }[per]
    return words % {"count": f"{count:,}"}


@register.filter
def price_words(price: Price | None) -> SafeString | str:
    """Return an own price with its period: ``450 / month``."""
    if price is None or price.sale is None:
        return ABSENT
    return gettext("%(yen)s / %(period)s") % {"yen": f"{price.sale:,}", "period": period_words(price.period)}


@register.filter
def rate_words(rate: int) -> str:
    """Return a tax rate in words."""
    return f"{rate} %" if rate else gettext("Not taxed")


@register.filter
def tax_words(tax: TaxOfRate) -> str:
    """Return what the tax of a rate is on, or that there is none."""
    if not tax.rate:
        return gettext("Not taxed: %(base)s") % {"base": yen(tax.base)}
    return gettext("Tax %(rate)s %% of %(base)s") % {"rate": tax.rate, "base": yen(tax.base)}


@register.simple_tag
def customer_status(code: str) -> SafeString | str:
    """Say a customer's status in words; a code that nobody knows as it is."""
    return word_for("customer_status", code) if code else ABSENT


@register.simple_tag
def detail_plan(detail: InvoiceDetail) -> SafeString | str:
    """Say the plan of a customer's details, and how it is paid."""
    return plan_words(detail) or ABSENT


@register.filter
def bill_address(named: date) -> str:
    """Return how the bill of a month is written in an address, by the month as LINE WORKS names it."""
    return in_address(billed_in(named))


@register.filter
def used_month(named: date) -> date:
    """Return the month of use, by the month as LINE WORKS names it."""
    return used_in(named)


@register.simple_tag
def bill_words(invoice: Invoice | None, used: date) -> str:
    """Say which usage an invoice bills, its number and when it was issued."""
    words = [gettext("Usage of %(month)s") % {"month": date_format(used, "YEAR_MONTH_FORMAT")}]
    if invoice:
        words.append(gettext("no. %(number)s") % {"number": invoice.invoice_no})
        if invoice.issued_at:
            issued = date_format(localtime(invoice.issued_at), "DATETIME_FORMAT")
            words.append(gettext("issued %(moment)s") % {"moment": issued})
    return listed(words)


@register.simple_tag
def detail_words(detail: InvoiceDetail, used: date) -> str:
    """Say which usage a customer's details bill, and who the customer is."""
    month = gettext("Usage of %(month)s") % {"month": date_format(used, "YEAR_MONTH_FORMAT")}
    return listed((month, detail.customer_code, detail.domain))


@register.simple_tag
def option_used(usage: Any) -> str:
    """Say an option and its size, of a day's option usage."""
    return listed((word_for("option", usage.option_product_id), word_for("sub_option", usage.sub_option_id)))


@register.simple_tag
def account_field(field: BoundField, row: str) -> SafeString:
    """Show a field of a table, named by its column and its row; in red with a word where it is wrong."""
    attributes: dict[str, str | bool] = {"aria-label": f"{row}: {field.label}", "lang": "ja", "autocomplete": "off"}
    if field.errors:
        attributes |= {"aria-invalid": "true"}
    return field.as_widget(attrs=attributes)
