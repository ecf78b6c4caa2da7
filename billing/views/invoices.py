"""Pages: the partner's invoices by year, and one with its details by customer."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from billing import charts, invoices
from billing.checking.marks import check_of, marks_of
from billing.checking.presentation import in_short
from billing.exports import INVOICES, ITEMS, items_of
from billing.listing import CHECK, MonthListing, details_of, listing_of
from billing.models import Invoice
from billing.months import billed_in, in_address, month_in, named_by, shifted, used_in
from billing.subtotals import comparison, growth_of, subtotals_of, totals_of, totals_of_months
from portal.core.clock import business_today
from portal.core.error_pages import NotThere
from portal.core.exports import AT_ONCE, download, wanted_format
from portal.core.htmx import PortalRequest, is_swap, template_for
from portal.core.paging import ROWS, page_of, parse_id, sort_of
from portal.sync.models import Reading

VIEW = "billing.view_invoice"
MONTHS_OF_LIST, MONTHS_OF_PAGE = 24, 12
# As many customers as one page holds for the printer
PRINTED = 5_000


# What a list of months of all years shows: its name in files, title, what it says when there is none, and the invoices.
_ONLY: dict[str, tuple[str, Any, Any, Callable[[], list[Invoice]]]] = {
    "unpaid": ("invoices-unpaid", _("Unpaid invoices"), _("All invoices are paid."), invoices.unpaid),
    "not_signed_off": (
        "invoices-not-signed-off",
        _("Months not signed off"),
        _("All months that can be checked are signed off."),
        invoices.not_signed_off,
    ),
}


@require_safe
@permission_required(VIEW, raise_exception=True)
def invoice_list(request: PortalRequest) -> HttpResponseBase:
    """Show the invoices of a year, by default the latest, or those of all years that wait; or return them as a file."""
    years = invoices.years()
    asked = parse_id(request.GET.get("year", ""))
    year = asked if asked in years else years[0] if years else business_today().year
    only = _only(request)
    name, title, none, wanted = _ONLY.get(only, ("", "", "", None))
    found = wanted() if wanted else None
    if form := wanted_format(request):
        of_year = Invoice.objects.current().filter(year=year)
        rows = of_year.iterator() if found is None else found
        return download(name or f"invoices-{year}", form, INVOICES, rows)
    waiting = found if found is not None and only == "not_signed_off" else invoices.not_signed_off()
    months = invoices.months_of(year) if found is None else invoices.a_month_each(found)
    return render(
        request,
        "billing/invoice_list.html",
        {
            "year": year,
            "years": years,
            "missing_year": asked is not None and asked not in years,
            "only": only,
            "title": title,
            "none": none,
            "months": invoices.with_standing(months, waiting),
            "stated": [charts.Stated(invoice) for invoice in invoices.latest(MONTHS_OF_LIST)],
            "read_at": read_at("invoices", f"{year:04}"),
        },
    )


def _only(request: PortalRequest) -> str:
    """Return which months of all years are asked for; nothing where the months of one year are."""
    if request.GET.get("payment") == invoices.UNPAID:
        return "unpaid"
    return "not_signed_off" if request.GET.get("sign_off") == invoices.NOT_SIGNED_OFF else ""


@require_safe
@permission_required(VIEW, raise_exception=True)
@vary_on_headers("HX-Request")
def invoice_detail(request: PortalRequest, month: str) -> HttpResponseBase:
    """Show one month's invoice with its details by customer, only the list to a swap; or return the list as a file."""
    named = named_month(month)
    around = invoices.around(named)
    listing = listing_of(named)
    if form := wanted_format(request):
        return _file(request, listing, form)
    found = listing.filters(request.GET, queryset=listing.rows(), request=request)
    totals = totals_of(found.qs)
    if not around.invoices and not (totals.customers or listing.rows().exists()):
        raise no_invoice(named)
    sort = sort_of(request, listing.sorts, listing.default_sort)
    check = check_of(used_in(named))
    context: dict[str, Any] = {
        "check": check,
        "listing": listing,
        "filter": found,
        "columns": [*listing.shown(request.GET), *([CHECK] if check else [])],
        "chosen_columns": "columns" in request.GET,
        "page": (page := page_of(request, listing.ordered(found.qs, sort), total=totals.customers, most=PRINTED)),
        "lines": (lines := list(page)),
        "marks": marks_of(check, lines),
        "totals": totals,
        "sort": sort,
        "today": business_today(),
        "rows_choices": ROWS,
        "is_filtered": found.form.is_valid() and any(found.form.cleaned_data.values()),
        "named": named,
        "month": month,
    }
    if not is_swap(request):
        context |= (
            _whole_page(around, named)
            | in_short(used_in(named), check)
            | {
                "all": totals_of(details_of(named)) if context["is_filtered"] else totals,
            }
        )
        context["comparison"] = comparison(around.invoice, context["all"]) if around.invoice else None
        context["growth"] = growth_of(around.grown_by, context["all"], named)
    return render(request, template_for(request, "billing/invoice_detail.html", partial="table"), context)


def _whole_page(around: invoices.Around, named: date) -> dict[str, Any]:
    """Return what stands around the list."""
    rows = totals_of_months(named, shifted(named, 1 - MONTHS_OF_PAGE))
    return {
        "around": around,
        "invoice": around.invoice,
        "used": used_in(named),
        "billed": billed_in(named),
        "used_before": used_in(shifted(named, -1)),
        "by_kind": charts.by_kind(rows),
        "kinds": charts.KINDS,
        "subtotals": subtotals_of(row for row in rows if row.month == named),
        "read_at": read_at("invoice_details", in_address(named)),
    }


def _file(request: PortalRequest, listing: MonthListing, form: str) -> HttpResponseBase:
    """Return the details that the filter finds, or all settlement items of them."""
    found = listing.filters(request.GET, queryset=listing.rows(), request=request).qs
    if request.GET.get("of") == "items":
        return download(f"invoice-{in_address(listing.named)}-items", form, ITEMS, items_of(found))
    sort = sort_of(request, listing.sorts, listing.default_sort)
    keys = {column.key for column in listing.shown(request.GET)}
    exported = [column for column in listing.exported if request.GET.get("fields") != "shown" or column.of in keys]
    rows = listing.ordered(found, sort).iterator(AT_ONCE)
    return download(f"invoice-{in_address(listing.named)}", form, exported, rows)


def named_month(month: str) -> date:
    """
    Return the month that LINE WORKS names, by an address of the month of the bill.

    Raises:
        NotThere: the address names none.
    """
    billed = month_in(month)
    if billed is None:
        words = _("“%(month)s” is no month. An address of an invoice ends with the month of the bill, such as 2026-11.")
        raise _not_there(words % {"month": month})
    return named_by(billed)


def no_invoice(named: date) -> NotThere:
    """Return the answer for a month without an invoice."""
    month = date_format(billed_in(named), "YEAR_MONTH_FORMAT")
    words = _("LINE WORKS lists no invoice and no details that were billed in %(month)s.")
    return _not_there(words % {"month": month})


def _not_there(words: str) -> NotThere:
    return NotThere(words, (_("Show all invoices"), reverse("billing:invoices")), title=_("No invoice"))


def read_at(resource: str, period: str) -> Any:
    """Return when what the partner has of a period was last read; None if it never was."""
    readings = Reading.objects.filter(domain_id=0, resource=resource, period=period)
    return readings.values_list("read_at", flat=True).first()
