"""What is selected in a list: some of its rows, or everything that its filter finds."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from customers.exports import EXPORTED as OF_CUSTOMERS
from customers.listing import LISTING as CUSTOMERS
from customers.models import Customer
from options import lines as option_lines
from options.listing import LISTING as OPTIONS
from options.models import OptionProduct
from portal.accounts.models import User
from portal.bulk.models import Import
from portal.bulk.selected import Thing, kinds_for
from portal.core.exports import Column
from portal.core.htmx import PortalRequest
from portal.core.tables.parsers import MOST_ROWS
from portal.desk.renewal_list import RenewalFilter
from portal.operations.commands import Command
from portal.ui.picking import list_address, named_numbers, selects_all
from subscriptions import lines as subscription_lines
from subscriptions.listing import LISTING as SUBSCRIPTIONS
from subscriptions.models import Subscription

Rows = QuerySet[Any]


@dataclass(frozen=True)
class Source:
    """
    A list in which rows can be selected.

    Args:
        name: in the address, and in the bulk request that is made of the selection.
        view: the permission to look at it.
        address: the name of its page.
        found: return the rows that its filter finds, in its order; None if the filter is not valid.
        named: all rows that the numbers of a selection can name.
        thing: what a row is about.
        ids: what names a thing below its customer.
        columns: what a download says of each line.
        lines: the lines of rows.
        without: kinds that its rows can't be about, though their ids look so.
        recorded_at: the name of the page that records something about all of a selection and sends nothing.
    """

    name: str
    view: str
    address: str
    found: Callable[[PortalRequest], Rows | None]
    named: Callable[[], Rows]
    thing: Callable[[Any], Thing]
    columns: Sequence[Column[Any]]
    lines: Callable[[Iterable[Any]], Iterable[Any]]
    ids: Collection[str] = ()
    without: Collection[str] = ()
    recorded_at: str = ""

    @property
    def shown(self) -> list[Column[Any]]:
        """The columns that say something in words; those of the codes beside them are left out."""
        return [column for column in self.columns if not column.is_code]

    def kinds(self, by: User) -> list[Command[Any]]:
        """Return what a person may request for its rows."""
        return [command for command in kinds_for(self.ids, by) if command.kind not in self.without]


class Trouble(StrEnum):
    """Why nothing can be requested for a selection."""

    NOTHING = "nothing"
    FILTER = "filter"
    MANY = "many"


@dataclass(frozen=True)
class Selection:
    """
    What was selected.

    Args:
        source: the list.
        rows: those that there are.
        count: how many they are.
        gone: how many of those that were named there are not, or not any more.
        is_filter: whether it is everything that the filter finds.
    """

    source: Source
    rows: Rows
    count: int
    gone: int = 0
    is_filter: bool = False
    is_valid: bool = True

    @property
    def trouble(self) -> Trouble | None:
        """Why nothing can be requested for it; None if something can."""
        if not self.is_valid:
            return Trouble.FILTER
        if not self.count:
            return Trouble.NOTHING
        return Trouble.MANY if self.count > MOST_ROWS else None

    def address(self, request: PortalRequest) -> str:
        """Return the address of the list with the filter under which the selection was made."""
        return list_address(request, reverse(self.source.address))

    def things(self) -> list[Thing]:
        """Return what it is about, in the order of the list."""
        return [self.source.thing(row) for row in self.rows]


def selection_of(request: PortalRequest, source: Source) -> Selection:
    """Return what the address of a request selects in a list."""
    if selects_all(request):
        found = source.found(request)
        if found is None:
            return Selection(source, source.named().none(), 0, is_filter=True, is_valid=False)
        return Selection(source, found, found.count(), is_filter=True)
    named = named_numbers(request)
    rows = source.named().filter(pk__in=named)
    count = rows.count() if named else 0
    return Selection(source, rows, count, gone=len(set(request.GET.getlist("id"))) - count)


def _renewals(request: PortalRequest) -> Rows | None:
    """The renewals of the filter, as the list of subscriptions has them."""
    chosen = RenewalFilter(request.GET, request=request)
    if not chosen.form.is_valid():
        return None
    numbers = chosen.qs.order_by().values("pk")
    return Subscription.objects.for_list().filter(pk__in=numbers).order_by("end_date", "customer__sort_name", "pk")


def _subscription(row: Any) -> Thing:
    return Thing(row.customer_id, {"subscription_id": row.subscription_id})


SOURCES = {
    source.name: source
    for source in (
        Source(
            name=Import.List.CUSTOMERS,
            view="customers.view_customer",
            address="customers:list",
            found=CUSTOMERS.found,
            named=lambda: Customer.objects.for_list().filter(removed_at=None).order_by("sort_name", "pk"),
            thing=lambda row: Thing(row.pk),
            columns=OF_CUSTOMERS,
            lines=iter,
        ),
        Source(
            name=Import.List.SUBSCRIPTIONS,
            view="subscriptions.view_subscription",
            address="subscriptions:list",
            found=SUBSCRIPTIONS.found,
            named=lambda: Subscription.objects.for_list().order_by("end_date", "pk"),
            thing=_subscription,
            columns=subscription_lines.EXPORTED,
            lines=subscription_lines.lines_of,
            ids=("subscription_id",),
        ),
        Source(
            name=Import.List.OPTIONS,
            view="options.view_optionproduct",
            address="options:list",
            found=OPTIONS.found,
            named=lambda: OptionProduct.objects.for_list().order_by("end_date", "pk"),
            thing=lambda row: Thing(row.customer_id, {"option_product_id": row.option_product_id}),
            columns=option_lines.EXPORTED,
            lines=option_lines.lines_of,
            ids=("option_product_id",),
            # It is about an option that the customer does not have.
            without=("addOptionProduct",),
        ),
        Source(
            name=Import.List.RENEWALS,
            view="subscriptions.view_subscription",
            address="renewals:list",
            found=_renewals,
            named=lambda: Subscription.objects.for_list().order_by("end_date", "customer__sort_name", "pk"),
            thing=_subscription,
            columns=subscription_lines.EXPORTED,
            lines=subscription_lines.lines_of,
            ids=("subscription_id",),
            recorded_at="renewals:record",
        ),
    )
}
