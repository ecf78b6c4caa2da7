"""
Partnerdesk's rules and the sandbox state LINE WORKS's rules about customers twice, apart from each other; here they
check each other on made-up wishes.

What the documented rules stop the sandbox refuses, and what no rule stops or warns of it accepts. Where only rules of
our own stand against a wish (``ours``), or one that LINE WORKS documents for an older operation, it may do either.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import requests
from hypothesis import event, given
from hypothesis import strategies as st
from pydantic import BaseModel

from customers.rules.cancellation import Withdrawal, day_of_deletion
from customers.rules.domains import DomainChange, DomainRegister
from customers.rules.profile import CustomerEdit
from customers.rules.usage_status import LimitMove, LimitSchedule, LimitSet
from portal.core.rules import Verdict
from portal.dev.sandbox.inferred import end_of_pending
from portal.operations.commands import COMMANDS
from portal.operations.snapshots import Snapshot
from portal.sync.resources import Target
from portal.vendor.client import OPERATIONS
from portal.vendor.connection.api import partner_api
from portal.vendor.ratelimit import Priority
from tests.support.examples import made_up
from tests.support.orders import day
from tests.support.portal import PAID_ADVANCED, PAID_MONTHLY, TODAY, TRIAL_OF_A_GROUP, WITHOUT_CONTRACT
from tests.support.reads import do_outside
from tests.support.sandbox import Sandbox

CUSTOMERS = [PAID_ADVANCED, PAID_MONTHLY, TRIAL_OF_A_GROUP, WITHOUT_CONTRACT]
# Warnings that LINE WORKS may refuse: it is documented elsewhere, or LINE WORKS alone knows.
MAY_REFUSE = {"cust.limit.monthly", "cust.limit.free", "cust.limit.trial", "cust.activate.dns"}
examples = made_up(25)
customers = st.sampled_from(CUSTOMERS)
days = st.one_of(st.sampled_from([-1, 0, 1, 30, 365, 366]).map(day), st.integers(-9, 400).map(day))
limits = st.one_of(st.none(), st.sampled_from([-1, 0, 1, 30, 31, 1000, 1001, 1_000_000, 1_000_001]))
texts = st.text(st.sampled_from("つP3-* a"), max_size=4)
details = st.fixed_dictionaries(
    {"partnership": st.fixed_dictionaries(
        {"enable_partner_profile_display": st.booleans()},
        optional={
            "memo": st.sampled_from(["", "x", "つ" * 700, "つ" * 701]),
            "customer_code": st.sampled_from(["", "C-1", "つ" * 66, "つ" * 67]),
        },
    )},
    optional={
        "company_name": st.sampled_from(["つ" * 40, "つ" * 41, ""]) | texts,
        "phone_number": st.sampled_from(["03-1", "03 1", ""]) | texts,
        "time_zone": st.sampled_from(["Asia/Tokyo", "Asia/Edo", "UTC", ""]),
        "locale": st.sampled_from(["ja_JP", "ko_KR", "de_DE", ""]),
    },
)  # fmt: skip
domains = st.sampled_from(
    ["a.example", "b.example", "a", "A.example", "-a.example", "a--b.example", "a.by-works.com", "x.by-works.net", ""]
)

Call = Callable[[str, int, BaseModel], tuple[Verdict, bool]]


@pytest.fixture
def call(db: None, vendor_settings: None, sandbox: Sandbox) -> Iterator[Call]:
    """Asks the rules about a wish in the state of the moment, and then the sandbox, plainly."""
    api = partner_api(Priority.PEOPLE)
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {sandbox.get_token()}"

        def ask(kind: str, domain_id: int, wish: BaseModel) -> tuple[Verdict, bool]:
            write, target = COMMANDS[kind], Target(domain_id)
            state = Snapshot({each.name: tuple(each.read(api, target).records) for each in write.resources})
            verdict = write.evaluate(state, wish, date.fromisoformat(TODAY))
            operation = OPERATIONS[write.operation]
            body = wish.model_dump(mode="json", by_alias=True, exclude_unset=True)
            url = f"{sandbox.api_url}{operation.address({'domainId': domain_id})}"
            answer = session.request(operation.http_method, url, json=body, timeout=30)
            assert answer.ok or 400 <= answer.status_code < 500, answer.text
            return verdict, answer.ok

        yield ask


def agree(verdict: Verdict, accepted: bool) -> None:
    documented = [problem for problem in verdict.problems if not problem.rule.ours]
    uncertain = {finding.rule.id for finding in verdict.consequences} & MAY_REFUSE
    if documented:
        event("stopped by a documented rule")
        assert not accepted, [str(problem) for problem in documented]
    elif verdict.allowed and not uncertain:
        event("allowed")
        assert accepted
    else:
        event("nobody knows")


@examples
@given(domain_id=customers, wish=details)
def test_details(call: Call, domain_id: int, wish: dict[str, Any]) -> None:
    agree(*call("patchCustomer", domain_id, CustomerEdit.model_validate(wish)))


@examples
@given(domain_id=customers, limit=limits)
def test_limit(call: Call, domain_id: int, limit: int | None) -> None:
    agree(*call("patchUsageStatus.limit", domain_id, LimitSet(max_member_count=limit)))


@examples
@given(domain_id=customers, limit=limits, on=days)
def test_scheduled_limit(call: Call, domain_id: int, limit: int | None, on: date) -> None:
    agree(*call("createUsageStatusRenewal", domain_id, LimitSchedule(apply_date=on, max_member_count=limit)))


@examples
@given(domain_id=customers, on=days, is_scheduled=st.booleans())
def test_moved_limit(call: Call, sandbox: Sandbox, domain_id: int, on: date, is_scheduled: bool) -> None:
    # Setting the limit now gives up what an earlier example has scheduled.
    do_outside(sandbox, "patchUsageStatus", domain_id, {"maxMemberCount": None})
    if is_scheduled:
        do_outside(sandbox, "createUsageStatusRenewal", domain_id, {"applyDate": str(day(9))})
    agree(*call("patchUsageStatusRenewal", domain_id, LimitMove(apply_date=on)))


@examples
@given(domain_id=customers, on=days)
def test_withdrawal(call: Call, domain_id: int, on: date) -> None:
    agree(*call("patchUsageStatus.withdrawal", domain_id, Withdrawal(withdrawal_date=on)))


@examples
@given(domain_id=customers, domain=domains, is_registered=st.booleans(), has_dns=st.booleans())
def test_domains(call: Call, sandbox: Sandbox, domain_id: int, domain: str, is_registered: bool, has_dns: bool) -> None:
    sandbox.reset()
    if is_registered and domain_id == TRIAL_OF_A_GROUP:
        do_outside(sandbox, "createUpgradeDomain", domain_id, {"domain": "a.example"})
        sandbox.control("POST", f"/customers/{domain_id}", {"hasDns": has_dns})
    agree(*call("createUpgradeDomain", domain_id, DomainRegister(domain=domain)))
    agree(*call("changeDomain", domain_id, DomainChange(domain=domain)))


def test_the_day_of_a_pending_deletion() -> None:
    """The sandbox works it out by itself; of any day of two years it says the same."""
    for ahead in range(800):
        assert day_of_deletion(day(ahead)) == end_of_pending(day(ahead))
