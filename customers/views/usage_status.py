"""Pages: a customer's users and platform cancellation, and its domain with the DNS records."""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from customers.models import Customer, UpgradeDomain, UsageStatus
from customers.rules.profile import PENDING
from customers.views.requests import command_links
from portal.core.clock import business_today
from portal.core.htmx import PortalRequest, mark_before_reading
from portal.core.labels import word_for
from portal.sync import refresh
from portal.sync.freshness import known_of

VIEW = "customers.view_customer"


@require_safe
@permission_required(VIEW, raise_exception=True)
def customer_users(request: PortalRequest, domain_id: int) -> HttpResponse:
    """
    Show how many users a customer has and may have, what is scheduled about that, and when it leaves.

    A GET writes which data is to be read again, as on the customer's first page.
    """
    customer = get_object_or_404(Customer, pk=domain_id)
    shared = _shared(request, customer)
    usage = UsageStatus.objects.of_customer(customer.pk).current().first()
    status = usage.status if usage else ""
    context = {"usage": usage, "status": word_for("customer_status", status), "is_pending": status == PENDING}
    return render(request, "customers/customer_users.html", shared | context)


@require_safe
@permission_required(VIEW, raise_exception=True)
def customer_domain(request: PortalRequest, domain_id: int) -> HttpResponse:
    """
    Show a customer's domain or group name, and the DNS values that prove the one that it is to have.

    A GET writes which data is to be read again, as on the customer's first page.
    """
    customer = get_object_or_404(Customer, pk=domain_id)
    shared = _shared(request, customer)
    upgrade = UpgradeDomain.objects.of_customer(customer.pk).current().first()
    return render(request, "customers/customer_domain.html", shared | {"upgrade": upgrade})


def _shared(request: PortalRequest, customer: Customer) -> dict[str, Any]:
    """To be called before anything else is read: see ``mark_before_reading``."""
    if not customer.removed_at:
        refresh.refresh_opened(customer.pk, by=request.user)
    known = mark_before_reading(customer, lambda row: known_of(row.pk))
    return known | {
        "customer": customer,
        "can": command_links(customer, request),
        "today": business_today(),
    }
