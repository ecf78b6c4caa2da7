"""An approver returns or rejects a request of others, with a note; the requester corrects and submits it again."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.models import Customer
from portal.accounts.models import User
from portal.bulk import decisions, runner
from portal.bulk.models import Import
from portal.celery import app
from portal.desk.home import Need, needs_of
from portal.operations.approvals import set_policy
from portal.operations.bundles import propose_bundle
from portal.operations.models import AnyRequest, Bundle, Operation
from portal.operations.services import approve, confirm, reject, send_back, withdraw
from portal.operations.states import BundleState, State
from tests.bulk.files import table, upload, wish
from tests.operations.test_bundles import customer, move_and_delete  # noqa: F401  a fixture
from tests.support.languages import japanese, speak  # noqa: F401  a fixture
from tests.support.orders import REASON, ask, happened, order, stored, stored_bundle
from tests.support.policies import PRE_ORDERS, SCHEDULES
from tests.support.portal import TODAY, People, ReadIn, SignIn
from tests.support.sandbox import Sandbox

NOTE = "開始日は4月1日です（ご契約書どおり）"


@pytest.fixture
def waiting(people: People, synced_customer: Customer) -> Operation:
    set_policy(PRE_ORDERS, by=people.administrator)
    return order(people.account_manager, synced_customer)


@pytest.fixture
def approver(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.second_manager)


def address(name: str, submission: AnyRequest) -> str:
    several = "bundle_" if isinstance(submission, Bundle) else ""
    return reverse(f"operations:{several}{name}", args=[submission.pk])


class TestReturn:
    def test_the_requester_sees_the_note_and_submits_again(
        self, waiting: Operation, approver: Client, people: People, sign_in: SignIn, sandbox: Sandbox
    ) -> None:
        sandbox.reset_calls()
        approver.post(address("return", waiting), {"note": f" {NOTE} "})
        waiting.refresh_from_db()
        assert (waiting.state, happened(waiting)) == (State.RETURNED, ["proposed", "confirmed", "returned"])
        event = waiting.events.get(what="returned")
        assert (event.by_id, event.note) == (people.second_manager.pk, NOTE)

        browser = sign_in(people.account_manager)
        page = browser.get(waiting.get_absolute_url()).content.decode()
        assert NOTE in page
        assert f'value="{REASON}"' in page
        assert 'id="edit"' in page
        browser.post(address("confirm", waiting), {"reason": REASON})
        waiting.refresh_from_db()
        assert waiting.state == State.AWAITING_APPROVAL
        assert approve(waiting, by=people.second_manager).state == State.QUEUED
        assert sandbox.calls().total() == 0

    def test_an_edited_request_takes_the_place_of_the_returned_one(
        self, waiting: Operation, people: People, sign_in: SignIn
    ) -> None:
        send_back(waiting, by=people.second_manager, note=NOTE)
        browser = sign_in(people.account_manager)
        form = browser.get(browser.get(waiting.get_absolute_url()).context["ask_again"])
        fields = {each.html_name: each.value() for each in form.context["form"] if each.value() is not None}

        answer = browser.post(
            form.request["PATH_INFO"] + "?" + form.request["QUERY_STRING"], fields | {"license_count": "11"}
        )

        edited = Operation.objects.latest("pk")
        waiting.refresh_from_db()
        assert (answer.status_code, edited.request["licenseCount"]) == (302, 11)
        assert waiting.state == State.RETURNED, "a draft replaces nothing yet"
        review = browser.get(edited.get_absolute_url()).context["form"]
        assert review["reason"].value() == waiting.reason != ""
        edited = confirm(edited, by=people.account_manager, reason=REASON)
        waiting.refresh_from_db()
        assert (waiting.state, happened(waiting)[-1]) == (State.CANCELED, "replaced")
        assert waiting.events.get(what="replaced").note == edited.ref
        assert f'href="/requests/?q={edited.ref}"' in browser.get(waiting.get_absolute_url()).content.decode()
        assert edited.state == State.AWAITING_APPROVAL
        with pytest.raises(PermissionDenied):
            approve(edited, by=people.account_manager)

    def test_the_requester_cancels_it(self, waiting: Operation, people: People) -> None:
        send_back(waiting, by=people.second_manager, note=NOTE)

        assert withdraw(waiting, by=people.account_manager)
        waiting.refresh_from_db()
        assert waiting.state == State.CANCELED

    def test_whoever_submits_a_returned_request_again_does_not_approve_it(
        self, waiting: Operation, people: People
    ) -> None:
        send_back(waiting, by=people.second_manager, note=NOTE)
        again = confirm(waiting, by=people.second_manager, reason=REASON)

        for person in (people.account_manager, people.second_manager):
            with pytest.raises(PermissionDenied):
                approve(again, by=person)
        assert approve(again, by=people.administrator).state == State.QUEUED


@pytest.mark.parametrize("decide", [send_back, reject])
class TestWhoDecides:
    @pytest.mark.parametrize("who", ["account_manager", "support", "finance"])
    def test_neither_who_asked_nor_who_may_not_approve(
        self, decide: object, who: str, waiting: Operation, people: People, sign_in: SignIn, sandbox: Sandbox
    ) -> None:
        name = "return" if decide is send_back else "reject"
        sandbox.reset_calls()

        with pytest.raises(PermissionDenied):
            decide(waiting, by=getattr(people, who), note=NOTE)  # type: ignore[operator]  # one of the services
        answer = sign_in(getattr(people, who)).post(address(name, waiting), {"note": NOTE})

        waiting.refresh_from_db()
        assert (answer.status_code, waiting.state) == (403, State.AWAITING_APPROVAL)
        assert happened(waiting) == ["proposed", "confirmed"]
        assert sandbox.calls().total() == 0

    @pytest.mark.parametrize("note", ["", "  ", "\u200b"])
    def test_not_without_a_note(self, decide: object, note: str, waiting: Operation, approver: Client) -> None:
        name = "return" if decide is send_back else "reject"

        answer = approver.post(address(name, waiting), {"note": note})

        waiting.refresh_from_db()
        assert (answer.status_code, waiting.state) == (422, State.AWAITING_APPROVAL)
        assert "Nothing was decided." in answer.content.decode()
        assert happened(waiting) == ["proposed", "confirmed"]

    @pytest.mark.parametrize("state", [state for state in State if state != State.AWAITING_APPROVAL])
    def test_what_no_longer_waits_stays_as_it_is(self, decide: object, state: State, people: People) -> None:
        operation = stored(state)

        decide(operation, by=people.administrator, note=NOTE)  # type: ignore[operator]  # one of the services

        operation.refresh_from_db()
        assert (operation.state, happened(operation)) == (state, [])


def test_a_rejected_request_ends_and_can_be_repeated(
    waiting: Operation, approver: Client, people: People, sign_in: SignIn
) -> None:
    approver.post(address("reject", waiting), {"note": NOTE})

    waiting.refresh_from_db()
    page = sign_in(people.account_manager).get(waiting.get_absolute_url()).content.decode()
    assert (waiting.state, waiting.events.get(what="rejected").note) == (State.REJECTED, NOTE)
    assert NOTE in page
    assert 'id="again"' in page
    assert confirm(waiting, by=people.account_manager, reason=REASON).state == State.REJECTED


def test_a_request_names_who_may_approve_it(waiting: Operation, people: People, sign_in: SignIn) -> None:
    browser = sign_in(people.account_manager)

    def said() -> str:
        page = browser.get(waiting.get_absolute_url()).content.decode()
        return " ".join(page[page.index("Nothing has been sent.") :].partition("</p>")[0].split())

    assert said().endswith('can approve the request: <span lang="ja">高橋 健, 伊藤 翔</span>.')
    for number in range(3):
        person = User.objects.create_user(f"n{number}@partner.example", name=f"山田 {number}")
        person.groups.set(people.administrator.groups.all())
    assert said() == (
        'Nothing has been sent. <span lang="ja">高橋 健, 伊藤 翔, 山田 0</span> and 2 more can approve the request.'
    )
    User.objects.exclude(pk__in=[people.account_manager.pk, people.support.pk]).update(is_active=False)
    assert "Nobody can approve the request" in said()


@pytest.mark.usefixtures("japanese")
def test_an_approver_reads_it_in_japanese(waiting: Operation, approver: Client) -> None:
    browser = speak(approver, "ja")
    page = browser.get(waiting.get_absolute_url()).content.decode()
    assert "コメントを付けて差し戻し" in page
    assert "高橋 健、伊藤 翔" in page
    browser.post(address("return", waiting), {"note": NOTE})
    assert "承認者が差し戻しました" in browser.get(waiting.get_absolute_url()).content.decode()


class TestSeveralSteps:
    @pytest.fixture
    def bundle(self, customer: Customer, people: People) -> Bundle:  # noqa: F811  the fixture
        set_policy(SCHEDULES, by=people.administrator)
        made = propose_bundle(
            move_and_delete(customer), domain_id=customer.pk, customer_name=str(customer), by=people.account_manager
        )
        return confirm(made, by=people.account_manager, reason=REASON)

    def test_it_is_returned_and_submitted_again(
        self, bundle: Bundle, approver: Client, people: People, sign_in: SignIn, sandbox: Sandbox
    ) -> None:
        approver.post(address("return", bundle), {"note": NOTE})
        bundle.refresh_from_db()
        assert bundle.state == BundleState.RETURNED
        browser = sign_in(people.account_manager)
        assert NOTE in browser.get(bundle.get_absolute_url()).content.decode()

        browser.post(address("confirm", bundle), {"reason": REASON})

        bundle.refresh_from_db()
        assert (bundle.state, Operation.objects.count()) == (BundleState.AWAITING_APPROVAL, 0)

    def test_it_is_rejected(self, bundle: Bundle, approver: Client, people: People, sign_in: SignIn) -> None:
        own = sign_in(people.account_manager).post(address("reject", bundle), {"note": NOTE})
        assert own.status_code == 403
        assert approver.post(address("reject", bundle), {"note": ""}).status_code == 422
        bundle.refresh_from_db()
        assert bundle.state == BundleState.AWAITING_APPROVAL

        approver.post(address("reject", bundle), {"note": NOTE})

        bundle.refresh_from_db()
        page = approver.get(bundle.get_absolute_url()).content.decode()
        assert (bundle.state, Operation.objects.count()) == (BundleState.REJECTED, 0)
        assert NOTE in page

    def test_a_request_about_the_same_thing_takes_its_place(self, synced_customer: Customer, people: People) -> None:
        first = ask(people.account_manager, synced_customer)
        bundle = stored_bundle(
            BundleState.RETURNED,
            thing=first.thing,
            proposed_by_id=people.administrator.pk,
            confirmed_by_id=people.account_manager.pk,
        )
        of_others = stored_bundle(BundleState.RETURNED, thing=first.thing, proposed_by_id=people.administrator.pk)

        made = confirm(first, by=people.account_manager, reason=REASON)

        bundle.refresh_from_db()
        of_others.refresh_from_db()
        assert (bundle.state, bundle.events.latest("pk").note) == (BundleState.CANCELED, made.ref)
        assert of_others.state == BundleState.RETURNED
        assert made.also_asked_ids == [people.administrator.pk]


class TestFile:
    @pytest.fixture
    def file(self, people: People, read_in: ReadIn, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> Import:
        set_policy(PRE_ORDERS, by=people.administrator)
        monkeypatch.setattr(app, "send_task", lambda *_args, **_kwargs: None)
        customers = [300_000_001, 300_000_002, 300_000_005]
        for pk in customers:
            read_in(pk)
        draft = upload(sign_in(people.account_manager), table(*(wish(pk) for pk in customers)))
        runner.start(draft, by=people.account_manager, reason=REASON, warned=True)
        runner.advance(draft.pk)
        draft.refresh_from_db()
        return draft

    def states(self) -> list[str]:
        return list(Operation.objects.order_by("pk").values_list("state", flat=True))

    def test_all_its_requests_are_decided_at_once(
        self, file: Import, approver: Client, people: People, sandbox: Sandbox
    ) -> None:
        sandbox.reset_calls()
        page = approver.get(file.get_absolute_url())
        assert (page.context["to_decide"], 'id="approve"' in page.content.decode()) == (3, True)
        last = Operation.objects.latest("pk").pk
        place = reverse("bulk:decide", args=[file.pk])

        approver.post(place, {"decision": "approve", "up_to": last - 2})
        assert self.states() == [State.QUEUED, State.AWAITING_APPROVAL, State.AWAITING_APPROVAL]
        assert approver.post(place, {"decision": "return", "up_to": last, "note": ""}).status_code == 422
        approver.post(place, {"decision": "return", "up_to": last - 1, "note": NOTE})
        approver.post(place, {"decision": "reject", "up_to": last, "note": NOTE})

        assert self.states() == [State.QUEUED, State.RETURNED, State.REJECTED]
        assert sandbox.calls().total() == 0

    @pytest.mark.parametrize("who", ["account_manager", "support"])
    def test_not_by_who_ran_it_nor_by_who_may_not_approve(
        self, who: str, file: Import, people: People, sign_in: SignIn
    ) -> None:
        browser = sign_in(getattr(people, who))

        browser.post(reverse("bulk:decide", args=[file.pk]), {"decision": "approve", "up_to": "999999999"})

        assert self.states() == [State.AWAITING_APPROVAL] * 3
        assert "Awaiting your approval" not in browser.get(file.get_absolute_url()).content.decode()
        assert not decisions.to_decide(file, people.account_manager)


class TestHome:
    def test_the_count_is_that_of_its_list(self, people: People, sign_in: SignIn) -> None:
        me = people.second_manager
        asker = people.account_manager.pk
        people_of: list[dict[str, Any]] = [
            {"proposed_by_id": asker},
            {"proposed_by_id": me.pk},
            {"proposed_by_id": asker, "confirmed_by_id": me.pk},
            {"proposed_by_id": asker, "also_asked_ids": [me.pk]},
        ]
        for number, columns in enumerate(people_of, start=1):
            stored(State.AWAITING_APPROVAL, domain_id=number, **columns)
            stored(State.RETURNED, domain_id=number, **columns)
            stored_bundle(BundleState.AWAITING_APPROVAL, domain_id=number, **columns)
        for person in (me, people.account_manager, people.administrator, people.finance):
            browser = sign_in(person)
            found = {need.title: need for need in needs_of(person, date.fromisoformat(TODAY))}
            for group, title in (("to_approve", "Awaiting your approval"), ("to_correct", "Returned to you")):
                rows = browser.get(reverse("operations:list"), {"group": group}).context["lines"]
                counted = found[title].count if title in found else 0
                assert counted == len(rows), (person, group)
        assert {title: found.count for title, found in self.mine(me).items()} == {
            "Awaiting your approval": 2,
            "Returned to you": 3,
        }
        assert self.mine(me)["Awaiting your approval"].address.endswith("group=to_approve")

    def mine(self, person: User) -> dict[str, Need]:
        return {need.title: need for need in needs_of(person, date.fromisoformat(TODAY))}

    def test_the_list_costs_the_same_for_few_and_for_many(self, people: People, sign_in: SignIn) -> None:
        browser = sign_in(people.administrator)

        def queries() -> int:
            with CaptureQueriesContext(connection) as caught:
                assert browser.get(reverse("operations:list"), {"group": "to_approve"}).status_code == 200
            return len(caught)

        stored(State.AWAITING_APPROVAL)
        stored_bundle(BundleState.AWAITING_APPROVAL)
        queries()
        few = queries()
        for number in range(1, 6):
            stored(State.AWAITING_APPROVAL, domain_id=number)
            stored_bundle(BundleState.AWAITING_APPROVAL, domain_id=number)
        assert queries() == few
