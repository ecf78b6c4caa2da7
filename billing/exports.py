"""The columns of billing's files: invoices, the details of a month by customer, and all its settlement items."""

from collections.abc import Iterator
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from billing.models import Invoice, InvoiceDetail, InvoiceDetailQuerySet, SettlementItem
from billing.money import plain
from portal.core.exports import AT_ONCE, Column, coded


def money(label: str | Promise, column: str, of: str = "") -> Column[Any]:
    """Return a column of an amount, in yen."""
    return Column(label, lambda row: plain(getattr(row, column)), of)


INVOICES: tuple[Column[Invoice], ...] = (
    Column(_("Invoice number"), lambda row: row.invoice_no),
    Column(_("Year (as listed)"), lambda row: row.year),
    Column(_("Year (as stated)"), lambda row: row.invoice_year),
    Column(_("Month (as stated)"), lambda row: row.invoice_month),
    Column(_("Month of use"), lambda row: row.used),
    Column(_("Month of the bill"), lambda row: row.billed),
    Column(_("Partner"), lambda row: row.partner_name),
    money(_("Amount due"), "total_amount"),
    money(_("Amount spent"), "used_amount"),
    money(_("Tax rate (%)"), "tax_rate"),
    money(_("Tax"), "used_tax_amount"),
    money(_("Option Plus"), "option_plus_amount"),
    money(_("Tax on Option Plus"), "option_plus_tax_amount"),
    money(_("Penalty charges"), "penalty_amount"),
    *coded(_("Payment status"), "payment", lambda row: row.payment_status),
    Column(_("Issued on"), lambda row: row.issued_at),
    Column(_("Paid on"), lambda row: row.paid_at),
)

# Of a customer as the invoice has it
_CUSTOMER: tuple[Column[InvoiceDetail], ...] = (
    Column(_("Customer"), lambda row: row.customer_name, "name"),
    Column(_("Domain or group name"), lambda row: row.domain, "name"),
    Column(_("Domain ID"), lambda row: row.domain_id, "name"),
    Column(_("Customer code"), lambda row: row.customer_code, "code"),
)
# Rows of `billing.listing.details_of`, which adds columns that the model does not declare
DETAILS: tuple[Column[Any], ...] = (
    *_CUSTOMER,
    Column(_("Month"), lambda row: row.month),
    *coded(_("Plan"), "product", lambda row: row.lead_item, "plan"),
    *coded(_("Contract type"), "plan", lambda row: row.lead_plan, "plan"),
    Column(_("Number of users"), lambda row: row.lead_users, "users"),
    money(_("Plans"), "plans_amount", "plans"),
    money(_("Options"), "options_amount", "options"),
    money(_("Adjustments"), "adjustment_amount", "adjustment"),
    money(_("Option Plus"), "option_plus_amount", "option_plus"),
    money(_("Penalty charges"), "penalty_amount", "penalty"),
    money(_("Other items"), "other_amount"),
    money(_("Amount spent (as stated)"), "stated_amount", "spent"),
    money(_("Sum of plans, options and adjustments"), "summed"),
    money(_("Amount spent in the month before"), "spent_before", "growth"),
    money(_("Difference from the month before"), "grown_by", "growth"),
    Column(_("Settlement items"), lambda row: row.item_count),
    Column(_("Items with unusual amounts"), lambda row: row.odd_items),
)


def item_kind(item: SettlementItem) -> str:
    """Return the vocabulary in which an item's id is a code."""
    return "option" if item.item_type == "OPTION_PRODUCT" else "product"


ITEMS: tuple[Column[SettlementItem], ...] = (
    *(
        Column[SettlementItem](column.label, lambda row, value=column.value: value(row.detail))  # type: ignore[misc]
        for column in _CUSTOMER
    ),
    Column(_("Month"), lambda row: row.detail.month),
    Column(_("Item number"), lambda row: row.place + 1),
    *coded(_("Item type"), "item_type", lambda row: row.item_type),
    Column(_("Subscription ID"), lambda row: row.subscription_id),
    Column(_("Start date"), lambda row: row.start_date),
    Column(_("End date"), lambda row: row.end_date),
    *coded(_("Item"), "item", lambda row: row.item_id),
    *coded(_("Sub option"), "sub_option", lambda row: row.sub_item_id),
    *coded(_("Contract type"), "plan", lambda row: row.plan),
    Column(_("Number of licenses"), lambda row: row.license_count),
    Column(_("Number of users"), lambda row: row.member_count),
    Column(_("Quantity"), lambda row: row.quantity),
    *coded(_("Status"), "customer_status", lambda row: row.status),
    money(_("Amount"), "amount"),
    Column(_("Further fields (as received)"), lambda row: row.further_words),
)


def items_of(details: InvoiceDetailQuerySet) -> Iterator[SettlementItem]:
    """Return all settlement items of details, by the customers' numbers; memory does not grow with them."""
    items = SettlementItem.objects.current().filter(detail__in=details.order_by().values("pk")).select_related("detail")
    return items.order_by("detail__domain_id", "place").defer("detail__raw").iterator(AT_ONCE)
