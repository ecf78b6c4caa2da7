"""billing.rules.prices: which price counts, and what a change costs; in whole yen, without floats."""

from dataclasses import fields, replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.prices import (
    Billed,
    Price,
    PriceBook,
    PricedChange,
    PriceVersion,
    charge_on,
    estimate,
    monthly,
    months_between,
    price_on,
    rounded,
    usual_price,
)
from portal.operations.priced import Estimate, Per, Period, about
from tests.support.examples import made_up

FIRST, SECOND = date(2026, 4, 1), date(2026, 10, 1)
STANDARD = Price("STD", "ANNUAL_LICENSE", Per.LICENSE, Period.MONTH, purchase=360, sale=450)
MANY = replace(STANDARD, sale=400, from_quantity=100)
LUMP = Price("STD", "ANNUAL_PREPAY_LICENSE", Per.LICENSE, Period.YEAR, purchase=4320, sale=5400)
STORAGE = Price("SSTG202", "ANNUAL_LICENSE", Per.CONTRACT, Period.MONTH, purchase=8000, sale=10000)
BY_USER = Price("STD", "MONTHLY", Per.USER, Period.MONTH, purchase=432, sale=540)
BOOK = PriceBook(
    (
        PriceVersion(SECOND, (STANDARD, MANY, LUMP, STORAGE, BY_USER)),
        PriceVersion(FIRST, (replace(STANDARD, sale=430),)),
    )
)
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
YEN = st.integers(0, 10**9)


def sale(day: date, item: str = "STD", contract_type: str = "ANNUAL_LICENSE", quantity: int = 1) -> int | None:
    price = price_on(BOOK, day, item, contract_type, quantity)
    return price.sale if price else None


@pytest.mark.parametrize(
    ("day", "amount"),
    [
        (FIRST - timedelta(days=1), None),
        (FIRST, 430),
        (SECOND - timedelta(days=1), 430),
        (SECOND, 450),
        (date(2040, 1, 1), 450),
    ],
)
def test_a_version_counts_from_its_day_until_the_next_one(day: date, amount: int | None) -> None:
    assert sale(day) == amount


def test_a_quantity_has_the_price_of_its_step_for_all_of_it() -> None:
    assert [sale(SECOND, quantity=quantity) for quantity in (1, 99, 100, 5000)] == [450, 450, 400, 400]
    more = estimate(BOOK, PricedChange((), (Billed("STD", "ANNUAL_LICENSE", 100),), SECOND))
    assert more is not None
    assert more.difference == 40_000


def test_nothing_takes_the_place_of_a_missing_price() -> None:
    assert sale(SECOND, "ADV") is None
    assert sale(SECOND, contract_type="ANNUAL") is None
    assert sale(FIRST, "SSTG202") is None  # the next version has it
    few = PriceBook((PriceVersion(FIRST, (MANY,)),))
    assert price_on(few, FIRST, "STD", "ANNUAL_LICENSE", 99) is None


def test_twenty_five_licenses() -> None:
    before, after = Billed("STD", "ANNUAL_LICENSE", 52), Billed("STD", "ANNUAL_LICENSE", 77)
    change = PricedChange((before,), (after,), date(2026, 11, 20), date(2027, 8, 11))
    found = estimate(BOOK, change)
    assert found is not None
    assert (found.before, found.after, found.difference, found.period) == (23_400, 34_650, 11_250, Period.MONTH)
    assert [(line.quantity, line.price) for line in found.lines] == [(25, 450)]
    # 11 of 30 days, 8 months, 11 of 31 days
    assert found.total == rounded(11_250 * (Fraction(11, 30) + 8 + Fraction(11, 31))) == 98_117
    assert found.list_from == SECOND


def test_a_year_stays_a_year_and_beside_months_becomes_months() -> None:
    lump = Billed("STD", "ANNUAL_PREPAY_LICENSE", 10)
    day, end = date(2026, 11, 1), date(2027, 10, 31)
    alone = estimate(BOOK, PricedChange((), (lump,), day, end))
    assert alone is not None
    assert (alone.period, alone.after, alone.total) == (Period.YEAR, 54_000, 54_000)
    from_months = estimate(BOOK, PricedChange((Billed("STD", "ANNUAL_LICENSE", 10),), (lump,), day))
    assert from_months is not None
    assert (from_months.period, from_months.before, from_months.after) == (Period.MONTH, 4_500, 4_500)


def test_the_unit_says_what_is_counted() -> None:
    storage = Billed("SSTG202", "ANNUAL_LICENSE", licenses=30, users=12)
    users = Billed("STD", "MONTHLY", licenses=None, users=12)
    assert [charge and charge.quantity for charge in (charge_on(BOOK, SECOND, each) for each in (storage, users))] == [
        1,
        12,
    ]


def test_without_a_price_or_a_quantity_there_is_no_amount() -> None:
    known, gap = Billed("STD", "ANNUAL_LICENSE", 3), Billed("NTA_BZ", "ANNUAL")
    found = estimate(BOOK, PricedChange((known,), (known, gap), SECOND, date(2027, 1, 1)))
    assert found is not None
    assert found.missing == (("NTA_BZ", "ANNUAL"),)
    assert (found.before, found.after, found.difference, found.total, found.lines) == (None, None, None, None, ())
    assert estimate(BOOK, PricedChange((), (Billed("STD", "MONTHLY"),), SECOND)) is None


def test_before_the_first_version_there_is_no_estimate_at_all() -> None:
    change = PricedChange((), (Billed("STD", "ANNUAL_LICENSE", 3),), FIRST - timedelta(days=1))
    assert estimate(BOOK, change) is None
    assert estimate(PriceBook(), replace(change, day=SECOND)) is None


def test_what_is_free_costs_nothing_and_needs_no_price() -> None:
    found = estimate(
        BOOK, PricedChange((Billed("STD_T", "TRIAL", users=9),), (Billed("STD", "ANNUAL_LICENSE", 9),), SECOND)
    )
    assert found is not None
    assert (found.before, found.after) == (0, 4_050)


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**6))
@made_up(50)
def test_rounding_is_half_up_and_alike_for_what_is_taken_away(numerator: int, denominator: int) -> None:
    amount = Fraction(numerator, denominator)
    assert rounded(-amount) == -rounded(amount)
    assert abs(rounded(amount) - amount) <= Fraction(1, 2)
    assert rounded(abs(amount) + 1) == rounded(abs(amount)) + 1
    if (2 * amount).denominator == 1 and amount.denominator == 2:
        assert abs(rounded(amount)) == abs(amount) + Fraction(1, 2)


@given(DAYS, st.integers(0, 900), st.integers(0, 900))
@made_up(50)
def test_months_add_up_whatever_day_they_are_cut_at(first: date, some: int, more: int) -> None:
    middle, last = first + timedelta(days=some), first + timedelta(days=some + 1 + more)
    whole = months_between(first, last)
    assert whole == months_between(first, middle) + months_between(middle + timedelta(days=1), last)
    assert months_between(first.replace(day=1), first.replace(day=28)) <= 1


def test_a_calendar_year_has_twelve_months() -> None:
    assert months_between(date(2028, 2, 10), date(2029, 2, 9)) == 12 - Fraction(9, 29) + Fraction(9, 28)
    assert months_between(date(2027, 1, 1), date(2027, 12, 31)) == 12
    assert months_between(date(2027, 1, 2), date(2027, 1, 1)) == 0


@given(st.integers(0, 10_000), st.integers(0, 10_000), YEN, DAYS, st.integers(0, 800))
@made_up(50)
def test_a_change_and_its_way_back_cost_nothing_together(old: int, new: int, yen: int, day: date, days: int) -> None:
    book = PriceBook((PriceVersion(day, (replace(STANDARD, sale=yen),)),))
    before, after = (Billed("STD", "ANNUAL_LICENSE", count) for count in (old + 1, new + 1))
    change = PricedChange((before,), (after,), day, day + timedelta(days=days))
    there, back = estimate(book, change), estimate(book, change.reversed())
    assert there is not None
    assert back is not None
    assert there.total is not None
    assert there.difference == (new - old) * yen == -(back.difference or 0)
    assert there.total == -(back.total or 0)
    assert Estimate.from_json(there.to_json()) == there


@given(st.lists(st.tuples(DAYS, YEN), unique_by=lambda pair: pair[0], max_size=6), DAYS)
@made_up(50)
def test_the_version_that_counts_is_the_last_one_begun(versions: list[tuple[date, int]], day: date) -> None:
    book = PriceBook(tuple(PriceVersion(begun, (replace(STANDARD, sale=yen),)) for begun, yen in versions))
    begun = [pair for pair in versions if pair[0] <= day]
    expected = max(begun)[1] if begun else None
    found = price_on(book, day, *STANDARD.key, 1)
    assert (found.sale if found else None) == expected


def test_no_amount_is_a_float() -> None:
    found = estimate(BOOK, PricedChange((), (Billed("STD", "ANNUAL_PREPAY_LICENSE", 7),), SECOND, date(2026, 12, 9)))
    assert found is not None
    values = [getattr(found, each.name) for each in fields(found)]
    assert not any(isinstance(value, float) for value in [*values, monthly(7, Period.YEAR)])
    assert monthly(7, Period.YEAR) == 1
    assert monthly(5, Period.YEAR) == 0


@pytest.mark.parametrize(
    ("amount", "shown"), [(98_117, 98_100), (-98_150, -98_200), (999, 999), (0, 0), (1_005, 1_010), (9_996, 10_000)]
)
def test_what_is_estimated_to_a_day_is_shown_to_three_digits(amount: int, shown: int) -> None:
    assert about(amount) == shown


@pytest.mark.parametrize("kept", [None, 7, {}, {"list_from": "2026-10-01"}, []])
def test_what_is_no_estimate_any_more_is_none(kept: object) -> None:
    assert Estimate.from_json(kept) is None


def test_a_kept_amount_is_never_a_broken_number() -> None:
    found = estimate(BOOK, PricedChange((), (Billed("STD", "ANNUAL_LICENSE", 2),), SECOND))
    assert found is not None
    assert Estimate.from_json(found.to_json() | {"after": 900.5}) is None


@pytest.mark.parametrize(
    ("item", "contract_type", "per", "period"),
    [
        ("STD", "ANNUAL_LICENSE", Per.LICENSE, Period.MONTH),
        ("ADV", "ANNUAL_PREPAY_LICENSE", Per.LICENSE, Period.YEAR),
        ("STD", "MONTHLY", Per.USER, Period.MONTH),
        ("ROG_STD", "MONTHLY_LICENSE", Per.LICENSE, Period.MONTH),
        ("NTA_BZ", "ANNUAL_PREPAY", Per.CONTRACT, Period.YEAR),
        ("SSTG202", "ANNUAL_LICENSE", Per.CONTRACT, Period.MONTH),
        ("ACV201", "MONTHLY", Per.USER, Period.MONTH),
        ("DRV_PA", "ANNUAL_LICENSE", Per.LICENSE, Period.MONTH),
    ],
)
def test_what_a_price_usually_is_for(item: str, contract_type: str, per: Per, period: Period) -> None:
    price = usual_price(item, contract_type)
    assert (price.per, price.period) == (per, period)
