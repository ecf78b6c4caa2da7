"""Filters and sort orders of the list of customers; they are part of the address."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.choices import BaseChoiceIterator
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Tag
from portal.accounts.models import User
from portal.core.catalogue import PLAN_GROUPS, WORKS
from portal.core.clock import now
from portal.core.filters import boxes, contract_end, use_of
from portal.core.labels import PRODUCTS, SHORT_PLANS, SUBSCRIPTION_STATUSES
from portal.core.paging import Sort, in_order, parse_id
from portal.sync.freshness import without_calendar
from portal.sync.models import Reading

# The paid ones first.
PLANS = [*((code, PRODUCTS[code]) for code in reversed(WORKS.products)), ("none", _("No subscription"))]
# Free and trial are told by the plan already.
CONTRACT_TYPES = [(code, SHORT_PLANS[code]) for code in WORKS.paid_plans]
NOTES = [
    ("full", _("Full: as many users as licenses")),
    ("leaving", _("Leaving")),
    ("scheduled", _("Pre-order")),
    ("grace", _("Suspended (Trial ended)")),
    ("unproved", _("Domain not verified")),
    ("gone", _("Not in LINE WORKS")),
]
OWNERS = [("me", _("Me")), ("none", _("Nobody"))]
# In hours
AGES = [("1", _("More than 1 hour ago")), ("24", _("More than 1 day ago")), ("168", _("More than 7 days ago"))]

SORTS: dict[str, tuple[str, ...]] = {
    "name": ("sort_name",),
    "domain": ("domain",),
    "plan": ("lead_product", "lead_plan"),
    "licenses": ("licenses",),
    "end": ("contract_end",),
    "read": ("read_at",),
}
DEFAULT_SORT = "name"


class _Owners(BaseChoiceIterator):
    """Me, nobody, and everybody who owns a customer, asked for once, and only where they are shown."""

    def __init__(self) -> None:
        self._found: list[tuple[str, Any]] | None = None

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        if self._found is None:
            people = User.objects.filter(owned_customers__isnull=False).distinct().order_by("name", "pk")
            self._found = [("", _("Anyone")), *OWNERS, *((f"{person.pk}", str(person)) for person in people)]
        yield from self._found


class _OwnerField(forms.ChoiceField):
    """An owner by number, me or nobody; one who owns nothing by now finds nothing."""

    def valid_value(self, value: Any) -> bool:
        return value in dict(OWNERS) or parse_id(value) is not None


class OwnerFilter(django_filters.Filter):  # type: ignore[misc]  # django-filter publishes no types
    """The owner of a customer."""

    field_class = _OwnerField

    def filter(self, queryset: Any, value: str) -> Any:
        """Leave those of one owner; ``me`` is whoever asks."""
        if not value:
            return queryset
        owner = None if value == "none" else self.parent.request.user.pk if value == "me" else int(value)
        return queryset.filter(**{self.field_name: owner} if owner else {f"{self.field_name}__isnull": True})


class CustomerFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter publishes no types
    """The filters of the customers' list."""

    q = django_filters.CharFilter(label=_("Name or domain"), method="filter_text")
    owner = OwnerFilter(label=_("Owner"), field_name="owner", choices=_Owners())
    tag = django_filters.CharFilter(label=_("Tag"), method="filter_tag")
    ends_from, ends_to = contract_end("contract_end")
    use_from, use_to = use_of("licenses")
    note = django_filters.ChoiceFilter(
        label=_("Show"), choices=NOTES, method="filter_note", empty_label=_("All customers")
    )
    older = django_filters.ChoiceFilter(
        label=_("Last updated"), choices=AGES, method="filter_older", empty_label=_("Any time")
    )
    product = boxes(_("Plan"), PLANS, method="filter_product")
    plan = boxes(_("Contract type"), CONTRACT_TYPES, field_name="lead_plan")
    status = boxes(_("Status"), SUBSCRIPTION_STATUSES.items(), field_name="lead_status")

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

    def filter_tag(self, queryset: Any, _name: str, value: str) -> Any:
        """Those with a tag, however it is spelled."""
        return queryset.filter(tags__key=Tag.key_of(value))

    def filter_product(self, queryset: Any, _name: str, values: list[str]) -> Any:
        """Any of the chosen products, or none at all."""
        if not values:
            return queryset
        codes = ["" if value == "none" else value for value in values]
        return queryset.filter(lead_product__in=codes)

    def filter_note(self, queryset: Any, _name: str, value: str) -> Any:
        """One thing that is worth a list of its own."""
        stands = Q(usage_status__removed_at=None)
        wanted = {
            "full": Q(lead_product__in=PLAN_GROUPS["WORKS"], usage_status__member_count__gte=F("licenses")) & stands,
            "leaving": Q(usage_status__withdrawal_date__isnull=False) & stands,
            "scheduled": Q(next_start__isnull=False),
            "grace": Q(lead_status="SUSPENDED_TRIALEND"),
            "unproved": Q(enable_active_domain=False) & ~Q(domain_type="GROUP"),
            "gone": Q(removed_at__isnull=False),
        }
        return queryset.filter(wanted[value])

    def filter_older(self, queryset: Any, _name: str, value: str) -> Any:
        """Those of which a part was last read longer ago than that, or never."""
        before = Q(read_at=None) | Q(read_at__lt=now() - timedelta(hours=int(value)))
        stale = Reading.objects.filter(before, domain_id=OuterRef("pk"), resource__in=without_calendar())
        return queryset.filter(Exists(stale))


class OfCustomersFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter publishes no types
    """The filter by customer of a list of what customers hold; the list adds its own."""

    q = django_filters.CharFilter(label=_("Customer"), method="filter_customer")
    owner = OwnerFilter(label=_("Owner"), field_name="customer__owner", choices=[("", _("Anyone")), *OWNERS])

    def filter_customer(self, queryset: Any, _name: str, value: str) -> Any:
        """Search the names, domains, codes and numbers of customers."""
        return queryset.filter(customer__in=Customer.objects.matching(value))


def ordered(rows: QuerySet[Customer], sort: Sort) -> QuerySet[Customer]:
    """Return the rows in an order; what is absent comes last either way."""
    columns = (*SORTS[sort.key], "pk")
    return rows.order_by(*in_order(columns, sort, nullable=columns))
