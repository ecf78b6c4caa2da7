"""Working days in Japan: neither a weekend nor a public holiday."""

from datetime import date, timedelta
from functools import cache

import holidays

_A_DAY = timedelta(days=1)
_SATURDAY = 5


def is_working_day(day: date) -> bool:
    """Return whether people work on a day. Holidays that Japan has not announced yet are not known."""
    return day.weekday() < _SATURDAY and day not in _holidays(day.year)


def decide_by(end: date) -> date:
    """
    Return the last working day on which a decision about a contract still counts.

    Args:
        end: the last day of the contract, or the day on which a change takes effect.

    Returns:
        The day before ``end``, brought forward over weekends and Japanese holidays.
    """
    day = end - _A_DAY
    while not is_working_day(day):
        day -= _A_DAY
    return day


def last_end_decided_by(day: date) -> date:
    """
    Return the latest contract end whose decision is due on a day or before.

    Args:
        day: any day; from one that is no working day, the ends of the working day before it count.
    """
    end = day + _A_DAY
    while decide_by(end + _A_DAY) <= day:
        end += _A_DAY
    return end


@cache
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("JP", years=year))
