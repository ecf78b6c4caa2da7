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

from billing.models import SettlementItem
from billing.money import Money, plain
from billing.rules.prices import Price, PriceBook
from billing.rules.sales import SUMMARY, Sale, Stated, as_stated, sale_of
from portal.operations.priced import Per


@dataclass(frozen=True)
class Line:
    """
    One line of a statement.

    Args:
        item: the settlement item.
        sale: what the customer pays for it.
    """

    item: SettlementItem
    sale: Sale

    @property
    def amount(self) -> Money | None:
        """What the customer pays before tax; None where the price list has no price, or LINE WORKS states none."""
        return self.sale.amount

    @property
    def tax_rate(self) -> int:
        """The tax rate in percent."""
        return self.sale.tax_rate

    @property
    def is_below_cost(self) -> bool:
        """Whether the customer pays less for it than LINE WORKS billed."""
        return self.amount is not None and self.item.amount is not None and self.amount < self.item.amount

    @property
    def counted(self) -> tuple[int, Per] | None:
        """How many are billed, and of what: what the own price is for, or else what LINE WORKS states."""
        if (charge := self.sale.charge) and charge.price:
            return charge.quantity, charge.price.per
        stated = (
            (self.item.quantity, Per.CONTRACT),
            (self.item.license_count, Per.LICENSE),
            (self.item.member_count, Per.USER),
        )
        return next(((count, per) for count, per in stated if count), None)

    @property
    def price(self) -> Price | None:
        """The own price; None where the amount is one of LINE WORKS."""
        return self.sale.charge.price if self.sale.charge else None


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
    def below_cost(self) -> list[Line]:
        """The lines for which the customer pays less than LINE WORKS billed."""
        return [line for line in self.lines if line.is_below_cost]

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
    shown = [(item, _stated(item)) for item in items if item.item_type != SUMMARY]
    lines = [Line(item, sale_of(stated, prices) if prices else as_stated(stated)) for item, stated in shown]
    return Statement(lines, prices is not None)


def _stated(item: SettlementItem) -> Stated:
    return Stated(*(getattr(item, name) for name in Stated._fields))


def _tax(base: Money, rate: int) -> int:
    """Return the tax on an amount, rounded down; of a negative one towards zero as well."""
    exact = Fraction(base) * rate / 100
    return int(exact)
