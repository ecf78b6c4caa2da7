"""
Operations on the renewal setting of subscriptions, and the renewals themselves.

Vendor pages `partner-customer-subscriptions-renewal-{get,patch}`.
"""

from datetime import date
from typing import Any

from .call import Answer, Call, Operation
from .catalogue import PAID_PLANS, PRODUCTS, Kind, product_ids, takes_licenses
from .checks import LICENSES, SAME_GROUP, check_licenses, check_plan, existing_subscription
from .contracts import CANCEL, CHANGE, STAY, Subscription, due_subscriptions, renewal_as_it_is, save_subscription
from .customers import check_advanced
from .fields import one_of, read_body, whole_number
from .rules import Source, rule
from .state import State
from .subscription_life import end_subscription, renew

RENEWED, NOT_RENEWED = "clock:renewSubscription", "clock:endSubscription"  # the ledger's names

_GET, _PATCH = (f"partner-customer-subscriptions-renewal-{verb}" for verb in ("get", "patch"))

PAID_ONLY = rule("sub.renewal.paid", "Free and Trial have no renewal setting.", _GET, _PATCH)
NOTHING_ELSE = rule(
    "sub.renewal.stay",
    "With STAY product and plan stay as they are, and CANCEL renews nothing: neither takes other values.",
    _PATCH,
)
LICENSES_NAMED = rule(
    "sub.renewal.licenses",
    "A change that names a license-based plan names its number of licenses too.",
    _PATCH,
    "partner-customer-subscription-renewal-update-patch",
    source=Source.DEPRECATED,
)
PRODUCT_STAYS = rule(
    "sub.renewal.product",
    "A change that names no product or no plan keeps the present one, whatever was set before.",
    "partner-customer-subscription-renewal-update-patch",
    source=Source.DEPRECATED,
)
STAYS = rule(
    "sub.renewal.renews",
    "On the day after planEndDate a subscription set to STAY begins its next term as it is.",
    _PATCH,
)
CHANGES = rule(
    "sub.renewal.changes",
    "On the day after planEndDate a subscription set to CHANGE begins its next term with what was set.",
    _PATCH,
)
ENDS = rule("sub.renewal.ends", "A subscription set to CANCEL ends with its contract.", _PATCH)


def get_renewal(call: Call) -> Answer:
    """getRenewal: what happens to a paid subscription at its next renewal."""
    subscription = existing_subscription(call)
    _check_paid(subscription)
    return _answer(subscription)


def update_renewal(call: Call) -> Answer:
    """updateRenewal: set what happens at the next renewal."""
    subscription = existing_subscription(call)
    wanted = read_body(
        call.body,
        required={"type": one_of(STAY, CHANGE, CANCEL)},
        optional={
            "productId": one_of(*product_ids(Kind.PAID)),
            "plan": one_of(*sorted(PAID_PLANS)),
            "licenseCount": whole_number,
        },
    )
    _check_paid(subscription)
    if wanted["type"] == CHANGE:
        renewal = _change(call.state, subscription, wanted)
    else:
        _check_nothing_else(subscription, wanted)
        renewal = renewal_as_it_is(subscription.record) if wanted["type"] == STAY else {"type": CANCEL}
    subscription.record["renewal"] = renewal
    save_subscription(call.state, subscription)
    answer = _answer(subscription)
    call.record_effect(subscription.domain_id, answer.body or {})
    return answer


_PATH = "/partners/customers/{domain_id}/subscriptions/{subscription_id}/renewal"
OPERATIONS = (
    Operation("getRenewal", "GET", _PATH, get_renewal),
    Operation("updateRenewal", "PATCH", _PATH, update_renewal, has_body=True),
)


def renew_due_subscriptions(state: State, today: date) -> None:
    """On a new day: renew or end every paid subscription whose contract is over; part of the day's transaction."""
    for subscription in due_subscriptions(state, today, is_paid=True):
        if state.skips("updateRenewal", subscription.domain_id):
            continue
        if state.loses("updateRenewal", subscription.domain_id):
            subscription.record["renewal"] = renewal_as_it_is(subscription.record)
        if subscription.record["renewal"]["type"] == CANCEL:
            state.record_effect(NOT_RENEWED, subscription.domain_id, end_subscription(state, subscription, today))
        else:
            state.record_effect(RENEWED, subscription.domain_id, renew(state, subscription, today))


def _answer(subscription: Subscription) -> Answer:
    return Answer(200, subscription.as_answer()["renewal"])


def _check_paid(subscription: Subscription) -> None:
    if not subscription.is_paid:
        raise PAID_ONLY.broken("RENEWAL_NOT_EXIST", "Free and Trial have no renewal setting", status=404)


def _check_nothing_else(subscription: Subscription, wanted: dict[str, Any]) -> None:
    for name in sorted(wanted.keys() - {"type"}):
        if wanted[name] != subscription.record[name]:
            raise NOTHING_ELSE.broken("INVALID_PARAMETER", f"{name}: {wanted['type']} changes nothing of it")


def _change(state: State, subscription: Subscription, wanted: dict[str, Any]) -> dict[str, Any]:
    """Make the setting of a change: what isn't named is as it is now."""
    product = PRODUCTS[wanted.get("productId", subscription.product.id)]
    if product.group is not subscription.product.group:
        raise SAME_GROUP.broken("INVALID_PARAMETER", f"productId: is not of {subscription.product.group}")
    plan = wanted.get("plan", subscription.plan)
    check_plan(product, plan)
    count = wanted.get("licenseCount")
    if count is None and "plan" not in wanted:
        count = subscription.license_count
    check_licenses(plan, count, LICENSES_NAMED if count is None else LICENSES)
    check_advanced(state, subscription.domain_id, product.id)
    renewal = {"type": CHANGE, "productId": product.id, "plan": plan}
    return renewal | ({"licenseCount": count} if takes_licenses(plan) else {})
