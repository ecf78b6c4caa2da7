"""License use over all customers: the list, its filters and orders. No cell makes a query."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import django_filters
from django.core.paginator import Page
from django.db.models import BigIntegerField, Case, ExpressionWrapper, F, Max, Q, QuerySet, Sum, When
from django.db.models.functions import Coalesce, Least
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.models import CustomerUsage
from billing.months import in_address
from billing.price_lists import VIEW as VIEW_PRICE
from billing.price_lists import price_book
from billing.rules.prices import Billed, PriceBook, charge_on, monthly
from customers.exports import customer_columns
from customers.filters import CustomerFilter
from customers.models import Customer
from portal.accounts.models import User
from portal.core.catalogue import PLAN_GROUPS
from portal.core.clock import business_today
from portal.core.exports import Column as FileColumn
from portal.core.exports import coded, in_batches
from portal.core.htmx import PortalRequest
from portal.core.paging import Sort, in_order
from portal.lists.listing import Around, BuiltIn, Column, Listing, Words, figures, row_head
from portal.operations.priced import Per
from portal.ui.templatetags.figures import NOTHING, amount, contract, more_or_less, seats, yen
from portal.ui.templatetags.ui import badge

# A point of the trend for each week
WEEKS = 8
# From so many percent on a customer is about to reach its limit; up to so many, or from so many licenses without users
# on, it pays for more than it uses. The page takes its words from these.
NEAR, LOW, MANY_FREE = 90, 50, 50
PRODUCTS = PLAN_GROUPS["WORKS"]

SORTS: dict[str, tuple[str, ...]] = {
    "name": ("sort_name",),
    "plan": ("lead_product", "lead_plan"),
    "users": ("users",),
    "free": ("free",),
    "share": ("share",),
}
DEFAULT_SORT = "-free"
SHOWN: dict[str, tuple[Any, Q]] = {
    "low": (
        format_lazy(
            _("Pays for more than it uses (up to {share}, or {free} or more free licenses)"),
            share=f"{LOW} %",
            free=MANY_FREE,
        ),
        Q(licenses__gt=0) & (Q(share__lte=LOW) | Q(free__gte=MANY_FREE)),
    ),
    "near": (format_lazy(_("About to reach the limit ({share} or more)"), share=f"{NEAR} %"), Q(share__gte=NEAR)),
    "over": (_("At or over the limit"), Q(share__gte=100)),
}
# In percent, rounded half up to a whole number; below the limit at most 99, so that 100 is at the limit.
_ROUNDED = (F("users") * 200 + F("limit")) / (F("limit") * 2)
_SHARE = Case(When(users__lt=F("limit"), then=Least(_ROUNDED, 99)), default=_ROUNDED, output_field=BigIntegerField())


class UsageFilter(CustomerFilter):
    """The filters of the list: those of customers, and how much of their licenses they use."""

    use = django_filters.ChoiceFilter(
        label=_("Use"),
        choices=[(key, label) for key, (label, _condition) in SHOWN.items()],
        method="filter_use",
        empty_label=_("Any use"),
    )

    class Meta:
        model = Customer
        fields: list[str] = []

    def filter_use(self, queryset: Any, _name: str, value: str) -> Any:
        """How close the number of users is to the limit."""
        return queryset.filter(SHOWN[value][1])


@dataclass(frozen=True)
class Line:
    """
    A customer with its users of the last weeks.

    Args:
        customer: with what the list of customers adds to it, ``limit``, ``free`` and ``share``.
        trend: the number of users at the end of each week, the earliest first; None where nothing was metered.
        cost: of the licenses without users, in yen a month before tax, estimated; None where no price says it.
    """

    customer: Any
    trend: Sequence[int | None]
    cost: int | None = None

    @property
    def change(self) -> int | None:
        """By how much the users grew from the first known week to the last."""
        known = [users for users in self.trend if users is not None]
        return known[-1] - known[0] if len(known) > 1 else None


def rows() -> QuerySet[Customer]:
    """
    Return customers with a plan of LINE WORKS whose users are counted against licenses, or against a maximum.

    ``share`` is the users in percent of that limit; ``free`` are the licenses without users.
    """
    return (
        Customer.objects.for_list()
        .filter(lead_product__in=PRODUCTS)
        .annotate(
            limit=Coalesce("licenses", "most_users", output_field=BigIntegerField()),
            free=ExpressionWrapper(F("licenses") - F("users"), output_field=BigIntegerField()),
        )
        .filter(limit__gt=0, users__isnull=False)
        .annotate(share=_SHARE)
    )


def ordered(found: QuerySet[Customer], sort: Sort) -> QuerySet[Customer]:
    """Return the rows in an order; what is absent comes last either way."""
    columns = (*SORTS[sort.key], "pk")
    return found.order_by(*in_order(columns, sort, nullable=columns))


def lines_of(customers: Iterable[Customer], by: User) -> Iterator[Line]:
    """Return customers with their trend, in their order, at the cost of one query for each batch."""
    book = price_book() if by.has_perm(VIEW_PRICE) else PriceBook()
    today = business_today()
    last = today - timedelta(days=1)
    days = [last - timedelta(weeks=week) for week in range(WEEKS, -1, -1)]
    for batch in in_batches(customers):
        metered = users_on(days, [customer.pk for customer in batch])
        for customer in batch:
            of_customer = metered.get(customer.pk, {})
            yield Line(customer, [of_customer.get(day) for day in days], cost_of_free(customer, book, today))


def cost_of_free(customer: Any, book: PriceBook, day: date) -> int | None:
    """Return what a customer pays a month for licenses without users; None where the price list does not say it."""
    if not customer.licenses or customer.free <= 0:
        return None
    billed = Billed(customer.lead_product, customer.lead_plan, customer.licenses, customer.users)
    charge = charge_on(book, day, billed)
    if charge is None or charge.price is None or charge.price.sale is None or charge.price.per != Per.LICENSE:
        return None
    return monthly(charge.price.sale * customer.free, charge.price.period)


def users_on(days: Sequence[date], customers: Sequence[int]) -> Mapping[int, Mapping[date, int]]:
    """Return how many users each customer had on each of some days, as far as it was metered."""
    found: dict[int, dict[date, int]] = {}
    rows = (
        CustomerUsage.objects.current()
        .filter(customer_id__in=customers, used_date__in=days, product_id__in=PRODUCTS, member_count__isnull=False)
        .order_by()
        .values_list("customer_id", "used_date")
        .annotate(users=Max("member_count"))
    )
    for customer, day, users in rows:
        found.setdefault(customer, {})[day] = users
    return found


def trend(points: Sequence[int | None]) -> SafeString:
    """Draw how many users there were, as a line that begins at its lowest; nothing where there are no two points."""
    known = [(place, users) for place, users in enumerate(points) if users is not None]
    if len(known) < 2:
        return NOTHING
    lowest, highest = min(users for _place, users in known), max(users for _place, users in known)
    span = highest - lowest or 1
    path = " ".join(f"{place * 8},{13 - (users - lowest) * 12 // span}" for place, users in known)
    return format_html(
        '<svg class=pd-trend viewBox="0 0 {} 14" aria-hidden=true><polyline points="{}"/></svg>',
        (len(points) - 1) * 8,
        path,
    )


def _customer(line: Line, around: Around) -> SafeString:
    address = reverse("billing:customer_usage", args=[line.customer.pk, in_address(around.today)])
    return row_head(around, address, line.customer, _mark(line.customer))


def _mark(customer: Any) -> SafeString:
    if customer.share >= NEAR:
        words = gettext("At the limit") if customer.share >= 100 else gettext("Near the limit")
        return badge("warn", "gauge", words, plain=True)
    return NOTHING


def _free(line: Line, _around: Around) -> SafeString:
    if line.cost is None:
        return format_html("{}", amount(line.customer.free))
    return format_html(
        "{}<span class=pd-sub>{}</span>",
        amount(line.customer.free),
        gettext("%(yen)s a month") % {"yen": yen(line.cost)},
    )


def _total(_request: PortalRequest, found: Any, _page: Page[Any]) -> dict[str, Any]:
    """Return how many licenses without users the customers have that the filter finds."""
    total = found.qs.order_by().filter(free__gt=0).aggregate(total=Sum("free"))["total"] if found.form.is_valid() else 0
    return {"free_total": total or 0, "extra": "billing/usage_free.html"}


def _trend(line: Line, _around: Around) -> SafeString:
    return format_html('<td data-head="{}">{} {}', gettext("8 weeks"), trend(line.trend), more_or_less(line.change))


EXPORTED: tuple[FileColumn[Line], ...] = (
    *customer_columns(lambda line: line.customer),
    *coded(_("Plan"), "product", lambda line: line.customer.lead_product, "plan"),
    *coded(_("Contract type"), "plan", lambda line: line.customer.lead_plan, "plan"),
    FileColumn(_("Number of users"), lambda line: line.customer.users, "users"),
    FileColumn(_("Number of licenses"), lambda line: line.customer.licenses, "users"),
    FileColumn(_("Maximum number of users"), lambda line: line.customer.most_users, "users"),
    FileColumn(_("Licenses without users"), lambda line: line.customer.free, "free"),
    FileColumn(_("Cost of licenses without users a month, estimated"), lambda line: line.cost, "free"),
    FileColumn(_("Users in percent of the limit"), lambda line: line.customer.share, "share"),
    FileColumn(_("Change of users in 8 weeks"), lambda line: line.change, "trend"),
)
LISTING: Listing[Line] = Listing(
    name="usage",
    permission="billing.view_customerusage",
    template="billing/usage_list.html",
    words=Words(
        title=_("Usage"),
        section=_("License use by customer"),
        table=_("License use by customer"),
        placeholder=_("Name, domain, ID or code"),
        no_match=_("No customers match these filters."),
        show_all=_("Show all customers"),
        nothing_yet=_("No customers have been synced yet."),
        lead=format_lazy(
            _(
                "LINE WORKS plans with licenses or a maximum number of users, and how many users there are. "
                "A customer pays for more than it uses when at most {low} of its licenses have users, "
                "or {free} or more have none. "
                "It is about to reach the limit from {near} of its licenses or its maximum number of users on. "
                "Percentages are rounded; 100 % is at the limit. "
                "Yen are those of the price list, before tax, estimated."
            ),
            low=f"{LOW} %",
            free=MANY_FREE,
            near=f"{NEAR} %",
        ),
    ),
    icon="gauge",
    table_class="pd-usage is-stacked",
    filters=UsageFilter,
    rows=rows,
    ordered=ordered,
    sorts=SORTS,
    default_sort=DEFAULT_SORT,
    columns=(
        Column("name", _("Customer"), _customer, is_fixed=True),
        Column(
            "plan",
            _("Plan"),
            lambda line, _a: format_html(
                "<td class=plan>{}", contract(line.customer.lead_product, line.customer.lead_plan)
            ),
        ),
        Column(
            "users",
            _("Users / licenses"),
            lambda line, _a: format_html(
                "<td>{}", seats(line.customer.users, line.customer.licenses, line.customer.most_users)
            ),
        ),
        figures("free", _("Licenses without users"), _free),
        figures("share", _("Use"), lambda line, _a: f"{line.customer.share} %"),
        Column("trend", _("8 weeks"), _trend),
    ),
    exported=EXPORTED,
    picked=None,
    built_in=(
        BuiltIn("mine", _("Mine"), "owner=me"),
        BuiltIn("low", _("Pays for more than it uses"), "use=low&sort=-free"),
        BuiltIn("near", _("About to reach the limit"), "use=near&sort=-share"),
    ),
    lines=lines_of,
    more=_total,
)
