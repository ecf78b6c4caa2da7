"""When LINE WORKS's days and months begin, as far as reading goes by them."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from portal.core import clock
from portal.core.clock import business_day_began, business_zone, now
from portal.sync.calendar import last_day_of, month_of, months_until, since_metered, since_midnight

SOME_MOMENT = datetime(2026, 1, 15, 3, 0, tzinfo=business_zone())


def at(monkeypatch: pytest.MonkeyPatch, year: int, month: int, day: int, hour: int = 3) -> None:
    """Let it be an hour of a day in LINE WORKS's zone."""
    moment = datetime(year, month, day, hour, tzinfo=business_zone())
    monkeypatch.setattr(clock, "now", lambda: moment)


def midnight(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=business_zone())


def test_months_go_back_over_the_year() -> None:
    assert months_until(date(2026, 2, 28), 4) == ["2026-02", "2026-01", "2025-12", "2025-11"]


def test_a_month_and_its_last_day() -> None:
    assert month_of("2024-02") == date(2024, 2, 1)
    assert last_day_of(date(2024, 2, 7)) == date(2024, 2, 29)


def test_the_day_begins_at_midnight_of_the_vendor(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, 2026, 1, 15, 0)
    assert since_midnight(["2026"], SOME_MOMENT) == {"2026": business_day_began()} == {"2026": midnight(2026, 1, 15)}
    assert business_day_began(days_ago=15) == midnight(2025, 12, 31)


@pytest.mark.parametrize(
    ("period", "today", "since"),
    [
        ("2026-01", (2026, 1, 15), (2026, 1, 15)),
        ("2026-01", (2026, 1, 31), (2026, 1, 31)),
        ("2025-12", (2026, 1, 1), (2026, 1, 1)),
        ("2025-12", (2026, 1, 3), (2026, 1, 3)),
        ("2025-12", (2026, 1, 4), (2026, 1, 4)),
        ("2025-12", (2026, 1, 15), (2026, 1, 4)),
        ("2025-12", (2026, 1, 31), (2026, 1, 4)),
    ],
)
def test_the_month_before_is_read_until_it_is_settled(
    monkeypatch: pytest.MonkeyPatch, period: str, today: tuple[int, int, int], since: tuple[int, int, int]
) -> None:
    at(monkeypatch, *today)
    assert since_metered([period], SOME_MOMENT) == {period: midnight(*since)}


def test_where_a_file_sets_the_day_days_begin_as_it_is_written(tmp_path: Path, settings: Settings) -> None:
    file = tmp_path / "today"
    settings.BUSINESS_DATE_FILE = str(file)
    file.write_text("2026-01-15\n")
    before = now() - timedelta(seconds=5)
    assert before < business_day_began() <= now()
    assert before < since_metered(["2025-12"], SOME_MOMENT)["2025-12"] <= now()
