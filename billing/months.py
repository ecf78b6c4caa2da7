"""
The two months of an invoice: of use, and of the bill that follows it.

Tables keep the month as LINE WORKS names it. Addresses of invoices and their titles name the month of the bill, those
of usage and of the check the month of use; both are written ``2026-11``.
"""

import re
from datetime import date

from billing.assumptions import BILLED_MONTHS_LATER
from portal.core.filters import FIRST_DAY, LAST_DAY

_ADDRESS = re.compile(r"([0-9]{4})-([0-9]{2})")


def shifted(month: date, by: int) -> date:
    """
    Return the first day of the month that lies so many months after another.

    Raises:
        ValueError: no calendar has it.
    """
    number = 12 * month.year + month.month - 1 + by
    return date(number // 12, number % 12 + 1, 1)


def billed_in(named: date) -> date:
    """Return the month of the bill, by the month that LINE WORKS names it by."""
    return shifted(named, BILLED_MONTHS_LATER)


def named_by(billed: date) -> date:
    """Return the month that LINE WORKS names a bill by, by the month of the bill."""
    return shifted(billed, -BILLED_MONTHS_LATER)


def used_in(named: date) -> date:
    """Return the month of use, by the month that LINE WORKS names a bill by."""
    return shifted(billed_in(named), -1)


def in_address(month: date) -> str:
    """Return how a month is written in an address."""
    return f"{month:%Y-%m}"


def month_in(text: str) -> date | None:
    """Return the first day of the month that an address names; none where it names no month of a year that can be."""
    found = _ADDRESS.fullmatch(text)
    try:
        month = date(int(found[1]), int(found[2]), 1) if found else None
    except ValueError:
        return None
    return month if month and FIRST_DAY <= month <= LAST_DAY else None


def named_for(used: date) -> date:
    """Return the month that LINE WORKS names a bill by, by the month of use."""
    return named_by(shifted(used, 1))
