from datetime import date, timedelta
from typing import Any

import pytest

from tests.support.sandbox import Sandbox

from .cases import breaks, keeps
from .conftest import Api
from .optioning import options_path, take
from .subscribing import (
    HIKARI,
    LEAFWORKS,
    MINATO,
    TSUBAME,
    done,
    of,
    only,
    path,
    start,
    start_free,
    start_paid,
    start_trial,
)

JANUARY = {"year": "2026", "month": "1"}


def usages(api: Api, domain_id: int, kind: str = "usages", **changes: str) -> list[dict[str, Any]]:
    answer = api("GET", f"/customers/{domain_id}/{kind}", params=JANUARY | changes)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["usages" if kind == "usages" else "optionProductUsages"])


def option_usages(api: Api, domain_id: int, **changes: str) -> list[dict[str, Any]]:
    return usages(api, domain_id, "option-product-usages", **changes)


def days(first: str, last: str) -> list[str]:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [(start + timedelta(days=number)).isoformat() for number in range((end - start).days + 1)]


def used_days(rows: list[dict[str, Any]]) -> list[str]:
    return [row["usedDate"] for row in rows]


def members(sandbox: Sandbox, domain_id: int, count: int | None = None) -> int:
    """Read how many members a customer has, or let there be so many."""
    if count is None:
        return int(sandbox.control("GET", f"/customers/{domain_id}")["members"])
    return int(sandbox.control("POST", f"/customers/{domain_id}", {"members": count})["members"])


@keeps("usage.month", "usage.today")
def test_each_day_of_a_month_up_to_today_has_a_row(api: Api, sandbox: Sandbox) -> None:
    rows = usages(api, HIKARI)

    assert used_days(rows) == days("2026-01-01", "2026-01-15")
    assert rows[0] == {
        "productGroupId": "WORKS",
        "usedDate": "2026-01-01",
        "productId": "ADV",
        "plan": "ANNUAL_LICENSE",
        "licenseCount": 120,
        "memberCount": members(sandbox, HIKARI),
        "status": "ACTIVE",
    }
    assert len(usages(api, HIKARI, year="2025", month="12")) == 31
    assert usages(api, HIKARI, productGroupId="WORKS") == rows


@breaks("usage.month", "usage.today")
def test_other_months_and_groups_and_days_to_come_are_not_among_them(api: Api) -> None:
    assert usages(api, HIKARI, productGroupId="ROGER") == []
    assert usages(api, HIKARI, month="2") == []
    assert usages(api, HIKARI, year="2024") == []
    assert usages(api, LEAFWORKS) == []


@pytest.mark.parametrize("kind", ["usages", "option-product-usages"])
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"year": "2026"}, "MISSING_PARAMETER"),
        ({"month": "1"}, "MISSING_PARAMETER"),
        ({"year": "2026", "month": "0"}, "OUT_OF_RANGE"),
        ({"year": "2026", "month": "13"}, "OUT_OF_RANGE"),
        ({"year": "0", "month": "1"}, "OUT_OF_RANGE"),
        ({"year": "9999", "month": "12"}, "OUT_OF_RANGE"),
        ({"year": "2026", "month": "January"}, "INVALID_PARAMETER"),
        ({"year": "2026", "month": "1", "productGroupId": "works"}, "INVALID_PARAMETER"),
        ({"year": "2026", "month": "1", "count": "5"}, "INVALID_PARAMETER"),
    ],
)
def test_odd_parameters_are_refused(api: Api, kind: str, query: dict[str, str], code: str) -> None:
    answer = api("GET", f"/customers/{HIKARI}/{kind}", params=query)

    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_nobody_has_no_usage(api: Api) -> None:
    for kind in ("usages", "option-product-usages"):
        assert api("GET", f"/customers/4711/{kind}", params=JANUARY).json()["code"] == "CUSTOMER_NOT_EXIST"


@keeps("usage.midnight")
def test_what_falls_due_on_a_day_counts_on_that_day(api: Api, sandbox: Sandbox) -> None:
    pre_order = {"applyDate": "2026-01-20", "productId": "STD", "plan": "MONTHLY"}
    done(api, "POST", f"{path(TSUBAME)}/pre-orders", pre_order, 201)

    sandbox.set_clock("2026-01-22")

    assert [(row["usedDate"], row["plan"]) for row in usages(api, TSUBAME)] == [
        ("2026-01-20", "MONTHLY"),
        ("2026-01-21", "MONTHLY"),
        ("2026-01-22", "MONTHLY"),
    ]


@breaks("usage.midnight")
def test_what_changes_in_the_course_of_a_day_counts_from_the_next(api: Api, sandbox: Sandbox) -> None:
    before = members(sandbox, MINATO)
    members(sandbox, MINATO, before + 7)
    assert usages(api, MINATO)[-1]["memberCount"] == before

    sandbox.set_clock("2026-01-17")

    assert [row["memberCount"] for row in usages(api, MINATO)[-4:]] == [before, before, before + 7, before + 7]
    assert used_days(usages(api, MINATO)) == days("2026-01-01", "2026-01-17")


@keeps("usage.firstday")
def test_an_option_counts_from_the_day_of_use_to_the_day_it_is_given_up(api: Api, sandbox: Sandbox) -> None:
    take(api, MINATO, "SSTG202")
    assert option_usages(api, MINATO) == []
    sandbox.set_clock("2026-01-20")
    done(api, "DELETE", options_path(MINATO, "SSTG2"), status=204)
    sandbox.set_clock("2026-01-25")

    rows = option_usages(api, MINATO)

    assert used_days(rows) == days("2026-01-15", "2026-01-20")
    assert rows[0] == {
        "productGroupId": "WORKS",
        "optionProductId": "SSTG2",
        "subOptionId": "SSTG202",
        "usedDate": "2026-01-15",
        "plan": "MONTHLY",
        "memberCount": members(sandbox, MINATO),
        "licenseCount": None,
        "quantity": 1,
        "usageCount": None,
    }
    assert option_usages(api, MINATO, productGroupId="NOTE_AI") == []


@breaks("usage.firstday")
def test_an_upgrade_counts_from_the_next_day(api: Api, sandbox: Sandbox) -> None:
    take(api, MINATO, "SSTG201")
    sandbox.move_clock(days=1)
    done(api, "POST", options_path(MINATO, "SSTG2", "/upgrade"), {"subOptionId": "SSTG202"})
    sandbox.move_clock(days=1)

    assert [row["subOptionId"] for row in option_usages(api, MINATO)] == ["SSTG201", "SSTG201", "SSTG202"]


@keeps("usage.firstday")
@pytest.mark.parametrize("begin", [start_free, start_trial, start_paid])
def test_a_subscription_counts_from_the_day_it_was_added(api: Api, sandbox: Sandbox, begin: Any) -> None:
    added = begin(api)
    sandbox.move_clock(days=2)

    assert [(row["usedDate"], row["productId"], row["plan"]) for row in usages(api, TSUBAME)] == [
        (day, added["productId"], added["plan"]) for day in days("2026-01-15", "2026-01-17")
    ]


def test_what_ends_in_the_course_of_a_day_counts_to_the_end_of_it(api: Api, sandbox: Sandbox) -> None:
    done(api, "DELETE", of(only(api, MINATO)), status=204)
    sandbox.set_clock("2026-01-20")

    assert used_days(usages(api, MINATO)) == days("2026-01-01", "2026-01-15")


def test_a_limit_of_users_a_suspension_and_other_groups_are_told(api: Api, sandbox: Sandbox) -> None:
    done(api, "PATCH", f"/customers/{MINATO}/usage-status", {"maxMemberCount": 500})
    sandbox.control("POST", f"/customers/{MINATO}", {"status": "SUSPENDED_ADMIN"})
    start(api, MINATO, "NTA_FR", "FREE")
    sandbox.move_clock(days=1)

    works, note = usages(api, MINATO)[-2:]

    assert (works["maxMemberCount"], works["status"]) == (500, "SUSPENDED_ADMIN")
    assert "licenseCount" not in works
    assert (note["productGroupId"], note["productId"], note["plan"]) == ("NOTE_AI", "NTA_FR", "FREE")


def test_a_quiet_day_meters_nobody_anew(api: Api, sandbox: Sandbox) -> None:
    before = usages(api, HIKARI)

    sandbox.move_clock(days=3)

    after = usages(api, HIKARI)
    assert used_days(after) == days("2026-01-01", "2026-01-18")
    assert after[:15] == before
