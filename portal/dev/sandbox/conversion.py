"""
Turning Free and Trial subscriptions into paid ones, at once.

Vendor page `partner-customer-subscriptions-paid-service`. A reservation that converts on a later day asks for the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .call import Answer, Call, Operation
from .catalogue import PAID_PLANS, PRODUCTS, Kind, Product, product_ids, takes_licenses
from .charges import member_count
from .checks import SAME_GROUP, check_licenses, check_plan, existing_subscription
from .contracts import Subscription
from .customers import check_advanced
from .fields import nullable, one_of, read_body, whole_number
from .rules import rule
from .state import State
from .subscription_life import start_paid_service

_PAID_SERVICE, _RESERVATION = (
    f"partner-customer-subscriptions-{page}" for page in ("paid-service", "reservation-create")
)

SOURCE = rule(
    "sub.convert.source",
    "Only a Free or Trial subscription can be turned into a paid one, a Trial in its grace period too.",
    _PAID_SERVICE,
    _RESERVATION,
)
PRODUCT = rule(
    "sub.convert.product",
    "Turning Free into paid needs a productId; turning a Trial into paid leaves it out, as it goes on with its own.",
    _PAID_SERVICE,
    _RESERVATION,
)
MEMBERS = rule(
    "sub.convert.members",
    "A conversion at once to a license-based plan needs at least as many licenses as there are members.",
    _PAID_SERVICE,
)
SCHEDULED = rule(
    "sub.convert.scheduled",
    "A conversion at once deletes what is scheduled for the subscription.",
    _PAID_SERVICE,
)


@dataclass(frozen=True, slots=True)
class Conversion:
    """What a Free or Trial subscription is to become."""

    product: Product
    plan: str
    license_count: int | None


def convert_subscription_to_paid(call: Call) -> Answer:
    """convertSubscriptionToPaid: a Free or Trial subscription becomes a paid one at once."""
    subscription = existing_subscription(call)
    wanted = read_body(
        call.body,
        required={"plan": one_of(*sorted(PAID_PLANS))},
        optional={"productId": one_of(*product_ids(Kind.PAID)), "licenseCount": nullable(whole_number)},
    )
    to = check_conversion(call.state, subscription, wanted)
    members = member_count(call.state, subscription.domain_id)
    if takes_licenses(to.plan) and (to.license_count or 0) < members:
        raise MEMBERS.broken("OUT_OF_RANGE", f"licenseCount: there are {members} members")
    start_paid_service(call.state, subscription, to.product.id, to.plan, to.license_count, call.today)
    call.record_effect(subscription.domain_id, subscription.as_answer())
    return Answer(200, subscription.as_answer())


OPERATIONS = (
    Operation(
        "convertSubscriptionToPaid",
        "POST",
        "/partners/customers/{domain_id}/subscriptions/{subscription_id}/paid-service",
        convert_subscription_to_paid,
        has_body=True,
    ),
)


def check_conversion(state: State, subscription: Subscription, wanted: Mapping[str, Any]) -> Conversion:
    """
    See that a subscription can become what is wanted, by `plan`, `productId` and `licenseCount`.

    Raises:
        Refusal: 400 or 409.
    """
    if subscription.is_paid:
        raise SOURCE.broken("CONFLICT", "the subscription is a paid one already", status=409)
    to = Conversion(_product_after(subscription, wanted.get("productId")), wanted["plan"], wanted.get("licenseCount"))
    check_plan(to.product, to.plan)
    check_licenses(to.plan, to.license_count)
    check_advanced(state, subscription.domain_id, to.product.id)
    return to


def _product_after(subscription: Subscription, product_id: str | None) -> Product:
    if subscription.is_trial:
        if product_id is not None:
            raise PRODUCT.broken("INVALID_PARAMETER", "productId: must be left out for a Trial")
        return PRODUCTS[subscription.product.paid_id or ""]
    if product_id is None:
        raise PRODUCT.broken("MISSING_PARAMETER", "productId is required for a Free subscription")
    if PRODUCTS[product_id].group is not subscription.product.group:
        raise SAME_GROUP.broken("INVALID_PARAMETER", f"productId: is not of {subscription.product.group}")
    return PRODUCTS[product_id]
