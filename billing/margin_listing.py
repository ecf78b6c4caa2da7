"""
The list of margins of a month: its columns, orders and files.

A margin is worked out item by item in Python, so the list is sorted there too: by the margins of all customers, which
the sum at its end needs anyway. Only the details of a page are read.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import django_filters
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from billing.margins import Margin
from billing.models import InvoiceDetail, InvoiceDetailQuerySet
from billing.money import Money
from billing.months import billed_in, in_address
from billing.price_lists import VIEW_PURCHASE
from customers.models import sort_name_of
from portal.core import exports
from portal.core.paging import Sort
from portal.lists.listing import Around, Column, Listing, Words, figures, row_head
from portal.ui.templatetags.figures import amount


@dataclass(frozen=True)
class Line:
    """A customer's details of a month, with the margin; none where the month has no price list."""

    detail: InvoiceDetail
    margin: Margin | None

    def amount(self, key: str) -> Money | None:
        """Return an amount of ``_AMOUNTS``; None where there is none."""
        return _AMOUNTS[key](self.margin) if self.margin else None


@dataclass(frozen=True)
class Ranked:
    """Details in an order that was found in Python; they are read as they are shown."""

    numbers: Sequence[int]

    def count(self) -> int:
        """Return how many there are."""
        return len(self.numbers)

    def reverse(self) -> "Ranked":
        """Return the same from the other end."""
        return Ranked(self.numbers[::-1])

    def iterator(self, chunk_size: int, /) -> Iterator[InvoiceDetail]:
        """Return all of them, some at a time."""
        for first in range(0, len(self.numbers), chunk_size):
            yield from self[first : first + chunk_size]

    def __getitem__(self, places: slice, /) -> list[InvoiceDetail]:
        wanted = self.numbers[places]
        found = InvoiceDetail.objects.defer("raw").in_bulk(wanted)
        return [found[number] for number in wanted if number in found]


@dataclass(frozen=True, eq=False)
class MarginListing(Listing[Line]):
    """The list of one month."""

    @property
    def address(self) -> str:
        """The address of the page."""
        return reverse("billing:margins")


# What is shown as absent comes last in either order.
_AMOUNTS: Mapping[str, Callable[[Margin], Money | None]] = {
    "sales": lambda margin: margin.sales,
    "cost": lambda margin: margin.spent,
    "margin": lambda margin: margin.margin,
    "percent": lambda margin: margin.percent,
    "items": lambda margin: margin.unpriced_items or None,
    "unpriced": lambda margin: margin.unpriced if margin.unpriced_items else None,
}
DEFAULT_SORT = "name"
# Also for the row of the sum: a template would have the sign translated as one that stands for a value.
PERCENT = _("Margin %")


def listing_of(named: date, found: Mapping[int, Margin] | None) -> MarginListing:
    """
    Return the list of a month.

    Args:
        named: the month, by the name that LINE WORKS has for it.
        found: the margins of its customers, by the number of their details; None without a price list.
    """
    return replace(
        _LISTING,
        rows=InvoiceDetail.objects.current().filter(month=named).all,
        ordered=partial(_ordered, found or {}),
        lines=lambda details, _by: _lines(found, details),
    )


def _ordered(found: Mapping[int, Margin], details: InvoiceDetailQuerySet, sort: Sort) -> Ranked:
    """Return details in an order; those that are alike, and those without the amount, by name."""
    by_name = details.order_by(sort_name_of("domain_id", "customer_name"), "pk")
    numbers = list(by_name.values_list("pk", flat=True))
    if sort.key == DEFAULT_SORT:
        return Ranked(numbers[::-1] if sort.descending else numbers)
    amount_of = _AMOUNTS[sort.key]
    values = {number: amount_of(found[number]) for number in numbers if number in found}
    stated = {number: value for number, value in values.items() if value is not None}
    ranked = sorted(stated, key=stated.__getitem__, reverse=sort.descending)
    return Ranked([*ranked, *(number for number in numbers if number not in stated)])


def _lines(found: Mapping[int, Margin] | None, details: Iterable[InvoiceDetail]) -> Iterator[Line]:
    for detail in details:
        # A customer that is billed nothing has a margin of nothing.
        yield Line(detail, None if found is None else found.get(detail.pk) or Margin())


def _customer(line: Line, around: Around) -> SafeString:
    detail = line.detail
    address = reverse("billing:statement", args=[in_address(billed_in(detail.month)), detail.domain_id])
    return row_head(around, address, detail.name)


def _margin(line: Line, _around: Around) -> SafeString | str:
    margin = line.amount("margin")
    words = amount(margin)
    return format_html('<span class="pd-t-bad">{}</span>', words) if margin is not None and margin < 0 else words


def _amount(key: str, label: Any) -> Column[Line]:
    return figures(key, label, lambda line, _around: amount(line.amount(key)))


def _whole(amount: Money | None) -> int | str | None:
    """Return an amount as a file has it: a number, or as it came where it has decimals."""
    if amount is None:
        return None
    return int(amount) if amount == int(amount) else f"{Decimal(amount).normalize():f}"


EXPORTED: tuple[exports.Column[Line], ...] = (
    exports.Column(_("Customer"), lambda line: line.detail.customer_name),
    exports.Column(_("Customer code"), lambda line: line.detail.customer_code),
    exports.Column(_("Domain ID"), lambda line: line.detail.domain_id),
    exports.Column(_("Sales"), lambda line: _whole(line.amount("sales"))),
    exports.Column(_("Cost"), lambda line: _whole(line.amount("cost"))),
    exports.Column(_("Margin"), lambda line: _whole(line.amount("margin"))),
    exports.Column(_("Items without a price"), lambda line: line.margin.unpriced_items if line.margin else None),
    exports.Column(_("Without a price"), lambda line: _whole(line.margin.unpriced) if line.margin else None),
)
_LISTING = MarginListing(
    name="margins",
    permission=VIEW_PURCHASE,
    template="billing/margin_list.html",
    words=Words(
        title=_("Margins"),
        section=_("Margins"),
        table=_("Margins"),
        placeholder="",
        no_match="",
        show_all="",
        nothing_yet=_("No month has been billed yet."),
    ),
    icon="receipt-japanese-yen",
    table_class="pd-prices is-stacked",
    filters=django_filters.FilterSet,
    rows=InvoiceDetail.objects.none,
    ordered=partial(_ordered, {}),
    sorts={DEFAULT_SORT: None, **_AMOUNTS},
    default_sort=DEFAULT_SORT,
    columns=(
        Column("name", _("Customer"), _customer, is_fixed=True),
        _amount("sales", _("Sales ¥")),
        _amount("cost", _("Cost ¥")),
        figures("margin", _("Margin ¥"), _margin),
        _amount("percent", PERCENT),
        _amount("items", _("Items without a price")),
        _amount("unpriced", _("Without a price ¥")),
    ),
    exported=EXPORTED,
    picked=None,
)
