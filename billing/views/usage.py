"""Page: what a customer used in a month, day by day."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.decorators import permission_required
from django.db.models import Max, Min
from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from billing.models import CustomerUsage
from billing.months import in_address, month_in, shifted
from customers.exports import customer_columns
from customers.models import Customer
from portal.core.error_pages import NotThere
from portal.core.exports import Column, coded, download, wanted_format
from portal.core.htmx import PortalRequest
from portal.core.labels import listed, word_for
from portal.sync.models import Reading

VIEW = "billing.view_customerusage"
EXPORTED: tuple[Column[CustomerUsage], ...] = (
    *customer_columns(lambda row: row.customer),
    Column(_("Date"), lambda row: row.used_date),
    *coded(_("Plan group"), "product_group", lambda row: row.product_group_id),
    *coded(_("Plan"), "product", lambda row: row.product_id),
    *coded(_("Contract type"), "plan", lambda row: row.plan),
    *coded(_("Status"), "customer_status", lambda row: row.status),
    Column(_("Number of users"), lambda row: row.member_count),
    Column(_("Number of licenses"), lambda row: row.license_count),
    Column(_("Maximum number of users"), lambda row: row.member_limit),
)


@dataclass(frozen=True)
class ProductDays:
    """What was metered of one plan under one contract type, the earliest day first."""

    key: str
    name: str
    days: list[CustomerUsage]


@require_safe
@permission_required(VIEW, raise_exception=True)
def customer_usage(request: PortalRequest, domain_id: int, month: str) -> HttpResponseBase:
    """Show what was metered of a customer on each day of a month: plans and options; or return the plans as a file."""
    customer = Customer.objects.filter(pk=domain_id).first()
    if customer is None:
        words = _("Partnerdesk knows no customer with the domain ID %(number)s.") % {"number": domain_id}
        raise _not_there(words, title=_("No such customer"))
    first = month_in(month)
    if first is None:
        words = _("“%(month)s” is no month. An address of usage ends with a month such as 2026-11.") % {"month": month}
        raise _not_there(words, title=_("No such month"))
    rows = CustomerUsage.objects.of_customer(domain_id).current().filter(month=first)
    if form := wanted_format(request):
        exported = rows.select_related("customer").order_by("used_date", "product_id", "plan")
        return download(f"usage-{domain_id}-{in_address(first)}", form, EXPORTED, exported.iterator())
    span = CustomerUsage.objects.of_customer(domain_id).current().aggregate(first=Min("month"), last=Max("month"))
    return render(
        request,
        "billing/customer_usage.html",
        {
            "customer": customer,
            "first": first,
            "products": _by_product(rows),
            "options": customer.option_usages.current().filter(month=first).order_by("option_product_id", "used_date"),
            "earlier": shifted(first, -1) if span["first"] and span["first"] < first else None,
            "later": shifted(first, 1) if span["last"] and span["last"] > first else None,
            "read_at": Reading.objects.filter(domain_id=domain_id, resource="usages", period=in_address(first))
            .values_list("read_at", flat=True)
            .first(),
        },
    )


def _by_product(rows: Iterable[CustomerUsage]) -> list[ProductDays]:
    found: dict[tuple[str, str], list[CustomerUsage]] = {}
    for row in sorted(rows, key=lambda row: (row.product_id, row.plan, row.used_date)):
        found.setdefault((row.product_id, row.plan), []).append(row)
    return [
        ProductDays(f"{product}-{plan}", listed((word_for("product", product), word_for("short_plan", plan))), days)
        for (product, plan), days in found.items()
    ]


def _not_there(words: str, *, title: str | Promise) -> NotThere:
    return NotThere(words, (_("Show usage of all customers"), reverse("usage:list")), title=title)
