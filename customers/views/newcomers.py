"""Page: what is left to do for a new customer."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from customers.models import Customer, UpgradeDomain
from customers.views.requests import command_links
from portal.core.clock import business_today
from portal.core.htmx import PortalRequest, mark_before_reading
from portal.operations.models import Operation
from portal.operations.states import SETTLED
from portal.sync import refresh
from portal.sync.freshness import known_of


@require_safe
@permission_required("customers.view_customer", raise_exception=True)
def customer_start(request: PortalRequest, domain_id: int) -> HttpResponse:
    """
    Show what is left to do until a new customer can work. The steps follow from what the header shows, see
    ``portal.desk.templatetags.customers``.

    A GET writes which data is to be read again, as on the customer's first page.
    """
    customer = get_object_or_404(Customer, pk=domain_id)
    if not customer.removed_at:
        refresh.refresh_opened(customer.pk, by=request.user)
    known = mark_before_reading(customer, lambda row: known_of(row.pk))
    requests = Operation.objects.of_customer(customer.pk).submitted().exclude(state__in=SETTLED)
    context = {
        "customer": customer,
        "can": command_links(customer, request),
        "upgrade": UpgradeDomain.objects.of_customer(customer.pk).current().first(),
        "requests": requests.defer("baseline", "before", "after"),
        "today": business_today(),
    }
    return render(request, "customers/customer_start.html", known | context)
