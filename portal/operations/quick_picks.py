"""The days that people mostly want, for a form with a date. Pure: no clock, no request."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.core.month_grid import first_of_next_month

TODAY = _("Today")
TOMORROW = _("Tomorrow")
NEXT_MONTH = _("Next month")
CONTRACT_END = _("Contract end")
AFTER_CONTRACT = _("After the contract")
FREE = _("No penalty")


@dataclass(frozen=True)
class QuickPick:
    """One day to pick, what it is, and whether a rule says that it costs no penalty."""

    date: date
    words: str | Promise
    is_free: bool = False


def quick_picks(
    today: date, reason: Callable[[date], str], *, end: date | None = None, free: date | None = None
) -> list[QuickPick]:
    """
    Return the days to offer, each once, in order.

    Args:
        today: the business day.
        reason: why a day cannot be picked; empty if it can.
        end: the last day of the contract.
        free: the day on which no penalty applies, where a rule knows one.
    """
    wanted: dict[date, str | Promise] = {free: FREE} if free else {}
    wanted |= {day: words for day, words in _usual(today, end).items() if day not in wanted}
    return [QuickPick(day, wanted[day], day == free) for day in sorted(wanted) if not reason(day)]


def _usual(today: date, end: date | None) -> dict[date, str | Promise]:
    usual: dict[date, str | Promise] = {today + timedelta(days=1): TOMORROW}
    usual.setdefault(first_of_next_month(today), NEXT_MONTH)
    if end:
        usual.setdefault(end, CONTRACT_END)
        usual.setdefault(end + timedelta(days=1), AFTER_CONTRACT)
    return usual
