"""
The maximum number of users and the day of the platform cancellation, which are sent to LINE WORKS together.

A request for one of them keeps the other: it is sent as it was read, the review names it, and nothing is sent when
it has changed meanwhile. Also which contracts a maximum number of users applies to.
"""

from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from customers.rules import cancellation, usage_status
from customers.rules.cancellation import Stay, Withdrawal
from customers.rules.usage_status import LimitSchedule, LimitSet
from portal.core.rules import Verdict
from portal.operations.commands import COMMANDS
from portal.operations.models import Operation
from portal.operations.services import confirm
from portal.operations.snapshots import Snapshot
from portal.operations.states import State
from portal.vendor import client
from tests.support import vendor_json
from tests.support.orders import REASON, ask, day, rest
from tests.support.portal import PAID_MONTHLY, People, ReadIn
from tests.support.reads import do_outside
from tests.support.sandbox import Sandbox
from tests.support.vendor_json import Json

LEAVES = {"withdrawalDate": str(day(40))}
LIMITED = {"maxMemberCount": 70}
SET, STAY, WITHDRAW = LimitSet(max_member_count=80), Stay(withdrawal_date=None), Withdrawal(withdrawal_date=day(30))
KINDS: dict[str, BaseModel] = {
    "patchUsageStatus.limit": SET, "patchUsageStatus.withdrawal": WITHDRAW, "patchUsageStatus.stay": STAY,
}  # fmt: skip


def sent(operation: Operation) -> Any:
    """Return the body of the last call of an operation, as the exchange keeps it."""
    return operation.answers.get().exchanges[-1]["body"]


@pytest.mark.parametrize(
    ("kind", "before", "body"),
    [
        ("patchUsageStatus.limit", LIMITED | LEAVES, {"maxMemberCount": 80} | LEAVES),
        ("patchUsageStatus.limit", LIMITED, {"maxMemberCount": 80, "withdrawalDate": None}),
        ("patchUsageStatus.withdrawal", LIMITED, LIMITED | {"withdrawalDate": str(day(30))}),
        ("patchUsageStatus.withdrawal", {"maxMemberCount": None} | LEAVES,
         {"maxMemberCount": None, "withdrawalDate": str(day(30))}),
        ("patchUsageStatus.stay", LIMITED | LEAVES, LIMITED | {"withdrawalDate": None}),
    ],
)  # fmt: skip
def test_the_member_that_nobody_asked_for_is_sent_as_it_was_read(
    kind: str, before: Json, body: Json, worker: object, people: People, sandbox: Sandbox, read_in: ReadIn
) -> None:
    do_outside(sandbox, "patchUsageStatus", PAID_MONTHLY, before)

    operation = ask(people.account_manager, read_in(PAID_MONTHLY), KINDS[kind], COMMANDS[kind])
    operation = rest(confirm(operation, by=people.account_manager, reason=REASON))

    assert operation.state == State.SUCCEEDED, operation.problem
    assert sent(operation) == body
    assert sandbox.ledger()[-1]["what"].items() >= body.items()


@pytest.mark.parametrize(
    ("kind", "meanwhile"),
    [
        ("patchUsageStatus.limit", LIMITED | {"withdrawalDate": str(day(50))}),
        ("patchUsageStatus.limit", LIMITED | {"withdrawalDate": None}),
        ("patchUsageStatus.withdrawal", {"maxMemberCount": 71} | LEAVES),
        ("patchUsageStatus.stay", {"maxMemberCount": None} | LEAVES),
    ],
)
def test_nothing_is_sent_when_the_other_member_has_moved_meanwhile(
    kind: str, meanwhile: Json, worker: object, people: People, sandbox: Sandbox, read_in: ReadIn
) -> None:
    do_outside(sandbox, "patchUsageStatus", PAID_MONTHLY, LIMITED | LEAVES)
    operation = ask(people.account_manager, read_in(PAID_MONTHLY), KINDS[kind], COMMANDS[kind])
    do_outside(sandbox, "patchUsageStatus", PAID_MONTHLY, meanwhile)
    ledger = sandbox.ledger()

    operation = rest(confirm(operation, by=people.account_manager, reason=REASON))

    assert operation.state == State.STALE
    assert operation.events.get(what="changed since the review").details == {"moved": ["usage_status"]}
    assert sandbox.ledger() == ledger
    assert sandbox.calls()["patchUsageStatus"] == 0


TODAY = date(2026, 1, 15)


def state(usage: Json | None, *subscriptions: Json) -> Snapshot:
    return Snapshot(
        {
            "customer": [client.Customer.from_vendor(vendor_json.customer())],
            "usage_status": [] if usage is None else [client.UsageStatus.from_vendor(usage)],
            "subscriptions": [client.Subscription.from_vendor(record) for record in subscriptions],
        }
    )


def usage(**changes: Any) -> Json:
    plain = {"renewal": None, "memberCount": 8, "maxMemberCount": 10, "withdrawalDate": None}
    return vendor_json.usage_status(**plain | changes)


def judged(of: Snapshot) -> dict[str, Verdict]:
    return {
        "limit": usage_status.set_limit(of, SET, TODAY),
        "withdrawal": cancellation.withdraw(of, WITHDRAW, TODAY),
        "stay": cancellation.stay(of, STAY, TODAY),
    }


def words(verdict: Verdict) -> list[str]:
    assert verdict.allowed
    return [str(consequence) for consequence in verdict.worst_first()]


def test_the_review_names_the_member_that_stays() -> None:
    both = judged(state(usage(withdrawalDate="2026-03-01")))
    neither = judged(state(usage(maxMemberCount=None)))

    assert "The scheduled platform cancellation stays: 1 Mar 2026." in words(both["limit"])
    assert "The maximum number of users stays: 10." in words(both["withdrawal"])
    assert "The maximum number of users stays: 10." in words(both["stay"])
    assert "The maximum number of users stays: No limit." in words(neither["withdrawal"])
    [shown] = [text for text in words(neither["limit"]) if "shows no scheduled platform cancellation" in text]
    assert "If LINE WORKS has one that it doesn’t show, it is deleted." in shown


def test_the_review_says_that_a_scheduled_maximum_is_deleted_by_each_of_them() -> None:
    """It is deleted when a maximum is set, and one is always sent."""
    scheduled = usage(renewal={"applyDate": "2026-02-01", "maxMemberCount": 100})

    for verdict in judged(state(scheduled)).values():
        assert "The scheduled change (100 from 1 Feb 2026) is also deleted." in words(verdict)


@pytest.mark.parametrize(
    ("present", "stopped"),
    [
        (None, {"limit", "withdrawal", "stay"}),
        # What LINE WORKS shows and does not accept can be set anew, and not be sent along.
        (usage(maxMemberCount=0), {"withdrawal", "stay"}),
    ],
)
def test_what_cannot_be_sent_along_stands_against_it(present: Json | None, stopped: set[str]) -> None:
    found = {name for name, verdict in judged(state(present)).items() if not verdict.allowed}

    assert found == stopped


ANNUAL, END = "ANNUAL_LICENSE", date(2026, 2, 14)


def annual(**renewal: Any) -> Json:
    record = vendor_json.subscription(plan=ANNUAL, planEndDate=END.isoformat())
    return record | {"renewal": record["renewal"] | renewal}


def monthly(then: str) -> Json:
    return annual(type="CHANGE", plan=then) | {"plan": "MONTHLY"}


AFTER = END + timedelta(days=1)
TURNS = {"type": "CHANGE", "plan": "MONTHLY", "licenseCount": None}


@pytest.mark.parametrize(
    ("contract", "limit", "day_", "is_refused"),
    [
        (annual(type="STAY"), 20, AFTER, True),
        (annual(type="STAY"), None, AFTER, False),
        (annual(**TURNS), 20, END, True),
        (annual(**TURNS), 20, AFTER, False),
        (annual(type="CANCEL"), 20, AFTER, False),
        (monthly("MONTHLY"), 20, AFTER, False),
        (monthly(ANNUAL), 20, AFTER, True),
        (vendor_json.subscription(plan=ANNUAL, productId="NTA_SL"), 20, AFTER, False),
    ],
)  # fmt: skip
def test_a_maximum_is_scheduled_only_where_the_contract_is_monthly_by_then(
    contract: Json, limit: int | None, day_: date, is_refused: bool
) -> None:
    wish = LimitSchedule(apply_date=day_, max_member_count=limit)

    verdict = usage_status.schedule_limit(state(usage(), contract), wish, TODAY)

    found = [(problem.rule.id, problem.at) for problem in verdict.problems]
    assert found == ([("cust.limit.monthly", "max_member_count")] if is_refused else [])


@pytest.mark.parametrize(
    ("contract", "limit", "is_refused"),
    [
        (annual(type="STAY"), 20, True),
        (annual(**TURNS), 20, True),
        (annual(type="STAY"), None, False),
        (vendor_json.subscription(plan="MONTHLY"), 20, False),
        (vendor_json.subscription(plan="TRIAL", productId="STD_T"), 20, False),
        (vendor_json.subscription(plan=ANNUAL, productId="NTA_SL"), 20, False),
    ],
)
def test_a_maximum_is_set_only_where_the_contract_is_not_annual(
    contract: Json, limit: int | None, is_refused: bool
) -> None:
    verdict = usage_status.set_limit(state(usage(), contract), LimitSet(max_member_count=limit), TODAY)

    found = [(problem.rule.id, problem.at) for problem in verdict.problems]
    assert found == ([("cust.limit.monthly", "max_member_count")] if is_refused else [])


def test_a_maximum_is_not_offered_where_there_is_none_to_set_or_to_remove() -> None:
    with_one, without = state(usage(), annual(type="STAY")), state(usage(maxMemberCount=None), annual(type="STAY"))
    turning = state(usage(maxMemberCount=None), annual(**TURNS))

    assert [problem.rule.id for problem in usage_status.against_limit(without, TODAY)] == ["cust.limit.monthly"]
    assert [problem.rule.id for problem in usage_status.against_schedule(without, TODAY)] == ["cust.limit.monthly"]
    assert usage_status.against_limit(with_one, TODAY) == []
    assert usage_status.against_schedule(turning, TODAY) == []
