"""
What becomes of a running subscription, by a call or by the clock: it turns paid, changes, renews, ends.

Whoever calls these writes the ledger, with what they give.
"""

from datetime import date
from typing import Any

from .contracts import (
    CHANGE,
    Subscription,
    delete_reservation_of,
    paid_subscription,
    remove_subscription,
    renewal_as_it_is,
    save_subscription,
)
from .inferred import start_of_next_term
from .options_life import cancel_options_of, drop_options_that_do_not_fit
from .rules import Source, rule
from .state import State

What = dict[str, Any]

OPTIONS_END = rule(
    "sub.cancel.options",
    "A subscription that is canceled takes its options along, whatever their use or what is scheduled for them.",
    "partner-customer-subscriptions-reservation-create",
)
NO_PENALTY = rule(
    "sub.cancel.nopenalty",
    "Canceling a subscription inside its term costs no penalty; the page states none. Its annual options cost theirs.",
    "partner-customer-subscriptions-delete",
    source=Source.DEDUCED,
)
OPTIONS_FIT = rule(
    "sub.upgrade.options",
    "Options that don't fit the new product are canceled: Drive, when Standard becomes Advanced.",
    "partner-customer-subscription-upgrade",
    source=Source.DEPRECATED,
)
UPGRADE_IN_RENEWAL = rule(
    "sub.upgrade.renewal",
    "An upgrade at once deletes the one that is set for the renewal.",
    "partner-customer-subscriptions-upgrade",
)
LICENSES_AT_RENEWAL = rule(
    "sub.license.renewal",
    "A renewal that keeps the number of licenses goes on to keep it when some are added.",
    "partner-customer-subscriptions-renewal-patch",
    source=Source.DEDUCED,
)


def start_paid_service(
    state: State, subscription: Subscription, product_id: str, plan: str, license_count: int | None, day: date
) -> None:
    """Turn a Free or Trial subscription paid from `day` on, under its old id; its scheduled task is deleted."""
    delete_reservation_of(state, subscription.id)
    _begin_term(subscription, product_id, plan, license_count, day)
    save_subscription(state, subscription)


def upgrade(state: State, subscription: Subscription, product_id: str, day: date) -> What:
    """Move a subscription to a higher product; plan and term stay."""
    subscription.record["productId"] = product_id
    renewal = subscription.record["renewal"]
    if renewal is not None and "productId" in renewal:
        renewal["productId"] = product_id
        stays = renewal_as_it_is(subscription.record)
        if renewal == {**stays, "type": CHANGE}:
            subscription.record["renewal"] = stays
    save_subscription(state, subscription)
    return {**subscription.as_answer(), **_drop_options(state, subscription, day)}


def add_licenses(state: State, subscription: Subscription, count: int) -> None:
    """Add licenses to those of a license-based plan."""
    before, record = subscription.license_count, subscription.record
    record["licenseCount"] = (before or 0) + count
    if record["renewal"].get("licenseCount") == before:
        record["renewal"]["licenseCount"] = record["licenseCount"]
    save_subscription(state, subscription)


def renew(state: State, subscription: Subscription, day: date) -> What:
    """Begin the next term of a paid subscription, with what its renewal setting says."""
    renewal = subscription.record["renewal"]
    start = start_of_next_term(subscription.end or day)
    _begin_term(subscription, renewal["productId"], renewal["plan"], renewal.get("licenseCount"), start)
    save_subscription(state, subscription)
    return {**subscription.as_answer(), **_drop_options(state, subscription, day)}


def end_subscription(state: State, subscription: Subscription, day: date) -> What:
    """End a subscription on `day`, with its options and whatever is scheduled for it and them, at no penalty."""
    options = cancel_options_of(state, subscription.domain_id, subscription.id, day)
    remove_subscription(state, subscription)
    return {**subscription.as_answer(), **_named("cancelledOptions", options)}


def _begin_term(subscription: Subscription, product_id: str, plan: str, license_count: int | None, start: date) -> None:
    record = paid_subscription(subscription.domain_id, product_id, plan, license_count, start)
    subscription.record = record | {"licenseAssignType": subscription.record["licenseAssignType"]}


def _drop_options(state: State, subscription: Subscription, day: date) -> What:
    dropped = drop_options_that_do_not_fit(state, subscription.domain_id, subscription.id, day)
    return _named("cancelledOptions", dropped)


def _named(name: str, options: list[What]) -> What:
    return {name: [option["optionProductId"] for option in options]} if options else {}
