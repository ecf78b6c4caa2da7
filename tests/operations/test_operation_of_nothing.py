"""Orders of nothing: refused where that is certain; else an answer is not called seen, for nothing can verify it."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from pydantic import BaseModel

from customers.models import Customer
from customers.rules.cancellation import Stay, Withdrawal
from customers.rules.profile import CustomerEdit, CustomerReplace
from customers.rules.usage_status import LimitMove, LimitSchedule, LimitSet, LimitUnschedule
from options.rules.option_orders import OptionOrderChange, OptionOrderDelete
from options.rules.renewals import OptionRenewalSet
from portal.operations.chains import NotAllowed
from portal.operations.commands import COMMANDS
from portal.operations.models import Operation
from portal.operations.states import State
from subscriptions.rules.pre_orders import PreOrderMove
from subscriptions.rules.renewals import RenewalSetting
from subscriptions.rules.reservations import ReservationDelete, ReservationMove
from tests.support.orders import ask, day, happened, order, rest
from tests.support.portal import PAID_ADVANCED, PAID_MONTHLY, WITHOUT_CONTRACT, People, ReadIn, SignIn
from tests.support.reads import do_outside
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("worker")

DUE = day(5)
STAY = COMMANDS["patchUsageStatus.stay"]
BACK = Stay(withdrawal_date=None)


def edit(_sandbox: Sandbox, customer: Customer) -> BaseModel:
    return CustomerEdit(phone_number=customer.phone_number)


def replace(_sandbox: Sandbox, customer: Customer) -> BaseModel:
    notes = customer.raw["partnership"]
    partnership = {
        "customer_code": notes["customerCode"],
        "enable_partner_profile_display": notes["enablePartnerProfileDisplay"],
        "memo": notes.get("memo", ""),
    }
    return CustomerReplace.model_validate(
        {
            "company_name": customer.company_name,
            "phone_number": customer.phone_number,
            "time_zone": customer.time_zone,
            "locale": customer.locale,
            "partnership": partnership,
        }
    )


def limit(_sandbox: Sandbox, customer: Customer) -> BaseModel:
    return LimitSet(max_member_count=customer.usage_status.member_limit)


def same_limit_later(_sandbox: Sandbox, customer: Customer) -> BaseModel:
    return LimitSchedule(apply_date=DUE, max_member_count=customer.usage_status.member_limit)


def move_limit(sandbox: Sandbox, customer: Customer) -> BaseModel:
    wanted = {"applyDate": str(DUE), "maxMemberCount": 40}
    do_outside(sandbox, "createUsageStatusRenewal", customer.pk, wanted)
    return LimitMove(apply_date=DUE)


def no_scheduled_limit(_sandbox: Sandbox, _customer: Customer) -> BaseModel:
    return LimitUnschedule()


def same_withdrawal(sandbox: Sandbox, customer: Customer) -> BaseModel:
    do_outside(sandbox, "patchUsageStatus", customer.pk, {"withdrawalDate": str(DUE)})
    return Withdrawal(withdrawal_date=DUE)


def pre_order(sandbox: Sandbox, customer: Customer) -> BaseModel:
    sandbox.add_pre_order_outside(customer.pk, {"applyDate": str(DUE), "productId": "STD", "plan": "MONTHLY"})
    return PreOrderMove(pre_order_id=1, apply_date=DUE)


def renewal(_sandbox: Sandbox, customer: Customer) -> BaseModel:
    return RenewalSetting(subscription_id=customer.subscriptions.get().subscription_id, type="STAY")


def renewal_with_the_same(_sandbox: Sandbox, customer: Customer) -> BaseModel:
    held = customer.subscriptions.get()
    wish = {"product_id": held.product_id, "plan": held.plan, "license_count": held.license_count}
    return RenewalSetting(subscription_id=held.subscription_id, type="CHANGE", **wish)


def reservation(sandbox: Sandbox, customer: Customer) -> BaseModel:
    number = customer.subscriptions.get().subscription_id
    task = {"type": "CANCEL", "applyDate": str(DUE)}
    do_outside(sandbox, "addReservation", customer.pk, task, subscriptionId=number)
    return ReservationMove(subscription_id=number, apply_date=DUE)


def no_reservation(_sandbox: Sandbox, customer: Customer) -> BaseModel:
    return ReservationDelete(subscription_id=customer.subscriptions.get().subscription_id)


def option_order(sandbox: Sandbox, customer: Customer) -> BaseModel:
    task = {"optionProductId": "SSTG2", "subOptionId": "SSTG201", "type": "APPLY", "applyDate": str(DUE)}
    do_outside(sandbox, "addOptionProductOrder", customer.pk, task)
    return OptionOrderChange(option_product_id="SSTG2", apply_date=DUE)


def no_option_order(_sandbox: Sandbox, _customer: Customer) -> BaseModel:
    return OptionOrderDelete(option_product_id="SSTG2")


def option_renewal(sandbox: Sandbox, customer: Customer) -> BaseModel:
    do_outside(sandbox, "addOptionProduct", customer.pk, {"optionProductId": "SSTG2", "subOptionId": "SSTG201"})
    return OptionRenewalSet(option_product_id="SSTG2", type="STAY")


NOTHINGS: list[tuple[str, int, Callable[[Sandbox, Customer], BaseModel]]] = [
    ("patchCustomer", WITHOUT_CONTRACT, edit),
    ("updateCustomer", WITHOUT_CONTRACT, replace),
    ("patchUsageStatus.limit", PAID_MONTHLY, limit),
    ("createUsageStatusRenewal", PAID_MONTHLY, same_limit_later),
    ("patchUsageStatusRenewal", PAID_MONTHLY, move_limit),
    ("deleteUsageStatusRenewal", PAID_MONTHLY, no_scheduled_limit),
    ("patchUsageStatus.withdrawal", PAID_ADVANCED, same_withdrawal),
    ("updatePreOrder", WITHOUT_CONTRACT, pre_order),
    ("updateRenewal", PAID_MONTHLY, renewal),
    ("updateRenewal", PAID_ADVANCED, renewal_with_the_same),
    ("updateReservation", PAID_MONTHLY, reservation),
    ("deleteReservation", PAID_MONTHLY, no_reservation),
    ("updateOptionProductOrder", PAID_MONTHLY, option_order),
    ("deleteOptionProductOrder", PAID_MONTHLY, no_option_order),
    ("updateOptionProductRenewal", PAID_MONTHLY, option_renewal),
]


@pytest.mark.parametrize(("kind", "domain_id", "prepare"), NOTHINGS, ids=[each[2].__name__ for each in NOTHINGS])
def test_an_order_of_nothing_is_refused(
    kind: str,
    domain_id: int,
    prepare: Callable[[Sandbox, Customer], BaseModel],
    people: People,
    sandbox: Sandbox,
    read_in: ReadIn,
) -> None:
    request = prepare(sandbox, read_in(domain_id))
    customer = read_in(domain_id)
    before = len(sandbox.ledger())

    with pytest.raises(NotAllowed):
        ask(people.account_manager, customer, request, COMMANDS[kind])

    assert not Operation.objects.exists()
    assert len(sandbox.ledger()) == before


def test_taking_back_what_is_not_shown_is_answered_and_nothing_is_verified(
    people: People, sandbox: Sandbox, read_in: ReadIn, sign_in: SignIn
) -> None:
    customer = read_in(PAID_ADVANCED)

    operation = rest(order(people.account_manager, customer, BACK, STAY))
    page = sign_in(people.support).get(operation.get_absolute_url()).content.decode()

    assert (operation.state, str(operation.look.words)) == (State.SUCCEEDED, "Completed (no change)")
    assert happened(operation)[-1] == "answered, nothing to verify"
    assert "Completed and confirmed" not in page
    assert "nothing to verify" in page


def test_taking_back_what_is_shown_is_seen(people: People, sandbox: Sandbox, read_in: ReadIn) -> None:
    do_outside(sandbox, "patchUsageStatus", PAID_ADVANCED, {"withdrawalDate": str(DUE)})

    operation = rest(order(people.account_manager, read_in(PAID_ADVANCED), BACK, STAY))

    assert (operation.state, str(operation.look.words)) == (State.SUCCEEDED, "Completed")


def test_without_an_answer_an_order_of_nothing_is_neither_seen_nor_called_not_applied(
    people: People, sandbox: Sandbox, read_in: ReadIn
) -> None:
    customer = read_in(PAID_ADVANCED)
    sandbox.fault("patchUsageStatus", "cut_before")

    operation = rest(order(people.account_manager, customer, BACK, STAY))

    assert operation.state == State.UNDECIDED
    assert happened(operation)[-1] == "cannot be determined"


def test_taking_back_is_offered_only_where_a_day_is_shown(
    people: People, sandbox: Sandbox, read_in: ReadIn, sign_in: SignIn
) -> None:
    address = reverse("customers:stay", args=[PAID_ADVANCED])
    browser = sign_in(people.account_manager)
    read_in(PAID_ADVANCED)
    without = browser.get(address).content.decode()
    refused = browser.post(address)
    before = len(sandbox.ledger())
    do_outside(sandbox, "patchUsageStatus", PAID_ADVANCED, {"withdrawalDate": str(DUE)})
    read_in(PAID_ADVANCED)
    shown = browser.get(address).content.decode()

    reason = "so there is none to cancel"
    assert reason in without
    assert reason not in shown
    assert refused.status_code == 422
    assert not Operation.objects.exists()
    assert len(sandbox.ledger()) == before + 1, "only what was done outside"
