"""
When to read what follows a calendar: usage and invoices.

LINE WORKS documents two days: usage is metered at midnight, and on the 1st the bill of the month before is made.
Assumption: on the first days of a month, the month before is worth reading once a day.
"""

from calendar import monthrange
from collections.abc import Collection, Mapping
from datetime import date, datetime

from portal.core.clock import business_day_began, business_today

# The first day of a month on which the month before is taken for settled.
SETTLED_ON = 4


def month_of(period: str) -> date:
    """Return the first day of a month that is written ``2026-11``."""
    return date.fromisoformat(f"{period}-01")


def months_until(today: date, count: int) -> list[str]:
    """Return the month of a day and those before it, the latest first."""
    latest = today.year * 12 + today.month - 1
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(latest, latest - count, -1)]


def last_day_of(month: date) -> date:
    """Return the last day of a month, from any of its days."""
    return month.replace(day=monthrange(month.year, month.month)[1])


def since_midnight(periods: Collection[str], _moment: datetime) -> Mapping[str, datetime]:
    """Return when LINE WORKS's day began: what was read before is due."""
    return dict.fromkeys(periods, business_day_began())


def since_metered(periods: Collection[str], _moment: datetime) -> Mapping[str, datetime]:
    """Return since when a month's usage counts as read: since midnight, and no later than when it was settled."""
    return {period: _metered(period) for period in periods}


def _metered(period: str) -> datetime:
    today = business_today()
    if month_of(period) >= today.replace(day=1):
        return business_day_began()
    return business_day_began(days_ago=max(0, today.day - SETTLED_ON))
