"""
How the amounts of a month are rounded. No page of LINE WORKS says it, so it is read off the invoice itself.

A part of a month rarely costs a whole number of yen. If nearly all lines of an invoice are rounded in one way, a line
that is not stands out, be it by 1 yen. Nothing is rounded away: what rounding makes less or more is a difference too.
"""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from fractions import Fraction


class Rounding(StrEnum):
    """Ways of rounding a line. ``UNKNOWN`` where the lines show no one way."""

    DOWN = "down"
    NEAREST = "nearest"
    UP = "up"
    UNKNOWN = "unknown"


# Of the lines that are no whole yen, in percent, so many have to agree.
MOST_AGREE = 90
FEWEST_LINES = 2


def rounded(monthly: int | Fraction, days: int, days_of_month: int, rounding: Rounding) -> int:
    """Return what some days of a month cost; where the way is not known, to the nearest yen."""
    if rounding is Rounding.DOWN:
        return int(monthly * days // days_of_month)
    if rounding is Rounding.UP:
        return int(-(-monthly * days // days_of_month))
    return int((2 * monthly * days + days_of_month) // (2 * days_of_month))


def rounding_of(lines: Iterable[tuple[int | Fraction, int, int]], days_of_month: int) -> Rounding:
    """
    Return in which way the lines of an invoice are rounded.

    Args:
        lines: of each, what a whole month costs, the days billed and the amount.
        days_of_month: how many there are.
    """
    agree: Counter[Rounding] = Counter()
    count = 0
    for monthly, days, amount in lines:
        exact = Fraction(monthly * days, 1) / days_of_month
        if exact.denominator == 1 or abs(exact - amount) >= 1:
            # Not a matter of rounding.
            continue
        count += 1
        for way in (Rounding.DOWN, Rounding.NEAREST, Rounding.UP):
            agree[way] += rounded(monthly, days, days_of_month, way) == amount
    best = max((Rounding.DOWN, Rounding.NEAREST, Rounding.UP), key=lambda way: agree[way])
    return best if count >= FEWEST_LINES and agree[best] * 100 >= MOST_AGREE * count else Rounding.UNKNOWN
