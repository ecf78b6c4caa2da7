"""Redis hangs, as a process does that is stopped: nobody waits for it, and nothing is lost by it."""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Customer
from portal.core import enqueue
from portal.core.clock import now
from portal.operations.models import Operation
from portal.operations.states import State
from portal.sync import lookups
from portal.sync.models import Question, Reading
from portal.vendor.connection import api, services
from portal.vendor.connection.models import Grant
from tests.support.orders import BEGINNING, REASON, ask, happened, order, rest, stored
from tests.support.own_redis import OwnRedis
from tests.support.portal import OwnWorkers, People, SignIn
from tests.support.sandbox import Sandbox
from tests.support.waiting import wait_for
from tests.support.worker import queued

# What a person should wait at most while Redis hangs.
AT_MOST_SECONDS = 2.0


@pytest.fixture
def browser(transactional_db: None, people: People, sign_in: SignIn) -> Client:
    return sign_in(people.account_manager)


def seconds(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def confirm(browser: Client, operation: Operation) -> None:
    answer = browser.post(reverse("operations:confirm", args=[operation.pk]), {"reason": REASON})
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{operation.get_absolute_url()}#result")


def queued_after_a_while() -> int:
    """Return how many messages wait, once Partnerdesk tries its broker again."""
    enqueue.breaker.succeeded()
    return queued()


def test_a_confirm_is_answered_soon_while_redis_is_frozen(
    browser: Client, own_redis: OwnRedis, sandbox: Sandbox, people: People, synced_customer: Customer
) -> None:
    mine = {"domain_id": synced_customer.pk, "proposed_by_id": people.account_manager.pk}
    operations = [stored(State.PROPOSED, **mine, sent_at=None) for _again in range(4)]
    assert queued() == 0

    with own_redis.frozen():
        first = seconds(partial(confirm, browser, operations[0]))
        others = sum(seconds(partial(confirm, browser, operation)) for operation in operations[1:])

    assert first < AT_MOST_SECONDS
    # Only one of a few requests tries a broker that does not answer.
    assert others < AT_MOST_SECONDS
    assert {operation.state for operation in Operation.objects.all()} == {State.QUEUED}
    assert sandbox.ledger() == []


def test_pages_answer_soon_while_redis_is_frozen(
    browser: Client, own_redis: OwnRedis, synced_customer: Customer
) -> None:
    Reading.objects.update(read_at=now() - timedelta(hours=1))
    customer = reverse("customers:detail", args=[synced_customer.pk])

    with own_redis.frozen():
        for page in (customer, reverse("customers:list"), reverse("operations:list"), reverse("sync:detail")):
            assert seconds(partial(browser.get, page)) < AT_MOST_SECONDS + 1, page

    assert Reading.objects.filter(domain_id=synced_customer.pk).wanted().exists()


def test_what_was_confirmed_while_redis_was_frozen_is_sent_once_when_it_answers(
    browser: Client,
    own_redis: OwnRedis,
    own_workers: OwnWorkers,
    sandbox: Sandbox,
    people: People,
    synced_customer: Customer,
) -> None:
    operation = ask(people.account_manager, synced_customer)
    worker = own_workers()
    worker.start(with_schedule=True)

    with own_redis.frozen():
        confirm(browser, operation)
        wait_for(lambda: "Timeout reading from socket" in worker.log(), "the schedule misses its broker too")

    assert happened(rest(operation)) == [*BEGINNING, "accepted", "verified"]
    assert len(sandbox.ledger(synced_customer.pk)) == 1


@pytest.mark.chaos
def test_a_worker_that_gave_its_frozen_redis_up_goes_on_when_it_answers(
    own_redis: OwnRedis, own_workers: OwnWorkers, sandbox: Sandbox, people: People, synced_customer: Customer
) -> None:
    worker = own_workers()
    worker.start()
    with own_redis.frozen():
        wait_for(lambda: "Connection to broker lost" in worker.log(), "the worker gives its connection up", seconds=120)
    enqueue.breaker.succeeded()

    operation = order(people.account_manager, synced_customer)

    assert happened(rest(operation)) == [*BEGINNING, "accepted", "verified"]


def test_a_lost_question_is_asked_again(people: People, own_redis: OwnRedis, transactional_db: None) -> None:
    with own_redis.frozen():
        question = lookups.ask("getPartnerDomain", {}, by=people.account_manager)
    waiting = queued_after_a_while()

    lookups.enqueue_lost()
    assert queued() == waiting

    Question.objects.filter(pk=question.pk).update(asked_at=now() - lookups.LOST_AFTER)
    lookups.enqueue_lost()
    assert queued() == waiting + 1


def test_a_lost_try_of_the_connection_is_asked_for_again(own_redis: OwnRedis, transactional_db: None) -> None:
    with own_redis.frozen():
        services.ask_for_try()
    waiting = queued_after_a_while()

    services.enqueue_lost_try()
    assert queued() == waiting

    grant = Grant.objects.get(account=api.tokens().account)
    Grant.objects.filter(pk=grant.pk).update(try_asked_at=now() - services.LOST_AFTER)
    services.enqueue_lost_try()
    assert queued() == waiting + 1
