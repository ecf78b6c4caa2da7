from typing import Any

import pytest

from tests.support.sandbox import Sandbox

from .cases import breaks, keeps
from .conftest import Api
from .ledger import operations
from .subscribing import (
    HIKARI,
    LEAFWORKS,
    MIKAWAYA,
    MOST_MEMBERS,
    TSUBAME,
    assert_breaks,
    convert,
    current,
    of,
    only,
    reservation,
    reserve,
    start,
    start_free,
    start_trial,
)


@keeps("sub.convert.source", "sub.convert.product", "sub.convert.members")
def test_a_trial_becomes_the_paid_product_of_its_own(api: Api, sandbox: Sandbox) -> None:
    trial = start_trial(api, product_id="ADV_T")
    sandbox.set_clock("2026-02-01")

    paid = convert(api, trial, plan="ANNUAL_LICENSE", licenseCount=MOST_MEMBERS)

    assert paid == {
        "domainId": TSUBAME,
        "subscriptionId": trial["subscriptionId"],
        "productId": "ADV",
        "plan": "ANNUAL_LICENSE",
        "planStartDate": "2026-02-01",
        "planEndDate": "2027-01-31",
        "licenseAssignType": "NONE",
        "licenseCount": MOST_MEMBERS,
        "status": "ACTIVE",
        "renewal": {
            "subscriptionId": trial["subscriptionId"],
            "type": "STAY",
            "productId": "ADV",
            "plan": "ANNUAL_LICENSE",
            "licenseCount": MOST_MEMBERS,
        },
    }
    assert api.subscriptions(TSUBAME) == [paid]
    [_, effect] = sandbox.ledger(TSUBAME)
    assert (effect["operation"], effect["what"]) == ("convertSubscriptionToPaid", paid)


@keeps("sub.convert.product")
@pytest.mark.parametrize("product_id", ["STD", "ADV"])
def test_free_becomes_what_is_named(api: Api, product_id: str) -> None:
    paid = convert(api, start_free(api), plan="MONTHLY", productId=product_id, licenseCount=None)

    assert (paid["productId"], paid["plan"], paid["licenseCount"]) == (product_id, "MONTHLY", None)
    assert "licenseCount" not in paid["renewal"]


@keeps("sub.convert.source")
def test_a_trial_in_its_grace_period_can_be_converted(api: Api, sandbox: Sandbox) -> None:
    trial = only(api, MIKAWAYA)
    sandbox.set_clock("2026-02-28")
    assert current(api, trial)["status"] == "SUSPENDED_TRIALEND"

    assert convert(api, trial, plan="MONTHLY")["status"] == "ACTIVE"


@breaks("sub.convert.source")
def test_a_paid_subscription_is_not_converted(api: Api, sandbox: Sandbox) -> None:
    address = of(only(api, HIKARI), "/paid-service")

    assert_breaks(api, sandbox, "sub.convert.source", 409, "CONFLICT", "POST", address, {"plan": "MONTHLY"})


@breaks("sub.convert.product")
def test_a_trial_names_no_product_and_free_names_one(api: Api, sandbox: Sandbox) -> None:
    trial, free = of(start_trial(api), "/paid-service"), of(start_free(api, LEAFWORKS), "/paid-service")
    rule = "sub.convert.product"

    assert_breaks(api, sandbox, rule, 400, "INVALID_PARAMETER", "POST", trial, {"plan": "MONTHLY", "productId": "STD"})
    assert_breaks(api, sandbox, rule, 400, "MISSING_PARAMETER", "POST", free, {"plan": "MONTHLY"})


@breaks("sub.plan.product", "sub.license.needed", "sub.license.none")
@pytest.mark.parametrize(
    ("body", "rule", "code"),
    [
        ({"plan": "ANNUAL"}, "sub.plan.product", "INVALID_PARAMETER"),
        ({"plan": "MONTHLY_LICENSE", "licenseCount": 50}, "sub.plan.product", "INVALID_PARAMETER"),
        ({"plan": "ANNUAL_LICENSE"}, "sub.license.needed", "MISSING_PARAMETER"),
        ({"plan": "ANNUAL_LICENSE", "licenseCount": 1_000_001}, "sub.license.needed", "LIMIT_EXCEEDED"),
        ({"plan": "MONTHLY", "licenseCount": 50}, "sub.license.none", "INVALID_PARAMETER"),
    ],
)
def test_plan_and_licenses_have_to_fit(api: Api, sandbox: Sandbox, body: dict[str, Any], rule: str, code: str) -> None:
    assert_breaks(api, sandbox, rule, 400, code, "POST", of(start_trial(api), "/paid-service"), body)


@breaks("sub.convert.members")
def test_fewer_licenses_than_members_are_refused(api: Api, sandbox: Sandbox) -> None:
    body = {"plan": "ANNUAL_PREPAY_LICENSE", "licenseCount": 9}
    address = of(start_trial(api), "/paid-service")

    assert_breaks(api, sandbox, "sub.convert.members", 400, "OUT_OF_RANGE", "POST", address, body)


@keeps("sub.advanced.domain", "sub.product.group")
def test_free_becomes_a_paid_product_of_its_group(api: Api) -> None:
    note = start(api, LEAFWORKS, "NTA_FR", "FREE")

    assert convert(api, note, plan="ANNUAL", productId="NTA_BZ")["productId"] == "NTA_BZ"
    assert convert(api, start_free(api), plan="MONTHLY", productId="ADV")["productId"] == "ADV"


@breaks("sub.advanced.domain", "sub.product.group")
def test_free_of_a_group_name_becomes_no_advanced_and_nothing_of_another_group(api: Api, sandbox: Sandbox) -> None:
    address = of(start_free(api, LEAFWORKS), "/paid-service")

    for product_id, plan, rule, code in (
        ("ADV", "MONTHLY", "sub.advanced.domain", "INVALID_DOMAIN"),
        ("NTA_TM", "MONTHLY", "sub.product.group", "INVALID_PARAMETER"),
    ):
        body = {"plan": plan, "productId": product_id}
        assert_breaks(api, sandbox, rule, 400, code, "POST", address, body)


@keeps("sub.convert.scheduled")
def test_a_conversion_at_once_deletes_what_is_scheduled(api: Api, sandbox: Sandbox) -> None:
    trial = start_trial(api)
    reserve(api, trial, "START_PAID_SERVICE", "2026-02-01", plan="ANNUAL_LICENSE", licenseCount=100)

    paid = convert(api, trial, plan="MONTHLY")

    assert reservation(api, paid) is None
    sandbox.set_clock("2026-02-02")
    assert current(api, paid) == paid


@breaks("sub.convert.scheduled")
def test_it_leaves_alone_what_is_scheduled_for_another_subscription(api: Api) -> None:
    note = start(api, TSUBAME, "NTA_TM_T", "TRIAL")
    task = reserve(api, note, "START_PAID_SERVICE", "2026-02-01", plan="MONTHLY")

    convert(api, start_trial(api), plan="MONTHLY")

    assert reservation(api, note) == task


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "MISSING_PARAMETER"),
        ({"plan": "TRIAL"}, "INVALID_PARAMETER"),
        ({"plan": "MONTHLY", "productId": "STD_T"}, "INVALID_PARAMETER"),
        ({"plan": "MONTHLY", "applyDate": "2026-02-01"}, "INVALID_PARAMETER"),
        ({"plan": "ANNUAL_LICENSE", "licenseCount": 10.5}, "INVALID_PARAMETER"),
    ],
)
def test_an_odd_body_is_refused(api: Api, sandbox: Sandbox, body: dict[str, Any], code: str) -> None:
    trial = start_trial(api)

    answer = api("POST", of(trial, "/paid-service"), body)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert current(api, trial) == trial
    assert operations(sandbox, TSUBAME) == ["addSubscription"]
