"""
Assumptions about subscriptions that no page of LINE WORKS states.

When LINE WORKS shows it otherwise, this is the file to correct. Nothing is refused on its account alone but days that
lie beyond a supposed end of grace.
"""

from datetime import date, timedelta
from typing import Final

# How long a trial runs, and for how long after it the customer can still turn it into a paid subscription.
TRIAL_DAYS: Final = 30
GRACE_DAYS: Final = 30


def end_of_trial(start: date) -> date:
    """Return the last day of a trial that begins on a day."""
    return start + timedelta(days=TRIAL_DAYS)


def end_of_grace(trial_end: date) -> date:
    """Return the last day of the grace period that follows a trial."""
    return trial_end + timedelta(days=GRACE_DAYS)


def end_of_term(start: date) -> date:
    """Return the last day of a contract that begins on a day: one year, under every paid plan."""
    try:
        return start.replace(year=start.year + 1) - timedelta(days=1)
    except ValueError:  # 29 February
        return date(start.year + 1, 2, 28)
