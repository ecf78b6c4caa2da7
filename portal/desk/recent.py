"""The customers that a person opened last: noted as their pages open, shown under the search."""

from collections.abc import Callable

from django.http import HttpResponseBase

from portal.core.htmx import PortalRequest, is_swap
from portal.desk.models import RecentCustomers

OPENED = frozenset({"customers:detail", "customers:users", "customers:domain", "options:customer"})


class NoteOpenedCustomer:
    """
    Middleware: note whose page a person has opened.

    A GET writes here. It is safe to repeat: opening the same page again changes nothing.
    """

    def __init__(self, get_response: Callable[[PortalRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: PortalRequest) -> HttpResponseBase:
        """Answer, then note."""
        response = self._get_response(request)
        match = request.resolver_match
        if (
            match
            and match.view_name in OPENED
            and request.method == "GET"
            and response.status_code == 200
            and not is_swap(request)
        ):
            RecentCustomers.objects.put_first(request.user, match.kwargs["domain_id"])
        return response
