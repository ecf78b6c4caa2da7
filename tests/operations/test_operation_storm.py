"""
Many people order at once, while Redis hangs, workers are killed, calls hang, one person refreshes without end and
another is dismissed.

What LINE WORKS holds in the end is what the operations say, and a request that none of this concerns takes effect soon.
"""

import logging
import random
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.core.clock import now
from portal.dev.server.run import WORKERS
from portal.operations.models import Answer, Attempt, Operation
from portal.operations.states import SETTLED, State
from tests.support.crowd import FIRST_CUSTOMER, Crowd, done, effects, read_all, settle_what_waits_for_a_person
from tests.support.own_redis import OwnRedis
from tests.support.portal import OwnWorkers, People, SignIn
from tests.support.sandbox import Sandbox
from tests.support.waiting import wait_for

log = logging.getLogger(__name__)

AT_MOST = timedelta(seconds=5)
HANG_SECONDS = 30.0
# As many calls at a time as an installation has; four of them, as other tests have, would all hang at once.
PLACES = {"PARTNER_CONCURRENCY": "24"}
# How long people look at the page of a request before they go on with another one.
PATIENCE_SECONDS = 5.0
# The schedule comes by every five seconds: what was lost is found by then, and a message that waits has expired.
RECOVERS_WITHIN = timedelta(seconds=12)
# Between the last look at who confirmed a request and the call.
UNSEEN = timedelta(seconds=1)


@dataclass
class Disturbances:
    """When something was broken that concerns everybody."""

    times: list[tuple[datetime, datetime]] = field(default_factory=list)

    @contextmanager
    def noted(self) -> Iterator[None]:
        began = now()
        yield
        self.times.append((began, now() + RECOVERS_WITHIN))

    def concern(self, began: datetime, ended: datetime) -> bool:
        return any(began < later and earlier < ended for earlier, later in self.times)


def refresh_without_end(client: Client, customers: range, over: threading.Event) -> None:
    """Press Refresh for one customer after the other, as fast as the pages answer."""
    try:
        while not over.is_set():
            for domain_id in customers:
                client.post(reverse("customers:read_again", args=[domain_id]))
                if over.is_set():
                    return
    finally:
        connections.close_all()


def dismissed(person: User) -> datetime:
    """Take somebody's access while something that they confirmed waits."""
    wait_for(
        lambda: Operation.objects.filter(confirmed_by_id=person.pk, state=State.QUEUED).exists(), "something waits"
    )
    User.objects.filter(pk=person.pk).update(is_active=False)
    return now()


def waits(disturbances: Disturbances) -> list[timedelta]:
    """
    Return how long each request took to LINE WORKS and back that no disturbance and no other request held up.

    A request whose own call hung was tried again, or has no clear answer.
    """
    found = []
    undisturbed = Operation.objects.filter(tries=0, state=State.SUCCEEDED, answers__outcome=Answer.Outcome.ACCEPTED)
    for operation in undisturbed:
        answered, confirmed = operation.answers.get().at, operation.confirmed_at
        assert confirmed
        beside = Operation.objects.filter(domain_id=operation.domain_id, confirmed_at__lt=answered)
        held_up = beside.exclude(pk=operation.pk).filter(state_at__gt=confirmed).exists()
        if not held_up and not disturbances.concern(confirmed, answered):
            found.append(answered - confirmed)
    return sorted(found)


@pytest.mark.parametrize(
    ("users", "orders", "freezes", "kills", "customers"),
    [
        pytest.param(3, 12, 1, 0, 12, id="few"),
        pytest.param(21, 1_000, 6, 4, 300, id="many", marks=pytest.mark.chaos),
    ],
)
def test_a_request_that_nothing_concerns_takes_effect_soon(
    users: int,
    orders: int,
    freezes: int,
    kills: int,
    customers: int,
    transactional_db: None,
    sandbox: Sandbox,
    people: People,
    sign_in: SignIn,
    own_redis: OwnRedis,
    own_workers: OwnWorkers,
) -> None:
    sandbox.reset(customers=customers)
    everybody = range(FIRST_CUSTOMER, FIRST_CUSTOMER + customers)
    read_all(everybody)
    sending = own_workers(environment=PLACES, queues=["operations"], pool=WORKERS["operations"])
    sending.start()
    own_workers(environment=PLACES, queues=["pages"], pool=WORKERS["pages"]).start()
    own_workers(environment=PLACES, queues=["bulk", "files", "sweep"], pool=WORKERS["sweep"]).start(with_schedule=True)
    leaver = User.objects.create_user("mori@partner.example", name="森 陽子")
    leaver.groups.set(people.account_manager.groups.all())
    clients = [sign_in(people.account_manager), sign_in(people.second_manager), sign_in(leaver)]
    crowd = Crowd(clients, everybody, orders, random.Random(1), patience=PATIENCE_SECONDS)  # noqa: S311  no secret
    disturbances, over, removed_at = Disturbances(), threading.Event(), now()
    sandbox.fault("*", "hang", count=2 * freezes, probability=0.05, seconds=HANG_SECONDS)

    def enough(part: int) -> bool:
        return len(crowd.confirmed) >= orders * part // (freezes + kills + 1)

    with ThreadPoolExecutor(users + 1) as threads:
        refreshing = threads.submit(refresh_without_end, sign_in(people.support), everybody, over)
        at_work = [threads.submit(partial(crowd.order, number)) for number in range(users)]
        try:
            for part in range(1, freezes + kills + 1):
                wait_for(partial(enough, part), "people order", seconds=600)
                with disturbances.noted():
                    if part <= freezes:
                        with own_redis.frozen():
                            confirmed = len(crowd.confirmed)
                            if part == 1:
                                removed_at = dismissed(leaver)
                            wait_for(lambda seen=confirmed: len(crowd.confirmed) > seen, "people go on")  # type: ignore[misc]  # bound here
                    else:
                        sending.kill()
                        sending.start()
            for person in at_work:
                person.result()
        finally:
            over.set()
        refreshing.result()

    def all_is_settled() -> bool:
        settle_what_waits_for_a_person(sandbox, people)
        unsettled = Operation.objects.filter(pk__in=crowd.confirmed).exclude(state__in=(*SETTLED, State.UNASSIGNED))
        return not unsettled.exists()

    wait_for(all_is_settled, "every operation is settled", seconds=60 + orders)
    assert effects(sandbox) == done()
    states = Counter(Operation.objects.filter(pk__in=crowd.confirmed).values_list("state", flat=True))
    assert states[State.SUCCEEDED] >= orders // 4, states
    assert states[State.UNASSIGNED], states
    sent_later = Attempt.objects.filter(operation__confirmed_by_id=leaver.pk, started_at__gt=removed_at + UNSEEN)
    assert not sent_later.exists()
    found = waits(disturbances)
    assert found
    log.info(
        "%s of %s requests were concerned by nothing, the slowest took %s; %s",
        len(found),
        orders,
        [str(each) for each in found[-5:]],
        states,
    )
    assert found[-1] <= AT_MOST
