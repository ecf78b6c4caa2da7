"""What needs a second person, whom an approval can come from, and what exactly it is bound to."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import reverse

from customers.models import Customer
from portal.accounts.models import User
from portal.accounts.people import set_role
from portal.accounts.roles import Role
from portal.operations import execution
from portal.operations.approval_topics import SUGGESTED, Level, Topic
from portal.operations.approvals import Part, Policy, set_policy
from portal.operations.manual_calls import propose_by_hand
from portal.operations.models import ApprovalPolicy, Operation
from portal.operations.services import approve, confirm
from portal.operations.snapshots import Snapshot
from portal.operations.states import State
from portal.vendor.client import OPERATIONS
from subscriptions.commands.pre_orders import ADD_PRE_ORDER, DELETE_PRE_ORDER, MOVE_PRE_ORDER
from subscriptions.rules.pre_orders import PreOrderDelete, PreOrderMove
from tests.support.orders import REASON, ask, day, happened, order, pre_order, rest
from tests.support.policies import ENDS, MANY, PRE_ORDERS, SCHEDULES, filled_in
from tests.support.portal import WITHOUT_CONTRACT, People, ReadIn, SignIn
from tests.support.sandbox import Sandbox
from tests.support.worker import Worker

OUTSIDE = {"applyDate": str(day(9)), "productId": "STD", "plan": "MONTHLY"}
NOTHING_SEEN = Snapshot({"customer": (), "subscriptions": (), "pre_orders": ()})
ADD = Part(ADD_PRE_ORDER, NOTHING_SEEN, pre_order(license_count=10))
MOVE = Part(MOVE_PRE_ORDER, NOTHING_SEEN, PreOrderMove(pre_order_id=1, apply_date=day(9)))
DELETE = Part(DELETE_PRE_ORDER, NOTHING_SEEN, PreOrderDelete(pre_order_id=1))


@pytest.mark.parametrize(
    ("policy", "parts", "needed"),
    [
        (Policy(), [ADD, MOVE, DELETE], 0),
        (Policy(PRE_ORDERS), [ADD], 1),
        (Policy(PRE_ORDERS), [MOVE, DELETE], 0),
        (Policy(SCHEDULES), [DELETE], 1),
        (Policy(SCHEDULES), [MOVE, DELETE], 1),
        (Policy(SCHEDULES), [ADD], 0),
        (Policy(MANY, licenses_above=9), [ADD], 1),
        (Policy(MANY, licenses_above=10), [ADD], 0),
        (Policy(MANY, licenses_above=10), [ADD, ADD], 1),
        (Policy(MANY, licenses_above=0), [MOVE, DELETE], 0),
        (Policy(PRE_ORDERS | SCHEDULES | MANY, licenses_above=5), [ADD, DELETE], 3),
    ],
)
def test_what_one_person_may_not_have_sent_alone(policy: Policy, parts: list[Part], needed: int) -> None:
    assert len(policy.reasons(parts)) == needed


class TestPolicy:
    def test_each_decision_leaves_its_trace_and_the_latest_counts(
        self, people: People, second_administrator: User
    ) -> None:
        set_policy(PRE_ORDERS | ENDS | MANY, licenses_above=100, by=people.administrator)
        set_policy(PRE_ORDERS | MANY, licenses_above=50, by=people.administrator)
        set_policy(PRE_ORDERS | MANY, licenses_above=50, by=people.administrator)
        set_policy(PRE_ORDERS | MANY, licenses_above=50, by=second_administrator)

        assert Policy.at_present() == Policy(PRE_ORDERS | MANY, 50)
        decided = ApprovalPolicy.objects.order_by("pk").values_list("topic", "level", "above")
        assert list(decided) == [
            ("many_licenses", "second_person", 100),
            ("subscription", "second_person", None),
            ("customer_end", "second_person", None),
            ("many_licenses", "second_person", 50),
            ("customer_end", "none", None),
            ("customer_end", "none", None),
        ]
        agreed = ApprovalPolicy.objects.latest("pk")
        assert (agreed.decided_by_name, agreed.agreed_by_name) == (str(people.administrator), "山田 恵")

    def test_an_administrator_sets_it_on_its_page(self, people: People, sign_in: SignIn) -> None:
        browser, page = sign_in(people.administrator), reverse("operations:policy")

        wrong = [
            browser.post(page, given).status_code
            for given in (
                filled_in(SCHEDULES, licenses_above=-1),
                filled_in(SCHEDULES, licenses_above=""),
                filled_in(SCHEDULES) | {"schedule": "nobody"},
                {"schedule": "administrator", "licenses_above": "10"},
            )
        ]
        between = Policy.at_present()
        browser.post(page, filled_in(SCHEDULES | MANY, licenses_above=20))

        assert (wrong, between) == ([422] * 4, Policy())
        assert Policy.at_present() == Policy(SCHEDULES | MANY, 20)
        shown = browser.get(page).content.decode()
        assert 'value="20"' in shown
        assert "Second person, more than 20" in shown

    def test_a_suggestion_shows_where_it_is_another_level_and_is_saved_by_the_button_alone(
        self, people: People, sign_in: SignIn
    ) -> None:
        browser, page = sign_in(people.administrator), reverse("operations:policy")

        before = browser.get(page).content.decode()
        filled = browser.get(page, {"suggested": ""})

        strict = [level for level in SUGGESTED.values() if level != Level.NONE]
        assert before.count("Suggested: ") == len(strict)
        assert "Suggested: " not in filled.content.decode()
        assert not ApprovalPolicy.objects.exists()
        form = filled.context["form"]
        browser.post(page, {name: form[name].value() for name in form.fields})
        assert Policy.at_present().levels == {topic: level for topic, level in SUGGESTED.items() if level != Level.NONE}

    def test_what_waits_for_the_administrator_is_on_top(
        self, people: People, synced_customer: Customer, sign_in: SignIn
    ) -> None:
        set_policy(PRE_ORDERS, by=people.administrator)
        operation = order(people.account_manager, synced_customer)

        shown = sign_in(people.administrator).get(reverse("operations:policy")).content.decode()

        assert shown.index(operation.get_absolute_url()) < shown.index("Use suggested levels")

    def test_an_administrators_approval_is_given_by_administrators_alone(
        self, people: People, synced_customer: Customer, sign_in: SignIn
    ) -> None:
        set_policy({Topic.SUBSCRIPTION: Level.ADMINISTRATOR}, by=people.administrator)
        operation = order(people.account_manager, synced_customer)
        assert (operation.state, operation.approval_level) == (State.AWAITING_APPROVAL, Level.ADMINISTRATOR)
        manager, address = sign_in(people.second_manager), operation.get_absolute_url()

        shown = manager.get(address).content.decode()
        answers = [
            manager.post(reverse(f"operations:{name}", args=[operation.pk]), {"note": REASON}).status_code
            for name in ("approve", "return", "reject")
        ]

        operation.refresh_from_db()
        assert (answers, operation.state) == ([403] * 3, State.AWAITING_APPROVAL)
        assert 'id="approve"' not in shown
        assert str(people.administrator) in shown
        assert str(people.second_manager) not in shown.partition("can approve the request")[0][-400:]
        assert address not in manager.get(reverse("operations:list"), {"group": "to_approve"}).content.decode()
        assert approve(operation, by=people.administrator).state == State.QUEUED

    def test_what_was_submitted_keeps_the_level_of_that_time(self, people: People, synced_customer: Customer) -> None:
        set_policy(PRE_ORDERS, by=people.administrator)
        operation = order(people.account_manager, synced_customer)
        set_policy({Topic.SUBSCRIPTION: Level.ADMINISTRATOR}, by=people.administrator)

        assert approve(operation, by=people.second_manager).state == State.QUEUED

    def test_an_approver_who_is_no_administrator_any_more_stops_it(
        self, people: People, synced_customer: Customer, sandbox: Sandbox
    ) -> None:
        set_policy({Topic.SUBSCRIPTION: Level.ADMINISTRATOR}, by=people.administrator)
        operation = approve(order(people.account_manager, synced_customer), by=people.administrator)
        set_role(people.administrator, Role.ACCOUNT_MANAGER)

        execution.send(operation)

        operation.refresh_from_db()
        assert (operation.state, sandbox.calls()["addPreOrder"]) == (State.UNASSIGNED, 0)

    def test_licenses_up_to_the_number_go_with_one_person(self, people: People, synced_customer: Customer) -> None:
        set_policy(MANY, licenses_above=10, by=people.administrator)

        assert order(people.account_manager, synced_customer, pre_order(license_count=10)).state == State.QUEUED
        assert order(people.account_manager, synced_customer, pre_order(license_count=11)).state == (
            State.AWAITING_APPROVAL
        )


@pytest.fixture
def waiting(people: People, synced_customer: Customer) -> Operation:
    """A pre-order that one asked for and another confirmed, and that neither can let go."""
    set_policy(PRE_ORDERS, by=people.administrator)
    return confirm(ask(people.account_manager, synced_customer), by=people.second_manager, reason=REASON)


class TestWhoApproves:
    @pytest.mark.parametrize("who", ["account_manager", "second_manager"])
    def test_not_who_asked_or_confirmed_on_the_page(
        self, who: str, waiting: Operation, people: People, sign_in: SignIn
    ) -> None:
        browser = sign_in(getattr(people, who))

        shown = browser.get(waiting.get_absolute_url()).content.decode()
        answer = browser.post(reverse("operations:approve", args=[waiting.pk]))

        waiting.refresh_from_db()
        assert (answer.status_code, waiting.state) == (403, State.AWAITING_APPROVAL)
        assert 'id="approve"' not in shown

    @pytest.mark.parametrize("who", ["account_manager", "second_manager"])
    @pytest.mark.parametrize("name", ["confirm", "read", "settle", "detail"])
    def test_nor_through_any_other_address(
        self, name: str, who: str, waiting: Operation, people: People, sign_in: SignIn
    ) -> None:
        fields = {"reason": REASON, "applied": "yes", "how_known": "asked", "approve": "1"}

        sign_in(getattr(people, who)).post(reverse(f"operations:{name}", args=[waiting.pk]), fields)

        waiting.refresh_from_db()
        assert waiting.state == State.AWAITING_APPROVAL

    @pytest.mark.parametrize("who", ["account_manager", "second_manager", "support", "finance"])
    def test_nor_by_the_service(self, who: str, waiting: Operation, people: People) -> None:
        with pytest.raises(PermissionDenied):
            approve(waiting, by=getattr(people, who))

        waiting.refresh_from_db()
        assert waiting.state == State.AWAITING_APPROVAL

    @pytest.mark.parametrize("column", ["proposed_by_id", "confirmed_by_id"])
    def test_nor_past_the_service(self, column: str, waiting: Operation) -> None:
        with pytest.raises(IntegrityError, match="nobody_approves_the_operation_they_asked_for"), transaction.atomic():
            Operation.objects.filter(pk=waiting.pk).update(
                state=State.QUEUED, approved_by_id=getattr(waiting, column), approved_digest="made up"
            )

    def test_nor_by_asking_again_on_the_command_line(
        self, sandbox: Sandbox, people: People, synced_customer: Customer
    ) -> None:
        """Each command is an operation of its own, so a second one by somebody else approves nothing."""
        set_policy(PRE_ORDERS, by=people.administrator)
        sandbox.reset_calls()
        given = json.dumps({"domainId": synced_customer.pk, **OUTSIDE})

        for person in (people.administrator, people.second_manager):
            with pytest.raises(CommandError, match="Awaiting approval"):
                call_command(
                    "partner_api",
                    "addPreOrder",
                    "--json",
                    given,
                    "--yes-write",
                    "--reason",
                    REASON,
                    "--by",
                    person.email,
                )

        assert [operation.state for operation in Operation.objects.all()] == [State.AWAITING_APPROVAL] * 2
        assert sandbox.calls()["addPreOrder"] == 0

    def test_a_third_person_does_and_sees_what_for(self, waiting: Operation, people: People, sign_in: SignIn) -> None:
        browser = sign_in(people.administrator)
        waits = browser.get(reverse("operations:list"), {"group": "approval"})
        shown = browser.get(waiting.get_absolute_url()).content.decode()

        browser.post(reverse("operations:approve", args=[waiting.pk]))

        tab = waits.context["tabs"].current
        assert (str(tab.label), tab.count) == ("Awaiting approval", 1)
        assert waiting.get_absolute_url() in waits.content.decode()
        assert REASON in shown
        assert 'id="approve"' in shown
        waiting.refresh_from_db()
        assert (waiting.state, waiting.approved_by_id) == (State.QUEUED, people.administrator.pk)
        confirmed, approved = (waiting.events.get(what=what).details["digest"] for what in ("confirmed", "approved"))
        assert confirmed == approved == waiting.approved_digest


OTHER_WISH = pre_order(license_count=999).model_dump(mode="json", by_alias=True, exclude_unset=True)
TAMPERED: dict[str, dict[str, Any]] = {
    "request": {"request": OTHER_WISH},
    "baseline": {"baseline": {"customer": [], "subscriptions": [], "pre_orders": []}},
    "kind": {"kind": "deletePreOrder", "request": {"preOrderId": 1}},
    "customer": {"domain_id": 300_000_001},
    "secret": {"encrypted_secrets": b"another"},
}


class TestWhatAnApprovalIsBoundTo:
    @pytest.mark.parametrize("columns", TAMPERED.values(), ids=TAMPERED.keys())
    def test_it_cannot_be_given_to_anything_else_than_was_confirmed(
        self, columns: dict[str, Any], waiting: Operation, people: People
    ) -> None:
        Operation.objects.filter(pk=waiting.pk).update(**columns)

        operation = approve(waiting, by=people.administrator)

        assert (operation.state, happened(operation)[-1]) == (State.STALE, "approval lapsed")

    @pytest.mark.parametrize("columns", [TAMPERED["request"], TAMPERED["secret"]], ids=["request", "secret"])
    def test_it_does_not_send_anything_else_than_was_approved(
        self, columns: dict[str, Any], waiting: Operation, people: People, sandbox: Sandbox
    ) -> None:
        operation = approve(waiting, by=people.administrator)
        Operation.objects.filter(pk=operation.pk).update(**columns)

        execution.send(operation)

        operation.refresh_from_db()
        assert (operation.state, happened(operation)[-1]) == (State.STALE, "approval lapsed")
        assert sandbox.calls()["addPreOrder"] == 0

    def test_what_a_reading_found_since_lets_it_lapse(
        self, waiting: Operation, people: People, sandbox: Sandbox, read_in: ReadIn
    ) -> None:
        sandbox.add_pre_order_outside(
            WITHOUT_CONTRACT, {"applyDate": str(day(9)), "productId": "STD", "plan": "MONTHLY"}
        )
        read_in(WITHOUT_CONTRACT)

        operation = approve(waiting, by=people.administrator)

        assert (operation.state, happened(operation)[-1]) == (State.STALE, "changed since the review")
        assert operation.events.get(what="changed since the review").details == {"moved": ["pre_orders"]}

    def test_what_moves_after_it_stops_the_order(self, waiting: Operation, people: People, sandbox: Sandbox) -> None:
        operation = approve(waiting, by=people.administrator)
        sandbox.add_pre_order_outside(
            WITHOUT_CONTRACT, {"applyDate": str(day(9)), "productId": "STD", "plan": "MONTHLY"}
        )

        execution.send(operation)

        operation.refresh_from_db()
        assert operation.state == State.STALE
        assert sandbox.calls()["addPreOrder"] == 0

    def test_the_day_that_went_by_before_it(self, waiting: Operation, people: People, sandbox: Sandbox) -> None:
        sandbox.move_clock(20)

        operation = approve(waiting, by=people.administrator)

        assert (operation.state, happened(operation)[-1]) == (State.STALE, "no longer allowed")

    def test_a_reading_that_found_the_same_leaves_it_good(
        self, worker: Worker, people: People, synced_customer: Customer, read_in: ReadIn, sandbox: Sandbox
    ) -> None:
        set_policy(PRE_ORDERS, by=people.administrator)
        operation = order(people.account_manager, synced_customer)
        read_in(WITHOUT_CONTRACT)

        operation = rest(approve(operation, by=people.second_manager))

        assert operation.state == State.SUCCEEDED
        assert len(sandbox.ledger(WITHOUT_CONTRACT)) == 1


NEW_POLICIES: dict[str, Callable[[People], object]] = {
    "its kind": lambda people: set_policy(PRE_ORDERS, by=people.administrator),
    "its licenses": lambda people: set_policy(MANY, licenses_above=9, by=people.administrator),
}


@pytest.mark.parametrize("tighten", NEW_POLICIES.values(), ids=NEW_POLICIES.keys())
def test_what_was_confirmed_under_an_older_policy_is_not_sent_by_one_person(
    tighten: Callable[[People], object], people: People, synced_customer: Customer, sandbox: Sandbox
) -> None:
    operation = order(people.account_manager, synced_customer)
    assert operation.state == State.QUEUED
    tighten(people)

    execution.send(operation)

    operation.refresh_from_db()
    assert (operation.state, happened(operation)[-1]) == (State.STALE, "approval needed now")
    assert sandbox.calls()["addPreOrder"] == 0


def test_a_change_that_is_sent_by_hand_waits_too(people: People, synced_customer: Customer, sandbox: Sandbox) -> None:
    set_policy(ENDS, by=people.administrator)
    given = {"domainId": synced_customer.pk}
    operation = propose_by_hand(OPERATIONS["deleteCustomer"], given, by=people.administrator)

    operation = confirm(operation, by=people.administrator, reason=REASON)

    assert operation.state == State.AWAITING_APPROVAL
    with pytest.raises(PermissionDenied):
        approve(operation, by=people.administrator)
