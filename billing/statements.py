"""
A customer's statement: its settlement items with LINE WORKS's amounts, or with the partner's own sale prices.

Own amounts are computed by the price list, and only where it has what they need; else the item has no amount, and the
statement says so. Tax is computed once for each rate and rounded down; LINE WORKS states none for a single customer.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from billing.assumptions import PENALTY_TAX_RATE, TAX_RATE
from billing.models import SettlementItem
from billing.money import Money, plain
from billing.rules.prices import Billed, PriceBook, charge_on, months_between, rounded
from portal.operations.priced import Period

PRICED = ("PRODUCT", "OPTION_PRODUCT")
# What a statement leaves out: LINE WORKS's own sum.
_LEFT_OUT = "SUMMARY"


@dataclass(frozen=True)
class Line:
    """
    One line of a statement.

    Args:
        item: the settlement item.
        amount: before tax; None where the price list has no price for it, or LINE WORKS states none.
        tax_rate: in percent.
    """

    item: SettlementItem
    amount: Money | None
    tax_rate: int

    @property
    def units(self) -> int | None:
        """What is counted: licenses, users, or the quantity of an option."""
        return next((n for n in (self.item.quantity, self.item.license_count, self.item.member_count) if n), None)


@dataclass(frozen=True)
class TaxOfRate:
    """What one tax rate comes to."""

    rate: int
    base: Money
    tax: int


@dataclass(frozen=True)
class Statement:
    """The lines of a customer's statement with what they come to."""

    lines: Sequence[Line]
    own_prices: bool

    @property
    def missing(self) -> int:
        """How many lines have no amount."""
        return sum(line.amount is None for line in self.lines)

    @property
    def taxes(self) -> list[TaxOfRate]:
        """The tax of each rate, on the sum of its lines, rounded down."""
        bases: dict[int, Money] = defaultdict(int)
        for line in self.lines:
            bases[line.tax_rate] += line.amount or 0
        return [TaxOfRate(rate, plain(base) or 0, _tax(base, rate)) for rate, base in sorted(bases.items()) if base]

    @property
    def before_tax(self) -> Money:
        """The sum of the lines."""
        return plain(sum((line.amount or 0 for line in self.lines), start=Decimal())) or 0

    @property
    def tax(self) -> int:
        """The tax of all rates."""
        return sum(each.tax for each in self.taxes)

    @property
    def total(self) -> Money:
        """What the customer pays by this statement."""
        return plain(self.before_tax + self.tax) or 0


def statement_of(items: Iterable[SettlementItem], prices: PriceBook | None) -> Statement:
    """
    Return a customer's statement.

    Args:
        items: of one customer and month.
        prices: the partner's own; without them the lines have LINE WORKS's amounts.
    """
    shown = [item for item in items if item.item_type != _LEFT_OUT]
    return Statement([_line(item, prices) for item in shown], prices is not None)


def _line(item: SettlementItem, prices: PriceBook | None) -> Line:
    if item.item_type == "PENALTY":
        return Line(item, plain(item.amount), PENALTY_TAX_RATE)
    if prices is None or item.item_type not in PRICED:
        return Line(item, plain(item.amount), TAX_RATE)
    return _own(item, prices)


def _own(item: SettlementItem, prices: PriceBook) -> Line:
    """
    Return a line at the partner's own price.

    A price for a month counts by the days of the item's period. A price for a year is billed by LINE WORKS in one sum,
    for a term or for the rest of one, which an item doesn't say: there the stated amount is taken in the proportion of
    sale to purchase price.
    """
    start, end = item.start_date, item.end_date
    billed = Billed(
        item.sub_item_id or item.item_id, item.plan, item.license_count, item.member_count, item.quantity or 1
    )
    charge = charge_on(prices, start, billed) if start and end else None
    if charge is None or start is None or end is None:
        return Line(item, None, TAX_RATE)
    price = charge.price
    if price is None:
        return Line(item, 0, TAX_RATE)
    if price.period == Period.YEAR:
        return Line(item, _in_proportion(item.amount, price.ratio), price.tax_rate)
    return Line(item, rounded(charge.amount(Period.MONTH) * months_between(start, end)), price.tax_rate)


def _in_proportion(amount: Decimal | None, ratio: Fraction | None) -> int | None:
    if amount == 0:
        return 0
    return None if amount is None or ratio is None else rounded(Fraction(amount) * ratio)


def _tax(base: Money, rate: int) -> int:
    """Return the tax on an amount, rounded down; of a negative one towards zero as well."""
    exact = Fraction(base) * rate / 100
    return int(exact)
