"""
Many people order all kinds of things at once, while workers are killed and the vendor commits and then cuts, hangs, or
answers 500 or 429: what the vendor holds in the end is what the operations say, no more and no less.
"""

import random
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from threading import Lock

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from portal.clock import business_today
from portal.operations.models import Operation
from portal.operations.orders import ORDERS, Order
from portal.operations.readings import NeverRead, from_cache
from portal.operations.settling import decide
from portal.operations.states import SETTLED, State
from portal.operations.writes import WRITES
from portal.pace import Lane
from portal.sync.reading import Vendor, read_customer
from portal.sync.resources import RESOURCES
from tests.support.forms import FormReader
from tests.support.orders import REASON
from tests.support.portal import People, SignIn
from tests.support.sandbox import Sandbox
from tests.support.waiting import wait_for
from tests.support.worker import Worker

FIRST_CUSTOMER = 300_000_001
# What the vendor does to a call, and to how many calls in a hundred.
FAULTS = {
    "cut_after": 8,
    "cut_before": 5,
    "error_500": 8,
    "html_after": 4,
    "too_many": 8,
    "truncated_json": 4,
    "hang": 3,
}
HANG_SECONDS = 0.3
# What leaves nobody to order for.
FINAL = ("deleteCustomer", "patchUsageStatus.withdrawal", "changeDomain")
ABOUT_CUSTOMERS = [order for order in ORDERS if not order.is_newcomers and order.write.kind not in FINAL]
WORDS = {"memo": "混乱の中で", "company_name": "株式会社つばめ運輸", "domain": "konran.example"}


@dataclass
class Crowd:
    """People who order at the same time, each by the pages."""

    clients: Sequence[Client]
    customers: Sequence[int]
    wanted: int
    _random: random.Random
    _lock: Lock = field(default_factory=Lock)
    confirmed: list[int] = field(default_factory=list)

    def order(self, number: int) -> None:
        """Place orders, one person's share of them, until there are enough."""
        client, mine = self.clients[number % len(self.clients)], random.Random(self._random.random() + number)  # noqa: S311  no secret
        try:
            while len(self.confirmed) < self.wanted:
                self._try_one(client, mine)
        finally:
            connections.close_all()

    def _try_one(self, client: Client, mine: random.Random) -> None:
        address = self._somewhere(mine)
        if not address:
            return
        filled = FormReader(client.get(address).content.decode()).filled_in(WORDS)
        answer = client.post(address, filled)
        if answer.status_code != 302 or "/bundles/" in answer.headers["Location"]:
            return
        number = int(answer.headers["Location"].rstrip("/").rpartition("/")[2])
        client.post(reverse("operations:confirm", args=[number]), {"reason": REASON})
        with self._lock:
            self.confirmed.append(number)

    def _somewhere(self, mine: random.Random) -> str:
        """Answer the form of an order that is offered for a customer, by chance."""
        order: Order = mine.choice(ABOUT_CUSTOMERS)
        domain_id = mine.choice(self.customers)
        try:
            state, _read_at = from_cache(domain_id, order.write.resources)
        except NeverRead:
            return ""
        subjects = [each for each in order.subjects(state) if not order.against(state, each, business_today())]
        return order.address(domain_id, mine.choice(subjects).ids) if subjects else ""


def key(operation: Operation) -> tuple[int | None, str]:
    """Answer whom a change is about and how the vendor calls it."""
    return operation.domain_id, WRITES[operation.kind].operation


def effects(sandbox: Sandbox) -> Counter[tuple[int | None, str]]:
    """Count what the vendor committed at the portal's word, by customer and operation."""
    names = {order.write.operation for order in ORDERS}
    return Counter((row["domainId"], row["operation"]) for row in sandbox.ledger() if row["operation"] in names)


def done() -> Counter[tuple[int | None, str]]:
    """Count the operations that say so."""
    return Counter(map(key, Operation.objects.filter(state=State.SUCCEEDED)))


def settle_what_waits_for_a_person(sandbox: Sandbox, people: People) -> None:
    """Decide by what the vendor holds; the evidence of both readings is there."""
    for operation in Operation.objects.filter(state=State.UNDECIDED):
        assert operation.before_read_at, operation
        assert operation.after_read_at, operation
        happened = effects(sandbox)[key(operation)] > done()[key(operation)]
        decide(operation, applied=happened, how_known="ベンダーに確認", by=people.administrator)


@pytest.mark.parametrize(
    ("users", "orders", "kills", "customers"),
    [
        pytest.param(4, 16, 1, 6, id="few"),
        pytest.param(20, 1_000, 25, 200, id="many", marks=pytest.mark.chaos),
    ],
)
def test_what_the_vendor_holds_is_what_the_operations_say(
    users: int,
    orders: int,
    kills: int,
    customers: int,
    worker: Worker,
    sandbox: Sandbox,
    people: People,
    sign_in: SignIn,
) -> None:
    sandbox.reset(customers=customers)
    everybody = range(FIRST_CUSTOMER, FIRST_CUSTOMER + customers)
    vendor = Vendor(Lane.PEOPLE)
    for domain_id in everybody:
        read_customer(vendor, domain_id, RESOURCES.of_customer())
    worker.stop()
    worker.start(with_schedule=True)
    for seed, (fault, percent) in enumerate(FAULTS.items()):
        sandbox.fault("*", fault, count=0, probability=percent / 100, seed=seed, seconds=HANG_SECONDS)
    clients = [sign_in(people.account_manager), sign_in(people.second_manager)]
    crowd = Crowd(clients, everybody, orders, random.Random(1))  # noqa: S311  no secret

    with ThreadPoolExecutor(users) as threads:
        at_work = [threads.submit(partial(crowd.order, number)) for number in range(users)]
        for kill in range(1, kills + 1):
            enough = orders * kill // (kills + 1)
            wait_for(lambda enough=enough: len(crowd.confirmed) >= enough, "people order", seconds=600)  # type: ignore[misc]  # bound here
            worker.kill()
            worker.start(with_schedule=True)
        for person in at_work:
            person.result()
    sandbox.clear_faults()

    def all_is_settled() -> bool:
        settle_what_waits_for_a_person(sandbox, people)
        return not Operation.objects.filter(pk__in=crowd.confirmed).exclude(state__in=SETTLED).exists()

    try:
        wait_for(all_is_settled, "every operation is settled", seconds=60 + orders)
    finally:
        # In good order it would wait for sweeps whose turn the vendor's refusals have put off for minutes.
        worker.kill()
    assert effects(sandbox) == done()
    states = Counter(Operation.objects.filter(pk__in=crowd.confirmed).values_list("state", flat=True))
    assert states[State.SUCCEEDED] >= orders // 4, states
