"""
What holds for every order that the portal offers, whichever they are: the same confirmed form makes one effect, and a
form whose facts have moved since sends nothing.

The orders are found by what the apps declare, and their forms are filled in as they come. An order that no customer of
this world could place fails here, so a new one comes with somebody who can.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import pytest
from django.urls import reverse
from pytest_django.live_server_helper import LiveServer

from portal.clock import business_today
from portal.operations.models import Operation
from portal.operations.orders import ORDERS, Order
from portal.operations.readings import from_cache
from portal.operations.states import State
from portal.pace import Lane
from portal.partner_api import OPERATIONS
from portal.sync.reading import Vendor, read_customer
from portal.sync.resources import CUSTOMER, RESOURCES
from tests.options.situations import SITUATIONS
from tests.support.forms import FormReader
from tests.support.orders import REASON, day, rest
from tests.support.parallel import Browser, all_at_once
from tests.support.portal import (
    PAID_ADVANCED,
    PAID_MONTHLY,
    PAID_PREPAID,
    TRIAL_OF_A_GROUP,
    WITHOUT_CONTRACT,
    WITHOUT_CONTRACT_OF_A_GROUP,
    People,
    SignIn,
)
from tests.support.reads import do_outside
from tests.support.sandbox import Sandbox
from tests.support.worker import Worker

POSTS = 20
CUSTOMERS = (
    PAID_ADVANCED, PAID_PREPAID, PAID_MONTHLY, TRIAL_OF_A_GROUP, WITHOUT_CONTRACT, WITHOUT_CONTRACT_OF_A_GROUP,
)  # fmt: skip
# The customer that is made next.
MADE = 300_000_031
PRE_ORDER = {"applyDate": str(day(9)), "productId": "STD", "plan": "MONTHLY"}


def as_it_is(_sandbox: Sandbox) -> None:
    """Nothing has to be done before."""


def has_a_pre_order(sandbox: Sandbox) -> None:
    sandbox.add_pre_order_outside(WITHOUT_CONTRACT, PRE_ORDER)


def has_a_scheduled_limit(sandbox: Sandbox) -> None:
    do_outside(sandbox, "createUsageStatusRenewal", PAID_MONTHLY, {"applyDate": str(day(9)), "maxMemberCount": 40})


def has_a_registered_domain(sandbox: Sandbox) -> None:
    do_outside(sandbox, "createUpgradeDomain", WITHOUT_CONTRACT_OF_A_GROUP, {"domain": "tsubame.example"})
    sandbox.control("POST", f"/customers/{WITHOUT_CONTRACT_OF_A_GROUP}", {"hasDns": True})


def has_an_unproved_domain(sandbox: Sandbox) -> None:
    """No customer of this world has a domain that is not active yet, so one is made that has."""
    wanted = {"domain": "hibari.example", "companyName": "ひばり", "phoneNumber": "1", "timeZone": "Asia/Tokyo"}
    call = {"operation": "createCustomer", "body": wanted | {"locale": "ja_JP"}}
    assert sandbox.control("POST", "/outside", call)["body"]["domainId"] == MADE
    sandbox.control("POST", f"/customers/{MADE}", {"acceptedTerms": True, "hasDns": True})


def is_to_leave(sandbox: Sandbox) -> None:
    do_outside(sandbox, "patchUsageStatus", PAID_ADVANCED, {"withdrawalDate": str(day(40))})


def has_a_reservation(sandbox: Sandbox) -> None:
    """A trial that is to become paid."""
    started = do_outside(sandbox, "addSubscription", WITHOUT_CONTRACT, {"productId": "STD_T", "plan": "TRIAL"})
    assert isinstance(started, dict)
    task = {"type": "START_PAID_SERVICE", "applyDate": str(day(9)), "plan": "MONTHLY"}
    do_outside(sandbox, "addReservation", WITHOUT_CONTRACT, task, subscriptionId=started["subscriptionId"])


# What was done at the vendor's console before, so that there is something to order about.
BEFORE: Mapping[str, Callable[[Sandbox], object]] = {
    "updatePreOrder": has_a_pre_order,
    "updateReservation": has_a_reservation,
    "deleteReservation": has_a_reservation,
    "deletePreOrder": has_a_pre_order,
    "patchUsageStatusRenewal": has_a_scheduled_limit,
    "deleteUsageStatusRenewal": has_a_scheduled_limit,
    "patchUsageStatus.stay": is_to_leave,
    "activateCustomer": has_an_unproved_domain,
    "deleteUpgradeDomain": has_a_registered_domain,
    "changeDomain": has_a_registered_domain,
    "upgradeOptionProduct": SITUATIONS["storage"],
    "convertOptionProductToPaid": SITUATIONS["drive trial"],
    "addOptionProductQuantity": SITUATIONS["CX Talk"],
    "cancelOptionProduct": SITUATIONS["storage"],
    "updateOptionProductRenewal": SITUATIONS["storage"],
    "updateOptionProductOrder": SITUATIONS["storage to grow"],
    "deleteOptionProductOrder": SITUATIONS["storage to grow"],
}
# What is typed where neither what stands in the form nor the first choice is a wish that the rules allow.
TYPED: Mapping[str, Mapping[str, str]] = {
    "addLicenses": {"add_license_count": "5"},
    "addReservation": {"license_count": "5"},
    "updateReservation": {"apply_date": str(day(12))},
    "updateRenewal": {"type": "CANCEL"},
    "activateCustomer": {"terms_accepted": "on"},
    "patchCustomer": {"company_name": "つばめ"},
    "updateCustomer": {"company_name": "つばめ"},
    "deleteCustomer": {"domain": "hikari-logi.by-works.com"},
    "patchUsageStatus.limit": {"max_member_count": "25"},
    "patchUsageStatusRenewal": {"apply_date": str(day(20))},
    "createUpgradeDomain": {"domain": "tsubame.example"},
    "updateOptionProductOrder": {"apply_date": str(day(12))},
}


@dataclass(frozen=True)
class Asked:
    """A form that was filled in and became an operation."""

    operation: Operation
    domain_id: int


Ask = Callable[[Order], Asked]


@pytest.fixture
def ask(sandbox: Sandbox, vendor_settings: None, people: People, sign_in: SignIn) -> Ask:
    """Fills in the form of an order for the first customer that can place it."""
    client = sign_in(people.account_manager)

    def ask(order: Order) -> Asked:
        kind = order.write.kind
        BEFORE.get(kind, as_it_is)(sandbox)
        refused = []
        for address, domain_id in places(order):
            filled = FormReader(client.get(address).content.decode()).filled_in(TYPED.get(kind, {}))
            answer = client.post(address, filled)
            operation = Operation.objects.order_by("pk").last()
            if answer.status_code == 302 and operation:
                assert operation.kind == kind
                return Asked(operation, domain_id)
            refused.append(f"{address} with {filled}: {dict(answer.context['form'].errors)}")
        raise AssertionError(f"nobody can place {kind}: {refused or 'there is no customer for it'}")

    return ask


def places(order: Order) -> Iterator[tuple[str, int]]:
    """Answer where an order is offered and nothing stands against it."""
    vendor = Vendor(Lane.PEOPLE)
    for domain_id in (*CUSTOMERS, MADE) if order.write.kind == "activateCustomer" else CUSTOMERS:
        read_customer(vendor, domain_id, dict.fromkeys([RESOURCES[CUSTOMER], *order.write.resources]))
        state, _read_at = from_cache(domain_id, order.write.resources)
        for subject in order.subjects(state):
            if not order.against(state, subject, business_today()):
                yield order.address(domain_id, subject.ids), domain_id


every_order = pytest.mark.parametrize(
    "order", [order for order in ORDERS if not order.is_newcomers], ids=lambda order: order.write.kind
)


@every_order
def test_the_same_confirmed_form_posted_20_times_at_once_makes_one_effect(
    order: Order, ask: Ask, worker: Worker, sandbox: Sandbox, people: People, sign_in: SignIn, live_server: LiveServer
) -> None:
    operation = ask(order).operation
    browser = Browser(live_server, sign_in(people.account_manager))
    address = reverse("operations:confirm", args=[operation.pk])
    effects = len(sandbox.ledger())
    sandbox.reset_calls()

    answers = all_at_once([partial(browser.post, address, reason=REASON)] * POSTS)

    assert {answer.headers["Location"] for answer in answers} == {operation.get_absolute_url()}
    assert rest(operation).state == State.SUCCEEDED
    assert sandbox.calls()[order.write.operation] == 1
    assert len(sandbox.ledger()) == effects + 1


def adds_a_pre_order(sandbox: Sandbox, domain_id: int) -> None:
    sandbox.add_pre_order_outside(domain_id, PRE_ORDER)


def suspends(sandbox: Sandbox, domain_id: int) -> None:
    """The customer's administrator does it."""
    sandbox.control("POST", f"/customers/{domain_id}", {"status": "SUSPENDED_ADMIN"})


def adds_a_free_product(sandbox: Sandbox, domain_id: int) -> None:
    """Of a family that no customer here has."""
    do_outside(sandbox, "addSubscription", domain_id, {"productId": "NTA_FR", "plan": "FREE"})


# What somebody changes at the vendor meanwhile, by the resource in which it shows.
MOVES: Mapping[str, Callable[[Sandbox, int], object]] = {
    "pre_orders": adds_a_pre_order,
    "usage_status": suspends,
    "subscriptions": adds_a_free_product,
}


@every_order
def test_what_moved_between_the_look_and_the_confirmation_sends_nothing(
    order: Order, ask: Ask, worker: Worker, sandbox: Sandbox, people: People, sign_in: SignIn
) -> None:
    asked = ask(order)
    [move, *_others] = [MOVES[name] for name in order.write.reads if name in MOVES]
    move(sandbox, asked.domain_id)
    effects = sandbox.ledger()
    sandbox.reset_calls()

    sign_in(people.account_manager).post(reverse("operations:confirm", args=[asked.operation.pk]), {"reason": REASON})

    assert rest(asked.operation).state == State.STALE
    assert sandbox.calls()[order.write.operation] == 0
    assert sandbox.ledger() == effects


def test_every_change_of_the_contract_is_offered_on_a_page() -> None:
    changes = {operation.name for operation in OPERATIONS.values() if operation.changes}
    assert {order.write.operation for order in ORDERS} == changes
