from typing import Any

import pytest

from tests.support.sandbox import Sandbox

from .cases import breaks, keeps
from .conftest import Api
from .ledger import operations
from .optioning import (
    held,
    option_of,
    options,
    options_path,
    order,
    orders,
    orders_path,
    settlement_items,
    take,
    wanted,
)
from .subscribing import (
    HIKARI,
    LEAFWORKS,
    MIKAWAYA,
    MINATO,
    TSUBAME,
    assert_breaks,
    current,
    done,
    of,
    only,
    path,
    reserve,
    start_free,
    start_paid,
    start_trial,
)

PRE_ORDER = {"applyDate": "2026-02-01", "productId": "STD", "plan": "MONTHLY"}


def convert_on(api: Api, domain_id: int, apply_date: str = "2026-02-01", **more: object) -> dict[str, Any]:
    """Schedule the conversion of a customer's Free or Trial subscription."""
    return reserve(api, only(api, domain_id), "START_PAID_SERVICE", apply_date, plan="MONTHLY", **more)


def task(kind: str, apply_date: str, sub_option_id: str, **more: object) -> dict[str, Any]:
    return wanted(sub_option_id, type=kind, applyDate=apply_date, **more)


@keeps("option.order.one", "option.order.exists", "option.order.type")
def test_a_task_is_answered_listed_and_read(api: Api, sandbox: Sandbox) -> None:
    answer = order(api, MINATO, "APPLY", "2026-01-16", "SSTG202")

    assert answer == {
        "subscriptionId": only(api, MINATO)["subscriptionId"],
        "optionProductId": "SSTG2",
        "subOptionId": "SSTG202",
        "type": "APPLY",
        "quantity": None,
        "applyDate": "2026-01-16",
    }
    assert orders(api, MINATO) == [answer]
    assert done(api, "GET", orders_path(MINATO, "SSTG2")) == answer
    [effect] = sandbox.ledger(MINATO)
    assert (effect["operation"], effect["what"]) == ("addOptionProductOrder", answer)


@breaks("option.order.one")
def test_an_option_has_one_task(api: Api, sandbox: Sandbox) -> None:
    order(api, MINATO, "APPLY", "2026-01-16", "SSTG202")

    for body in (task("APPLY", "2026-01-20", "SSTG201"), task("CANCEL", "2026-01-20", "SSTG202")):
        assert_breaks(
            api,
            sandbox,
            "option.order.one",
            409,
            "OPTION_PRODUCT_ORDER_ALREADY_EXIST",
            "POST",
            orders_path(MINATO),
            body,
        )


@breaks("option.order.exists")
@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PATCH", {"applyDate": "2026-01-20"}), ("DELETE", None)])
def test_a_task_that_is_not_there_is_not_found(api: Api, sandbox: Sandbox, method: str, body: object) -> None:
    order(api, MINATO, "APPLY", "2026-01-16", "SSTG202")

    for domain_id, option_id in ((MINATO, "BCT"), (HIKARI, "SSTG2")):
        assert_breaks(
            api,
            sandbox,
            "option.order.exists",
            404,
            "OPTION_PRODUCT_ORDER_NOT_EXIST",
            method,
            orders_path(domain_id, option_id),
            body,
        )


@keeps("option.order.exists")
def test_a_deleted_task_is_gone_and_the_option_free_for_another(api: Api, sandbox: Sandbox) -> None:
    first = order(api, MINATO, "APPLY", "2026-01-16", "SSTG202")

    done(api, "DELETE", orders_path(MINATO, "SSTG2"), status=204)

    assert orders(api, MINATO) == []
    assert sandbox.ledger(MINATO)[-1]["what"] == first
    order(api, MINATO, "APPLY", "2026-01-16", "SSTG201")
    sandbox.move_clock(days=1)
    assert held(api, MINATO) == ["SSTG201"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"optionProductId": "ACV2", "type": "APPLY", "applyDate": "2026-01-16"},
        {"optionProductId": "ACV2", "subOptionId": "ACV201", "applyDate": "2026-01-16"},
        {"optionProductId": "ACV2", "subOptionId": "ACV201", "type": "APPLY"},
        {"optionProductId": "ACV2", "subOptionId": "ACV201", "type": "BUY", "applyDate": "2026-01-16"},
        {"optionProductId": "ACV2", "subOptionId": "ACV201", "type": "APPLY", "applyDate": "16 January"},
        {"optionProductId": "ACV2", "subOptionId": "ACV201", "type": "APPLY", "applyDate": "2026-01-16", "plan": "X"},
    ],
)
def test_a_body_that_is_not_as_documented_is_refused(api: Api, sandbox: Sandbox, body: dict[str, Any]) -> None:
    assert api("POST", orders_path(MINATO), body).status_code == 400
    assert (orders(api, MINATO), sandbox.ledger()) == ([], [])


@keeps("option.order.fields")
def test_what_can_change_of_a_task_changes(api: Api, sandbox: Sandbox) -> None:
    take(api, MINATO, "CST_S01", quantity=2)
    for first, changes in (
        (task("APPLY", "2026-01-16", "SSTG202"), {"applyDate": "2026-01-20", "subOptionId": "SSTG203"}),
        (task("APPLY", "2026-01-16", "CST_M01", quantity=1), {"quantity": 2}),
        (task("CHANGE_QUANTITY", "2026-02-01", "CST_S01", quantity=3), {"quantity": 4}),
    ):
        added = done(api, "POST", orders_path(MINATO), first, 201)

        moved = done(api, "PATCH", orders_path(MINATO, first["optionProductId"]), changes)

        assert moved == added | changes
        assert moved in orders(api, MINATO)
        assert sandbox.ledger(MINATO)[-1]["what"] == moved


def test_a_patch_without_members_changes_nothing(api: Api, sandbox: Sandbox) -> None:
    added = order(api, MINATO, "APPLY", "2026-01-16", "SSTG202")

    assert done(api, "PATCH", orders_path(MINATO, "SSTG2"), {}) == added
    assert operations(sandbox, MINATO) == ["addOptionProductOrder"]


@breaks("option.order.fields")
def test_nothing_else_of_a_task_can_change(api: Api, sandbox: Sandbox) -> None:
    take(api, MINATO, "SSTG201")
    take(api, MINATO, "ACV200")
    take(api, MINATO, "BCT01")
    order(api, MINATO, "CANCEL", "2026-01-20", "SSTG201")
    order(api, MINATO, "START_PAID_SERVICE", "2026-01-20", "ACV201")
    order(api, MINATO, "MODIFY", "2026-01-20", "BCT02")
    for option_id, changes in (
        ("SSTG2", {"subOptionId": "SSTG202"}),
        ("SSTG2", {"quantity": 2}),
        ("ACV2", {"subOptionId": "ACV201"}),
        ("BCT", {"quantity": None}),
    ):
        address = orders_path(MINATO, option_id)
        assert_breaks(api, sandbox, "option.order.fields", 400, "INVALID_PARAMETER", "PATCH", address, changes)


@breaks("option.order.type")
@pytest.mark.parametrize(
    ("present", "kind", "target"),
    [
        ("SSTG201", "START_PAID_SERVICE", "SSTG202"),
        ("BCT01", "CHANGE_QUANTITY", "BCT01"),
        ("ACV201", "MODIFY", "ACV201"),
        ("DRV01", "MODIFY", "DRV_PS"),
    ],
)
def test_an_option_has_only_some_tasks(api: Api, sandbox: Sandbox, present: str, kind: str, target: str) -> None:
    take(api, MINATO, present)

    body = task(kind, "2026-02-01", target)
    assert_breaks(api, sandbox, "option.order.type", 400, "INVALID_PARAMETER", "POST", orders_path(MINATO), body)


# The windows on 2026-01-15. TSUBAME's paid contract ends on 2027-01-14, its Trial option on 2026-02-14; MIKAWAYA's
# Trial ends on 2026-01-29 and its grace period on 2026-02-28.
PAID_WINDOWS = [
    ("option.order.applypaid", None, "APPLY", "SSTG202", "2026-01-16", "2027-01-15", "2027-01-16"),
    ("option.order.cancelpaid", "SSTG201", "CANCEL", "SSTG201", "2026-01-16", "2027-01-15", "2027-01-16"),
    ("option.order.cancelpaid", "ACV200", "CANCEL", "ACV200", "2026-01-16", "2026-02-15", "2026-02-16"),
    ("option.order.convertpaid", "ACV200", "START_PAID_SERVICE", "ACV201", "2026-01-16", "2026-02-15", "2026-02-16"),
    ("option.order.modify", "SSTG201", "MODIFY", "SSTG202", "2026-01-16", "2027-01-15", "2027-01-16"),
    ("option.order.quantitydate", "CST_S01", "CHANGE_QUANTITY", "CST_S01", "2026-02-01", "2026-02-01", "2026-02-02"),
]
_WINDOW = ("rule", "present", "kind", "target", "first", "last", "too_late")


def prepare(api: Api, present: str | None) -> dict[str, Any]:
    start_paid(api)
    if present is not None:
        take(api, TSUBAME, present, **({"quantity": 1} if present.startswith("CST") else {}))
    return {"quantity": 2} if present == "CST_S01" else {}


@keeps(*(window[0] for window in PAID_WINDOWS))
@pytest.mark.parametrize(_WINDOW, PAID_WINDOWS)
def test_the_ends_of_a_window_are_in(
    api: Api, rule: str, present: str | None, kind: str, target: str, first: str, last: str, too_late: str
) -> None:
    more = prepare(api, present)
    added = order(api, TSUBAME, kind, last, target, **more)

    moved = done(api, "PATCH", orders_path(TSUBAME, option_of(target)), {"applyDate": first})

    assert moved == added | {"applyDate": first}


@breaks(*(window[0] for window in PAID_WINDOWS))
@pytest.mark.parametrize(_WINDOW, PAID_WINDOWS)
def test_outside_a_window_nothing_is_scheduled_or_moved(
    api: Api,
    sandbox: Sandbox,
    rule: str,
    present: str | None,
    kind: str,
    target: str,
    first: str,
    last: str,
    too_late: str,
) -> None:
    more = prepare(api, present)
    outside = (too_late, "2026-01-15", "9999-12-31")
    for day in outside:
        body = task(kind, day, target, **more)
        assert_breaks(api, sandbox, rule, 400, "OUT_OF_RANGE", "POST", orders_path(TSUBAME), body)
    order(api, TSUBAME, kind, first, target, **more)
    for day in outside:
        address = orders_path(TSUBAME, option_of(target))
        assert_breaks(api, sandbox, rule, 400, "OUT_OF_RANGE", "PATCH", address, {"applyDate": day})


@breaks("option.order.quantitydate")
def test_in_the_last_month_of_a_contract_no_quantity_changes(api: Api, sandbox: Sandbox) -> None:
    start_paid(api)
    take(api, TSUBAME, "CST_S01", quantity=1)
    sandbox.set_clock("2027-01-02")

    body = task("CHANGE_QUANTITY", "2027-02-01", "CST_S01", quantity=2)
    assert_breaks(api, sandbox, "option.order.quantitydate", 403, "ACCESS_DENIED", "POST", orders_path(TSUBAME), body)


@keeps("option.order.quantityup", "option.order.paiduse")
def test_a_larger_quantity_comes_with_the_next_month(api: Api, sandbox: Sandbox) -> None:
    take(api, MINATO, "CST_S01", quantity=2)
    order(api, MINATO, "CHANGE_QUANTITY", "2026-02-01", "CST_S01", quantity=5)

    sandbox.set_clock("2026-02-01")

    assert [option["quantity"] for option in options(api, MINATO)] == [5]
    assert orders(api, MINATO) == []


@breaks("option.order.quantityup")
@pytest.mark.parametrize("quantity", [1, 2])
def test_a_scheduled_quantity_is_never_smaller(api: Api, sandbox: Sandbox, quantity: int) -> None:
    take(api, MINATO, "CST_S01", quantity=2)

    body = task("CHANGE_QUANTITY", "2026-02-01", "CST_S01", quantity=quantity)
    assert_breaks(api, sandbox, "option.order.quantityup", 400, "OUT_OF_RANGE", "POST", orders_path(MINATO), body)


@breaks("option.order.paiduse")
def test_a_trial_has_no_scheduled_quantity(api: Api, sandbox: Sandbox) -> None:
    take(api, MINATO, "CST_S00", quantity=1)

    body = task("CHANGE_QUANTITY", "2026-02-01", "CST_S00", quantity=2)
    assert_breaks(api, sandbox, "option.order.paiduse", 409, "CONFLICT", "POST", orders_path(MINATO), body)


@keeps("option.order.modifyupward")
@pytest.mark.parametrize(("low", "high"), [("SSTG201", "SSTG203"), ("BCT01", "BCT04")])
def test_an_upgrade_comes_on_its_day(api: Api, sandbox: Sandbox, low: str, high: str) -> None:
    take(api, MINATO, low)
    order(api, MINATO, "MODIFY", "2026-01-20", high)
    sandbox.set_clock("2026-01-19")
    assert held(api, MINATO) == [low]

    sandbox.move_clock(days=1)

    assert held(api, MINATO) == [high]
    assert operations(sandbox, MINATO)[-1] == "clock:upgradeOption"


@breaks("option.order.modifyupward")
@pytest.mark.parametrize("target", ["SSTG202", "SSTG201"])
def test_a_scheduled_upgrade_goes_upward(api: Api, sandbox: Sandbox, target: str) -> None:
    take(api, MINATO, "SSTG202")

    body = task("MODIFY", "2026-01-20", target)
    assert_breaks(
        api, sandbox, "option.order.modifyupward", 400, "INVALID_PARAMETER", "POST", orders_path(MINATO), body
    )


@keeps("option.order.intrial", "option.order.pair", "option.order.inuse")
def test_a_trial_option_turns_paid_on_its_day(api: Api, sandbox: Sandbox) -> None:
    base = only(api, MINATO)
    trial = take(api, MINATO, "ACV200")
    order(api, MINATO, "START_PAID_SERVICE", "2026-02-15", "ACV201")

    sandbox.set_clock("2026-02-15")

    assert options(api, MINATO) == [
        trial
        | {
            "subOptionId": "ACV201",
            "plan": "MONTHLY",
            "planStartDate": "2026-02-15",
            "planEndDate": base["planEndDate"],
        }
    ]
    assert operations(sandbox, MINATO)[-1] == "clock:convertOption"


@breaks("option.order.intrial", "option.order.pair", "option.order.inuse")
def test_only_what_fits_the_option_in_use_is_scheduled(api: Api, sandbox: Sandbox) -> None:
    take(api, MINATO, "DRV00")
    take(api, MINATO, "ACV201")
    for body, rule, status, code in (
        (task("START_PAID_SERVICE", "2026-01-20", "ACV201"), "option.order.intrial", 409, "CONFLICT"),
        (task("START_PAID_SERVICE", "2026-01-20", "DRV_PS"), "option.order.pair", 400, "INVALID_PARAMETER"),
        (task("CANCEL", "2026-01-20", "SSTG201"), "option.order.inuse", 404, "OPTION_PRODUCT_NOT_EXIST"),
        (task("MODIFY", "2026-01-20", "SSTG202"), "option.order.inuse", 404, "OPTION_PRODUCT_NOT_EXIST"),
    ):
        assert_breaks(api, sandbox, rule, status, code, "POST", orders_path(MINATO), body)


@breaks("option.quantity.none", "option.quantity.needed", "option.add.held", "option.sub.known", "option.product.fits")
def test_what_is_wrong_now_is_wrong_later_too(api: Api, sandbox: Sandbox) -> None:
    take(api, MINATO, "ACV201")
    for body, rule, status, code in (
        (task("APPLY", "2026-01-20", "SSTG201", quantity=1), "option.quantity.none", 400, "INVALID_PARAMETER"),
        (task("CANCEL", "2026-01-20", "ACV201", quantity=1), "option.quantity.none", 400, "INVALID_PARAMETER"),
        (task("APPLY", "2026-01-20", "CST_S01"), "option.quantity.needed", 400, "MISSING_PARAMETER"),
        (task("APPLY", "2026-01-20", "ACV201"), "option.add.held", 409, "OPTION_PRODUCT_ALREADY_EXIST"),
        (
            task("APPLY", "2026-01-20", "SSTG201") | {"subOptionId": "BCT01"},
            "option.sub.known",
            400,
            "INVALID_PARAMETER",
        ),
        (task("APPLY", "2026-01-20", "DRV_PA"), "option.product.fits", 400, "INVALID_PARAMETER"),
    ):
        assert_breaks(api, sandbox, rule, status, code, "POST", orders_path(MINATO), body)


@keeps("option.order.takes")
def test_a_leap_does_what_falls_due_on_the_way_each_on_its_day(api: Api, sandbox: Sandbox) -> None:
    order(api, MINATO, "APPLY", "2026-01-20", "ACV201")
    order(api, MINATO, "APPLY", "2026-01-18", "SSTG201")

    sandbox.set_clock("2026-01-31")

    assert [(one["subOptionId"], one["planStartDate"]) for one in options(api, MINATO)] == [
        ("ACV201", "2026-01-20"),
        ("SSTG201", "2026-01-18"),
    ]
    assert orders(api, MINATO) == []
    assert operations(sandbox, MINATO)[-2:] == ["clock:startOption", "clock:startOption"]


@keeps("option.order.takes", "option.cancel.penalty")
def test_a_scheduled_cancellation_inside_an_annual_contract_costs_its_rest(api: Api, sandbox: Sandbox) -> None:
    start_paid(api, licenses=20)
    take(api, TSUBAME, "ACV201")
    take(api, TSUBAME, "SSTG201")
    order(api, TSUBAME, "CANCEL", "2026-12-20", "ACV201")
    order(api, TSUBAME, "CANCEL", "2027-01-15", "SSTG201")

    sandbox.set_clock("2027-01-15")

    assert options(api, TSUBAME) == []
    charged = [item for item in settlement_items(api, TSUBAME, 2026, 12) if item["itemType"] == "PENALTY"]
    assert [(item["itemId"], item["amount"]) for item in charged] == [("ACV2", 300 * 20)]
    sandbox.set_clock("2027-02-01")
    charged = [item for item in settlement_items(api, TSUBAME, 2027, 1) if item["itemType"] == "PENALTY"]
    assert charged == [], "the day after the contract's end is free of it"


@keeps("option.order.takes", "option.order.applypaid")
@pytest.mark.parametrize("sub_option_id", ["ACV200", "ACV201"])
def test_an_option_of_the_day_after_the_contract_begins_in_the_new_term(
    api: Api, sandbox: Sandbox, sub_option_id: str
) -> None:
    start_paid(api)
    order(api, TSUBAME, "APPLY", "2027-01-15", sub_option_id)

    sandbox.set_clock("2027-01-15")

    [option] = options(api, TSUBAME)
    assert (option["subOptionId"], option["planStartDate"]) == (sub_option_id, "2027-01-15")
    assert option["planEndDate"] > "2027-01-15"
    assert operations(sandbox, TSUBAME)[-2:] == ["clock:renewSubscription", "clock:startOption"]


@keeps("option.order.takes", "option.order.samedate")
@breaks("option.convert.base")
def test_beside_a_second_subscription_an_option_keeps_to_its_own(api: Api, sandbox: Sandbox) -> None:
    trial = start_trial(api)
    take(api, TSUBAME, "ACV200")
    order_path = f"/customers/{TSUBAME}/subscriptions/pre-orders"
    done(api, "POST", order_path, {"applyDate": "2026-01-16", "productId": "STD", "plan": "MONTHLY"}, 201)
    reserve(api, trial, "START_PAID_SERVICE", "2026-01-20", plan="MONTHLY")
    order(api, TSUBAME, "APPLY", "2026-01-20", "SSTG201")
    sandbox.set_clock("2026-01-16")

    body = {"subOptionId": "ACV201"}
    assert_breaks(
        api, sandbox, "option.convert.base", 403, "ACCESS_DENIED", "POST",
        options_path(TSUBAME, "ACV2", "/paid-service"), body,
    )  # fmt: skip
    task = order(api, TSUBAME, "START_PAID_SERVICE", "2026-01-20", "ACV201")
    assert task["subscriptionId"] == trial["subscriptionId"]

    sandbox.set_clock("2026-01-20")

    assert {one["subscriptionId"] for one in options(api, TSUBAME)} == {trial["subscriptionId"]}
    assert held(api, TSUBAME) == ["ACV201", "SSTG201"]


@breaks("option.order.takes")
def test_before_its_day_a_task_does_nothing(api: Api, sandbox: Sandbox) -> None:
    task = order(api, MINATO, "APPLY", "2026-01-20", "ACV201")

    sandbox.set_clock("2026-01-19")

    assert (options(api, MINATO), orders(api, MINATO)) == ([], [task])


@keeps("option.order.lapses")
def test_a_task_whose_option_is_gone_lapses(api: Api, sandbox: Sandbox) -> None:
    take(api, MINATO, "SSTG201")
    order(api, MINATO, "MODIFY", "2026-01-20", "SSTG202")
    done(api, "DELETE", options_path(MINATO, "SSTG2"), status=204)

    sandbox.set_clock("2026-01-20")

    assert (options(api, MINATO), orders(api, MINATO)) == ([], [])
    assert operations(sandbox, MINATO)[-1] == "clock:dropOptionOrder"


@breaks("option.order.lapses")
def test_a_task_that_is_passed_over_waits_for_the_next_day(api: Api, sandbox: Sandbox) -> None:
    order(api, MINATO, "APPLY", "2026-01-16", "SSTG201")
    sandbox.fault("addOptionProductOrder", "skip_apply_date", domain_id=MINATO)
    sandbox.move_clock(days=1)
    assert (held(api, MINATO), len(orders(api, MINATO))) == ([], 1)

    sandbox.move_clock(days=1)

    assert (held(api, MINATO), orders(api, MINATO)) == (["SSTG201"], [])


def test_a_task_waits_with_the_subscription_that_it_rests_on(api: Api, sandbox: Sandbox) -> None:
    take(api, MIKAWAYA, "ACV200")
    convert_on(api, MIKAWAYA, "2026-01-20")
    order(api, MIKAWAYA, "APPLY", "2026-01-20", "SSTG201")
    done(api, "POST", path(TSUBAME, below="") + "/pre-orders", PRE_ORDER | {"applyDate": "2026-01-20"}, 201)
    order(api, TSUBAME, "APPLY", "2026-01-20", "SSTG201")
    sandbox.set_clock("2026-01-19")
    sandbox.fault("addReservation", "skip_apply_date", domain_id=MIKAWAYA)
    sandbox.fault("addPreOrder", "skip_apply_date", domain_id=TSUBAME)

    sandbox.move_clock(days=1)
    assert (held(api, MIKAWAYA), held(api, TSUBAME)) == (["ACV200"], [])
    sandbox.move_clock(days=1)

    assert (held(api, MIKAWAYA), held(api, TSUBAME)) == (["ACV201", "SSTG201"], ["SSTG201"])


@keeps("option.order.nosubscription", "option.order.preorder")
def test_a_task_upon_a_pre_order_has_no_subscription_until_that_starts(api: Api, sandbox: Sandbox) -> None:
    done(api, "POST", f"{path(TSUBAME)}/pre-orders", PRE_ORDER, 201)
    first = order(api, TSUBAME, "APPLY", "2026-02-01", "ACV201")
    later = order(api, TSUBAME, "APPLY", "2026-02-15", "SSTG201")
    assert (first["subscriptionId"], later["subscriptionId"]) == (None, None)

    sandbox.set_clock("2026-02-01")

    base = only(api, TSUBAME)
    assert orders(api, TSUBAME) == [later | {"subscriptionId": base["subscriptionId"]}]
    assert [(one["subOptionId"], one["subscriptionId"]) for one in options(api, TSUBAME)] == [
        ("ACV201", base["subscriptionId"])
    ]


@breaks("option.order.nosubscription")
def test_a_task_upon_a_subscription_in_use_names_it(api: Api) -> None:
    done(api, "POST", f"{path(HIKARI)}/pre-orders", PRE_ORDER, 201)

    assert order(api, HIKARI, "APPLY", "2026-02-01", "ACV201")["subscriptionId"] == only(api, HIKARI)["subscriptionId"]


@breaks("option.order.preorder", "option.base.needed")
def test_no_option_starts_before_the_pre_order_or_too_late(api: Api, sandbox: Sandbox) -> None:
    body = task("APPLY", "2026-02-01", "ACV201")
    assert_breaks(api, sandbox, "option.base.needed", 404, "SUBSCRIPTION_NOT_EXIST", "POST", orders_path(TSUBAME), body)
    done(api, "POST", f"{path(TSUBAME)}/pre-orders", PRE_ORDER, 201)
    for day in ("2026-01-31", "2026-02-16"):
        body = task("APPLY", day, "ACV201")
        assert_breaks(api, sandbox, "option.order.preorder", 400, "OUT_OF_RANGE", "POST", orders_path(TSUBAME), body)


@keeps("option.order.conversion", "option.order.samedate", "option.order.applytrial")
def test_tasks_go_with_the_scheduled_conversion_of_a_trial(api: Api, sandbox: Sandbox) -> None:
    take(api, MIKAWAYA, "ACV200")
    take(api, MIKAWAYA, "DRV_PS_T")
    convert_on(api, MIKAWAYA)
    order(api, MIKAWAYA, "CANCEL", "2026-02-01", "ACV200")
    order(api, MIKAWAYA, "START_PAID_SERVICE", "2026-02-01", "DRV_PS")
    order(api, MIKAWAYA, "APPLY", "2026-02-01", "SSTG201")
    done(api, "PATCH", orders_path(MIKAWAYA, "SSTG2"), {"applyDate": "2026-02-28"})
    done(api, "PATCH", orders_path(MIKAWAYA, "SSTG2"), {"applyDate": "2026-02-02"})

    sandbox.set_clock("2026-02-01")
    assert held(api, MIKAWAYA) == ["DRV_PS"]
    sandbox.move_clock(days=1)

    assert held(api, MIKAWAYA) == ["DRV_PS", "SSTG201"]


@breaks("option.order.samedate", "option.order.applytrial")
def test_with_a_scheduled_conversion_no_task_has_a_date_of_its_own(api: Api, sandbox: Sandbox) -> None:
    take(api, MIKAWAYA, "ACV200")
    take(api, MIKAWAYA, "DRV_PS_T")
    convert_on(api, MIKAWAYA)
    address = orders_path(MIKAWAYA)
    for body in (
        task("CANCEL", "2026-02-02", "ACV200"),
        task("START_PAID_SERVICE", "2026-01-31", "ACV201"),
        task("APPLY", "2026-02-02", "SSTG201"),
    ):
        assert_breaks(api, sandbox, "option.order.samedate", 400, "OUT_OF_RANGE", "POST", address, body)
    order(api, MIKAWAYA, "CANCEL", "2026-02-01", "ACV200")
    order(api, MIKAWAYA, "APPLY", "2026-02-01", "SSTG201")
    for option_id, day, rule in (
        ("ACV2", "2026-02-02", "option.order.samedate"),
        ("SSTG2", "2026-03-01", "option.order.applytrial"),
        ("SSTG2", "2026-01-15", "option.order.applytrial"),
    ):
        changes = {"applyDate": day}
        assert_breaks(api, sandbox, rule, 400, "OUT_OF_RANGE", "PATCH", orders_path(MIKAWAYA, option_id), changes)


@breaks("option.order.samedate")
def test_with_any_task_of_a_paid_subscription_a_new_option_has_its_date(api: Api, sandbox: Sandbox) -> None:
    reserve(api, only(api, HIKARI), "ADD_LICENSE", "2026-01-20", licenseCount=5)

    body = task("APPLY", "2026-01-21", "ACV201")
    assert_breaks(api, sandbox, "option.order.samedate", 400, "OUT_OF_RANGE", "POST", orders_path(HIKARI), body)
    assert order(api, HIKARI, "APPLY", "2026-01-20", "ACV201")["applyDate"] == "2026-01-20"


@breaks("option.order.conversion", "option.trial.only")
def test_without_a_scheduled_conversion_nothing_paid_is_scheduled(api: Api, sandbox: Sandbox) -> None:
    take(api, MIKAWAYA, "ACV200")
    start_free(api)
    for domain_id, body, rule, status, code in (
        (MIKAWAYA, task("CANCEL", "2026-01-20", "ACV200"), "option.order.conversion", 403, "ACCESS_DENIED"),
        (MIKAWAYA, task("START_PAID_SERVICE", "2026-01-20", "ACV201"), "option.order.conversion", 403, "ACCESS_DENIED"),
        (MIKAWAYA, task("APPLY", "2026-01-20", "SSTG201"), "option.trial.only", 400, "INVALID_PARAMETER"),
        (TSUBAME, task("APPLY", "2026-01-20", "ACV201"), "option.order.conversion", 403, "ACCESS_DENIED"),
        (TSUBAME, task("APPLY", "2026-01-20", "ACV200"), "option.order.conversion", 403, "ACCESS_DENIED"),
    ):
        assert_breaks(api, sandbox, rule, status, code, "POST", orders_path(domain_id), body)


@keeps("option.order.applyunconverted")
def test_a_trial_option_starts_within_a_trial(api: Api, sandbox: Sandbox) -> None:
    order(api, MIKAWAYA, "APPLY", "2026-01-29", "ACV200")

    sandbox.set_clock("2026-01-29")

    assert held(api, MIKAWAYA) == ["ACV200"]


@breaks("option.order.applyunconverted")
@pytest.mark.parametrize("day", ["2026-01-15", "2026-01-30"])
def test_a_trial_option_does_not_start_after_the_trial(api: Api, sandbox: Sandbox, day: str) -> None:
    body = task("APPLY", day, "ACV200")
    assert_breaks(
        api, sandbox, "option.order.applyunconverted", 400, "OUT_OF_RANGE", "POST", orders_path(MIKAWAYA), body
    )


@breaks("option.trial.grace")
def test_in_the_grace_period_nothing_is_scheduled(api: Api, sandbox: Sandbox) -> None:
    take(api, MIKAWAYA, "ACV200")
    sandbox.set_clock("2026-01-30")
    convert_on(api, MIKAWAYA)
    for body in (task("APPLY", "2026-02-01", "SSTG201"), task("CANCEL", "2026-02-01", "ACV200")):
        assert_breaks(api, sandbox, "option.trial.grace", 403, "ACCESS_DENIED", "POST", orders_path(MIKAWAYA), body)


@keeps("option.order.applyfree")
def test_options_go_with_the_scheduled_conversion_of_free(api: Api, sandbox: Sandbox) -> None:
    start_free(api)
    convert_on(api, TSUBAME, productId="ADV")
    order(api, TSUBAME, "APPLY", "2026-02-01", "ACV301")
    order(api, TSUBAME, "APPLY", "2026-02-01", "ACV200")
    done(api, "PATCH", orders_path(TSUBAME, "ACV2"), {"applyDate": "2026-03-16"})
    done(api, "PATCH", orders_path(TSUBAME, "ACV2"), {"applyDate": "2026-02-01"})

    sandbox.set_clock("2026-02-01")

    assert held(api, TSUBAME) == ["ACV200", "ACV301"]


@breaks("option.order.applyfree", "option.product.fits")
def test_with_free_an_option_fits_the_product_and_the_days_ahead(api: Api, sandbox: Sandbox) -> None:
    start_free(api, LEAFWORKS)
    convert_on(api, LEAFWORKS, productId="STD")
    address = orders_path(LEAFWORKS)
    body = task("APPLY", "2026-02-01", "DRV_PA")
    assert_breaks(api, sandbox, "option.product.fits", 400, "INVALID_PARAMETER", "POST", address, body)
    order(api, LEAFWORKS, "APPLY", "2026-02-01", "DRV01")
    for day in ("2026-01-15", "2026-03-17"):
        changes = {"applyDate": day}
        address = orders_path(LEAFWORKS, "DRV")
        assert_breaks(api, sandbox, "option.order.applyfree", 400, "OUT_OF_RANGE", "PATCH", address, changes)


@keeps("option.cancel.pause")
def test_an_option_given_up_can_be_scheduled_from_the_next_month_on(api: Api, sandbox: Sandbox) -> None:
    start_paid(api)
    take(api, TSUBAME, "ACV201")
    done(api, "DELETE", options_path(TSUBAME, "ACV2"), status=204)

    assert order(api, TSUBAME, "APPLY", "2026-02-01", "ACV201")["applyDate"] == "2026-02-01"


@breaks("option.cancel.pause")
def test_an_option_given_up_is_not_scheduled_for_this_month(api: Api, sandbox: Sandbox) -> None:
    start_paid(api)
    take(api, TSUBAME, "ACV201")
    done(api, "DELETE", options_path(TSUBAME, "ACV2"), status=204)
    body = task("APPLY", "2026-01-31", "ACV201")
    address = orders_path(TSUBAME)
    assert_breaks(api, sandbox, "option.cancel.pause", 403, "ACCESS_DENIED", "POST", address, body)
    order(api, TSUBAME, "APPLY", "2026-02-10", "ACV201")

    changes = {"applyDate": "2026-01-31"}
    address = orders_path(TSUBAME, "ACV2")
    assert_breaks(api, sandbox, "option.cancel.pause", 403, "ACCESS_DENIED", "PATCH", address, changes)


@keeps("option.order.stays")
def test_what_the_subscription_had_scheduled_can_go_and_the_options_tasks_stay(api: Api, sandbox: Sandbox) -> None:
    convert_on(api, MIKAWAYA)
    order(api, MIKAWAYA, "APPLY", "2026-02-01", "SSTG201")
    made = done(api, "POST", f"{path(TSUBAME)}/pre-orders", PRE_ORDER, 201)["subscriptionPreOrders"]
    order(api, TSUBAME, "APPLY", "2026-02-01", "ACV201")
    before = orders(api, MIKAWAYA), orders(api, TSUBAME)

    done(api, "PATCH", of(only(api, MIKAWAYA), "/reservation"), {"applyDate": "2026-02-10"})
    done(api, "PATCH", path(TSUBAME, "pre-orders", f"/{made[0]['preOrderId']}"), {"applyDate": "2026-02-10"})
    assert (orders(api, MIKAWAYA), orders(api, TSUBAME)) == before
    done(api, "DELETE", of(only(api, MIKAWAYA), "/reservation"), status=204)
    done(api, "DELETE", path(TSUBAME, "pre-orders", f"/{made[0]['preOrderId']}"), status=204)

    assert (orders(api, MIKAWAYA), orders(api, TSUBAME)) == before


@breaks("option.order.stays")
def test_a_subscription_that_ends_takes_its_options_tasks_along(api: Api, sandbox: Sandbox) -> None:
    order(api, MINATO, "APPLY", "2026-02-01", "SSTG201")
    monthly = only(api, MINATO)
    assert current(api, monthly) == monthly

    done(api, "DELETE", of(monthly), status=204)

    assert orders(api, MINATO) == []
