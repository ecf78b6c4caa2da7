"""Page: the search, and its suggestions while somebody types."""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from portal.core.clock import business_today
from portal.core.htmx import PortalRequest, is_swap
from portal.core.search_queries import MOST_TYPED
from portal.desk.models import RecentCustomers
from portal.desk.search import MOST_SHOWN, Found, find, hits_of

MOST_SUGGESTED = 8
# The id of the part under the box of the top bar.
SUGGESTIONS = "suggestions"


@require_safe
@permission_required("customers.view_customer", raise_exception=True)
@vary_on_headers("HX-Request", "HX-Target")
def search(request: PortalRequest) -> HttpResponse:
    """
    Show what a search finds, or only the hits to a swap; go to the hit that needs no choice.

    Without a search it shows the customers that the person opened last.
    """
    typed = request.GET.get("q", "").replace("\0", "")[:MOST_TYPED].strip()
    suggests = is_swap(request) and request.htmx.target == SUGGESTIONS
    found = find(typed, request.user, most=MOST_SUGGESTED if suggests else MOST_SHOWN)
    if not is_swap(request) and found.to_open and "all" not in request.GET:
        return redirect(found.to_open.address)
    return render(request, f"desk/search.html{_part(request, suggests=suggests)}", _context(request, typed, found))


def _part(request: PortalRequest, *, suggests: bool) -> str:
    if not is_swap(request):
        return ""
    return "#suggestions" if suggests else "#results"


def _context(request: PortalRequest, typed: str, found: Found) -> dict[str, Any]:
    return {
        "typed": typed,
        "found": found,
        "recent": [] if found.query else hits_of(RecentCustomers.objects.of(request.user)),
        "today": business_today(),
    }
