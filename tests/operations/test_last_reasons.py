"""The last reasons of a person stand at the next submission."""

import pytest
from django.test import Client

from portal.operations.last_reasons import last_reasons
from portal.operations.models import Operation
from portal.operations.states import State
from tests.support.orders import stored, stored_bundle
from tests.support.portal import People, SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.account_manager)


def gave(person: int, *reasons: str) -> None:
    for number, reason in enumerate(reasons):
        stored(State.SUCCEEDED, reason=reason, confirmed_by_id=person, domain_id=300_000_007 + number)


def test_the_last_five_different_reasons_come_newest_first(people: People) -> None:
    person = people.account_manager
    gave(person.pk, "a", "b", "c", "b", "d", "e", "f", "f")
    gave(people.administrator.pk, "of somebody else")
    stored(State.PROPOSED, reason="")
    assert last_reasons(person) == ["f", "e", "d", "b", "c"]


def test_they_are_offered_once_and_nothing_is_filled_in(browser: Client, people: People) -> None:
    gave(people.account_manager.pk, "増員 <b>", "増員 <b>", "移転")
    mine = {"reason": "", "proposed_by_id": people.account_manager.pk}
    for draft in (stored(State.PROPOSED, **mine), stored_bundle("proposed", **mine)):
        page = browser.get(draft.get_absolute_url()).content.decode()
        assert page.count('<option value="増員 &lt;b&gt;">') == 1
        assert page.count('<button type="button" data-value="増員 &lt;b&gt;">') == 1
        assert '<input type="text" name="reason" list="last-reasons"' in page
        assert 'name="reason" value' not in page


def test_without_any_there_is_no_empty_list(browser: Client, people: People) -> None:
    page = browser.get(
        stored(State.PROPOSED, reason="", proposed_by_id=people.account_manager.pk).get_absolute_url()
    ).content.decode()
    assert "<datalist" not in page
    assert "data-fills" not in page


def test_a_reason_stays_required(browser: Client, people: People) -> None:
    gave(people.account_manager.pk, "増員")
    draft = stored(State.PROPOSED, reason="", proposed_by_id=people.account_manager.pk)
    answer = browser.post(f"{draft.get_absolute_url()}confirm/", {"reason": " "})
    assert answer.status_code == 422
    assert Operation.objects.get(pk=draft.pk).state == State.PROPOSED
