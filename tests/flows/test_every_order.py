"""
What holds for every order that Partnerdesk offers, whichever they are: the same confirmed form makes one effect, and a
form whose facts have moved since sends nothing.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.urls import reverse
from pytest_django.live_server_helper import LiveServer

from portal.operations.commands import COMMANDS, Command
from portal.operations.states import State
from portal.vendor.client import OPERATIONS
from tests.support.every_order import PRE_ORDER, Ask, every_order
from tests.support.examples import LONG
from tests.support.orders import REASON, rest
from tests.support.parallel import Browser, all_at_once
from tests.support.portal import People, SignIn
from tests.support.reads import do_outside
from tests.support.sandbox import Sandbox
from tests.support.worker import Worker

POSTS = 20 if LONG else 6
# With the tick for the penalty; of a request without one it says nothing.
CONFIRM = {"reason": REASON, "accepts_penalty": "on"}


@every_order
def test_the_same_confirmed_form_posted_several_times_at_once_makes_one_effect(
    command: Command[Any],
    ask: Ask,
    worker: Worker,
    sandbox: Sandbox,
    people: People,
    sign_in: SignIn,
    live_server: LiveServer,
) -> None:
    operation = ask(command).operation
    browser = Browser(live_server, sign_in(people.account_manager))
    address = reverse("operations:confirm", args=[operation.pk])
    effects = len(sandbox.ledger())
    sandbox.reset_calls()

    answers = all_at_once([partial(browser.post, address, **CONFIRM)] * POSTS)

    assert {answer.headers["Location"] for answer in answers} == {f"{operation.get_absolute_url()}#result"}
    assert rest(operation).state == State.SUCCEEDED
    assert sandbox.calls()[command.operation] == 1
    assert len(sandbox.ledger()) == effects + 1


def adds_a_pre_order(sandbox: Sandbox, domain_id: int) -> None:
    sandbox.add_pre_order_outside(domain_id, PRE_ORDER)


def suspends(sandbox: Sandbox, domain_id: int) -> None:
    """The customer's administrator does it."""
    sandbox.control("POST", f"/customers/{domain_id}", {"status": "SUSPENDED_ADMIN"})


def adds_a_free_product(sandbox: Sandbox, domain_id: int) -> None:
    """Of a family that no customer here has."""
    do_outside(sandbox, "addSubscription", domain_id, {"productId": "NTA_FR", "plan": "FREE"})


# What somebody changes at LINE WORKS meanwhile, by the resource in which it shows.
MOVES: Mapping[str, Callable[[Sandbox, int], object]] = {
    "pre_orders": adds_a_pre_order,
    "usage_status": suspends,
    "subscriptions": adds_a_free_product,
}


@every_order
def test_what_moved_between_the_look_and_the_confirmation_sends_nothing(
    command: Command[Any], ask: Ask, worker: Worker, sandbox: Sandbox, people: People, sign_in: SignIn
) -> None:
    asked = ask(command)
    [move, *_others] = [MOVES[name] for name in command.reads if name in MOVES]
    move(sandbox, asked.domain_id)
    effects = sandbox.ledger()
    sandbox.reset_calls()

    sign_in(people.account_manager).post(reverse("operations:confirm", args=[asked.operation.pk]), CONFIRM)

    assert rest(asked.operation).state == State.STALE
    assert sandbox.calls()[command.operation] == 0
    assert sandbox.ledger() == effects


def test_every_change_of_the_contract_is_offered_on_a_page() -> None:
    changes = {operation.name for operation in OPERATIONS.values() if operation.changes}
    assert {command.operation for command in COMMANDS} == changes
