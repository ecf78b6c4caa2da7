"""
Margins of a month: what customers pay by their statements with our prices, against what LINE WORKS billed for the same.

The sales of a customer are what its statement comes to before tax: ``billing.rules.sales`` says both, item by item. An
item without a price is in no margin; it is counted, with what it was billed.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.models import InvoiceDetail, SettlementItem
from billing.money import Money, percent
from billing.months import used_in
from billing.price_lists import price_book
from billing.rules.sales import SUMMARY, Stated, sale_of
from portal.sync.calendar import last_day_of


@dataclass
class Margin:
    """
    The margin of one customer, or of all, in a month.

    Args:
        sales: what the customer pays by the statement with our prices, before tax.
        spent: what LINE WORKS billed for the same items.
        unpriced: what it billed for items that have no price.
        unpriced_items: how many these are.
        unstated_items: how many items are sold for which LINE WORKS states no amount; in ``spent`` they are nothing.
    """

    sales: Money = 0
    spent: Money = 0
    unpriced: Money = 0
    unpriced_items: int = 0
    unstated_items: int = 0

    @property
    def margin(self) -> Money:
        """What is left of the sales."""
        return self.sales - self.spent

    @property
    def percent(self) -> Decimal | None:
        """The margin in percent of the sales."""
        return percent(self.margin, self.sales)

    def add(self, billed: Money | None, sold: Money | None) -> None:
        """Count an item by what it was billed and is sold for; None is an amount that nobody states."""
        if sold is None:
            self.unpriced += billed or 0
            self.unpriced_items += 1
            return
        self.sales += sold
        self.spent += billed or 0
        self.unstated_items += billed is None


def months() -> list[date]:
    """Return the months that have details, by LINE WORKS's name, the latest first."""
    found = InvoiceDetail.objects.current().order_by("-month").values_list("month", flat=True).distinct()
    return list(found)


def margin_of_month(named: date) -> Margin | None:
    """Return the margin of all customers in a month; None without a price list in force in it, or without items."""
    found = _margins(named, by_customer=False)
    return found.get(0) if found else None


def margins_of_month(named: date) -> Mapping[int, Margin] | None:
    """Return the margins of all customers in a month, by the number of their details; None without a price list."""
    return _margins(named, by_customer=True)


def together(margins: Collection[Margin]) -> Margin | None:
    """Return what the margins of all customers come to; None without any."""
    total = Margin()
    for each in margins:
        total.sales += each.sales
        total.spent += each.spent
        total.unpriced += each.unpriced
        total.unpriced_items += each.unpriced_items
        total.unstated_items += each.unstated_items
    return total if margins else None


def _margins(named: date, *, by_customer: bool) -> Mapping[int, Margin] | None:
    book = price_book()
    if book.version_on(last_day_of(used_in(named))) is None:
        return None
    found: dict[int, Margin] = defaultdict(Margin)
    # Not grouped: hardly two items of a month are alike, and to group them takes longer than to read them.
    items = SettlementItem.objects.current().filter(detail__month=named, detail__removed_at=None)
    rows = items.exclude(item_type=SUMMARY).order_by().values_list("detail_id", *Stated._fields)
    for detail, *columns in rows.iterator(chunk_size=2_000):
        stated = Stated(*columns)
        found[detail if by_customer else 0].add(stated.amount, sale_of(stated, book).amount)
    return found
