"""Several changes confirmed once: carried out step by step, stopped where one fails, finished or put back by people."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, transaction

from customers.models import Customer
from portal.operations import execution, reconciliation, recovery
from portal.operations.approvals import set_policy
from portal.operations.bundle_presentation import detail
from portal.operations.bundle_repair import CannotRepair, finish, put_back
from portal.operations.bundles import propose_bundle
from portal.operations.chains import NotAllowed
from portal.operations.commands import COMMANDS, Step
from portal.operations.models import Bundle, BundleStep, Operation
from portal.operations.reconciliation import decide
from portal.operations.services import approve, confirm, withdraw
from portal.operations.states import BUNDLE_STEPS, BundleState, State
from subscriptions.commands.pre_orders import ADD_PRE_ORDER, DELETE_PRE_ORDER, MOVE_PRE_ORDER
from subscriptions.rules.pre_orders import OPTIONS_STAY, PreOrderDelete, PreOrderMove
from tests.support.orders import REASON, day, happened, monthly, order, pre_order, stored_bundle
from tests.support.policies import MANY, SCHEDULES
from tests.support.portal import WITHOUT_CONTRACT, People, ReadIn
from tests.support.sandbox import Sandbox
from tests.support.waiting import wait_for
from tests.support.worker import Worker, purge

FIRST, SECOND = 9, 12


@pytest.fixture
def customer(sandbox: Sandbox, read_in: ReadIn) -> Customer:
    """A customer with two pre-orders."""
    for ahead, product in ((FIRST, "STD"), (SECOND, "ADV")):
        wish = {"applyDate": str(day(ahead)), "productId": product, "plan": "MONTHLY"}
        sandbox.add_pre_order_outside(WITHOUT_CONTRACT, wish)
    customer = read_in(WITHOUT_CONTRACT)
    sandbox.reset_calls()
    return customer


def move_and_delete(customer: Customer, to: int = 20) -> list[Step]:
    """The first pre-order to another day, and the second one away."""
    first, second = customer.pre_orders.order_by("apply_date").values_list("pre_order_id", flat=True)
    return [
        Step(MOVE_PRE_ORDER, PreOrderMove(pre_order_id=first, apply_date=day(to))),
        Step(DELETE_PRE_ORDER, PreOrderDelete(pre_order_id=second)),
    ]


def proposed(customer: Customer, people: People, steps: list[Step] | None = None) -> Bundle:
    return propose_bundle(
        steps or move_and_delete(customer),
        domain_id=customer.pk,
        customer_name=str(customer),
        by=people.account_manager,
    )


def confirmed(customer: Customer, people: People, steps: list[Step] | None = None) -> Bundle:
    return confirm(proposed(customer, people, steps), by=people.account_manager, reason=REASON)


def operations_of(bundle: Bundle) -> list[Operation | None]:
    return [step.operation for step in bundle.steps.select_related("operation")]


def present(bundle: Bundle) -> Operation:
    """Return the operation of the latest step whose turn has come."""
    return Operation.objects.filter(bundle_step__bundle=bundle).order_by("-bundle_step__number")[0]


def carry_out(bundle: Bundle) -> Bundle:
    """Do for the present step what a worker would do: send it, and read it back once."""
    operation = present(bundle)
    execution.send(operation)
    reconciliation.look(operation)
    bundle.refresh_from_db()
    return bundle


def told(bundle: Bundle) -> list[str]:
    return list(bundle.events.values_list("what", flat=True))


def at_rest(bundle: Bundle, *, sweeping: bool = False) -> Bundle:
    def arrived() -> bool:
        if sweeping:
            recovery.sweep()
        bundle.refresh_from_db()
        return bundle.state in (BundleState.SUCCEEDED, BundleState.STOPPED)

    wait_for(arrived, f"{bundle} comes to rest")
    return bundle


class TestProposal:
    def test_it_shows_all_and_sends_nothing(self, customer: Customer, people: People, sandbox: Sandbox) -> None:
        bundle = proposed(customer, people)

        page = detail(bundle, people.account_manager)
        assert bundle.state == BundleState.PROPOSED
        titles = [COMMANDS[kind].title for kind in ("updatePreOrder", "deletePreOrder")]
        assert [row.title for row in page["steps"]] == titles
        changed = [(fact.before, fact.expected) for fact in page["evidence"] if fact.changes]
        assert len(changed) == 2
        assert changed[1][1] == "None"
        assert {stored["rule"] for stored in bundle.consequences} >= {"sub.preorder.options", "sub.preorder.final"}
        assert not Operation.objects.exists()
        assert sandbox.calls() == {}

    def test_what_another_step_takes_care_of_is_not_said(self, customer: Customer, people: People) -> None:
        bundle = propose_bundle(
            move_and_delete(customer), domain_id=customer.pk, customer_name="-", by=people.account_manager,
            answered={OPTIONS_STAY.id},
        )  # fmt: skip

        assert "sub.preorder.options" not in {stored["rule"] for stored in bundle.consequences}

    def test_each_step_is_judged_in_the_state_that_those_before_it_leave(
        self, customer: Customer, people: People
    ) -> None:
        move, delete = move_and_delete(customer)
        gone = Step(MOVE_PRE_ORDER, PreOrderMove(pre_order_id=delete.request.pre_order_id, apply_date=day(20)))  # type: ignore[attr-defined]  # of a deletion

        with pytest.raises(NotAllowed, match="no longer lists"):
            proposed(customer, people, [delete, gone])
        with pytest.raises(NotAllowed, match="already"):
            proposed(customer, people, [move, move])

        assert not Bundle.objects.exists()

    def test_it_has_a_step(self, customer: Customer, people: People) -> None:
        with pytest.raises(ValueError, match="a step"):
            propose_bundle([], domain_id=customer.pk, customer_name="-", by=people.account_manager)

    @pytest.mark.parametrize("role", ["support", "finance"])
    def test_support_and_finance_do_nothing_with_it(self, role: str, customer: Customer, people: People) -> None:
        person, bundle = getattr(people, role), proposed(customer, people)
        decisions: list[Callable[[], object]] = [
            lambda: propose_bundle(move_and_delete(customer), domain_id=customer.pk, customer_name="-", by=person),
            lambda: confirm(bundle, by=person, reason=REASON),
            lambda: approve(bundle, by=person),
            lambda: withdraw(bundle, by=person),
        ]

        for decide_so in decisions:
            with pytest.raises(PermissionDenied):
                decide_so()

        assert [told(each) for each in Bundle.objects.all()] == [["proposed"]]


class TestConfirmation:
    def test_one_reason_for_all_and_twice_is_once(self, customer: Customer, people: People) -> None:
        bundle = confirmed(customer, people)

        confirm(bundle, by=people.second_manager, reason="another")

        first, second = operations_of(bundle)
        assert first is not None
        assert (first.state, first.reason, second) == (State.QUEUED, REASON, None)
        assert told(bundle) == ["proposed", "confirmed"]
        assert Operation.objects.count() == 1

    def test_not_without_a_reason(self, customer: Customer, people: People) -> None:
        with pytest.raises(ValueError, match="reason"):
            confirm(proposed(customer, people), by=people.account_manager, reason=" ")

    def test_the_day_that_went_by_makes_it_stale(self, customer: Customer, people: People, sandbox: Sandbox) -> None:
        bundle = proposed(customer, people, move_and_delete(customer, to=1))
        sandbox.move_clock(1)

        bundle = confirm(bundle, by=people.account_manager, reason=REASON)

        assert (bundle.state, told(bundle)) == (BundleState.STALE, ["proposed", "no longer allowed"])
        assert not Operation.objects.exists()

    def test_it_is_cancelled_before_anything_was_sent(self, customer: Customer, people: People) -> None:
        bundle = proposed(customer, people)

        assert withdraw(bundle, by=people.account_manager)
        assert not withdraw(bundle, by=people.account_manager)

        assert not Bundle.objects.exists()


class TestCarryingOut:
    def test_step_by_step_to_the_end(
        self, worker: Worker, customer: Customer, people: People, sandbox: Sandbox
    ) -> None:
        bundle = at_rest(confirmed(customer, people))

        assert (bundle.state, told(bundle)) == (BundleState.SUCCEEDED, ["proposed", "confirmed", "done"])
        sent = [effect["operation"] for effect in sandbox.ledger(customer.pk)][-2:]
        assert sent == ["updatePreOrder", "deletePreOrder"]
        first, second = operations_of(bundle)
        assert first is not None
        assert second is not None
        assert (first.state, second.state) == (State.SUCCEEDED, State.SUCCEEDED)
        assert second.baseline == first.after
        facts = detail(bundle, people.support)["evidence"]
        assert {fact.tells for fact in facts} == {"As requested", "Unchanged"}
        assert [fact.changes for fact in facts] == sorted((fact.changes for fact in facts), reverse=True)

    def test_the_last_reading_of_a_step_is_what_the_next_one_saw(
        self, customer: Customer, people: People, sandbox: Sandbox
    ) -> None:
        bundle = carry_out(confirmed(customer, people))
        wish = {"applyDate": str(day(15)), "productId": "STD", "plan": "MONTHLY"}
        sandbox.add_pre_order_outside(customer.pk, wish)

        bundle = carry_out(bundle)

        assert (bundle.state, present(bundle).state) == (BundleState.STOPPED, State.STALE)
        assert sandbox.calls()["deletePreOrder"] == 0

    def test_rules_that_no_longer_allow_the_next_step_stop_it_before_it_is_made(
        self, customer: Customer, people: People, sandbox: Sandbox
    ) -> None:
        steps = move_and_delete(customer)
        steps.append(Step(ADD_PRE_ORDER, pre_order(apply_date=day(1))))
        bundle = carry_out(confirmed(customer, people, steps))
        operation = present(bundle)
        execution.send(operation)
        sandbox.move_clock(1)
        reconciliation.look(operation)

        bundle.refresh_from_db()
        assert (bundle.state, told(bundle)[-1]) == (BundleState.STOPPED, "no longer allowed")
        assert operations_of(bundle)[2] is None
        page = detail(bundle, people.account_manager)
        assert (page["stopped_at"], [problem.rule.id for problem in page["problems"]]) == (3, ["sub.preorder.window"])

    def test_other_orders_for_the_customer_wait_until_it_is_over(
        self, customer: Customer, people: People, sandbox: Sandbox
    ) -> None:
        bundle = confirmed(customer, people)
        other = order(people.second_manager, customer, monthly(apply_date=day(25)))
        execution.send(other)
        between = (Operation.objects.get(pk=other.pk).state, sandbox.calls()["addPreOrder"])

        carry_out(carry_out(bundle))
        execution.send(other)

        other.refresh_from_db()
        assert between == (State.QUEUED, 0)
        assert (bundle.state, other.state) == (BundleState.SUCCEEDED, State.STALE)

    def test_it_goes_no_further_when_somebody_stops_it(
        self, customer: Customer, people: People, sandbox: Sandbox
    ) -> None:
        bundle = carry_out(confirmed(customer, people))

        assert withdraw(bundle, by=people.account_manager)

        bundle.refresh_from_db()
        assert (bundle.state, present(bundle).state) == (BundleState.STOPPED, State.CANCELED)
        assert sandbox.calls()["deletePreOrder"] == 0

    def test_a_worker_that_dies_on_the_way_leaves_it_to_the_next_one(
        self, worker: Worker, customer: Customer, people: People, sandbox: Sandbox
    ) -> None:
        sandbox.fault("updatePreOrder", "latency", seconds=5.0)
        bundle = confirmed(customer, people)
        wait_for(lambda: sandbox.calls()["updatePreOrder"], "the first step reaches the vendor")
        wait_for(lambda: sandbox.ledger(customer.pk, operation="updatePreOrder"), "the vendor commits it")
        worker.kill()
        purge()
        worker.start()

        bundle = at_rest(bundle, sweeping=True)

        assert bundle.state == BundleState.SUCCEEDED
        assert (sandbox.calls()["updatePreOrder"], sandbox.calls()["deletePreOrder"]) == (1, 1)

    def test_the_sweep_goes_on_where_nobody_followed(self, customer: Customer, people: People) -> None:
        bundle = confirmed(customer, people)
        operation = present(bundle)
        execution.send(operation)
        # As if the step had been taken without its bundle being told.
        Operation.objects.filter(pk=operation.pk).update(
            state=State.SUCCEEDED, after=operation.baseline, after_read_at=operation.baseline_read_at
        )

        recovery.sweep()
        recovery.sweep()

        assert [operation is not None for operation in operations_of(bundle)] == [True, True]


def stopped(customer: Customer, people: People, sandbox: Sandbox, steps: list[Step] | None = None) -> Bundle:
    """A bundle whose first step is done and whose second one LINE WORKS refused."""
    sandbox.fault("deletePreOrder", "error_400")
    return carry_out(carry_out(confirmed(customer, people, steps)))


class TestRepair:
    def test_a_refused_step_stops_it_and_both_ways_are_offered(
        self, customer: Customer, people: People, sandbox: Sandbox
    ) -> None:
        bundle = stopped(customer, people, sandbox)

        page = detail(bundle, people.account_manager)
        assert (bundle.state, told(bundle)[-1]) == (BundleState.STOPPED, "stopped")
        assert [operation.state for operation in operations_of(bundle) if operation] == [State.SUCCEEDED, State.REFUSED]
        assert (page["stopped_at"], page["may_finish"], page["may_put_back"]) == (2, True, True)

    def test_the_rest_is_done_as_a_new_bundle(self, customer: Customer, people: People, sandbox: Sandbox) -> None:
        bundle = stopped(customer, people, sandbox)

        rest = finish(bundle, by=people.second_manager)
        before = detail(bundle, people.account_manager)
        rest = carry_out(confirm(rest, by=people.second_manager, reason=REASON))

        assert [step.kind for step in rest.steps.all()] == ["deletePreOrder"]
        assert (rest.state, rest.purpose, rest.continues) == (BundleState.SUCCEEDED, "finish", bundle)
        assert (before["may_finish"], before["continued_by"]) == (True, []), "a draft of somebody else is no way out"
        page = detail(bundle, people.account_manager)
        assert (page["may_finish"], page["may_put_back"], page["continued_by"]) == (False, False, [rest])

    def test_what_is_done_is_put_back(self, customer: Customer, people: People, sandbox: Sandbox) -> None:
        bundle = stopped(customer, people, sandbox)

        back = carry_out(confirm(put_back(bundle, by=people.account_manager), by=people.account_manager, reason=REASON))

        assert (back.state, back.purpose) == (BundleState.SUCCEEDED, "put_back")
        assert sorted(customer.pre_orders.current().values_list("apply_date", flat=True)) == [day(FIRST), day(SECOND)]

    def test_the_latest_is_put_back_first_and_every_kind_has_its_way(
        self, customer: Customer, people: People, sandbox: Sandbox
    ) -> None:
        """A pre-order deleted, one added, one moved, then a refusal: back to what there was, but for the numbers."""
        move, delete = move_and_delete(customer)
        steps = [delete, Step(ADD_PRE_ORDER, pre_order(apply_date=day(5))), move]
        bundle = carry_out(carry_out(confirmed(customer, people, steps)))
        sandbox.fault("updatePreOrder", "error_400")
        bundle = carry_out(bundle)

        back = confirm(put_back(bundle, by=people.account_manager), by=people.account_manager, reason=REASON)
        kinds = [step.kind for step in back.steps.all()]
        back = carry_out(carry_out(back))

        assert kinds == ["deletePreOrder", "addPreOrder"]
        assert back.state == BundleState.SUCCEEDED
        present_days = customer.pre_orders.current().values_list("apply_date", "product_id")
        assert sorted(present_days) == [(day(FIRST), "STD"), (day(SECOND), "ADV")]

    def test_only_one_of_two_people_goes_on(self, customer: Customer, people: People, sandbox: Sandbox) -> None:
        bundle = stopped(customer, people, sandbox)
        rest, back = finish(bundle, by=people.second_manager), put_back(bundle, by=people.account_manager)

        rest = confirm(rest, by=people.second_manager, reason=REASON)
        back = confirm(back, by=people.account_manager, reason=REASON)

        assert (rest.state, back.state) == (BundleState.RUNNING, BundleState.STALE)
        assert told(back) == ["proposed", "continued by another"]
        assert not back.steps.exclude(operation=None).exists()
        with pytest.raises(CannotRepair):
            put_back(bundle, by=people.account_manager)

    def test_a_person_has_one_draft_of_what_becomes_of_it(
        self, customer: Customer, people: People, sandbox: Sandbox
    ) -> None:
        bundle = stopped(customer, people, sandbox)

        rest, back = finish(bundle, by=people.account_manager), put_back(bundle, by=people.account_manager)

        assert rest.pk == back.pk
        assert bundle.continued_by.get().purpose == "put_back"

    def test_an_outcome_that_nobody_knows_is_settled_first(
        self, customer: Customer, people: People, sandbox: Sandbox
    ) -> None:
        sandbox.fault("updatePreOrder", "cut_before")
        bundle = confirmed(customer, people)
        operation = present(bundle)
        execution.send(operation)
        Operation.objects.filter(pk=operation.pk).update(state=State.UNDECIDED)
        recovery.sweep()
        bundle.refresh_from_db()
        page = detail(bundle, people.account_manager)
        with pytest.raises(CannotRepair):
            finish(bundle, by=people.account_manager)

        operation.refresh_from_db()
        decide(operation, applied=False, how_known="asked", by=people.account_manager)

        assert (bundle.state, page["unsettled"], page["may_finish"]) == (BundleState.STOPPED, [operation], False)
        assert [step.kind for step in finish(bundle, by=people.account_manager).steps.all()] == [
            "updatePreOrder",
            "deletePreOrder",
        ]

    def test_a_last_step_that_was_applied_after_all_makes_it_done(
        self, customer: Customer, people: People, sandbox: Sandbox
    ) -> None:
        sandbox.fault("deletePreOrder", "cut_before")
        bundle = carry_out(confirmed(customer, people))
        operation = present(bundle)
        execution.send(operation)
        operation.refresh_from_db()

        decide(operation, applied=True, how_known="asked", by=people.account_manager)

        bundle.refresh_from_db()
        assert (bundle.state, told(bundle)[-2:]) == (BundleState.SUCCEEDED, ["stopped", "done after all"])

    def test_what_has_no_way_back_is_said(self, customer: Customer, people: People, sandbox: Sandbox) -> None:
        bundle = stopped(customer, people, sandbox)
        Operation.objects.filter(bundle_step__bundle=bundle, state=State.SUCCEEDED).update(before=None)

        page = detail(bundle, people.account_manager)

        assert (page["may_put_back"], page["no_way_back"]) == (False, ["Step 1: Reschedule pre-order"])
        with pytest.raises(CannotRepair):
            put_back(bundle, by=people.account_manager)


class TestApproval:
    @pytest.fixture
    def waiting(self, customer: Customer, people: People) -> Bundle:
        """A bundle of which one step needs a second person; one asked for it, another confirmed it."""
        set_policy(SCHEDULES, by=people.administrator)
        return confirm(proposed(customer, people), by=people.second_manager, reason=REASON)

    def test_all_of_it_waits_for_a_second_person(self, waiting: Bundle, people: People, sandbox: Sandbox) -> None:
        for person in (people.account_manager, people.second_manager, people.support):
            with pytest.raises(PermissionDenied):
                approve(waiting, by=person)
        waiting.refresh_from_db()
        before = (waiting.state, Operation.objects.count())

        bundle = carry_out(carry_out(approve(waiting, by=people.administrator)))

        assert before == (BundleState.AWAITING_APPROVAL, 0)
        assert bundle.state == BundleState.SUCCEEDED
        approvers = {operation.approved_by_id for operation in operations_of(bundle) if operation}
        assert approvers == {people.administrator.pk}

    @pytest.mark.parametrize("column", ["proposed_by_id", "confirmed_by_id"])
    def test_nor_past_the_service(self, column: str, waiting: Bundle) -> None:
        with pytest.raises(IntegrityError, match="nobody_approves_the_bundle"), transaction.atomic():
            Bundle.objects.filter(pk=waiting.pk).update(approved_by_id=getattr(waiting, column))

    def test_licenses_are_counted_over_all_steps(self, customer: Customer, people: People) -> None:
        set_policy(MANY, licenses_above=15, by=people.administrator)
        two = [Step(ADD_PRE_ORDER, pre_order(license_count=10)), Step(ADD_PRE_ORDER, pre_order(license_count=6))]

        assert confirmed(customer, people, two).state == BundleState.AWAITING_APPROVAL
        assert confirmed(customer, people, two[:1]).state == BundleState.RUNNING

    def test_it_lapses_when_a_reading_finds_something_else(
        self, waiting: Bundle, people: People, sandbox: Sandbox, read_in: ReadIn
    ) -> None:
        wish = {"applyDate": str(day(15)), "productId": "STD", "plan": "MONTHLY"}
        sandbox.add_pre_order_outside(WITHOUT_CONTRACT, wish)
        read_in(WITHOUT_CONTRACT)

        bundle = approve(waiting, by=people.administrator)

        assert (bundle.state, told(bundle)[-1]) == (BundleState.STALE, "changed since the review")

    def test_it_lapses_when_what_was_seen_is_not_what_was_confirmed(self, waiting: Bundle, people: People) -> None:
        Bundle.objects.filter(pk=waiting.pk).update(baseline=waiting.baseline | {"subscriptions": []}, domain_id=1)

        bundle = approve(waiting, by=people.administrator)

        assert (bundle.state, told(bundle)[-1]) == (BundleState.STALE, "approval lapsed")

    def test_a_policy_that_is_tightened_on_the_way_stops_it(
        self, customer: Customer, people: People, sandbox: Sandbox
    ) -> None:
        bundle = carry_out(confirmed(customer, people))
        set_policy(SCHEDULES, by=people.administrator)

        bundle = carry_out(bundle)

        assert (bundle.state, present(bundle).state) == (BundleState.STOPPED, State.STALE)
        assert happened(present(bundle))[-1] == "approval needed now"
        assert sandbox.calls()["deletePreOrder"] == 0


@pytest.mark.django_db
class TestTheDatabase:
    @pytest.mark.parametrize("new", list(BundleState))
    @pytest.mark.parametrize("old", list(BundleState))
    def test_only_the_designed_steps(self, old: BundleState, new: BundleState) -> None:
        bundle = stored_bundle(old)
        if old == new or new in BUNDLE_STEPS.get(old, ()):
            Bundle.objects.filter(pk=bundle.pk).update(state=new)
            return
        with pytest.raises(DatabaseError, match="Invalid transition"), transaction.atomic():
            Bundle.objects.filter(pk=bundle.pk).update(state=new)

    @pytest.mark.parametrize(
        "columns", [{"kind": "deletePreOrder"}, {"request": {}}, {"number": 9}], ids=["kind", "request", "number"]
    )
    def test_what_was_asked_for_stays(self, columns: dict[str, Any]) -> None:
        bundle = stored_bundle(BundleState.PROPOSED)
        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            BundleStep.objects.filter(bundle=bundle).update(**columns)

    def test_nothing_is_deleted(self) -> None:
        bundle = stored_bundle(BundleState.RUNNING)
        for rows in (Bundle.objects.filter(pk=bundle.pk), bundle.steps.all(), bundle.events.all()):
            with pytest.raises(DatabaseError, match=r"Cannot (update or )?delete"), transaction.atomic():
                rows._raw_delete(rows.db)
