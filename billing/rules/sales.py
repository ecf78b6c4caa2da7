"""
What a customer pays for a settlement item by the partner's own prices.

The one place that says so: statements show it, and margins add it up. Pure. The price is that of the first day of the
item's period, and each item is rounded once, half up. Plans and options have own prices; everything else is handed on
as LINE WORKS states it.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple

from billing.assumptions import PENALTY_TAX_RATE, TAX_RATE
from billing.money import Money, plain
from billing.rules.prices import Billed, Charge, PriceBook, charge_on, months_between, rounded
from options.catalogue import priced_item
from portal.operations.priced import Period

PRICED: Final = ("PRODUCT", "OPTION_PRODUCT")
PENALTY: Final = "PENALTY"
# LINE WORKS's own sum of the other items
SUMMARY: Final = "SUMMARY"


class Stated(NamedTuple):
    """What LINE WORKS states of a settlement item, by the names of its columns."""

    item_type: str
    item_id: str
    sub_item_id: str
    plan: str
    license_count: int | None
    member_count: int | None
    quantity: int | None
    start_date: date | None
    end_date: date | None
    amount: Decimal | None


@dataclass(frozen=True)
class Sale:
    """
    What a settlement item is sold for.

    Args:
        amount: before tax; None where the price list has no price for it, or LINE WORKS states no amount to hand on.
        tax_rate: in percent.
        charge: the quantity and the own price behind the amount; None where there is none.
    """

    amount: Money | None
    tax_rate: int = TAX_RATE
    charge: Charge | None = None


def as_stated(stated: Stated) -> Sale:
    """Return an item at the amount of LINE WORKS."""
    return Sale(plain(stated.amount), PENALTY_TAX_RATE if stated.item_type == PENALTY else TAX_RATE)


def sale_of(stated: Stated, prices: PriceBook) -> Sale:
    """
    Return an item at the partner's own price.

    A price for a month counts by the days of the item's period. A price for a year is billed by LINE WORKS in one sum,
    for a term or for the rest of one, which an item doesn't say: there the stated amount is taken in the proportion of
    sale to purchase price.
    """
    if stated.item_type not in PRICED:
        return as_stated(stated)
    start, end = stated.start_date, stated.end_date
    item = priced_item(stated.item_id, stated.sub_item_id or None)
    billed = Billed(item, stated.plan, stated.license_count, stated.member_count, stated.quantity or 1)
    charge = charge_on(prices, start, billed) if start and end else None
    if charge is None or start is None or end is None:
        return Sale(None)
    price = charge.price
    if price is None:
        return Sale(0)
    if price.period == Period.YEAR:
        return Sale(_in_proportion(stated.amount, price.ratio), price.tax_rate, charge)
    return Sale(rounded(charge.amount(Period.MONTH) * months_between(start, end)), price.tax_rate, charge)


def _in_proportion(amount: Decimal | None, ratio: Fraction | None) -> int | None:
    if amount == 0:
        return 0
    return None if amount is None or ratio is None else rounded(Fraction(amount) * ratio)
