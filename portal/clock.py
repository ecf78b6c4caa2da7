"""The portal's only source of "today": the vendor's calendar day."""

from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


class BadBusinessDate(ValueError):
    """The file named by BUSINESS_DATE_FILE does not hold a date."""


def now() -> datetime:
    """Answer this moment, with its zone."""
    return timezone.now()


def business_zone() -> ZoneInfo:
    """Answer the zone in which the vendor's calendar days begin; Asia/Tokyo unless set otherwise."""
    return _zone(settings.BUSINESS_TIME_ZONE)


def business_today() -> date:
    """
    Answer the vendor's calendar day.

    For demos and tests BUSINESS_DATE_FILE names a file that holds the day instead; the sandbox writes its own clock
    there. Without the file the day is the real one.

    Raises:
        BadBusinessDate: the file holds something else than YYYY-MM-DD.
    """
    if settings.BUSINESS_DATE_FILE:
        try:
            written = Path(settings.BUSINESS_DATE_FILE).read_text(encoding="ascii").strip()
        except FileNotFoundError:
            written = ""
        if written:
            try:
                return date.fromisoformat(written)
            except ValueError as error:
                raise BadBusinessDate(f"{settings.BUSINESS_DATE_FILE} holds no date (YYYY-MM-DD)") from error
    return now().astimezone(business_zone()).date()


@lru_cache(maxsize=4)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
