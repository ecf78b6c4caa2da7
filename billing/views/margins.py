"""Page: the margin of each customer in a month."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from billing import margins
from billing.margins import Margin
from billing.models import InvoiceDetail
from billing.money import Money
from billing.months import billed_in, in_address, month_in, named_by, shifted, used_in
from billing.price_lists import VIEW_PURCHASE
from customers.models import sort_name_of
from portal.core.exports import Column, download, in_batches, wanted_format
from portal.core.htmx import PortalRequest
from portal.core.paging import ROWS, page_of


@dataclass(frozen=True)
class Line:
    """A customer's details of a month, with the margin; none where the month has no price list."""

    detail: InvoiceDetail
    margin: Margin


def _whole(amount: Money) -> int | str:
    """Return an amount as a file has it: a number, or as it came where it has decimals."""
    return int(amount) if amount == int(amount) else f"{Decimal(amount).normalize():f}"


EXPORTED = (
    Column[Line](_("Customer"), lambda line: line.detail.customer_name),
    Column[Line](_("Customer code"), lambda line: line.detail.customer_code),
    Column[Line](_("Domain ID"), lambda line: line.detail.domain_id),
    Column[Line](_("Sales"), lambda line: _whole(line.margin.sales)),
    Column[Line](_("Cost"), lambda line: _whole(line.margin.spent)),
    Column[Line](_("Margin"), lambda line: _whole(line.margin.margin)),
    Column[Line](_("Items without a price"), lambda line: line.margin.unpriced_items),
    Column[Line](_("Without a price"), lambda line: _whole(line.margin.unpriced)),
)


@require_safe
@permission_required(("billing.view_invoice", VIEW_PURCHASE), raise_exception=True)
def margin_list(request: PortalRequest) -> HttpResponseBase:
    """Show the margin of each customer in a month of use, the latest unless the address names one; or their file."""
    months = margins.months()
    asked = month_in(request.GET.get("month", ""))
    wanted = named_by(shifted(asked, 1)) if asked else None
    named = wanted if wanted in months else months[0] if months else None
    context: dict[str, Any] = {
        "months": [(used_in(each), in_address(used_in(each)), each == named) for each in months],
        "named": named,
        "not_there": request.GET.get("month", "") if named != wanted else "",
    }
    if named is None:
        return render(request, "billing/margin_list.html", context)
    in_order = (sort_name_of("domain_id", "customer_name"), "pk")
    details = InvoiceDetail.objects.current().filter(month=named).order_by(*in_order).defer("raw")
    if form := wanted_format(request):
        return download(f"margins-{in_address(used_in(named))}", form, EXPORTED, _lines_of(named, details.iterator()))
    page = page_of(request, details)
    context |= {
        "used": used_in(named),
        "month": in_address(billed_in(named)),
        "page": page,
        "lines": _lines(named, page),
        "total": margins.margin_of_month(named),
        "rows_choices": ROWS,
    }
    return render(request, "billing/margin_list.html", context)


def _lines_of(named: date, details: Iterable[InvoiceDetail]) -> Iterator[Line]:
    for batch in in_batches(details):
        yield from _lines(named, batch)


def _lines(named: date, details: Iterable[InvoiceDetail]) -> list[Line]:
    rows = list(details)
    found = margins.margins_of(named, [row.pk for row in rows])
    return [Line(row, found.get(row.pk) or Margin()) for row in rows]
