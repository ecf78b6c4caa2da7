"""LINE WORKS's calendar day: from the clock, or from the file that replaces it."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pytest_django import Settings

from portal.core import clock


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> "SetMoment":
    return SetMoment(monkeypatch)


class SetMoment:
    """Makes it another moment, in UTC."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __call__(self, *parts: int) -> None:
        at = datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]  # year to second
        self._monkeypatch.setattr("django.utils.timezone.now", lambda: at)


def test_now_carries_its_zone() -> None:
    assert clock.now().utcoffset() is not None


@pytest.mark.parametrize(
    ("utc", "expected"),
    [
        ((2026, 1, 31, 14, 59, 59), date(2026, 1, 31)),
        ((2026, 1, 31, 15, 0, 0), date(2026, 2, 1)),
    ],
)
def test_the_day_turns_at_midnight_in_tokyo(moment: SetMoment, utc: tuple[int, ...], expected: date) -> None:
    moment(*utc)
    assert clock.business_today() == expected


def test_the_day_follows_another_zone_when_told(moment: SetMoment, settings: Settings) -> None:
    settings.BUSINESS_TIME_ZONE = "America/New_York"
    moment(2026, 7, 1, 3, 59)
    assert clock.business_today() == date(2026, 6, 30)


def test_the_file_replaces_the_day(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "today"
    settings.BUSINESS_DATE_FILE = str(file)
    file.write_text("2026-02-28\n")
    assert clock.business_today() == date(2026, 2, 28)
    file.write_text("2026-03-01")
    assert clock.business_today() == date(2026, 3, 1)


@pytest.mark.parametrize("content", [None, "", "\n"])
def test_without_a_date_in_the_file_the_day_is_the_real_one(
    moment: SetMoment, settings: Settings, tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "today"
    settings.BUSINESS_DATE_FILE = str(file)
    if content is not None:
        file.write_text(content)
    moment(2026, 4, 30, 0, 0)
    assert clock.business_today() == date(2026, 4, 30)


@pytest.mark.parametrize(
    "content", ["tomorrow", "2026-02-30", "20260228", "2026-W09-6", "\uff12026-02-28", "2026-02-28T00"]
)
def test_a_file_with_anything_else_is_refused_by_name(settings: Settings, tmp_path: Path, content: str) -> None:
    file = tmp_path / "today"
    settings.BUSINESS_DATE_FILE = str(file)
    file.write_text(content, encoding="utf-8")
    with pytest.raises(clock.BadBusinessDate, match=str(file)):
        clock.business_today()
