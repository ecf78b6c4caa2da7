"""
One way through for each change of an existing customer: proposed, confirmed, sent by a real worker, read back.

What the preview promised is what is read back: every line of the evidence says so.
"""

from typing import Any

import pytest
from pydantic import BaseModel

from customers.models import Customer
from customers.rules.cancellation import CustomerDelete, Stay, Withdrawal
from customers.rules.domains import Activate, DomainChange, DomainRegister, DomainRemove
from customers.rules.profile import CustomerEdit, CustomerReplace
from customers.rules.usage_status import LimitMove, LimitSchedule, LimitSet, LimitUnschedule
from portal.operations import reconciliation
from portal.operations.chains import NotAllowed
from portal.operations.commands import COMMANDS
from portal.operations.manual_calls import BadCall, propose_by_hand
from portal.operations.models import Operation
from portal.operations.presentation import evidence
from portal.operations.states import State
from portal.vendor.client import OPERATIONS, Refused
from tests.support.orders import day, order, rest
from tests.support.portal import (
    PAID_ADVANCED,
    PAID_MONTHLY,
    PAID_PREPAID,
    WITHOUT_CONTRACT,
    WITHOUT_CONTRACT_OF_A_GROUP,
    People,
    ReadIn,
    SignIn,
)
from tests.support.reads import do_outside
from tests.support.sandbox import Sandbox

NOTES = {"customer_code": "C-9", "enable_partner_profile_display": False, "memo": ""}
WHOLE = {"company_name": "つばめ運輸", "phone_number": "03-1", "time_zone": "Asia/Seoul", "locale": "ko_KR"}
SCHEDULED = {"applyDate": str(day(20)), "maxMemberCount": 40}
REGISTERED = {"domain": "tsubame.example"}
DOMAIN_OF_A_GROUP = WITHOUT_CONTRACT_OF_A_GROUP

pytestmark = pytest.mark.usefixtures("worker")


def unproved(sandbox: Sandbox, domain_id: int) -> None:
    """Let a customer have a domain that is not active yet, with all that an activation asks for."""
    do_outside(sandbox, "createUpgradeDomain", domain_id, REGISTERED)
    sandbox.control("POST", f"/customers/{domain_id}", {"hasDns": True})


def schedule(sandbox: Sandbox, domain_id: int) -> None:
    do_outside(sandbox, "createUsageStatusRenewal", domain_id, SCHEDULED)


def leave_later(sandbox: Sandbox, domain_id: int) -> None:
    do_outside(sandbox, "patchUsageStatus", domain_id, {"withdrawalDate": str(day(40))})


def register(sandbox: Sandbox, domain_id: int) -> None:
    do_outside(sandbox, "createUpgradeDomain", domain_id, REGISTERED)


def nothing(_sandbox: Sandbox, _domain_id: int) -> None:
    return


JOURNEYS: list[tuple[str, int, Any, BaseModel, dict[str, Any]]] = [
    ("patchCustomer", WITHOUT_CONTRACT, nothing,
     CustomerEdit(phone_number="03-9", partnership={"memo": "要確認", "enable_partner_profile_display": True}),
     {"phoneNumber": "03-9", "partnership": {"memo": "要確認", "enablePartnerProfileDisplay": True}}),
    ("updateCustomer", WITHOUT_CONTRACT, nothing, CustomerReplace.model_validate({**WHOLE, "partnership": NOTES}),
     {"companyName": "つばめ運輸", "locale": "ko_KR",
      "partnership": {"customerCode": "C-9", "enablePartnerProfileDisplay": False, "memo": ""}}),
    ("patchUsageStatus.limit", PAID_MONTHLY, schedule, LimitSet(max_member_count=70), {"maxMemberCount": 70}),
    ("patchUsageStatus.limit", PAID_MONTHLY, nothing, LimitSet(max_member_count=55), {"maxMemberCount": 55}),
    ("createUsageStatusRenewal", PAID_MONTHLY, nothing, LimitSchedule(apply_date=day(9), max_member_count=45),
     {"renewal": {"applyDate": str(day(9)), "maxMemberCount": 45}}),
    ("patchUsageStatusRenewal", PAID_MONTHLY, schedule, LimitMove(apply_date=day(9)),
     {"renewal": {"applyDate": str(day(9)), "maxMemberCount": 40}}),
    ("deleteUsageStatusRenewal", PAID_MONTHLY, schedule, LimitUnschedule(), {}),
    ("patchUsageStatus.withdrawal", PAID_MONTHLY, schedule, Withdrawal(withdrawal_date=day(30)),
     {"withdrawalDate": str(day(30))}),
    ("patchUsageStatus.withdrawal", PAID_ADVANCED, leave_later, Withdrawal(withdrawal_date=day(30)),
     {"withdrawalDate": str(day(30))}),
    ("patchUsageStatus.stay", PAID_ADVANCED, leave_later, Stay(withdrawal_date=None), {"withdrawalDate": None}),
    ("createUpgradeDomain", DOMAIN_OF_A_GROUP, nothing, DomainRegister(domain="tsubame.example"), REGISTERED),
    ("deleteUpgradeDomain", DOMAIN_OF_A_GROUP, register, DomainRemove(), REGISTERED),
    ("changeDomain", DOMAIN_OF_A_GROUP, unproved, DomainChange(domain="tsubame.example"),
     {"domain": "tsubame.example", "domainType": "DOMAIN"}),
    ("changeDomain", DOMAIN_OF_A_GROUP, nothing, DomainChange(domain="suzume.by-works.com"),
     {"domain": "suzume.by-works.com", "domainType": "DOMAIN"}),
]  # fmt: skip


def settle(people: People, customer: Customer, kind: str, request: BaseModel) -> Operation:
    return rest(order(people.account_manager, customer, request, COMMANDS[kind]))


@pytest.mark.parametrize(("kind", "domain_id", "prepare", "request_", "effect"), JOURNEYS)
def test_it_is_sent_once_and_seen(
    kind: str,
    domain_id: int,
    prepare: Any,
    request_: BaseModel,
    effect: dict[str, Any],
    people: People,
    sandbox: Sandbox,
    read_in: ReadIn,
) -> None:
    prepare(sandbox, domain_id)
    before = len(sandbox.ledger())

    operation = settle(people, read_in(domain_id), kind, request_)

    assert operation.state == State.SUCCEEDED, operation.problem
    [done] = sandbox.ledger()[before:]
    assert (done["operation"], done["domainId"]) == (COMMANDS[kind].operation, domain_id)
    for name, value in effect.items():
        if isinstance(value, dict):
            assert value.items() <= done["what"][name].items()
        else:
            assert done["what"][name] == value
    told = evidence(operation)
    assert {fact.tells for fact in told} <= {"As requested", "Unchanged"}, told
    assert "As requested" in {fact.tells for fact in told}


@pytest.fixture
def new_customer(sandbox: Sandbox) -> int:
    """A customer with a domain of its own that is not active yet."""
    wanted = {
        "domain": "hibari.example", "companyName": "ひばり商事", "phoneNumber": "03-1", "timeZone": "Asia/Tokyo",
        "locale": "ja_JP",
    }  # fmt: skip
    made = sandbox.control("POST", "/outside", {"operation": "createCustomer", "body": wanted})["body"]
    return int(made["domainId"])


def test_a_domain_is_activated(people: People, sandbox: Sandbox, read_in: ReadIn, new_customer: int) -> None:
    sandbox.control("POST", f"/customers/{new_customer}", {"hasDns": True, "acceptedTerms": True})

    operation = settle(people, read_in(new_customer), "activateCustomer", Activate(terms_accepted=True))

    assert operation.state == State.SUCCEEDED
    assert {fact.tells for fact in evidence(operation)} == {"As requested", "Unchanged"}
    assert Customer.objects.get(pk=new_customer).enable_active_domain


def test_an_activation_by_hand_states_that_the_terms_are_accepted(
    people: People, sandbox: Sandbox, read_in: ReadIn, new_customer: int
) -> None:
    read_in(new_customer)
    activate, given = OPERATIONS["activateCustomer"], {"domainId": new_customer}

    with pytest.raises(NotAllowed, match="accept the terms"):
        propose_by_hand(activate, given, by=people.administrator)
    with pytest.raises(BadCall, match="dnsEntered"):
        propose_by_hand(activate, given | {"dnsEntered": True}, by=people.administrator)
    assert not Operation.objects.exists()
    operation = propose_by_hand(activate, given | {"termsAccepted": True}, by=people.administrator)

    assert operation.request == {"termsAccepted": True}
    assert [effect for effect in sandbox.ledger(new_customer) if effect["operation"] == "activateCustomer"] == []


def test_what_the_vendor_will_not_activate_yet_it_refuses(people: People, read_in: ReadIn, new_customer: int) -> None:
    operation = settle(people, read_in(new_customer), "activateCustomer", Activate(terms_accepted=True))

    assert (operation.state, operation.vendor_code) == (State.REFUSED, "FORBIDDEN")


class TestDeletion:
    def test_a_customer_that_is_gone_is_seen_to_be_gone(
        self, people: People, sandbox: Sandbox, read_in: ReadIn, sign_in: SignIn
    ) -> None:
        operation = settle(people, read_in(PAID_PREPAID), "deleteCustomer", CustomerDelete())

        assert operation.state == State.SUCCEEDED, operation.problem
        assert operation.answers.get().exchanges[-1]["status"] == 204
        assert Customer.objects.get(pk=PAID_PREPAID).removed_at
        told = evidence(operation)
        assert {fact.tells for fact in told} == {"As requested", "Unchanged"}, told
        page = sign_in(people.support).get(operation.get_absolute_url()).content.decode()
        assert "The customer was deleted. LINE WORKS no longer lists it." in page
        page = sign_in(people.account_manager).get(f"/customers/{PAID_PREPAID}/").content.decode()
        assert "LINE WORKS no longer lists this customer." in page

    def test_one_that_has_to_wait_is_said_not_to_be_deleted_yet(
        self, people: People, sandbox: Sandbox, read_in: ReadIn, sign_in: SignIn
    ) -> None:
        sandbox.control("POST", f"/customers/{PAID_PREPAID}", {"hasSlowApp": True})

        operation = settle(people, read_in(PAID_PREPAID), "deleteCustomer", CustomerDelete())

        assert operation.state == State.SUCCEEDED, operation.problem
        assert operation.answers.get().exchanges[-1]["status"] == 202
        assert not Customer.objects.get(pk=PAID_PREPAID).removed_at
        assert {fact.tells for fact in evidence(operation)} == {"As requested", "Unchanged"}
        page = sign_in(people.support).get(operation.get_absolute_url()).content.decode()
        assert "The customer is pending cancellation and is deleted on 2 Feb 2026. This can’t be undone." in page

    @pytest.mark.parametrize(("fault", "state"), [("cut_after", State.SUCCEEDED), ("cut_before", State.NOT_APPLIED)])
    def test_without_a_clear_answer_the_readings_tell(
        self, fault: str, state: State, people: People, sandbox: Sandbox, read_in: ReadIn
    ) -> None:
        sandbox.fault("deleteCustomer", fault)

        operation = settle(people, read_in(PAID_PREPAID), "deleteCustomer", CustomerDelete())

        assert operation.state == state
        assert sandbox.calls()["deleteCustomer"] == 1

    @pytest.mark.parametrize(
        ("read", "status", "code", "proof"),
        [
            ("getCustomer", 404, "CUSTOMER_NOT_EXIST", True),
            ("getUsageStatus", 404, "CUSTOMER_NOT_EXIST", True),
            ("getCustomer", 404, "NOT_FOUND", True),
            ("getCustomer", 410, "DELETED", True),
            ("getUsageStatus", 404, "NOT_FOUND", False),
            ("listOptionProducts", 404, "OPTION_PRODUCT_NOT_EXIST", False),
            ("getCustomer", 404, "", False),
            ("getCustomer", 403, "ACCESS_DENIED", False),
        ],
    )
    def test_only_the_word_of_the_vendor_is_proof(self, read: str, status: int, code: str, proof: bool) -> None:
        """A proxy on the way says 404 too, and without LINE WORKS's words for a customer that is not there."""
        refusal = Refused(read, status=status, code=code, description="")

        assert reconciliation._says_that_the_customer_is_gone(refusal) == proof


def test_an_edit_of_what_has_moved_since_is_not_sent(people: People, sandbox: Sandbox, read_in: ReadIn) -> None:
    """For other orders a new phone number is no matter; for an edit all that the page showed counts."""
    customer = read_in(WITHOUT_CONTRACT)
    do_outside(sandbox, "patchCustomer", WITHOUT_CONTRACT, {"phoneNumber": "06-1"})

    operation = settle(people, customer, "patchCustomer", CustomerEdit(company_name="つばめ"))

    assert operation.state == State.STALE
    assert sandbox.calls()["patchCustomer"] == 0
