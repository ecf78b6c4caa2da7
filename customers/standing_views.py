"""How a customer stands: its users and its leaving, and its domain with what is to be entered in its DNS."""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from customers.models import Customer, UpgradeDomain, UsageStatus
from customers.ordering import offers_of
from customers.rules import PENDING
from portal.clock import business_today
from portal.htmx import PortalRequest
from portal.sync import requests
from portal.sync.freshness import ages_of, latest_change
from portal.words import word_for

VIEW = "customers.view_customer"


@require_GET
@permission_required(VIEW, raise_exception=True)
def customer_users(request: PortalRequest, domain_id: int) -> HttpResponse:
    """Show how many users a customer has and may have, what is scheduled about that, and when it leaves."""
    customer = get_object_or_404(Customer, pk=domain_id)
    usage = UsageStatus.objects.of_customer(customer.pk).current().first()
    status = usage.status if usage else ""
    context = {"usage": usage, "status": word_for("customer_status", status), "is_pending": status == PENDING}
    return render(request, "customers/customer_users.html", _shared(request, customer, "users") | context)


@require_GET
@permission_required(VIEW, raise_exception=True)
def customer_domain(request: PortalRequest, domain_id: int) -> HttpResponse:
    """Show a customer's domain or group name, and the DNS values that prove the one that it is to have."""
    customer = get_object_or_404(Customer, pk=domain_id)
    upgrade = UpgradeDomain.objects.of_customer(customer.pk).current().first()
    return render(
        request, "customers/customer_domain.html", _shared(request, customer, "domain") | {"upgrade": upgrade}
    )


def _shared(request: PortalRequest, customer: Customer, group: str) -> dict[str, Any]:
    if not customer.gone_at:
        requests.refresh_opened(customer.pk)
    return {
        "customer": customer,
        "can": offers_of(customer, request, (group,)),
        "ages": ages_of(customer.pk),
        "found": latest_change(customer.pk),
        "today": business_today(),
    }
