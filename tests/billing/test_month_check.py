"""The rule of the check of a month: what agrees, what is explained and by what, and what is not."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.check_facts import (
    OPTION_PRODUCT,
    PRODUCT,
    CustomerMonth,
    Force,
    Known,
    Line,
    Metered,
    Term,
    Values,
    force_of,
    key_of,
)
from billing.rules.check_kinds import Kind
from billing.rules.check_rounding import Rounding, rounding_of
from billing.rules.month_check import Checked, Difference, check
from tests.support.examples import made_up

MONTH = date(2026, 10, 1)
DAYS = 31
WORKS = key_of(PRODUCT, "STD")
PRICES = {"STD": 450, "ADV": 800, "ACV201": 300, "SSTG201": 20_000}


def prices(force: Force, _day: date) -> int | None:
    each = PRICES.get(force.sub_item_id or force.item_id)
    return None if each is None else each * force.units


def line(first: int = 1, last: int = DAYS, **changes: Any) -> Line:
    of: dict[str, Any] = {"place": 0, "item_type": PRODUCT, "item_id": "STD", "sub_item_id": "", "subscription_id": 501}
    of |= {"plan": "ANNUAL_LICENSE", "licenses": 60, "users": 7, "quantity": None, "amount": None}
    of |= {"first": MONTH.replace(day=first), "last": MONTH.replace(day=last), **changes}
    made = Line(**of)
    if "amount" in changes:
        return made
    return replace(made, amount=(prices(made.force, MONTH) or 0) * (last - first + 1) // DAYS)


def metered(first: int = 1, last: int = DAYS, **changes: Any) -> list[Metered]:
    of: dict[str, Any] = {"item_type": PRODUCT, "item_id": "STD", "sub_item_id": "", "plan": "ANNUAL_LICENSE"}
    of |= {"licenses": 60, "users": 7, "quantity": None, **changes}
    force = force_of(**of)
    return [Metered(day, key_of(of["item_type"], of["item_id"]), force) for day in range(first - 1, last)]


def facts(lines: list[Line], days: list[Metered], **others: Any) -> CustomerMonth:
    placed = [replace(each, place=place) for place, each in enumerate(lines)]
    of: dict[str, Any] = {"is_metered": True, "known": [], "terms": {}, **others}
    return CustomerMonth(10_000_001, placed, days, **of)


def checked(lines: list[Line], days: list[Metered], *, priced: bool = True, **others: Any) -> Checked:
    customer = facts(lines, days, **others)
    return check(customer, MONTH, prices=prices if priced else lambda *_: None, rounding=Rounding.DOWN)


def only(found: Checked) -> Difference:
    [difference] = found.differences
    return difference


def more_licenses(day: int, **changes: Any) -> Known:
    of: dict[str, Any] = {"source": "request", "number": 377, "ref": "OP-2610-0377", "key": WORKS}
    of |= {"first": MONTH.replace(day=day), "last": MONTH.replace(day=day)}
    of |= {"before": Values("STD", "", "ANNUAL_LICENSE", 42), "after": Values("STD", "", "ANNUAL_LICENSE", 48)}
    return Known(**(of | changes))


@pytest.mark.parametrize("priced", [True, False])
def test_a_month_that_agrees_has_no_difference(*, priced: bool) -> None:
    found = checked([line(), line(item_type="SUMMARY")], metered(), priced=priced)
    assert found.differences == []
    assert (found.expected, found.unchecked) == ((27_000, 0) if priced else (0, 27_000))
    assert (found.billed, found.billed_units, found.expected_units) == (27_000, 60 * DAYS, 60 * DAYS)


def test_the_month_of_the_page_that_says_how_it_looks() -> None:
    """6 licenses more from the 12th on, changed outside: 42 × ¥450 are expected, and ¥1,741 are explained."""
    days = metered(1, 11, licenses=42) + metered(12, licenses=48)
    outside = more_licenses(11, source="outside", number=9, ref="")
    found = only(checked([line(1, 11, licenses=42), line(12, licenses=48)], days, known=[outside]))
    assert (found.billed, found.expected, found.yen, found.is_explained) == (20_641, 18_900, 1_741, True)
    assert found.causes == (
        {"id": "licenses_more", "day": "2026-10-12", "count": 6, "to": 48, "source": "outside", "number": 9, "ref": ""},
    )
    assert found.runs == ((1, 11, 42, 42), (12, 31, 48, 48))


ERRORS: dict[Kind, tuple[list[Line], int]] = {
    Kind.QUANTITY: ([line(licenses=80)], 9_000),
    Kind.PERIOD: ([line(1, 20)], 27_000 * 20 // 31 - 27_000),
    Kind.TWICE: ([line(), line()], 27_000),
    Kind.MISSING: ([], -27_000),
    Kind.PLAN: ([line(item_id="ADV")], 21_000),
    Kind.AMOUNT: ([line(amount=27_001)], 1),
}


@pytest.mark.parametrize("kind", ERRORS)
def test_each_error_is_a_difference_without_a_cause(kind: Kind) -> None:
    lines, yen = ERRORS[kind]
    found = only(checked(lines, metered()))
    assert (found.kind, found.yen, found.is_explained) == (kind, yen, False)


def test_what_was_not_in_use_is_billed() -> None:
    found = checked([line(), line(item_type=OPTION_PRODUCT, item_id="ACV2", sub_item_id="ACV201")], metered())
    assert (only(found).kind, only(found).yen) == (Kind.NOT_IN_USE, 18_000)


def test_one_yen_in_two_stretches_is_not_rounded_away() -> None:
    """Nothing changed that is billed, and yet ¥1 more than 70 licenses cost: in an invoice that rounds down."""
    lines = [line(1, 11, licenses=70, amount=11_178), line(12, licenses=70, amount=20_323)]
    down, off = checked(lines, metered(licenses=70)).differences
    assert (down.kind, down.yen, down.causes[0]["id"]) == (Kind.ROUNDED, -1, "rounding")
    assert (off.kind, off.yen, off.is_explained) == (Kind.AMOUNT, 2, False)


def test_an_error_beside_a_change_leaves_the_change_explained() -> None:
    days = metered(1, 11, licenses=42) + metered(12, licenses=48)
    changed, wrong = checked([line(1, 11, licenses=42), line(12, licenses=49)], days).differences
    assert (changed.is_explained, changed.yen) == (True, 1_741)
    assert (wrong.kind, wrong.first, wrong.last) == (Kind.QUANTITY, MONTH.replace(day=12), MONTH.replace(day=31))
    assert wrong.yen == 49 * 450 * 20 // 31 - 48 * 450 * 20 // 31


def test_what_a_request_added_counts_from_its_own_day_or_from_the_next() -> None:
    """It was metered at midnight, so the day of the request shows the licenses of before."""
    lines = [line(1, 11, licenses=42), line(12, licenses=48)]
    days = metered(1, 12, licenses=42) + metered(13, licenses=48)
    assert only(checked(lines, days, known=[more_licenses(12)])).causes[0]["ref"] == "OP-2610-0377"
    assert [found.kind for found in checked(lines, days).differences] == [Kind.CHANGED, Kind.QUANTITY]


@pytest.mark.parametrize(
    ("known", "source"),
    [
        (more_licenses(12), "request"),
        (more_licenses(14), "metering"),
        (more_licenses(9), "metering"),
        (more_licenses(12, after=Values("STD", "", "ANNUAL_LICENSE", 49)), "metering"),
        (more_licenses(12, first=None, source="outside"), "outside"),
    ],
    ids=["of the day before", "later", "earlier", "of another number", "of a day that nobody knows"],
)
def test_a_cause_is_of_its_day_and_of_its_number(known: Known, source: str) -> None:
    days = metered(1, 12, licenses=42) + metered(13, licenses=48)
    [found] = checked([line(1, 12, licenses=42), line(13, licenses=48)], days, known=[known]).differences
    assert found.causes[0]["source"] == source


def test_an_upgrade_and_an_option_that_was_canceled() -> None:
    archive: dict[str, Any] = {"item_type": OPTION_PRODUCT, "item_id": "ACV2", "sub_item_id": "ACV201"}
    penalty = line(item_type="PENALTY", item_id="ACV2", amount=5_000)
    found = checked(
        [line(1, 9), line(10, item_id="ADV"), line(1, 20, **archive), penalty],
        metered(1, 9) + metered(10, item_id="ADV") + metered(1, 20, **archive),
    )
    causes = [difference.causes[0] for difference in found.differences]
    assert [cause["id"] for cause in causes] == ["option_canceled", "upgrade", "penalty"]
    assert [cause.get("day") for cause in causes] == ["2026-10-21", "2026-10-10", "2026-10-21"]
    assert found.differences[-1].yen is None


def test_an_adjustment_is_listed_with_its_amount() -> None:
    found = only(checked([line(), line(item_type="ADJUSTMENT", item_id="", plan="", amount=-4_500)], metered()))
    assert (found.kind, found.yen, found.causes[0]["id"]) == (Kind.LISTED, -4_500, "adjustment")


def test_trials_and_users_of_an_annual_contract_are_not_billed() -> None:
    trial = metered(1, 9, item_id="STD_T", plan="TRIAL")
    days = trial + metered(10, 20, users=1) + metered(21, users=2)
    found = only(checked([line(1, 9, plan="TRIAL", amount=0), line(10, 20), line(21)], days))
    assert found.causes[0]["id"] == "started"


def test_what_is_paid_in_a_lump_sum_is_billed_with_its_first_month() -> None:
    plan: dict[str, Any] = {"plan": "ANNUAL_PREPAY_LICENSE"}
    whole = {WORKS: Term(date(2026, 10, 5), date(2027, 10, 4))}
    earlier = {WORKS: Term(date(2026, 3, 5), date(2027, 3, 4))}
    assert checked([line(amount=27_000 * 12, **plan)], metered(**plan), terms=whole).differences == []
    assert checked([line(amount=0, **plan)], metered(**plan), terms=earlier).differences == []
    assert only(checked([line(amount=1, **plan)], metered(**plan), terms=earlier)).yen == 1
    assert checked([line(amount=99, **plan)], metered(**plan)).unchecked == 99


def test_nothing_is_compared_with_metering_that_was_never_read() -> None:
    found = checked([line()], [], is_metered=False)
    assert (only(found).kind, only(found).is_explained, found.unchecked) == (Kind.NOT_READ, False, 27_000)


def test_odd_lines_are_differences_and_no_errors() -> None:
    fine = line()
    assert checked([fine], metered()).differences == []
    for odd in (
        replace(fine, first=None, last=None, amount=None),
        replace(fine, last=None),
        replace(fine, plan="", item_id=""),
        replace(fine, last=date(2026, 12, 1)),
        replace(fine, last=date(2026, 9, 1)),
    ):
        assert any(not each.is_explained for each in checked([odd], metered()).differences)


def test_the_way_of_rounding_is_read_off_the_invoice() -> None:
    down = [(450 * units, 11, 450 * units * 11 // DAYS) for units in range(1, 40)]
    assert rounding_of(down, DAYS) is Rounding.DOWN
    assert rounding_of([(monthly, days, amount + 1) for monthly, days, amount in down], DAYS) is Rounding.UP
    assert rounding_of(down[:1], DAYS) is Rounding.UNKNOWN
    assert (
        rounding_of([*down, *((monthly, days, amount + 1) for monthly, days, amount in down)], DAYS) is Rounding.UNKNOWN
    )


UNITS = st.integers(1, 30)
STRETCHES = st.lists(st.tuples(st.integers(1, DAYS), UNITS), min_size=1, max_size=4, unique_by=lambda pair: pair[0])


def stretches(drawn: list[tuple[int, int]]) -> list[tuple[int, int, int]]:
    starts = sorted(drawn)
    ends = [day - 1 for day, _units in starts[1:]] + [DAYS]
    return [(first, last, units) for (first, units), last in zip(starts, ends, strict=True)]


@made_up(60)
@given(STRETCHES, STRETCHES, st.integers(-2, 2), st.booleans())
def test_the_equation_closes_and_the_answer_is_always_the_same(
    billed: list[tuple[int, int]], used: list[tuple[int, int]], yen: int, priced: bool
) -> None:
    lines = [line(first, last, licenses=units) for first, last, units in stretches(billed)]
    lines[0] = replace(lines[0], amount=(lines[0].amount or 0) + yen)
    days = [day for first, last, units in stretches(used) for day in metered(first, last, licenses=units)]
    found = checked(lines, days, priced=priced)
    again = checked(lines[::-1], days[::-1], priced=priced)
    assert [replace(each, line=None) for each in again.differences] == [
        replace(each, line=None) for each in found.differences
    ]
    explained = sum(each.yen or 0 for each in found.differences)
    assert found.expected + explained + found.unchecked == found.billed
    agrees = stretches(billed) == stretches(used) and yen == 0
    if priced and agrees:
        assert all(each.is_explained for each in found.differences)
    if priced and yen and stretches(billed) == stretches(used):
        assert sum(each.yen or 0 for each in found.differences if not each.is_explained) == yen


def test_each_yen_and_each_day_of_a_month_counts() -> None:
    for day in range(1, DAYS):
        wrong = only(checked([line(1, day), line(day + 1, licenses=61)], metered()))
        assert (wrong.kind, wrong.first) == (Kind.QUANTITY, MONTH + timedelta(days=day))
