"""
What was ordered here, and all that follows from it, is never told as changed outside; what somebody else does is.

Every kind of change is made at the sandbox, several of them in more than one situation, and the customer is read wholly
after it; where something is dated, also on the days on which LINE WORKS then does it by itself.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import pytest

from customers.commands.onboarding import CREATE, TRANSFER
from customers.models import Customer, UsageStatus
from customers.rules.profile import PENDING
from portal.accounts.models import User
from portal.core.clock import business_today
from portal.operations import execution, reconciliation
from portal.operations.commands import COMMANDS
from portal.operations.models import Operation
from portal.operations.services import confirm, propose
from portal.operations.states import State
from portal.sync.fetch import Vendor, read_customer
from portal.sync.models import DetectedChange, Reading
from portal.sync.resources import CUSTOMER, RESOURCES
from portal.vendor.connection.api import partner_api
from portal.vendor.ratelimit import Priority
from tests.options.situations import SITUATIONS
from tests.support.every_order import BEFORE, MADE
from tests.support.examples import LONG
from tests.support.orders import REASON, day
from tests.support.portal import (
    PAID_ADVANCED,
    PAID_MONTHLY,
    TRIAL_OF_A_GROUP,
    WITHOUT_CONTRACT,
    WITHOUT_CONTRACT_OF_A_GROUP,
    People,
)
from tests.support.reads import do_outside, read
from tests.support.sandbox import Sandbox
from tests.support.waiting import wait_for

Make = Callable[[Sandbox], int]
Wish = dict[str, Any]
# So many days on which LINE WORKS does something by itself are lived through after a change.
EVENTS = 3 if LONG else 2


def of(domain_id: int, kind: str = "") -> Make:
    """A customer, with whatever a change of the kind needs to be there before."""

    def make(sandbox: Sandbox) -> int:
        if kind:
            BEFORE[kind](sandbox)
        return domain_id

    return make


def with_everything(sandbox: Sandbox) -> int:
    """Options with renewals and tasks, a reservation and a pre-order."""
    domain_id = SITUATIONS["storage to grow"](sandbox)
    do_outside(sandbox, "addOptionProduct", domain_id, {"optionProductId": "DRV", "subOptionId": "DRV00"})
    do_outside(
        sandbox, "addOptionProduct", domain_id, {"optionProductId": "CST_S", "subOptionId": "CST_S01", "quantity": 3}
    )
    return domain_id


def number(domain_id: int, **wish: Any) -> Wish:
    """A wish about the customer's last subscription."""
    return {
        "subscription_id": partner_api(Priority.PEOPLE).subscriptions.list_subscriptions(domain_id)[-1].subscription_id,
        **wish,
    }


def pre_order_of(domain_id: int, **wish: Any) -> Wish:
    return {
        "pre_order_id": partner_api(Priority.PEOPLE).subscriptions.list_pre_orders(domain_id)[-1].pre_order_id,
        **wish,
    }


class Case(NamedTuple):
    """A change, the customer that it is made for, and what is asked for; whether LINE WORKS goes on by itself later."""

    kind: str
    make: Make
    wish: Callable[[int], Wish]
    is_dated: bool = False


def fixed(**wish: Any) -> Callable[[int], Wish]:
    return lambda _domain_id: wish


def about(**wish: Any) -> Callable[[int], Wish]:
    return partial(number, **wish)


def replaced(_domain_id: int) -> Wish:
    partnership = {"customer_code": "T-1", "enable_partner_profile_display": True, "memo": ""}
    details = {"company_name": "つばめ", "phone_number": "03-1", "time_zone": "Asia/Tokyo", "locale": "ja_JP"}
    return details | {"partnership": partnership}


CASES = [
    Case(
        "addPreOrder", of(WITHOUT_CONTRACT), fixed(product_id="STD", plan="MONTHLY", apply_date=day(9)), is_dated=True
    ),
    Case(
        "updatePreOrder",
        of(WITHOUT_CONTRACT, "updatePreOrder"),
        partial(pre_order_of, apply_date=day(17)),
        is_dated=True,
    ),
    Case("deletePreOrder", of(WITHOUT_CONTRACT, "deletePreOrder"), pre_order_of, is_dated=True),
    Case("addLicenses", of(PAID_ADVANCED), about(add_license_count=5)),
    Case("convertSubscriptionToPaid", SITUATIONS["archive trial on a trial"], about(plan="MONTHLY")),
    Case("convertSubscriptionToPaid", SITUATIONS["trial"], about(plan="ANNUAL_LICENSE", license_count=30)),
    Case("convertSubscriptionToPaid", SITUATIONS["free"], about(plan="MONTHLY", product_id="STD")),
    Case("convertSubscriptionToPaid", SITUATIONS["grace"], about(plan="MONTHLY"), is_dated=True),
    Case("upgradeSubscription", of(PAID_MONTHLY), about(product_id="ADV")),
    Case("upgradeSubscription", with_everything, about(product_id="ADV")),
    Case("cancelSubscription", of(PAID_ADVANCED), number),
    Case("cancelSubscription", with_everything, number),
    Case("cancelSubscription", SITUATIONS["trial"], number),
    Case("addSubscription", of(WITHOUT_CONTRACT), fixed(product_id="STD_T", plan="TRIAL"), is_dated=True),
    Case("addSubscription", of(WITHOUT_CONTRACT), fixed(product_id="FR", plan="FREE")),
    Case("addSubscription", of(PAID_ADVANCED), fixed(product_id="NTA_FR", plan="FREE")),
    Case("updateRenewal", of(PAID_ADVANCED), about(type="CANCEL"), is_dated=True),
    Case("updateRenewal", SITUATIONS["storage"], about(type="CHANGE", product_id="ADV", plan="MONTHLY"), is_dated=True),
    Case(
        "addReservation",
        of(PAID_ADVANCED),
        about(type="ADD_LICENSE", apply_date=day(9), license_count=5),
        is_dated=True,
    ),
    Case(
        "addReservation",
        SITUATIONS["archive trial on a trial"],
        about(type="START_PAID_SERVICE", apply_date=day(9), plan="MONTHLY"),
        is_dated=True,
    ),
    Case("addReservation", with_everything, about(type="CANCEL", apply_date=day(9)), is_dated=True),
    Case("updateReservation", of(WITHOUT_CONTRACT, "updateReservation"), about(apply_date=day(12)), is_dated=True),
    Case("deleteReservation", of(WITHOUT_CONTRACT, "deleteReservation"), number, is_dated=True),
    Case("patchCustomer", of(PAID_ADVANCED), fixed(company_name="つばめ")),
    Case("updateCustomer", of(PAID_ADVANCED), replaced),
    Case("deleteCustomer", of(WITHOUT_CONTRACT), fixed()),
    Case("deleteCustomer", of(PAID_ADVANCED), fixed(), is_dated=True),
    Case("deleteCustomer", with_everything, fixed()),
    Case("deleteCustomer", SITUATIONS["trial, to be converted"], fixed()),
    Case("patchUsageStatus.withdrawal", of(WITHOUT_CONTRACT), fixed(withdrawal_date=day(20)), is_dated=True),
    Case("patchUsageStatus.withdrawal", with_everything, fixed(withdrawal_date=day(40)), is_dated=True),
    Case("patchUsageStatus.stay", of(PAID_ADVANCED, "patchUsageStatus.stay"), fixed(withdrawal_date=None)),
    Case("patchUsageStatus.limit", of(PAID_MONTHLY), fixed(max_member_count=25)),
    Case("createUsageStatusRenewal", of(PAID_MONTHLY), fixed(apply_date=day(9), max_member_count=40), is_dated=True),
    Case(
        "patchUsageStatusRenewal", of(PAID_MONTHLY, "patchUsageStatusRenewal"), fixed(apply_date=day(12)), is_dated=True
    ),
    Case("deleteUsageStatusRenewal", of(PAID_MONTHLY, "deleteUsageStatusRenewal"), fixed(), is_dated=True),
    Case("activateCustomer", of(MADE, "activateCustomer"), fixed(terms_accepted=True)),
    Case("createUpgradeDomain", of(TRIAL_OF_A_GROUP), fixed(domain="tsubame.example")),
    Case("deleteUpgradeDomain", of(WITHOUT_CONTRACT_OF_A_GROUP, "deleteUpgradeDomain"), fixed()),
    Case("changeDomain", of(WITHOUT_CONTRACT_OF_A_GROUP, "changeDomain"), fixed(domain="tsubame.example")),
    Case("changeDomain", of(WITHOUT_CONTRACT_OF_A_GROUP, "changeDomain"), fixed(domain="tsubame.by-works.com")),
    Case("changeDomain", of(TRIAL_OF_A_GROUP), fixed(domain="tsubame.by-works.com")),
    Case("addOptionProduct", of(PAID_MONTHLY), fixed(option_product_id="SSTG2", sub_option_id="SSTG202")),
    Case("addOptionProduct", of(PAID_ADVANCED), fixed(option_product_id="ACV2", sub_option_id="ACV200"), is_dated=True),
    Case("addOptionProduct", of(PAID_ADVANCED), fixed(option_product_id="ACV2", sub_option_id="ACV201")),
    Case("addOptionProduct", of(PAID_ADVANCED), fixed(option_product_id="CST_S", sub_option_id="CST_S01", quantity=3)),
    Case("addOptionProduct", of(PAID_ADVANCED), fixed(option_product_id="BCT", sub_option_id="BCT02")),
    Case("addOptionProduct", SITUATIONS["storage to begin"], fixed(option_product_id="SSTG2", sub_option_id="SSTG203")),
    Case("cancelOptionProduct", SITUATIONS["storage"], fixed(option_product_id="SSTG2")),
    Case("cancelOptionProduct", SITUATIONS["storage to grow"], fixed(option_product_id="SSTG2")),
    Case("cancelOptionProduct", SITUATIONS["CX Talk"], fixed(option_product_id="CST_S")),
    Case("upgradeOptionProduct", SITUATIONS["storage"], fixed(option_product_id="SSTG2", sub_option_id="SSTG203")),
    Case(
        "upgradeOptionProduct",
        SITUATIONS["storage that is to shrink"],
        fixed(option_product_id="SSTG2", sub_option_id="SSTG204"),
    ),
    Case(
        "convertOptionProductToPaid", SITUATIONS["drive trial"], fixed(option_product_id="DRV", sub_option_id="DRV01")
    ),
    Case(
        "convertOptionProductToPaid",
        SITUATIONS["archive to become paid"],
        fixed(option_product_id="ACV2", sub_option_id="ACV201"),
    ),
    Case("addOptionProductQuantity", SITUATIONS["CX Talk"], fixed(option_product_id="CST_S", quantity=2)),
    Case("addOptionProductQuantity", SITUATIONS["CX Talk to be more"], fixed(option_product_id="CST_S", quantity=2)),
    Case(
        "updateOptionProductRenewal",
        SITUATIONS["storage"],
        fixed(option_product_id="SSTG2", type="CHANGE", sub_option_id="SSTG201"),
    ),
    Case(
        "addOptionProductOrder",
        of(PAID_MONTHLY),
        fixed(option_product_id="SSTG2", type="APPLY", apply_date=day(9), sub_option_id="SSTG202"),
        is_dated=True,
    ),
    Case(
        "addOptionProductOrder",
        SITUATIONS["drive trial"],
        fixed(option_product_id="DRV", type="START_PAID_SERVICE", apply_date=day(9), sub_option_id="DRV01"),
        is_dated=True,
    ),
    Case(
        "updateOptionProductOrder",
        SITUATIONS["storage to grow"],
        fixed(option_product_id="SSTG2", apply_date=day(12)),
        is_dated=True,
    ),
    Case("deleteOptionProductOrder", SITUATIONS["storage to grow"], fixed(option_product_id="SSTG2"), is_dated=True),
]


def read_all(domain_id: int) -> None:
    if not Customer.objects.filter(pk=domain_id, removed_at__isnull=False).exists():
        read_customer(Vendor(Priority.PEOPLE), domain_id, RESOURCES.of_customer())


def carry_out(operation: Operation) -> Operation:
    """Send and read back, as a worker does."""
    execution.send(operation)
    reconciliation.look(operation)
    operation.refresh_from_db()
    return operation


def order(by: User, domain_id: int, kind: str, wish: Wish) -> Operation:
    write = COMMANDS[kind]
    request = write.request.model_validate(wish)
    asked = propose(write, domain_id=domain_id, customer_name="つばめ", request=request, by=by)
    return confirm(asked, by=by, reason=REASON)


def told(since: int, cause: DetectedChange.Cause = DetectedChange.Cause.OUTSIDE) -> list[tuple[str, str]]:
    """Return what was told since then, as resource and key."""
    found = DetectedChange.objects.filter(pk__gt=since, cause=cause).order_by("pk")
    return list(found.values_list("resource", "key"))


def latest() -> int:
    return DetectedChange.objects.latest("pk").pk


def is_here(domain_id: int) -> bool:
    """Return whether a customer is neither gone nor about to be, so that somebody can still change it."""
    leaving = UsageStatus.objects.of_customer(domain_id).filter(status=PENDING)
    return Customer.objects.get(pk=domain_id).removed_at is None and not leaving.exists()


def live_through(domain_id: int, sandbox: Sandbox) -> None:
    """Go from one day on which LINE WORKS does something by itself to the next, and read each time."""
    for _event in range(EVENTS):
        today = business_today()
        coming = Reading.objects.filter(domain_id=domain_id, is_current=True, next_event__gt=today)
        days = [day for day in coming.values_list("next_event", flat=True) if day]
        if not days:
            return
        sandbox.move_clock((min(days) - today).days)
        read_all(domain_id)


@pytest.mark.parametrize("case", CASES, ids=[f"{number} {case.kind}" for number, case in enumerate(CASES)])
def test_nothing_that_follows_from_an_order_is_told_as_changed_outside(
    case: Case, sandbox: Sandbox, vendor_settings: None, people: People
) -> None:
    domain_id = case.make(sandbox)
    read_all(domain_id)
    since = latest()

    operation = carry_out(order(people.account_manager, domain_id, case.kind, case.wish(domain_id)))
    read_all(domain_id)

    assert operation.state == State.SUCCEEDED, operation.problem
    assert told(since) == []
    if is_here(domain_id):
        do_outside(sandbox, "patchCustomer", domain_id, {"companyName": "よその人"})
        read_all(domain_id)
        assert told(since) == [(CUSTOMER, "")]
    since = latest()
    if case.is_dated:
        live_through(domain_id, sandbox)
    assert told(since) == []


def test_every_kind_of_change_is_among_them() -> None:
    assert {case.kind for case in CASES} == {write.kind for write in COMMANDS} - {CREATE.kind, TRANSFER.kind}


@pytest.mark.parametrize("kind", [CREATE.kind, TRANSFER.kind])
def test_what_comes_with_a_new_customer_is_not_told_as_changed_outside(
    kind: str, sandbox: Sandbox, vendor_settings: None, people: People
) -> None:
    """A customer that is taken over is seen before it is wholly there."""
    if kind == TRANSFER.kind:
        found = sandbox.control("GET", "/potential-customers")["potentialCustomers"]
        code = next(each["partnerCode"] for each in found if each["domain"] == "hotaru-kobo")
        wish: Wish = {"domain": "hotaru-kobo", "partner_code": str(code)}
    else:
        wish = {
            "domain": "hibari.example", "company_name": "ひばり", "phone_number": "03-1", "time_zone": "Asia/Tokyo",
            "locale": "ja_JP",
        }  # fmt: skip
    write = COMMANDS[kind]
    by = people.account_manager
    asked = propose(
        write,
        domain_id=None,
        subject=wish["domain"],
        customer_name="",
        request=write.request.model_validate(wish),
        by=by,
    )
    operation = confirm(asked, by=by, reason=REASON)
    execution.send(operation)

    def is_there() -> bool:
        Operation.objects.filter(pk=operation.pk, state=State.ACCEPTED).update(readings=0)
        reconciliation.look(operation)
        operation.refresh_from_db()
        return operation.state == State.SUCCEEDED

    wait_for(is_there, "the customer is there")
    assert operation.domain_id
    domain_id = operation.domain_id
    read_all(domain_id)

    def is_whole() -> bool:
        read_all(domain_id)
        return "status" not in (Customer.objects.get(pk=domain_id).raw["partnership"] or {})

    wait_for(is_whole, "the customer has come over")
    read_all(domain_id)

    assert told(0) == []
    do_outside(sandbox, "addSubscription", domain_id, {"productId": "NTA_FR", "plan": "FREE"})
    read_all(domain_id)
    assert [resource for resource, _key in told(0)] == ["subscriptions"]


STORAGE = {"option_product_id": "SSTG2", "sub_option_id": "SSTG202"}
TO_SHRINK = {"type": "CHANGE", "subOptionId": "SSTG201"}


@pytest.mark.parametrize("is_read_before", [True, False])
def test_somebody_elses_renewal_of_a_new_option_is_told_as_changed_outside(
    is_read_before: bool, sandbox: Sandbox, vendor_settings: None, people: People
) -> None:
    """Also where it was changed before anybody here saw what the order had brought."""
    read_all(PAID_MONTHLY)
    since = latest()
    operation = order(people.account_manager, PAID_MONTHLY, "addOptionProduct", STORAGE)
    execution.send(operation)
    if is_read_before:
        reconciliation.look(operation)

    do_outside(sandbox, "updateOptionProductRenewal", PAID_MONTHLY, TO_SHRINK, optionProductId="SSTG2")
    reconciliation.look(operation)
    read_all(PAID_MONTHLY)

    assert told(since) == [("option_renewals", "SSTG2")]


@pytest.mark.parametrize("is_read_before", [True, False])
def test_somebody_elses_change_beside_the_product_of_a_customer_is_told_as_changed_outside(
    is_read_before: bool, sandbox: Sandbox, vendor_settings: None, people: People
) -> None:
    """The record of the customer names the product that was ordered here."""
    read_all(WITHOUT_CONTRACT)
    since = latest()
    operation = order(people.account_manager, WITHOUT_CONTRACT, "addSubscription", {"product_id": "FR", "plan": "FREE"})
    execution.send(operation)
    if is_read_before:
        reconciliation.look(operation)

    do_outside(sandbox, "patchCustomer", WITHOUT_CONTRACT, {"companyName": "よその人"})
    reconciliation.look(operation)
    read_all(WITHOUT_CONTRACT)

    assert told(since) == [(CUSTOMER, "")]


def test_somebody_elses_change_of_the_same_field_is_told_as_changed_outside(
    sandbox: Sandbox, vendor_settings: None, people: People
) -> None:
    """The product of a customer goes with the subscription that somebody ends at the console."""
    read_all(WITHOUT_CONTRACT)
    wish = {"product_id": "FR", "plan": "FREE"}
    carry_out(order(people.account_manager, WITHOUT_CONTRACT, "addSubscription", wish))
    since = latest()

    do_outside(
        sandbox, "cancelSubscription", WITHOUT_CONTRACT, subscriptionId=number(WITHOUT_CONTRACT)["subscription_id"]
    )
    read_all(WITHOUT_CONTRACT)

    assert {resource for resource, _key in told(since)} == {CUSTOMER, "subscriptions"}


def test_an_invoice_that_turns_paid_was_due(sandbox: Sandbox, vendor_settings: None, db: None) -> None:
    read(RESOURCES["invoices"])
    since = 0  # invoices that a calendar brings are no changes
    for _month in range(3):
        sandbox.move_clock(31)
        read(RESOURCES["invoices"])

    paid = DetectedChange.objects.filter(pk__gt=since, resource="invoices", before__paymentStatus="UNPAID")
    assert {seen.after and seen.after["paymentStatus"] for seen in paid} == {"PAID"}
    assert told(since) == []


def test_a_trial_that_nobody_converted_ends_with_its_grace(sandbox: Sandbox, vendor_settings: None, db: None) -> None:
    domain_id = SITUATIONS["trial"](sandbox)
    read_all(domain_id)
    since = latest()

    for days in (20, 40):
        sandbox.move_clock(days)
        read_all(domain_id)

    assert not Customer.objects.get(pk=domain_id).subscriptions.current().exists()
    assert told(since) == []
