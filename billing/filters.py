"""Filters and sort orders of a month's invoice details; they are part of the address."""

from typing import Any

import django_filters
from django.db.models import F, Q, Value
from django.db.models.functions import NullIf
from django.utils.translation import gettext_lazy as _

from billing.models import InvoiceDetail, InvoiceDetailQuerySet
from customers.models import Customer, sort_name_of
from portal.core.filters import boxes
from portal.core.labels import PLANS
from portal.core.paging import Sort, in_order, parse_id
from portal.core.search import simplify

SORTS: dict[str, tuple[str, ...]] = {
    "name": ("sort_name", "domain"),
    "code": ("code",),
    "plan": ("lead_item", "lead_plan"),
    "users": ("lead_users",),
    "plans": ("plans_amount",),
    "options": ("options_amount",),
    "adjustment": ("adjustment_amount",),
    "option_plus": ("option_plus_amount",),
    "penalty": ("penalty_amount",),
    "spent": ("stated_amount",),
    "growth": ("grown_by",),
}
DEFAULT_SORT = "code"
NULLABLE = {column for columns in SORTS.values() for column in columns} - {"sort_name", "domain"}
SHOWN: dict[str, tuple[Any, Q]] = {
    "up": (_("More than the month before"), Q(grown_by__gt=0)),
    "down": (_("Less than the month before"), Q(grown_by__lt=0)),
    "penalty": (_("With a penalty"), Q(penalty_amount__isnull=False)),
    "adjustment": (_("With an adjustment"), Q(adjustment_amount__isnull=False)),
    "option_plus": (_("With Option Plus"), Q(option_plus_amount__isnull=False)),
    "differs": (_("Sum of the items differs from the stated one"), ~Q(differs_by=0) & Q(differs_by__isnull=False)),
    "odd": (_("Amounts that are absent or no whole number"), Q(odd_items__gt=0)),
}


def with_growth(details: InvoiceDetailQuerySet) -> InvoiceDetailQuerySet:
    """Return details with by how much each customer spent more than in the month before."""
    return details.annotate(grown_by=F("stated_amount") - F("spent_before"))


class DetailFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter publishes no types
    """The filters of a month's invoice details."""

    q = django_filters.CharFilter(label=_("Customer"), method="filter_text")
    show = django_filters.ChoiceFilter(
        label=_("Show"),
        choices=[(key, label) for key, (label, _condition) in SHOWN.items()],
        method="filter_shown",
        empty_label=_("All customers"),
    )
    plan = boxes(_("Contract type"), PLANS.items(), field_name="lead_plan")

    class Meta:
        model = InvoiceDetail
        fields: list[str] = []

    def filter_text(self, queryset: Any, _name: str, value: str) -> Any:
        """Search names, domains, codes and numbers: of customers as Partnerdesk knows them, and as the invoice does."""
        known = Customer.objects.matching(value).values("pk")
        words = Q(customer_name__icontains=value) | Q(domain__icontains=value) | Q(customer_code__icontains=value)
        plain = simplify(value)
        if plain and plain != value:
            words |= Q(customer_name__icontains=plain)
        number = parse_id(value.strip())
        if number is not None:
            words |= Q(domain_id=number)
        return queryset.filter(words | Q(domain_id__in=known))

    def filter_shown(self, queryset: Any, _name: str, value: str) -> Any:
        """One thing that is worth a list of its own."""
        return queryset.filter(SHOWN[value][1])


def ordered(rows: InvoiceDetailQuerySet, sort: Sort) -> InvoiceDetailQuerySet:
    """Return the rows in an order; what is absent comes last either way."""
    if sort.key == "code":
        rows = rows.alias(code=NullIf("customer_code", Value("")))
    elif sort.key == "name":
        rows = rows.alias(sort_name=sort_name_of("domain_id", "customer_name"))
    return rows.order_by(*in_order((*SORTS[sort.key], "domain_id"), sort, nullable=NULLABLE))
