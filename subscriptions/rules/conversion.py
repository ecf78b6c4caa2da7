"""
Rules for converting Free and trials to paid, and what of them holds for a scheduled conversion.

Sources: LINE WORKS pages named with each rule. ``ours`` marks what no page states.
"""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext_lazy as _
from pydantic import Field

from portal.core.catalogue import (
    family_of,
    paid_product_of,
    takes_licenses,
)
from portal.core.rules import RULEBOOK, Code, Codes, Consequence, Problem, Rule, Verdict, Weight
from portal.operations.payloads import OrderRequest
from portal.operations.snapshots import Snapshot
from portal.vendor.client import Subscription
from subscriptions.rules.shared import (
    EXISTS,
    HELD_FROM_TODAY,
    OF_FAMILY,
    about_options,
    domain_problems,
    find,
    is_free,
    is_paid,
    is_trial,
    known_plans_problems,
    license_problems,
    members,
    option_tasks_of,
    plan_problems,
    task_goes,
    task_of,
    trial_options_of,
)

_PAID_SERVICE = "partner-customer-subscriptions-paid-service"

CONVERTIBLE = RULEBOOK.add(
    Rule("sub.convert.source", _("Only Free and trials can be converted to paid."), _PAID_SERVICE)
)
CONVERSION_PRODUCT = RULEBOOK.add(
    Rule(
        "sub.convert.product",
        _("A trial keeps its plan when it is converted. Leave the plan empty."),
        _PAID_SERVICE,
    )
)
MEMBERS = RULEBOOK.add(
    Rule(
        "sub.convert.members",
        _("The number of users is %(members)s. Enter at least as many licenses."),
        _PAID_SERVICE,
    )
)
PAID_FROM_TODAY = RULEBOOK.add(
    Rule("sub.convert.now", _("%(product)s, %(plan)s, is billed from today."), _PAID_SERVICE)
)
CONVERSION_DELETES = RULEBOOK.add(
    Rule(
        "sub.convert.scheduled",
        _("The scheduled change of the subscription is deleted: %(task)s on %(date)s."),
        _PAID_SERVICE,
    )
)
TRIALS_STAY = RULEBOOK.add(
    Rule(
        "sub.convert.trials",
        _("Options that stay in trial: %(count)s (%(options)s). Convert each of them to paid in time."),
        _PAID_SERVICE,
    )
)
TASKS_STAY = RULEBOOK.add(
    Rule(
        "sub.convert.optiontasks",
        _(
            "Scheduled option changes that keep their dates: %(count)s (%(options)s). LINE WORKS"
            " doesn’t document otherwise."
        ),
        _PAID_SERVICE,
        ours=True,
    )
)
NO_WAY_BACK = RULEBOOK.add(
    Rule(
        "sub.convert.final",
        _("The subscription can’t be changed back to Free or to a trial."),
        _PAID_SERVICE,
        ours=True,
    )
)


class Conversion(OrderRequest):
    """A Free or trial subscription to become a paid one at once."""

    subscription_id: int = Field(gt=0)
    plan: str
    product_id: str | None = None
    license_count: int | None = None


def against_conversion(_state: Snapshot, subscription: Subscription, _today: date) -> Sequence[Problem]:
    """Say why a subscription cannot become paid, now or later."""
    if is_paid(subscription):
        return (Problem(CONVERTIBLE),)
    return known_plans_problems(subscription)


def convert(state: Snapshot, request: Conversion, today: date) -> Verdict:
    """Judge a conversion to a paid subscription at once."""
    subscription = find(state, request.subscription_id)
    if subscription is None:
        return Verdict((Problem(EXISTS),))
    problems = [
        *conversion_problems(state, subscription, request.product_id, request.plan, request.license_count, today),
        *_too_few(state, request),
    ]
    if problems:
        return Verdict(tuple(problems))
    product = product_after(subscription, request.product_id)
    count = request.license_count
    return Verdict(
        (),
        (
            Consequence(PAID_FROM_TODAY, {"product": Code("product", product), "plan": Code("plan", request.plan)}),
            *([Consequence(HELD_FROM_TODAY, {"count": count})] if count else []),
            *task_goes(CONVERSION_DELETES, task_of(state, subscription.subscription_id)),
            *about_options(TRIALS_STAY, trial_options_of(state, subscription.subscription_id)),
            *about_options(TASKS_STAY, option_tasks_of(state, subscription.subscription_id)),
            Consequence(NO_WAY_BACK, weight=Weight.LOSS),
        ),
    )


def conversion_problems(
    state: Snapshot, subscription: Subscription, product_id: str | None, plan: str, count: int | None, today: date
) -> list[Problem]:
    """Return what stands against a subscription becoming a paid one, now or later."""
    standing = against_conversion(state, subscription, today)
    family = family_of(subscription.product_id)
    if standing or family is None:
        return list(standing)
    if is_trial(subscription) and product_id is not None:
        return [Problem(CONVERSION_PRODUCT, at="product_id")]
    if is_free(subscription) and product_id not in family.paid:
        return [Problem(OF_FAMILY, {"products": Codes("product", family.paid)}, at="product_id")]
    product = product_after(subscription, product_id)
    return [
        *domain_problems(state, product),
        *(plan_problems(family, product, plan) or license_problems(plan, count)),
    ]


def product_after(subscription: Subscription, product_id: str | None) -> str:
    """Return the product that a Free or trial subscription becomes."""
    return product_id or paid_product_of(subscription.product_id)


def paid_choices(subscription: Subscription) -> tuple[Sequence[str], Sequence[str]]:
    """Return the products to choose from when a subscription becomes paid, and the plans; a trial has its product."""
    family = family_of(subscription.product_id)
    if family is None:
        return (), ()
    return (family.paid if is_free(subscription) else ()), family.paid_plans


def _too_few(state: Snapshot, request: Conversion) -> list[Problem]:
    present = members(state) or 0
    if not takes_licenses(request.plan) or not 1 <= (request.license_count or 0) < present:
        return []
    return [Problem(MEMBERS, {"members": present}, at="license_count")]
