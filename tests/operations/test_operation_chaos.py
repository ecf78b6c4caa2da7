"""
Many people order all kinds of things at once, while workers are killed and LINE WORKS commits and then cuts, hangs, or
answers 500 or 429: what LINE WORKS holds in the end is what the operations say, no more and no less.
"""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from portal.operations.models import Operation
from portal.operations.states import SETTLED, State
from tests.support.crowd import FIRST_CUSTOMER, Crowd, done, effects, read_all, settle_what_waits_for_a_person
from tests.support.portal import People, SignIn
from tests.support.sandbox import Sandbox
from tests.support.waiting import wait_for
from tests.support.worker import Worker

# What LINE WORKS does to a call, and to how many calls in a hundred.
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
    read_all(everybody)
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
        # In good order it would wait for sweeps whose turn LINE WORKS's refusals have put off for minutes.
        worker.kill()
    assert effects(sandbox) == done()
    states = Counter(Operation.objects.filter(pk__in=crowd.confirmed).values_list("state", flat=True))
    assert states[State.SUCCEEDED] >= orders // 4, states
