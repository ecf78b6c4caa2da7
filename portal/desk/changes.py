"""The list of detected changes of all customers: its filters, columns, views and files. No cell makes a query."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import django_filters
from django.db.models import OuterRef, QuerySet, Subquery
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.history import Told, told
from customers.models import Customer
from portal.accounts.models import User
from portal.core.exports import Column as FileColumn
from portal.core.exports import in_batches, of_part
from portal.core.filters import YEARS, begin_of, day
from portal.core.labels import listed
from portal.core.paging import Sort, in_order
from portal.lists.listing import Around, BuiltIn, Column, Listing, Words, row_head
from portal.operations.models import Operation
from portal.sync.customer_names import names_of
from portal.sync.filters import ObservationFilter
from portal.sync.history import Entry, What
from portal.sync.models import DetectedChange
from portal.sync.templatetags.sync import cause
from portal.ui.templatetags.times import when

Cause = DetectedChange.Cause

# In the address; what people look for first comes when nothing is asked for.
EVERYTHING = "all"
CAUSES = [
    (str(Cause.OUTSIDE), Cause.OUTSIDE.label),
    (str(Cause.DUE), Cause.DUE.label),
    (str(Cause.USE), Cause.USE.label),
    (str(Cause.OPERATION), Cause.OPERATION.label),
    (str(Cause.FIRST), Cause.FIRST.label),
    (EVERYTHING, gettext_lazy("All changes")),
]
# Rows come in the order of their times.
SORTS: dict[str, tuple[str, ...]] = {"at": (), "customer": ("company",)}
DEFAULT_SORT = "-at"
WHAT = {What.APPEARED: gettext_lazy("added"), What.GONE: gettext_lazy("removed"), What.CHANGED: gettext_lazy("changed")}


class ChangeFilter(ObservationFilter):
    """The filters of the list."""

    q = django_filters.CharFilter(label=gettext_lazy("Customer, domain or ID"), method="filter_customer")
    since = day(gettext_lazy("From"), method="filter_since", validators=YEARS)
    until = day(gettext_lazy("To"), method="filter_until", validators=YEARS)
    cause = django_filters.ChoiceFilter(
        label=gettext_lazy("Cause"), choices=CAUSES, method="filter_cause", empty_label=Cause.OUTSIDE.label
    )

    def filter_queryset(self, queryset: QuerySet[DetectedChange]) -> QuerySet[DetectedChange]:
        """Show what was changed outside, unless something else is asked for."""
        rows: QuerySet[DetectedChange] = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("cause") else rows.filter(cause=Cause.OUTSIDE)

    def filter_cause(self, queryset: Any, _name: str, value: str) -> Any:
        """One explanation, or all."""
        return queryset if value == EVERYTHING else queryset.filter(cause=value)

    def filter_customer(self, queryset: Any, _name: str, value: str) -> Any:
        """Customers by name, domain, code or number, as the list of customers finds them."""
        return queryset.filter(domain_id__in=Customer.objects.matching(value).values("pk"))

    def filter_since(self, queryset: Any, _name: str, value: date) -> Any:
        """Read on that day or later."""
        return queryset.filter(read_at__gte=begin_of(value))

    def filter_until(self, queryset: Any, _name: str, value: date) -> Any:
        """Read on that day or before."""
        return queryset.filter(read_at__lt=begin_of(value + timedelta(days=1)))


@dataclass(frozen=True)
class Line:
    """A change with the request that explains it, and the name of its customer; empty where nobody knows that."""

    told: Told
    observation: DetectedChange
    name: str

    @property
    def entry(self) -> Entry:
        """The change in words."""
        return Entry(self.observation)

    @property
    def operation(self) -> Operation | None:
        """The request that explains it."""
        return self.told.operation

    @property
    def fields(self) -> str:
        """Which fields changed, from what to what, in one line; the whole record where it was added or is gone."""
        moved = (f"{each.field.label}: {each.before or '–'} → {each.after or '–'}" for each in self.entry.moved)
        return listed(moved) or self.entry.summary


def lines_of(changes: Iterable[DetectedChange], _by: User) -> Iterator[Line]:
    """Return changes with what belongs to each, at the cost of two queries for each batch."""
    for batch in in_batches(changes):
        names = names_of({row.domain_id for row in batch})
        for line, row in zip(told(batch), batch, strict=True):
            yield Line(line, row, names.get(row.domain_id, ""))


def ordered(rows: QuerySet[DetectedChange], sort: Sort) -> QuerySet[DetectedChange]:
    """Return the rows in an order; changes of the partner itself come last by customer."""
    if sort.key == "customer":
        names = Customer.objects.filter(pk=OuterRef("domain_id")).order_by().values("sort_name")
        rows = rows.annotate(company=Subquery(names))
    return rows.order_by(*in_order((*SORTS[sort.key], "pk"), sort, nullable=SORTS[sort.key]))


def _customer(line: Line, around: Around) -> SafeString:
    whose = line.observation.domain_id
    if not whose:
        return format_html("<th scope=row>{}", _("Partner"))
    address = reverse("customers:history", args=[whose])
    return row_head(around, address, line.name or whose, lang="ja" if line.name else "und")


def _change(line: Line, around: Around) -> SafeString:
    return format_html(
        "<td class=c-what>{}", render_to_string("partials/change.html", {"line": line.told, "today": around.today})
    )


LISTING: Listing[Line] = Listing(
    name="changes",
    permission="customers.view_customer",
    template="desk/change_list.html",
    words=Words(
        title=gettext_lazy("Detected changes"),
        lead=gettext_lazy(
            "Differences that syncs found, for all customers. Changes that no request explains were made outside"
            " Partnerdesk."
        ),
        section=gettext_lazy("List of detected changes"),
        table=gettext_lazy("Table of detected changes"),
        placeholder=gettext_lazy("Customer, domain or ID"),
        all_rows=Cause.OUTSIDE.label,
        no_match=gettext_lazy("No matching changes."),
        show_all=gettext_lazy("Clear filters"),
        nothing_yet=gettext_lazy("No changes."),
        hint=gettext_lazy("Each sync is compared with the one before. Differences are listed here."),
    ),
    icon="git-compare-arrows",
    table_class="is-top is-stacked",
    filters=ChangeFilter,
    rows=DetectedChange.objects.all,
    ordered=ordered,
    sorts=SORTS,
    default_sort=DEFAULT_SORT,
    columns=(
        Column(
            "at",
            gettext_lazy("Detected at"),
            lambda line, around: format_html(
                '<td class="c-when pd-2">{}', when(line.observation.read_at, around.today)
            ),
        ),
        Column("customer", gettext_lazy("Customer"), _customer, is_fixed=True),
        Column("change", gettext_lazy("Change"), _change, is_fixed=True),
        Column("cause", gettext_lazy("Cause"), lambda line, _around: format_html("<td>{}", cause(line.observation))),
    ),
    exported=(
        FileColumn(gettext_lazy("Detected at"), lambda line: line.observation.read_at, "at"),
        FileColumn(gettext_lazy("Synced before at"), lambda line: line.observation.read_before_at, "at"),
        FileColumn(gettext_lazy("Customer"), lambda line: line.name, "customer"),
        FileColumn(gettext_lazy("Domain ID"), lambda line: line.observation.domain_id or None, "customer"),
        FileColumn(gettext_lazy("Record"), lambda line: line.entry.title, "change"),
        FileColumn(gettext_lazy("Type"), lambda line: str(WHAT[line.entry.what]), "change"),
        FileColumn(gettext_lazy("Change"), lambda line: line.fields, "change"),
        FileColumn(gettext_lazy("Cause"), lambda line: line.observation.get_cause_display(), "cause"),
        FileColumn(gettext_lazy("Request number"), of_part("operation", "ref"), "cause"),
    ),
    picked=None,
    built_in=(
        *(BuiltIn(value, words, f"cause={value}") for value, words in CAUSES[1:-1]),
        # The view of what an address without a filter finds is "all" already.
        BuiltIn("every", CAUSES[-1][1], f"cause={EVERYTHING}"),
    ),
    lines=lines_of,
)
