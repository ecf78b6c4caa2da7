"""The price of a single license, user or unit that an item bills, against that of the price list."""

from collections.abc import Sequence
from fractions import Fraction

from billing.rules.check_facts import Line, is_lump_sum


def each_of(lines: Sequence[Line], monthly: int | Fraction | None, *, is_whole_month: bool) -> tuple[int, int] | None:
    """
    Return what an item bills for each and what the price list asks, in yen a month.

    Return None where the item doesn't say it exactly: there are several, it is of a part of a month or paid in a lump
    sum, or its amount is no multiple of the number.

    Args:
        lines: that bill the same thing.
        monthly: what it costs in a whole month by the price list.
        is_whole_month: whether the first of them bills a whole month.
    """
    if len(lines) != 1 or monthly is None or not is_whole_month:
        return None
    [line] = lines
    if line.amount is None or line.force.units < 1 or is_lump_sum(line.plan):
        return None
    billed, listed = (Fraction(amount) / line.force.units for amount in (line.amount, monthly))
    return (int(billed), int(listed)) if billed.denominator == listed.denominator == 1 else None
