from typing import Any

import pytest

from tests.support.sandbox import Sandbox

from .cases import breaks, keeps
from .conftest import Api
from .ledger import operations
from .optioning import held, option_of, options, options_path, order, orders, settlement_items, take, wanted
from .subscribing import (
    HIKARI,
    KITAHAMA,
    LEAFWORKS,
    MIKAWAYA,
    MINATO,
    TSUBAME,
    assert_breaks,
    convert,
    done,
    of,
    only,
    reserve,
    start,
    start_free,
    start_paid,
    start_trial,
)


def upgraded(domain_id: int, option_id: str) -> str:
    return options_path(domain_id, option_id, "/upgrade")


def converted(domain_id: int, option_id: str) -> str:
    return options_path(domain_id, option_id, "/paid-service")


@keeps("option.plan.base", "option.product.fits", "option.base.needed", "option.sub.known", "option.quantity.none")
@pytest.mark.parametrize(
    ("sub_option_id", "quantity"), [("ACV201", None), ("DRV_PS", None), ("SSTG202", 1), ("BCT04", 1)]
)
def test_a_paid_option_runs_with_its_subscription(
    api: Api, sandbox: Sandbox, sub_option_id: str, quantity: int | None
) -> None:
    base = start_paid(api)

    answer = take(api, TSUBAME, sub_option_id)

    assert answer == {
        "subscriptionId": base["subscriptionId"],
        "optionProductId": option_of(sub_option_id),
        "subOptionId": sub_option_id,
        "appliedTime": "2026-01-15T00:00:00.000+09:00",
        "quantity": quantity,
        "plan": "ANNUAL_LICENSE",
        "planStartDate": "2026-01-15",
        "planEndDate": base["planEndDate"],
    }
    assert options(api, TSUBAME) == [answer]
    effect = sandbox.ledger(TSUBAME)[-1]
    assert (effect["operation"], effect["what"]) == ("addOptionProduct", answer)


@breaks("option.plan.base")
def test_a_trial_option_of_a_paid_subscription_runs_for_the_length_of_a_trial(api: Api) -> None:
    start_paid(api)

    trial = take(api, TSUBAME, "ACV200")

    assert (trial["plan"], trial["planStartDate"], trial["planEndDate"]) == ("TRIAL", "2026-01-15", "2026-02-14")


@keeps("option.trial.only")
def test_a_trial_option_of_a_trial_ends_with_it(api: Api, sandbox: Sandbox) -> None:
    take(api, MIKAWAYA, "DRV_PS_T")

    assert [(option["plan"], option["planEndDate"]) for option in options(api, MIKAWAYA)] == [("TRIAL", "2026-01-29")]


@breaks("option.sub.known", "option.product.fits", "option.trial.only", "option.base.needed")
def test_an_option_has_to_be_sold_with_the_product(api: Api, sandbox: Sandbox) -> None:
    start_free(api)
    for domain_id, body, rule, status, code in (
        (HIKARI, {"optionProductId": "ACV2", "subOptionId": "DRV_PA"}, "option.sub.known", 400, "INVALID_PARAMETER"),
        (HIKARI, {"optionProductId": "QTA_M1", "subOptionId": "QTA_M1"}, "option.sub.known", 400, "INVALID_PARAMETER"),
        (HIKARI, wanted("DRV01"), "option.product.fits", 400, "INVALID_PARAMETER"),
        (MINATO, wanted("ACV301"), "option.product.fits", 400, "INVALID_PARAMETER"),
        (MINATO, wanted("DRV_PA_T"), "option.product.fits", 400, "INVALID_PARAMETER"),
        (TSUBAME, wanted("ACV200"), "option.product.fits", 400, "INVALID_PARAMETER"),
        (MIKAWAYA, wanted("ACV201"), "option.trial.only", 400, "INVALID_PARAMETER"),
        (MIKAWAYA, wanted("SSTG201"), "option.trial.only", 400, "INVALID_PARAMETER"),
        (LEAFWORKS, wanted("ACV200"), "option.base.needed", 404, "SUBSCRIPTION_NOT_EXIST"),
    ):
        assert_breaks(api, sandbox, rule, status, code, "POST", options_path(domain_id), body)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"optionProductId": "ACV2"},
        {"subOptionId": "ACV201"},
        {"optionProductId": "ACV9", "subOptionId": "ACV201"},
        {"optionProductId": "ACV2", "subOptionId": 201},
        {"optionProductId": "ACV2", "subOptionId": "ACV201", "quantity": "1"},
        {"optionProductId": "ACV2", "subOptionId": "ACV201", "plan": "MONTHLY"},
    ],
)
def test_a_body_that_is_not_as_documented_is_refused(api: Api, sandbox: Sandbox, body: dict[str, Any]) -> None:
    assert api("POST", options_path(HIKARI), body).status_code == 400
    assert (options(api, HIKARI), sandbox.ledger()) == ([], [])


@keeps("option.trial.grace")
def test_up_to_the_last_day_of_the_trial_an_option_can_be_added(api: Api, sandbox: Sandbox) -> None:
    sandbox.set_clock("2026-01-29")

    assert take(api, MIKAWAYA, "ACV200")["planEndDate"] == "2026-01-29"


@breaks("option.trial.grace")
def test_in_the_grace_period_no_option_is_added(api: Api, sandbox: Sandbox) -> None:
    sandbox.set_clock("2026-01-30")

    assert_breaks(
        api, sandbox, "option.trial.grace", 403, "ACCESS_DENIED", "POST", options_path(MIKAWAYA), wanted("ACV200")
    )


@keeps("option.add.held")
def test_several_options_stand_beside_each_other(api: Api) -> None:
    for sub_option_id in ("ACV201", "ACV301", "DRV_PA", "SSTG201"):
        take(api, HIKARI, sub_option_id)

    assert held(api, HIKARI) == ["ACV201", "ACV301", "DRV_PA", "SSTG201"]


@breaks("option.add.held")
def test_an_option_is_held_once(api: Api, sandbox: Sandbox) -> None:
    take(api, HIKARI, "ACV200")
    for sub_option_id in ("ACV200", "ACV201"):
        assert_breaks(
            api,
            sandbox,
            "option.add.held",
            409,
            "OPTION_PRODUCT_ALREADY_EXIST",
            "POST",
            options_path(HIKARI),
            wanted(sub_option_id),
        )


@keeps("option.add.wipes")
def test_adding_an_option_deletes_what_was_scheduled_for_it(api: Api) -> None:
    order(api, HIKARI, "APPLY", "2026-02-01", "ACV201")
    order(api, HIKARI, "APPLY", "2026-02-01", "SSTG201")

    take(api, HIKARI, "ACV200")

    assert [task["optionProductId"] for task in orders(api, HIKARI)] == ["SSTG2"]


@breaks("option.add.wipes")
def test_an_addition_that_is_refused_deletes_nothing(api: Api) -> None:
    task = order(api, HIKARI, "APPLY", "2026-02-01", "ACV201")

    assert api("POST", options_path(HIKARI), wanted("ACV201", quantity=1)).status_code == 400

    assert orders(api, HIKARI) == [task]


@keeps("option.quantity.needed")
@pytest.mark.parametrize("quantity", [1, 50])
def test_an_option_sold_by_quantity_has_one(api: Api, quantity: int) -> None:
    assert take(api, MINATO, "CST_S01", quantity=quantity)["quantity"] == quantity


@breaks("option.quantity.needed", "option.quantity.none")
def test_a_quantity_is_for_options_sold_by_quantity_and_has_a_maximum(api: Api, sandbox: Sandbox) -> None:
    for body, rule, code in (
        (wanted("CST_S01"), "option.quantity.needed", "MISSING_PARAMETER"),
        (wanted("CST_S01", quantity=None), "option.quantity.needed", "MISSING_PARAMETER"),
        (wanted("CST_S01", quantity=0), "option.quantity.needed", "OUT_OF_RANGE"),
        (wanted("CST_S01", quantity=51), "option.quantity.needed", "LIMIT_EXCEEDED"),
        (wanted("ACV201", quantity=1), "option.quantity.none", "INVALID_PARAMETER"),
        (wanted("SSTG201", quantity=1), "option.quantity.none", "INVALID_PARAMETER"),
    ):
        assert_breaks(api, sandbox, rule, 400, code, "POST", options_path(MINATO), body)


@keeps("option.quantity.add")
def test_a_quantity_grows_by_the_number_given(api: Api, sandbox: Sandbox) -> None:
    taken = take(api, MINATO, "CST_S01", quantity=20)

    answer = done(api, "PATCH", options_path(MINATO, "CST_S", "/add-quantity"), {"quantity": 30})

    assert answer == taken | {"quantity": 50}
    assert options(api, MINATO) == [answer]
    assert operations(sandbox, MINATO) == ["addOptionProduct", "addOptionProductQuantity"]


@breaks("option.quantity.add", "option.quantity.needed")
def test_no_quantity_grows_beyond_its_maximum_or_where_none_is_counted(api: Api, sandbox: Sandbox) -> None:
    take(api, MINATO, "CST_S01", quantity=20)
    take(api, MINATO, "SSTG201")
    for option_id, quantity, rule, code in (
        ("SSTG2", 1, "option.quantity.add", "INVALID_PARAMETER"),
        ("CST_S", 31, "option.quantity.needed", "LIMIT_EXCEEDED"),
        ("CST_S", 0, "option.quantity.needed", "OUT_OF_RANGE"),
        ("CST_S", -5, "option.quantity.needed", "OUT_OF_RANGE"),
    ):
        address = options_path(MINATO, option_id, "/add-quantity")
        assert_breaks(api, sandbox, rule, 400, code, "PATCH", address, {"quantity": quantity})


@keeps("option.inuse", "option.cancel.penalty", "option.cancel.pause")
def test_an_option_of_an_annual_contract_is_cancelled_at_a_price_and_not_had_again_this_month(
    api: Api, sandbox: Sandbox
) -> None:
    start_paid(api, licenses=50)
    take(api, TSUBAME, "ACV201")

    done(api, "DELETE", options_path(TSUBAME, "ACV2"), status=204)

    assert options(api, TSUBAME) == []
    effect = sandbox.ledger(TSUBAME)[-1]
    assert (effect["operation"], effect["what"]["penalty"]) == ("cancelOptionProduct", 12 * 50 * 300)
    sandbox.set_clock("2026-02-01")
    items = settlement_items(api, TSUBAME, 2026, 1)
    assert [(one["itemId"], one["amount"]) for one in items if one["itemType"] == "PENALTY"] == [("ACV2", 180_000)]
    assert take(api, TSUBAME, "ACV201")["planStartDate"] == "2026-02-01"


@breaks("option.cancel.pause")
def test_before_the_next_month_it_is_not_had_again(api: Api, sandbox: Sandbox) -> None:
    start_paid(api)
    take(api, TSUBAME, "ACV201")
    done(api, "DELETE", options_path(TSUBAME, "ACV2"), status=204)
    sandbox.set_clock("2026-01-31")

    for body in (wanted("ACV201"), wanted("ACV200")):
        assert_breaks(api, sandbox, "option.cancel.pause", 403, "ACCESS_DENIED", "POST", options_path(TSUBAME), body)


@breaks("option.cancel.penalty")
def test_a_monthly_option_and_a_trial_are_cancelled_for_nothing_and_can_be_had_again(
    api: Api, sandbox: Sandbox
) -> None:
    for domain_id, sub_option_id in ((MINATO, "SSTG202"), (HIKARI, "ACV200")):
        take(api, domain_id, sub_option_id)
        done(api, "DELETE", options_path(domain_id, option_of(sub_option_id)), status=204)
        assert sandbox.ledger(domain_id)[-1]["what"]["penalty"] == 0
        take(api, domain_id, sub_option_id)


@breaks("option.inuse")
@pytest.mark.parametrize(
    ("method", "below", "body"),
    [
        ("DELETE", "", None),
        ("POST", "/upgrade", {"subOptionId": "DRV_PS"}),
        ("POST", "/paid-service", {"subOptionId": "DRV01"}),
        ("GET", "/renewal", None),
        ("PATCH", "/renewal", {"type": "STAY"}),
    ],
)
def test_an_option_that_is_not_in_use_is_not_found(
    api: Api, sandbox: Sandbox, method: str, below: str, body: object
) -> None:
    address = options_path(MINATO, "DRV", below)

    assert_breaks(api, sandbox, "option.inuse", 404, "OPTION_PRODUCT_NOT_EXIST", method, address, body)
    assert api(method, options_path(MINATO, "DRIVE", below), body).json()["code"] == "OPTION_PRODUCT_NOT_EXIST"
    assert api(method, options_path(4711, "DRV", below), body).json()["code"] == "CUSTOMER_NOT_EXIST"


@keeps("option.upgrade.upward")
@pytest.mark.parametrize(("low", "high"), [("SSTG201", "SSTG207"), ("BCT01", "BCT02"), ("DRV01", "DRV_PS")])
def test_an_option_moves_up(api: Api, sandbox: Sandbox, low: str, high: str) -> None:
    taken = take(api, MINATO, low)

    answer = done(api, "POST", upgraded(MINATO, option_of(low)), {"subOptionId": high})

    assert answer == taken | {"subOptionId": high}
    assert options(api, MINATO) == [answer]
    renewal = done(api, "GET", options_path(MINATO, option_of(low), "/renewal"))
    assert (renewal["type"], renewal["subOptionId"]) == ("STAY", high)
    assert operations(sandbox, MINATO) == ["addOptionProduct", "upgradeOptionProduct"]


@breaks("option.upgrade.upward")
@pytest.mark.parametrize(
    ("present", "target"),
    [
        ("SSTG202", "SSTG201"),
        ("SSTG202", "SSTG202"),
        ("BCT04", "BCT01"),
        ("DRV_PS", "DRV01"),
        ("DRV00", "DRV_PS_T"),
        ("DRV01", "DRV_PA"),
        ("ACV201", "ACV201"),
    ],
)
def test_an_option_never_moves_down_or_aside(api: Api, sandbox: Sandbox, present: str, target: str) -> None:
    take(api, MINATO, present)

    address = upgraded(MINATO, option_of(present))
    assert_breaks(
        api, sandbox, "option.upgrade.upward", 400, "INVALID_PARAMETER", "POST", address, {"subOptionId": target}
    )


@keeps("option.convert.which", "option.convert.trial", "option.convert.base", "option.convert.pair", "option.plan.base")
@pytest.mark.parametrize(
    ("domain_id", "trial", "paid"),
    [
        (MINATO, "ACV200", "ACV201"),
        (MINATO, "DRV00", "DRV01"),
        (MINATO, "DRV_PS_T", "DRV_PS"),
        (HIKARI, "DRV_PA_T", "DRV_PA"),
    ],
)
def test_a_trial_option_turns_paid_under_the_plan_of_its_subscription(
    api: Api, sandbox: Sandbox, domain_id: int, trial: str, paid: str
) -> None:
    base, taken = only(api, domain_id), take(api, domain_id, trial)
    sandbox.set_clock("2026-01-20")

    answer = done(api, "POST", converted(domain_id, option_of(trial)), {"subOptionId": paid, "quantity": None})

    assert answer == taken | {
        "subOptionId": paid,
        "plan": base["plan"],
        "planStartDate": "2026-01-20",
        "planEndDate": base["planEndDate"],
    }
    assert options(api, domain_id) == [answer]
    assert operations(sandbox, domain_id) == ["addOptionProduct", "convertOptionProductToPaid"]


@breaks("option.convert.which", "option.convert.trial", "option.convert.base", "option.convert.pair")
def test_only_a_trial_of_archive_or_drive_turns_paid_and_only_into_its_own(api: Api, sandbox: Sandbox) -> None:
    for domain_id, sub_option_id in (
        (MINATO, "DRV00"),
        (MINATO, "SSTG201"),
        (MIKAWAYA, "ACV200"),
        (HIKARI, "ACV201"),
        (HIKARI, "ACV300"),
    ):
        take(api, domain_id, sub_option_id)
    for domain_id, target, rule, status, code in (
        (MINATO, "SSTG202", "option.convert.which", 400, "INVALID_PARAMETER"),
        (HIKARI, "ACV301", "option.convert.which", 400, "INVALID_PARAMETER"),
        (HIKARI, "ACV201", "option.convert.trial", 409, "CONFLICT"),
        (MIKAWAYA, "ACV201", "option.convert.base", 403, "ACCESS_DENIED"),
        (MINATO, "DRV_PS", "option.convert.pair", 400, "INVALID_PARAMETER"),
    ):
        address = converted(domain_id, option_of(target))
        assert_breaks(api, sandbox, rule, status, code, "POST", address, {"subOptionId": target})


@keeps("option.convert.own")
def test_a_conversion_at_once_leaves_trial_options_on_trial(api: Api, sandbox: Sandbox) -> None:
    trial = take(api, MIKAWAYA, "ACV200")

    convert(api, only(api, MIKAWAYA), plan="MONTHLY")

    assert options(api, MIKAWAYA) == [trial]
    sandbox.set_clock("2026-01-30")
    assert options(api, MIKAWAYA) == []


@keeps("option.convert.along")
@breaks("option.convert.own")
def test_a_scheduled_conversion_takes_trial_options_along(api: Api, sandbox: Sandbox) -> None:
    trial = take(api, MIKAWAYA, "ACV200")
    reserve(api, only(api, MIKAWAYA), "START_PAID_SERVICE", "2026-01-25", plan="MONTHLY")

    sandbox.set_clock("2026-01-25")

    assert options(api, MIKAWAYA) == [
        trial
        | {
            "subOptionId": "ACV201",
            "plan": "MONTHLY",
            "planStartDate": "2026-01-25",
            "planEndDate": only(api, MIKAWAYA)["planEndDate"],
        }
    ]


@breaks("option.convert.along")
def test_a_trial_option_with_a_task_of_its_own_is_left_to_that(api: Api, sandbox: Sandbox) -> None:
    take(api, MIKAWAYA, "ACV200")
    take(api, MIKAWAYA, "DRV00")
    reserve(api, only(api, MIKAWAYA), "START_PAID_SERVICE", "2026-01-25", plan="MONTHLY")
    order(api, MIKAWAYA, "CANCEL", "2026-01-25", "ACV200")

    sandbox.set_clock("2026-01-25")

    assert held(api, MIKAWAYA) == ["DRV01"]


@keeps("option.trial.end")
def test_a_trial_option_of_a_paid_subscription_ends_by_itself(api: Api, sandbox: Sandbox) -> None:
    take(api, MINATO, "ACV200")
    take(api, MINATO, "SSTG201")
    sandbox.set_clock("2026-02-14")
    assert held(api, MINATO) == ["ACV200", "SSTG201"]

    sandbox.move_clock(days=1)

    assert held(api, MINATO) == ["SSTG201"]
    assert operations(sandbox, MINATO)[-1] == "clock:endTrialOption"
    assert take(api, MINATO, "ACV201")["plan"] == "MONTHLY"


@keeps("option.trial.base")
@breaks("option.trial.end")
def test_a_trial_option_of_a_trial_lives_through_its_grace_period(api: Api, sandbox: Sandbox) -> None:
    start_trial(api)
    trial = take(api, TSUBAME, "ACV200")
    sandbox.set_clock("2026-03-16")
    assert options(api, TSUBAME) == [trial]

    sandbox.move_clock(days=1)

    assert options(api, TSUBAME) == []


@breaks("option.trial.base")
def test_once_its_subscription_is_paid_an_option_has_no_grace(api: Api, sandbox: Sandbox) -> None:
    trial = start_trial(api)
    take(api, TSUBAME, "ACV200")
    sandbox.set_clock("2026-02-20")
    convert(api, trial, plan="MONTHLY")

    sandbox.move_clock(days=1)

    assert options(api, TSUBAME) == []


def test_an_upgrade_drops_what_does_not_fit_without_a_penalty(api: Api, sandbox: Sandbox) -> None:
    base = start_paid(api)
    for sub_option_id in ("ACV201", "DRV_PS", "SSTG201"):
        take(api, TSUBAME, sub_option_id)

    done(api, "POST", of(base, "/upgrade"), {"productId": "ADV"})

    assert held(api, TSUBAME) == ["ACV201", "SSTG201"]
    sandbox.set_clock("2026-02-01")
    assert "PENALTY" not in [item["itemType"] for item in settlement_items(api, TSUBAME, 2026, 1)]


def test_a_subscription_takes_its_options_and_their_tasks_along_when_it_ends(api: Api, sandbox: Sandbox) -> None:
    base = start_paid(api)
    take(api, TSUBAME, "ACV201")
    order(api, TSUBAME, "APPLY", "2026-02-01", "SSTG201")

    done(api, "DELETE", of(base), status=204)

    assert (options(api, TSUBAME), orders(api, TSUBAME)) == ([], [])


def test_an_option_of_another_product_group_does_not_hang_on_line_works(api: Api) -> None:
    start(api, LEAFWORKS, "NTA_FR", "FREE")

    assert api("POST", options_path(LEAFWORKS), wanted("ACV200")).json()["code"] == "SUBSCRIPTION_NOT_EXIST"


def test_a_prepaid_contract_has_options_of_its_plan(api: Api) -> None:
    assert take(api, KITAHAMA, "DRV_PA")["plan"] == "ANNUAL_PREPAY_LICENSE"
