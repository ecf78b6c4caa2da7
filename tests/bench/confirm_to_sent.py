"""
How long an order takes from the press of "confirm" until LINE WORKS has it.

A real web process, a real worker, and a vendor who takes 100 ms for every answer. The clock starts before the browser's
POST; it stops when LINE WORKS's answer to the write is in, and, more kindly, when LINE WORKS has committed the write.
Before the write the worker reads LINE WORKS's state, in as many calls as the order has resources.

It is measured while nothing else happens, and while workers beside read everything again at LINE WORKS's call limit,
as in `reads_at_the_limit`. There an order counts only if the resync still went on once the order was settled.
"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import islice

import requests
from django.conf import settings

from customers.models import Customer
from portal.core.clock import business_today, now
from portal.operations import services
from portal.operations.models import Answer, Operation
from portal.operations.states import SETTLED
from portal.sync import runs
from portal.sync.fetch import Vendor, read_customer
from portal.sync.models import SyncRun
from portal.vendor.ratelimit import Priority
from subscriptions.commands.pre_orders import ADD_PRE_ORDER
from subscriptions.rules.pre_orders import PreOrderAdd
from tests.bench import book, ground, people
from tests.bench.figures import Figure, middle_and_p95, p95
from tests.bench.ground import Ground
from tests.bench.resyncs import Pace, Workers, emptied, vendor, without_limit
from tests.support.sandbox import Sandbox
from tests.support.waiting import wait_for
from tests.support.worker import Worker

ORDERS = 50
# The first orders find a worker that has no token yet, which happens once a day.
WARM_UP = 4
VENDOR_SECONDS = 0.1
MOST_SECONDS = 1.0
# Beside a resync, which takes two minutes; on a machine so busy that it ends before the orders do, fewer count.
CUSTOMERS_TO_READ = 450
MOST_MEANWHILE, LEAST_MEANWHILE = 40, 20
PACE = Pace(limit=240, window=12)
UNLIMITED = Pace(limit=0, window=1)
PROCESSES = 2


@dataclass(frozen=True)
class Way:
    """The moments of one order."""

    pressed: datetime
    committed: datetime
    answered: datetime


def measure(given: Ground) -> list[Figure]:
    """Measure it in peace, and during a full resync."""
    return [_in_peace(given), _during_a_resync(given)]


def _in_peace(given: Ground) -> Figure:
    book.fill()
    worker = Worker({}, given.folder / "worker.log")
    given.sandbox.fault("*", "latency", count=0, seconds=VENDOR_SECONDS)
    worker.start()
    try:
        with ground.web() as address:
            ways = [_send(address, operation, given.sandbox) for operation in _proposed(WARM_UP + ORDERS)][WARM_UP:]
    finally:
        worker.stop()
        given.sandbox.clear_faults()
    return _figure("From confirm to sent and accepted", ways)


def _during_a_resync(given: Ground) -> Figure:
    """
    Confirm orders while everything is read again.

    Raises:
        RuntimeError: the resync was over after so few that they say little.
    """
    with vendor(CUSTOMERS_TO_READ, UNLIMITED) as sandbox, emptied(settings.REDIS_URL):
        without_limit(settings.REDIS_URL)
        with Workers(given, sandbox, PROCESSES, UNLIMITED) as workers:
            workers.resync()
        sandbox.limits(PACE.limit, PACE.window, kind=PACE.kind)
        sandbox.fault("*", "latency", count=0, seconds=VENDOR_SECONDS)
        with (
            Workers(given, sandbox, PROCESSES, PACE, with_people=True) as workers,
            ground.web(environment=workers.environment) as address,
        ):
            sandbox.reset_calls()
            workers.start()
            wait_for(lambda: max(sandbox.calls().values(), default=0) >= PACE.limit // 2, "it is at its pace")
            orders = _minted(Customer.objects.current().order_by("pk"))
            for operation in islice(orders, WARM_UP):
                _send(address, operation, sandbox)
            run = SyncRun.objects.latest("pk")
            sandbox.reset_calls()
            ways, seconds, calls, began = list[Way](), 0.0, Counter[str](), time.perf_counter()
            for operation in islice(orders, MOST_MEANWHILE):
                way = _send(address, operation, sandbox)
                run.refresh_from_db()
                if not run.is_running:
                    break
                ways.append(way)
                seconds, calls = time.perf_counter() - began, sandbox.calls()
            if len(ways) < LEAST_MEANWHILE:
                raise RuntimeError(f"the {run} ended {run.state} after {len(ways)} orders")
            runs.stop(run)
    # No order makes calls of the operation that a resync makes the most of.
    [(busiest, count)] = calls.most_common(1)
    pace = count / seconds / (PACE.limit // 2 / PACE.window)
    return _figure(
        f"The same during a full resync of {CUSTOMERS_TO_READ:,} customers at {PACE.limit} calls of an operation per "
        f"{PACE.window} s",
        ways,
        f"; under way until the last of them: {calls.total():,} calls in {seconds:.0f} s, {busiest} at {pace:.0%} of "
        f"what a resync may use",
    )


def _figure(what: str, ways: Sequence[Way], meanwhile: str = "") -> Figure:
    answered = [(way.answered - way.pressed).total_seconds() for way in ways]
    committed = [(way.committed - way.pressed).total_seconds() for way in ways]
    return Figure(
        f"{what}, the vendor answering in {VENDOR_SECONDS * 1000:.0f} ms",
        f"p95 ≤ {MOST_SECONDS:.0f} s",
        f"{middle_and_p95(answered)}; at the vendor after {middle_and_p95(committed)}; {len(ways)} orders{meanwhile}",
        p95(answered) <= MOST_SECONDS,
    )


def _proposed(count: int) -> Iterator[Operation]:
    """Mint orders for customers of whom LINE WORKS is asked first."""
    for customer in islice(Customer.objects.current().order_by("pk"), count):
        outcome = read_customer(Vendor(Priority.PEOPLE), customer.pk, ADD_PRE_ORDER.resources)
        if outcome.failed or outcome.not_reached:
            raise RuntimeError(f"{customer.pk} could not be read: {outcome.not_reached or outcome.failed}")
        yield from _minted([customer])


def _minted(customers: Iterable[Customer]) -> Iterator[Operation]:
    """Mint orders, each for another customer, each only when the one before is settled."""
    person = people.manager()
    wish = PreOrderAdd(
        product_id="STD", plan="ANNUAL_LICENSE", apply_date=business_today() + timedelta(days=20), license_count=10
    )
    for customer in customers:
        yield services.propose(
            ADD_PRE_ORDER, domain_id=customer.pk, customer_name=str(customer), request=wish, by=person
        )


def _send(address: str, operation: Operation, sandbox: Sandbox) -> Way:
    """Confirm an order as a browser does, and follow it until it is settled, so that the worker is idle again."""
    with requests.Session() as browser:
        browser.cookies.update(people.session_cookie())
        page = f"{address}{operation.get_absolute_url()}"
        browser.get(page, timeout=30).raise_for_status()
        token = browser.cookies[settings.CSRF_COOKIE_NAME]
        pressed = now()
        answer = browser.post(
            f"{page}confirm/",
            data={"reason": "measured", "csrfmiddlewaretoken": token},
            allow_redirects=False,
            timeout=30,
        )
    if answer.status_code != HTTPStatus.FOUND:
        raise RuntimeError(f"confirming {operation} answered {answer.status_code}")
    wait_for(lambda: Operation.objects.get(pk=operation.pk).state in SETTLED, f"{operation} is settled")
    [effect] = [done for done in sandbox.ledger(operation.domain_id) if done["operation"] == operation.kind]
    answered = Answer.objects.get(operation=operation, outcome=Answer.Outcome.ACCEPTED).at
    return Way(pressed, datetime.fromisoformat(effect["at"]), answered)
