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
    MINATO,
    TSUBAME,
    assert_breaks,
    done,
    of,
    only,
    reservation,
    reserve,
    start_free,
    start_paid,
    start_trial,
)

MONTHLY = {"type": "START_PAID_SERVICE", "applyDate": "2026-02-01", "plan": "MONTHLY"}
ADDITION = {"type": "ADD_LICENSE", "applyDate": "2026-02-01", "licenseCount": 5}
CANCELLATION = {"type": "CANCEL", "applyDate": "2026-02-01"}


def below(subscription: dict[str, Any]) -> str:
    return of(subscription, "/reservation")


@keeps("sub.reservation.one", "sub.reservation.none", "sub.reservation.members", "sub.reservation.cancel")
@keeps("sub.license.plan", "sub.convert.source", "sub.convert.product")
def test_each_type_is_answered_with_what_it_has(api: Api, sandbox: Sandbox) -> None:
    trial, free, annual = start_trial(api), start_free(api, LEAFWORKS), only(api, HIKARI)
    conversion = {"plan": "ANNUAL_LICENSE", "licenseCount": 30}
    for subscription, body in (
        (trial, MONTHLY | conversion),
        (free, MONTHLY | {"productId": "STD"}),
        (annual, ADDITION),
        (only(api, MINATO), CANCELLATION),
    ):
        answer = done(api, "POST", below(subscription), body, 201)

        assert answer == body | {"subscriptionId": subscription["subscriptionId"]}
        assert reservation(api, subscription) == answer
        effect = sandbox.ledger(subscription["domainId"])[-1]
        assert (effect["operation"], effect["what"]) == ("addReservation", answer)


@breaks("sub.reservation.one")
def test_a_second_task_is_refused(api: Api, sandbox: Sandbox) -> None:
    annual = only(api, HIKARI)
    reserve(api, annual, "CANCEL", "2026-02-01")

    for body in (ADDITION, CANCELLATION):
        assert_breaks(
            api,
            sandbox,
            "sub.reservation.one",
            409,
            "RESERVATION_ALREADY_EXIST",
            "POST",
            below(annual),
            body,
        )


@breaks("sub.reservation.none")
@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PATCH", {"applyDate": "2026-02-01"}), ("DELETE", None)])
def test_nothing_is_found_where_nothing_is_scheduled(
    api: Api, sandbox: Sandbox, method: str, body: dict[str, Any] | None
) -> None:
    address = below(only(api, HIKARI))

    assert_breaks(api, sandbox, "sub.reservation.none", 404, "RESERVATION_NOT_EXIST", method, address, body)


@breaks("sub.reservation.members")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        (CANCELLATION | {"licenseCount": 5}, "INVALID_PARAMETER"),
        (CANCELLATION | {"plan": "MONTHLY"}, "INVALID_PARAMETER"),
        (ADDITION | {"productId": "ADV"}, "INVALID_PARAMETER"),
        (ADDITION | {"plan": "MONTHLY"}, "INVALID_PARAMETER"),
        ({"type": "ADD_LICENSE", "applyDate": "2026-02-01"}, "MISSING_PARAMETER"),
        ({"type": "START_PAID_SERVICE", "applyDate": "2026-02-01"}, "MISSING_PARAMETER"),
    ],
)
def test_a_task_has_what_its_type_needs_and_no_more(
    api: Api, sandbox: Sandbox, changes: dict[str, Any], code: str
) -> None:
    address = below(only(api, HIKARI))

    assert_breaks(api, sandbox, "sub.reservation.members", 400, code, "POST", address, changes)


@breaks("sub.convert.source", "sub.license.plan", "sub.reservation.cancel")
def test_each_type_is_for_its_own_subscriptions(api: Api, sandbox: Sandbox) -> None:
    trial, free, monthly = start_trial(api), start_free(api, LEAFWORKS), only(api, MINATO)
    for subscription, body, rule in (
        (monthly, MONTHLY, "sub.convert.source"),
        (monthly, ADDITION, "sub.license.plan"),
        (trial, ADDITION, "sub.license.plan"),
        (trial, CANCELLATION, "sub.reservation.cancel"),
        (free, CANCELLATION, "sub.reservation.cancel"),
    ):
        assert_breaks(api, sandbox, rule, 409, "CONFLICT", "POST", below(subscription), body)


@breaks("sub.convert.product", "sub.advanced.domain", "sub.license.needed", "sub.license.none", "sub.plan.product")
def test_a_scheduled_conversion_has_to_be_possible(api: Api, sandbox: Sandbox) -> None:
    trial, free = start_trial(api), start_free(api, LEAFWORKS)
    for subscription, more, rule, code in (
        (trial, {"productId": "STD"}, "sub.convert.product", "INVALID_PARAMETER"),
        (free, {}, "sub.convert.product", "MISSING_PARAMETER"),
        (free, {"productId": "ADV"}, "sub.advanced.domain", "INVALID_DOMAIN"),
        (trial, {"plan": "ANNUAL_LICENSE"}, "sub.license.needed", "MISSING_PARAMETER"),
        (trial, {"licenseCount": 5}, "sub.license.none", "INVALID_PARAMETER"),
        (trial, {"plan": "ANNUAL"}, "sub.plan.product", "INVALID_PARAMETER"),
    ):
        assert_breaks(api, sandbox, rule, 400, code, "POST", below(subscription), MONTHLY | more)


@breaks("sub.license.total")
def test_a_scheduled_addition_stays_below_a_million(api: Api, sandbox: Sandbox) -> None:
    body, address = ADDITION | {"licenseCount": 1_000_000}, below(only(api, HIKARI))

    assert_breaks(api, sandbox, "sub.license.total", 403, "LIMIT_EXCEEDED", "POST", address, body)


# What each type can be scheduled for, on 2026-01-15: MIKAWAYA's Trial ends on 2026-01-29, a paid contract that starts
# today on 2027-01-14.
WINDOWS = [
    ("sub.reservation.freewindow", "free", MONTHLY | {"productId": "STD"}, "2026-03-16", "2026-03-17"),
    ("sub.reservation.trialwindow", "trial", MONTHLY, "2026-02-28", "2026-03-01"),
    ("sub.reservation.licensewindow", "annual", ADDITION, "2027-01-14", "2027-01-15"),
    ("sub.reservation.cancelwindow", "annual", CANCELLATION, "2027-01-15", "2027-01-16"),
]


def holder_of(api: Api, kind: str) -> dict[str, Any]:
    if kind == "trial":
        return only(api, MIKAWAYA)
    return start_free(api) if kind == "free" else start_paid(api)


@keeps(*(rule for rule, *_ in WINDOWS), "sub.reservation.dateonly")
@pytest.mark.parametrize(("rule", "kind", "body", "last", "too_late"), WINDOWS)
def test_the_ends_of_each_window_are_in(
    api: Api, sandbox: Sandbox, rule: str, kind: str, body: dict[str, Any], last: str, too_late: str
) -> None:
    subscription = holder_of(api, kind)
    task = done(api, "POST", below(subscription), body | {"applyDate": last}, 201)

    moved = done(api, "PATCH", below(subscription), {"applyDate": "2026-01-16"})

    assert moved == task | {"applyDate": "2026-01-16"}
    assert reservation(api, subscription) == moved
    assert operations(sandbox, subscription["domainId"])[-2:] == ["addReservation", "updateReservation"]


@breaks(*(rule for rule, *_ in WINDOWS))
@pytest.mark.parametrize(("rule", "kind", "body", "last", "too_late"), WINDOWS)
def test_outside_the_window_nothing_is_scheduled_or_moved(
    api: Api, sandbox: Sandbox, rule: str, kind: str, body: dict[str, Any], last: str, too_late: str
) -> None:
    subscription = holder_of(api, kind)
    outside = (too_late, "2026-01-15", "2025-12-31", "9999-12-31")
    for day in outside:
        wanted = body | {"applyDate": day}
        assert_breaks(api, sandbox, rule, 400, "OUT_OF_RANGE", "POST", below(subscription), wanted)
    done(api, "POST", below(subscription), body | {"applyDate": last}, 201)
    for day in outside:
        wanted = {"applyDate": day}
        assert_breaks(api, sandbox, rule, 400, "OUT_OF_RANGE", "PATCH", below(subscription), wanted)


def test_the_window_of_a_trial_in_grace_ends_with_the_grace_period(api: Api, sandbox: Sandbox) -> None:
    trial = only(api, MIKAWAYA)
    sandbox.set_clock("2026-02-27")

    assert reserve(api, trial, "START_PAID_SERVICE", "2026-02-28", plan="MONTHLY")["applyDate"] == "2026-02-28"


@breaks("sub.reservation.dateonly")
@pytest.mark.parametrize("more", [{"type": "CANCEL"}, {"licenseCount": 6}, {"plan": "MONTHLY"}])
def test_only_the_day_of_a_task_can_be_changed(api: Api, sandbox: Sandbox, more: dict[str, Any]) -> None:
    annual = only(api, HIKARI)
    done(api, "POST", below(annual), ADDITION, 201)

    body = {"applyDate": "2026-02-02", **more}
    assert_breaks(api, sandbox, "sub.reservation.dateonly", 400, "INVALID_PARAMETER", "PATCH", below(annual), body)


def test_a_patch_without_members_changes_nothing(api: Api, sandbox: Sandbox) -> None:
    annual = only(api, HIKARI)
    task = done(api, "POST", below(annual), ADDITION, 201)

    assert done(api, "PATCH", below(annual), {}) == task
    assert operations(sandbox, HIKARI) == ["addReservation"]


def test_a_deleted_task_is_gone_and_another_may_follow(api: Api, sandbox: Sandbox) -> None:
    annual = only(api, HIKARI)
    task = done(api, "POST", below(annual), ADDITION, 201)

    answer = api("DELETE", below(annual))

    assert (answer.status_code, answer.content) == (204, b"")
    assert reservation(api, annual) is None
    assert sandbox.ledger(HIKARI)[-1]["what"] == task
    done(api, "POST", below(annual), CANCELLATION, 201)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "MISSING_PARAMETER"),
        ({"type": "CANCEL"}, "MISSING_PARAMETER"),
        ({"type": "DELETE", "applyDate": "2026-02-01"}, "INVALID_PARAMETER"),
        ({"type": "CANCEL", "applyDate": "2026-2-1"}, "INVALID_PARAMETER"),
        (ADDITION | {"licenseCount": None}, "INVALID_PARAMETER"),
        (MONTHLY | {"plan": "TRIAL"}, "INVALID_PARAMETER"),
        (MONTHLY | {"productId": "ADV_T"}, "INVALID_PARAMETER"),
    ],
)
def test_an_odd_body_is_refused(api: Api, sandbox: Sandbox, body: dict[str, Any], code: str) -> None:
    answer = api("POST", below(only(api, HIKARI)), body)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert sandbox.ledger() == []


def _scheduled_option(api: Api) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Schedule a conversion of a Trial and, for the same day, that its Trial option turns paid."""
    trial = start_trial(api)
    options, orders = (f"/customers/{TSUBAME}/option-product{end}" for end in ("s", "-orders"))
    done(api, "POST", options, {"optionProductId": "DRV", "subOptionId": "DRV00"}, 201)
    reserve(api, trial, "START_PAID_SERVICE", "2026-02-01", plan="MONTHLY")
    task = {"optionProductId": "DRV", "subOptionId": "DRV01", "type": "START_PAID_SERVICE", "applyDate": "2026-02-01"}
    return trial, done(api, "POST", orders, task, 201), f"{orders}/DRV"


@keeps("sub.reservation.options", "sub.reservation.optionsleft")
def test_moving_and_deleting_a_task_leaves_those_of_options(api: Api) -> None:
    trial, task, address = _scheduled_option(api)

    done(api, "PATCH", below(trial), {"applyDate": "2026-02-05"})
    assert done(api, "GET", address) == task
    done(api, "DELETE", below(trial), status=204)
    assert done(api, "GET", address) == task


@breaks("sub.reservation.options", "sub.reservation.optionsleft")
def test_what_is_scheduled_for_an_option_is_moved_and_deleted_by_itself(api: Api) -> None:
    trial, task, address = _scheduled_option(api)
    done(api, "PATCH", below(trial), {"applyDate": "2026-02-05"})

    assert done(api, "PATCH", address, {"applyDate": "2026-02-05"}) == task | {"applyDate": "2026-02-05"}
    done(api, "DELETE", address, status=204)
    assert api("GET", address).status_code == 404
    assert reservation(api, trial) is not None
