from typing import Any

import pytest
import requests

from tests.support.sandbox import Sandbox

from .conftest import Api

HIKARI, LEAFWORKS, TSUBAME = 300_000_001, 300_000_004, 300_000_006
LICENSES = {"applyDate": "2026-02-01", "productId": "STD", "plan": "ANNUAL_LICENSE", "licenseCount": 10}
MONTHLY = {"applyDate": "2026-02-01", "productId": "STD", "plan": "MONTHLY"}


def path(domain_id: int = TSUBAME, pre_order_id: object = None) -> str:
    address = f"/customers/{domain_id}/subscriptions/pre-orders"
    return address if pre_order_id is None else f"{address}/{pre_order_id}"


def add(api: Api, order: object = MONTHLY, domain_id: int = TSUBAME) -> dict[str, Any]:
    answer = api("POST", path(domain_id), order)
    assert answer.status_code == 201, answer.text
    return dict(answer.json()["subscriptionPreOrders"][-1])


def assert_refused(answer: requests.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert set(answer.json()) == {"code", "description"}


def test_an_added_pre_order_is_answered_listed_and_in_the_ledger(api: Api, sandbox: Sandbox) -> None:
    answer = api("POST", path(), LICENSES)

    assert answer.status_code == 201
    orders = answer.json()["subscriptionPreOrders"]
    assert orders == [{**LICENSES, "preOrderId": orders[0]["preOrderId"]}]
    assert api.pre_orders(TSUBAME) == orders
    [effect] = sandbox.ledger(TSUBAME)
    assert (effect["operation"], effect["domainId"], effect["what"]) == ("addPreOrder", TSUBAME, orders[0])
    assert effect["at"].endswith("+00:00")


def test_several_pre_orders_stand_side_by_side_also_beside_a_subscription(api: Api) -> None:
    assert api.subscriptions(HIKARI)

    first = add(api, MONTHLY, HIKARI)
    answer = api("POST", path(HIKARI), LICENSES)

    assert answer.status_code == 201
    orders = answer.json()["subscriptionPreOrders"]
    assert len(orders) == 2
    assert orders[0] == first
    assert "licenseCount" not in first


@pytest.mark.parametrize("day", ["2026-01-16", "2026-02-15"])
@pytest.mark.parametrize("count", [1, 1_000_000])
def test_the_ends_of_the_ranges_are_in(api: Api, day: str, count: int) -> None:
    added = add(api, LICENSES | {"applyDate": day, "licenseCount": count})

    assert (added["applyDate"], added["licenseCount"]) == (day, count)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"applyDate": "2026-01-15"}, "OUT_OF_RANGE"),
        ({"applyDate": "2026-02-16"}, "OUT_OF_RANGE"),
        ({"applyDate": "2025-02-01"}, "OUT_OF_RANGE"),
        ({"applyDate": "2026-02-30"}, "INVALID_PARAMETER"),
        ({"applyDate": "20260201"}, "INVALID_PARAMETER"),
        ({"applyDate": "２０２６-02-01"}, "INVALID_PARAMETER"),  # noqa: RUF001  full-width digits are the point
        ({"applyDate": 20260201}, "INVALID_PARAMETER"),
        ({"applyDate": None}, "INVALID_PARAMETER"),
        ({"productId": "STD_T"}, "INVALID_PARAMETER"),
        ({"productId": "FR"}, "INVALID_PARAMETER"),
        ({"productId": ["STD"]}, "INVALID_PARAMETER"),
        ({"plan": "TRIAL"}, "INVALID_PARAMETER"),
        ({"plan": "FREE"}, "INVALID_PARAMETER"),
        ({"plan": None}, "INVALID_PARAMETER"),
        ({"licenseCount": None}, "MISSING_PARAMETER"),
        ({"licenseCount": 0}, "OUT_OF_RANGE"),
        ({"licenseCount": -1}, "OUT_OF_RANGE"),
        ({"licenseCount": 1_000_001}, "LIMIT_EXCEEDED"),
        ({"licenseCount": 10**40}, "LIMIT_EXCEEDED"),
        ({"licenseCount": "10"}, "INVALID_PARAMETER"),
        ({"licenseCount": 10.0}, "INVALID_PARAMETER"),
        ({"licenseCount": True}, "INVALID_PARAMETER"),
        ({"plan": "MONTHLY"}, "INVALID_PARAMETER"),
        ({"licencecount": 10}, "INVALID_PARAMETER"),
    ],
)
def test_a_broken_rule_is_refused_and_changes_nothing(
    api: Api, sandbox: Sandbox, changes: dict[str, Any], code: str
) -> None:
    assert_refused(api("POST", path(), LICENSES | changes), 400, code)
    assert api.pre_orders(TSUBAME) == []
    assert sandbox.ledger() == []


@pytest.mark.parametrize("name", ["applyDate", "productId", "plan", "licenseCount"])
def test_what_is_missing_is_named(api: Api, name: str) -> None:
    answer = api("POST", path(), {key: value for key, value in LICENSES.items() if key != name})

    assert_refused(answer, 400, "MISSING_PARAMETER")
    assert name in answer.json()["description"]


def test_a_monthly_plan_may_say_that_it_has_no_licences(api: Api) -> None:
    assert "licenseCount" not in add(api, MONTHLY | {"licenseCount": None})


def test_advanced_needs_a_domain(api: Api, sandbox: Sandbox) -> None:
    assert_refused(api("POST", path(LEAFWORKS), MONTHLY | {"productId": "ADV"}), 400, "INVALID_DOMAIN")
    assert sandbox.ledger() == []
    assert add(api, MONTHLY | {"productId": "ADV"}, TSUBAME)["productId"] == "ADV"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"1", b"[" * 100_000, b"\xff"])
def test_a_body_that_is_no_json_object_is_refused(api: Api, body: bytes) -> None:
    answer = api("POST", path(), data=body, headers={"Content-Type": "application/json"})

    assert_refused(answer, 400, "BAD_REQUEST")


def test_another_content_type_is_refused(api: Api) -> None:
    assert_refused(api("POST", path(), data=MONTHLY), 400, "BAD_REQUEST")


def test_a_pre_order_can_be_moved(api: Api, sandbox: Sandbox) -> None:
    order = add(api)

    answer = api("PATCH", path(TSUBAME, order["preOrderId"]), {"applyDate": "2026-02-10"})

    assert answer.status_code == 200
    assert answer.json() == {"subscriptionPreOrders": [order | {"applyDate": "2026-02-10"}]}
    assert [effect["operation"] for effect in sandbox.ledger()] == ["addPreOrder", "updatePreOrder"]


def test_a_patch_without_members_changes_nothing(api: Api, sandbox: Sandbox) -> None:
    order = add(api)

    answer = api("PATCH", path(TSUBAME, order["preOrderId"]), {})

    assert (answer.status_code, answer.json()) == (200, {"subscriptionPreOrders": [order]})
    assert len(sandbox.ledger()) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"applyDate": "2026-01-15"}, "OUT_OF_RANGE"),
        ({"applyDate": "2026-02-16"}, "OUT_OF_RANGE"),
        ({"applyDate": None}, "INVALID_PARAMETER"),
        ({"applyDate": "2026-02-10", "plan": "MONTHLY"}, "INVALID_PARAMETER"),
    ],
)
def test_a_pre_order_moves_within_the_rules(api: Api, sandbox: Sandbox, body: dict[str, Any], code: str) -> None:
    order = add(api)

    assert_refused(api("PATCH", path(TSUBAME, order["preOrderId"]), body), 400, code)
    assert api.pre_orders(TSUBAME) == [order]
    assert len(sandbox.ledger()) == 1


def test_a_deleted_pre_order_is_gone_and_can_not_be_deleted_twice(api: Api, sandbox: Sandbox) -> None:
    order = add(api)

    answer = api("DELETE", path(TSUBAME, order["preOrderId"]))

    assert (answer.status_code, answer.content) == (204, b"")
    assert api.pre_orders(TSUBAME) == []
    assert sandbox.ledger()[-1]["what"] == order
    assert_refused(api("DELETE", path(TSUBAME, order["preOrderId"])), 404, "PRE_ORDER_NOT_EXIST")
    assert len(sandbox.ledger()) == 2


@pytest.mark.parametrize(("method", "body"), [("PATCH", {"applyDate": "2026-02-10"}), ("DELETE", None)])
def test_a_pre_order_of_somebody_else_is_not_found(api: Api, method: str, body: object) -> None:
    order = add(api, domain_id=HIKARI)

    assert_refused(api(method, path(TSUBAME, order["preOrderId"]), body), 404, "PRE_ORDER_NOT_EXIST")
    assert_refused(api(method, path(TSUBAME, 4711), body), 404, "PRE_ORDER_NOT_EXIST")
    assert_refused(api(method, path(TSUBAME, "x"), body), 404, "PRE_ORDER_NOT_EXIST")
    assert api.pre_orders(HIKARI) == [order]


def test_an_id_is_not_given_out_again(api: Api) -> None:
    first = add(api)
    api("DELETE", path(TSUBAME, first["preOrderId"]))

    assert add(api)["preOrderId"] > first["preOrderId"]


def test_a_change_at_the_console_is_there_and_is_told_apart(api: Api, sandbox: Sandbox) -> None:
    added = sandbox.add_pre_order_outside(TSUBAME, LICENSES)

    assert api.pre_orders(TSUBAME) == added["subscriptionPreOrders"]
    assert [effect["operation"] for effect in sandbox.ledger()] == ["console:addPreOrder"]
    assert sandbox.calls()["addPreOrder"] == 0
    with pytest.raises(RuntimeError, match="OUT_OF_RANGE"):
        sandbox.add_pre_order_outside(TSUBAME, LICENSES | {"applyDate": "2030-01-01"})
