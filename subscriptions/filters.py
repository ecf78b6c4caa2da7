"""Filters and sort orders of the list of subscriptions; they are part of the address."""

from typing import Any

import django_filters
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from customers.filters import OfCustomersFilter
from portal.core.catalogue import PLAN_GROUPS
from portal.core.filters import WholeNumberFilter, boxes, contract_end, use_of
from portal.core.labels import PLANS, PRODUCT_GROUPS, PRODUCTS, RENEWALS, SUBSCRIPTION_STATUSES
from portal.core.paging import Sort, in_order
from subscriptions.models import Subscription, SubscriptionQuerySet

SORTS: dict[str, tuple[str, ...]] = {
    "plan": ("product_id", "plan"),
    "name": ("customer__sort_name", "customer_id"),
    "licenses": ("license_count",),
    "end": ("end_date",),
    "renewal": ("renewal_type", "end_date"),
    "scheduled": ("scheduled_for",),
}
DEFAULT_SORT = "end"
# What may be absent; within one renewal type the few without an end may stand anywhere, as the index has them.
NULLABLE = {"licenses": ("license_count",), "end": ("end_date",), "scheduled": ("scheduled_for",)}


class SubscriptionFilter(OfCustomersFilter):
    """The filters of the list of subscriptions."""

    ends_from, ends_to = contract_end()
    licenses_from = WholeNumberFilter(label=_("Licenses from"), field_name="license_count", lookup_expr="gte")
    licenses_to = WholeNumberFilter(label=_("Licenses to"), field_name="license_count", lookup_expr="lte")
    use_from, use_to = use_of("license_count")
    full = django_filters.ChoiceFilter(
        label=_("Show"),
        choices=[("yes", _("Full: as many users as licenses"))],
        method="filter_full",
        empty_label=_("All subscriptions"),
    )
    group = boxes(_("Plan group"), PRODUCT_GROUPS.items(), method="filter_group")
    product = boxes(_("Plan"), PRODUCTS.items(), field_name="product_id")
    plan = boxes(_("Contract type"), PLANS.items())
    status = boxes(_("Status"), SUBSCRIPTION_STATUSES.items())
    renewal = boxes(_("Renewal settings"), RENEWALS.items(), field_name="renewal_type")

    class Meta:
        model = Subscription
        fields: list[str] = []

    def filter_full(self, queryset: Any, _name: str, _value: str) -> Any:
        """Those that have as many users as licenses, or more."""
        return queryset.filter(users__gte=F("license_count"))

    def filter_group(self, queryset: Any, _name: str, values: list[str]) -> Any:
        """Any plan of the chosen groups."""
        codes = [code for group in values for code in PLAN_GROUPS[group]]
        return queryset.filter(product_id__in=codes) if values else queryset


def ordered(rows: SubscriptionQuerySet, sort: Sort) -> SubscriptionQuerySet:
    """Return the rows in an order; what is absent comes last either way."""
    return rows.order_by(*in_order((*SORTS[sort.key], "pk"), sort, nullable=NULLABLE.get(sort.key, ())))
