"""The customers' list, and one customer."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from customers.filters import DEFAULT_SORT, SORTS, CustomerFilter, ordering
from customers.models import Customer
from portal.clock import business_today
from portal.htmx import PortalRequest, is_swap, nothing_moved, see_other, template_for
from portal.operations.models import Operation
from portal.paging import ROWS, page_of, sort_of
from portal.sync import requests
from portal.sync.freshness import ages_of

LATEST_OPERATIONS = 10


@require_GET
@permission_required("customers.view_customer", raise_exception=True)
@vary_on_headers("HX-Request")
def customer_list(request: PortalRequest) -> HttpResponse:
    """Show the customers, or only the table to a swap."""
    customers = CustomerFilter(request.GET, queryset=Customer.objects.for_list())
    sort = sort_of(request, SORTS, DEFAULT_SORT)
    page = page_of(request, customers.qs.order_by(*ordering(sort)))
    return render(
        request,
        template_for(request, "customers/customer_list.html", partial="table"),
        {"filter": customers, "page": page, "sort": sort, "today": business_today(), "rows_choices": ROWS},
    )


@require_GET
@permission_required("customers.view_customer", raise_exception=True)
@vary_on_headers("HX-Request")
def customer_detail(request: PortalRequest, domain_id: int) -> HttpResponse:
    """Show one customer: what it uses, what starts later, and what was asked for lately."""
    customer = get_object_or_404(Customer, pk=domain_id)
    ages = ages_of(customer.pk)
    if is_swap(request) and request.GET.get("since") == ages.mark:
        return nothing_moved()
    return render(
        request,
        template_for(request, "customers/customer_detail.html", partial="contracts"),
        {
            "customer": customer,
            "subscriptions": customer.subscriptions.current(),
            "pre_orders": customer.pre_orders.current(),
            "operations": Operation.objects.of_customer(customer.pk)[:LATEST_OPERATIONS],
            "ages": ages,
            "today": business_today(),
        },
    )


@require_POST
@permission_required("sync.read_again", raise_exception=True)
def read_again(request: PortalRequest, domain_id: int) -> HttpResponse:
    """Have a customer read at the vendor now, in the background."""
    customer = get_object_or_404(Customer, pk=domain_id)
    requests.read_customer(customer.pk)
    messages.success(request, _("The customer is being read at the vendor now."))
    return see_other(request, customer.get_absolute_url())
