"""Now, and today as the calendar day of LINE WORKS; the only source of either."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


class BadBusinessDate(ValueError):
    """The file named by BUSINESS_DATE_FILE does not hold a date."""


def now() -> datetime:
    """Return this moment, with its zone."""
    return timezone.now()


def business_zone() -> ZoneInfo:
    """Return the zone in which LINE WORKS's calendar days begin; Asia/Tokyo unless set otherwise."""
    return _zone(settings.BUSINESS_TIME_ZONE)


def business_today() -> date:
    """
    Return LINE WORKS's calendar day.

    For demos and tests BUSINESS_DATE_FILE names a file that holds the day instead; the sandbox writes its own clock
    there. Without the file the day is the real one.

    Raises:
        BadBusinessDate: the file holds something else than YYYY-MM-DD.
    """
    if settings.BUSINESS_DATE_FILE:
        try:
            written = Path(settings.BUSINESS_DATE_FILE).read_bytes().strip()
        except FileNotFoundError:
            written = b""
        if written:
            return _day_in(written)
    return now().astimezone(business_zone()).date()


def business_day_began(*, days_ago: int = 0) -> datetime:
    """
    Return when LINE WORKS's calendar day began, or one before it.

    Where a file sets the day, days pass as it is written: then every day up to today began with the last writing.

    Args:
        days_ago: 0 for today.
    """
    today = business_today()
    if settings.BUSINESS_DATE_FILE and today != now().astimezone(business_zone()).date():
        return datetime.fromtimestamp(Path(settings.BUSINESS_DATE_FILE).stat().st_mtime, business_zone())
    return datetime.combine(today - timedelta(days=days_ago), time.min, business_zone())


def _day_in(written: bytes) -> date:
    try:
        day = date.fromisoformat(written.decode("ascii"))
    except ValueError:
        day = None
    # fromisoformat takes other forms too, such as 20260115 and 2026-W03-4.
    if day is None or day.isoformat().encode() != written:
        raise BadBusinessDate(f"{settings.BUSINESS_DATE_FILE} holds no date (YYYY-MM-DD)")
    return day


@lru_cache(maxsize=4)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
