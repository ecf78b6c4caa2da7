"""The sandbox's calendar: the vendor's business day, which follows the real one until somebody sets it."""

import os
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from .state import State

TOKYO = ZoneInfo("Asia/Tokyo")  # the vendor names no zone; its billing rules speak of Japanese calendar days


# Every day on the way is entered, which takes its time; and dates must not run out while contracts look years ahead.
MOST_DAYS_AT_ONCE = 3_660
LAST_DAY = date(2999, 12, 31)


class ClockError(Exception):
    """The clock can't be moved as asked."""


class BusinessClock:
    """
    Today, as the sandbox sees it. Goes forward only.

    `new_day` is called for every day that is crossed, one after the other, inside the transaction that moves the clock,
    to bring about what falls due. `date_file`, if given, always holds today as YYYY-MM-DD, for the portal to read.
    """

    def __init__(self, state: State, date_file: Path | None, new_day: Callable[[date], None]) -> None:
        self._state = state
        self._date_file = date_file
        self._new_day = new_day
        self._today = date.min
        self.set_by_hand = False

    def start_afresh(self, start: date | None) -> date:
        """Give a fresh state its first day, `start` or the real one; part of the caller's transaction."""
        first_day = start or _real_today()
        self._remember(first_day, by_hand=start is not None)
        return first_day

    def resume(self) -> None:
        """Take the day from the state, after start-up or a fresh seed, and tell it to the date file."""
        self._today = date.fromisoformat(self._state.meta("business_date") or "")
        self.set_by_hand = self._state.meta("business_date_by_hand") == "yes"
        self._write_file()
        self.today()

    def today(self) -> date:
        """Give the business date; a real day that has turned meanwhile is entered first."""
        if not self.set_by_hand and (real := _real_today()) > self._today:
            self._move(real, by_hand=False)
        return self._today

    def set(self, day: date) -> None:
        """
        Set the date by hand; from then on it stands still until it is set again.

        Raises:
            ClockError: the day lies in the past, too many days ahead, or after the last one that there is.
        """
        if day < self.today():
            raise ClockError(f"the clock goes forward only; today is {self._today}")
        if day > min(LAST_DAY, self._today + timedelta(days=MOST_DAYS_AT_ONCE)):
            raise ClockError(f"the clock goes {MOST_DAYS_AT_ONCE} days at once, and to {LAST_DAY}; it is {self._today}")
        self._move(day, by_hand=True)

    def _move(self, day: date, *, by_hand: bool) -> None:
        with self._state.transaction():
            entered = self._today
            while entered < day:
                entered += timedelta(days=1)
                self._remember(entered, by_hand=by_hand)
                self._new_day(entered)
            self._remember(day, by_hand=by_hand)
        self._today, self.set_by_hand = day, by_hand
        self._write_file()

    def _remember(self, day: date, *, by_hand: bool) -> None:
        self._state.set_meta("business_date", day.isoformat())
        self._state.set_meta("business_date_by_hand", "yes" if by_hand else "no")

    def _write_file(self) -> None:
        if self._date_file is None:
            return
        # Replaced, not rewritten: a reader must never meet half a date.
        draft = self._date_file.with_name(f"{self._date_file.name}.{os.getpid()}.new")
        draft.write_text(f"{self._today.isoformat()}\n", encoding="ascii")
        draft.replace(self._date_file)


def _real_today() -> date:
    return datetime.now(TOKYO).date()
