"""Page: one customer."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from customers.models import Customer
from customers.newcomers import is_starting
from customers.views.requests import command_links
from portal.core.clock import business_today
from portal.core.htmx import (
    PortalRequest,
    is_swap,
    mark_before_reading,
    no_content,
    redirect_after_post,
    safe_next_url,
    template_for,
)
from portal.core.paging import parse_id
from portal.operations.models import Event, Operation
from portal.operations.presentation import mark_of
from portal.sync import refresh
from portal.sync.freshness import known_of
from portal.sync.missed_expectations import overdue

LATEST_OPERATIONS = 10
LATEST_NOTES = 3


@require_safe
@permission_required("customers.view_customer", raise_exception=True)
@vary_on_headers("HX-Request")
def customer_detail(request: PortalRequest, domain_id: int) -> HttpResponse:
    """
    Show one customer: what it uses, what starts later, and what was asked for lately.

    A GET writes which data is to be read again, as whoever opens a customer wants it as it is now; what was asked for
    lately is not asked for again. A poll asks for nothing, and gets the new data once it has come. What changes after
    that is not put under anybody's hand: the poll says that something has changed, and the person has it shown.
    """
    customer = get_object_or_404(Customer, pk=domain_id)
    swap = is_swap(request)
    if not (swap or customer.removed_at):
        refresh.refresh_opened(customer.pk, by=request.user)
    known = mark_before_reading(customer, _known)
    if swap and "since" in request.GET:
        answer = _answer_to_poll(request, customer, known)
        if answer:
            return answer
    return render(
        request,
        template_for(request, "customers/customer_detail.html", partial="contents"),
        known
        | {
            "customer": customer,
            "swap": swap,
            "pre_orders": list(customer.pre_orders.current()),
            "operations": Operation.objects.of_customer(customer.pk).submitted()[:LATEST_OPERATIONS],
            "is_starting": is_starting(customer),
            "notes": customer.notes.shown()[:LATEST_NOTES],
            "overdue": overdue([customer.pk]),
            "can": command_links(customer, request),
            "today": business_today(),
        },
    )


@require_POST
@permission_required("sync.read_again", raise_exception=True)
def read_again(request: PortalRequest, domain_id: int) -> HttpResponse:
    """Have a customer read at LINE WORKS now, in the background."""
    customer = get_object_or_404(Customer, pk=domain_id)
    match refresh.refresh(customer.pk, by=request.user):
        # A page that was just opened has begun it already: to the person that is the same.
        case refresh.Refresh.NOW | refresh.Refresh.UNDER_WAY:
            messages.success(request, _("Refreshing from LINE WORKS…"))
        case refresh.Refresh.LATER:
            words = _(
                "You have %(count)s refreshes waiting, which is the most at a time. "
                "This customer will be refreshed after them, in the background."
            )
            messages.warning(request, words % {"count": refresh.MOST_WAITING})
        case refresh.Refresh.GONE:
            messages.error(request, _("LINE WORKS no longer lists this customer. It was not refreshed."))
    return redirect_after_post(request, safe_next_url(request, customer.get_absolute_url()))


def _known(customer: Customer) -> dict[str, Any]:
    """What was ordered shows on the page too, and may come to its end after the last reading was kept."""
    orders = mark_of(Event.objects.filter(operation__domain_id=customer.pk))
    known = known_of(customer.pk)
    return known | {"mark": f"{known['ages'].mark}-{orders}"}


def _answer_to_poll(request: PortalRequest, customer: Customer, known: Mapping[str, Any]) -> HttpResponse | None:
    """Return a page that asks what has moved since; None if it is to get its contents anew."""
    unread = request.GET["since"] == known["mark"]
    if "opened" in request.GET:
        # It looks often, so it may look less often once nothing is on its way.
        return no_content() if unread and known["ages"].awaited else None
    if parse_id(request.GET.get("found", "")) != known["found"]:
        return render(request, "partials/customer_changed.html", {"customer": customer, "show": "here"})
    return no_content() if unread else None
