"""Filters and sort orders of the list of customers; they are part of the address."""

from typing import Any

import django_filters
from django import forms
from django.db.models import F, OrderBy, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from portal.core.labels import PRODUCTS, SHORT_PLANS
from portal.core.paging import Sort
from subscriptions.catalogue import WORKS

PLANS = [(code, PRODUCTS[code]) for code in ("ADV", "STD", "ADV_T", "STD_T", "FR")] + [("none", _("No subscription"))]
# Free and trial are told by the plan already.
CONTRACT_TYPES = [(code, SHORT_PLANS[code]) for code in WORKS.paid_plans]
NOTES = [
    ("scheduled", _("Pre-order")),
    ("grace", _("Suspended (Trial ended)")),
    ("unproved", _("Domain not verified")),
    ("gone", _("Not in LINE WORKS")),
]

SORTS: dict[str, tuple[str, ...]] = {
    "name": ("company_name",),
    "domain": ("domain",),
    "plan": ("lead_product", "lead_plan"),
    "licenses": ("licenses",),
    "end": ("contract_end",),
    "scheduled": ("next_start",),
    "read": ("read_at",),
}
DEFAULT_SORT = "name"


class CustomerFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter publishes no types
    """The filters of the customers' list."""

    q = django_filters.CharFilter(label=_("Name or domain"), method="filter_text")
    product = django_filters.MultipleChoiceFilter(
        label=_("Plan"), choices=PLANS, method="filter_product", widget=forms.CheckboxSelectMultiple
    )
    plan = django_filters.MultipleChoiceFilter(
        label=_("Contract type"), choices=CONTRACT_TYPES, field_name="lead_plan", widget=forms.CheckboxSelectMultiple
    )
    ends_by = django_filters.DateFilter(
        label=_("Contract ends by"),
        field_name="contract_end",
        lookup_expr="lte",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    note = django_filters.ChoiceFilter(
        label=_("Show"), choices=NOTES, method="filter_note", empty_label=_("All customers")
    )

    class Meta:
        model = Customer
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[Customer]) -> QuerySet[Customer]:
        """Leave out customers that are gone, unless they are what is asked for."""
        rows: QuerySet[Customer] = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("note") == "gone" else rows.filter(removed_at=None)

    def filter_text(self, queryset: Any, _name: str, value: str) -> Any:
        """Search names, domains, codes and numbers."""
        return queryset.matching(value)

    def filter_product(self, queryset: Any, _name: str, values: list[str]) -> Any:
        """Any of the chosen products, or none at all."""
        if not values:
            return queryset
        codes = ["" if value == "none" else value for value in values]
        return queryset.filter(lead_product__in=codes)

    def filter_note(self, queryset: Any, _name: str, value: str) -> Any:
        """One thing that is worth a list of its own."""
        wanted = {
            "scheduled": Q(next_start__isnull=False),
            "grace": Q(lead_status="SUSPENDED_TRIALEND"),
            "unproved": Q(enable_active_domain=False),
            "gone": Q(removed_at__isnull=False),
        }
        return queryset.filter(wanted[value])


def ordering(sort: Sort) -> list[OrderBy]:
    """Return the columns of an order; what is absent comes last either way."""
    columns = [F(name) for name in (*SORTS[sort.key], "pk")]
    return [column.desc(nulls_last=True) if sort.descending else column.asc(nulls_last=True) for column in columns]
