"""Who a file belongs to while it runs: the person who started it is dismissed, and another person goes on."""

import pytest
from django.test import Client

from portal.accounts.models import User
from portal.bulk import runner
from portal.bulk.models import Import
from portal.celery import app
from portal.operations import execution
from portal.operations.models import Operation
from portal.operations.states import State
from tests.bulk.files import table, upload, wish
from tests.support.portal import People, ReadIn, SignIn
from tests.support.sandbox import Sandbox

CUSTOMERS = [300_000_001, 300_000_002, 300_000_005, 300_000_006]
REASON = "春の一括契約"


@pytest.fixture
def draft(
    people: People, sandbox: Sandbox, read_in: ReadIn, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> Import:
    """A file of four rows of which an account manager ordered the first three; nothing is sent yet."""
    monkeypatch.setattr(app, "send_task", lambda *_args, **_kwargs: None)
    for pk in CUSTOMERS:
        read_in(pk)
    draft = upload(sign_in(people.account_manager), table(*(wish(pk) for pk in CUSTOMERS)))
    sandbox.reset_calls()
    runner.start(draft, by=people.account_manager, reason=REASON, warned=True)
    runner.advance(draft.pk)
    assert [operation.state for operation in orders()] == [State.QUEUED] * 3
    return draft


def orders() -> list[Operation]:
    return list(Operation.objects.order_by("pk"))


def send_all() -> None:
    for operation in orders():
        execution.send(operation)


def dismiss(person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)


@pytest.fixture
def second(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.second_manager)


def go_on(browser: Client, draft: Import) -> None:
    assert 'id="go-on"' in browser.get(draft.get_absolute_url()).content.decode()
    assert browser.post(f"{draft.get_absolute_url()}go-on/").status_code == 302
    draft.refresh_from_db()


@pytest.mark.parametrize("how", ["deactivated", "another role"])
def test_a_file_pauses_when_the_person_who_runs_it_is_dismissed_and_another_goes_on(
    how: str, draft: Import, people: People, second: Client, sandbox: Sandbox
) -> None:
    dismiss(people.account_manager) if how == "deactivated" else people.account_manager.groups.clear()
    send_all()
    runner.sweep()

    draft.refresh_from_db()
    assert (draft.state, draft.trouble) == ("stopped", "person")
    page = second.get(draft.get_absolute_url()).content.decode()
    assert "佐藤 美咲, who submitted the rows, no longer has permission." in page
    assert [operation.state for operation in orders()] == [State.UNASSIGNED] * 3
    assert sandbox.ledger() == []

    go_on(second, draft)
    send_all()
    runner.sweep()
    send_all()

    assert {operation.confirmed_by_id for operation in orders()} == {people.second_manager.pk}
    assert sorted(effect["domainId"] for effect in sandbox.ledger()) == CUSTOMERS
    assert all(operation.reason == REASON for operation in orders())


def test_a_file_whose_rows_are_all_ordered_waits_for_another_person_each_time(
    draft: Import, people: People, second: Client, sandbox: Sandbox
) -> None:
    draft.rows.filter(state="ready").delete()
    for person in (people.account_manager, people.second_manager):
        dismiss(person)
        send_all()
        runner.sweep()
        draft.refresh_from_db()
        assert (draft.state, draft.known_troubles) == ("stopped", [])
        User.objects.filter(pk=people.second_manager.pk).update(is_active=person == people.account_manager)
        if person == people.account_manager:
            go_on(second, draft)

    assert [operation.state for operation in orders()] == [State.UNASSIGNED] * 3
    assert sandbox.ledger() == []


def test_a_row_that_needs_someone_else_stops_the_file_while_its_starter_is_allowed_again(
    draft: Import, people: People
) -> None:
    dismiss(people.account_manager)
    execution.send(orders()[0])
    User.objects.update(is_active=True)

    runner.sweep()

    draft.refresh_from_db()
    assert (draft.state, draft.trouble) == ("stopped", "unassigned")
    assert "Needs someone else" in draft.trouble_words
