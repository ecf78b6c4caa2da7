from typing import Any

import pytest

from tests.support.sandbox import Sandbox

from .cases import breaks, keeps
from .conftest import Api
from .subscribing import (
    HIKARI,
    MINATO,
    assert_breaks,
    convert,
    current,
    done,
    of,
    only,
    renewal,
    reservation,
    reserve,
    start,
    start_paid,
    start_trial,
)


def add(api: Api, subscription: dict[str, Any], count: int) -> dict[str, Any]:
    return done(api, "POST", of(subscription, "/add-license-count"), {"addLicenseCount": count})


@keeps("sub.license.plan", "sub.license.renewal")
def test_licenses_are_added_at_once(api: Api, sandbox: Sandbox) -> None:
    before = only(api, HIKARI)

    answer = add(api, before, 30)

    assert answer == before | {"licenseCount": 150, "renewal": before["renewal"] | {"licenseCount": 150}}
    assert only(api, HIKARI) == answer
    [effect] = sandbox.ledger(HIKARI)
    assert (effect["operation"], effect["what"]) == ("addLicenses", answer)


@breaks("sub.license.plan")
def test_a_monthly_plan_and_a_trial_have_no_licenses_to_add_to(api: Api, sandbox: Sandbox) -> None:
    for subscription in (only(api, MINATO), start_trial(api), start(api, MINATO, "ROG_STD_T", "TRIAL_LICENSE", 5)):
        address = of(subscription, "/add-license-count")
        assert_breaks(api, sandbox, "sub.license.plan", 409, "CONFLICT", "POST", address, {"addLicenseCount": 1})


@keeps("sub.license.total")
def test_a_million_can_be_held(api: Api) -> None:
    assert add(api, only(api, HIKARI), 1_000_000 - 120)["licenseCount"] == 1_000_000


@breaks("sub.license.total")
def test_more_than_a_million_can_not_be_held(api: Api, sandbox: Sandbox) -> None:
    address, body = of(only(api, HIKARI), "/add-license-count"), {"addLicenseCount": 1_000_000 - 119}

    assert_breaks(api, sandbox, "sub.license.total", 403, "LIMIT_EXCEEDED", "POST", address, body)


@breaks("sub.license.needed")
def test_more_than_a_million_can_not_be_added(api: Api, sandbox: Sandbox) -> None:
    address, body = of(only(api, HIKARI), "/add-license-count"), {"addLicenseCount": 1_000_001}

    assert_breaks(api, sandbox, "sub.license.needed", 400, "LIMIT_EXCEEDED", "POST", address, body)


@keeps("sub.license.reduce")
def test_a_renewal_lowers_licenses(api: Api, sandbox: Sandbox) -> None:
    paid = start_paid(api, licenses=50)

    renewal(api, paid, "CHANGE", plan="ANNUAL_LICENSE", licenseCount=10)

    assert current(api, paid)["licenseCount"] == 50
    sandbox.set_clock("2027-01-15")
    assert current(api, paid)["licenseCount"] == 10


@breaks("sub.license.reduce")
@pytest.mark.parametrize("count", [0, -1, -(10**12)])
def test_an_addition_does_not_lower_them(api: Api, sandbox: Sandbox, count: int) -> None:
    paid = only(api, HIKARI)
    task = {"type": "ADD_LICENSE", "applyDate": "2026-01-20", "licenseCount": count}

    for below, body in (("/add-license-count", {"addLicenseCount": count}), ("/reservation", task)):
        assert_breaks(api, sandbox, "sub.license.reduce", 400, "OUT_OF_RANGE", "POST", of(paid, below), body)


@keeps("sub.license.scheduled")
def test_adding_at_once_deletes_a_scheduled_addition(api: Api, sandbox: Sandbox) -> None:
    paid = start_paid(api)
    reserve(api, paid, "ADD_LICENSE", "2026-02-01", licenseCount=7)

    add(api, paid, 5)

    assert reservation(api, paid) is None
    sandbox.set_clock("2026-02-02")
    assert current(api, paid)["licenseCount"] == 55


@breaks("sub.license.scheduled")
def test_it_leaves_a_scheduled_cancellation(api: Api) -> None:
    paid = start_paid(api)
    task = reserve(api, paid, "CANCEL", "2026-02-01")

    add(api, paid, 5)

    assert reservation(api, paid) == task


@breaks("sub.license.renewal")
def test_a_renewal_with_licenses_of_its_own_keeps_them(api: Api) -> None:
    paid = start_paid(api)
    renewal(api, paid, "CHANGE", plan="ANNUAL_LICENSE", licenseCount=80)

    assert add(api, paid, 5)["renewal"]["licenseCount"] == 80


def test_a_renewal_without_licenses_stays_without(api: Api) -> None:
    paid = start_paid(api)
    for kind, more in (("CHANGE", {"plan": "MONTHLY"}), ("CANCEL", {})):
        setting = renewal(api, paid, kind, **more)
        assert add(api, paid, 1)["renewal"] == setting


def test_roger_has_licenses_under_every_plan(api: Api) -> None:
    trial = start(api, MINATO, "ROG_ADV_T", "TRIAL_LICENSE", 30)
    paid = convert(api, trial, plan="MONTHLY_LICENSE", licenseCount=30)

    assert (paid["productId"], paid["licenseAssignType"]) == ("ROG_ADV", trial["licenseAssignType"])
    assert add(api, paid, 3)["licenseCount"] == 33


@pytest.mark.parametrize("body", [{}, {"addLicenseCount": "5"}, {"addLicenseCount": None}, {"licenseCount": 5}])
def test_an_odd_body_is_refused(api: Api, sandbox: Sandbox, body: dict[str, Any]) -> None:
    answer = api("POST", of(only(api, HIKARI), "/add-license-count"), body)

    assert answer.status_code == 400
    assert sandbox.ledger() == []
