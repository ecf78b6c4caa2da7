"""
The estimate of what a request costs, which is kept with the request.

A command declares the state that it leads to. What that costs, an app of a layer above knows: the setting
``PRICE_ESTIMATOR`` names its function. The estimate is kept as data, so that an old request shows what was estimated
then and from which price list, whatever prices are now. Amounts are whole yen before tax, as integers.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Self

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import pgettext

from portal.core.stored_text import of_language
from portal.operations.snapshots import Snapshot

# Who sees estimates; the price list belongs to an app of a layer above.
VIEW_PRICE = "billing.view_price"


class Period(StrEnum):
    """For how long a price is."""

    MONTH = "month"
    YEAR = "year"


class Per(StrEnum):
    """What a price is for."""

    LICENSE = "license"
    USER = "user"
    CONTRACT = "contract"


@dataclass(frozen=True)
class EstimateLine:
    """One price in an estimate: so many, more or fewer, at so many yen each."""

    item: str
    contract_type: str
    per: str
    period: str
    quantity: int
    price: int


@dataclass(frozen=True)
class Estimate:
    """
    What a request changes of the bill, as far as a price list says.

    Args:
        list_from: the first day of the version of the price list.
        day: from when on.
        period: for which ``before`` and ``after`` are.
        before: the amount now, of what the request is about; None where a price is missing.
        after: the amount afterwards.
        until: the last day of ``total``.
        total: the difference from ``day`` to ``until``.
        lines: what changes, by price.
        missing: the items, with their contract types, that the price list has no price for.
        missing_words: the same in words, by language.
    """

    list_from: date
    day: date
    period: Period = Period.MONTH
    before: int | None = None
    after: int | None = None
    until: date | None = None
    total: int | None = None
    lines: tuple[EstimateLine, ...] = ()
    missing: tuple[tuple[str, str], ...] = ()
    missing_words: tuple[Mapping[str, str], ...] = ()

    @property
    def about_total(self) -> int | None:
        """The total as it is shown: an estimate to a day has three digits."""
        return None if self.total is None else about(self.total)

    @property
    def period_words(self) -> str:
        """For how long the amounts are, in words."""
        return period_words(self.period)

    @property
    def is_by_year(self) -> bool:
        """Whether the amounts are for a year."""
        return self.period == Period.YEAR

    @property
    def named_missing(self) -> list[str]:
        """What has no price, in the language of the moment."""
        return [str(of_language(words)) for words in self.missing_words]

    @property
    def difference(self) -> int | None:
        """How much more, or less, the bill is for each period; None where a price is missing."""
        return None if self.before is None or self.after is None else self.after - self.before

    def to_json(self) -> dict[str, Any]:
        """Return the form in which it is kept with a request."""
        return {
            "list_from": self.list_from.isoformat(),
            "day": self.day.isoformat(),
            "period": str(self.period),
            "before": self.before,
            "after": self.after,
            "until": self.until.isoformat() if self.until else None,
            "total": self.total,
            "lines": [vars(line) for line in self.lines],
            "missing": [list(pair) for pair in self.missing],
            "missing_words": [dict(words) for words in self.missing_words],
        }

    @classmethod
    def from_json(cls, kept: Any) -> Self | None:
        """Return what ``to_json`` wrote; None for anything else."""
        try:
            return cls(
                list_from=date.fromisoformat(kept["list_from"]),
                day=date.fromisoformat(kept["day"]),
                period=Period(kept["period"]),
                before=_whole(kept["before"]),
                after=_whole(kept["after"]),
                until=date.fromisoformat(kept["until"]) if kept["until"] else None,
                total=_whole(kept["total"]),
                lines=tuple(EstimateLine(**line) for line in kept["lines"]),
                missing=tuple((str(item), str(contract_type)) for item, contract_type in kept["missing"]),
                missing_words=tuple(dict(words) for words in kept["missing_words"]),
            )
        except (KeyError, TypeError, ValueError):
            return None


@dataclass(frozen=True)
class Sum:
    """
    What several requests, or things that are due, amount to together.

    Args:
        amount: yen a month; a twelfth of what is for a year, rounded once, half up.
        priced: how many are in it.
        unpriced: how many are not, because the price list has no price for them.
    """

    amount: int
    priced: int
    unpriced: int


def sum_of(amounts: Iterable[tuple[int | None, Period]]) -> Sum | None:
    """Return the sum of amounts, each with its period; None where there is not one. One without an amount counts."""
    found = list(amounts)
    stated = [(amount, period) for amount, period in found if amount is not None]
    if not stated:
        return None
    months = sum(amount for amount, period in stated if period == Period.MONTH)
    years = sum(amount for amount, period in stated if period == Period.YEAR)
    twelfths = 12 * months + years
    rounded = (2 * abs(twelfths) + 12) // 24
    return Sum(rounded if twelfths >= 0 else -rounded, len(stated), len(found) - len(stated))


# A state before, and as it should be afterwards → the estimate of each pair in turn; None where nothing that is billed
# changes, or no price list is in force.
Estimator = Callable[[Sequence[tuple[Snapshot, Snapshot]]], Sequence[Estimate | None]]


def estimates_of(changes: Sequence[tuple[Snapshot, Snapshot]]) -> Sequence[Estimate | None]:
    """Return the estimate of each change, given as the state before and after it."""
    if not (settings.PRICE_ESTIMATOR and changes):
        return [None] * len(changes)
    estimator: Estimator = import_string(settings.PRICE_ESTIMATOR)
    return estimator(changes)


def period_words(period: Period) -> str:
    """Return for how long an amount is, in words."""
    return pgettext("a price per", "month") if period == Period.MONTH else pgettext("a price per", "year")


def about(amount: int) -> int:
    """Return an amount to three digits, rounded half up: so much is an estimate to a day worth."""
    unit = int("1".ljust(len(str(abs(amount))) - 2, "0"))
    rounded = (abs(amount) + unit // 2) // unit * unit
    return rounded if amount >= 0 else -rounded


def _whole(kept: Any) -> int | None:
    if kept is not None and type(kept) is not int:
        raise ValueError("no whole number")
    return kept


def kept_estimate(display: Any) -> Estimate | None:
    """Return the estimate that was kept with a request; None where there was no price list."""
    return Estimate.from_json(display.get("price")) if isinstance(display, Mapping) else None
