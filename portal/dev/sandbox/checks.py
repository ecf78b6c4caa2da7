"""What several operations on subscriptions check of a request."""

from datetime import date

from .call import Call, path_id
from .catalogue import MOST_LICENSES, Product, takes_licenses
from .contracts import Subscription, find_subscription
from .customers import existing_customer
from .errors import not_exist
from .fields import day, read_body
from .rules import Rule, Source, rule

PLAN_OF_PRODUCT = rule(
    "sub.plan.product",
    "A plan has to be one of those that the product can be held under.",
    "partner-customer-subscriptions-post",
)
LICENSES = rule(
    "sub.license.needed",
    "A license-based plan needs a number of licenses, from 1 to 1,000,000.",
    "partner-customer-subscriptions-paid-service",
    "partner-customer-subscriptions-reservation-create",
    "partner-customer-subscriptions-renewal-patch",
)
NO_LICENSES = rule(
    "sub.license.none",
    "A plan that is not license-based has no number of licenses.",
    "partner-customer-subscriptions-post",
    "partner-customer-preorders-post",
)

SAME_GROUP = rule(
    "sub.product.group",
    "A subscription can become another product of its own product group only.",
    "partner-customer-subscriptions-paid-service",
    "partner-customer-subscriptions-renewal-patch",
    source=Source.DEDUCED,
)


def existing_subscription(call: Call) -> Subscription:
    """
    Read the subscription that the path names, which must be of the customer that it names.

    Raises:
        Refusal: 404.
    """
    domain_id = existing_customer(call)
    subscription_id = path_id(call, "subscription_id", "SUBSCRIPTION")
    subscription = find_subscription(call.state, subscription_id)
    if subscription is None or subscription.domain_id != domain_id:
        raise not_exist("SUBSCRIPTION", subscription_id)
    return subscription


def check_plan(product: Product, plan: str) -> None:
    """
    See that a product can be held under a plan.

    Raises:
        Refusal: 400.
    """
    if plan not in product.plans:
        raise PLAN_OF_PRODUCT.broken("INVALID_PARAMETER", f"plan: {product.id} has {', '.join(product.plans)}")


def check_licenses(plan: str, count: int | None, needed: Rule = LICENSES, none: Rule = NO_LICENSES) -> None:
    """
    See that a number of licenses is given with a license-based plan, within the documented range, and with no other.

    Raises:
        Refusal: 400, for `needed` or for `none`.
    """
    if not takes_licenses(plan):
        if count is not None:
            raise none.broken("INVALID_PARAMETER", f"licenseCount: {plan} is not a license-based plan")
    elif count is None:
        raise needed.broken("MISSING_PARAMETER", "licenseCount is required")
    else:
        check_license_range("licenseCount", count, needed)


def check_license_range(name: str, count: int, broken: Rule) -> None:
    """
    See that a number of licenses is one that the vendor knows.

    Raises:
        Refusal: 400, for the rule `broken`.
    """
    if count > MOST_LICENSES:
        raise broken.broken("LIMIT_EXCEEDED", f"{name}: must be at most {MOST_LICENSES}")
    if count < 1:
        raise broken.broken("OUT_OF_RANGE", f"{name}: must be at least 1")


def read_new_date(body: object, only_date: Rule) -> date | None:
    """
    Read the body that moves something scheduled to another day.

    None means that no day was given: applyDate is not marked required, and as PATCH goes, then nothing changes.

    Raises:
        Refusal: 400; for the rule `only_date` if anything else is to be changed.
    """
    others = sorted(body.keys() - {"applyDate"}) if isinstance(body, dict) else []
    if others:
        raise only_date.broken("INVALID_PARAMETER", f"{others[0]}: only applyDate can be changed")
    new_date: date | None = read_body(body, required={}, optional={"applyDate": day}).get("applyDate")
    return new_date
