"""
Adding licenses at once, and what may be added, at once or on a later day.

The page of this operation was seen in no language; its rules are those of the deprecated
`partner-customer-subscription-add-license-count`.
"""

from .call import Answer, Call, Operation
from .catalogue import MOST_LICENSES, takes_licenses
from .checks import LICENSES, check_license_range, existing_subscription
from .contracts import Subscription, delete_reservation_of
from .fields import read_body, whole_number
from .rules import Source, rule
from .scheduled import ADD_LICENSE, find_reservation
from .subscription_life import add_licenses

_OLD_ADD = "partner-customer-subscription-add-license-count"

LICENSE_PLAN = rule(
    "sub.license.plan",
    "Licenses can be added, now or on a later day, to a paid license-based plan only.",
    "partner-customer-subscriptions-reservation-create",
    _OLD_ADD,
)
LICENSES_AT_MOST = rule(
    "sub.license.total",
    "With what is added, at most 1,000,000 licenses can be held.",
    _OLD_ADD,
    source=Source.DEDUCED,
)
ADDITION_SCHEDULED = rule(
    "sub.license.scheduled",
    "Adding licenses at once deletes a scheduled addition.",
    _OLD_ADD,
    source=Source.DEPRECATED,
)
FEWER_AT_RENEWAL = rule(
    "sub.license.reduce",
    "Licenses can be lowered at a renewal only.",
    "partner-customer-subscriptions-list",
)


def add_licenses_now(call: Call) -> Answer:
    """addLicenses: more licenses at once."""
    subscription = existing_subscription(call)
    count = read_body(call.body, required={"addLicenseCount": whole_number})["addLicenseCount"]
    check_addition(subscription, "addLicenseCount", count)
    reservation = find_reservation(call.state, subscription.id)
    if reservation is not None and reservation.type == ADD_LICENSE:
        delete_reservation_of(call.state, subscription.id)
    add_licenses(call.state, subscription, count)
    call.record_effect(subscription.domain_id, subscription.as_answer())
    return Answer(200, subscription.as_answer())


OPERATIONS = (
    Operation(
        "addLicenses",
        "POST",
        "/partners/customers/{domain_id}/subscriptions/{subscription_id}/add-license-count",
        add_licenses_now,
        has_body=True,
    ),
)


def check_addition(subscription: Subscription, name: str, count: int) -> None:
    """
    See that so many licenses, named by the member `name`, can be added to a subscription.

    Raises:
        Refusal: 400; 403 above what can be held; 409 where there are no licenses to add to.
    """
    if count < 1:
        raise FEWER_AT_RENEWAL.broken("OUT_OF_RANGE", f"{name}: must be at least 1")
    check_license_range(name, count, LICENSES)
    if not (subscription.is_paid and takes_licenses(subscription.plan)):
        raise LICENSE_PLAN.broken("CONFLICT", f"{subscription.plan} is not a paid license-based plan", status=409)
    if (subscription.license_count or 0) + count > MOST_LICENSES:
        raise LICENSES_AT_MOST.broken("LIMIT_EXCEEDED", f"{name}: {MOST_LICENSES} can be held", status=403)
