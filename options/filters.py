"""Filters and sort orders of the list of options; they are part of the address."""

from typing import Any

from django.db.models import Case, Exists, OuterRef, QuerySet, Subquery, When
from django.utils.translation import gettext_lazy as _

from customers.filters import OfCustomersFilter
from options.models import OptionOrder, OptionProduct, OptionProductQuerySet, OptionRenewal
from portal.core.filters import WholeNumberFilter, boxes, contract_end
from portal.core.labels import OPTION_TASKS, OPTIONS, PLANS, RENEWALS
from portal.core.paging import Sort, in_order

SORTS: dict[str, tuple[str, ...]] = {
    "option": ("option_product_id", "sub_option_id"),
    "quantity": ("quantity",),
    "name": ("customer__sort_name", "customer_id"),
    "plan": ("plan", "end_date"),
    "end": ("end_date",),
    "renewal": ("renews_as",),
    "scheduled": ("scheduled_for",),
}
DEFAULT_SORT = "end"
NULLABLE = ("quantity", "renews_as", "scheduled_for")


class OptionFilter(OfCustomersFilter):
    """The filters of the list of options."""

    ends_from, ends_to = contract_end()
    quantity_from = WholeNumberFilter(label=_("Quantity from"), field_name="quantity", lookup_expr="gte")
    quantity_to = WholeNumberFilter(label=_("Quantity to"), field_name="quantity", lookup_expr="lte")
    option = boxes(_("Option"), OPTIONS.items(), field_name="option_product_id")
    plan = boxes(_("Contract type"), PLANS.items())
    renewal = boxes(_("Renewal settings"), RENEWALS.items(), method="filter_renewal")
    task = boxes(_("Scheduled change"), OPTION_TASKS.items(), method="filter_task")

    class Meta:
        model = OptionProduct
        fields: list[str] = []

    def filter_renewal(self, queryset: Any, _name: str, values: list[str]) -> Any:
        """Any of the chosen renewal settings."""
        return queryset.filter(Exists(_same_option(OptionRenewal).filter(type__in=values))) if values else queryset

    def filter_task(self, queryset: Any, _name: str, values: list[str]) -> Any:
        """Any of the chosen scheduled changes."""
        return queryset.filter(Exists(_same_option(OptionOrder).filter(type__in=values))) if values else queryset


def ordered(rows: OptionProductQuerySet, sort: Sort) -> OptionProductQuerySet:
    """Return the rows in an order; what is absent comes last either way."""
    if sort.key == "renewal":
        rows = rows.annotate(renews_as=Subquery(_same_option(OptionRenewal).order_by().values("type")))
    elif sort.key == "scheduled":
        tasks = _same_option(OptionOrder).order_by()
        # Most have none, which PostgreSQL sees from one look at all tasks.
        rows = rows.annotate(scheduled_for=Case(When(Exists(tasks), then=Subquery(tasks.values("apply_date")))))
    return rows.order_by(*in_order((*SORTS[sort.key], "pk"), sort, nullable=NULLABLE))


def _same_option(model: type[OptionRenewal] | type[OptionOrder]) -> QuerySet[Any]:
    """Return the current rows that belong to the option of the query around them."""
    return model.objects.current().filter(
        customer_id=OuterRef("customer_id"), option_product_id=OuterRef("option_product_id")
    )
