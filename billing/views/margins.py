"""Page: the margin of each customer in a month."""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from billing import margins
from billing.margin_listing import PERCENT, listing_of
from billing.months import in_address, month_in, named_by, shifted, used_in
from billing.price_lists import VIEW_PURCHASE
from portal.core.clock import business_today
from portal.core.exports import AT_ONCE, download, wanted_format
from portal.core.htmx import PortalRequest, is_swap, template_for
from portal.core.paging import ROWS, page_of, sort_of


@require_safe
@permission_required(("billing.view_invoice", VIEW_PURCHASE), raise_exception=True)
@vary_on_headers("HX-Request")
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
    found = margins.margins_of_month(named)
    listing = listing_of(named, found)
    sort = sort_of(request, listing.sorts, listing.default_sort)
    details = listing.ordered(listing.rows(), sort)
    if form := wanted_format(request):
        lines = listing.lines(details.iterator(AT_ONCE), request.user)
        return download(f"margins-{in_address(used_in(named))}", form, listing.exported, lines)
    page = page_of(request, details)
    context |= {
        "used": used_in(named),
        "listing": listing,
        "columns": listing.columns,
        "sort": sort,
        "page": page,
        "lines": list(listing.lines(page, request.user)),
        "percent_head": PERCENT,
        "is_priced": found is not None,
        "total": margins.together((found or {}).values()),
        "rows_choices": ROWS,
        "today": business_today(),
        "swap": is_swap(request),
    }
    return render(request, template_for(request, listing.template, partial="table"), context)
