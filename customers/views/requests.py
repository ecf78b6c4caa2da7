"""
The view of every command about a customer, and the list of commands that a page offers.

The view finds what the command is about in the cached state, shows the form with the state beside it, and proposes the
request. Nothing is sent from here.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from pydantic import BaseModel, ValidationError

from customers.models import Customer
from portal.core.clock import business_today
from portal.core.htmx import PortalRequest, mark_before_reading, redirect_after_post
from portal.core.paging import parse_id
from portal.core.rules import Verdict
from portal.operations.bundles import Step, propose_bundle
from portal.operations.command_forms import OrderForm, Situation
from portal.operations.command_pages import ORDERS, REPEATED, Offer, Order
from portal.operations.linked_changes import ALONGS, TogetherForm
from portal.operations.models import Bundle, Operation
from portal.operations.services import NotAllowed, askers_of, propose
from portal.operations.snapshots import NeverRead, Snapshot, what_is_cached
from portal.sync.freshness import known_of
from portal.sync.resources import RESOURCES

Made = TypeVar("Made")


def order_paths(orders: Iterable[Order]) -> list[URLPattern]:
    """Return the addresses of an app's orders, below those of their customer."""
    return [
        path(f"<int:domain_id>/{order.path}", _view_of(order), name=order.name.rpartition(":")[2]) for order in orders
    ]


def offers_of(customer: Customer, request: PortalRequest, groups: Collection[str]) -> Mapping[str, list[Offer]]:
    """
    Return what can be asked for about a customer, and what cannot, with the reasons.

    Args:
        customer: whose page it is.
        request: of the person who looks.
        groups: which groups of orders the page shows.

    Returns:
        The offers by group, and for what is about a row of the page by group and ids, such as ``subscriptions 17``.
    """
    today = business_today()
    orders = [order for order in ORDERS if order.group in groups]
    resources = {resource.name: resource for order in orders for resource in order.write.resources}
    state = what_is_cached(customer.pk, list(resources.values()))
    found: dict[str, list[Offer]] = defaultdict(list)
    for order in orders:
        # What was never read is not there to be judged by; its form says so.
        is_read = set(order.write.reads) <= state.by_resource.keys()
        for subject in order.subjects(state):
            reasons = _reasons(order, customer, request)
            if is_read and not reasons:
                reasons = [str(problem) for problem in order.against(state, subject, today)]
            row = subject.row or " ".join(str(value) for value in subject.ids.values())
            place = f"{order.group} {row}".rstrip()
            found[place].append(Offer(order, order.address(customer.pk, subject.ids), subject, reasons))
    return found


def _view_of(order: Order) -> Any:
    @require_http_methods(["GET", "HEAD", "POST"])
    def view(request: PortalRequest, domain_id: int, **ids: Any) -> HttpResponse:
        if not request.user.has_perm(order.write.permission):
            raise PermissionDenied
        customer = get_object_or_404(Customer, pk=domain_id)
        if customer.removed_at:
            return _gone(order, request, customer, is_customer=True)
        return _answer(order, request, customer, ids)

    view.__doc__ = f"{order.write.kind}: show its form, and propose what is asked for."
    return view


def _answer(order: Order, request: PortalRequest, customer: Customer, ids: Mapping[str, Any]) -> HttpResponse:
    along = ALONGS.get(order.write.kind)
    known = mark_before_reading(customer, lambda row: known_of(row.pk))
    names = dict.fromkeys([*order.write.reads, *(along.reads if along else ())])
    cached = what_is_cached(customer.pk, [RESOURCES[name] for name in names])
    state = cached.part(order.write.reads)
    # What the order is about may have been read where something else that it is judged by was not; its form says so.
    subject = order.find(cached, ids)
    if subject is None:
        return _gone(order, request, customer)
    today = business_today()
    against = order.against(state, subject, today) if state else ()
    form = order.form(
        request.POST if request.method == "POST" else None,
        initial=request.GET.dict(),
        situation=Situation(state or Snapshot({}), subject, today, customer.pk),
    )
    things = along.find(cached, ids) if along else ()
    together = TogetherForm(form.data or None, label=along.label(len(things))) if along and things else None
    if request.method == "POST" and form.is_valid() and against:
        # What is not offered is not taken either, from a page that was open before.
        form.show(Verdict(tuple(against)))
    elif request.method == "POST" and form.is_valid():
        company = things if together and together.is_wanted else ()
        made = _propose(order, request, customer, form, ids, company)
        if made:
            return redirect_after_post(request, made.get_absolute_url())
    return render(
        request,
        "customers/order_form.html",
        known
        | {
            "order": order,
            "form": form,
            "together": together,
            "customer": customer,
            "subject": subject,
            "against": against,
            "facts": state.lines(order.write.compare_all_fields) if state else (),
            "unread": state is None,
            "today": today,
        },
        status=422 if form.errors else 200,
    )


def _gone(order: Order, request: PortalRequest, customer: Customer, *, is_customer: bool = False) -> HttpResponse:
    """Say to a page that is older than what happened since that nothing was sent, and where to go on."""
    context = {"order": order, "customer": customer, "is_customer": is_customer}
    return render(request, "customers/order_gone.html", context, status=404)


def _propose(
    order: Order,
    request: PortalRequest,
    customer: Customer,
    form: OrderForm,
    ids: Mapping[str, Any],
    company: Sequence[Any],
) -> Operation | Bundle | None:
    """Mint the operation, or the bundle of it and what goes along; if it cannot be, say why at the form."""

    def mint() -> Operation | Bundle:
        asked = cast(BaseModel, order.write.request.model_validate({**ids, **form.wish()}))
        also_asked = askers_of(parse_id(request.GET.get(REPEATED, "")), kind=order.write.kind)
        along = ALONGS.get(order.write.kind)
        if along and company:
            return propose_bundle(
                along.steps(Step(order.write, asked), company),
                domain_id=customer.pk,
                customer_name=str(customer),
                by=request.user,
                answered=along.answered,
                also_asked=also_asked,
            )
        return propose(
            order.write,
            domain_id=customer.pk,
            customer_name=str(customer),
            request=asked,
            by=request.user,
            secrets=form.secrets(),
            also_asked=also_asked,
        )

    return propose_or_add_errors(form, mint)


def propose_or_add_errors(form: OrderForm, mint: Callable[[], Made]) -> Made | None:
    """Mint what was asked for; what stands against it, in types or by the rules, is told at the form."""
    try:
        return mint()
    except ValidationError as error:
        for fault in error.errors(include_input=False):
            place = str(fault["loc"][0]) if fault["loc"] else ""
            form.add_error(place if place in form.fields else None, fault["msg"])
    except NeverRead:
        form.add_error(
            None,
            _("This customer has not been read at the vendor yet. Press “Read now” on its page, then ask again."),
        )
    except NotAllowed as refusal:
        form.show(refusal.verdict)
    return None


def _reasons(order: Order, customer: Customer, request: PortalRequest) -> list[str]:
    if customer.removed_at:
        return [_("The vendor no longer lists this customer")]
    if not request.user.has_perm(order.write.permission):
        return [_("Your role may look, not order")]
    return []
