"""The forms of pre-orders. Submitting one mints an operation and shows its preview; nothing is sent from here."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from pydantic import BaseModel

from customers.models import Customer
from portal.clock import business_today
from portal.htmx import PortalRequest, see_other
from portal.month_grid import Day
from portal.operations.models import Operation
from portal.operations.proposals import NotAllowed, propose
from portal.operations.readings import NeverRead
from portal.operations.writes import Write
from portal.sync.freshness import ages_of, latest_change
from subscriptions import rules
from subscriptions.forms import PreOrderForm, PreOrderMoveForm, show_problems
from subscriptions.models import PreOrder
from subscriptions.services import ADD_PRE_ORDER, DELETE_PRE_ORDER, MOVE_PRE_ORDER

ORDER = "subscriptions.order"


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(ORDER, raise_exception=True)
def pre_order_add(request: PortalRequest, domain_id: int) -> HttpResponse:
    """Ask for a subscription that starts later."""
    customer = get_object_or_404(Customer.objects.current(), pk=domain_id)
    last = rules.pre_order_window(business_today())[1]
    wish = {"product_id": "STD", "plan": "ANNUAL_LICENSE", "apply_date": last} | request.GET.dict()
    form = PreOrderForm(_posted(request), initial=wish)
    if request.method == "POST" and form.is_valid():
        operation = _propose(ADD_PRE_ORDER, request, customer, form.to_request(), form)
        if operation:
            return see_other(request, operation.get_absolute_url())
    return _show(request, form, customer, chosen=form["apply_date"].value())


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(ORDER, raise_exception=True)
def pre_order_move(request: PortalRequest, domain_id: int, pre_order_id: int) -> HttpResponse:
    """Ask for another day for a pre-order."""
    pre_order = _pre_order(domain_id, pre_order_id)
    form = PreOrderMoveForm(_posted(request), initial={"apply_date": pre_order.apply_date} | request.GET.dict())
    if request.method == "POST" and form.is_valid():
        operation = _propose(MOVE_PRE_ORDER, request, pre_order.customer, form.to_request(pre_order_id), form)
        if operation:
            return see_other(request, operation.get_absolute_url())
    return _show(request, form, pre_order.customer, chosen=form["apply_date"].value(), pre_order=pre_order)


@require_POST
@permission_required(ORDER, raise_exception=True)
def pre_order_delete(request: PortalRequest, domain_id: int, pre_order_id: int) -> HttpResponse:
    """Ask for a pre-order to be deleted."""
    pre_order = _pre_order(domain_id, pre_order_id)
    asked = rules.PreOrderDelete(pre_order_id=pre_order_id)
    operation = _propose(DELETE_PRE_ORDER, request, pre_order.customer, asked)
    return see_other(request, (operation or pre_order.customer).get_absolute_url())


def days_to_pick(today: date, chosen: Any, taken: date | None = None) -> list[Day]:
    """
    Answer every day of the months that the window touches, with the reason where one cannot be picked.

    Args:
        today: the business day.
        chosen: the day in the form, as a date or as it was typed.
        taken: the day on which the pre-order starts already, when it is moved.
    """
    first, last = rules.pre_order_window(today)
    start, end = first.replace(day=1), (last.replace(day=1) + timedelta(days=31)).replace(day=1)
    shown = [start + timedelta(days=number) for number in range((end - start).days)]
    outside = _("Only from %(first)s to %(last)s") % {"first": date_format(first), "last": date_format(last)}

    def reason(day: date) -> str:
        if day == taken:
            return _("It starts on this day already")
        return "" if first <= day <= last else outside

    return [Day(day, reason=reason(day), chosen=day.isoformat() == str(chosen)) for day in shown]


def _posted(request: PortalRequest) -> QueryDict | None:
    """Answer what was posted, if only nothing at all: that is an answer to the form too, and a wrong one."""
    return request.POST if request.method == "POST" else None


def _pre_order(domain_id: int, pre_order_id: int) -> PreOrder:
    """Answer a customer's own pre-order; another customer's number leads nowhere."""
    return get_object_or_404(
        PreOrder.objects.current().of_customer(domain_id).filter(customer__gone_at=None).select_related("customer"),
        pre_order_id=pre_order_id,
    )


def _propose(
    write: Write[Any], request: PortalRequest, customer: Customer, asked: BaseModel, form: forms.Form | None = None
) -> Operation | None:
    """Mint the operation; if it cannot be, say why at the form, or on the next page where there is none."""
    say: Callable[[str], None] = (
        (lambda words: form.add_error(None, words)) if form else (lambda words: messages.error(request, words))
    )
    try:
        return propose(write, domain_id=customer.pk, customer_name=str(customer), request=asked, by=request.user)
    except NeverRead:
        say(_("This customer has not been read at the vendor yet. Press “Read now” on its page, then ask again."))
    except NotAllowed as refusal:
        if form:
            show_problems(form, refusal.verdict)
        else:
            for problem in refusal.verdict.problems:
                say(str(problem))
    return None


def _show(
    request: PortalRequest,
    form: forms.Form,
    customer: Customer,
    *,
    chosen: Any,
    pre_order: PreOrder | None = None,
) -> HttpResponse:
    today = business_today()
    return render(
        request,
        "subscriptions/preorder_form.html",
        {
            "form": form,
            "customer": customer,
            "pre_order": pre_order,
            "subscriptions": customer.subscriptions.current(),
            "pre_orders": customer.pre_orders.current(),
            "days": days_to_pick(today, chosen, taken=pre_order.apply_date if pre_order else None),
            "window": rules.pre_order_window(today),
            "ages": ages_of(customer.pk),
            "found": latest_change(customer.pk),
            "today": today,
            "licence_plans": rules.LICENCE_PLANS,
        },
        status=422 if form.errors else 200,
    )
