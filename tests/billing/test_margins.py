"""Margins: what customers pay by the price list against what LINE WORKS billed, per customer and together."""

import csv
import io
import re
from datetime import date
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from billing.checking.prices import purchase_prices
from billing.margins import Margin, margin_of_month
from billing.models import InvoiceDetail, SettlementItem
from billing.months import in_address, used_in
from billing.price_lists import price_book
from billing.rules.check_facts import Force
from portal.core.clock import now
from tests.support.examples import made_up
from tests.support.portal import People, SignIn
from tests.support.prices import keep_prices, price

NAMED = date(2026, 10, 1)
ADDRESS = f"/billing/margins/?month={in_address(used_in(NAMED))}"
OCTOBER = {"start_date": NAMED, "end_date": date(2026, 10, 31)}
STANDARD = price("STD", "ANNUAL_LICENSE", 450, 360)
LUMP = price("STD", "ANNUAL_PREPAY_LICENSE", 5_400, 4_320)
STORAGE = price("SSTG203", "ANNUAL_LICENSE", 15_000, 16_000)


def keep_details(number: int, name: str, *items: dict[str, Any], month: date = NAMED) -> InvoiceDetail:
    row = {"raw": {}, "changed_at": now()}
    detail = InvoiceDetail.objects.create(month=month, domain_id=number, customer_name=name, **row)
    for place, item in enumerate(items):
        SettlementItem.objects.create(detail=detail, place=place, **{"item_type": "PRODUCT", **OCTOBER, **row, **item})
    return detail


def plan(amount: int | None, licenses: int = 10, contract_type: str = "ANNUAL_LICENSE") -> dict[str, Any]:
    return {"item_id": "STD", "plan": contract_type, "license_count": licenses, "amount": amount}


STORED = {
    "item_type": "OPTION_PRODUCT",
    "item_id": "SSTG2",
    "sub_item_id": "SSTG203",
    "plan": "ANNUAL_LICENSE",
    "quantity": 1,
    "amount": 16_000,
}


def lines(browser: Client) -> dict[str, Any]:
    found = browser.get(ADDRESS).context["lines"]
    return {
        line.detail.customer_name: (line.margin.sales, line.margin.spent, line.margin.margin, line.margin.unpriced)
        for line in found
    }


def test_each_customer_has_its_margin(finance: Client, people: People) -> None:
    keep_prices(people.finance, STANDARD, LUMP, STORAGE)
    keep_details(1, "a", plan(3_600))
    # Half a month, and an option below its purchase price
    keep_details(2, "b", plan(1_742) | {"end_date": date(2026, 10, 15)}, STORED)
    keep_details(
        3, "c", plan(43_200, contract_type="ANNUAL_PREPAY_LICENSE"), plan(0, contract_type="ANNUAL_PREPAY_LICENSE")
    )
    keep_details(4, "d", {"item_id": "ADV", "plan": "ANNUAL_LICENSE", "license_count": 1, "amount": 640})
    charges = ({"item_type": "ADJUSTMENT", "amount": -500}, {"item_type": "PENALTY", "amount": 900})
    keep_details(5, "e", *charges, {"item_type": "SUMMARY", "amount": -500})
    keep_details(6, "f", plan(None))
    assert lines(finance) == {
        "a": (4_500, 3_600, 900, 0),
        "b": (2_177 + 15_000, 17_742, -565, 0),
        "c": (54_000, 43_200, 10_800, 0),
        "d": (0, 0, 0, 640),
        "e": (400, 400, 0, 0),  # handed on as billed
        "f": (4_500, 0, 4_500, 0),  # LINE WORKS states no amount
    }
    total = margin_of_month(NAMED)
    assert total is not None
    assert [total.sales, total.spent, total.unpriced] == [80_577, 64_942, 640]
    assert (total.unpriced_items, total.unstated_items) == (1, 1)
    page = finance.get("/billing/prices/").content.decode()
    assert "¥80,577" in page
    page = finance.get(ADDRESS).content.decode()
    assert "1 item has no price" in page
    assert "LINE WORKS billed ¥640 for items without a price" in page
    assert "LINE WORKS states no amount for 1 item that is sold" in page


def test_a_month_without_prices_has_no_margins_and_says_why(finance: Client, people: People) -> None:
    keep_prices(people.finance, STANDARD, valid_from=date(2026, 11, 1))
    keep_details(1, "a", plan(3_600))
    page = finance.get(ADDRESS).content.decode()
    assert "No price list is in force in October 2026" in page
    row = page.partition("<tbody>")[2].partition("</tbody>")[0]
    assert re.findall(r"<td[^>]*>([^<]*)", row) == ["–"] * 6
    [_head, line] = csv.reader(io.StringIO(b"".join(finance.get(f"{ADDRESS}&export=csv")).decode("utf-8-sig")))
    assert line[3:] == [""] * 5


def test_an_option_whose_sizes_no_page_names_has_the_price_of_its_own_code(finance: Client, people: People) -> None:
    keep_prices(people.finance, price("QTA_M1", "MONTHLY", 1_000, 800))
    item = {"item_type": "OPTION_PRODUCT", "item_id": "QTA_M1", "sub_item_id": "QTA_M101", "plan": "MONTHLY"}
    keep_details(1, "a", item | {"license_count": 1, "member_count": 1, "quantity": 1, "amount": 800})
    assert lines(finance) == {"a": (1_000, 800, 200, 0)}
    in_force = Force("QTA_M1", "QTA_M101", "MONTHLY", 1)
    assert purchase_prices(price_book())(in_force, date(2026, 10, 1)) == 800


def test_sales_are_what_the_statements_come_to(finance: Client, people: People) -> None:
    keep_prices(people.finance, STANDARD, LUMP, STORAGE)
    part = {"start_date": date(2026, 10, 8), "end_date": date(2026, 10, 29)}
    items: list[dict[str, Any]] = [
        plan(2_555, 10) | part,
        plan(1_277, 5) | part,
        STORED | part,
        plan(-1, 7) | part,
        plan(None, 3),
    ]
    charges = [{"item_type": "PENALTY", "amount": 63_200}, {"item_type": "NEW", "amount": 5}]
    yearly = plan(43_201, contract_type="ANNUAL_PREPAY_LICENSE")
    keep_details(1, "all", *items, *charges, {"item_type": "ADJUSTMENT"}, yearly)
    keep_details(2, "unpriced", {"item_id": "ADV", "plan": "MONTHLY", "member_count": 2, "amount": 7})
    keep_details(3, "no period", plan(360) | {"end_date": None})
    for line in finance.get(ADDRESS).context["lines"]:
        statement = finance.get(f"/billing/invoices/2026-11/{line.detail.domain_id}/statement/").context["statement"]
        assert (line.margin.sales, line.margin.unpriced_items) == (statement.before_tax, statement.missing)
    total = margin_of_month(NAMED)
    assert total is not None
    assert total.sales == sum(line.margin.sales for line in finance.get(ADDRESS).context["lines"])


def test_a_price_that_comes_within_the_month_counts_for_what_begins_then(finance: Client, people: People) -> None:
    keep_prices(people.finance, STANDARD, valid_from=date(2026, 10, 16))
    keep_details(1, "a", plan(1_858) | {"start_date": date(2026, 10, 16)}, plan(3_600))
    assert lines(finance) == {"a": (2_323, 1_858, 465, 3_600)}


def test_file_and_page_say_the_same(finance: Client, people: People) -> None:
    keep_prices(people.finance, STANDARD)
    keep_details(1, "=cmd()", plan(3_601))
    answer = finance.get(f"{ADDRESS}&export=csv")
    body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    _head, row = csv.reader(io.StringIO(body.decode("utf-8-sig")))
    assert row == ["'=cmd()", "", "1", "4500", "3601", "899", "0", "0"]
    assert lines(finance)["=cmd()"][:3] == (4_500, 3_601, 899)


def test_without_a_price_list_there_is_no_margin(finance: Client, people: People) -> None:
    keep_details(1, "a", plan(3_600))
    assert margin_of_month(NAMED) is None
    keep_prices(people.finance, STANDARD, valid_from=date(2090, 1, 1))
    assert margin_of_month(NAMED) is None
    assert "¥" not in finance.get("/billing/prices/").content.decode().partition("h-margin")[2][:200]


def test_only_those_who_may_see_margins_do(people: People, sign_in: SignIn) -> None:
    keep_prices(people.finance, STANDARD)
    keep_details(1, "a", plan(3_600))
    manager = sign_in(people.account_manager)
    for address in (ADDRESS, f"{ADDRESS}&export=csv"):
        assert manager.get(address).status_code == 403
    assert "3,600" not in manager.get("/billing/prices/").content.decode()


@pytest.mark.parametrize("month", ["2026-13", "x", "1999-01", "", "20201-01", "9999-12"])
def test_any_month_opens(finance: Client, people: People, month: str) -> None:
    assert finance.get(f"/billing/margins/?month={month}").status_code == 200
    keep_details(1, "a", plan(3_600))
    answer = finance.get(f"/billing/margins/?month={month}")
    assert answer.context["named"] == NAMED
    assert (f"“{month}” is no month with invoice details." in answer.content.decode()) == bool(month)
    assert "is no month" not in finance.get(ADDRESS).content.decode()


@pytest.mark.parametrize("sort", ["name", "-margin", "unpriced"])
def test_the_number_of_queries_does_not_grow(
    finance: Client, people: People, django_assert_max_num_queries: DjangoAssertNumQueries, sort: str
) -> None:
    address = f"{ADDRESS}&sort={sort}"
    keep_prices(people.finance, STANDARD)
    keep_details(1, "a", plan(3_600))
    finance.get(address)
    with django_assert_max_num_queries(30) as few:
        finance.get(address)
    for number in range(2, 40):
        keep_details(number, f"n{number}", plan(3_600, number), plan(100, number + 1))
    with django_assert_max_num_queries(30) as many:
        finance.get(address)
    assert len(many) == len(few) <= 15


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("name", "abc"),
        ("-name", "cba"),
        ("-sales", "abc"),
        ("sales", "cba"),
        ("-cost", "abc"),
        ("-margin", "bca"),
        ("margin", "acb"),
        ("-percent", "bac"),
        ("percent", "abc"),  # of c there is none, which comes last either way
        ("-items", "cab"),
        ("items", "cab"),
        ("-unpriced", "cab"),
        ("nonsense", "abc"),
    ],
)
def test_the_list_is_sorted_as_a_whole(finance: Client, people: People, sort: str, order: str) -> None:
    keep_prices(people.finance, STANDARD, STORAGE)
    keep_details(1, "b", plan(3_600))
    keep_details(2, "a", plan(3_600), STORED)
    keep_details(3, "c", {"item_id": "ADV", "plan": "ANNUAL_LICENSE", "license_count": 1, "amount": 640})
    assert [line.detail.customer_name for line in finance.get(f"{ADDRESS}&sort={sort}").context["lines"]] == [*order]
    body = b"".join(finance.get(f"{ADDRESS}&sort={sort}&export=csv").streaming_content)  # type: ignore[attr-defined]
    assert [row[0] for row in csv.reader(io.StringIO(body.decode("utf-8-sig")))][1:] == [*order]


def test_the_order_holds_across_pages_and_the_sum_is_that_of_all(finance: Client, people: People) -> None:
    keep_prices(people.finance, STANDARD)
    for number in range(1, 61):
        keep_details(number, f"n{number:02}", plan(3_600, number))
    found: list[int] = []
    for page in (1, 2, 3):
        answer = finance.get(f"{ADDRESS}&sort=-sales&rows=25&page={page}")
        found += [line.margin.sales for line in answer.context["lines"]]
        assert answer.context["total"] == margin_of_month(NAMED)
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == 60


def test_amounts_are_sorted_the_largest_first_by_their_heads_and_by_the_form_of_a_phone(
    finance: Client, people: People
) -> None:
    keep_prices(people.finance, STANDARD)
    keep_details(1, "a", plan(3_600))
    page = finance.get(f"{ADDRESS}&sort=-cost").content.decode()
    month = in_address(used_in(NAMED))
    assert f'id="sort-margin" href="?month={month}&amp;sort=-margin"' in page
    assert f'id="sort-cost" href="?month={month}&amp;sort=cost"' in page
    assert f'id="sort-name" href="?month={month}&amp;sort=name"' in page
    assert page.count("aria-sort=") == page.count('aria-sort="descending"') == 1
    form = page.partition('<form class="pd-bar pd-sort"')[2].partition("</form>")[0]
    assert f'<input type="hidden" name="month" value="{month}">' in form
    assert '<option value="-cost" selected>Cost ¥, descending</option>' in form
    assert form.index('value="-margin"') < form.index('value="margin"')


def test_a_swap_brings_the_list_and_files_in_the_same_order(finance: Client, people: People) -> None:
    keep_prices(people.finance, STANDARD)
    keep_details(1, "a", plan(3_600))
    answer = finance.get(f"{ADDRESS}&sort=-margin", headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert "<h1" not in page
    assert page.count('id="table"') == page.count('id="files"') == 1
    assert "sort=-margin&amp;export=csv" in page
    assert "HX-Request" in answer["Vary"]


AMOUNTS = st.integers(-(10**9), 10**9)


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS | st.none())))
@made_up(50)
def test_what_was_billed_is_either_priced_or_stated_as_without_a_price(items: list[tuple[int, int | None]]) -> None:
    margin = Margin()
    for billed, sold in items:
        margin.add(billed, sold)
    assert margin.spent + margin.unpriced == sum(billed for billed, _sold in items)
    assert margin.sales == sum(sold for _billed, sold in items if sold is not None)
    assert margin.margin == margin.sales - margin.spent
    assert margin.unpriced_items == sum(sold is None for _billed, sold in items)
