"""
Places every order that Partnerdesk offers, whichever they are: for tests of what holds for all of them.

The orders are found by what the apps declare, and their forms are filled in as they come. An order that no customer of
this world could place fails here, so a new one comes with somebody who can.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from portal.core.clock import business_today
from portal.operations.commands import COMMANDS, Command
from portal.operations.models import Operation
from portal.operations.snapshots import from_cache
from portal.sync.fetch import Vendor, read_customer
from portal.sync.resources import CUSTOMER, RESOURCES
from portal.vendor.ratelimit import Priority
from tests.options.situations import SITUATIONS
from tests.support.forms import FormReader
from tests.support.orders import day
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


# What was done at LINE WORKS's console before, so that there is something to order about.
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
    "updateOptionProductRenewal": {"type": "CHANGE", "sub_option_id": "SSTG203"},
    "activateCustomer": {"terms_accepted": "on"},
    "patchCustomer": {"company_name": "つばめ"},
    "updateCustomer": {"company_name": "つばめ"},
    "deleteCustomer": {"domain": "hikari-logi.by-works.com"},
    "patchUsageStatus.limit": {"max_member_count": "25"},
    "createUsageStatusRenewal": {"limited": "yes", "max_member_count": "25"},
    "patchUsageStatusRenewal": {"apply_date": str(day(20))},
    "createUpgradeDomain": {"domain": "tsubame.example"},
    "updateOptionProductOrder": {"apply_date": str(day(12))},
}


@dataclass(frozen=True)
class Asked:
    """A form that was filled in and became an operation."""

    operation: Operation
    domain_id: int


Ask = Callable[[Command[Any]], Asked]


@pytest.fixture
def ask(sandbox: Sandbox, vendor_settings: None, people: People, sign_in: SignIn) -> Ask:
    """Fills in the form of an order for the first customer that can place it."""
    client = sign_in(people.account_manager)

    def ask(command: Command[Any]) -> Asked:
        kind = command.kind
        BEFORE.get(kind, as_it_is)(sandbox)
        refused = []
        for address, domain_id in places(command):
            filled = FormReader(client.get(address).content.decode()).filled_in(TYPED.get(kind, {}))
            answer = client.post(address, filled)
            operation = Operation.objects.order_by("pk").last()
            if answer.status_code == 302 and operation:
                assert operation.kind == kind
                return Asked(operation, domain_id)
            refused.append(f"{address} with {filled}: {dict(answer.context['form'].errors)}")
        raise AssertionError(f"nobody can place {kind}: {refused or 'there is no customer for it'}")

    return ask


def places(command: Command[Any]) -> Iterator[tuple[str, int]]:
    """Return where an order is offered and nothing stands against it."""
    vendor = Vendor(Priority.PEOPLE)
    for domain_id in (*CUSTOMERS, MADE) if command.kind == "activateCustomer" else CUSTOMERS:
        read_customer(vendor, domain_id, dict.fromkeys([RESOURCES[CUSTOMER], *command.resources]))
        state, _read_at = from_cache(domain_id, command.resources)
        for target in command.targets(state):
            if not command.preconditions(state, target, business_today()):
                yield command.address(domain_id, target.ids), domain_id


every_order = pytest.mark.parametrize(
    "command", [command for command in COMMANDS if not command.is_onboarding], ids=lambda command: command.kind
)
