"""Many people who order all kinds of things at once by the pages, and what LINE WORKS must hold in the end."""

import random
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Lock
from typing import Any

from django.db import connections
from django.test import Client
from django.urls import reverse

from portal.core.clock import business_today
from portal.operations.commands import COMMANDS, Command
from portal.operations.models import Operation
from portal.operations.reconciliation import decide
from portal.operations.snapshots import NeverRead, from_cache
from portal.operations.states import State
from portal.sync.fetch import Vendor, read_customer
from portal.sync.resources import RESOURCES
from portal.vendor.ratelimit import Priority
from tests.support.forms import FormReader
from tests.support.orders import REASON
from tests.support.portal import People
from tests.support.sandbox import Sandbox
from tests.support.waiting import wait_for

FIRST_CUSTOMER = 300_000_001
# What leaves nobody to order for.
FINAL = ("deleteCustomer", "patchUsageStatus.withdrawal", "changeDomain")
ABOUT_CUSTOMERS = [command for command in COMMANDS if not command.is_onboarding and command.kind not in FINAL]
WORDS = {"memo": "混乱の中で", "company_name": "株式会社つばめ運輸", "domain": "konran.example"}


@dataclass
class Crowd:
    """
    People who order at the same time, each by the pages.

    With `patience`, each looks at the page of a request for up to so many seconds, until it has been sent, before the
    next one: people who never look would ask for more than any machine can send.
    """

    clients: Sequence[Client]
    customers: Sequence[int]
    wanted: int
    _random: random.Random
    patience: float = 0.0
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
        page = client.get(address)
        if page.status_code != HTTPStatus.OK:
            return
        filled = FormReader(page.content.decode()).filled_in(WORDS)
        answer = client.post(address, filled)
        # A bundle, or the sign-in page for somebody who was dismissed meanwhile, leads elsewhere.
        to = re.fullmatch(r"/requests/(\d+)/", answer.headers.get("Location", ""))
        if not to:
            return
        number = int(to[1])
        answer = client.post(reverse("operations:confirm", args=[number]), {"reason": REASON, "accepts_penalty": "on"})
        if answer.headers.get("Location") != f"{to[0]}#result":
            return
        with self._lock:
            # Somebody may have the same draft open twice.
            self.confirmed += [number] * (number not in self.confirmed)
        if self.patience:
            self._watch(number)

    def _watch(self, number: int) -> None:
        waiting = Operation.objects.filter(pk=number, state__in=(State.QUEUED, State.SENDING))
        with suppress(AssertionError):
            wait_for(lambda: not waiting.exists(), "the request has been sent", seconds=self.patience)

    def _somewhere(self, mine: random.Random) -> str:
        """Return the form of an order that is offered for a customer, by chance."""
        command: Command[Any] = mine.choice(ABOUT_CUSTOMERS)
        domain_id = mine.choice(self.customers)
        try:
            state, _read_at = from_cache(domain_id, command.resources)
        except NeverRead:
            return ""
        targets = [each for each in command.targets(state) if not command.preconditions(state, each, business_today())]
        return command.address(domain_id, mine.choice(targets).ids) if targets else ""


def key(operation: Operation) -> tuple[int | None, str]:
    """Return whom a change is about and how LINE WORKS calls it."""
    return operation.domain_id, COMMANDS[operation.kind].operation


def effects(sandbox: Sandbox) -> Counter[tuple[int | None, str]]:
    """Count what LINE WORKS committed at Partnerdesk's word, by customer and operation."""
    names = {command.operation for command in COMMANDS}
    return Counter((row["domainId"], row["operation"]) for row in sandbox.ledger() if row["operation"] in names)


def done() -> Counter[tuple[int | None, str]]:
    """Count the operations that say so."""
    return Counter(map(key, Operation.objects.filter(state=State.SUCCEEDED)))


def settle_what_waits_for_a_person(sandbox: Sandbox, people: People) -> None:
    """Decide by what LINE WORKS holds; the evidence of both readings is there."""
    for operation in Operation.objects.filter(state=State.UNDECIDED):
        assert operation.before_read_at, operation
        assert operation.after_read_at, operation
        happened = effects(sandbox)[key(operation)] > done()[key(operation)]
        decide(operation, applied=happened, how_known="ベンダーに確認", by=people.administrator)


def read_all(customers: Sequence[int]) -> None:
    """Bring customers into the cache."""
    vendor = Vendor(Priority.PEOPLE)
    for domain_id in customers:
        read_customer(vendor, domain_id, RESOURCES.of_customer())
