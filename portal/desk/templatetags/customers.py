"""
What stands on every page of a customer: the header, the banner, the request menu, the contract.

The pages belong to apps that do not know this one; they load these tags by name.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from customers.models import Customer
from customers.newcomers import State, Step, steps_of
from portal.core.clock import business_today
from portal.desk import upcoming
from portal.desk.customer_contract import Row, contract_of
from portal.desk.customer_header import Header, header_of
from portal.desk.customer_matters import Matter, matters_of, usage_of
from portal.desk.request_menu import Group, menu_of
from portal.desk.upcoming import Event
from portal.operations.commands import CommandLink
from portal.ui.templatetags.figures import scheduled
from portal.ui.templatetags.times import day

register = template.Library()


@register.simple_tag(takes_context=True)
def customer_header(context: Context, customer: Customer) -> Header:
    """Return the header of a customer."""
    return header_of(customer, context["request"].user)


@register.simple_tag(takes_context=True)
def open_matters(context: Context, customer: Customer, kind: str = "", but: int | None = None) -> list[Matter]:
    """
    Return what is open at a customer, for the form or the review of a request.

    Args:
        context: of the page.
        customer: that the request is about.
        kind: of the request that is being prepared, if one is.
        but: the request that the page itself is about.
    """
    return matters_of(customer, usage_of(customer), context["request"].user, business_today(), kind=kind, but=but)


@register.simple_tag(takes_context=True)
def steps_of_newcomer(context: Context, header: Header) -> list[Step]:
    """
    Return what is left to do for a new customer: with what its header has read, so that the two say the same.

    Args:
        context: of the page of steps, see ``customers.views.newcomers``.
        header: of the customer.
    """
    return steps_of(
        context["customer"],
        context["upgrade"],
        list(context["requests"]),
        context["can"],
        has_subscription=bool(header.contract.subscriptions),
        has_pre_order=any(event.kind == "pre_order" for event in header.changes),
    )


@register.filter
def done_of(steps: Sequence[Step]) -> int:
    """Return how many steps are done."""
    return sum(step.state == State.DONE for step in steps)


@register.simple_tag
def customer_contract(customer: Customer, header: Header) -> list[Row]:
    """Return the contract of a customer as a tree."""
    return contract_of(customer, header)


@register.simple_tag
def upcoming_of(customers: Iterable[Customer], today: date) -> dict[int, SafeString]:
    """
    Return for the customers of a list what happens next to each, marked, and how much more there is.

    Args:
        customers: of one page.
        today: the business day.
    """
    return {
        pk: _next(event, count - 1)
        for pk, (event, count) in upcoming.next_of([row.pk for row in customers], today).items()
    }


@register.filter
def of(found: Mapping[int, SafeString], pk: int) -> str:
    """Return what was found of one of several; nothing if nothing was."""
    return found.get(pk, "")


def _next(event: Event, more: int) -> SafeString:
    """An unchanged renewal is plain: nobody has to look."""
    rest = format_html(" <small>{}</small>", gettext("%(count)s more") % {"count": more}) if more else ""
    if event.is_unchanged_renewal:
        return format_html("{} {}{}", event.brief, day(event.day, "marker"), rest)
    return format_html("{}{}", scheduled(event.brief, event.day, "cancel" if event.ends_something else "change"), rest)


@register.simple_tag
def request_menu(can: Mapping[str, Sequence[CommandLink]]) -> list[list[Group]]:
    """Return the columns of the request menu; none for a person who cannot submit anything."""
    return menu_of(can) if any(not link.is_read_only for links in can.values() for link in links) else []
