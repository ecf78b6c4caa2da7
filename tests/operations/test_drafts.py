"""Drafts: one of a person about a thing, private, replaced or deleted without a trace; what is submitted stays."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.models import Customer
from portal.accounts.models import User
from portal.core.clock import now
from portal.operations import recovery
from portal.operations.drafts import discard, draft_of
from portal.operations.models import AnyRequest, Bundle, BundleEvent, BundleStep, Event, Operation
from portal.operations.services import confirm, withdraw
from portal.operations.states import BundleState, State
from tests.support.orders import REASON, ask, day, happened, order, pre_order, stored, stored_bundle
from tests.support.parallel import all_at_once
from tests.support.portal import WITHOUT_CONTRACT, People, SignIn
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.django_db
Make = Callable[[User], AnyRequest]
EVERY_KIND = pytest.mark.parametrize(
    "make",
    [
        lambda by: stored(State.PROPOSED, proposed_by_id=by.pk),
        lambda by: stored_bundle(BundleState.PROPOSED, proposed_by_id=by.pk),
    ],
    ids=["one step", "several"],
)


def everything() -> list[int]:
    """Return how many rows there are of requests, their steps and their logs."""
    return [model._default_manager.count() for model in (Operation, Bundle, BundleStep, Event, BundleEvent)]


def pages(submission: AnyRequest) -> list[str]:
    """Return every address of a draft that shows it or decides about it."""
    prefix = "bundle_" if isinstance(submission, Bundle) else ""
    return [reverse(f"operations:{prefix}{name}", args=[submission.pk]) for name in ("confirm", "cancel")]


def test_a_second_draft_of_a_thing_takes_the_place_of_the_first(people: People, synced_customer: Customer) -> None:
    first = ask(people.account_manager, synced_customer)

    second = ask(people.account_manager, synced_customer, pre_order(license_count=25))

    kept = Operation.objects.get()
    assert (kept.pk, kept.ref) == (first.pk, second.ref)
    assert kept.request["licenseCount"] == 25
    assert "25" in str(kept.display["summary"])
    assert happened(kept) == ["proposed"]


def test_each_person_and_each_customer_has_a_draft_of_its_own(
    people: People, synced_customer: Customer, read_in: Callable[[int], Customer]
) -> None:
    ask(people.account_manager, synced_customer)
    ask(people.second_manager, synced_customer)
    ask(people.account_manager, read_in(WITHOUT_CONTRACT + 20))

    assert Operation.objects.filter(state=State.PROPOSED).count() == 3


def test_what_was_submitted_is_replaced_by_no_draft(people: People, synced_customer: Customer) -> None:
    submitted = order(people.account_manager, synced_customer)

    draft = ask(people.account_manager, synced_customer)

    assert draft.pk != submitted.pk
    submitted.refresh_from_db()
    assert (submitted.state, happened(submitted)) == (State.QUEUED, ["proposed", "confirmed"])


@pytest.mark.usefixtures("transactional_db")
def test_two_tabs_at_the_same_moment_make_one_draft(people: People, synced_customer: Customer) -> None:
    def review() -> int:
        try:
            return ask(people.account_manager, synced_customer).pk
        finally:
            connection.close()

    numbers = all_at_once([review] * 4)

    assert {Operation.objects.get().pk} == set(numbers)


def test_the_database_holds_one_draft_of_a_thing(people: People) -> None:
    stored(State.PROPOSED, proposed_by_id=7, thing="addPreOrder 1")

    with pytest.raises(IntegrityError, match="one_draft_of_the_operation_a_person"), transaction.atomic():
        stored(State.PROPOSED, proposed_by_id=7, thing="addPreOrder 1")
    stored(State.PROPOSED, proposed_by_id=8, thing="addPreOrder 1")
    stored(State.QUEUED, proposed_by_id=7, thing="addPreOrder 1")


@EVERY_KIND
def test_a_deleted_draft_leaves_nothing(make: Make, people: People) -> None:
    draft = make(people.account_manager)
    draft.events.create(what="proposed", state=draft.state)

    assert withdraw(draft, by=people.account_manager)

    assert everything() == [0, 0, 0, 0, 0]


@EVERY_KIND
def test_a_draft_is_gone_after_a_day_and_not_before(make: Make, people: People) -> None:
    draft = make(people.account_manager)
    draft.events.create(what="proposed", state=draft.state)
    table = type(draft)._default_manager
    table.filter(pk=draft.pk).update(state_at=now() - timedelta(hours=23))
    recovery.sweep()
    assert table.filter(pk=draft.pk).exists()

    table.filter(pk=draft.pk).update(state_at=now() - timedelta(hours=25))
    recovery.sweep()

    assert everything() == [0, 0, 0, 0, 0]


@pytest.mark.parametrize("state", [state for state in State if state != State.PROPOSED])
def test_nothing_that_was_submitted_is_deleted(state: State) -> None:
    operation = stored(state)
    event = operation.events.create(what="confirmed", state=state)

    assert not discard(operation)
    for row in (event, operation):
        with pytest.raises(ProgrammingError, match="Cannot delete"), transaction.atomic():
            type(row)._default_manager.filter(pk=row.pk)._raw_delete("default")

    assert (Operation.objects.count(), Event.objects.count()) == (1, 1)


@pytest.mark.parametrize("state", [state for state in BundleState if state != BundleState.PROPOSED])
def test_nothing_of_several_steps_that_were_submitted_is_deleted(state: BundleState) -> None:
    bundle = stored_bundle(state)
    before = everything()

    assert not discard(bundle)
    for row in (bundle.events.get(), bundle.steps.all()[0], bundle):
        with pytest.raises(ProgrammingError, match="Cannot delete"), transaction.atomic():
            type(row)._default_manager.filter(pk=row.pk)._raw_delete("default")

    assert everything() == before


@EVERY_KIND
@pytest.mark.parametrize("role", ["second_manager", "administrator", "support", "finance"])
def test_a_draft_is_nobody_elses(make: Make, role: str, people: People, sign_in: SignIn, sandbox: Sandbox) -> None:
    draft, before = make(people.account_manager), everything()
    browser = sign_in(getattr(people, role))

    answers = [browser.get(draft.get_absolute_url()).status_code]
    answers += [browser.post(address, {"reason": REASON}).status_code for address in pages(draft)]

    assert answers == [404, 404, 404]
    draft.refresh_from_db()
    assert (draft.state, everything()) == (State.PROPOSED, before)
    assert sandbox.calls() == {}


@EVERY_KIND
def test_drafts_stand_in_no_list_even_of_their_author(make: Make, people: People, sign_in: SignIn) -> None:
    draft, browser = make(people.account_manager), sign_in(people.account_manager)

    for address in (reverse("operations:list"), f"{reverse('operations:list')}?q={draft.ref}", "/"):
        assert draft.get_absolute_url() not in browser.get(address).content.decode()
    assert browser.get(draft.get_absolute_url()).status_code == 200


def test_drafts_stand_not_in_the_history_of_the_customer(
    people: People, synced_customer: Customer, sign_in: SignIn
) -> None:
    submitted = stored(State.SUCCEEDED, domain_id=synced_customer.pk)
    draft = ask(people.account_manager, synced_customer)
    browser = sign_in(people.account_manager)

    history = browser.get(reverse("customers:history", args=[synced_customer.pk])).content.decode()

    assert submitted.get_absolute_url() in history
    assert draft.get_absolute_url() not in history


def test_the_form_goes_on_with_the_draft(people: People, synced_customer: Customer, sign_in: SignIn) -> None:
    address = reverse("subscriptions:pre_order_add", args=[synced_customer.pk])
    draft = ask(people.account_manager, synced_customer, pre_order(license_count=3737))

    mine = sign_in(people.account_manager).get(address)
    theirs = sign_in(people.second_manager).get(address)

    assert mine.context["form"]["license_count"].value() == 3737
    assert draft.get_absolute_url() in mine.content.decode()
    assert theirs.context["form"]["license_count"].value() != 3737
    page = theirs.content.decode()
    assert "Draft by 佐藤 美咲" in page
    assert draft.ref not in page
    assert "3737" not in page.replace(",", "")


def test_the_form_itself_replaces_the_draft(people: People, synced_customer: Customer, sign_in: SignIn) -> None:
    address, browser = (
        reverse("subscriptions:pre_order_add", args=[synced_customer.pk]),
        sign_in(people.account_manager),
    )
    wish = {"product_id": "STD", "plan": "ANNUAL_LICENSE", "apply_date": str(day(17))}

    answers = [browser.post(address, wish | {"license_count": count}) for count in (10, 20)]

    draft = Operation.objects.get()
    assert [answer["Location"] for answer in answers] == [draft.get_absolute_url()] * 2
    assert draft.request["licenseCount"] == 20


def test_deleting_a_draft_leads_to_its_customer(
    people: People, synced_customer: Customer, sign_in: SignIn, sandbox: Sandbox
) -> None:
    draft, browser = ask(people.account_manager, synced_customer), sign_in(people.account_manager)
    sandbox.reset_calls()

    answer = browser.post(reverse("operations:cancel", args=[draft.pk]), follow=True)

    assert answer.redirect_chain == [(synced_customer.get_absolute_url(), 302)]
    assert "The draft is deleted. Nothing was sent." in answer.content.decode()
    assert everything() == [0, 0, 0, 0, 0]
    assert sandbox.calls() == {}
    assert draft_of(people.account_manager, draft.thing) is None


def test_a_draft_that_was_replaced_meanwhile_is_submitted_as_it_is_now(
    people: People, synced_customer: Customer
) -> None:
    """The row is one, so what is confirmed is what stands in it."""
    first = ask(people.account_manager, synced_customer)
    ask(people.account_manager, synced_customer, pre_order(license_count=25))

    confirmed = confirm(first, by=people.account_manager, reason=REASON)

    assert confirmed.request["licenseCount"] == 25


@pytest.mark.usefixtures("vendor_settings")
def test_what_another_window_made_of_the_draft_is_not_submitted_unseen(
    people: People, synced_customer: Customer, sign_in: SignIn, sandbox: Sandbox
) -> None:
    browser, draft = sign_in(people.account_manager), ask(people.account_manager, synced_customer)
    seen = browser.get(draft.get_absolute_url()).context["reviewed"]
    ask(people.account_manager, synced_customer, pre_order(license_count=25))
    sandbox.reset_calls()
    address = reverse("operations:confirm", args=[draft.pk])

    answer = browser.post(address, {"reason": REASON, "reviewed": seen})

    draft.refresh_from_db()
    assert (answer.status_code, draft.state, happened(draft)) == (422, State.PROPOSED, ["proposed"])
    assert "The draft was changed in another window." in answer.content.decode()
    assert answer.context["form"]["reason"].value() == REASON
    assert sandbox.calls() == {}
    browser.post(address, {"reason": REASON, "reviewed": answer.context["reviewed"]})
    draft.refresh_from_db()
    assert draft.state == State.QUEUED


def test_the_list_costs_nothing_for_drafts(people: People, sign_in: SignIn) -> None:
    browser = sign_in(people.account_manager)
    stored(State.SUCCEEDED)

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            browser.get(reverse("operations:list"))
        return len(caught)

    queries()
    before = queries()
    for _number in range(5):
        stored(State.PROPOSED)

    assert queries() == before


@EVERY_KIND
def test_a_tab_that_still_shows_a_deleted_draft_learns_why_it_is_gone(
    make: Make, people: People, sign_in: SignIn, sandbox: Sandbox
) -> None:
    browser, draft = sign_in(people.account_manager), make(people.account_manager)
    [confirm_at, cancel_at] = pages(draft)
    browser.post(cancel_at)
    before = everything()

    for answer in (browser.get(draft.get_absolute_url()), browser.post(confirm_at, {"reason": REASON})):
        assert answer.status_code == 404
        assert "Nothing of a deleted draft is sent." in answer.content.decode()
        assert f'href="{reverse("operations:list")}">All requests</a>' in answer.content.decode()
    assert everything() == before
    assert sandbox.calls() == {}


@pytest.mark.parametrize(
    "submitted",
    [
        lambda by: stored(State.SUCCEEDED, proposed_by_id=by.pk, confirmed_by_id=by.pk),
        lambda by: stored_bundle(BundleState.SUCCEEDED, proposed_by_id=by.pk, confirmed_by_id=by.pk),
    ],
    ids=["one step", "several"],
)
def test_a_tab_that_submits_once_more_learns_that_it_changed_nothing(
    submitted: Make, people: People, sign_in: SignIn, sandbox: Sandbox
) -> None:
    browser, request = sign_in(people.account_manager), submitted(people.account_manager)
    confirm_at, before = pages(request)[0], everything()

    same = browser.post(confirm_at, {"reason": request.reason}, follow=True).content.decode()
    other = browser.post(confirm_at, {"reason": "another one"}, follow=True).content.decode()

    ignored = f"{request.ref} was submitted before. This submission and its reason were not used"
    assert (ignored in same, ignored in other) == (False, True)
    reason = request.reason
    request.refresh_from_db()
    assert (request.reason, everything()) == (reason, before)
    assert sandbox.calls() == {}
