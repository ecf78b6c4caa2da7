import calendar
from collections import Counter
from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from tests.support.sandbox import Sandbox

from .cases import breaks, keeps
from .conftest import Api
from .optioning import invoice_details, options_path, settlement_items, take
from .subscribing import HIKARI, MINATO, TSUBAME, convert, done, of, only, start_paid, start_trial

USE = ("PRODUCT", "OPTION_PRODUCT")
PAST = [(2025, month) for month in range(1, 13)]


def invoices(api: Api, year: int) -> list[dict[str, Any]]:
    answer = api("GET", "/invoices", params={"year": str(year)})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["invoices"])


def invoice(api: Api, year: int, month: int) -> dict[str, Any]:
    [found] = [one for one in invoices(api, year) if one["invoiceMonth"] == month]
    return found


def amounts(items: list[dict[str, Any]], *kinds: str) -> list[int]:
    return [item["amount"] for item in items if item["itemType"] in kinds]


def use(api: Api, domain_id: int, year: int = 2026, month: int = 1) -> list[tuple[str, str, str, int]]:
    """Give what a customer is billed for its use in a month, by stretches of days."""
    return [
        (item["itemId"], item["startDate"], item["endDate"], item["amount"])
        for item in settlement_items(api, domain_id, year, month)
        if item["itemType"] in USE
    ]


def members(sandbox: Sandbox, domain_id: int, count: int) -> None:
    sandbox.control("POST", f"/customers/{domain_id}", {"members": count})


def leave(api: Api, sandbox: Sandbox, domain_id: int) -> None:
    """Delete a customer at once, as one without an app that has still to be settled."""
    sandbox.control("POST", f"/customers/{domain_id}", {"hasSlowApp": False})
    done(api, "DELETE", f"/customers/{domain_id}", status=204)


def test_a_year_lies_behind_the_fresh_book(api: Api) -> None:
    statuses = [(one["invoiceMonth"], one["paymentStatus"]) for one in invoices(api, 2025)]

    assert [month for month, _ in statuses] == list(range(1, 13))
    assert statuses[-1] == (12, "UNPAID")
    assert {status for _, status in statuses[:-1]} <= {"PAID", "NONE"}
    assert invoices(api, 2026) == []
    assert invoices(api, 2024) == []


def test_every_type_of_line_is_met_in_the_fresh_book(api: Api) -> None:
    kinds = Counter(
        item["itemType"] for year, month in PAST for one in invoice_details(api, year, month)
        for item in one["settlementItems"]
    )  # fmt: skip

    assert set(kinds) == {"PRODUCT", "OPTION_PRODUCT", "ADJUSTMENT", "SUMMARY", "OPTION_PLUS", "PENALTY"}


@keeps("invoice.summary", "invoice.tax", "invoice.status")
def test_the_sums_of_each_month_agree_with_its_lines(api: Api, sandbox: Sandbox) -> None:
    take(api, MINATO, "SSTG201")
    done(api, "DELETE", options_path(MINATO, "SSTG2"), status=204)
    take(api, HIKARI, "ACV201")
    done(api, "DELETE", options_path(HIKARI, "ACV2"), status=204)
    sandbox.set_clock("2026-02-01")
    assert invoice(api, 2026, 1)["penaltyAmount"] > 0

    for year, month in [*PAST, (2026, 1)]:
        details = invoice_details(api, year, month)
        for one in details:
            items = one["settlementItems"]
            assert amounts(items, "SUMMARY") == [sum(amounts(items, *USE, "ADJUSTMENT"))]
        lines = [item for one in details for item in one["settlementItems"]]
        bill = invoice(api, year, month)
        assert bill["usedAmount"] == sum(amounts(lines, *USE))
        assert bill["optionPlusAmount"] == sum(amounts(lines, "OPTION_PLUS"))
        assert bill["penaltyAmount"] == sum(amounts(lines, "PENALTY"))
        assert bill["usedTaxAmount"] == bill["usedAmount"] * bill["taxRate"] // 100
        assert bill["optionPlusTaxAmount"] == bill["optionPlusAmount"] * bill["taxRate"] // 100
        assert bill["totalAmount"] == sum(
            bill[name]
            for name in ("usedAmount", "usedTaxAmount", "optionPlusAmount", "optionPlusTaxAmount", "penaltyAmount")
        )
        assert (bill["paymentStatus"] == "NONE") == (bill["totalAmount"] == 0)
        assert ("paidTime" in bill) == (bill["paymentStatus"] == "PAID")


@breaks("invoice.tax", "invoice.summary")
def test_neither_penalties_are_taxed_nor_adjustments_due(api: Api) -> None:
    lines = [item for one in invoice_details(api, 2025, 12) for item in one["settlementItems"]]
    bill = invoice(api, 2025, 12)

    assert sum(amounts(lines, "ADJUSTMENT")) != 0
    assert bill["penaltyAmount"] > 0
    taxes = bill["usedTaxAmount"] + bill["optionPlusTaxAmount"]
    assert taxes == bill["usedAmount"] // 10 + bill["optionPlusAmount"] // 10
    assert bill["totalAmount"] - taxes == sum(amounts(lines, *USE, "OPTION_PLUS", "PENALTY"))


@keeps("invoice.monthly")
def test_on_the_first_the_month_before_is_billed_and_the_bill_before_is_paid(api: Api, sandbox: Sandbox) -> None:
    sandbox.set_clock("2026-02-01")

    bill, before = invoice(api, 2026, 1), invoice(api, 2025, 12)

    assert bill["issuedTime"] == "2026-02-01T00:00:00.000+09:00"
    assert (bill["paymentStatus"], before["paymentStatus"]) == ("UNPAID", "PAID")
    assert before["paidTime"] == "2026-01-31T15:00:00.000+09:00"
    effects = [effect for effect in sandbox.ledger() if effect["domainId"] is None]
    assert [(effect["operation"], effect["what"]) for effect in effects] == [
        ("clock:payInvoice", before),
        ("clock:issueInvoice", bill),
    ]
    assert len({one["invoiceNo"] for one in [*invoices(api, 2025), bill]}) == 13


@breaks("invoice.monthly")
def test_on_other_days_nothing_is_billed(api: Api, sandbox: Sandbox) -> None:
    sandbox.set_clock("2026-01-31")
    assert invoices(api, 2026) == []
    sandbox.set_clock("2026-02-28")
    assert [one["invoiceMonth"] for one in invoices(api, 2026)] == [1]


@breaks("invoice.status")
def test_a_book_without_customers_has_nothing_to_pay(api: Api, sandbox: Sandbox) -> None:
    sandbox.reset(customers=0)
    sandbox.set_clock("2026-03-01")

    bills = [*invoices(api, 2025), *invoices(api, 2026)]

    assert [(bill["totalAmount"], bill["paymentStatus"]) for bill in bills] == [(0, "NONE")] * 14
    assert invoice_details(api, 2026, 2) == []


@keeps("invoice.units", "usage.stretch")
def test_users_of_a_monthly_contract_are_billed_by_the_day(api: Api, sandbox: Sandbox) -> None:
    members(sandbox, MINATO, 10)
    sandbox.set_clock("2026-02-10")
    members(sandbox, MINATO, 20)
    sandbox.set_clock("2026-03-01")

    # 540 yen a user and month; ten days of February with ten users, eighteen with twenty.
    assert use(api, MINATO, 2026, 2) == [
        ("STD", "2026-02-01", "2026-02-10", 540 * 10 * 10 // 28),
        ("STD", "2026-02-11", "2026-02-28", 540 * 20 * 18 // 28),
    ]


@breaks("invoice.units", "usage.stretch")
def test_an_annual_contract_is_billed_by_its_licenses_whoever_uses_them(api: Api, sandbox: Sandbox) -> None:
    members(sandbox, HIKARI, 3)
    sandbox.set_clock("2026-03-01")

    assert use(api, HIKARI, 2026, 2) == [("ADV", "2026-02-01", "2026-02-28", 120 * 800)]
    [line, _] = settlement_items(api, HIKARI, 2026, 2)
    assert line == {
        "subscriptionId": only(api, HIKARI)["subscriptionId"],
        "itemType": "PRODUCT",
        "startDate": "2026-02-01",
        "endDate": "2026-02-28",
        "itemId": "ADV",
        "plan": "ANNUAL_LICENSE",
        "licenseCount": 120,
        "memberCount": 3,
        "status": "ACTIVE",
        "amount": 96_000,
    }


@keeps("usage.stretch")
def test_licenses_added_within_a_month_are_billed_from_the_next_day(api: Api, sandbox: Sandbox) -> None:
    sandbox.set_clock("2026-02-14")
    done(api, "POST", of(only(api, HIKARI), "/add-license-count"), {"addLicenseCount": 30})
    sandbox.set_clock("2026-03-01")

    assert use(api, HIKARI, 2026, 2) == [
        ("ADV", "2026-02-01", "2026-02-14", 120 * 800 * 14 // 28),
        ("ADV", "2026-02-15", "2026-02-28", 150 * 800 * 14 // 28),
    ]


@keeps("invoice.prepaid")
def test_a_contract_paid_at_once_is_billed_whole_with_its_first_month(api: Api, sandbox: Sandbox) -> None:
    base = start_paid(api, "ANNUAL_PREPAY_LICENSE", 20)
    take(api, TSUBAME, "ACV201")
    sandbox.set_clock("2026-03-20")
    done(api, "POST", of(base, "/add-license-count"), {"addLicenseCount": 5})
    sandbox.set_clock("2026-05-01")

    assert use(api, TSUBAME) == [
        ("STD", "2026-01-15", "2026-01-31", 20 * 450 * 12),
        ("ACV2", "2026-01-15", "2026-01-31", 20 * 300 * 12),
    ]
    assert [amount for *_, amount in use(api, TSUBAME, 2026, 2)] == [0, 0]
    # From 21 March to 14 January next year ten months have begun.
    assert use(api, TSUBAME, 2026, 3) == [
        ("STD", "2026-03-01", "2026-03-20", 0),
        ("STD", "2026-03-21", "2026-03-31", 5 * 450 * 10),
        ("ACV2", "2026-03-01", "2026-03-20", 0),
        ("ACV2", "2026-03-21", "2026-03-31", 5 * 300 * 10),
    ]
    assert [amount for *_, amount in use(api, TSUBAME, 2026, 4)] == [0, 0]


@keeps("invoice.prepaid")
def test_the_next_term_of_a_contract_paid_at_once_is_billed_whole_again(api: Api, sandbox: Sandbox) -> None:
    start_paid(api, "ANNUAL_PREPAY_LICENSE", 20)

    sandbox.set_clock("2027-02-01")

    assert use(api, TSUBAME, 2027, 1) == [
        ("STD", "2027-01-01", "2027-01-14", 0),
        ("STD", "2027-01-15", "2027-01-31", 20 * 450 * 12),
    ]


@breaks("invoice.prepaid")
def test_an_annual_contract_paid_by_the_month_is_not_billed_ahead(api: Api, sandbox: Sandbox) -> None:
    start_paid(api, "ANNUAL_LICENSE", 20)
    sandbox.set_clock("2026-03-01")

    assert use(api, TSUBAME) == [("STD", "2026-01-15", "2026-01-31", 20 * 450 * 17 // 31)]
    assert use(api, TSUBAME, 2026, 2) == [("STD", "2026-02-01", "2026-02-28", 20 * 450)]


def test_what_is_free_or_on_trial_is_not_billed(api: Api, sandbox: Sandbox) -> None:
    trial = start_trial(api)
    take(api, TSUBAME, "ACV200")
    sandbox.set_clock("2026-02-01")
    assert settlement_items(api, TSUBAME, 2026, 1) == []
    convert(api, trial, plan="MONTHLY")
    sandbox.set_clock("2026-03-01")

    assert [item for item, *_ in use(api, TSUBAME, 2026, 2)] == ["STD"]


def test_options_have_lines_of_their_own(api: Api, sandbox: Sandbox) -> None:
    take(api, MINATO, "SSTG202")
    take(api, MINATO, "CST_S01", quantity=3)
    sandbox.set_clock("2026-02-10")
    done(api, "POST", options_path(MINATO, "SSTG2", "/upgrade"), {"subOptionId": "SSTG203"})
    sandbox.set_clock("2026-03-01")

    lines = [item for item in settlement_items(api, MINATO, 2026, 2) if item["itemType"] == "OPTION_PRODUCT"]

    assert [
        (line["itemId"], line["subItemId"], line["quantity"], line["startDate"], line["endDate"], line["amount"])
        for line in lines
    ] == [
        ("CST_S", "CST_S01", 3, "2026-02-01", "2026-02-28", 3 * 14_400),
        ("SSTG2", "SSTG202", 1, "2026-02-01", "2026-02-10", 108_000 * 10 // 28),
        ("SSTG2", "SSTG203", 1, "2026-02-11", "2026-02-28", 192_000 * 18 // 28),
    ]


@keeps("invoice.count")
@pytest.mark.parametrize("count", [1, 7, 20])
def test_pages_of_any_size_hold_the_same_customers_once_each(api: Api, count: int) -> None:
    whole = invoice_details(api, 2025, 12)

    assert len(whole) > 20
    assert invoice_details(api, 2025, 12, count) == whole
    ids = [one["domainId"] for one in whole]
    assert ids == sorted(set(ids))


@keeps("invoice.count")
def test_a_page_holds_twenty_customers_by_default(api: Api) -> None:
    answer = api("GET", "/invoice-details", params={"year": "2025", "month": "12"}).json()

    assert len(answer["invoiceDetails"]) == 20
    assert answer["responseMetaData"]["nextCursor"]


@breaks("invoice.count")
@pytest.mark.parametrize("count", ["0", "21", "-1"])
def test_a_page_of_another_size_is_refused(api: Api, count: str) -> None:
    answer = api("GET", "/invoice-details", params={"year": "2025", "month": "12", "count": count})

    assert (answer.status_code, answer.json()["code"]) == (400, "OUT_OF_RANGE")
    assert answer.headers["X-Sandbox-Rule"] == "invoice.count"


def test_odd_parameters_are_refused(api: Api) -> None:
    query = {"year": "2025", "month": "12"}
    cursor = api("GET", "/invoice-details", params=query).json()["responseMetaData"]["nextCursor"]
    for address, odd, code in (
        ("/invoices", {}, "MISSING_PARAMETER"),
        ("/invoices", {"year": "x"}, "INVALID_PARAMETER"),
        ("/invoices", {"year": "2025", "month": "12"}, "INVALID_PARAMETER"),
        ("/invoice-details", {"year": "2025"}, "MISSING_PARAMETER"),
        ("/invoice-details", query | {"month": "13"}, "OUT_OF_RANGE"),
        ("/invoice-details", query | {"count": "ten"}, "INVALID_PARAMETER"),
        ("/invoice-details", query | {"page": "2"}, "INVALID_PARAMETER"),
        ("/invoice-details", query | {"cursor": "eJwz"}, "INVALID_PARAMETER"),
        ("/invoice-details", query | {"cursor": cursor[:-6]}, "INVALID_PARAMETER"),
        ("/invoice-details", query | {"month": "11", "cursor": cursor}, "INVALID_PARAMETER"),
    ):
        answer = api("GET", address, params=odd)
        assert (answer.status_code, answer.json()["code"]) == (400, code), (address, odd)


@keeps("invoice.issued")
def test_the_details_of_an_issued_month_stay_whatever_happens_after(api: Api, sandbox: Sandbox) -> None:
    sandbox.set_clock("2026-02-01")
    before = invoice_details(api, 2025, 12), invoice_details(api, 2026, 1), invoices(api, 2026)
    assert HIKARI in [one["domainId"] for one in before[1]]

    done(api, "POST", of(only(api, HIKARI), "/add-license-count"), {"addLicenseCount": 30})
    members(sandbox, MINATO, 77)
    take(api, MINATO, "SSTG201")
    leave(api, sandbox, HIKARI)
    sandbox.set_clock("2026-02-20")

    assert (invoice_details(api, 2025, 12), invoice_details(api, 2026, 1), invoices(api, 2026)) == before


@breaks("invoice.issued")
def test_a_month_that_is_not_billed_yet_has_no_details(api: Api, sandbox: Sandbox) -> None:
    sandbox.set_clock("2026-01-31")
    assert invoice_details(api, 2026, 1) == []
    assert invoice_details(api, 2020, 1) == []

    sandbox.move_clock(days=1)

    assert invoice_details(api, 2026, 1) != []


def test_a_customer_that_left_is_billed_for_its_last_days_and_its_penalty(api: Api, sandbox: Sandbox) -> None:
    leave(api, sandbox, HIKARI)
    sandbox.set_clock("2026-02-01")

    [detail] = [one for one in invoice_details(api, 2026, 1) if one["domainId"] == HIKARI]

    assert (detail["domain"], detail["customerName"]) == ("hikari-logi.by-works.com", "株式会社ひかり物流")
    items = detail["settlementItems"]
    assert [(item["itemType"], item["startDate"], item["endDate"]) for item in items] == [
        ("PRODUCT", "2026-01-01", "2026-01-14"),
        ("SUMMARY", "2026-01-01", "2026-01-31"),
        ("PENALTY", "2026-01-01", "2026-01-31"),
    ]
    assert items[0]["amount"] == 120 * 800 * 14 // 31
    assert items[2]["amount"] % (120 * 800) == 0


def test_the_lines_of_a_customer_cover_each_of_its_days_once(api: Api) -> None:
    for year, month in PAST[-3:]:
        for detail in invoice_details(api, year, month):
            by_item: dict[tuple[int, str], list[dict[str, Any]]] = {}
            for item in detail["settlementItems"]:
                if item["itemType"] in USE:
                    key = item["subscriptionId"], item["itemId"] if item["itemType"] == "OPTION_PRODUCT" else ""
                    by_item.setdefault(key, []).append(item)
            for lines in by_item.values():
                for one, following in pairwise(lines):
                    gap = date.fromisoformat(following["startDate"]) - date.fromisoformat(one["endDate"])
                    assert gap.days == 1
                assert lines[-1]["endDate"] == f"{year}-{month:02}-{calendar.monthrange(year, month)[1]}"
