import json
import re
from collections import Counter
from datetime import date
from typing import Any

import pytest

from portal.dev.sandbox.seed import seed_customers
from portal.dev.sandbox.state import State
from tests.support.sandbox import Sandbox

from .conftest import Api

TODAY = date(2026, 1, 15)


def filled(customers: int, seed: int = 1, today: date = TODAY) -> State:
    state = State(None)
    with state.transaction(), state.fresh_tables():
        state.set_meta("business_date", today.isoformat())
        seed_customers(state, customers, seed, today)
    return state


def dump(state: State) -> list[str]:
    return [line for line in state.db.iterdump() if line.startswith("INSERT")]


def rows(state: State, query: str) -> list[Any]:
    return state.db.execute(query).fetchall()


@pytest.fixture(scope="module")
def book() -> State:
    return filled(3000)


def test_the_same_seed_gives_the_same_book_and_another_another() -> None:
    assert dump(filled(50)) == dump(filled(50))
    assert dump(filled(50)) != dump(filled(50, seed=2))


@pytest.mark.parametrize("seed", [1, 2, 99])
def test_some_names_are_in_every_seed_under_the_same_ids(seed: int) -> None:
    found = rows(filled(20, seed), "SELECT domain_id, company_name, domain, domain_type FROM customers LIMIT 6")

    assert found == [
        (300_000_001, "株式会社ひかり物流", "hikari-logi.by-works.com", "DOMAIN"),
        (300_000_002, "株式会社みなと設計", "minato-sekkei.by-works.com", "DOMAIN"),
        (300_000_003, "有限会社三河屋フーズ", "mikawaya-foods", "GROUP"),
        (300_000_004, "合同会社リーフワークス", "leafworks-llc", "GROUP"),
        (300_000_005, "株式会社北浜フーズ", "kitahama-foods.example.jp", "DOMAIN"),
        (300_000_006, "株式会社つばめ運輸", "tsubame-unyu.by-works.com", "DOMAIN"),
    ]


def test_the_named_customers_have_their_contracts(api: Api) -> None:
    assert [(s["productId"], s["plan"], s["licenseCount"]) for s in api.subscriptions(300_000_001)] == [
        ("ADV", "ANNUAL_LICENSE", 120)
    ]
    assert [(s["productId"], s["plan"]) for s in api.subscriptions(300_000_002)] == [("STD", "MONTHLY")]
    assert [(s["productId"], s["renewal"]) for s in api.subscriptions(300_000_003)] == [("STD_T", None)]
    for domain_id in (300_000_004, 300_000_006):
        assert api.subscriptions(domain_id) == []
        assert api.pre_orders(domain_id) == []


def test_fewer_customers_than_names_is_fine() -> None:
    assert filled(2).count("customers") == 2
    assert filled(0).count("customers") == 0


def test_domains_are_one_of_a_kind_and_well_formed(book: State) -> None:
    domains = [domain for (domain,) in rows(book, "SELECT domain FROM customers")]
    labels = [domain.split(".")[0] for domain in domains]

    assert len(set(labels)) == len(labels) == 3000
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", label) and 2 <= len(label) <= 22 for label in labels)


def test_group_names_have_no_dot_and_are_about_a_tenth(book: State) -> None:
    kinds = Counter((kind, "." in domain) for kind, domain in rows(book, "SELECT domain_type, domain FROM customers"))

    assert set(kinds) == {("DOMAIN", True), ("GROUP", False)}
    assert 0.07 < kinds["GROUP", False] / 3000 < 0.13


def test_only_customers_with_a_domain_have_advanced(book: State) -> None:
    query = """
        SELECT count(*) FROM subscriptions JOIN customers USING (domain_id)
        WHERE domain_type = 'GROUP' AND product_id LIKE 'ADV%'"""

    assert rows(book, query) == [(0,)]


def test_the_mix_of_contracts_is_as_a_reseller_would_know_it(book: State) -> None:
    records = [row[0] for row in rows(book, "SELECT json_extract(record, '$.status') FROM subscriptions")]
    plans = Counter(row[0] for row in rows(book, "SELECT json_extract(record, '$.plan') FROM subscriptions"))
    without = rows(book, "SELECT count(*) FROM customers WHERE domain_id NOT IN (SELECT domain_id FROM subscriptions)")[
        0
    ][0]

    assert set(records) == {"ACTIVE", "SUSPENDED_TRIALEND"}
    assert {"MONTHLY", "ANNUAL_LICENSE", "ANNUAL_PREPAY_LICENSE", "TRIAL", "FREE"} <= set(plans)
    assert 0.06 < plans["TRIAL"] / 3000 < 0.15
    assert 0.03 < without / 3000 < 0.07
    assert 0 < book.count("pre_orders") < without


def test_dates_and_licenses_fit_the_contract(book: State) -> None:
    for (record,) in rows(book, "SELECT record FROM subscriptions"):
        check_subscription(record)
    for apply_date, plan, count in rows(book, "SELECT apply_date, plan, license_count FROM pre_orders"):
        assert 1 <= (date.fromisoformat(apply_date) - TODAY).days <= 31
        assert (count is not None) == plan.endswith("_LICENSE")


def check_subscription(text: str) -> None:
    record = json.loads(text)
    days_left = (date.fromisoformat(record["planEndDate"]) - TODAY).days if record["planEndDate"] is not None else None
    is_paid = record["plan"] not in ("FREE", "TRIAL")
    assert (record["renewal"] is not None) == is_paid
    assert (record["licenseCount"] is not None) == record["plan"].endswith("_LICENSE")
    if record["status"] == "SUSPENDED_TRIALEND":
        assert days_left is not None
        assert -30 <= days_left < 0
    elif record["plan"] == "TRIAL":
        assert days_left is not None
        assert 1 <= days_left <= 30
    elif record["plan"] == "FREE":
        assert days_left is None
    else:
        assert days_left is not None
        assert 1 <= days_left <= 366


def test_a_reset_goes_back_to_the_seed(api: Api, sandbox: Sandbox) -> None:
    order = {"applyDate": "2026-02-01", "productId": "STD", "plan": "MONTHLY"}
    assert api("POST", "/customers/300000006/subscriptions/pre-orders", order).status_code == 201
    sandbox.set_clock("2026-06-01")
    sandbox.fault("*", "error_500", count=0)
    sandbox.limits(limit=1, window=600)

    sandbox.reset()

    assert sandbox.business_date() == "2026-01-15"
    assert sandbox.ledger() == []
    assert sandbox.faults() == []
    assert sandbox.calls() == {}
    assert api.pre_orders(300_000_006) == []
    assert api.pre_orders(300_000_006) == []  # a second call within the limit of before


def test_a_reset_can_change_the_book_until_the_next(api: Api, sandbox: Sandbox) -> None:
    sandbox.reset(customers=7)
    assert sandbox.control("GET", "/health") == {"ok": True, "customers": 7, "businessDate": "2026-01-15"}

    sandbox.reset()

    assert sandbox.control("GET", "/health")["customers"] == 60
