from typing import Any

import pytest
import requests

from tests.support.sandbox import Sandbox

from .cases import breaks, keeps
from .conftest import Api
from .subscribing import assert_breaks, done, start_trial

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


@keeps("sub.preorder.product", "sub.preorder.plan", "sub.preorder.licenses")
def test_an_added_pre_order_is_answered_listed_and_in_the_ledger(api: Api, sandbox: Sandbox) -> None:
    answer = api("POST", path(), LICENSES)

    assert answer.status_code == 201
    orders = answer.json()["subscriptionPreOrders"]
    assert orders == [{**LICENSES, "preOrderId": orders[0]["preOrderId"]}]
    assert api.pre_orders(TSUBAME) == orders
    [effect] = sandbox.ledger(TSUBAME)
    assert (effect["operation"], effect["domainId"], effect["what"]) == ("addPreOrder", TSUBAME, orders[0])
    assert effect["at"].endswith("+00:00")


@keeps("sub.preorder.second")
def test_several_pre_orders_stand_side_by_side_also_beside_a_subscription(api: Api) -> None:
    assert api.subscriptions(HIKARI)

    first = add(api, MONTHLY, HIKARI)
    answer = api("POST", path(HIKARI), LICENSES)

    assert answer.status_code == 201
    orders = answer.json()["subscriptionPreOrders"]
    assert len(orders) == 2
    assert orders[0] == first
    assert "licenseCount" not in first


@keeps("sub.preorder.window", "sub.preorder.licenses")
@pytest.mark.parametrize("day", ["2026-01-16", "2026-02-15"])
@pytest.mark.parametrize("count", [1, 1_000_000])
def test_the_ends_of_the_ranges_are_in(api: Api, day: str, count: int) -> None:
    added = add(api, LICENSES | {"applyDate": day, "licenseCount": count})

    assert (added["applyDate"], added["licenseCount"]) == (day, count)


@pytest.mark.parametrize(
    "changes",
    [
        {"applyDate": "2026-02-30"},
        {"applyDate": "20260201"},
        {"applyDate": "２０２６-02-01"},  # noqa: RUF001  full-width digits are the point
        {"applyDate": 20260201},
        {"applyDate": None},
        {"productId": "std"},
        {"productId": ["STD"]},
        {"plan": "YEARLY"},
        {"plan": None},
        {"licenseCount": "10"},
        {"licenseCount": 10.0},
        {"licenseCount": True},
        {"licensecount": 10},
    ],
)
def test_an_odd_body_is_refused_and_changes_nothing(api: Api, sandbox: Sandbox, changes: dict[str, Any]) -> None:
    assert_refused(api("POST", path(), LICENSES | changes), 400, "INVALID_PARAMETER")
    assert api.pre_orders(TSUBAME) == []
    assert sandbox.ledger() == []


@breaks("sub.preorder.window", "sub.preorder.product", "sub.preorder.plan")
@breaks("sub.preorder.licenses", "sub.preorder.nolicenses")
@pytest.mark.parametrize(
    ("changes", "rule", "code"),
    [
        ({"applyDate": "2026-01-15"}, "window", "OUT_OF_RANGE"),
        ({"applyDate": "2026-02-16"}, "window", "OUT_OF_RANGE"),
        ({"applyDate": "2025-02-01"}, "window", "OUT_OF_RANGE"),
        ({"productId": "STD_T"}, "product", "INVALID_PARAMETER"),
        ({"productId": "FR"}, "product", "INVALID_PARAMETER"),
        ({"plan": "TRIAL"}, "plan", "INVALID_PARAMETER"),
        ({"plan": "FREE"}, "plan", "INVALID_PARAMETER"),
        ({"plan": "ANNUAL"}, "plan", "INVALID_PARAMETER"),
        ({"licenseCount": None}, "licenses", "MISSING_PARAMETER"),
        ({"licenseCount": 0}, "licenses", "OUT_OF_RANGE"),
        ({"licenseCount": -1}, "licenses", "OUT_OF_RANGE"),
        ({"licenseCount": 1_000_001}, "licenses", "LIMIT_EXCEEDED"),
        ({"licenseCount": 10**40}, "licenses", "LIMIT_EXCEEDED"),
        ({"plan": "MONTHLY"}, "nolicenses", "INVALID_PARAMETER"),
    ],
)
def test_a_broken_rule_is_refused_and_changes_nothing(
    api: Api, sandbox: Sandbox, changes: dict[str, Any], rule: str, code: str
) -> None:
    assert_breaks(api, sandbox, f"sub.preorder.{rule}", 400, code, "POST", path(), LICENSES | changes)


@pytest.mark.parametrize("name", ["applyDate", "productId", "plan", "licenseCount"])
def test_what_is_missing_is_named(api: Api, name: str) -> None:
    answer = api("POST", path(), {key: value for key, value in LICENSES.items() if key != name})

    assert_refused(answer, 400, "MISSING_PARAMETER")
    assert name in answer.json()["description"]


@keeps("sub.preorder.nolicenses")
def test_a_monthly_plan_may_say_that_it_has_no_licenses(api: Api) -> None:
    assert "licenseCount" not in add(api, MONTHLY | {"licenseCount": None})


@keeps("sub.advanced.domain")
@breaks("sub.advanced.domain")
def test_advanced_needs_a_domain(api: Api, sandbox: Sandbox) -> None:
    body = MONTHLY | {"productId": "ADV"}
    assert_breaks(api, sandbox, "sub.advanced.domain", 400, "INVALID_DOMAIN", "POST", path(LEAFWORKS), body)
    assert add(api, MONTHLY | {"productId": "ADV"}, TSUBAME)["productId"] == "ADV"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"1", b"[" * 100_000, b"\xff"])
def test_a_body_that_is_no_json_object_is_refused(api: Api, body: bytes) -> None:
    answer = api("POST", path(), data=body, headers={"Content-Type": "application/json"})

    assert_refused(answer, 400, "BAD_REQUEST")


def test_another_content_type_is_refused(api: Api) -> None:
    assert_refused(api("POST", path(), data=MONTHLY), 400, "BAD_REQUEST")


@keeps("sub.preorder.dateonly", "sub.preorder.exists", "sub.preorder.window")
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


@breaks("sub.preorder.window", "sub.preorder.dateonly")
@pytest.mark.parametrize(
    ("body", "rule", "code"),
    [
        ({"applyDate": "2026-01-15"}, "window", "OUT_OF_RANGE"),
        ({"applyDate": "2026-02-16"}, "window", "OUT_OF_RANGE"),
        ({"applyDate": "2026-02-10", "plan": "MONTHLY"}, "dateonly", "INVALID_PARAMETER"),
    ],
)
def test_a_pre_order_moves_within_the_rules(
    api: Api, sandbox: Sandbox, body: dict[str, Any], rule: str, code: str
) -> None:
    order = add(api)

    address = path(TSUBAME, order["preOrderId"])
    assert_breaks(api, sandbox, f"sub.preorder.{rule}", 400, code, "PATCH", address, body)
    assert_refused(api("PATCH", address, {"applyDate": None}), 400, "INVALID_PARAMETER")
    assert api.pre_orders(TSUBAME) == [order]


@keeps("sub.preorder.exists")
def test_a_deleted_pre_order_is_gone_and_can_not_be_deleted_twice(api: Api, sandbox: Sandbox) -> None:
    order = add(api)

    answer = api("DELETE", path(TSUBAME, order["preOrderId"]))

    assert (answer.status_code, answer.content) == (204, b"")
    assert api.pre_orders(TSUBAME) == []
    assert sandbox.ledger()[-1]["what"] == order
    assert_refused(api("DELETE", path(TSUBAME, order["preOrderId"])), 404, "PRE_ORDER_NOT_EXIST")
    assert len(sandbox.ledger()) == 2


@breaks("sub.preorder.exists")
@pytest.mark.parametrize(("method", "body"), [("PATCH", {"applyDate": "2026-02-10"}), ("DELETE", None)])
def test_a_pre_order_of_somebody_else_is_not_found(api: Api, sandbox: Sandbox, method: str, body: object) -> None:
    order = add(api, domain_id=HIKARI)

    for number in (order["preOrderId"], 4711):
        address = path(TSUBAME, number)
        assert_breaks(api, sandbox, "sub.preorder.exists", 404, "PRE_ORDER_NOT_EXIST", method, address, body)
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


@breaks("sub.preorder.second")
def test_a_subscription_that_starts_at_once_stands_alone(api: Api, sandbox: Sandbox) -> None:
    start_trial(api)

    address, body = path().removesuffix("/pre-orders"), {"productId": "STD", "plan": "MONTHLY"}
    assert_breaks(api, sandbox, "sub.add.switch", 409, "CONFLICT", "POST", address, body)


def _option_on(api: Api, order: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Schedule an option for the day of a pre-order."""
    orders = f"/customers/{TSUBAME}/option-product-orders"
    task = {"optionProductId": "DRV", "subOptionId": "DRV01", "type": "APPLY", "applyDate": order["applyDate"]}
    return done(api, "POST", orders, task, 201), f"{orders}/DRV"


@keeps("sub.preorder.options", "sub.preorder.optionsleft")
def test_moving_and_deleting_a_pre_order_leaves_what_is_scheduled_for_options(api: Api) -> None:
    order = add(api)
    task, address = _option_on(api, order)

    done(api, "PATCH", path(TSUBAME, order["preOrderId"]), {"applyDate": "2026-02-05"})
    assert done(api, "GET", address) == task
    done(api, "DELETE", path(TSUBAME, order["preOrderId"]), status=204)
    assert done(api, "GET", address) == task


@breaks("sub.preorder.options", "sub.preorder.optionsleft")
def test_what_is_scheduled_for_an_option_is_deleted_by_itself(api: Api) -> None:
    order = add(api)
    _, address = _option_on(api, order)

    done(api, "DELETE", address, status=204)

    assert api("GET", address).status_code == 404
    assert api.pre_orders(TSUBAME) == [order]
