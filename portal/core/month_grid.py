"""Months as grids of days, for a date field with legal days. Pure: no clock, no request."""

from calendar import Calendar
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Day:
    """One day of a grid. ``reason`` says why it cannot be chosen; empty if it can."""

    date: date
    reason: str = ""
    chosen: bool = False
    tone: str = ""
    note: str = ""

    @property
    def legal(self) -> bool:
        """Whether it can be chosen."""
        return not self.reason


@dataclass(frozen=True)
class Month:
    """The first day of a month, and its weeks; None stands for a day of a neighbouring month."""

    first: date
    weeks: list[list[Day | None]]


def first_of_next_month(day: date) -> date:
    """Return the first day of the month after that of a day."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def months_of(days: Mapping[date, Day], *, first_weekday: int) -> list[Month]:
    """
    Lay days out in month grids.

    Args:
        days: every day to show, by date. Months in which there is none are left out; weeks without any, too.
        first_weekday: 0 for Sunday to 6 for Saturday, as Django's FIRST_DAY_OF_WEEK counts.

    Returns:
        The months in order, each with its weeks of seven places.
    """
    python_weekday = (first_weekday - 1) % 7  # Python counts from Monday
    calendar = Calendar(python_weekday)
    starts = sorted({shown.replace(day=1) for shown in days})
    return [Month(start, list(_weeks(calendar, start, days))) for start in starts]


def _weeks(calendar: Calendar, start: date, days: Mapping[date, Day]) -> Iterator[list[Day | None]]:
    for week in calendar.monthdatescalendar(start.year, start.month):
        places = [days.get(day) if day.month == start.month else None for day in week]
        if any(places):
            yield places
