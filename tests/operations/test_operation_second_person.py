"""Nobody is the second person for their own request: not by changing the policy, nor through a file or a repetition."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse

from customers.models import Customer
from portal.accounts.models import User
from portal.bulk import runner
from portal.celery import app
from portal.operations import execution
from portal.operations.approval_topics import Level, Topic
from portal.operations.approvals import Policy, answer_looser_policy, set_policy, waiting_for_agreement
from portal.operations.bundle_repair import finish, put_back
from portal.operations.models import ApprovalPolicy, Operation
from portal.operations.presentation import detail
from portal.operations.services import approve, confirm
from portal.operations.states import BundleState, State
from tests.bulk.files import table, upload, wish
from tests.operations.test_bundles import carry_out, confirmed, customer  # noqa: F401  a fixture
from tests.support.orders import REASON, ask, order, stored
from tests.support.policies import ENDS, MANY, PRE_ORDERS, SCHEDULES, filled_in
from tests.support.portal import People, ReadIn, SignIn
from tests.support.sandbox import Sandbox

STRICT = Policy(PRE_ORDERS | ENDS | MANY, licenses_above=10)
LOOSER = Policy(ENDS | MANY, licenses_above=10)


@pytest.fixture
def strict(people: People) -> None:
    set_policy(STRICT.levels, by=people.administrator)


@pytest.fixture
def loosened(strict: None, people: People) -> ApprovalPolicy:
    """A decision of an administrator that waits for the agreement of another one."""
    set_policy(LOOSER.levels, by=people.administrator)
    [decision] = waiting_for_agreement()
    return decision


class TestPolicy:
    def test_nobody_sends_alone_by_switching_the_policy_off_and_on(
        self, strict: None, people: People, synced_customer: Customer, sandbox: Sandbox, sign_in: SignIn
    ) -> None:
        browser = sign_in(people.administrator)
        sandbox.reset_calls()

        browser.post(reverse("operations:policy"), filled_in({}))
        operation = order(people.administrator, synced_customer)
        execution.send(operation)
        browser.post(reverse("operations:policy"), filled_in(STRICT.levels))
        answer = browser.post(reverse("operations:approve", args=[operation.pk]))

        operation.refresh_from_db()
        assert (operation.state, answer.status_code) == (State.AWAITING_APPROVAL, 403)
        assert sandbox.calls()["addPreOrder"] == 0
        assert Policy.at_present() == STRICT

    @pytest.mark.parametrize(
        ("levels", "most"),
        [
            (ENDS | MANY, 10),
            (PRE_ORDERS | ENDS, 10),
            (STRICT.levels, 11),
            ({**STRICT.levels, Topic.MANY_LICENSES: Level.ADMINISTRATOR}, 11),
        ],
        ids=["a topic less", "any number", "a greater number", "an administrator for a greater number"],
    )
    def test_what_is_looser_waits_for_another_administrator(
        self, levels: dict[Topic, Level], most: int, strict: None, people: People, second_administrator: User
    ) -> None:
        set_policy(levels, licenses_above=most, by=people.administrator)
        between = Policy.at_present()
        [decision] = waiting_for_agreement()

        assert answer_looser_policy(decision.pk, agrees=True, by=second_administrator)

        assert between == STRICT
        assert Policy.at_present().decisions() == Policy(levels, most).decisions()
        assert waiting_for_agreement() == []

    def test_what_is_stricter_counts_immediately(self, strict: None, people: People) -> None:
        stricter = {**STRICT.levels, Topic.SUBSCRIPTION: Level.ADMINISTRATOR, **SCHEDULES}

        set_policy(stricter, licenses_above=9, by=people.administrator)

        assert Policy.at_present() == Policy(stricter, 9)

    def test_from_an_administrator_to_a_second_person_is_looser(
        self, people: People, second_administrator: User
    ) -> None:
        set_policy({Topic.CUSTOMER_END: Level.ADMINISTRATOR}, by=people.administrator)

        set_policy(ENDS, by=people.administrator)

        assert Policy.at_present() == Policy({Topic.CUSTOMER_END: Level.ADMINISTRATOR})
        set_policy(ENDS, by=second_administrator)
        assert Policy.at_present() == Policy(ENDS)

    def test_saving_the_same_looser_policy_as_another_administrator_is_the_agreement(
        self, loosened: ApprovalPolicy, people: People, second_administrator: User
    ) -> None:
        set_policy(LOOSER.levels, by=people.administrator)
        between = Policy.at_present()

        set_policy(LOOSER.levels, by=second_administrator)

        assert between == STRICT
        assert Policy.at_present() == LOOSER

    def test_nobody_agrees_to_their_own(self, loosened: ApprovalPolicy, people: People, sign_in: SignIn) -> None:
        browser = sign_in(people.administrator)
        page = browser.get(reverse("operations:policy")).content.decode()

        answer = browser.post(reverse("operations:policy_answer", args=[loosened.pk]), {"agree": ""})

        assert answer.status_code == 403
        assert Policy.at_present() == STRICT
        assert ('name="agree"' in page, 'name="reject"' in page) == (False, True)
        with pytest.raises(IntegrityError, match="nobody_agrees_to_their_own"), transaction.atomic():
            ApprovalPolicy.objects.create(
                topic=Topic.SUBSCRIPTION, level=Level.NONE, decided_by_id=7, decided_by_name="-", agreed_by_id=7
            )

    def test_another_administrator_agrees_on_the_page(
        self, loosened: ApprovalPolicy, second_administrator: User, sign_in: SignIn
    ) -> None:
        browser = sign_in(second_administrator)
        page = browser.get(reverse("operations:policy")).content.decode()

        browser.post(reverse("operations:policy_answer", args=[loosened.pk]), {"agree": ""})

        assert 'name="agree"' in page
        assert Policy.at_present() == LOOSER
        shown = browser.get(reverse("operations:policy")).content.decode()
        assert "waits for another administrator" not in shown
        assert "agreed by" in shown

    def test_what_was_rejected_or_withdrawn_cannot_be_agreed_to(
        self, loosened: ApprovalPolicy, people: People, second_administrator: User, sign_in: SignIn
    ) -> None:
        sign_in(people.administrator).post(reverse("operations:policy_answer", args=[loosened.pk]), {"reject": ""})

        assert not answer_looser_policy(loosened.pk, agrees=True, by=second_administrator)
        assert (Policy.at_present(), waiting_for_agreement()) == (STRICT, [])

    def test_the_wish_of_somebody_who_is_dismissed_is_agreed_to_by_nobody(
        self, loosened: ApprovalPolicy, people: People, second_administrator: User
    ) -> None:
        User.objects.filter(pk=people.administrator.pk).update(is_active=False)

        assert not answer_looser_policy(loosened.pk, agrees=True, by=second_administrator)
        assert Policy.at_present() == STRICT

    def test_only_administrators_answer(self, loosened: ApprovalPolicy, people: People) -> None:
        for person in (people.account_manager, people.support):
            with pytest.raises(PermissionDenied):
                answer_looser_policy(loosened.pk, agrees=True, by=person)
        assert Policy.at_present() == STRICT


class TestFile:
    def test_neither_who_uploaded_it_nor_who_ran_it_approves_its_requests(
        self,
        strict: None,
        people: People,
        sandbox: Sandbox,
        read_in: ReadIn,
        sign_in: SignIn,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(app, "send_task", lambda *_args, **_kwargs: None)
        customers = [300_000_001, 300_000_002, 300_000_005, 300_000_006]
        for pk in customers:
            read_in(pk)
        draft = upload(sign_in(people.account_manager), table(*(wish(pk) for pk in customers)))
        runner.start(draft, by=people.second_manager, reason=REASON, warned=True)
        runner.advance(draft.pk)
        runner.stop(draft, by=people.second_manager)
        runner.go_on(draft, by=people.account_manager)
        runner.advance(draft.pk)
        first, last = Operation.objects.earliest("pk"), Operation.objects.latest("pk")
        assert (first.proposed_by_id, last.proposed_by_id) == (people.second_manager.pk, people.account_manager.pk)

        for operation in (first, last):
            for person in (people.account_manager, people.second_manager):
                browser = sign_in(person)
                assert 'id="approve"' not in browser.get(operation.get_absolute_url()).content.decode()
                assert browser.post(reverse("operations:approve", args=[operation.pk])).status_code == 403
            operation.refresh_from_db()
            assert operation.state == State.AWAITING_APPROVAL
            assert approve(operation, by=people.administrator).state == State.QUEUED
        assert sandbox.ledger() == []


class TestRepetition:
    def test_who_asked_first_does_not_approve_what_a_colleague_asks_again_with_one_press(
        self, strict: None, people: People, synced_customer: Customer, sandbox: Sandbox, sign_in: SignIn
    ) -> None:
        first = order(people.account_manager, synced_customer)
        Operation.objects.filter(pk=first.pk).update(state=State.STALE)
        first.refresh_from_db()
        address = detail(first, people.second_manager)["ask_again"]
        browser = sign_in(people.second_manager)
        form = browser.get(address).context["form"]
        fields = {field.html_name: field.value() for field in form if field.value() is not None}

        answer = browser.post(address, fields)

        second = Operation.objects.latest("pk")
        assert (answer.status_code, second.pk == first.pk) == (302, False)
        second = confirm(second, by=people.second_manager, reason=REASON)
        with pytest.raises(PermissionDenied):
            approve(second, by=people.account_manager)
        assert approve(second, by=people.administrator).state == State.QUEUED

    def test_who_confirmed_before_a_take_over_does_not_approve(
        self, strict: None, people: People, synced_customer: Customer
    ) -> None:
        operation = confirm(ask(people.administrator, synced_customer), by=people.account_manager, reason=REASON)
        Operation.objects.filter(pk=operation.pk).update(state=State.UNASSIGNED)

        operation = confirm(operation, by=people.second_manager, reason=REASON)

        for person in (people.administrator, people.account_manager, people.second_manager):
            with pytest.raises(PermissionDenied):
                approve(operation, by=person)
        operation.refresh_from_db()
        assert operation.state == State.AWAITING_APPROVAL

    @pytest.mark.parametrize("repair", [finish, put_back])
    def test_who_asked_for_a_bundle_does_not_approve_its_rest_nor_its_way_back(
        self,
        repair: type,
        customer: Customer,  # noqa: F811  the fixture
        people: People,
        sandbox: Sandbox,
    ) -> None:
        bundle = carry_out(confirmed(customer, people))
        sandbox.fault("deletePreOrder", "error_400")
        bundle = carry_out(bundle)
        set_policy(SCHEDULES, by=people.administrator)

        other = confirm(repair(bundle, by=people.second_manager), by=people.second_manager, reason=REASON)

        for person in (people.account_manager, people.second_manager):
            with pytest.raises(PermissionDenied):
                approve(other, by=person)
        other.refresh_from_db()
        assert other.state == BundleState.AWAITING_APPROVAL
        assert approve(other, by=people.administrator).state == BundleState.RUNNING


@pytest.mark.django_db
def test_the_database_lets_nobody_approve_what_they_took_part_in() -> None:
    operation = stored(State.AWAITING_APPROVAL, also_asked_ids=[5, 7])

    for person in (5, 7):
        refusal = pytest.raises(IntegrityError, match="nobody_approves_the_operation_they_took_part_in")
        with refusal, transaction.atomic():
            Operation.objects.filter(pk=operation.pk).update(approved_by_id=person)
    Operation.objects.filter(pk=operation.pk).update(approved_by_id=6)
