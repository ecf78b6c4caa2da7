"""However often people press and messages come, an order reaches LINE WORKS once."""

from collections import Counter
from functools import partial

import pytest
from django.db import transaction
from django.urls import reverse
from pytest_django.live_server_helper import LiveServer

from customers.models import Customer
from portal.celery import app
from portal.operations import execution, recovery
from portal.operations.models import Operation
from portal.operations.services import confirm
from portal.operations.states import State
from tests.support.orders import BEGINNING, REASON, ask, happened, monthly, order, outcomes, reach, rest
from tests.support.parallel import Browser, all_at_once
from tests.support.portal import PAID_MONTHLY, People, ReadIn, SignIn
from tests.support.sandbox import Sandbox
from tests.support.waiting import wait_for
from tests.support.worker import Worker, queued

POSTS = 20


@pytest.fixture
def browser(live_server: LiveServer, people: People, sign_in: SignIn) -> Browser:
    return Browser(live_server, sign_in(people.account_manager))


def address(name: str, operation: Operation) -> str:
    return reverse(f"operations:{name}", args=[operation.pk])


def test_the_same_confirmed_form_posted_20_times_in_parallel_is_one_order(
    browser: Browser, worker: Worker, sandbox: Sandbox, people: People, synced_customer: Customer
) -> None:
    operation = ask(people.account_manager, synced_customer)

    answers = all_at_once([partial(browser.post, address("confirm", operation), reason=REASON)] * POSTS)
    rest(operation)

    assert Counter((answer.status_code, answer.headers["Location"]) for answer in answers) == {
        (302, f"{operation.get_absolute_url()}#result"): POSTS
    }
    assert operation.state == State.SUCCEEDED
    assert happened(operation) == [*BEGINNING, "accepted", "verified"]
    assert sandbox.calls()["addPreOrder"] == 1
    assert len(sandbox.ledger()) == 1


def test_of_the_same_wish_of_several_people_the_first_wins(
    browser: Browser, worker: Worker, sandbox: Sandbox, people: People, synced_customer: Customer
) -> None:
    form = reverse("subscriptions:pre_order_add", args=[synced_customer.pk])
    wish = {"product_id": "STD", "plan": "MONTHLY", "apply_date": "2026-02-01"}
    asked = all_at_once([partial(browser.post, form, **wish)] * 6)
    first = Operation.objects.get()
    assert {answer.headers["Location"] for answer in asked} == {first.get_absolute_url()}
    others = [ask(by, synced_customer, monthly()) for by in (people.second_manager, people.administrator)]

    all_at_once([partial(browser.post, address("confirm", first), reason=REASON)] * 3)
    reach(first, State.SENDING, State.ACCEPTED, State.SUCCEEDED)
    for other, by in zip(others, (people.second_manager, people.administrator), strict=True):
        confirm(other, by=by, reason=REASON)

    assert rest(first).state == State.SUCCEEDED
    assert [rest(other).state for other in others] == [State.STALE] * 2
    assert sandbox.calls()["addPreOrder"] == 1
    assert len(sandbox.ledger()) == 1


def test_a_message_that_comes_many_times_is_worked_on_once(
    worker: Worker, sandbox: Sandbox, people: People, synced_customer: Customer
) -> None:
    sandbox.fault("getCustomer", "latency", seconds=0.3)
    operation = order(people.account_manager, synced_customer)
    for _again in range(10):
        app.send_task("operations.send", args=(operation.pk,))

    rest(operation)
    wait_for(lambda: not queued(), "the worker has taken every message")

    assert happened(operation) == [*BEGINNING, "accepted", "verified"]
    assert len(sandbox.ledger()) == 1


def test_the_decision_is_kept_before_any_message_and_the_message_waits_for_the_commit(
    no_worker: Worker, sandbox: Sandbox, people: People, synced_customer: Customer
) -> None:
    operation = ask(people.account_manager, synced_customer)

    with transaction.atomic():
        confirm(operation, by=people.account_manager, reason=REASON)
        before_the_commit = queued()

    assert (before_the_commit, queued()) == (0, 1)
    operation.refresh_from_db()
    assert (operation.state, operation.reason) == (State.QUEUED, REASON)


def test_a_decision_that_is_rolled_back_sends_no_message(
    no_worker: Worker, sandbox: Sandbox, people: People, synced_customer: Customer
) -> None:
    operation = ask(people.account_manager, synced_customer)

    with transaction.atomic():
        confirm(operation, by=people.account_manager, reason=REASON)
        transaction.set_rollback(True)

    operation.refresh_from_db()
    assert (operation.state, queued()) == (State.PROPOSED, 0)


def test_row_decision_and_try_are_kept_before_the_call(
    worker: Worker, sandbox: Sandbox, people: People, synced_customer: Customer
) -> None:
    """Seen from here, by another session of the database, while the worker waits for the answer."""
    sandbox.fault("addPreOrder", "latency", seconds=1.0)
    operation = order(people.account_manager, synced_customer)

    wait_for(lambda: sandbox.ledger(), "the order reaches the vendor")
    operation.refresh_from_db()
    seen = (operation.state, happened(operation), operation.attempts.count(), outcomes(operation))

    assert seen == (State.SENDING, BEGINNING, 1, [])
    assert operation.before_read_at is not None
    assert rest(operation).state == State.SUCCEEDED


def test_one_order_at_a_time_goes_out_for_a_customer_and_the_next_one_follows(
    worker: Worker, sandbox: Sandbox, people: People, synced_customer: Customer, read_in: ReadIn, sign_in: SignIn
) -> None:
    another = read_in(PAID_MONTHLY)
    sandbox.fault("addPreOrder", "latency", seconds=6.0)
    sandbox.fault("addPreOrder", "error_400")
    first = order(people.account_manager, synced_customer)
    wait_for(lambda: sandbox.calls()["addPreOrder"], "the first order reaches the vendor")

    held = order(people.account_manager, synced_customer, monthly())
    elsewhere = order(people.account_manager, another, monthly())
    recovery.sweep()
    execution.send(held)
    held.refresh_from_db()
    page = sign_in(people.account_manager).get(first.get_absolute_url()).content.decode()

    assert (held.state, happened(held)) == (State.QUEUED, ["proposed", "confirmed"])
    assert held.ref in page
    assert rest(elsewhere).state == State.SUCCEEDED
    assert rest(first).state == State.REFUSED
    assert rest(held).state == State.SUCCEEDED
    assert len(sandbox.ledger(synced_customer.pk)) == 1


def test_a_message_that_overtakes_another_does_not_send_its_request_first(
    no_worker: Worker, sandbox: Sandbox, people: People, synced_customer: Customer
) -> None:
    first = order(people.account_manager, synced_customer)
    second = order(people.account_manager, synced_customer, monthly())

    execution.send(second)
    second.refresh_from_db()
    assert second.state == State.QUEUED
    assert not second.attempts.exists()
    assert sandbox.ledger() == []

    execution.send(first)
    first.refresh_from_db()
    assert first.state == State.ACCEPTED


def test_nothing_goes_out_for_a_customer_while_an_outcome_is_unknown(
    worker: Worker, sandbox: Sandbox, people: People, synced_customer: Customer
) -> None:
    sandbox.fault("addPreOrder", "forget_after")
    lost = order(people.account_manager, synced_customer)
    held = order(people.account_manager, synced_customer, monthly())

    rest(lost)
    execution.send(held)
    held.refresh_from_db()

    assert lost.state == State.UNDECIDED
    assert held.state == State.QUEUED
    assert sandbox.ledger() == []
