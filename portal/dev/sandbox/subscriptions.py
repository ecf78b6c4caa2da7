"""
Operations on subscriptions that take effect at once; `conversion.py` and `licenses.py` have two of their own.

Vendor pages `partner-customer-subscriptions-{list,get,post,delete,upgrade}`.
"""

import json

from .call import Answer, Call, Operation
from .catalogue import (
    ADVANCED,
    ADVANCED_TRIAL,
    PLANS,
    PRODUCTS,
    UPGRADES,
    Kind,
    Product,
    has_something_to_try,
)
from .checks import check_licenses, check_plan, existing_subscription
from .contracts import (
    Subscription,
    has_tried,
    paid_subscription,
    subscription_answer,
    subscriptions_of,
    unpaid_subscription,
)
from .customers import check_advanced, existing_customer
from .fields import nullable, one_of, read_body, whole_number
from .rules import Source, rule
from .scheduled import START_PAID_SERVICE, find_reservation
from .state import State
from .subscription_life import end_subscription, upgrade

_POST, _DELETE, _UPGRADE, _LIST = (
    f"partner-customer-subscriptions-{page}" for page in ("post", "delete", "upgrade", "list")
)
_OLD_UPGRADE = "partner-customer-subscription-upgrade"

SWITCH = rule(
    "sub.add.switch", "While Free or Trial is running, nothing is added; it is turned into a paid subscription.", _POST
)
ONE_OF_GROUP = rule(
    "sub.add.group",
    "At most one subscription of a product group can be added.",
    _POST,
    _LIST,
    source=Source.DEDUCED,
)
AFTER_TRIAL = rule("sub.add.aftertrial", "A paid plan can be added only once Free or Trial has been used.", _POST)
CONVERSION_SCHEDULED = rule(
    "sub.cancel.conversion",
    "A subscription can't be canceled while its conversion to paid is scheduled.",
    _DELETE,
)
UPGRADABLE = rule("sub.upgrade.standard", "Only Standard can be upgraded, to Advanced.", _UPGRADE)
TRIAL_TO_TRIAL = rule(
    "sub.upgrade.trial",
    "An upgrade keeps to its kind: Standard becomes Advanced, a Trial of the one a Trial of the other.",
    _OLD_UPGRADE,
    source=Source.DEPRECATED,
)
NOT_FREE = rule("sub.upgrade.free", "Free can't be upgraded.", _OLD_UPGRADE, source=Source.DEPRECATED)
NOT_IN_GRACE = rule(
    "sub.upgrade.grace", "A Trial in its grace period can't be upgraded.", _OLD_UPGRADE, source=Source.DEPRECATED
)


def list_subscriptions(call: Call) -> Answer:
    """listSubscriptions: the running subscriptions of a customer, with the renewal of the paid ones."""
    domain_id = existing_customer(call)
    rows = call.state.db.execute(
        "SELECT subscription_id, record FROM subscriptions WHERE domain_id = ? ORDER BY subscription_id",
        (domain_id,),
    )
    return Answer(
        200,
        {
            "subscriptions": [
                subscription_answer(subscription_id, json.loads(record)) for subscription_id, record in rows
            ]
        },
    )


def get_subscription(call: Call) -> Answer:
    """getSubscription: one running subscription."""
    return Answer(200, existing_subscription(call).as_answer())


def add_subscription(call: Call) -> Answer:
    """addSubscription: a subscription that starts at once, Free or Trial first."""
    domain_id = existing_customer(call)
    wanted = read_body(
        call.body,
        required={"plan": one_of(*sorted(PLANS)), "productId": one_of(*PRODUCTS)},
        optional={"licenseCount": nullable(whole_number)},
    )
    product, plan, count = PRODUCTS[wanted["productId"]], wanted["plan"], wanted.get("licenseCount")
    check_plan(product, plan)
    check_licenses(plan, count)
    check_advanced(call.state, domain_id, product.id)
    _check_history(call.state, domain_id, product)
    if product.kind is Kind.PAID:
        record = paid_subscription(domain_id, product.id, plan, count, call.today)
    else:
        record = unpaid_subscription(domain_id, product.id, call.today, count)
    answer = subscription_answer(call.state.add_subscription(record), record)
    call.record_effect(domain_id, answer)
    return Answer(201, answer)


def cancel_subscription(call: Call) -> Answer:
    """cancelSubscription: a subscription ends at once, with its options; its customer stays."""
    subscription = existing_subscription(call)
    reservation = find_reservation(call.state, subscription.id)
    if reservation is not None and reservation.type == START_PAID_SERVICE:
        raise CONVERSION_SCHEDULED.broken("CONFLICT", "its conversion to paid is scheduled", status=409)
    call.record_effect(subscription.domain_id, end_subscription(call.state, subscription, call.today))
    return Answer(204)


def upgrade_subscription(call: Call) -> Answer:
    """upgradeSubscription: Standard becomes Advanced at once."""
    subscription = existing_subscription(call)
    product_id = read_body(call.body, required={"productId": one_of(ADVANCED, ADVANCED_TRIAL)})["productId"]
    _check_upgrade(subscription, product_id)
    check_advanced(call.state, subscription.domain_id, product_id)
    call.record_effect(subscription.domain_id, upgrade(call.state, subscription, product_id, call.today))
    return Answer(200, subscription.as_answer())


_ALL = "/partners/customers/{domain_id}/subscriptions"
_ONE = f"{_ALL}/{{subscription_id}}"
OPERATIONS = (
    Operation("listSubscriptions", "GET", _ALL, list_subscriptions),
    Operation("addSubscription", "POST", _ALL, add_subscription, has_body=True),
    Operation("getSubscription", "GET", _ONE, get_subscription),
    Operation("cancelSubscription", "DELETE", _ONE, cancel_subscription),
    Operation("upgradeSubscription", "POST", f"{_ONE}/upgrade", upgrade_subscription, has_body=True),
)


def _check_history(state: State, domain_id: int, product: Product) -> None:
    """See that a customer may take a product now, by what it has of its group and has had."""
    running = subscriptions_of(state, domain_id, product.group)
    if any(not subscription.is_paid for subscription in running):
        raise SWITCH.broken("CONFLICT", f"a Free or Trial subscription of {product.group} is running", status=409)
    if running:
        raise ONE_OF_GROUP.broken(
            "SUBSCRIPTION_ALREADY_EXIST", f"a subscription of {product.group} is running", status=409
        )
    # A group without anything to try (ours) would otherwise never be sold; and who has had a paid subscription counts
    # as one that has tried, for a Trial comes before each.
    must_have_tried = product.kind is Kind.PAID and has_something_to_try(product.group)
    if must_have_tried and not has_tried(state, domain_id, product.group):
        raise AFTER_TRIAL.broken("CONFLICT", f"no Free or Trial of {product.group} has been used yet", status=409)


def _check_upgrade(subscription: Subscription, product_id: str) -> None:
    if subscription.is_free:
        raise NOT_FREE.broken("CONFLICT", "a Free subscription can't be upgraded", status=409)
    target = UPGRADES.get(subscription.product.id)
    if target is None:
        raise UPGRADABLE.broken("CONFLICT", f"{subscription.product.id} can't be upgraded", status=409)
    if product_id != target:
        raise TRIAL_TO_TRIAL.broken("INVALID_PARAMETER", f"productId: {subscription.product.id} becomes {target}")
    if subscription.in_grace:
        raise NOT_IN_GRACE.broken("CONFLICT", "the Trial is in its grace period", status=409)
