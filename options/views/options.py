"""Page: a customer's options."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from customers.models import Customer
from customers.views.requests import command_links
from options.catalogue import OFFERED, Option
from options.models import OptionOrder, OptionProduct, OptionRenewal, OptionUsage
from portal.core.clock import business_today
from portal.core.htmx import PortalRequest, mark_before_reading
from portal.sync import refresh
from portal.sync.freshness import known_of
from subscriptions.models import Subscription


@dataclass(frozen=True)
class Row:
    """An option in use, with what becomes of it, what is scheduled for it, and what was used of it last."""

    option: OptionProduct
    renewal: OptionRenewal | None
    task: OptionOrder | None
    usage: OptionUsage | None


@dataclass(frozen=True)
class Part:
    """The options of one subscription; None for one that the cache no longer holds."""

    subscription: Subscription | None
    subscription_id: int
    rows: list[Row]


@require_safe
@permission_required("options.view_optionproduct", raise_exception=True)
def customer_options(request: PortalRequest, domain_id: int) -> HttpResponse:
    """
    Show the options that a customer uses, subscription by subscription, what is scheduled, and what is available.

    A GET writes which data is to be read again, as on the customer's first page; the page says when that has changed
    something.
    """
    customer = get_object_or_404(Customer, pk=domain_id)
    if not customer.removed_at:
        refresh.refresh_opened(customer.pk, by=request.user)
    known = mark_before_reading(customer, lambda row: known_of(row.pk))
    tasks = {task.option_product_id: task for task in customer.option_orders.current()}
    parts = _parts(customer, tasks)
    held = {row.option.option_product_id for part in parts for row in part.rows}
    return render(
        request,
        "options/customer_options.html",
        known
        | {
            "customer": customer,
            "parts": parts,
            "coming": [task for code, task in tasks.items() if code not in held],
            "addable": _addable(held),
            "can": command_links(customer, request),
            "today": business_today(),
        },
    )


def _parts(customer: Customer, tasks: Mapping[str, OptionOrder]) -> list[Part]:
    renewals = {renewal.option_product_id: renewal for renewal in customer.option_renewals.current()}
    usages = {usage.option_product_id: usage for usage in customer.option_usages.latest_of_each_option()}
    subscriptions = {subscription.subscription_id: subscription for subscription in customer.subscriptions.current()}
    parts = {number: Part(subscription, number, []) for number, subscription in subscriptions.items()}
    for option in customer.options.current():
        code, number = option.option_product_id, option.subscription_id
        part = parts.setdefault(number, Part(None, number, []))
        part.rows.append(Row(option, renewals.get(code), tasks.get(code), usages.get(code)))
    return [part for part in parts.values() if part.rows]


def _addable(held: Iterable[str]) -> list[Option]:
    """What the customer uses already is shown above, with what can be done about it."""
    return [option for option in OFFERED if option.code not in set(held)]
