"""The list of a month's invoice details, by customer: its columns and files. No cell makes a query."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from billing.exports import DETAILS
from billing.filters import DEFAULT_SORT, SORTS, DetailFilter, ordered, with_growth
from billing.models import InvoiceDetail, InvoiceDetailQuerySet
from billing.money import Money
from billing.months import billed_in, in_address
from portal.core.labels import listed, word_for
from portal.lists.listing import Around, Column, Listing, Words, figures, row_head
from portal.ui.templatetags.figures import NOTHING, SELF_EXPLAINING_PLANS, amount, more_or_less
from portal.ui.templatetags.ui import badge


@dataclass(frozen=True, eq=False)
class MonthListing(Listing[InvoiceDetail]):
    """The list of one month; it stands on the page of the month's invoice."""

    named: date = date.min

    @property
    def address(self) -> str:
        """The address of the page."""
        return reverse("billing:invoice", args=[in_address(billed_in(self.named))])

    @property
    def show_all_address(self) -> str:
        """The address without filters."""
        return self.address


def details_of(named: date) -> InvoiceDetailQuerySet:
    """Return a month's details with their sums and what has changed since the month before."""
    return with_growth(InvoiceDetail.objects.current().filter(month=named).with_sums().defer("raw"))


def listing_of(named: date) -> MonthListing:
    """Return the list of a month, by the name that LINE WORKS has for it."""
    return replace(_LISTING, rows=partial(details_of, named), named=named)


def _customer(detail: InvoiceDetail, around: Around) -> SafeString:
    address = reverse("billing:detail", args=[in_address(billed_in(detail.month)), detail.domain_id])
    return row_head(around, address, detail.name, _flags(detail))


def _flags(detail: InvoiceDetail) -> SafeString:
    """Return what is wrong with a customer's items, if anything is."""
    if detail.odd_items or not detail.item_count:
        words = gettext("Check amounts") if detail.item_count else gettext("No items")
        return badge("warn", "triangle-alert", words, plain=True)
    if detail.differs_by:
        return badge("warn", "triangle-alert", gettext("Sum differs"), plain=True)
    return NOTHING


def plan_words(detail: InvoiceDetail) -> str:
    """Return the plan of a customer's first product, and how it is paid unless the plan says so."""
    if not detail.lead_item:
        return ""
    plan = word_for("product", detail.lead_item)
    if detail.lead_plan in ("", *SELF_EXPLAINING_PLANS):
        return plan
    return listed((plan, word_for("short_plan", detail.lead_plan)))


def _text(key: str, label: Any, value: Callable[[InvoiceDetail], str], *, is_extra: bool = False) -> Column[Any]:
    def cell(detail: InvoiceDetail, _around: Around) -> SafeString:
        return format_html('<td class={} data-head="{}"><bdi>{}</bdi>', key, label, value(detail))

    return Column(key, label, cell, is_extra=is_extra)


def _money(
    key: str, label: Any, column: str, *, form: Callable[[Money | None], str] = amount, is_extra: bool = False
) -> Column[Any]:
    return figures(key, label, lambda detail, _around: form(getattr(detail, column)), is_extra=is_extra)


def _check(detail: InvoiceDetail, around: Around) -> SafeString:
    mark = around.found.get(detail.domain_id, NOTHING)
    return format_html('<td class=check data-head="{}">{}', gettext("Check result"), mark)


# Shown where the month has been checked: the cells are what the page found out, by the number of the customer.
CHECK = Column("check", _("Check result"), _check)
_LISTING = MonthListing(
    name="invoice",
    permission="billing.view_invoice",
    template="billing/invoice_detail.html",
    words=Words(
        title=_("Invoice"),
        section=_("Invoice details by customer"),
        table=_("Invoice details by customer"),
        placeholder=_("Customer: name, domain, ID or code"),
        no_match=_("No customers match these filters."),
        show_all=_("Show all customers"),
        nothing_yet=_("LINE WORKS lists no details of this month yet."),
    ),
    icon="receipt-japanese-yen",
    table_class="pd-inv is-stacked",
    filters=DetailFilter,
    rows=InvoiceDetail.objects.none,
    ordered=ordered,
    sorts=SORTS,
    default_sort=DEFAULT_SORT,
    columns=(
        Column("name", _("Customer"), _customer, is_fixed=True),
        _text("code", pgettext_lazy("short", "Customer code"), lambda detail: detail.customer_code),
        _text("plan", _("Plan"), plan_words),
        figures("users", _("Users"), lambda detail, _around: amount(detail.lead_users)),
        _money("plans", _("Plans ¥"), "plans_amount"),
        _money("options", _("Options ¥"), "options_amount"),
        _money("adjustment", _("Adjust. ¥"), "adjustment_amount"),
        _money("option_plus", _("Option Plus ¥"), "option_plus_amount", is_extra=True),
        _money("penalty", _("Penalty ¥"), "penalty_amount"),
        _money("spent", _("Spent ¥"), "stated_amount"),
        _money("growth", _("Change ¥"), "grown_by", form=more_or_less),
    ),
    exported=DETAILS,
    picked=lambda detail: (detail.pk, detail),
)
