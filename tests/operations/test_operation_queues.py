"""A confirmed request takes effect soon, whatever else waits: refreshes, calls that hang, files."""

import time
from collections.abc import Sequence

import pytest
from django.conf import settings

from customers.rules.profile import CustomerEdit
from portal.celery import app
from portal.core.enqueue import enqueue
from portal.dev.server.run import WORKERS
from portal.operations.commands import COMMANDS
from portal.operations.models import Operation
from portal.operations.services import confirm, propose
from portal.operations.states import State
from portal.operations.transitions import BULK_QUEUE
from portal.sync.models import Reading
from portal.sync.resources import CUSTOMER, RESOURCES
from portal.sync.scheduler import want
from portal.vendor.connection import api
from tests.support.orders import REASON, happened, order, rest
from tests.support.own_redis import OwnRedis
from tests.support.portal import WITHOUT_CONTRACT, OwnWorkers, People, ReadIn
from tests.support.sandbox import Sandbox
from tests.support.waiting import wait_for

AT_MOST_SECONDS = 5.0
FIRST_CUSTOMER = 300_000_001
HANG_SECONDS = 30.0
# Under this limit refreshes soon wait for their turn; above it they take the places of their queue.
PACED, PLACES = 100, 16
PLACES_OF_BULK = 12


def test_every_queue_has_a_worker_of_its_own() -> None:
    used = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()} | {settings.CELERY_TASK_DEFAULT_QUEUE}
    assert used | {BULK_QUEUE} == set(WORKERS)


def test_a_task_has_a_time_limit_where_its_worker_can_be_ended_and_nowhere_else() -> None:
    app.loader.import_default_modules()
    ours = [task for name, task in app.tasks.items() if not name.startswith("celery.")]
    in_threads = {name: "--pool=threads" in pool for name, pool in WORKERS.items()}
    queues = {task.name: app.amqp.router.route({}, task.name)["queue"].name for task in ours}
    assert {task.name: task.time_limit is None for task in ours} == {name: in_threads[queues[name]] for name in queues}
    assert app.conf.task_time_limit is None


def flood(customers: Sequence[int]) -> None:
    """Have customers refreshed as one person's presses would, without the limit on those."""
    for domain_id in customers:
        want([domain_id])
        enqueue("sync.read_wanted", domain_id)


@pytest.mark.parametrize(
    ("refreshes", "limit"),
    [
        # So few calls that refreshes soon have to wait for their turn.
        pytest.param(29, 24, id="few"),
        # As it was met: the places are all taken, by refreshes and by two calls that hang.
        pytest.param(299, 240, id="many", marks=pytest.mark.chaos),
    ],
)
def test_a_request_waits_neither_for_refreshes_nor_for_calls_that_hang(
    refreshes: int,
    limit: int,
    transactional_db: None,
    sandbox: Sandbox,
    people: People,
    own_redis: OwnRedis,
    own_workers: OwnWorkers,
    read_in: ReadIn,
) -> None:
    sandbox.reset(customers=refreshes + 1)
    customer = read_in(WITHOUT_CONTRACT)
    others = [number for number in range(FIRST_CUSTOMER, FIRST_CUSTOMER + refreshes + 1) if number != WITHOUT_CONTRACT]
    paced = {"PARTNER_RATE_LIMIT": str(limit), "PARTNER_CONCURRENCY": "24"}
    for queue in ("operations", "pages"):
        own_workers(environment=paced, queues=[queue], pool=WORKERS[queue]).start()
    sandbox.fault("*", "hang", count=2, seconds=HANG_SECONDS)

    flood(others)
    by_all = RESOURCES[CUSTOMER].operation
    if limit < PACED:
        wait_for(lambda: api.budget().use(by_all).waiting_people >= 3, "refreshes have used up what they may")
    else:
        wait_for(lambda: sandbox.calls()[by_all] >= PLACES, "refreshes are in full swing")
    began = time.monotonic()
    operation = order(people.account_manager, customer)
    wait_for(lambda: sandbox.ledger(customer.pk), "the request takes effect")
    took = time.monotonic() - began

    assert took < AT_MOST_SECONDS
    assert rest(operation).state == State.SUCCEEDED
    assert happened(operation)[-1] == "verified"
    assert Reading.objects.exclude(domain_id=customer.pk).wanted().exists(), "the refreshes are still waiting"


def test_a_request_does_not_wait_for_those_out_of_a_file(
    transactional_db: None,
    sandbox: Sandbox,
    people: People,
    own_redis: OwnRedis,
    own_workers: OwnWorkers,
    read_in: ReadIn,
) -> None:
    """They hang, and are as many as the queue of people has places."""
    rows, by, edit = 24, people.account_manager, COMMANDS["patchCustomer"]
    sandbox.reset(customers=rows + 1)
    customer = read_in(WITHOUT_CONTRACT)
    numbers = [number for number in range(FIRST_CUSTOMER, FIRST_CUSTOMER + rows + 1) if number != customer.pk]
    for number in numbers:
        other, wish = read_in(number), CustomerEdit(phone_number="03-9999-9999")
        each = propose(edit, domain_id=other.pk, customer_name="-", request=wish, by=by, is_bulk=True)
        confirm(each, by=by, reason=REASON)
    sandbox.reset_calls()
    # What a changed customer is compared with, and a pre-order is not.
    sandbox.fault("getUsageStatus", "hang", count=rows, seconds=HANG_SECONDS)
    for queue in ("operations", BULK_QUEUE):
        own_workers(environment={"PARTNER_CONCURRENCY": "24"}, queues=[queue], pool=WORKERS[queue]).start()
    wait_for(lambda: sandbox.calls()["getUsageStatus"] >= PLACES_OF_BULK, "the file is in full swing")

    began = time.monotonic()
    operation = order(by, customer)
    wait_for(lambda: sandbox.ledger(customer.pk), "the request takes effect")

    assert time.monotonic() - began < AT_MOST_SECONDS
    assert rest(operation).state == State.SUCCEEDED
    assert Operation.objects.filter(is_bulk=True, state=State.QUEUED).exists(), "the file is still waiting"
