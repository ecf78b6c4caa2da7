"""Sums of settlement items: on a customer's details and of a month, for any items."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum
from hypothesis import given
from hypothesis import strategies as st

from billing.listing import details_of
from billing.models import InvoiceDetail, ItemTotal, SettlementItem
from billing.subtotals import subtotals_of, totals_of
from billing.sync.sums import COLUMNS, OTHER
from tests.support.billing import MONTH, detail, item, keep_details, summary
from tests.support.examples import made_up

NAMED = date(2026, 10, 1)

pytestmark = pytest.mark.django_db


def amounts(*values: Any) -> tuple[Any, ...]:
    """Return amounts to compare with whole numbers."""
    return values


def test_details_sum_up_their_items_by_type() -> None:
    [row] = keep_details(
        MONTH,
        detail(
            7, item(1000), item(234, itemId="ADV", memberCount=9), item(500, "OPTION_PRODUCT", itemId="ACV2"),
            item(-34, "ADJUSTMENT"), item(77, "OPTION_PLUS"), item(5000, "PENALTY"), item(3, "SURPRISE"), summary(1700),
        ),
    )  # fmt: skip
    assert amounts(row.plans_amount, row.options_amount, row.adjustment_amount) == (1234, 500, -34)
    assert amounts(row.option_plus_amount, row.penalty_amount, row.other_amount, row.stated_amount) == (
        77,
        5000,
        3,
        1700,
    )
    assert amounts(row.item_count, row.odd_items) == (8, 0)
    assert amounts(row.lead_item, row.lead_plan, row.lead_users) == ("STD", "MONTHLY", 8)


def test_what_has_no_items_has_no_sum() -> None:
    [row] = keep_details(MONTH, detail(7, summary(0)))
    assert row.plans_amount is row.options_amount is row.penalty_amount is None
    assert row.stated_amount == 0
    assert amounts(row.item_count, row.lead_item) == (1, "")


@pytest.mark.parametrize(
    ("received", "kept"), [("1,000", None), ("1000", 1000), (10.5, Decimal("10.5")), (None, None), ({"yen": 1}, None)]
)
def test_odd_amounts_are_counted_and_kept_as_far_as_they_are_numbers(received: Any, kept: Any) -> None:
    [row] = keep_details(MONTH, detail(7, item(received), item(5), summary(5)))
    assert row.odd_items == 1
    assert row.plans_amount == 5 + (kept or 0)
    assert SettlementItem.objects.get(detail=row, place=0).amount == kept


def test_a_whole_number_with_decimals_is_not_odd() -> None:
    [row] = keep_details(MONTH, detail(7, item(10.0)))
    assert amounts(row.odd_items, row.plans_amount) == (0, 10)


def test_sums_follow_a_correction_and_other_customers_stay() -> None:
    keep_details(MONTH, detail(7, item(100)), detail(8, item(1)))
    seven, eight = keep_details(MONTH, detail(7, item(90), item(20)), detail(8, item(1)))
    assert amounts(seven.plans_amount, eight.plans_amount) == (110, 1)
    [total] = ItemTotal.objects.all()
    assert amounts(total.amount, total.items, total.customers) == (111, 3, 2)


def test_what_is_gone_counts_no_longer() -> None:
    keep_details(MONTH, detail(7, item(100), item(1, "PENALTY")), detail(8, item(10)))
    [seven] = keep_details(MONTH, detail(7, item(100)))
    assert seven.penalty_amount is None
    [total] = ItemTotal.objects.all()
    assert amounts(total.amount, total.customers) == (100, 1)


AMOUNTS = (
    st.integers(-(10**9), 10**9)
    | st.decimals(-1000, 1000, places=2).map(float)
    | st.integers().map(str).filter(lambda text: len(text) < 10)
)
ITEMS = st.builds(
    item,
    AMOUNTS,
    st.sampled_from([*COLUMNS, "", "SURPRISE"]),
    itemId=st.sampled_from(["STD", "ADV", "ACV2", ""]),
    plan=st.sampled_from(["MONTHLY", "ANNUAL_LICENSE", ""]),
)


@made_up(20)
@given(st.lists(st.lists(ITEMS, max_size=6), min_size=1, max_size=4))
def test_details_month_and_items_agree_for_any_data(customers: list[list[dict[str, Any]]]) -> None:
    keep_details(MONTH, *(detail(number, *items) for number, items in enumerate(customers, start=1)))
    of_items: dict[str, Decimal] = {}
    for line in SettlementItem.objects.current().filter(detail__removed_at=None):
        column = COLUMNS.get(line.item_type, OTHER)
        of_items[column] = of_items.get(column, Decimal()) + (line.amount or 0)
    of_details = InvoiceDetail.objects.current().aggregate(**{name: Sum(name) for name in (*COLUMNS.values(), OTHER)})
    of_month = {row.item_type: row.amount for row in subtotals_of(ItemTotal.objects.filter(month=NAMED))}
    totals = totals_of(details_of(NAMED))
    for item_type, column in COLUMNS.items():
        assert (of_details[column] or 0) == (of_month.get(item_type) or 0) == of_items.get(column, 0), column
        assert totals.amounts[column] == of_details[column]
    assert (of_details[OTHER] or 0) == of_items.get(OTHER, 0)
    assert sum(row.items for row in subtotals_of(ItemTotal.objects.filter(month=NAMED))) == sum(map(len, customers))
