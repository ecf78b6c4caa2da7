from typing import Any

import pytest

from tests.support.sandbox import Sandbox

from .cases import breaks, keeps
from .conftest import Api
from .ledger import operations
from .subscribing import (
    HIKARI,
    KITAHAMA,
    LEAFWORKS,
    MINATO,
    TSUBAME,
    assert_breaks,
    convert,
    done,
    of,
    only,
    path,
    reserve,
    start,
    start_free,
    start_paid,
    start_trial,
)


def test_a_subscription_is_answered_as_it_is_listed(api: Api) -> None:
    listed = only(api, HIKARI)

    assert done(api, "GET", of(listed)) == listed


@pytest.mark.parametrize("subscription_id", ["4711", "x", "pre-order", "-1", "9" * 30])
def test_a_subscription_that_is_not_there_is_not_found(api: Api, subscription_id: str) -> None:
    for method, below, body in (
        ("GET", "", None),
        ("DELETE", "", None),
        ("POST", "/paid-service", {"plan": "MONTHLY"}),
        ("POST", "/upgrade", {"productId": "ADV"}),
        ("POST", "/add-license-count", {"addLicenseCount": 1}),
        ("GET", "/reservation", None),
        ("POST", "/reservation", {"type": "CANCEL", "applyDate": "2026-02-01"}),
        ("PATCH", "/reservation", {}),
        ("DELETE", "/reservation", None),
        ("GET", "/renewal", None),
        ("PATCH", "/renewal", {"type": "STAY"}),
    ):
        answer = api(method, path(HIKARI, subscription_id, below), body)
        assert (answer.status_code, answer.json()["code"]) == (404, "SUBSCRIPTION_NOT_EXIST"), method + below


def test_a_subscription_of_somebody_else_is_not_found(api: Api, sandbox: Sandbox) -> None:
    other = only(api, HIKARI)["subscriptionId"]

    assert api("GET", path(MINATO, other)).json()["code"] == "SUBSCRIPTION_NOT_EXIST"
    assert api("DELETE", path(MINATO, other)).json()["code"] == "SUBSCRIPTION_NOT_EXIST"
    assert only(api, HIKARI)["subscriptionId"] == other
    assert sandbox.ledger() == []


def test_a_trial_starts_at_once(api: Api, sandbox: Sandbox) -> None:
    added = start_trial(api, TSUBAME, "ADV_T")

    assert added == {
        "domainId": TSUBAME,
        "subscriptionId": added["subscriptionId"],
        "productId": "ADV_T",
        "plan": "TRIAL",
        "planStartDate": "2026-01-15",
        "planEndDate": "2026-02-14",
        "licenseAssignType": "NONE",
        "licenseCount": None,
        "status": "ACTIVE",
        "renewal": None,
    }
    assert api.subscriptions(TSUBAME) == [added]
    assert api("GET", f"/customers/{TSUBAME}").json()["productId"] == "ADV_T"
    [effect] = sandbox.ledger(TSUBAME)
    assert (effect["operation"], effect["what"]) == ("addSubscription", added)


def test_free_starts_at_once_and_has_no_end(api: Api) -> None:
    added = start_free(api)

    assert (added["planEndDate"], added["renewal"], added["plan"]) == (None, None, "FREE")


@keeps("sub.plan.product", "sub.license.needed", "sub.license.none")
@pytest.mark.parametrize(
    ("product_id", "plan", "count"),
    [
        ("FR", "FREE", None),
        ("STD_T", "TRIAL", None),
        ("ROG_FR", "FREE_LICENSE", 1),
        ("ROG_ADV_T", "TRIAL_LICENSE", 1_000_000),
        ("NTA_FR", "FREE", None),
        ("NTA_TM_T", "TRIAL", None),
        ("JP_PPO_LT_T", "TRIAL", None),
        ("JP_AIS_STD", "MONTHLY", None),
    ],
)
def test_each_group_has_products_under_plans_of_its_own(
    api: Api, product_id: str, plan: str, count: int | None
) -> None:
    added = start(api, TSUBAME, product_id, plan, count)

    assert (added["productId"], added["plan"], added["licenseCount"]) == (product_id, plan, count)


@breaks("sub.plan.product")
@pytest.mark.parametrize(
    ("product_id", "plan"),
    [("FR", "TRIAL"), ("STD_T", "FREE"), ("STD_T", "MONTHLY"), ("STD", "ANNUAL"), ("NTA_TM", "ANNUAL_LICENSE")],
)
def test_a_plan_of_another_product_is_refused(api: Api, sandbox: Sandbox, product_id: str, plan: str) -> None:
    body = {"productId": product_id, "plan": plan}

    assert_breaks(api, sandbox, "sub.plan.product", 400, "INVALID_PARAMETER", "POST", path(TSUBAME), body)


@breaks("sub.license.needed")
@pytest.mark.parametrize(
    ("count", "code"),
    [(None, "MISSING_PARAMETER"), (0, "OUT_OF_RANGE"), (-5, "OUT_OF_RANGE"), (1_000_001, "LIMIT_EXCEEDED")],
)
def test_a_license_based_plan_needs_licenses(api: Api, sandbox: Sandbox, count: int | None, code: str) -> None:
    body = {"productId": "ROG_STD_T", "plan": "TRIAL_LICENSE", "licenseCount": count}

    assert_breaks(api, sandbox, "sub.license.needed", 400, code, "POST", path(TSUBAME), body)


@breaks("sub.license.none")
def test_another_plan_has_no_licenses(api: Api, sandbox: Sandbox) -> None:
    body = {"productId": "STD_T", "plan": "TRIAL", "licenseCount": 5}

    assert_breaks(api, sandbox, "sub.license.none", 400, "INVALID_PARAMETER", "POST", path(TSUBAME), body)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "MISSING_PARAMETER"),
        ({"plan": "TRIAL"}, "MISSING_PARAMETER"),
        ({"productId": "STD_T"}, "MISSING_PARAMETER"),
        ({"productId": "std_t", "plan": "TRIAL"}, "INVALID_PARAMETER"),
        ({"productId": "STD_T", "plan": "YEARLY"}, "INVALID_PARAMETER"),
        ({"productId": "STD_T", "plan": "TRIAL", "licenseCount": "5"}, "INVALID_PARAMETER"),
        ({"productId": "STD_T", "plan": "TRIAL", "startDate": "2026-01-20"}, "INVALID_PARAMETER"),
        ([], "BAD_REQUEST"),
    ],
)
def test_an_odd_body_is_refused(api: Api, sandbox: Sandbox, body: Any, code: str) -> None:
    answer = api("POST", path(TSUBAME), body)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert sandbox.ledger() == []


@breaks("sub.advanced.domain")
def test_a_trial_of_advanced_needs_a_domain(api: Api, sandbox: Sandbox) -> None:
    body = {"productId": "ADV_T", "plan": "TRIAL"}

    assert_breaks(api, sandbox, "sub.advanced.domain", 400, "INVALID_DOMAIN", "POST", path(LEAFWORKS), body)


@keeps("sub.add.switch", "sub.add.group")
def test_subscriptions_of_different_groups_stand_side_by_side(api: Api) -> None:
    start_trial(api)
    start(api, TSUBAME, "NTA_FR", "FREE")

    assert [found["productId"] for found in api.subscriptions(TSUBAME)] == ["STD_T", "NTA_FR"]


@breaks("sub.add.switch")
@pytest.mark.parametrize(("product_id", "plan"), [("STD", "MONTHLY"), ("FR", "FREE"), ("ADV_T", "TRIAL")])
def test_nothing_is_added_while_a_trial_runs(api: Api, sandbox: Sandbox, product_id: str, plan: str) -> None:
    start_trial(api)

    body = {"productId": product_id, "plan": plan}
    assert_breaks(api, sandbox, "sub.add.switch", 409, "CONFLICT", "POST", path(TSUBAME), body)


@breaks("sub.add.switch")
def test_nothing_is_added_while_free_runs(api: Api, sandbox: Sandbox) -> None:
    start_free(api)

    body = {"productId": "STD", "plan": "MONTHLY"}
    assert_breaks(api, sandbox, "sub.add.switch", 409, "CONFLICT", "POST", path(TSUBAME), body)


@breaks("sub.add.group")
@pytest.mark.parametrize(("product_id", "plan"), [("STD", "MONTHLY"), ("STD_T", "TRIAL"), ("FR", "FREE")])
def test_a_second_subscription_of_a_group_is_refused(api: Api, sandbox: Sandbox, product_id: str, plan: str) -> None:
    body = {"productId": product_id, "plan": plan}

    assert_breaks(api, sandbox, "sub.add.group", 409, "SUBSCRIPTION_ALREADY_EXIST", "POST", path(HIKARI), body)


@keeps("sub.add.aftertrial")
def test_who_has_tried_may_take_a_paid_plan(api: Api) -> None:
    trial = start_trial(api)
    assert api("DELETE", of(trial)).status_code == 204

    added = start(api, TSUBAME, "STD", "ANNUAL_LICENSE", 5)

    assert added["subscriptionId"] > trial["subscriptionId"]
    assert (added["planStartDate"], added["planEndDate"]) == ("2026-01-15", "2027-01-14")
    assert added["renewal"] == {
        "subscriptionId": added["subscriptionId"],
        "type": "STAY",
        "productId": "STD",
        "plan": "ANNUAL_LICENSE",
        "licenseCount": 5,
    }


@breaks("sub.add.aftertrial")
def test_who_has_not_tried_may_not_take_a_paid_plan(api: Api, sandbox: Sandbox) -> None:
    assert api("DELETE", of(start(api, TSUBAME, "NTA_FR", "FREE"))).status_code == 204, "that was another group"

    body = {"productId": "STD", "plan": "MONTHLY"}
    assert_breaks(api, sandbox, "sub.add.aftertrial", 409, "CONFLICT", "POST", path(TSUBAME), body)


@keeps("sub.cancel.conversion")
def test_a_subscription_ends_at_once_and_its_customer_stays(api: Api, sandbox: Sandbox) -> None:
    subscription = start_paid(api)
    reserve(api, subscription, "ADD_LICENSE", "2026-02-01", licenseCount=5)

    answer = api("DELETE", of(subscription))

    assert (answer.status_code, answer.content) == (204, b"")
    assert api.subscriptions(TSUBAME) == []
    assert api("GET", f"/customers/{TSUBAME}").json()["productId"] is None
    assert sandbox.ledger()[-1]["operation"] == "cancelSubscription"
    assert sandbox.ledger()[-1]["what"] == subscription
    assert api("DELETE", of(subscription)).json()["code"] == "SUBSCRIPTION_NOT_EXIST"
    sandbox.set_clock("2026-02-02")
    assert operations(sandbox, TSUBAME)[-1] == "cancelSubscription", "what was scheduled went along"


@breaks("sub.cancel.conversion")
def test_a_scheduled_conversion_keeps_a_subscription_from_being_canceled(api: Api, sandbox: Sandbox) -> None:
    trial = start_trial(api)
    reserve(api, trial, "START_PAID_SERVICE", "2026-02-01", plan="MONTHLY")

    assert_breaks(api, sandbox, "sub.cancel.conversion", 409, "CONFLICT", "DELETE", of(trial))
    assert api("DELETE", of(trial, "/reservation")).status_code == 204
    assert api("DELETE", of(trial)).status_code == 204


def test_a_subscription_that_was_converted_can_be_cancelled_and_taken_again(api: Api) -> None:
    convert(api, start_free(api), plan="MONTHLY", productId="ADV")
    assert api("DELETE", of(only(api, TSUBAME))).status_code == 204

    assert start_trial(api)["plan"] == "TRIAL"


def penalties(api: Api, domain_id: int) -> list[str | None]:
    """Give what penalties of January were charged for."""
    details = done(api, "GET", "/invoice-details?year=2026&month=1")["invoiceDetails"]
    [lines] = [detail["settlementItems"] for detail in details if detail["domainId"] == domain_id]
    return [line.get("itemId") for line in lines if line["itemType"] == "PENALTY"]


@keeps("sub.cancel.nopenalty")
@breaks("sub.cancel.nopenalty")
def test_leaving_inside_the_term_costs_a_penalty_for_annual_options_alone(api: Api, sandbox: Sandbox) -> None:
    with_option, without = only(api, HIKARI), only(api, KITAHAMA)
    body = {"optionProductId": "ACV2", "subOptionId": "ACV201"}
    done(api, "POST", f"/customers/{HIKARI}/option-products", body, 201)

    for subscription in (with_option, without):
        done(api, "DELETE", of(subscription), status=204)

    sandbox.set_clock("2026-02-01")
    assert penalties(api, KITAHAMA) == []
    assert penalties(api, HIKARI) == ["ACV2"]
