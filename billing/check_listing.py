"""The list of differences of all months that were checked: filters, orders, columns and files."""

from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

import django_filters
from django.core.paginator import Page
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Abs
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.check_words import causes_words, explanation, item_words
from billing.checking.price_groups import groups_in, of_group
from billing.models import CheckCause, CheckDifference, MonthCheck, SignOff
from billing.models.checks import CHOSEN, EXPLAINED, PERMISSION, UNDECIDED
from billing.months import in_address, month_in
from billing.rules.check_kinds import Kind
from billing.templatetags.checks import state_badge
from customers.models import sort_name_of
from portal.core.exports import Column as FileColumn
from portal.core.exports import coded
from portal.core.filters import MonthFilter, boxes
from portal.core.htmx import PortalRequest
from portal.core.paging import Sort, in_order, parse_id
from portal.lists.listing import Around, BuiltIn, Column, ForSelected, Listing, Words, figures, headed, row_head
from portal.ui.templatetags.figures import amount, more_or_less

SORTS: dict[str, tuple[str, ...]] = {
    "month": ("check_run__month",),
    "name": ("sort_name", "domain_id"),
    "billed": ("billed",),
    "expected": ("expected",),
    # What is billed too little counts as much as what is billed too much.
    "yen": ("size", "count"),
    "units": ("count",),
}
DEFAULT_SORT = "-yen"
NULLABLE = ("billed", "expected", "size")
STATES = [("unexplained", _("Unexplained")), ("decided", _("Cause chosen")), ("explained", _("Explained"))]
SOURCES = [
    ("request", _("Request")),
    ("outside", _("Changed outside Partnerdesk")),
    ("due", _("Scheduled event")),
    ("metering", _("Daily metering")),
    ("invoice", _("Settlement item")),
]
_OF_STATE = {"unexplained": UNDECIDED, "decided": CHOSEN, "explained": EXPLAINED}


class DifferenceFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter publishes no types
    """The filters of the list of differences."""

    q = django_filters.CharFilter(label=_("Customer"), method="filter_customer")
    month = MonthFilter(label=_("Month"), field_name="check_run__month")
    state = boxes(_("State"), STATES, method="filter_state")
    kind = boxes(_("Kind"), Kind.choices)
    source = boxes(pgettext_lazy("a difference", "Cause"), SOURCES, method="filter_source")

    price = django_filters.ChoiceFilter(label=_("Other price"), method="filter_price", empty_label=_("All prices"))

    class Meta:
        model = CheckDifference
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Read where the page shows or checks them, and once.
        self.filters["price"].extra["choices"] = cache(self._prices)

    def filter_customer(self, queryset: Any, _name: str, value: str) -> Any:
        """Search names, codes and numbers of customers."""
        found = Q(customer_name__icontains=value) | Q(customer_code__icontains=value)
        number = parse_id(value)
        return queryset.filter(found if number is None else found | Q(domain_id=number))

    def filter_state(self, queryset: Any, _name: str, values: list[str]) -> Any:
        """Any of the chosen states."""
        found = Q()
        for value in values:
            found |= _OF_STATE[value]
        return queryset.filter(found)

    def filter_price(self, queryset: Any, _name: str, value: str) -> Any:
        """Those of the same plan or option that are billed at the same other price."""
        return queryset.filter(of_group(value))

    def _prices(self) -> list[tuple[str, str]]:
        """Return the groups to choose from: of the month that is chosen, so that those a check links to are there."""
        month = month_in(self.data.get("month", ""))
        differences = CheckDifference.objects.filter(check_run__month=month) if month else CheckDifference.objects.all()
        return [(group.value, f"{group.item}: {group.prices}") for group in groups_in(differences)]

    def filter_source(self, queryset: Any, _name: str, values: list[str]) -> Any:
        """Those of which a cause is known from any of the chosen sources."""
        found = Q()
        for value in values:
            found |= Q(causes__contains=[{"source": value}])
        return queryset.filter(found)


def rows() -> QuerySet[CheckDifference]:
    """Return the differences of the latest check of each month, with who chose a cause and their sign-off’s digest."""
    signed = SignOff.objects.filter(check_run=OuterRef("check_run")).values("digest")[:1]
    causes = CheckCause.objects.filter(month=OuterRef("check_run__month"), key=OuterRef("key"))
    chosen = {
        f"chosen_{name}": Case(When(CHOSEN, then=Subquery(causes.values(name)[:1])))
        for name in ("note", "by_name", "at")
    }
    return CheckDifference.objects.for_list().annotate(digest=Subquery(signed), **chosen)


def ordered(found: Any, sort: Sort) -> QuerySet[CheckDifference]:
    """Return differences in an order."""
    if sort.key == "name":
        found = found.alias(sort_name=sort_name_of("domain_id", "customer_name"))
    found = found.alias(size=Abs("yen"), count=Abs("units"))
    ordered: QuerySet[CheckDifference] = found.order_by(*in_order((*SORTS[sort.key], "pk"), sort, nullable=NULLABLE))
    return ordered


def _customer(line: CheckDifference, around: Around) -> SafeString:
    return row_head(around, line.get_absolute_url(), line.customer_name or line.domain_id)


def _around(_request: PortalRequest, found: Any, _page: Page[Any]) -> dict[str, Any]:
    """Return the month that is listed, for the way back to its check; None for all months."""
    return {"month": found.form.cleaned_data.get("month") if found.form.is_valid() else None}


def _why(line: CheckDifference) -> str:
    """Return the causes, or in what it differs where none is known."""
    return causes_words(line) or explanation(line)


def _codes(line: CheckDifference) -> str:
    return line.decision or ";".join(cause["id"] for cause in line.causes)


BILLED, EXPECTED, DIFFERENCE = _("Billed ¥"), _("Expected ¥"), _("Difference ¥")
DAYS = _("Difference × days")

EXPORTED: tuple[FileColumn[Any], ...] = (
    FileColumn(_("Month"), lambda line: line.check_run.month, "month"),
    FileColumn(_("Domain ID"), lambda line: line.domain_id, "name"),
    FileColumn(_("Customer"), lambda line: line.customer_name, "name"),
    FileColumn(_("Customer code"), lambda line: line.customer_code, "name"),
    FileColumn(_("Subscription ID"), lambda line: line.subscription_id, "item"),
    *coded(_("Item type"), "item_type", lambda line: line.item_type, "item"),
    FileColumn(_("Plan or option"), item_words, "item"),
    FileColumn(_("Item (code)"), lambda line: line.item_id, "item"),
    FileColumn(_("Sub option (code)"), lambda line: line.sub_item_id, "item"),
    *coded(_("Contract type"), "plan", lambda line: line.plan, "item"),
    FileColumn(_("Kind"), lambda line: str(line.get_kind_display()), "kind"),
    FileColumn(_("Kind (code)"), lambda line: line.kind, "kind"),
    FileColumn(_("Period from"), lambda line: line.first_day, "item"),
    FileColumn(_("Period to"), lambda line: line.last_day, "item"),
    FileColumn(BILLED, lambda line: line.billed, "billed"),
    FileColumn(EXPECTED, lambda line: line.expected, "expected"),
    FileColumn(DIFFERENCE, lambda line: line.yen, "yen"),
    FileColumn(_("Billed for each ¥"), lambda line: line.billed_each, "billed"),
    FileColumn(_("Price list ¥"), lambda line: line.expected_each, "expected"),
    FileColumn(_("Billed × days"), lambda line: line.billed_units, "units"),
    FileColumn(_("In force × days"), lambda line: line.expected_units, "units"),
    FileColumn(DAYS, lambda line: line.units, "units"),
    FileColumn(_("Explained"), lambda line: int(line.is_explained), "cause"),
    FileColumn(pgettext_lazy("a difference", "Cause"), _why, "cause"),
    FileColumn(_("Cause (code)"), _codes, "cause"),
    FileColumn(_("Cause chosen by"), lambda line: line.chosen_by_name, "cause"),
    FileColumn(_("Cause chosen at"), lambda line: line.chosen_at, "cause"),
    FileColumn(_("Note"), lambda line: line.chosen_note, "cause"),
    FileColumn(_("Sign-off (SHA-256)"), lambda line: line.digest, "cause"),
)

# What says how large a difference is where no price list was in force, and what then is only in what is listed.
_SIZE, _PRICED = "units", ("billed", "expected")


@dataclass(frozen=True, eq=False)
class DifferenceListing(Listing[Any]):
    """The list of differences; of months that were checked without prices, by licenses, users and quantities."""

    is_priced: bool = True

    def suited_to(self, query: QueryDict) -> Listing[Any]:
        """Return the list with the size of each difference as its first figure, where there are no prices."""
        if not _are_without_prices(month_in(query.get("month", ""))):
            return self
        columns = [
            replace(column, is_extra=column.key in _PRICED or (column.is_extra and column.key != _SIZE))
            for column in self.columns
        ]
        return replace(self, columns=columns, default_sort=f"-{_SIZE}", is_priced=False)


def _are_without_prices(month: date | None) -> bool:
    """Return whether a month, or every month with differences, was checked while no price list was in force in it."""
    runs = MonthCheck.objects.filter(Exists(CheckDifference.objects.filter(check_run=OuterRef("pk"))))
    found = runs.filter(month=month) if month else runs
    return set(found.order_by().values_list("is_priced", flat=True).distinct()) == {False}


LISTING = DifferenceListing(
    name="differences",
    permission="billing.view_invoice",
    template="billing/difference_list.html",
    words=Words(
        title=_("Differences"),
        section=_("List of differences"),
        table=_("Table of differences"),
        placeholder=_("Customer: name, ID or code"),
        no_match=_("No differences match these filters."),
        show_all=_("Show all differences"),
        nothing_yet=_("No differences."),
        hint=_("No month has been checked yet, or what was billed is what was in force."),
    ),
    icon="receipt-japanese-yen",
    table_class="pd-inv is-stacked is-wrapping",
    filters=DifferenceFilter,
    rows=rows,
    ordered=ordered,
    sorts=SORTS,
    default_sort=DEFAULT_SORT,
    columns=(
        headed("month", _("Month"), lambda line, _a: in_address(line.check_run.month)),
        Column("name", _("Customer"), _customer, is_fixed=True),
        headed("item", _("Plan or option"), lambda line, _a: item_words(line)),
        headed("kind", _("Kind"), lambda line, _a: str(line.get_kind_display()), is_extra=True),
        figures("units", DAYS, lambda line, _a: more_or_less(line.units), is_extra=True),
        figures("billed", BILLED, lambda line, _a: amount(line.billed)),
        figures("expected", EXPECTED, lambda line, _a: amount(line.expected)),
        figures("yen", DIFFERENCE, lambda line, _a: more_or_less(line.yen)),
        headed("cause", pgettext_lazy("a difference", "Cause"), lambda line, _a: format_html(
            "{} {}", state_badge(line), _why(line)
        )),
    ),
    more=_around,
    exported=EXPORTED,
    picked=lambda line: (line.pk, line.customer_name or line.domain_id),
    for_selected=ForSelected("differences:cause", PERMISSION, _("Choose a cause")),
    built_in=(
        BuiltIn("unexplained", _("Unexplained"), "state=unexplained"),
        BuiltIn("outside", _("Changed outside Partnerdesk"), "source=outside"),
    ),
)  # fmt: skip
