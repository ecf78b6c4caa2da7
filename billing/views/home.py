"""Page: where Billing begins."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from portal.core.htmx import PortalRequest

# The first page of these that a person may open.
_FIRST = {
    "billing.view_invoice": "billing:invoices",
    "billing.view_customerusage": "usage:list",
    "billing.view_price": "billing:prices",
}


@require_safe
def billing_home(request: PortalRequest) -> HttpResponse:
    """Lead to the first page of Billing that the person may open."""
    for permission, address in _FIRST.items():
        if request.user.has_perm(permission):
            return redirect(address)
    raise PermissionDenied
