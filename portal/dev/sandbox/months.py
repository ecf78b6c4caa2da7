"""Months, as usage and invoices count them, and how requests name them."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from .call import Call
from .errors import invalid, missing, out_of_range

_NUMBER = re.compile(r"-?[0-9]{1,9}")


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """One month of one year."""

    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> "Month":
        """Give the month of a day."""
        return cls(day.year, day.month)

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return date(self.year, self.month, self.days)

    @property
    def days(self) -> int:
        """How many days it has."""
        return monthrange(self.year, self.month)[1]

    def before(self, months: int = 1) -> "Month":
        """Give the month that lies so many months before."""
        number = 12 * self.year + self.month - 1 - months
        return Month(number // 12, number % 12 + 1)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"


def days_between(first: date, last: date) -> list[date]:
    """Give the days from one to another, both included."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def asked_year(call: Call) -> int:
    """
    Read the parameter `year`.

    Raises:
        Refusal: 400.
    """
    return _number(call, "year", 1, 9998)


def asked_month(call: Call) -> Month:
    """
    Read the parameters `year` and `month`.

    Raises:
        Refusal: 400.
    """
    return Month(asked_year(call), _number(call, "month", 1, 12))


def check_parameters(call: Call, *known: str) -> None:
    """
    See that a request has no other parameters than these.

    Raises:
        Refusal: 400.
    """
    for name in call.query:
        if name not in known:
            raise invalid(name, "no such parameter")


def _number(call: Call, name: str, least: int, most: int) -> int:
    given = call.query.get(name)
    if given is None:
        raise missing(name)
    if not _NUMBER.fullmatch(given):
        raise invalid(name, "must be a whole number")
    if not least <= int(given) <= most:
        raise out_of_range(name, f"must be from {least} to {most}")
    return int(given)
