"""What people decide about an operation, and what they may not: nothing of this reaches LINE WORKS."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from customers.models import Customer
from portal.accounts.models import User
from portal.core.clock import now
from portal.operations.approvals import set_policy
from portal.operations.models import ApprovalPolicy, Attempt, Operation
from portal.operations.reconciliation import decide, look
from portal.operations.services import approve, confirm, withdraw
from portal.operations.states import TO_CONFIRM, State
from portal.sync.models import Reading
from subscriptions.rules.pre_orders import PreOrderAdd
from tests.support.orders import REASON, ask, happened, order, stored
from tests.support.policies import PRE_ORDERS
from tests.support.portal import People
from tests.support.sandbox import Sandbox

Decide = Callable[[Operation, User], object]


@pytest.fixture
def second_person(people: People) -> None:
    """Pre-orders need a second person."""
    set_policy(PRE_ORDERS, by=people.administrator)


def test_a_proposal_keeps_who_asked_for_what_and_what_they_saw(
    people: People, synced_customer: Customer, sandbox: Sandbox
) -> None:
    operation = ask(people.account_manager, synced_customer)

    assert operation.state == State.PROPOSED
    assert (operation.proposed_by_id, operation.proposed_by_name) == (people.account_manager.pk, "佐藤 美咲")
    assert (operation.domain_id, operation.customer_name) == (synced_customer.pk, "株式会社つばめ運輸")
    assert PreOrderAdd.model_validate(operation.request).license_count == 10
    assert [seen["domainId"] for seen in operation.baseline["customer"]] == [synced_customer.pk]
    oldest = Reading.objects.filter(domain_id=synced_customer.pk).order_by("read_at")[0]
    assert operation.baseline_read_at == oldest.read_at
    assert {stored["rule"] for stored in operation.consequences} >= {"sub.preorder.starts", "sub.preorder.delete"}
    assert happened(operation) == ["proposed"]


def test_a_confirmation_keeps_its_reason(people: People, synced_customer: Customer) -> None:
    operation = confirm(
        ask(people.account_manager, synced_customer), by=people.account_manager, reason=f" {REASON} ", reference=" T-1 "
    )

    assert (operation.state, operation.reason, operation.reference) == (State.QUEUED, REASON, "T-1")
    confirmed = operation.events.get(what="confirmed")
    assert (confirmed.by_id, confirmed.note) == (people.account_manager.pk, REASON)


@pytest.mark.parametrize("reason", ["", "  ", "\n\t", "\u200b\u2060"])
def test_nobody_confirms_without_a_reason(reason: str, people: People, synced_customer: Customer) -> None:
    operation = ask(people.account_manager, synced_customer)

    with pytest.raises(ValueError, match="reason"):
        confirm(operation, by=people.account_manager, reason=reason)

    operation.refresh_from_db()
    assert operation.state == State.PROPOSED


def test_confirming_again_changes_nothing(people: People, synced_customer: Customer) -> None:
    operation = order(people.account_manager, synced_customer)

    again = confirm(operation, by=people.second_manager, reason="another")

    assert (again.state, again.reason) == (State.QUEUED, REASON)
    assert happened(again) == ["proposed", "confirmed"]


@pytest.mark.parametrize("state", [state for state in State if state not in TO_CONFIRM])
def test_confirming_what_is_further_on_changes_nothing(state: State, people: People) -> None:
    operation = confirm(stored(state), by=people.account_manager, reason="another")

    assert (operation.state, operation.reason, happened(operation)) == (state, REASON, [])


@pytest.mark.parametrize("role", ["support", "finance"])
@pytest.mark.parametrize(
    "decision",
    [
        lambda operation, by: confirm(operation, by=by, reason=REASON),
        lambda operation, by: withdraw(operation, by=by),
        lambda operation, by: approve(operation, by=by),
        lambda operation, by: decide(operation, applied=True, how_known="asked", by=by),
    ],
    ids=["confirm", "withdraw", "approve", "decide"],
)
@pytest.mark.parametrize("state", [State.PROPOSED, State.AWAITING_APPROVAL, State.UNKNOWN])
def test_support_and_finance_decide_nothing(state: State, decision: Decide, role: str, people: People) -> None:
    operation = stored(state)

    with pytest.raises(PermissionDenied):
        decision(operation, getattr(people, role))

    operation.refresh_from_db()
    assert (operation.state, happened(operation)) == (state, [])


@pytest.mark.usefixtures("second_person")
class TestApproval:
    def test_it_waits_for_a_second_person(self, people: People, synced_customer: Customer) -> None:
        operation = order(people.account_manager, synced_customer)
        assert operation.state == State.AWAITING_APPROVAL

        operation = approve(operation, by=people.second_manager)

        assert operation.state == State.QUEUED
        assert happened(operation) == ["proposed", "confirmed", "approved"]
        assert operation.events.get(what="approved").by_id == people.second_manager.pk

    def test_whoever_proposed_cannot_approve(self, people: People, synced_customer: Customer) -> None:
        operation = order(people.account_manager, synced_customer)

        with pytest.raises(PermissionDenied):
            approve(operation, by=people.account_manager)

        operation.refresh_from_db()
        assert operation.state == State.AWAITING_APPROVAL

    def test_neither_can_whoever_confirmed(self, people: People, synced_customer: Customer) -> None:
        operation = ask(people.account_manager, synced_customer)
        operation = confirm(operation, by=people.second_manager, reason=REASON)

        for person in (people.account_manager, people.second_manager):
            with pytest.raises(PermissionDenied):
                approve(operation, by=person)

        assert approve(operation, by=people.administrator).state == State.QUEUED

    def test_approving_before_the_confirmation_lets_nothing_go(self, people: People, synced_customer: Customer) -> None:
        operation = approve(ask(people.account_manager, synced_customer), by=people.second_manager)
        assert operation.state == State.PROPOSED

        operation = confirm(operation, by=people.account_manager, reason=REASON)

        assert operation.state == State.AWAITING_APPROVAL

    def test_approving_twice_is_once(self, people: People, synced_customer: Customer) -> None:
        operation = order(people.account_manager, synced_customer)

        approve(operation, by=people.second_manager)
        operation = approve(operation, by=people.administrator)

        assert happened(operation) == ["proposed", "confirmed", "approved"]

    def test_a_policy_given_up_meanwhile_lets_nothing_go_by_itself(
        self, people: People, synced_customer: Customer, second_administrator: User
    ) -> None:
        operation = order(people.account_manager, synced_customer)

        set_policy({}, by=people.administrator)
        set_policy({}, by=second_administrator)
        operation.refresh_from_db()

        assert operation.state == State.AWAITING_APPROVAL
        assert approve(operation, by=people.second_manager).state == State.QUEUED

    def test_what_was_withdrawn_cannot_be_approved(self, people: People, synced_customer: Customer) -> None:
        operation = order(people.account_manager, synced_customer)

        assert withdraw(operation, by=people.account_manager)

        assert approve(operation, by=people.second_manager).state == State.CANCELED

    def test_only_an_administrator_changes_the_policy(self, people: People) -> None:
        for person in (people.account_manager, people.support, people.finance):
            with pytest.raises(PermissionDenied):
                set_policy({}, by=person)

        assert ApprovalPolicy.objects.get().topic == "subscription"


@pytest.mark.parametrize("state", list(State))
def test_an_operation_is_withdrawn_while_nothing_has_left(state: State, people: People) -> None:
    operation = stored(state, next_try_at=now())
    if state == State.PROPOSED:
        assert withdraw(operation, by=people.account_manager)
        assert not Operation.objects.exists(), "a draft leaves nothing"
        return
    may_be = state in (*TO_CONFIRM, State.AWAITING_APPROVAL, State.QUEUED)

    done = withdraw(operation, by=people.account_manager)

    operation.refresh_from_db()
    assert done is may_be
    assert operation.state == (State.CANCELED if may_be else state)
    assert happened(operation) == ["canceled"] * may_be


@pytest.mark.parametrize(("applied", "end"), [(True, State.SUCCEEDED), (False, State.NOT_APPLIED)])
@pytest.mark.parametrize("state", [State.UNKNOWN, State.UNDECIDED])
def test_a_person_settles_what_nobody_knows(state: State, applied: bool, end: State, people: People) -> None:
    operation = stored(state, next_try_at=now())
    Attempt.objects.create(operation=operation)

    operation = decide(operation, applied=applied, how_known="asked the vendor", by=people.account_manager)

    assert (operation.state, operation.next_try_at) == (end, None)
    decided = operation.events.get(what="result recorded")
    assert (decided.by_id, decided.note) == (people.account_manager.pk, "asked the vendor")


@pytest.mark.parametrize("state", [state for state in State if state not in (State.UNKNOWN, State.UNDECIDED)])
def test_a_person_settles_nothing_else(state: State, people: People) -> None:
    operation = decide(stored(state), applied=True, how_known="asked the vendor", by=people.account_manager)

    assert (operation.state, happened(operation)) == (state, [])


def test_a_decision_says_how_it_is_known(people: People) -> None:
    operation = stored(State.UNDECIDED)

    with pytest.raises(ValueError, match="how it is known"):
        decide(operation, applied=True, how_known="  ", by=people.account_manager)

    operation.refresh_from_db()
    assert operation.state == State.UNDECIDED


def test_nobody_can_say_that_an_order_was_applied_which_never_left(people: People) -> None:
    """Its worker ended before the call. The next reading settles it; until then nobody has anything to decide."""
    operation = stored(State.UNKNOWN, sent_at=None, next_try_at=now() - timedelta(seconds=1))

    operation = decide(operation, applied=True, how_known="asked the vendor", by=people.account_manager)
    assert operation.state == State.UNKNOWN
    look(operation)

    operation.refresh_from_db()
    assert (operation.state, happened(operation)) == (State.NOT_APPLIED, ["never sent"])
