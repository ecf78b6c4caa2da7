"""Months of use and of the bill, and how addresses name them."""

from datetime import date

import pytest

from billing import months
from billing.months import billed_in, in_address, month_in, named_by, shifted, used_in


def test_the_bill_follows_the_month_of_use() -> None:
    assert billed_in(date(2026, 10, 1)) == date(2026, 11, 1)
    assert billed_in(date(2026, 12, 1)) == date(2027, 1, 1)
    assert used_in(date(2026, 10, 1)) == date(2026, 10, 1)


def test_were_bills_named_by_their_own_month_use_would_be_the_month_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(months, "BILLED_MONTHS_LATER", 0)
    assert billed_in(date(2026, 11, 1)) == date(2026, 11, 1) == named_by(date(2026, 11, 1))
    assert used_in(date(2026, 11, 1)) == date(2026, 10, 1)


@pytest.mark.parametrize("by", range(-30, 31))
def test_months_are_shifted_there_and_back(by: int) -> None:
    day = date(2026, 1, 1)
    assert shifted(shifted(day, by), -by) == day
    assert named_by(billed_in(shifted(day, by))) == shifted(day, by)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "2026-13",
        "2026-00",
        "0000-01",
        "1999-12",
        "3000-01",
        "9999-12",
        "20201-08",
        "2026-1",
        "2026-01-01",
        "\uff12\uff10\uff12\uff16-01",
        "x",
    ],
)
def test_what_names_no_month_is_none(text: str) -> None:
    assert month_in(text) is None


def test_a_month_in_an_address_is_read_again() -> None:
    assert month_in("2026-11") == date(2026, 11, 1)
    assert in_address(date(2026, 11, 1)) == "2026-11"
