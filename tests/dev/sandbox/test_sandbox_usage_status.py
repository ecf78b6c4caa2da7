from datetime import date, timedelta

import pytest

from tests.support.sandbox import Sandbox

from .cases import breaks, keeps
from .conftest import Api
from .customering import (
    HIKARI,
    LEAFWORKS,
    MIKAWAYA,
    MINATO,
    OWN,
    TSUBAME,
    assert_breaks,
    change,
    create,
    done,
    path,
    status_of,
)
from .ledger import operations

USAGE, RENEWAL = "/usage-status", "/usage-status/renewal"
LATER = {"applyDate": "2026-02-01", "maxMemberCount": 40}


def patch(api: Api, domain_id: int, **body: object) -> dict[str, object]:
    return done(api, "PATCH", path(domain_id, USAGE), body)


def schedule(api: Api, domain_id: int = MINATO, **changes: object) -> dict[str, object]:
    return done(api, "POST", path(domain_id, RENEWAL), LATER | changes, 201)


def test_a_new_customer_is_active_and_has_no_limit(api: Api) -> None:
    domain_id = create(api)["domainId"]

    assert status_of(api, domain_id) == {
        "domainId": domain_id,
        "status": "ACTIVE",
        "memberCount": 0,
        "maxMemberCount": None,
        "withdrawalDate": None,
    }


def test_what_the_customer_does_itself_can_be_read(api: Api, sandbox: Sandbox) -> None:
    change(sandbox, TSUBAME, members=77, status="SUSPENDED_ADMIN")

    found = status_of(api, TSUBAME)

    assert (found["memberCount"], found["status"]) == (77, "SUSPENDED_ADMIN")


@keeps("cust.limit.most", "cust.limit.monthly")
@pytest.mark.parametrize("limit", [1, 1_000_000, None])
def test_a_limit_is_set_at_once(api: Api, sandbox: Sandbox, limit: int | None) -> None:
    answer = patch(api, MINATO, maxMemberCount=limit)

    assert answer["maxMemberCount"] == limit
    assert status_of(api, MINATO) == answer
    [effect] = sandbox.ledger()
    assert (effect["operation"], effect["what"]) == ("patchUsageStatus", answer)


@breaks("cust.limit.most", "cust.limit.monthly")
def test_a_limit_keeps_to_the_rules(api: Api, sandbox: Sandbox) -> None:
    of_minato, of_hikari = path(MINATO, USAGE), path(HIKARI, USAGE)
    too_many = {"maxMemberCount": 1_000_001}
    assert_breaks(api, sandbox, "cust.limit.most", 400, "LIMIT_EXCEEDED", "PATCH", of_minato, too_many)
    later = LATER | too_many
    assert_breaks(api, sandbox, "cust.limit.most", 400, "LIMIT_EXCEEDED", "POST", f"{of_minato}/renewal", later)
    some = {"maxMemberCount": 100}
    assert_breaks(api, sandbox, "cust.limit.monthly", 403, "FORBIDDEN", "PATCH", of_hikari, some)
    assert patch(api, HIKARI, maxMemberCount=None)["maxMemberCount"] is None


@keeps("cust.limit.free", "cust.limit.trial")
@breaks("cust.limit.free", "cust.limit.trial")
def test_free_and_trial_have_limits_of_their_own(api: Api, sandbox: Sandbox) -> None:
    free = create(api, productId="FR")["domainId"]
    for rule_id, domain_id, most in (("cust.limit.free", free, 30), ("cust.limit.trial", MIKAWAYA, 1_000)):
        assert patch(api, domain_id, maxMemberCount=most)["maxMemberCount"] == most
        body = {"maxMemberCount": most + 1}
        assert_breaks(api, sandbox, rule_id, 403, "LIMIT_EXCEEDED", "PATCH", path(domain_id, USAGE), body)


@pytest.mark.parametrize(
    "body", [{"maxMemberCount": "10"}, {"maxMemberCount": True}, {"withdrawalDate": "tomorrow"}, {"status": "ACTIVE"}]
)
def test_odd_members_are_refused(api: Api, sandbox: Sandbox, body: dict[str, object]) -> None:
    answer = api("PATCH", path(TSUBAME, USAGE), body)

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_PARAMETER")
    assert api("PATCH", path(TSUBAME, USAGE), {"maxMemberCount": 0}).json()["code"] == "OUT_OF_RANGE"
    assert sandbox.ledger() == []


@keeps("cust.usagestatus.leftout", "cust.withdrawal.window", "cust.withdrawal.own", "cust.withdrawal.readable")
def test_limit_and_withdrawal_date_are_set_and_removed_apart(api: Api) -> None:
    assert patch(api, TSUBAME, maxMemberCount=10, withdrawalDate="2026-03-31")["withdrawalDate"] == "2026-03-31"
    found = status_of(api, TSUBAME)
    assert (found["status"], found["maxMemberCount"], found["withdrawalDate"]) == ("ACTIVE", 10, "2026-03-31")

    assert patch(api, TSUBAME, withdrawalDate=None) == found | {"withdrawalDate": None}
    assert patch(api, TSUBAME, maxMemberCount=None) == found | {"withdrawalDate": None, "maxMemberCount": None}
    assert patch(api, OWN, maxMemberCount=None, withdrawalDate=None)["withdrawalDate"] is None


@breaks("cust.usagestatus.leftout", "cust.withdrawal.readable")
def test_a_patch_without_members_changes_nothing(api: Api, sandbox: Sandbox) -> None:
    before = status_of(api, MINATO)

    assert patch(api, MINATO) == before
    assert before["withdrawalDate"] is None
    assert sandbox.ledger() == []


@breaks("cust.withdrawal.window")
@pytest.mark.parametrize("day", ["2026-01-15", "2025-12-31", "2027-01-16"])
def test_a_withdrawal_is_scheduled_within_a_year(api: Api, sandbox: Sandbox, day: str) -> None:
    body = {"withdrawalDate": day}
    assert_breaks(api, sandbox, "cust.withdrawal.window", 400, "OUT_OF_RANGE", "PATCH", path(TSUBAME, USAGE), body)


@breaks("cust.withdrawal.own")
def test_the_partner_s_own_domain_never_leaves(api: Api, sandbox: Sandbox) -> None:
    body = {"withdrawalDate": "2026-02-01", "maxMemberCount": None}
    assert_breaks(api, sandbox, "cust.withdrawal.own", 403, "ACCESS_DENIED", "PATCH", path(OWN, USAGE), body)


@keeps("cust.limit.schedule.window", "cust.limit.schedule.one", "cust.limit.schedule.leftout")
@pytest.mark.parametrize("day", ["2026-01-16", "2027-01-15"])
@pytest.mark.parametrize("limit", [1, 1_000_000, None])
def test_a_change_of_the_limit_is_scheduled(api: Api, sandbox: Sandbox, day: str, limit: int | None) -> None:
    before = status_of(api, MINATO)

    answer = schedule(api, applyDate=day, maxMemberCount=limit)

    assert answer == before | {"renewal": {"applyDate": day, "maxMemberCount": limit}}
    assert status_of(api, MINATO) == answer
    assert operations(sandbox, MINATO) == ["createUsageStatusRenewal"]


@keeps("cust.limit.schedule.leftout", "cust.limit.schedule.applies")
def test_a_change_that_names_no_number_removes_the_limit(api: Api, sandbox: Sandbox) -> None:
    patch(api, MINATO, maxMemberCount=10)
    done(api, "POST", path(MINATO, RENEWAL), {"applyDate": "2026-02-01"}, 201)

    sandbox.set_clock("2026-02-01")

    assert status_of(api, MINATO)["maxMemberCount"] is None


@keeps("cust.limit.schedule.applies")
@breaks("cust.limit.schedule.leftout")
def test_a_scheduled_limit_takes_effect_on_its_day_once(api: Api, sandbox: Sandbox) -> None:
    schedule(api)
    sandbox.set_clock("2026-01-31")
    assert status_of(api, MINATO)["renewal"] == LATER

    sandbox.move_clock(days=1)

    found = status_of(api, MINATO)
    assert found["maxMemberCount"] == 40
    assert "renewal" not in found
    sandbox.move_clock(days=60)
    assert operations(sandbox, MINATO).count("clock:changeUserLimit") == 1


@breaks("cust.limit.schedule.applies")
def test_a_limit_that_is_passed_over_takes_effect_the_next_day(api: Api, sandbox: Sandbox) -> None:
    before = schedule(api)
    sandbox.fault("createUsageStatusRenewal", "skip_apply_date", domain_id=MINATO)

    sandbox.set_clock("2026-02-01")
    assert status_of(api, MINATO) == before
    sandbox.set_clock("2026-02-02")

    assert status_of(api, MINATO)["maxMemberCount"] == 40


@breaks("cust.limit.schedule.window")
@pytest.mark.parametrize("day", ["2026-01-15", "2025-02-01", "2027-01-16"])
def test_a_scheduled_change_lies_within_a_year(api: Api, sandbox: Sandbox, day: str) -> None:
    wanted = ("cust.limit.schedule.window", 400, "OUT_OF_RANGE")
    assert_breaks(api, sandbox, *wanted, "POST", path(MINATO, RENEWAL), LATER | {"applyDate": day})
    schedule(api)
    assert_breaks(api, sandbox, *wanted, "PATCH", path(MINATO, RENEWAL), {"applyDate": day})


@keeps("cust.limit.schedule.dateonly", "cust.limit.schedule.exists")
def test_a_scheduled_change_is_moved_and_deleted(api: Api, sandbox: Sandbox) -> None:
    before = status_of(api, MINATO)
    schedule(api)

    moved = done(api, "PATCH", path(MINATO, RENEWAL), {"applyDate": "2026-02-20"})
    assert moved["renewal"] == {"applyDate": "2026-02-20", "maxMemberCount": 40}
    answer = api("DELETE", path(MINATO, RENEWAL))

    assert (answer.status_code, answer.content) == (204, b"")
    assert status_of(api, MINATO) == before
    ledger = ["createUsageStatusRenewal", "patchUsageStatusRenewal", "deleteUsageStatusRenewal"]
    assert operations(sandbox, MINATO) == ledger


@breaks("cust.limit.schedule.one", "cust.limit.schedule.dateonly", "cust.limit.schedule.exists")
def test_there_is_one_schedule_and_only_its_date_moves(api: Api, sandbox: Sandbox) -> None:
    where = path(MINATO, RENEWAL)
    missing = ("cust.limit.schedule.exists", 404, "USAGE_STATUS_RENEWAL_NOT_EXIST")
    assert_breaks(api, sandbox, *missing, "PATCH", where, {"applyDate": "2026-02-20"})
    assert_breaks(api, sandbox, *missing, "DELETE", where)
    schedule(api)
    second = ("cust.limit.schedule.one", 409, "USAGE_STATUS_RENEWAL_ALREADY_EXIST")
    assert_breaks(api, sandbox, *second, "POST", where, LATER)
    number = ("cust.limit.schedule.dateonly", 400, "INVALID_PARAMETER")
    assert_breaks(api, sandbox, *number, "PATCH", where, LATER)
    assert api("PATCH", where, {}).json()["code"] == "MISSING_PARAMETER"


@keeps("cust.limit.replaces")
@pytest.mark.parametrize("limit", [30, None])
def test_setting_the_limit_deletes_the_scheduled_change(api: Api, limit: int | None) -> None:
    schedule(api)

    assert "renewal" not in patch(api, MINATO, maxMemberCount=limit)


@breaks("cust.limit.replaces")
def test_setting_the_withdrawal_date_leaves_the_scheduled_change(api: Api) -> None:
    schedule(api, LEAFWORKS)

    assert patch(api, LEAFWORKS, withdrawalDate="2026-06-01")["renewal"] == LATER


def limit_left_from_a_monthly_contract(api: Api, sandbox: Sandbox) -> dict[str, object]:
    """Let a monthly contract with a limit renew as an annual one, and return the usage status then."""
    patch(api, MINATO, maxMemberCount=500)
    [monthly] = done(api, "GET", path(MINATO, "/subscriptions"))["subscriptions"]
    renewal = path(MINATO, f"/subscriptions/{monthly['subscriptionId']}/renewal")
    done(api, "PATCH", renewal, {"type": "CHANGE", "plan": "ANNUAL_LICENSE", "licenseCount": 600})
    sandbox.set_clock(str(date.fromisoformat(monthly["planEndDate"]) + timedelta(days=1)))
    return status_of(api, MINATO)


@keeps("cust.usagestatus.sentalong")
def test_a_limit_left_from_a_monthly_contract_can_be_sent_along(api: Api, sandbox: Sandbox) -> None:
    before = limit_left_from_a_monthly_contract(api, sandbox)
    tomorrow = str(date.fromisoformat(sandbox.control("GET", "/clock")["businessDate"]) + timedelta(days=1))

    assert patch(api, MINATO, maxMemberCount=500, withdrawalDate=tomorrow) == before | {"withdrawalDate": tomorrow}


@breaks("cust.usagestatus.sentalong")
def test_another_limit_than_the_present_one_keeps_to_the_rules(api: Api, sandbox: Sandbox) -> None:
    limit_left_from_a_monthly_contract(api, sandbox)

    body = {"maxMemberCount": 501, "withdrawalDate": None}
    assert_breaks(api, sandbox, "cust.limit.monthly", 403, "FORBIDDEN", "PATCH", path(MINATO, USAGE), body)


def test_a_limit_is_scheduled_for_a_day_on_which_the_contract_is_monthly(api: Api, sandbox: Sandbox) -> None:
    [annual] = done(api, "GET", path(HIKARI, "/subscriptions"))["subscriptions"]
    after = str(date.fromisoformat(annual["planEndDate"]) + timedelta(days=1))
    later = {"applyDate": after, "maxMemberCount": 40}
    assert_breaks(api, sandbox, "cust.limit.monthly", 403, "FORBIDDEN", "POST", path(HIKARI, RENEWAL), later)

    renewal = path(HIKARI, f"/subscriptions/{annual['subscriptionId']}/renewal")
    done(api, "PATCH", renewal, {"type": "CHANGE", "plan": "MONTHLY"})

    assert schedule(api, HIKARI, **later)["renewal"] == later
