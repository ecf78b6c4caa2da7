"""
All of a reseller's book that orders are judged by: beside the contracts of `book`, each customer's members and limit,
the domain that it is to prove, what is scheduled for its subscriptions, and its options with all that belongs to them.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

from customers.models import Customer
from customers.sync.customers import CUSTOMER
from customers.sync.domains import UPGRADE_DOMAIN
from customers.sync.usage_status import USAGE_STATUS
from options.catalogue import CANCEL, MODIFY, OFFERED, TRIAL_PRODUCTS, Option
from options.commands.options import ONE_PIECE
from options.sync.options import OPTION_ORDERS, OPTIONS
from options.sync.renewals import OPTION_RENEWALS
from portal.core.catalogue import LICENSE_PLANS
from portal.core.clock import business_today, now
from portal.operations.snapshots import Snapshot, from_cache_of
from portal.sync.models import Reading
from portal.sync.resources import Answer, Resource
from portal.sync.store import keep
from portal.vendor import client
from portal.vendor.client import (
    OptionProduct,
    OptionProductOrder,
    Record,
    Reservation,
    Subscription,
    UpgradeDomain,
)
from subscriptions.sync.reservations import RESERVATIONS
from subscriptions.sync.subscriptions import SUBSCRIPTIONS
from tests.bench import book
from tests.support import vendor_json

_CORE = ("STD", "ADV", *TRIAL_PRODUCTS)
_SCHEDULED_IN_DAYS = 7


def fill() -> None:
    """Fill the cache, unless all of it is there already; as in `book`, all passes the door by which a resync writes."""
    book.fill()
    if Reading.objects.filter(resource=OPTION_RENEWALS.name).exists():
        return
    chance = random.Random(2)  # noqa: S311  made-up records, no secret
    numbers = list(Customer.objects.current().order_by("pk").values_list("pk", flat=True))
    for first in range(0, len(numbers), book.AT_ONCE):
        found = from_cache_of(numbers[first : first + book.AT_ONCE], [CUSTOMER, SUBSCRIPTIONS])
        _keep(_with_something_to_add({pk: state for pk, (state, _read_at) in found.items()}, chance), chance)
    book.analyze()


def _with_something_to_add(states: Mapping[int, Snapshot], chance: random.Random) -> Mapping[int, Snapshot]:
    """Let one customer in fifty have no product of the last family."""
    fewer = {
        pk: sorted(state.of(Subscription), key=lambda held: held.subscription_id)[:-1]
        for pk, state in states.items()
        if chance.random() < 1 / 50
    }
    keep(SUBSCRIPTIONS, {pk: Answer(held) for pk, held in fewer.items()}, read_at=now())
    return {pk: state.with_records(SUBSCRIPTIONS, fewer[pk]) if pk in fewer else state for pk, state in states.items()}


def _keep(states: Mapping[int, Snapshot], chance: random.Random) -> None:
    """Make up what belongs to some customers, and keep it; each kind of record sees those that were kept before."""
    today, read_at = business_today(), now() - book.age(chance)
    for resource, made_up in _MADE_UP.items():
        found = {pk: made_up(pk, state, chance, today) for pk, state in states.items()}
        parts = {pk: [getattr(record, "option_product_id", "") for record in records] for pk, records in found.items()}
        answers = {pk: Answer(records, parts=parts[pk]) for pk, records in found.items()}
        keep(resource, answers, read_at=read_at)
        states = {pk: state.with_records(resource, found[pk]) for pk, state in states.items()}


def _usage(domain_id: int, _state: Snapshot, chance: random.Random, today: date) -> Sequence[Record]:
    """One customer in eight has another limit scheduled, one in forty is to leave."""
    members = chance.choice((4, 9, 25, 70, 200))
    renewal = {"applyDate": str(today + timedelta(days=chance.randrange(1, 31))), "maxMemberCount": members + 50}
    record = vendor_json.usage_status(
        domain_id,
        memberCount=members,
        maxMemberCount=chance.choice((None, members + 10, 300)),
        renewal=renewal if chance.random() < 1 / 8 else None,
        withdrawalDate=str(today + timedelta(days=40)) if chance.random() < 1 / 40 else None,
    )
    return [client.UsageStatus.from_vendor(record)]


def _domain(_domain_id: int, state: Snapshot, chance: random.Random, _today: date) -> Sequence[Record]:
    """Every domain that is not active is to be proved, and every other group has one that is to take its place."""
    [customer] = state.of(client.Customer)
    if customer.domain_type != "GROUP" and not customer.enable_active_domain:
        return [UpgradeDomain.from_vendor(vendor_json.upgrade_domain(domain=customer.domain))]
    if customer.domain_type == "GROUP" and chance.random() < 1 / 2:
        return [UpgradeDomain.from_vendor(vendor_json.upgrade_domain(domain=f"{customer.domain}.example.jp"))]
    return []


def _reservations(_domain_id: int, state: Snapshot, chance: random.Random, today: date) -> Sequence[Record]:
    """One subscription in six has something scheduled."""
    on = str(today + timedelta(days=_SCHEDULED_IN_DAYS))
    return [
        Reservation.from_vendor({"subscriptionId": held.subscription_id, "applyDate": on, **_what_happens(held)})
        for held in state.of(Subscription)
        if chance.random() < 1 / 6
    ]


def _what_happens(held: Subscription) -> Mapping[str, object]:
    if held.plan == "TRIAL":
        return {"type": "START_PAID_SERVICE", "plan": "MONTHLY"}
    return {"type": "ADD_LICENSE", "licenseCount": 5} if held.plan in LICENSE_PLANS else {"type": "CANCEL"}


def _options(_domain_id: int, state: Snapshot, chance: random.Random, _today: date) -> Sequence[Record]:
    """Each option that goes with a customer's product is used by one in five."""
    cores = [held for held in state.of(Subscription) if held.product_id in _CORE and held.status == "ACTIVE"]
    return [
        _option(core, option, chance.choice(sizes))
        for core in cores
        for option in OFFERED
        if (sizes := _sizes(core, option)) and chance.random() < 1 / 5
    ]


def _sizes(core: Subscription, option: Option) -> list[str]:
    """A trial takes trials of options only."""
    sizes = option.sold_with(core.product_id)
    known = {size.code for size in option.sizes if size.is_trial or core.product_id not in TRIAL_PRODUCTS}
    return [size for size in sizes if size in known]


def _option(core: Subscription, option: Option, size: str) -> OptionProduct:
    is_trial = any(known.code == size and known.is_trial for known in option.sizes)
    one_piece = 1 if option.code in ONE_PIECE else None
    return OptionProduct.from_vendor(
        vendor_json.option(
            subscriptionId=core.subscription_id,
            optionProductId=option.code,
            subOptionId=size,
            quantity=3 if option.most else one_piece,
            plan="TRIAL" if is_trial else core.plan,
            planStartDate=str(core.plan_start_date),
            planEndDate=str(core.plan_end_date),
        )
    )


def _tasks(_domain_id: int, state: Snapshot, chance: random.Random, today: date) -> Sequence[Record]:
    """One option in four is to grow, or to end where it cannot."""
    return [_task(held, today) for held in state.of(OptionProduct) if chance.random() < 1 / 4]


def _task(held: OptionProduct, today: date) -> OptionProductOrder:
    [option] = [option for option in OFFERED if option.code == held.option_product_id]
    larger = option.above(held.sub_option_id) if MODIFY in option.tasks else ()
    return OptionProductOrder.from_vendor(
        vendor_json.option_order(
            subscriptionId=held.subscription_id,
            optionProductId=option.code,
            subOptionId=larger[0] if larger else held.sub_option_id,
            type=MODIFY if larger else CANCEL,
            applyDate=str(today + timedelta(days=_SCHEDULED_IN_DAYS)),
        )
    )


def _renewals(_domain_id: int, state: Snapshot, _chance: random.Random, _today: date) -> Sequence[Record]:
    """Each option is renewed as it is."""
    return [
        client.OptionProductRenewal.from_vendor(
            vendor_json.option_renewal(
                subscriptionId=held.subscription_id,
                optionProductId=held.option_product_id,
                subOptionId=held.sub_option_id,
                quantity=held.quantity,
            )
        )
        for held in state.of(OptionProduct)
    ]


_MADE_UP: Mapping[Resource, Callable[[int, Snapshot, random.Random, date], Sequence[Record]]] = {
    USAGE_STATUS: _usage,
    UPGRADE_DOMAIN: _domain,
    RESERVATIONS: _reservations,
    OPTIONS: _options,
    OPTION_ORDERS: _tasks,
    OPTION_RENEWALS: _renewals,
}
