"""What the commands about a subscription share: resources read, and projected states."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from customers.sync.customers import CUSTOMER
from customers.sync.usage_status import USAGE_STATUS
from portal.operations.command_forms import CommandTarget
from portal.operations.snapshots import Snapshot
from portal.sync.resources import RESOURCES
from portal.vendor.client import OptionProduct, OptionProductOrder, Reservation, Subscription
from subscriptions.rules.shared import find
from subscriptions.sync.reservations import RESERVATIONS
from subscriptions.sync.subscriptions import SUBSCRIPTIONS, subscription_words

# The options' own app stands above this one, so its resources are named here, not imported.
OPTIONS, OPTION_ORDERS = "options", "option_orders"
# All that a command about a subscription can depend on; each takes what it needs.
NAME, MEMBERS = CUSTOMER.name, USAGE_STATUS.name
CONTRACTS = (SUBSCRIPTIONS.name, RESERVATIONS.name)

Json = dict[str, Any]


def subscriptions_of(state: Snapshot) -> Sequence[CommandTarget]:
    """Return the subscriptions that a command can be about."""
    return [
        CommandTarget({"subscription_id": present.subscription_id}, subscription_words(present), present)
        for present in state.of(Subscription)
    ]


def words_of(state: Snapshot, subscription_id: int) -> str:
    """Return what people call a subscription."""
    subscription = find(state, subscription_id)
    return subscription_words(subscription) if subscription else str(subscription_id)


def renews_as_it_is(raw: Mapping[str, Any]) -> Json:
    """Return the renewal of a subscription that stays as its record has it."""
    renewal = {
        "subscriptionId": raw["subscriptionId"],
        "type": "STAY",
        "productId": raw["productId"],
        "plan": raw["plan"],
    }
    return renewal | ({} if raw.get("licenseCount") is None else {"licenseCount": raw["licenseCount"]})


def with_subscription(state: Snapshot, subscription_id: int, **raw: Any) -> Snapshot:
    """Return the state with some members of one subscription's record changed."""
    return state.with_records(
        SUBSCRIPTIONS,
        [
            Subscription.from_vendor({**found.raw, **raw}) if found.subscription_id == subscription_id else found
            for found in state.of(Subscription)
        ],
    )


def with_task(state: Snapshot, subscription_id: int, raw: Json | None) -> Snapshot:
    """Return the state with another task, or none, scheduled for a subscription."""
    others = [found for found in state.of(Reservation) if found.subscription_id != subscription_id]
    return state.with_records(RESERVATIONS, [*others, *([Reservation.from_vendor(raw)] if raw else [])])


def without_options(state: Snapshot, gone: Collection[OptionProduct]) -> Snapshot:
    """Return the state without some options."""
    names = {option.option_product_id for option in gone}
    left = [option for option in state.of(OptionProduct) if option.option_product_id not in names]
    return state.with_records(RESOURCES[OPTIONS], left)


def without_all_of(state: Snapshot, subscription_id: int) -> Snapshot:
    """Return the state without a subscription, its options, and whatever is scheduled for it and them."""
    subscriptions = [found for found in state.of(Subscription) if found.subscription_id != subscription_id]
    gone = [option for option in state.of(OptionProduct) if option.subscription_id == subscription_id]
    names = {option.option_product_id for option in gone}
    tasks = [
        task
        for task in state.of(OptionProductOrder)
        if task.subscription_id != subscription_id and task.option_product_id not in names
    ]
    after = with_task(state.with_records(SUBSCRIPTIONS, subscriptions), subscription_id, None)
    return without_options(after, gone).with_records(RESOURCES[OPTION_ORDERS], tasks)
