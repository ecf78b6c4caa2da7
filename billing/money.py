"""
Yen: whole numbers, or Decimal where LINE WORKS sends more; never floats.

Pages write amounts by the filters ``yen``, ``amount`` and ``more_or_less`` of ``portal.ui.templatetags.figures``.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

Money = Decimal | int


def plain(amount: Money | None) -> Money | None:
    """Return an amount as a file holds it: a whole number wherever it is one."""
    return amount if amount is None or amount != int(amount) else int(amount)


def total(amounts: Iterable[Money | None]) -> Money | None:
    """Return the sum of the amounts that are stated; none if none is."""
    stated = [amount for amount in amounts if amount is not None]
    return sum(stated, start=Decimal()) if stated else None


def difference(now: Money | None, before: Money | None) -> Money | None:
    """Return by how much an amount grew; none if one of the two is not stated."""
    return None if now is None or before is None else now - before


def percent(part: Money | None, whole: Money | None) -> Decimal | None:
    """Return a part in percent of a whole, with one decimal; none where there is no whole to compare with."""
    if part is None or not whole:
        return None
    return (Decimal(part) * 100 / abs(Decimal(whole))).quantize(Decimal("0.1"), ROUND_HALF_UP)
