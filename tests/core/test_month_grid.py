"""Days in month grids."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.month_grid import Day, months_of


def days_from(first: date, count: int) -> dict[date, Day]:
    """Return neighbouring days."""
    dates = [first + timedelta(days=number) for number in range(count)]
    return {day: Day(day) for day in dates}


@given(
    first=st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)),
    count=st.integers(min_value=1, max_value=100),
    first_weekday=st.integers(min_value=0, max_value=6),
)
def test_every_day_is_shown_once_under_its_own_weekday(first: date, count: int, first_weekday: int) -> None:
    days = days_from(first, count)
    months = months_of(days, first_weekday=first_weekday)
    places = [
        (place, day) for month in months for week in month.weeks for place, day in enumerate(week) if day is not None
    ]
    assert [day for _place, day in places] == list(days.values())
    assert all((place + first_weekday) % 7 == day.date.isoweekday() % 7 for place, day in places)
    assert all(len(week) == 7 and any(week) for month in months for week in month.weeks)
    assert [month.first.day for month in months] == [1] * len(months)


def test_no_days_no_months() -> None:
    assert months_of({}, first_weekday=0) == []


@pytest.mark.parametrize(("reason", "legal"), [("", True), ("Too early", False)])
def test_a_day_with_a_reason_against_it_is_not_legal(reason: str, legal: bool) -> None:
    assert Day(date(2026, 1, 1), reason=reason).legal is legal
