"""The pages of bundles: what each state says, who may press what, and what a press does."""

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Customer
from portal.accounts.models import User
from portal.celery import app
from portal.operations.approvals import set_policy
from portal.operations.bundles import propose_bundle
from portal.operations.models import Bundle, Operation
from portal.operations.services import confirm
from portal.operations.states import BundleState, State
from tests.operations.test_bundles import carry_out, customer, move_and_delete  # noqa: F401  a fixture
from tests.support.orders import REASON, stored_bundle
from tests.support.policies import SCHEDULES
from tests.support.portal import People, SignIn
from tests.support.sandbox import Sandbox

WORDS = {
    BundleState.PROPOSED: "Nothing has been sent yet.",
    BundleState.AWAITING_APPROVAL: "This request needs approval.",
    BundleState.RUNNING: "The steps are sent in order.",
    BundleState.SUCCEEDED: "All steps are completed and confirmed at LINE WORKS.",
    BundleState.STOPPED: "The request stopped at step 1. Earlier steps stay completed.",
    BundleState.RETURNED: "Returned by the approver. Nothing has been sent.",
    BundleState.REJECTED: "Rejected by the approver. Nothing was sent.",
    BundleState.STALE: "Not sent: the data changed since the review.",
    BundleState.CANCELED: "Canceled before anything was sent.",
}
ACTIONS = ("confirm", "approve", "return", "reject", "cancel", "finish", "put_back")


def address(name: str, bundle: Bundle) -> str:
    return reverse(f"operations:bundle_{name}", args=[bundle.pk])


@pytest.mark.parametrize("role", ["account_manager", "finance"])
@pytest.mark.parametrize("state", list(BundleState))
def test_a_page_says_how_it_stands(state: BundleState, role: str, people: People, sign_in: SignIn) -> None:
    bundle = stored_bundle(state, proposed_by_id=getattr(people, role).pk)

    page = sign_in(getattr(people, role)).get(bundle.get_absolute_url()).content.decode()

    assert [words for words in WORDS.values() if words in page] == [WORDS[state]]
    assert "Add pre-order, and 1 more step" in page
    assert bundle.ref in page


@pytest.mark.parametrize(
    ("state", "role", "buttons"),
    [
        (BundleState.PROPOSED, "account_manager", {"confirm", "cancel"}),
        (BundleState.PROPOSED, "finance", set()),
        (BundleState.AWAITING_APPROVAL, "account_manager", {"approve", "return", "reject", "cancel"}),
        (BundleState.AWAITING_APPROVAL, "support", set()),
        (BundleState.RUNNING, "account_manager", set()),
        (BundleState.STOPPED, "account_manager", {"finish"}),
        (BundleState.STOPPED, "support", set()),
        (BundleState.SUCCEEDED, "account_manager", set()),
    ],
)
def test_a_page_offers_what_its_reader_may_do(
    state: BundleState, role: str, buttons: set[str], people: People, sign_in: SignIn
) -> None:
    whose = getattr(people, role) if state == BundleState.PROPOSED else people.second_manager
    bundle = stored_bundle(state, proposed_by_id=whose.pk)

    page = sign_in(getattr(people, role)).get(bundle.get_absolute_url()).content.decode()

    assert {name for name in ACTIONS if f'action="{address(name, bundle)}"' in page} == buttons


@pytest.mark.parametrize("role", ["support", "finance"])
@pytest.mark.parametrize("name", ACTIONS)
def test_support_and_finance_press_nothing(name: str, role: str, people: People, sign_in: SignIn) -> None:
    person = getattr(people, role)
    state = BundleState.STOPPED if name in ("finish", "put_back") else BundleState.PROPOSED
    bundle = stored_bundle(state, proposed_by_id=person.pk)

    answer = sign_in(person).post(address(name, bundle), {"reason": REASON})

    assert (answer.status_code, Bundle.objects.count(), bundle.events.count()) == (403, 1, 1)


@pytest.mark.parametrize("who", ["account_manager", "second_manager"])
def test_whoever_asked_or_confirmed_does_not_approve(who: str, people: People, sign_in: SignIn) -> None:
    bundle = stored_bundle(
        BundleState.AWAITING_APPROVAL,
        proposed_by_id=people.account_manager.pk,
        confirmed_by_id=people.second_manager.pk,
    )
    browser = sign_in(getattr(people, who))

    answers = [browser.post(address(name, bundle), {"reason": REASON}).status_code for name in ("approve", "confirm")]

    bundle.refresh_from_db()
    assert (answers, bundle.state) == ([403, 302], BundleState.AWAITING_APPROVAL)
    assert 'id="approve"' not in browser.get(bundle.get_absolute_url()).content.decode()


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.account_manager)


@pytest.fixture
def bundle(customer: Customer, people: People) -> Bundle:  # noqa: F811  the fixture
    return propose_bundle(
        move_and_delete(customer), domain_id=customer.pk, customer_name=str(customer), by=people.account_manager
    )


def test_a_bundle_goes_its_way_on_its_page(bundle: Bundle, browser: Client, sandbox: Sandbox) -> None:
    without = browser.post(address("confirm", bundle), {"reason": ""})
    browser.post(address("confirm", bundle), {"reason": REASON, "reference": "T-1"})
    sandbox.fault("deletePreOrder", "error_400")
    carry_out(carry_out(bundle))
    page = browser.get(bundle.get_absolute_url()).content.decode()
    rest = browser.post(address("finish", bundle))
    draft = bundle.continued_by.get()
    confirm(draft, by=User.objects.get(pk=draft.proposed_by_id), reason=REASON)
    again = browser.post(address("put_back", bundle), follow=True)

    bundle.refresh_from_db()
    [new] = bundle.continued_by.all()
    assert without.status_code == 422
    assert (bundle.state, bundle.reference) == (BundleState.STOPPED, "T-1")
    assert "The request stopped at step 2." in page
    assert 'id="finish"' in page
    assert 'id="put-back"' in page
    assert rest.headers["Location"] == new.get_absolute_url()
    assert "has changed. Check its current state." in again.content.decode()


def test_what_the_rules_refuse_by_now_is_said_where_it_was_asked(
    bundle: Bundle, browser: Client, sandbox: Sandbox, people: People
) -> None:
    """The way back would be a day that has passed."""
    confirm(bundle, by=people.account_manager, reason=REASON)
    sandbox.fault("deletePreOrder", "error_400")
    carry_out(carry_out(bundle))
    sandbox.move_clock(10)

    page = browser.post(address("put_back", bundle), follow=True)

    assert "Choose a start date from" in page.content.decode()
    assert Bundle.objects.count() == 1


def test_a_poll_gets_a_part_only_when_something_happened(bundle: Bundle, browser: Client, people: People) -> None:
    confirm(bundle, by=people.account_manager, reason=REASON)
    htmx = {"HX-Request": "true"}
    seen = browser.get(bundle.get_absolute_url()).context["mark"]
    same = browser.get(bundle.get_absolute_url(), {"seen": seen}, headers=htmx)
    carry_out(bundle)

    part = browser.get(bundle.get_absolute_url(), {"seen": seen}, headers=htmx)

    assert same.status_code == 204
    assert "The steps are sent in order." in part.content.decode()
    assert 'id="waiting" hx-swap-oob="outerHTML"' in part.content.decode()
    assert "<html" not in part.content.decode()


def test_a_step_leads_to_its_bundle_and_back(bundle: Bundle, browser: Client, people: People) -> None:
    confirm(bundle, by=people.account_manager, reason=REASON)
    operation = Operation.objects.get()

    assert bundle.ref in browser.get(operation.get_absolute_url()).content.decode()
    assert operation.get_absolute_url() in browser.get(bundle.get_absolute_url()).content.decode()


def test_an_approval_is_given_on_the_page(bundle: Bundle, people: People, sign_in: SignIn) -> None:
    set_policy(SCHEDULES, by=people.administrator)
    confirm(bundle, by=people.account_manager, reason=REASON)

    sign_in(people.second_manager).post(address("approve", bundle))

    bundle.refresh_from_db()
    assert (bundle.state, bundle.approved_by_id) == (BundleState.RUNNING, people.second_manager.pk)


@pytest.mark.usefixtures("transactional_db")
class TestButtonsThatCommit:
    """Each button once where every request commits: a row is locked only inside a transaction."""

    @pytest.fixture
    def stopped(self, bundle: Bundle, people: People, sandbox: Sandbox, no_messages: None) -> Bundle:
        confirm(bundle, by=people.account_manager, reason=REASON)
        sandbox.fault("deletePreOrder", "error_400")
        return carry_out(carry_out(bundle))

    @pytest.fixture
    def no_messages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nothing goes to a worker."""
        monkeypatch.setattr(app, "send_task", lambda *_args, **_kwargs: None)

    @pytest.mark.parametrize(("name", "purpose"), [("finish", "finish"), ("put_back", "put_back")])
    def test_the_ways_out_of_one_that_stopped(self, name: str, purpose: str, stopped: Bundle, browser: Client) -> None:
        answer = browser.post(address(name, stopped))

        new = stopped.continued_by.get()
        assert (answer.status_code, answer.headers["Location"]) == (302, new.get_absolute_url())
        assert (new.purpose, new.state) == (purpose, BundleState.PROPOSED)

    def test_cancelling_before_it_begins(self, bundle: Bundle, browser: Client) -> None:
        answer = browser.post(address("cancel", bundle))

        assert (answer.status_code, Bundle.objects.count()) == (302, 0)

    def test_cancelling_on_the_way(
        self, bundle: Bundle, browser: Client, people: People, no_messages: None, sandbox: Sandbox
    ) -> None:
        confirm(bundle, by=people.account_manager, reason=REASON)

        answer = browser.post(address("cancel", bundle))

        bundle.refresh_from_db()
        assert (answer.status_code, bundle.state) == (302, BundleState.STOPPED)
        assert Operation.objects.get().state == State.CANCELED
        assert sandbox.calls()["updatePreOrder"] == 0

    def test_confirming_and_approving(
        self, bundle: Bundle, browser: Client, people: People, sign_in: SignIn, no_messages: None
    ) -> None:
        set_policy(SCHEDULES, by=people.administrator)
        confirmed = browser.post(address("confirm", bundle), {"reason": REASON})
        approved = sign_in(people.second_manager).post(address("approve", bundle))

        bundle.refresh_from_db()
        assert (confirmed.status_code, approved.status_code, bundle.state) == (302, 302, BundleState.RUNNING)
