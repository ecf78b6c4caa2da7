"""
Margins of a month: what customers pay by the price list, against what LINE WORKS billed for the same items.

A settlement item is valued by the ratio of its sale to its purchase price, on the first day of the month of use. So a
part of a month, or a year paid in a lump sum, counts for the sale as it did for the bill, however LINE WORKS divided
it. An item without both prices is in no margin; what it was billed is stated beside it. Each amount is rounded once,
half up.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.db.models import Q, Sum

from billing.models import InvoiceDetail, SettlementItem
from billing.money import percent
from billing.months import used_in
from billing.price_lists import price_book
from billing.rules.prices import Billed, charge_on, rounded
from options.catalogue import priced_item

PLAN, OPTION = "PRODUCT", "OPTION_PRODUCT"


@dataclass
class Margin:
    """
    The margin of one customer, or of all, in a month.

    Args:
        spent: what LINE WORKS billed for the items that have both prices.
        unpriced: what it billed for plans and options that have not.
        exact_sales: what the first cost by the sale prices, before rounding.
    """

    spent: Decimal = field(default_factory=Decimal)
    unpriced: Decimal = field(default_factory=Decimal)
    exact_sales: Fraction = field(default_factory=Fraction)

    @property
    def sales(self) -> int:
        """What the customer pays by the price list, in yen before tax."""
        return rounded(self.exact_sales)

    @property
    def margin(self) -> Decimal:
        """What is left of it."""
        return self.sales - self.spent

    @property
    def percent(self) -> Decimal | None:
        """The margin in percent of the sales."""
        return percent(self.margin, self.sales)

    def add(self, amount: Decimal, ratio: Fraction | None) -> None:
        """Count what was billed for an item, with the ratio of its sale to its purchase price."""
        if ratio is None:
            self.unpriced += amount
        else:
            self.spent += amount
            self.exact_sales += Fraction(amount) * ratio


def months() -> list[date]:
    """Return the months that have details, by LINE WORKS's name, the latest first."""
    found = InvoiceDetail.objects.current().order_by("-month").values_list("month", flat=True).distinct()
    return list(found)


def margin_of_month(named: date) -> Margin | None:
    """Return the margin of all customers in a month; None without a price list in force in it, or without items."""
    return _margins(named, Q(), by_customer=False).get(0)


def margins_of(named: date, details: Collection[int]) -> Mapping[int, Margin]:
    """Return the margins of customers in a month, by the number of their details."""
    return _margins(named, Q(detail__in=details), by_customer=True)


def _margins(named: date, which: Q, *, by_customer: bool) -> Mapping[int, Margin]:
    book, day = price_book(), used_in(named)
    if book.version_on(day) is None:
        return {}
    found: dict[int, Margin] = defaultdict(Margin)
    for detail, item, amount in _billed(named, which, by_customer=by_customer):
        charge = charge_on(book, day, item)
        found[detail].add(amount, charge.price.ratio if charge and charge.price else None)
    return found


def _billed(named: date, which: Q, *, by_customer: bool) -> Iterable[tuple[int, Billed, Decimal]]:
    """Return what was billed for plans and options, alike items of a customer, or of all, in one row."""
    columns = ("item_id", "sub_item_id", "plan", "license_count", "member_count", "quantity")
    items = SettlementItem.objects.current().filter(
        which, detail__month=named, detail__removed_at=None, item_type__in=[PLAN, OPTION], amount__isnull=False
    )
    owner = ("detail_id",) if by_customer else ()
    for row in items.order_by().values_list(*columns, *owner).annotate(total=Sum("amount")):
        code, sub_code, plan, licenses, users, quantity, *detail, amount = row
        item = priced_item(code, sub_code) if sub_code else code
        billed = Billed(item, plan, licenses, users, 1 if quantity is None else quantity)
        yield detail[0] if detail else 0, billed, amount
