from typing import Any

import pytest

from tests.support.sandbox import Sandbox

from .cases import breaks, keeps
from .conftest import Api
from .ledger import operations
from .subscribing import (
    HIKARI,
    MINATO,
    TSUBAME,
    assert_breaks,
    convert,
    current,
    done,
    of,
    only,
    renewal,
    start,
    start_free,
    start_paid,
    start_trial,
)


def below(subscription: dict[str, Any]) -> str:
    return of(subscription, "/renewal")


@keeps("sub.renewal.paid", "sub.renewal.stay")
def test_a_renewal_is_answered_as_the_subscription_has_it(api: Api) -> None:
    paid = only(api, HIKARI)

    assert done(api, "GET", below(paid)) == paid["renewal"]
    assert paid["renewal"] == {
        "subscriptionId": paid["subscriptionId"],
        "type": "STAY",
        "productId": "ADV",
        "plan": "ANNUAL_LICENSE",
        "licenseCount": 120,
    }


@breaks("sub.renewal.paid")
@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PATCH", {"type": "STAY"})])
def test_free_and_trial_have_none(api: Api, sandbox: Sandbox, method: str, body: dict[str, Any] | None) -> None:
    for subscription in (start_free(api), start(api, TSUBAME, "NTA_SL_T", "TRIAL")):
        address = below(subscription)
        assert_breaks(api, sandbox, "sub.renewal.paid", 404, "RENEWAL_NOT_EXIST", method, address, body)


@keeps("sub.renewal.licenses", "sub.renewal.product", "sub.plan.product", "sub.product.group")
@pytest.mark.parametrize(
    ("wanted", "changes"),
    [
        ({}, {}),
        ({"productId": "ADV"}, {"productId": "ADV"}),
        ({"plan": "MONTHLY"}, {"plan": "MONTHLY", "licenseCount": None}),
        (
            {"plan": "ANNUAL_PREPAY_LICENSE", "licenseCount": 1_000_000},
            {"plan": "ANNUAL_PREPAY_LICENSE", "licenseCount": 1_000_000},
        ),
        ({"licenseCount": 1}, {"licenseCount": 1}),
    ],
)
def test_a_change_says_what_will_be(
    api: Api, sandbox: Sandbox, wanted: dict[str, Any], changes: dict[str, Any]
) -> None:
    paid = start_paid(api, licenses=50)

    answer = renewal(api, paid, "CHANGE", **wanted)

    expected = paid["renewal"] | {"type": "CHANGE"} | changes
    assert answer == {name: value for name, value in expected.items() if value is not None}
    assert done(api, "GET", below(paid)) == answer
    assert current(api, paid) == paid | {"renewal": answer}
    effect = sandbox.ledger(TSUBAME)[-1]
    assert (effect["operation"], effect["what"]) == ("updateRenewal", answer)


@breaks("sub.renewal.product")
def test_what_was_set_before_is_not_kept(api: Api) -> None:
    paid = start_paid(api, licenses=50)
    renewal(api, paid, "CHANGE", productId="ADV", plan="MONTHLY")

    assert renewal(api, paid, "CHANGE", licenseCount=20) == paid["renewal"] | {"type": "CHANGE", "licenseCount": 20}


@keeps("sub.renewal.stay")
def test_staying_and_cancelling_take_a_change_back(api: Api) -> None:
    paid = start_paid(api)
    renewal(api, paid, "CHANGE", plan="MONTHLY")

    stays = renewal(api, paid, "STAY", productId="STD", plan="ANNUAL_LICENSE", licenseCount=50)
    assert stays == paid["renewal"]
    assert renewal(api, paid, "CANCEL") == {"subscriptionId": paid["subscriptionId"], "type": "CANCEL"}
    assert renewal(api, paid, "STAY") == paid["renewal"]


@breaks("sub.renewal.stay")
@pytest.mark.parametrize("kind", ["STAY", "CANCEL"])
@pytest.mark.parametrize("more", [{"productId": "ADV"}, {"plan": "MONTHLY"}, {"licenseCount": 49}])
def test_staying_and_cancelling_change_nothing(api: Api, sandbox: Sandbox, kind: str, more: dict[str, Any]) -> None:
    address, body = below(start_paid(api, licenses=50)), {"type": kind, **more}

    assert_breaks(api, sandbox, "sub.renewal.stay", 400, "INVALID_PARAMETER", "PATCH", address, body)


@breaks("sub.renewal.licenses", "sub.license.needed", "sub.license.none", "sub.plan.product", "sub.product.group")
@pytest.mark.parametrize(
    ("more", "rule", "code"),
    [
        ({"plan": "ANNUAL_LICENSE"}, "sub.renewal.licenses", "MISSING_PARAMETER"),
        ({"plan": "ANNUAL_PREPAY_LICENSE", "productId": "ADV"}, "sub.renewal.licenses", "MISSING_PARAMETER"),
        ({"plan": "ANNUAL_LICENSE", "licenseCount": 0}, "sub.license.needed", "OUT_OF_RANGE"),
        ({"licenseCount": 1_000_001}, "sub.license.needed", "LIMIT_EXCEEDED"),
        ({"plan": "MONTHLY", "licenseCount": 5}, "sub.license.none", "INVALID_PARAMETER"),
        ({"plan": "ANNUAL"}, "sub.plan.product", "INVALID_PARAMETER"),
        ({"productId": "NTA_TM"}, "sub.product.group", "INVALID_PARAMETER"),
    ],
)
def test_a_change_has_to_be_possible(api: Api, sandbox: Sandbox, more: dict[str, Any], rule: str, code: str) -> None:
    assert_breaks(api, sandbox, rule, 400, code, "PATCH", below(start_paid(api)), {"type": "CHANGE", **more})


@breaks("sub.advanced.domain")
def test_a_group_name_is_not_renewed_as_advanced(api: Api, sandbox: Sandbox) -> None:
    paid = convert(api, start_trial(api, 300_000_004), plan="MONTHLY")

    body = {"type": "CHANGE", "productId": "ADV"}
    assert_breaks(api, sandbox, "sub.advanced.domain", 400, "INVALID_DOMAIN", "PATCH", below(paid), body)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "MISSING_PARAMETER"),
        ({"type": "DELETE"}, "INVALID_PARAMETER"),
        ({"type": "CHANGE", "plan": "TRIAL"}, "INVALID_PARAMETER"),
        ({"type": "CHANGE", "productId": "STD_T"}, "INVALID_PARAMETER"),
        ({"type": "CHANGE", "licenseCount": None}, "INVALID_PARAMETER"),
        ({"type": "STAY", "subscriptionId": 1}, "INVALID_PARAMETER"),
    ],
)
def test_an_odd_body_is_refused(api: Api, sandbox: Sandbox, body: dict[str, Any], code: str) -> None:
    answer = api("PATCH", below(only(api, HIKARI)), body)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert sandbox.ledger() == []


@keeps("sub.renewal.renews")
@breaks("sub.renewal.changes", "sub.renewal.ends")
def test_what_stays_begins_its_next_term_as_it_is(api: Api, sandbox: Sandbox) -> None:
    paid = start_paid(api)
    sandbox.set_clock("2027-01-14")
    assert current(api, paid) == paid

    sandbox.move_clock(days=1)

    renewed = paid | {"planStartDate": "2027-01-15", "planEndDate": "2028-01-14"}
    assert current(api, paid) == renewed
    effect = sandbox.ledger(TSUBAME)[-1]
    assert (effect["operation"], effect["what"]) == ("clock:renewSubscription", renewed)
    sandbox.set_clock("2029-06-01")
    assert current(api, paid)["planEndDate"] == "2030-01-14"
    assert operations(sandbox, TSUBAME).count("clock:renewSubscription") == 3


@keeps("sub.renewal.changes")
@breaks("sub.renewal.renews")
def test_what_changes_begins_its_next_term_with_what_was_set(api: Api, sandbox: Sandbox) -> None:
    paid = start_paid(api, licenses=50)
    renewal(api, paid, "CHANGE", productId="ADV", plan="ANNUAL_PREPAY_LICENSE", licenseCount=20)

    sandbox.set_clock("2027-01-15")

    after = {"productId": "ADV", "plan": "ANNUAL_PREPAY_LICENSE", "licenseCount": 20}
    assert current(api, paid) == paid | after | {
        "planStartDate": "2027-01-15",
        "planEndDate": "2028-01-14",
        "renewal": paid["renewal"] | after,
    }


@keeps("sub.renewal.ends")
@breaks("sub.renewal.renews")
def test_what_is_cancelled_ends_with_its_contract(api: Api, sandbox: Sandbox) -> None:
    paid = start_paid(api)
    renewal(api, paid, "CANCEL")
    sandbox.set_clock("2027-01-14")
    assert current(api, paid)["status"] == "ACTIVE"

    sandbox.move_clock(days=1)

    assert api.subscriptions(TSUBAME) == []
    assert operations(sandbox, TSUBAME)[-1] == "clock:endSubscription"


def test_a_contract_of_any_group_renews(api: Api, sandbox: Sandbox) -> None:
    note = convert(api, start(api, MINATO, "NTA_TM_T", "TRIAL"), plan="ANNUAL_PREPAY")
    renewal(api, note, "CHANGE", productId="NTA_EP", plan="MONTHLY")

    sandbox.set_clock("2027-01-15")

    assert (current(api, note)["productId"], current(api, note)["plan"]) == ("NTA_EP", "MONTHLY")


def test_a_renewal_that_a_fault_passes_over_begins_its_term_where_the_last_one_ended(
    api: Api, sandbox: Sandbox
) -> None:
    paid = start_paid(api)
    sandbox.set_clock("2027-01-14")
    sandbox.fault("updateRenewal", "skip_apply_date", domain_id=TSUBAME)

    sandbox.move_clock(days=1)
    assert current(api, paid) == paid
    sandbox.move_clock(days=1)

    assert current(api, paid)["planStartDate"] == "2027-01-15"
