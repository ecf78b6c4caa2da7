"""Filters and sort orders of the list of customers; they are part of the address."""

from typing import Any

import django_filters
from django import forms
from django.db.models import F, OrderBy, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from portal.core.labels import PLANS
from portal.core.paging import Sort

PRODUCTS = [
    ("ADV", _("Advanced")),
    ("STD", _("Standard")),
    ("ADV_T", _("Advanced trial")),
    ("STD_T", _("Standard trial")),
    ("FR", _("Free")),
    ("none", _("No product")),
]
# Free and trial are told by the product already.
PAID_PLANS = [(code, PLANS[code]) for code in ("MONTHLY", "ANNUAL_LICENSE", "ANNUAL_PREPAY_LICENSE")]
NOTES = [
    ("scheduled", _("Pre-ordered")),
    ("grace", _("Trial ended, grace")),
    ("unproved", _("Domain not proved")),
    ("gone", _("Ended")),
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
        label=_("Product"), choices=PRODUCTS, method="filter_product", widget=forms.CheckboxSelectMultiple
    )
    plan = django_filters.MultipleChoiceFilter(
        label=_("Plan"), choices=PAID_PLANS, field_name="lead_plan", widget=forms.CheckboxSelectMultiple
    )
    ends_by = django_filters.DateFilter(
        label=_("Contract ends by"),
        field_name="contract_end",
        lookup_expr="lte",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    note = django_filters.ChoiceFilter(
        label=_("Only"), choices=NOTES, method="filter_note", empty_label=_("Everything")
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
