from datetime import date, timedelta
from typing import Any

import pytest

from portal.dev.sandbox.inferred import end_of_pending
from tests.support.sandbox import Sandbox

from .cases import breaks, keeps
from .conftest import Api
from .customering import (
    BASICS,
    HIKARI,
    LEAFWORKS,
    MIKAWAYA,
    MINATO,
    OWN,
    TSUBAME,
    assert_breaks,
    change,
    customer,
    done,
    is_gone,
    path,
    status_of,
)
from .ledger import operations
from .subscribing import start_paid

PRE_ORDER = {"applyDate": "2026-02-01", "productId": "STD", "plan": "MONTHLY"}


def delete(api: Api, domain_id: int, status: int = 204) -> None:
    done(api, "DELETE", path(domain_id), status=status)


def withdraw_on(api: Api, domain_id: int, day: str) -> None:
    done(api, "PATCH", path(domain_id, "/usage-status"), {"withdrawalDate": day})


def charges(api: Api, domain_id: int, month: str) -> dict[str, int]:
    """Read from the invoice of a month what a customer was charged beside its use, by the kind of charge."""
    year, number = month.split("-")
    address, cursor, found = f"/invoice-details?year={year}&month={int(number)}", "", []
    while True:
        answer = api("GET", address, params={"cursor": cursor} if cursor else None).json()
        found += [one for one in answer["invoiceDetails"] if one["domainId"] == domain_id]
        cursor = answer["responseMetaData"].get("nextCursor", "")
        if not cursor:
            break
    lines = [line for detail in found for line in detail["settlementItems"]]
    return {line["itemType"]: line["amount"] for line in lines if line["itemType"] in ("PENALTY", "OPTION_PLUS")}


def usages(api: Api, domain_id: int, month: int = 1) -> list[dict[str, Any]]:
    answer = api("GET", path(domain_id, f"/usages?year=2026&month={month}"))
    assert answer.status_code == 200, answer.text
    return list(answer.json()["usages"])


def day_after_contract(api: Api, domain_id: int) -> str:
    [subscription] = api.subscriptions(domain_id)
    return (date.fromisoformat(subscription["planEndDate"]) + timedelta(days=1)).isoformat()


def day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def first_of_next_month(day: str) -> str:
    return (date.fromisoformat(day).replace(day=1) + timedelta(days=31)).replace(day=1).isoformat()


@keeps("cust.delete.own", "cust.delete.everything", "cust.withdrawal.atonce")
def test_a_deleted_customer_is_gone_with_everything(api: Api, sandbox: Sandbox) -> None:
    change(sandbox, MINATO, hasSlowApp=False)
    before = customer(api, MINATO)
    done(api, "POST", path(MINATO, "/subscriptions/pre-orders"), PRE_ORDER, 201)

    delete(api, MINATO)

    for below in ("", "/usage-status", "/subscriptions", "/subscriptions/pre-orders", "/option-products"):
        assert api("GET", path(MINATO, below)).json()["code"] == "CUSTOMER_NOT_EXIST"
    assert api("GET", f"/customers?domain={before['domain']}").json()["customers"] == []
    effect = sandbox.ledger(MINATO)[-1]
    assert (effect["operation"], effect["what"]) == ("deleteCustomer", before)
    sandbox.set_clock("2026-02-02")
    assert operations(sandbox, MINATO) == ["outside:changeCustomer", "addPreOrder", "deleteCustomer"]
    assert api("DELETE", path(MINATO)).status_code == 404


@breaks("cust.delete.own")
def test_the_partner_s_own_domain_can_not_be_deleted(api: Api, sandbox: Sandbox) -> None:
    assert_breaks(api, sandbox, "cust.delete.own", 403, "ACCESS_DENIED", "DELETE", path(OWN))


@breaks("cust.delete.everything")
def test_nobody_else_loses_anything(api: Api, sandbox: Sandbox) -> None:
    change(sandbox, MINATO, hasSlowApp=False)
    others = [(customer(api, one), api.subscriptions(one), status_of(api, one)) for one in (HIKARI, MIKAWAYA)]

    delete(api, MINATO)

    assert [(customer(api, one), api.subscriptions(one), status_of(api, one)) for one in (HIKARI, MIKAWAYA)] == others


@keeps("cust.withdrawal.pending", "cust.withdrawal.products", "cust.withdrawal.frozen")
@breaks("cust.withdrawal.atonce")
def test_with_a_slow_app_a_customer_stays_pending_without_products(api: Api, sandbox: Sandbox) -> None:
    change(sandbox, MINATO, hasSlowApp=True)

    answer = api("DELETE", path(MINATO))

    assert (answer.status_code, answer.content) == (202, b"")
    found = status_of(api, MINATO)
    assert (found["status"], found["withdrawalDate"]) == ("SUSPENDED_WITHDRAWAL", "2026-02-02")
    assert api.subscriptions(MINATO) == []
    sandbox.set_clock("2026-02-01")
    assert customer(api, MINATO)["productId"] is None
    sandbox.set_clock("2026-02-02")
    assert is_gone(api, MINATO)
    assert operations(sandbox, MINATO) == ["outside:changeCustomer", "deleteCustomer", "clock:deleteCustomer"]


@breaks("cust.withdrawal.pending", "cust.withdrawal.products", "cust.withdrawal.charged")
def test_a_scheduled_withdrawal_leaves_everything_until_its_day(api: Api, sandbox: Sandbox) -> None:
    change(sandbox, MINATO, hasSlowApp=True)
    before = api.subscriptions(MINATO)
    withdraw_on(api, MINATO, "2026-02-10")

    sandbox.set_clock("2026-02-09")

    assert status_of(api, MINATO)["status"] == "ACTIVE"
    assert api.subscriptions(MINATO) == before
    assert usages(api, MINATO, month=2)[-1]["usedDate"] == "2026-02-09"


@keeps("cust.withdrawal.pending")
@pytest.mark.parametrize(
    ("today", "gone_on"),
    [
        ("2026-01-24", "2026-02-02"),
        ("2026-01-25", "2026-03-02"),
        ("2026-01-31", "2026-03-02"),
        ("2026-02-01", "2026-03-02"),
        ("2026-02-02", "2026-03-02"),
        ("2026-11-30", "2027-01-02"),
        ("2026-12-24", "2027-01-02"),
    ],
)
@pytest.mark.parametrize("scheduled", [True, False])
def test_the_day_decides_how_long_it_stays_pending(
    api: Api, sandbox: Sandbox, today: str, gone_on: str, scheduled: bool
) -> None:
    change(sandbox, TSUBAME, hasSlowApp=True)
    if scheduled:
        withdraw_on(api, TSUBAME, today)
        sandbox.set_clock(today)
    else:
        sandbox.set_clock(today)
        delete(api, TSUBAME, 202)

    assert status_of(api, TSUBAME)["withdrawalDate"] == gone_on
    sandbox.set_clock(day_before(gone_on))
    assert status_of(api, TSUBAME)["status"] == "SUSPENDED_WITHDRAWAL"
    sandbox.move_clock(days=1)
    assert is_gone(api, TSUBAME)


def test_the_end_of_pending_is_always_later_and_the_last_days_there_are_no_crash() -> None:
    day = date(2027, 12, 1)
    while day < date(2028, 3, 2):
        assert day < end_of_pending(day) <= day + timedelta(days=70)
        assert end_of_pending(day).day == 2
        day += timedelta(days=1)
    assert end_of_pending(date.max) == date.max


@breaks("cust.withdrawal.frozen")
@pytest.mark.parametrize(
    ("method", "below", "body"),
    [
        ("DELETE", "", None),
        ("PATCH", "", {"companyName": "x"}),
        ("PUT", "", BASICS),
        ("POST", "/activate", None),
        ("PATCH", "/usage-status", {"withdrawalDate": None}),
        ("POST", "/usage-status/renewal", {"applyDate": "2026-01-20"}),
        ("POST", "/upgrade-domain", {"domain": "a.example.jp"}),
        ("POST", "/change-domain", {"domain": "a.by-works.com"}),
        ("POST", "/subscriptions", {"productId": "STD_T", "plan": "TRIAL"}),
        ("POST", "/subscriptions/pre-orders", PRE_ORDER),
    ],
)
def test_nothing_of_a_pending_customer_can_be_changed(
    api: Api, sandbox: Sandbox, method: str, below: str, body: object
) -> None:
    change(sandbox, LEAFWORKS, hasSlowApp=True)
    delete(api, LEAFWORKS, 202)

    where = path(LEAFWORKS, below)
    assert_breaks(api, sandbox, "cust.withdrawal.frozen", 403, "ACCESS_DENIED", method, where, body)


@keeps("cust.withdrawal.atonce")
def test_a_scheduled_withdrawal_happens_on_its_day_and_can_be_called_off_before(api: Api, sandbox: Sandbox) -> None:
    for domain_id in (TSUBAME, LEAFWORKS):
        withdraw_on(api, domain_id, "2026-01-31")
    done(api, "PATCH", path(LEAFWORKS, "/usage-status"), {"withdrawalDate": None})

    sandbox.set_clock("2026-01-30")
    assert not is_gone(api, TSUBAME)
    sandbox.set_clock("2026-02-20")

    assert is_gone(api, TSUBAME)
    assert not is_gone(api, LEAFWORKS)
    assert operations(sandbox, TSUBAME) == ["patchUsageStatus", "clock:withdrawCustomer"]


@pytest.mark.parametrize("operation", ["patchUsageStatus", "deleteCustomer"])
def test_a_withdrawal_that_is_passed_over_happens_the_next_day(api: Api, sandbox: Sandbox, operation: str) -> None:
    if operation == "deleteCustomer":
        change(sandbox, TSUBAME, hasSlowApp=True)
        delete(api, TSUBAME, 202)
    else:
        withdraw_on(api, TSUBAME, "2026-02-02")
    sandbox.fault(operation, "skip_apply_date", domain_id=TSUBAME)

    sandbox.set_clock("2026-02-02")
    assert not is_gone(api, TSUBAME)
    sandbox.set_clock("2026-02-03")

    assert is_gone(api, TSUBAME)


@keeps("cust.withdrawal.penalty")
@pytest.mark.parametrize("scheduled", [True, False])
def test_leaving_inside_an_annual_contract_costs_a_penalty(api: Api, sandbox: Sandbox, scheduled: bool) -> None:
    change(sandbox, HIKARI, hasSlowApp=False)
    if scheduled:
        withdraw_on(api, HIKARI, "2026-01-20")
        sandbox.set_clock("2026-01-20")
    else:
        delete(api, HIKARI)

    sandbox.set_clock("2026-02-01")

    assert charges(api, HIKARI, "2026-01")["PENALTY"] > 0


@breaks("cust.withdrawal.penalty")
@pytest.mark.parametrize("scheduled", [True, False])
def test_the_day_after_the_contract_end_and_a_monthly_contract_are_free_of_it(
    api: Api, sandbox: Sandbox, scheduled: bool
) -> None:
    last = day_after_contract(api, HIKARI)
    for domain_id in (HIKARI, MINATO):
        change(sandbox, domain_id, hasSlowApp=False)
    delete(api, MINATO)
    if scheduled:
        withdraw_on(api, HIKARI, last)
        sandbox.set_clock(last)
    else:
        sandbox.set_clock(last)
        delete(api, HIKARI)
    assert is_gone(api, HIKARI)

    sandbox.set_clock(first_of_next_month(last))

    assert charges(api, HIKARI, last[:7]) == {}
    assert charges(api, MINATO, "2026-01") == {}


def test_the_first_day_of_a_new_contract_is_not_free_of_it(api: Api, sandbox: Sandbox) -> None:
    start_paid(api)
    delete(api, TSUBAME)

    sandbox.set_clock("2026-02-01")

    assert charges(api, TSUBAME, "2026-01")["PENALTY"] > 0


def test_the_last_day_of_the_contract_is_not_yet_free(api: Api, sandbox: Sandbox) -> None:
    last = day_before(day_after_contract(api, HIKARI))
    withdraw_on(api, HIKARI, last)

    sandbox.set_clock(first_of_next_month(last))

    assert charges(api, HIKARI, last[:7])["PENALTY"] > 0


@keeps("cust.withdrawal.late")
@pytest.mark.parametrize(("asked_on", "day"), [("2026-01-25", "2026-01-25"), ("2026-01-26", "2026-01-31")])
def test_whoever_asks_late_in_the_month_still_pays_for_the_app(
    api: Api, sandbox: Sandbox, asked_on: str, day: str
) -> None:
    change(sandbox, TSUBAME, hasSlowApp=True)
    sandbox.set_clock(asked_on)
    if asked_on == day:
        delete(api, TSUBAME, 202)
    else:
        withdraw_on(api, TSUBAME, day)

    sandbox.set_clock("2026-03-01")

    assert set(charges(api, TSUBAME, "2026-02")) == {"OPTION_PLUS"}


@breaks("cust.withdrawal.late")
@pytest.mark.parametrize(("asked_on", "day"), [("2026-01-24", "2026-01-31"), ("2026-01-24", "2026-02-01")])
def test_whoever_schedules_it_by_the_24th_does_not(api: Api, sandbox: Sandbox, asked_on: str, day: str) -> None:
    change(sandbox, TSUBAME, hasSlowApp=True)
    sandbox.set_clock(asked_on)
    withdraw_on(api, TSUBAME, day)

    sandbox.set_clock("2026-03-01")

    assert status_of(api, TSUBAME)["status"] == "SUSPENDED_WITHDRAWAL"
    assert charges(api, TSUBAME, "2026-02") == {}


@keeps("cust.withdrawal.charged")
def test_what_was_used_is_billed_to_the_day_before(api: Api, sandbox: Sandbox) -> None:
    change(sandbox, MINATO, hasSlowApp=True)
    sandbox.set_clock("2026-01-20")
    assert usages(api, MINATO)[-1]["usedDate"] == "2026-01-20"
    delete(api, MINATO, 202)
    sandbox.set_clock("2026-01-25")

    assert usages(api, MINATO)[-1]["usedDate"] == "2026-01-19"
