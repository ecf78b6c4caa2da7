"""
What a request changes of the bill: from the state before it and the state that it leads to.

Pure. A change takes effect on the day of the request where LINE WORKS makes it immediately; else on its scheduled date,
or at the renewal. Assumptions: an option that is priced by license or by user counts those of its subscription; a price
of the first day holds to the end of the contract; a contract that begins lasts as ``subscriptions.assumptions`` says.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from billing.rules.prices import Billed, PricedChange
from options.catalogue import APPLY, CHANGE_QUANTITY, MODIFY, START_PAID_SERVICE, find, paid_product, priced_item
from options.rules.order_windows import base_of
from options.rules.shared import find_held
from portal.core.catalogue import PLAN_GROUPS, TRIAL_PLANS, is_annual
from portal.operations.snapshots import Snapshot
from portal.vendor.client import (
    OptionProduct,
    OptionProductOrder,
    OptionProductRenewal,
    PreOrder,
    Reservation,
    Subscription,
    UsageStatus,
)
from subscriptions.assumptions import end_of_term

STAY, CHANGE, CANCEL = "STAY", "CHANGE", "CANCEL"

Key = tuple[str, int | str]


@dataclass(frozen=True)
class _Held:
    """What is billed now, and the last day of its contract."""

    billed: Billed
    end: date | None

    @property
    def until(self) -> date | None:
        """The day until which an amount is known; a contract by the month goes on by itself."""
        return self.end if is_annual(self.billed.contract_type) else None


def priced_change(before: Snapshot, after: Snapshot) -> PricedChange | None:
    """
    Return what a request changes of the bill.

    Args:
        before: the state that the person saw.
        after: the state that the request leads to.

    Returns:
        None where it changes nothing that is billed.
    """
    held, will_be = dict(_held(before)), dict(_held(after))
    changed = [key for key in {**held, **will_be} if held.get(key) != will_be.get(key)]
    if any(_billed(held, key) != _billed(will_be, key) for key in changed):
        ends = [(will_be.get(key) or held[key]).until for key in changed]
        known = [end for end in ends if end]
        return PricedChange(
            tuple(held[key].billed for key in changed if key in held),
            tuple(will_be[key].billed for key in changed if key in will_be),
            before.day,
            min(known) if len(known) == len(ends) else None,
        )
    now, then = dict(planned(before)), dict(planned(after))
    found = [each for key, each in then.items() if now.get(key) != each]
    gone = [each for key, each in now.items() if key not in then]
    # What takes the place of something else stands for both.
    changes = found or [each.reversed() for each in gone]
    if not changes:
        return None
    days, ends = [each.day for each in changes], [each.until for each in changes]
    known = [end for end in ends if end]
    return PricedChange(
        tuple(billed for each in changes for billed in each.before),
        tuple(billed for each in changes for billed in each.after),
        min(days),
        min(known) if len(known) == len(ends) else None,
    )


def billed_subscription(subscription: Subscription, users: int | None) -> Billed:
    """Return what a subscription is billed as."""
    product = str(subscription.product_id)
    return Billed(product, str(subscription.plan), subscription.license_count, _users_of(product, users))


def _held(state: Snapshot) -> Iterator[tuple[Key, _Held]]:
    users = _users(state)
    subscriptions = {each.subscription_id: each for each in state.of(Subscription)}
    for each in subscriptions.values():
        yield ("subscription", each.subscription_id), _Held(billed_subscription(each, users), each.plan_end_date)
    for option in state.of(OptionProduct):
        base = subscriptions.get(option.subscription_id)
        yield (
            ("option", str(option.option_product_id)),
            _Held(_billed_option(option, base, users), option.plan_end_date),
        )


def _billed_option(option: OptionProduct, base: Subscription | None, users: int | None) -> Billed:
    item = priced_item(str(option.option_product_id), str(option.sub_option_id))
    return _option(item, str(option.plan), option.quantity, base, users)


def _option(item: str, plan: str, quantity: int | None, base: Subscription | None, users: int | None) -> Billed:
    licenses = base.license_count if base else None
    return Billed(item, plan, licenses, users, 1 if quantity is None else quantity)


def planned(state: Snapshot) -> Iterator[tuple[Key, PricedChange]]:
    """
    Return what is to happen by itself, by what says so.

    A key names what it is, ``pre-order``, ``reservation``, ``renewal``, ``order`` or ``option renewal``, and the number
    of the pre-order or subscription, or the code of the option.
    """
    users = _users(state)
    subscriptions = {each.subscription_id: each for each in state.of(Subscription)}
    for pre_order in state.of(PreOrder):
        if pre_order.product_id and pre_order.plan:
            product, plan = str(pre_order.product_id), str(pre_order.plan)
            begun = Billed(product, plan, pre_order.license_count, _users_of(product, users))
            yield ("pre-order", pre_order.pre_order_id), _beginning((), begun, pre_order.apply_date)
    for task in state.of(Reservation):
        if base := subscriptions.get(task.subscription_id):
            yield ("reservation", task.subscription_id), _reserved(state, task, base, users)
    for each in subscriptions.values():
        if change := _renewed(state, each, users):
            yield ("renewal", each.subscription_id), change
    for order in state.of(OptionProductOrder):
        if change := _ordered(state, order, users):
            yield ("order", str(order.option_product_id)), change
    for renewal in state.of(OptionProductRenewal):
        if change := _option_renewed(state, renewal, subscriptions, users):
            yield ("option renewal", str(renewal.option_product_id)), change


def _reserved(state: Snapshot, task: Reservation, base: Subscription, users: int | None) -> PricedChange:
    now = billed_subscription(base, users)
    if task.type == CANCEL:
        return _ending(state, base, now, task.apply_date, base.plan_end_date)
    if task.type == START_PAID_SERVICE:
        product = str(task.product_id or paid_product(str(base.product_id)))
        then = Billed(product, str(task.plan or base.plan), task.license_count, _users_of(product, users))
        return _beginning((now,), then, task.apply_date)
    more = Billed(now.item, now.contract_type, (now.licenses or 0) + (task.license_count or 0), now.users)
    return PricedChange((now,), (more,), task.apply_date, base.plan_end_date)


def _renewed(state: Snapshot, base: Subscription, users: int | None) -> PricedChange | None:
    renewal, end = base.renewal, base.plan_end_date
    if renewal is None or end is None:
        return None
    now, day = billed_subscription(base, users), end + timedelta(days=1)
    if renewal.type == CANCEL:
        return _ending(state, base, now, day, None)
    then = now
    if renewal.type == CHANGE:
        product = str(renewal.product_id or base.product_id)
        count = renewal.license_count or base.license_count
        then = Billed(product, str(renewal.plan or base.plan), count, _users_of(product, users))
    return _beginning((now,), then, day)


def _ordered(state: Snapshot, order: OptionProductOrder, users: int | None) -> PricedChange | None:
    code = str(order.option_product_id)
    held, base = find_held(state, code), base_of(state, code)
    item = priced_item(code, str(order.sub_option_id or "") or None)
    subscription = base.subscription if base else None
    now = _billed_option(held, subscription, users) if held else None
    before = (now,) if now else ()
    until = held.plan_end_date if held else base.end if base else None
    if order.type == CANCEL:
        return PricedChange(before, (), order.apply_date, until) if now else None
    if order.type in (APPLY, START_PAID_SERVICE) and base:
        option = find(code)
        size = option.size(item) if option else None
        plan = TRIAL_PLANS[0] if size and size.is_trial else base.plan_then
        quantity = order.quantity if order.quantity is not None or held is None else held.quantity
        then = _option(item, plan, quantity, subscription, users)
        return PricedChange(before, (then,), order.apply_date, until if is_annual(plan) else None)
    if now and order.type == MODIFY:
        then = Billed(item, now.contract_type, now.licenses, now.users, now.contracts)
        return PricedChange(before, (then,), order.apply_date, until)
    if now and order.type == CHANGE_QUANTITY:
        then = Billed(now.item, now.contract_type, now.licenses, now.users, order.quantity or now.contracts)
        return PricedChange(before, (then,), order.apply_date, until)
    return None


def _option_renewed(
    state: Snapshot, renewal: OptionProductRenewal, subscriptions: Mapping[int, Subscription], users: int | None
) -> PricedChange | None:
    held = find_held(state, str(renewal.option_product_id))
    if held is None:
        return None
    now, day = _billed_option(held, subscriptions.get(held.subscription_id), users), _next_day(held.plan_end_date)
    if renewal.type == CANCEL:
        return PricedChange((now,), (), day)
    then = now
    if renewal.type == CHANGE:
        item = priced_item(str(held.option_product_id), str(renewal.sub_option_id or held.sub_option_id))
        quantity = now.contracts if renewal.quantity is None else renewal.quantity
        then = Billed(item, now.contract_type, now.licenses, now.users, quantity)
    return _beginning((now,), then, day)


def _beginning(before: tuple[Billed, ...], then: Billed, day: date) -> PricedChange:
    """Return a change with which a contract begins."""
    return PricedChange(before, (then,), day, end_of_term(day) if is_annual(then.contract_type) else None)


def _ending(state: Snapshot, base: Subscription, now: Billed, day: date, until: date | None) -> PricedChange:
    """Return the end of a subscription, with which its options end."""
    users = _users(state)
    options = (each for each in state.of(OptionProduct) if each.subscription_id == base.subscription_id)
    return PricedChange((now, *(_billed_option(each, base, users) for each in options)), (), day, until)


def _next_day(day: date) -> date:
    return day + timedelta(days=1)


def _billed(held: Mapping[Key, _Held], key: Key) -> Billed | None:
    return held[key].billed if key in held else None


def _users(state: Snapshot) -> int | None:
    """Return how many users there are, where the state holds it."""
    return next((status.member_count for status in state.of(UsageStatus)), None)


def _users_of(product: str, users: int | None) -> int | None:
    """Return the users of a plan: LINE WORKS counts those of its own plans only."""
    return users if product in PLAN_GROUPS["WORKS"] else None
