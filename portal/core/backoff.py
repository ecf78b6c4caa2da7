"""Back-off: how long to wait before a failed attempt is repeated."""

from datetime import timedelta

SHORTEST, LONGEST = timedelta(seconds=2), timedelta(minutes=5)


def back_off(failing_for: timedelta, *, shortest: timedelta = SHORTEST, at_least: float | None = None) -> timedelta:
    """
    Return the pause before the next try: half of the time for which tries have failed, so that it grows by half.

    Args:
        failing_for: time since the first failure.
        shortest: the pause after the first failure.
        at_least: seconds that LINE WORKS asked to wait (``Retry-After``), if it did.
    """
    return min(max(failing_for / 2, shortest, timedelta(seconds=at_least or 0)), LONGEST)
