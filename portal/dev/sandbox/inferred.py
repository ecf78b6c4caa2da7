"""
What no vendor page states, guessed in one place.

Every guess here is ours: it makes the sandbox behave, and nobody may read the vendor's behaviour off it.
"""

from datetime import date, timedelta

TRIAL_DAYS = 30  # from the first day of a Trial to its planEndDate
GRACE_DAYS = 30  # from a Trial's planEndDate to the last day on which it can still be converted
TRANSFER_SECONDS = 2.0  # from accepting the transfer of a customer to its end
TRANSFER_READY_SECONDS = 1.0  # before that end the customer can be read already


def end_of_term(start: date) -> date:
    """Give the last day of a contract that begins on `start`: a year, for every paid plan."""
    try:
        return start.replace(year=start.year + 1) - timedelta(days=1)
    except ValueError:  # 29 February
        return date(start.year + 1, 2, 28)


def end_of_trial(start: date) -> date:
    """Give the planEndDate of a Trial that begins on `start`."""
    return start + timedelta(days=TRIAL_DAYS)


def end_of_grace(end: date) -> date:
    """Give the last day of grace of a Trial whose planEndDate is `end`."""
    return end + timedelta(days=GRACE_DAYS)


def added_quantity(held: int, given: int) -> int:
    """Give the quantity after raising it by the number that add-quantity is given, which is the number to add."""
    return held + given


def start_of_next_term(end: date) -> date:
    """Give the first day of the term that follows one whose planEndDate is `end`."""
    return end + timedelta(days=1)


def one_year_later(day: date) -> date:
    """Give the last day that is "one year later" at most; the year after 29 February ends on the 28th."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # 29 February, or the last year that there is
        return date.max if day.year == date.max.year else date(day.year + 1, 2, 28)


def end_of_pending(day: date) -> date:
    """
    Give the day on which a customer is deleted whose withdrawal becomes pending on `day`: always the 2nd of a month.

    Documented: of the next month for the 2nd to the 24th, of the one after that for the 25th to the 1st. Ours: that
    window is counted from the month in which it begins, so the 1st is as good as the last day of the month before.
    """
    is_early = 2 <= day.day <= 24
    window = day if day.day > 1 else day - timedelta(days=1)
    months = 12 * window.year + window.month - 1 + (1 if is_early else 2)
    year, month = divmod(months, 12)
    return date(year, month + 1, 2) if year <= date.max.year else date.max


TAX_RATE = 10  # percent, of the consumption tax
PARTNER_NAME = "パートナーデスク販売株式会社"  # the partner that the sandbox bills
AMOUNT_MEMBER = "amount"  # the member of a settlement line that holds its money; the vendor's name was not readable
