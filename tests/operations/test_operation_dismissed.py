"""What people decided who were deactivated, deleted or given another role since: not sent before a take-over."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from customers.models import Customer
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.operations import execution
from portal.operations.approvals import set_policy
from portal.operations.bundle_presentation import detail
from portal.operations.bundle_repair import finish
from portal.operations.models import Operation
from portal.operations.services import approve, confirm, withdraw
from portal.operations.states import BundleState, State
from tests.operations.test_bundles import carry_out, confirmed, customer, present, proposed, told  # noqa: F401  a fixture
from tests.support.orders import REASON, ask, happened, order, outcomes, reach, rest
from tests.support.policies import PRE_ORDERS, SCHEDULES
from tests.support.portal import People, SignIn
from tests.support.sandbox import Sandbox
from tests.support.worker import Worker

NO_LONGER = "person no longer allowed"


def deactivate(person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)


def change_role(person: User) -> None:
    person.groups.set([Group.objects.get(name=Role.SUPPORT)])


def delete(person: User) -> None:
    User.objects.filter(pk=person.pk).delete()


WAYS = [deactivate, change_role, delete]
way = pytest.mark.parametrize("dismiss", WAYS)


@way
def test_a_queued_request_of_a_dismissed_person_is_sent_once_somebody_takes_it_over(
    dismiss: Callable[[User], None],
    no_worker: Worker,
    sandbox: Sandbox,
    people: People,
    synced_customer: Customer,
    sign_in: SignIn,
) -> None:
    operation = order(people.account_manager, synced_customer)
    dismiss(people.account_manager)

    no_worker.start()
    reach(operation, State.UNASSIGNED)

    assert sandbox.ledger(synced_customer.pk) == []
    assert sandbox.calls()["addPreOrder"] == 0
    assert happened(operation)[-1] == NO_LONGER
    browser = sign_in(people.second_manager)
    listed = browser.get(reverse("operations:list"), {"group": "unassigned"}).content.decode()
    page = browser.get(operation.get_absolute_url()).content.decode()
    assert operation.get_absolute_url() in listed
    assert "Another person needs to take over this request." in page
    assert "佐藤 美咲" in page.partition("submitted or approved the request")[0]

    browser.post(reverse("operations:confirm", args=[operation.pk]), {"reason": "引き継ぎ"})
    rest(operation)

    assert operation.state == State.SUCCEEDED
    assert (operation.confirmed_by_id, operation.reason) == (people.second_manager.pk, "引き継ぎ")
    assert operation.events.get(what="taken over").by_id == people.second_manager.pk
    assert outcomes(operation) == ["accepted"]
    assert len(sandbox.ledger(synced_customer.pk)) == 1


@pytest.fixture
def unassigned(people: People, synced_customer: Customer, sandbox: Sandbox) -> Operation:
    """A request that an account manager confirmed, who was dismissed before it was sent."""
    sandbox.reset_calls()
    operation = order(people.account_manager, synced_customer)
    deactivate(people.account_manager)
    execution.send(operation)
    operation.refresh_from_db()
    assert operation.state == State.UNASSIGNED
    return operation


class TestUnassigned:
    def test_it_is_not_sent_whatever_asks_for_it(self, unassigned: Operation, sandbox: Sandbox) -> None:
        execution.send(unassigned)

        unassigned.refresh_from_db()
        assert (unassigned.state, sandbox.calls()["addPreOrder"]) == (State.UNASSIGNED, 0)
        assert unassigned not in Operation.objects.all().to_send(unassigned.state_at)

    @pytest.mark.parametrize("who", ["account_manager", "support", "finance"])
    def test_only_people_with_the_permission_take_it_over(
        self, who: str, unassigned: Operation, people: People
    ) -> None:
        person = User.objects.get(pk=getattr(people, who).pk)

        with pytest.raises(PermissionDenied):
            confirm(unassigned, by=person, reason=REASON)
        with pytest.raises(PermissionDenied):
            withdraw(unassigned, by=person)

        unassigned.refresh_from_db()
        assert unassigned.state == State.UNASSIGNED

    def test_taking_over_needs_a_reason(self, unassigned: Operation, people: People, sign_in: SignIn) -> None:
        browser = sign_in(people.second_manager)

        answer = browser.post(reverse("operations:confirm", args=[unassigned.pk]), {"reason": " "})

        unassigned.refresh_from_db()
        assert (answer.status_code, unassigned.state) == (422, State.UNASSIGNED)

    def test_it_can_be_canceled(self, unassigned: Operation, people: People, sandbox: Sandbox) -> None:
        assert withdraw(unassigned, by=people.second_manager)

        unassigned.refresh_from_db()
        assert (unassigned.state, sandbox.calls()["addPreOrder"]) == (State.CANCELED, 0)

    def test_other_requests_for_the_customer_are_not_held_up(
        self, unassigned: Operation, people: People, synced_customer: Customer, sandbox: Sandbox
    ) -> None:
        other = order(people.second_manager, synced_customer)

        execution.send(other)

        assert len(sandbox.ledger(synced_customer.pk)) == 1

    def test_the_policy_of_today_holds_for_the_take_over(self, unassigned: Operation, people: People) -> None:
        set_policy(PRE_ORDERS, by=people.administrator)

        operation = confirm(unassigned, by=people.second_manager, reason=REASON)

        assert operation.state == State.AWAITING_APPROVAL
        with pytest.raises(PermissionDenied):
            approve(operation, by=people.second_manager)
        assert approve(operation, by=people.administrator).state == State.QUEUED


class TestApproval:
    @pytest.fixture
    def waiting(self, people: People, synced_customer: Customer, sandbox: Sandbox) -> Operation:
        set_policy(PRE_ORDERS, by=people.administrator)
        sandbox.reset_calls()
        return confirm(ask(people.account_manager, synced_customer), by=people.account_manager, reason=REASON)

    @way
    def test_an_approval_does_not_count_once_its_approver_is_dismissed(
        self, dismiss: Callable[[User], None], waiting: Operation, people: People, sandbox: Sandbox
    ) -> None:
        operation = approve(waiting, by=people.second_manager)
        dismiss(people.second_manager)

        execution.send(operation)

        operation.refresh_from_db()
        assert (operation.state, happened(operation)[-1]) == (State.UNASSIGNED, NO_LONGER)
        assert operation.events.get(what=NO_LONGER).details == {"people": ["伊藤 翔"]}
        assert sandbox.calls()["addPreOrder"] == 0

        again = confirm(operation, by=people.account_manager, reason=REASON)
        assert (again.state, again.approved_by_id, again.approved_digest) == (State.AWAITING_APPROVAL, None, "")
        execution.send(approve(again, by=people.administrator))
        assert sandbox.calls()["addPreOrder"] == 1

    def test_what_a_dismissed_person_confirmed_cannot_be_approved(
        self, waiting: Operation, people: People, sandbox: Sandbox
    ) -> None:
        deactivate(people.account_manager)

        operation = approve(waiting, by=people.second_manager)

        assert (operation.state, operation.approved_by_id) == (State.UNASSIGNED, None)

    def test_an_approver_whose_role_changed_cannot_approve(self, waiting: Operation, people: People) -> None:
        change_role(people.second_manager)

        with pytest.raises(PermissionDenied):
            approve(waiting, by=User.objects.get(pk=people.second_manager.pk))

        waiting.refresh_from_db()
        assert waiting.state == State.AWAITING_APPROVAL


def test_a_request_that_is_tried_again_later_is_checked_again(
    people: People, synced_customer: Customer, sandbox: Sandbox
) -> None:
    operation = order(people.account_manager, synced_customer)
    sandbox.fault("addPreOrder", "too_many")
    execution.send(operation)
    operation.refresh_from_db()
    assert (operation.state, operation.tries) == (State.QUEUED, 1)
    deactivate(people.account_manager)

    execution.send(operation)

    operation.refresh_from_db()
    assert (operation.state, operation.tries) == (State.UNASSIGNED, 0)
    assert sandbox.ledger(synced_customer.pk) == []


class TestBundles:
    def test_a_step_of_a_dismissed_person_stops_the_bundle_and_somebody_else_finishes_it(
        self,
        customer: Customer,  # noqa: F811  the fixture
        people: People,
        sandbox: Sandbox,
    ) -> None:
        bundle = carry_out(confirmed(customer, people))
        deactivate(people.account_manager)

        bundle = carry_out(bundle)

        assert (bundle.state, present(bundle).state) == (BundleState.STOPPED, State.STALE)
        assert happened(present(bundle))[-1] == NO_LONGER
        assert detail(bundle, people.second_manager)["former_people"] == ["佐藤 美咲"]
        assert sandbox.calls()["deletePreOrder"] == 0
        other = finish(bundle, by=people.second_manager)
        other = carry_out(confirm(other, by=people.second_manager, reason=REASON))
        assert other.state == BundleState.SUCCEEDED
        assert sandbox.calls()["deletePreOrder"] == 1

    def test_no_step_is_made_for_a_dismissed_person(
        self,
        customer: Customer,  # noqa: F811  the fixture
        people: People,
        sandbox: Sandbox,
    ) -> None:
        bundle = confirmed(customer, people)
        execution.send(present(bundle))
        deactivate(people.account_manager)

        bundle = carry_out(bundle)

        assert (bundle.state, told(bundle)[-1]) == (BundleState.STOPPED, NO_LONGER)
        assert Operation.objects.count() == 1
        assert detail(bundle, people.second_manager)["former_people"] == ["佐藤 美咲"]
        assert sandbox.calls()["deletePreOrder"] == 0

    def test_a_bundle_that_a_dismissed_person_confirmed_stops_when_it_is_approved(
        self,
        customer: Customer,  # noqa: F811  the fixture
        people: People,
        sandbox: Sandbox,
    ) -> None:
        set_policy(SCHEDULES, by=people.administrator)
        bundle = confirm(proposed(customer, people), by=people.account_manager, reason=REASON)
        deactivate(people.account_manager)

        bundle = approve(bundle, by=people.administrator)

        assert (bundle.state, told(bundle)[-1]) == (BundleState.STOPPED, NO_LONGER)
        assert not Operation.objects.exists()
        assert [step.kind for step in finish(bundle, by=people.second_manager).steps.all()] == [
            "updatePreOrder",
            "deletePreOrder",
        ]
