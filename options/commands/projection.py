"""Records as they are expected to be after an option has changed."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from options.rules.shared import TRIAL, end_of_option_trial, find_held, find_task
from options.sync.options import OPTION_ORDERS, OPTIONS
from options.sync.renewals import OPTION_RENEWALS
from portal.core.clock import business_today
from portal.operations.snapshots import Snapshot
from portal.vendor.client import OptionProduct, OptionProductOrder, OptionProductRenewal, Subscription

STAY = "STAY"


def new_option(base: Subscription, code: str, size: str, quantity: int | None, *, on_trial: bool) -> OptionProduct:
    """Return an option as LINE WORKS should show it once it has begun today."""
    today = business_today()
    end = end_of_option_trial(base, today) if on_trial else base.plan_end_date or date.max
    return OptionProduct.from_vendor(
        {
            "subscriptionId": base.subscription_id,
            "optionProductId": code,
            "subOptionId": size,
            "appliedTime": f"{today}T00:00:00.000+09:00",
            "quantity": quantity,
            "plan": TRIAL if on_trial else base.plan,
            "planStartDate": today.isoformat(),
            "planEndDate": end.isoformat(),
        }
    )


def with_option(state: Snapshot, option: OptionProduct) -> Snapshot:
    """Return a state with one option more; its days, and how many pieces it has, are assumed."""
    after = state.with_records(OPTIONS, [*state.of(OptionProduct), option])
    return after.assuming(OPTIONS, "planStartDate", "planEndDate", "quantity", key=option.option_product_id)


def without_option(state: Snapshot, code: str) -> Snapshot:
    """Return a state in which the customer no longer has an option."""
    return state.with_records(OPTIONS, [held for held in state.of(OptionProduct) if held.option_product_id != code])


def with_changed_option(state: Snapshot, code: str, changes: Mapping[str, Any]) -> Snapshot:
    """Return a state in which an option has changed, by LINE WORKS's names of its fields."""
    return state.with_records(
        OPTIONS,
        [
            OptionProduct.from_vendor({**held.raw, **changes}) if held.option_product_id == code else held
            for held in state.of(OptionProduct)
        ],
    )


def with_task(state: Snapshot, task: OptionProductOrder) -> Snapshot:
    """Return a state in which something is scheduled for an option, in place of what was."""
    others = without_task(state, task.option_product_id).of(OptionProductOrder)
    return state.with_records(OPTION_ORDERS, [*others, task])


def without_task(state: Snapshot, code: str) -> Snapshot:
    """Return a state in which nothing is scheduled for an option."""
    return state.with_records(
        OPTION_ORDERS, [task for task in state.of(OptionProductOrder) if task.option_product_id != code]
    )


def with_changed_renewal(state: Snapshot, code: str, changes: Mapping[str, Any], *, only: str = "") -> Snapshot:
    """Return a state in which the renewal of an option has changed; ``only`` if it is of one type."""
    return state.with_records(
        OPTION_RENEWALS,
        [
            OptionProductRenewal.from_vendor({**renewal.raw, **changes})
            if renewal.option_product_id == code and only in ("", renewal.type)
            else renewal
            for renewal in state.of(OptionProductRenewal)
        ],
    )


def with_renewal_along(state: Snapshot, code: str, changes: Mapping[str, Any]) -> Snapshot:
    """Return a state in which a renewal that leaves the option as it is goes along with it, which is assumed."""
    after = with_changed_renewal(state, code, changes, only=STAY)
    return after.assuming(OPTION_RENEWALS, *changes, key=code)


def came_by_task(before: Snapshot, after: Snapshot, code: str, task_type: str) -> bool:
    """Return whether a scheduled task that was due has been done meanwhile: what it brought is not ours then."""
    task = find_task(before, code)
    due = task is not None and task.type == task_type and task.apply_date <= business_today()
    return due and find_task(after, code) is None


def went_with_subscription(before: Snapshot, after: Snapshot, code: str) -> bool:
    """Return whether the subscription of an option is gone too: then the option ended along with it."""
    held = find_held(before, code)
    return held is not None and held.subscription_id not in {base.subscription_id for base in after.of(Subscription)}
