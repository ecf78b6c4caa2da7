"""A file runs: three rows, a look, the rest; it stops at new trouble; each row makes one operation whatever happens."""

import csv
import io
import time
from itertools import chain, repeat
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from openpyxl import load_workbook

from portal.bulk import runner
from portal.bulk.models import Import, ImportRow
from portal.celery import app
from portal.operations import recovery
from portal.operations.approvals import set_policy
from portal.operations.models import Operation
from portal.operations.services import approve, confirm
from portal.operations.states import State
from tests.bulk.files import table, upload, wish
from tests.support.orders import SCHEDULE_SECONDS, ask, happened
from tests.support.policies import PRE_ORDERS
from tests.support.portal import People, ReadIn, SignIn
from tests.support.sandbox import Sandbox
from tests.support.waiting import wait_for
from tests.support.worker import Worker

CUSTOMERS = [300_000_001, 300_000_002, 300_000_005, 300_000_006, 300_000_007]
REASON = "春の一括契約"


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.account_manager)


@pytest.fixture
def five(worker: Worker, sandbox: Sandbox, read_in: ReadIn, browser: Client) -> Import:
    """A file that asks for a pre-order for each of five customers."""
    for pk in CUSTOMERS:
        read_in(pk)
    sandbox.reset_calls()
    draft = upload(browser, table(*(wish(pk) for pk in CUSTOMERS)))
    assert draft.rows.filter(state="ready").count() == 5
    return draft


def act(browser: Client, draft: Import, what: str, **fields: str) -> Import:
    answer = browser.post(f"{draft.get_absolute_url()}{what}/", fields)
    assert answer.status_code == 302, answer.content.decode()
    draft.refresh_from_db()
    return draft


def reach(draft: Import, state: str) -> Import:
    """Wait until a file is in a state, with the schedule that goes on with it and its orders every few seconds."""
    began = time.monotonic()

    def arrived() -> bool:
        runner.sweep()
        if time.monotonic() - began > SCHEDULE_SECONDS:
            recovery.sweep()
        draft.refresh_from_db()
        return draft.state == state

    try:
        wait_for(arrived, f"the file is {state}")
    except AssertionError as error:
        orders = [row.operation for row in draft.rows.order_by("number") if row.operation]
        told = "; ".join(f"{order.state} after {happened(order)}: {order.problem}" for order in orders)
        error.add_note(f"it is {draft.state}, and its orders are {told}")
        raise
    return draft


def made(draft: Import) -> int:
    return draft.rows.exclude(operation=None).count()


def test_three_rows_a_look_and_the_rest(browser: Client, five: Import, sandbox: Sandbox) -> None:
    assert sandbox.ledger() == []
    draft = reach(act(browser, five, "run", warned="on", reason=REASON, reference="T-7"), "look")
    assert made(draft) == 3 == len(sandbox.ledger())
    assert "Check the results of the first rows." in browser.get(draft.get_absolute_url()).content.decode()

    draft = reach(act(browser, draft, "go-on"), "done")
    assert sorted(effect["domainId"] for effect in sandbox.ledger()) == CUSTOMERS
    operations = Operation.objects.all()
    assert {(one.state, one.reason, one.reference) for one in operations} == {(State.SUCCEEDED, REASON, "T-7")}
    page = browser.get(draft.get_absolute_url(), headers={"HX-Request": "true"}).content.decode()
    assert f"<title>{draft.file_name}: {draft.get_state_display()} · Partnerdesk</title>" in page
    assert "5 rows are completed and verified in LINE WORKS." in page
    assert 'id="waiting" hx-swap-oob="outerHTML"' in page

    again = upload(browser, table(*(wish(pk) for pk in CUSTOMERS)))
    assert set(again.rows.values_list("state", flat=True)) == {"before"}
    shown = browser.get(again.get_absolute_url()).content.decode()
    assert all(operation.ref in shown for operation in operations)
    act(browser, again, "run", warned="on", reason=REASON)
    reach(again, "done")
    assert len(sandbox.ledger()) == 5


def test_it_stops_at_new_trouble_and_goes_on_when_told(browser: Client, five: Import, sandbox: Sandbox) -> None:
    draft = reach(act(browser, five, "run", warned="on", reason=REASON), "look")
    sandbox.fault("addPreOrder", "error_400", count=2)
    draft = reach(act(browser, draft, "go-on"), "stopped")
    assert draft.trouble.startswith("refused")
    assert "Stopped. No further rows are sent" in browser.get(draft.get_absolute_url()).content.decode()
    draft = reach(act(browser, draft, "go-on"), "done")
    assert len(draft.known_troubles) == 1
    assert made(draft) == 5


def test_what_goes_wrong_while_a_file_is_gone_through_stops_it(
    browser: Client, five: Import, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = reach(act(browser, five, "run", warned="on", reason=REASON), "look")
    sandbox.fault("addPreOrder", "error_400", count=2)
    act(browser, draft, "go-on")
    wait_for(lambda: draft.rows.filter(operation__state=State.REFUSED).count() == 2, "both are refused")
    # As if the refusals had come right after the first look for them.
    looks = chain([lambda _draft: iter(())], repeat(runner._troubles))
    monkeypatch.setattr(runner, "_troubles", lambda draft: next(looks)(draft))
    runner.sweep()
    draft.refresh_from_db()
    assert (draft.state, draft.trouble[:7]) == ("stopped", "refused")


def test_facts_that_moved_since_the_check_are_not_ordered_on(
    browser: Client, five: Import, sandbox: Sandbox, people: People, read_in: ReadIn
) -> None:
    other = upload(browser, table(wish(CUSTOMERS[0], licenses=99)))
    reach(act(browser, other, "run", warned="on", reason=REASON), "done")

    draft = reach(act(browser, five, "run", warned="on", reason=REASON), "stopped")
    first = draft.rows.order_by("number")[0]
    assert (first.state, first.operation) == ("failed", None)
    assert "Check again" in draft.trouble_words
    assert made(draft) == 0

    draft = act(browser, draft, "check")
    first.refresh_from_db()
    # Its effects are others now, so somebody has to look at them.
    assert (first.state, first.is_included) == ("ready", False)
    act(browser, draft, f"rows/{first.number}/include", included="yes")
    reach(act(browser, draft, "go-on"), "done")
    assert len(sandbox.ledger()) == 6


def test_a_worker_that_dies_makes_no_row_twice(browser: Client, five: Import, worker: Worker, sandbox: Sandbox) -> None:
    act(browser, five, "run", warned="on", reason=REASON)
    wait_for(lambda: made(five) > 0, "a row is made")
    worker.kill()
    worker.start()
    # What died while sending may end unknown, which stops the file; a person goes on from there.
    draft = five

    def at_rest() -> bool:
        recovery.sweep()
        runner.sweep()
        draft.refresh_from_db()
        if draft.state in ("look", "stopped"):
            act(browser, draft, "go-on")
        return draft.state == "done" and not Operation.objects.filter(state__in=[State.QUEUED, State.SENDING]).exists()

    wait_for(at_rest, "the file comes to its end")
    assert made(draft) == 5 == Operation.objects.count()
    assert len(sandbox.ledger()) <= 5


def test_nobody_makes_a_second_operation_of_a_row(five: Import, people: People, no_messages: None) -> None:
    runner.start(five, by=people.account_manager, reason=REASON, warned=True)
    runner.advance(five.pk)
    runner.advance(five.pk)
    runner.start(five, by=people.account_manager, reason="again", warned=True)
    assert made(five) == Operation.objects.count() == 3
    row = five.rows.exclude(operation=None)[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        ImportRow.objects.create(draft=five, number=99, cells=[], state="requested", operation=row.operation)
    with pytest.raises(IntegrityError), transaction.atomic():
        ImportRow.objects.create(draft=five, number=row.number, cells=[])


@pytest.fixture
def no_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing goes to the worker."""
    monkeypatch.setattr(app, "send_task", lambda *_args, **_kwargs: None)


def test_a_second_person_approves_each_of_them(
    browser: Client, five: Import, people: People, sandbox: Sandbox, worker: Worker
) -> None:
    set_policy(PRE_ORDERS, by=people.administrator)
    act(browser, five, "run", warned="on", reason=REASON)
    wait_for(lambda: made(five) == 3, "three rows are made")
    runner.sweep()
    five.refresh_from_db()
    assert five.state == "trying"
    assert sandbox.ledger() == []
    for operation in Operation.objects.all():
        assert operation.state == State.AWAITING_APPROVAL
        approve(operation, by=people.second_manager)
    reach(five, "look")
    assert len(sandbox.ledger()) == 3


def test_it_is_stopped_by_a_person(browser: Client, five: Import, no_messages: None) -> None:
    act(browser, five, "run", warned="on", reason=REASON)
    draft = act(browser, five, "stop")
    assert (draft.state, draft.trouble) == ("stopped", "")
    runner.sweep()
    assert made(draft) == 0


def test_without_a_reason_nothing_runs(browser: Client, five: Import) -> None:
    answer = browser.post(f"{five.get_absolute_url()}run/", {"reason": "  "})
    assert answer.status_code == 422
    five.refresh_from_db()
    assert five.state == "checked"
    act(browser, five, "discard")
    assert five.state == "discarded"


def test_the_results_can_be_taken_and_are_no_formulas(browser: Client, five: Import) -> None:
    draft = upload(browser, table(wish(CUSTOMERS[0], note="=1+1"), wish("=cmd|' /C calc'!A0")))
    address = f"{draft.get_absolute_url()}results"
    [_header, one, other] = csv.reader(io.StringIO(browser.get(f"{address}.csv").content.decode("utf-8-sig")))
    assert (one[5], one[6]) == ("'=1+1", "Ready")
    assert other[0] == "'=cmd|' /C calc'!A0"
    assert "formula" in other[9]
    sheet: Any = load_workbook(io.BytesIO(browser.get(f"{address}.xlsx").content)).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"s"}


def test_a_file_leaves_the_private_draft_of_the_person_who_runs_it_alone(
    people: People,
    read_in: ReadIn,
    sign_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The draft stays as it was reviewed, whether a row of the file is about the same thing or not."""
    monkeypatch.setattr(app, "send_task", lambda *_args, **_kwargs: None)
    customer = read_in(300_000_001)
    read_in(300_000_002)
    own = ask(people.account_manager, customer)
    before = Operation.objects.filter(pk=own.pk).values().get()
    told = list(own.events.values())

    draft = upload(sign_in(people.account_manager), table(wish(300_000_001), wish(300_000_002)))
    runner.start(draft, by=people.account_manager, reason=REASON, warned=True)
    runner.advance(draft.pk)

    made = Operation.objects.filter(draft_row__draft=draft)
    assert {operation.domain_id for operation in made} == {300_000_001, 300_000_002}
    assert own.pk not in {operation.pk for operation in made}
    assert Operation.objects.filter(pk=own.pk).values().get() == before
    assert list(own.events.values()) == told
    # What is reviewed is submitted as before.
    assert confirm(own, by=people.account_manager, reason=REASON).state == State.QUEUED
