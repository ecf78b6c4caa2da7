"""The days of a difference as a small drawing: what was billed above what was in force. SVG attributes, no styles."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from billing.check_words import numbers
from billing.models import CheckDifference
from billing.rules.month_check import days_of

_LEFT, _RIGHT, _GROUND, _TOP = 2.0, 418.0, 72.0, 22.0
_MARKED = (1, 8, 15, 22)


@dataclass(frozen=True)
class Mark:
    """A text of the drawing, and where it stands."""

    x: str
    y: str
    text: str
    is_at_end: bool = False


@dataclass(frozen=True)
class DayChart:
    """
    The drawing of a month.

    Args:
        label: says the same in words.
        area, line: what was in force.
        billed: what was billed.
        marks: the days.
        billed_words, used_words: the numbers, where they stand.
    """

    label: str
    area: str
    line: str
    billed: str
    marks: Sequence[Mark]
    billed_words: Mark
    used_words: Mark


def chart_of(difference: CheckDifference) -> DayChart | None:
    """Return the drawing of a difference; none of one that has no days."""
    runs = difference.runs
    if not runs:
        return None
    days = days_of(difference.first_day.replace(day=1))
    most = max(*(max(run[2], run[3]) for run in runs), 1)
    used = _steps(runs, 3, days, most)
    billed = _steps(runs, 2, days, most)
    billed_number, used_number = numbers(difference)
    words = {"billed": billed_number, "used": used_number}
    billed_words, used_words = _("billed %(billed)s") % words, _("in force by metering %(used)s") % words
    heights = [_height(run[place], most) for run in runs for place in (2, 3)]
    month = date_format(difference.first_day, "YEAR_MONTH_FORMAT")
    return DayChart(
        label=_("Billed %(billed)s, in force %(used)s") % words,
        area=f"M{_LEFT} {_GROUND} L{used[1:]} L{_RIGHT} {_GROUND} Z",
        line=used,
        billed=billed,
        marks=[
            *(Mark(f"{_place(day, days):.1f}", "86", str(day)) for day in _MARKED),
            Mark("418", "86", month, is_at_end=True),
        ],
        billed_words=Mark("29", f"{min(_height(run[2], most) for run in runs) - 5:.1f}", billed_words),
        used_words=Mark(f"{_RIGHT:.0f}", f"{min(max(heights) + 14, _GROUND - 4):.1f}", used_words, is_at_end=True),
    )


def _steps(runs: Sequence[Sequence[int]], place: int, days: int, most: int) -> str:
    points = [
        f"{_place(day, days):.1f} {_height(run[place], most):.1f}" for run in runs for day in (run[0], run[1] + 1)
    ]
    return "M" + " L".join(points)


def _place(day: int, days: int) -> float:
    return _LEFT + (_RIGHT - _LEFT) * (day - 1) / days


def _height(number: int, most: int) -> float:
    return _GROUND - (_GROUND - _TOP) * number / most
