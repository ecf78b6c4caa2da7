"""
Prices: which one counts on a day, what a change costs by them, and what is wrong with some.

Pure. Amounts are whole yen before tax, as integers; shares of a month are exact fractions, and every result is rounded
once, half up. See ``billing.assumptions`` for what no page of LINE WORKS states.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property, lru_cache

from billing.assumptions import per_of, period_of
from portal.core.catalogue import FREE_PLANS, TRIAL_PLANS
from portal.operations.priced import Estimate, EstimateLine, Per, Period

MONTHS_OF_A_YEAR = 12
WITHOUT_CHARGE = frozenset({*FREE_PLANS, *TRIAL_PLANS})

Key = tuple[str, str]


@dataclass(frozen=True)
class Billed:
    """
    One thing that LINE WORKS bills a customer for.

    Args:
        item: the code of a plan, or of a sub option; of an option without sub options, its own.
        contract_type: the code.
        licenses: how many; None where they are not known, or there are none.
        users: how many use it; None where they are not known.
        contracts: the quantity of an option; 1 of what is not sold by quantity.
    """

    item: str
    contract_type: str
    licenses: int | None = None
    users: int | None = None
    contracts: int = 1

    def quantity(self, per: Per) -> int | None:
        """Return how often a price counts for it; None where that is not known."""
        return {Per.LICENSE: self.licenses, Per.USER: self.users, Per.CONTRACT: self.contracts}[per]


@dataclass(frozen=True)
class PricedChange:
    """
    What a request changes of what is billed.

    Args:
        before: what is billed now, of all that the request is about.
        after: what is billed from ``day`` on.
        day: the first day of ``after``.
        until: the last day for which it is known; None where there is no such day.
    """

    before: tuple[Billed, ...]
    after: tuple[Billed, ...]
    day: date
    until: date | None = None

    def reversed(self) -> "PricedChange":
        """Return what the end of this change changes."""
        return PricedChange(self.after, self.before, self.day, self.until)


@dataclass(frozen=True)
class Price:
    """
    One price of a version of the price list.

    Args:
        item: the code of a plan or of a sub option; of an option without sub options, its own.
        contract_type: the code.
        per, period: what it is for, and for how long.
        purchase: what LINE WORKS takes, in yen before tax; None where it is not known.
        sale: what the customer pays, in yen before tax; None where it is not known.
        tax_rate: in percent.
        from_quantity: from so many on it counts for all of them, not only for those above.
    """

    item: str
    contract_type: str
    per: Per
    period: Period
    purchase: int | None = None
    sale: int | None = None
    tax_rate: int = 10
    from_quantity: int = 1

    @property
    def key(self) -> Key:
        """What it is a price of."""
        return self.item, self.contract_type

    @property
    def ratio(self) -> Fraction | None:
        """The sale price by the purchase price; None where one of them is not known."""
        return Fraction(self.sale, self.purchase) if self.sale is not None and self.purchase else None

    @property
    def is_below_purchase(self) -> bool:
        """Whether it sells for less than it is bought for."""
        return self.purchase is not None and self.sale is not None and self.sale < self.purchase


@dataclass(frozen=True)
class PriceVersion:
    """A version of the price list: it counts from a day until the next one does."""

    valid_from: date
    prices: tuple[Price, ...]

    @cached_property
    def by_key(self) -> Mapping[Key, Sequence[Price]]:
        """The prices of each item and contract type, by rising quantity."""
        found: dict[Key, list[Price]] = defaultdict(list)
        for price in sorted(self.prices, key=lambda price: price.from_quantity):
            found[price.key].append(price)
        return found


@dataclass(frozen=True)
class PriceBook:
    """All versions of the price list."""

    versions: tuple[PriceVersion, ...] = ()
    _days: tuple[date, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ordered = tuple(sorted(self.versions, key=lambda version: version.valid_from))
        object.__setattr__(self, "versions", ordered)
        object.__setattr__(self, "_days", tuple(version.valid_from for version in ordered))

    def version_on(self, day: date) -> PriceVersion | None:
        """Return the version in force on a day; None before the first."""
        place = bisect_right(self._days, day)
        return self.versions[place - 1] if place else None


def price_on(prices: PriceBook, day: date, item: str, contract_type: str, quantity: int) -> Price | None:
    """
    Return the price that counts on a day for a quantity; None where the price list has none.

    Nothing takes its place: not another version, nor another contract type, nor the nearest quantity.
    """
    version = prices.version_on(day)
    if version is None:
        return None
    fitting = [price for price in version.by_key.get((item, contract_type), ()) if price.from_quantity <= quantity]
    return fitting[-1] if fitting else None


@dataclass(frozen=True)
class Charge:
    """What one billed thing costs: a quantity at a price. ``price`` is None of what is free."""

    billed: Billed
    quantity: int = 0
    price: Price | None = None

    def amount(self, period: Period) -> Fraction:
        """Return the sale amount for a period."""
        if self.price is None or self.price.sale is None:
            return Fraction(0)
        return _for(period, self.quantity * self.price.sale, self.price.period)


def charge_on(prices: PriceBook, day: date, billed: Billed) -> Charge | None:
    """Return what a billed thing is sold for; None where the price list has no price, or the quantity is not known."""
    if billed.contract_type in WITHOUT_CHARGE:
        return Charge(billed)
    version = prices.version_on(day)
    known = version.by_key.get((billed.item, billed.contract_type)) if version else None
    quantity = billed.quantity(known[0].per) if known else None
    if quantity is None:
        return None
    price = price_on(prices, day, billed.item, billed.contract_type, quantity)
    return Charge(billed, quantity, price) if price is not None and price.sale is not None else None


def estimate(prices: PriceBook, change: PricedChange) -> Estimate | None:
    """
    Return what a change costs, by the prices of its first day.

    None where no version is in force then, or a quantity is not known, as of users of a plan that is yet to begin.
    The amounts are for a month, or for a year where every price is for one. With a price missing there is no amount at
    all.
    """
    version = prices.version_on(change.day)
    if version is None:
        return None
    if not all(_is_counted(version, billed) for billed in (*change.before, *change.after)):
        return None
    before, after = _charges(prices, change.day, change.before), _charges(prices, change.day, change.after)
    missing = tuple(sorted({*_missing(before), *_missing(after)}))
    if missing:
        return Estimate(version.valid_from, change.day, missing=missing)
    was = [charge for charge in before.values() if charge]
    will_be = [charge for charge in after.values() if charge]
    period = _common_period([*was, *will_be])
    total = None
    if change.until is not None and change.until >= change.day:
        difference = _sum(will_be, Period.MONTH) - _sum(was, Period.MONTH)
        total = rounded(difference * months_between(change.day, change.until))
    return Estimate(
        list_from=version.valid_from,
        day=change.day,
        period=period,
        before=rounded(_sum(was, period)),
        after=rounded(_sum(will_be, period)),
        until=change.until,
        total=total,
        lines=_lines(was, will_be),
    )


@lru_cache(maxsize=1_000)
def months_between(first: date, last: date) -> Fraction:
    """Return the months from one day to another, both counted: a part of a month by its days."""
    months = Fraction(0)
    day = first
    while day <= last:
        following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
        end = min(last, following - timedelta(days=1))
        length = (following - day.replace(day=1)).days
        months += Fraction((end - day).days + 1, length)
        day = following
    return months


def rounded(amount: Fraction) -> int:
    """Return an amount in whole yen, half up: half a yen counts as one, a negative amount as its positive one."""
    whole = (2 * abs(amount.numerator) + amount.denominator) // (2 * amount.denominator)
    return whole if amount >= 0 else -whole


def monthly(amount: int, period: Period) -> int:
    """Return an amount for a month: of one for a year the twelfth part."""
    return rounded(_for(Period.MONTH, amount, period))


def usual_price(item: str, contract_type: str) -> Price:
    """Return an empty price as the price list has it before anybody enters one."""
    return Price(item, contract_type, per_of(item, contract_type), period_of(contract_type))


def _is_counted(version: PriceVersion, billed: Billed) -> bool:
    known = version.by_key.get((billed.item, billed.contract_type), ())
    return not known or billed.quantity(known[0].per) is not None


def _charges(prices: PriceBook, day: date, billed: Iterable[Billed]) -> Mapping[Billed, Charge | None]:
    # The same thing twice counts twice.
    counted = Counter(billed)
    found: dict[Billed, Charge | None] = {}
    for each, times in counted.items():
        charge = charge_on(prices, day, each)
        found[each] = charge and Charge(each, charge.quantity * times, charge.price)
    return found


def _missing(charges: Mapping[Billed, Charge | None]) -> list[Key]:
    return [(billed.item, billed.contract_type) for billed, charge in charges.items() if charge is None]


def _common_period(charges: Sequence[Charge]) -> Period:
    periods = {charge.price.period for charge in charges if charge.price}
    return Period.YEAR if periods == {Period.YEAR} else Period.MONTH


def _sum(charges: Iterable[Charge], period: Period) -> Fraction:
    return sum((charge.amount(period) for charge in charges), Fraction(0))


def _for(period: Period, amount: int, given: Period) -> Fraction:
    if period == given:
        return Fraction(amount)
    return Fraction(amount, MONTHS_OF_A_YEAR) if period == Period.MONTH else Fraction(amount * MONTHS_OF_A_YEAR)


def _lines(before: Iterable[Charge], after: Iterable[Charge]) -> tuple[EstimateLine, ...]:
    """Return by how many of each price there are more or fewer afterwards."""
    counted: dict[Price, int] = defaultdict(int)
    for sign, charges in ((1, after), (-1, before)):
        for charge in charges:
            if charge.price is not None:
                counted[charge.price] += sign * charge.quantity
    return tuple(
        EstimateLine(price.item, price.contract_type, price.per, price.period, quantity, price.sale or 0)
        for price, quantity in counted.items()
        if quantity
    )
