"""
Rules for upgrading, canceling and adding a subscription.

Sources: LINE WORKS pages named with each rule; the page of the upgrade before the present one says more. ``ours`` marks
what no page states.
"""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext_lazy as _
from pydantic import Field

from portal.core.catalogue import (
    ADVANCED,
    FAMILIES,
    UPGRADES,
    Family,
    family_of,
)
from portal.core.rules import RULEBOOK, Code, Consequence, Problem, Rule, Value, Verdict, Weight
from portal.operations.payloads import OrderRequest
from portal.operations.snapshots import Snapshot
from portal.vendor.client import PreOrder, Reservation, Subscription
from subscriptions.assumptions import end_of_grace, end_of_trial
from subscriptions.rules.shared import (
    DROPS_DRIVE,
    EXISTS,
    HELD_FROM_TODAY,
    IN_GRACE,
    about_options,
    domain_problems,
    ending,
    find,
    is_free,
    is_paid,
    is_trial,
    license_problems,
    option_tasks_of,
    options_only_with_standard,
    plan_problems,
    task_goes,
    task_of,
)

_ADD, _DELETE, _UPGRADE = (f"partner-customer-subscriptions-{page}" for page in ("post", "delete", "upgrade"))
_RESERVE = "partner-customer-subscriptions-reservation-create"
_OLD_UPGRADE = "partner-customer-subscription-upgrade"

ONLY_STANDARD = RULEBOOK.add(Rule("sub.upgrade.standard", _("Only Standard can be upgraded to Advanced."), _UPGRADE))
KEEPS_KIND = RULEBOOK.add(Rule("sub.upgrade.trial", _("%(product)s can be upgraded only to %(target)s."), _OLD_UPGRADE))
FREE_NOT = RULEBOOK.add(
    Rule("sub.upgrade.free", _("Free can’t be upgraded. Convert the subscription to paid instead."), _OLD_UPGRADE)
)
NOT_IN_GRACE = RULEBOOK.add(
    Rule(
        "sub.upgrade.grace",
        _("A subscription can’t be upgraded in the trial grace period. Convert it to paid first."),
        _OLD_UPGRADE,
    )
)
UPGRADED_TODAY = RULEBOOK.add(
    Rule("sub.upgrade.now", _("%(target)s starts today. The contract type and the end date stay the same."), _UPGRADE)
)
UPGRADE_IN_RENEWAL = RULEBOOK.add(
    Rule("sub.upgrade.renewal", _("The upgrade in the renewal settings is deleted."), _UPGRADE)
)
RENEWS_ADVANCED = RULEBOOK.add(
    Rule(
        "sub.upgrade.renews",
        _("The subscription also renews as Advanced, unless you change the renewal settings."),
        _UPGRADE,
        ours=True,
    )
)
UPGRADE_WITH_TASK = RULEBOOK.add(
    Rule(
        "sub.upgrade.scheduled",
        _(
            "The subscription has a scheduled change: %(task)s on %(date)s. LINE WORKS doesn’t document what happens"
            " to it at an upgrade."
        ),
        _UPGRADE,
        ours=True,
    )
)
NO_DOWNGRADE = RULEBOOK.add(
    Rule("sub.upgrade.final", _("You can’t downgrade to Standard before renewal."), _UPGRADE, ours=True)
)
CONVERSION_FIRST = RULEBOOK.add(
    Rule(
        "sub.cancel.conversion",
        _("The subscription is scheduled to convert to paid on %(date)s. Delete the scheduled change first."),
        _DELETE,
    )
)
ENDS_TODAY = RULEBOOK.add(
    Rule("sub.cancel.now", _("%(product)s is canceled today. The customer stays in LINE WORKS."), _DELETE)
)
TASK_GOES = RULEBOOK.add(
    Rule(
        "sub.cancel.scheduled",
        _("The scheduled change is also deleted: %(task)s on %(date)s."),
        _DELETE,
        ours=True,
    )
)
OPTION_TASKS_GO = RULEBOOK.add(
    Rule(
        "sub.cancel.optiontasks",
        _("Scheduled option changes that are also deleted: %(count)s (%(options)s)."),
        _RESERVE,
        ours=True,
    )
)
CANCEL_IS_FINAL = RULEBOOK.add(Rule("sub.cancel.final", _("This can’t be undone."), _DELETE))
PRODUCT = RULEBOOK.add(Rule("sub.add.product", _("Choose one of the plans."), _ADD))
SWITCH = RULEBOOK.add(
    Rule("sub.add.switch", _("The customer already uses %(product)s. Convert that subscription to paid instead."), _ADD)
)
ONE_OF_FAMILY = RULEBOOK.add(
    Rule("sub.add.group", _("The customer already has %(product)s."), "partner-customer-subscriptions-list", ours=True)
)
AFTER_TRIAL = RULEBOOK.add(
    Rule(
        "sub.add.aftertrial",
        _("LINE WORKS starts a paid plan today only for a customer that has used Free or its trial before."),
        _ADD,
    )
)
STARTS_TODAY = RULEBOOK.add(Rule("sub.add.now", _("%(product)s, %(plan)s, starts today."), _ADD))
TRIAL_RUNS = RULEBOOK.add(
    Rule(
        "sub.add.trial",
        _("The trial ends on %(end)s (estimated). You can convert it to paid until %(grace)s."),
        _ADD,
        ours=True,
    )
)
PRE_ORDERED = RULEBOOK.add(
    Rule(
        "sub.add.preordered",
        _("%(product)s already has a pre-order for %(date)s. LINE WORKS doesn’t document what happens to it."),
        _ADD,
        ours=True,
    )
)


class Upgrade(OrderRequest):
    """A subscription to become Advanced at once."""

    subscription_id: int = Field(gt=0)
    product_id: str


class Cancellation(OrderRequest):
    """A subscription to end at once."""

    subscription_id: int = Field(gt=0)


class SubscriptionAdd(OrderRequest):
    """A subscription to start at once."""

    plan: str
    product_id: str
    license_count: int | None = None


def against_upgrade(state: Snapshot, subscription: Subscription, _today: date) -> Sequence[Problem]:
    """Say why a subscription cannot become Advanced at once."""
    if is_free(subscription):
        return (Problem(FREE_NOT),)
    if subscription.product_id not in UPGRADES:
        return (Problem(ONLY_STANDARD),)
    problems = domain_problems(state, UPGRADES[subscription.product_id])
    if is_trial(subscription) and subscription.status == IN_GRACE:
        problems.append(Problem(NOT_IN_GRACE))
    return problems


def upgrade(state: Snapshot, request: Upgrade, today: date) -> Verdict:
    """Judge an upgrade to Advanced at once."""
    subscription = find(state, request.subscription_id)
    if subscription is None:
        return Verdict((Problem(EXISTS),))
    problems = list(against_upgrade(state, subscription, today))
    target = UPGRADES.get(subscription.product_id)
    if target and request.product_id != target:
        values = {"product": Code("product", subscription.product_id), "target": Code("product", target)}
        problems.append(Problem(KEEPS_KIND, values, at="product_id"))
    if problems:
        return Verdict(tuple(problems))
    return Verdict(
        (),
        (
            Consequence(UPGRADED_TODAY, {"target": Code("product", request.product_id)}),
            *about_options(DROPS_DRIVE, options_only_with_standard(state, subscription.subscription_id), Weight.LOSS),
            *_renewal_after_upgrade(subscription),
            *_scheduled_at_upgrade(task_of(state, subscription.subscription_id)),
            Consequence(NO_DOWNGRADE, weight=Weight.LOSS),
        ),
    )


def against_cancellation(state: Snapshot, subscription: Subscription, _today: date) -> Sequence[Problem]:
    """Say why a subscription cannot end at once."""
    task = task_of(state, subscription.subscription_id)
    if task and task.type == "START_PAID_SERVICE":
        return (Problem(CONVERSION_FIRST, {"date": task.apply_date}),)
    return ()


def cancel(state: Snapshot, request: Cancellation, today: date) -> Verdict:
    """Judge the end of a subscription at once."""
    subscription = find(state, request.subscription_id)
    if subscription is None:
        return Verdict((Problem(EXISTS),))
    problems = tuple(against_cancellation(state, subscription, today))
    if problems:
        return Verdict(problems)
    return Verdict(
        (),
        (
            Consequence(ENDS_TODAY, {"product": Code("product", subscription.product_id)}, weight=Weight.LOSS),
            *ending(state, subscription, today),
            *task_goes(TASK_GOES, task_of(state, subscription.subscription_id)),
            *about_options(OPTION_TASKS_GO, option_tasks_of(state, subscription.subscription_id), Weight.LOSS),
            Consequence(CANCEL_IS_FINAL, weight=Weight.LOSS),
        ),
    )


def add_subscription(state: Snapshot, request: SubscriptionAdd, today: date) -> Verdict:
    """Judge a subscription that starts at once."""
    family = family_of(request.product_id)
    if family is None:
        return Verdict((Problem(PRODUCT, at="product_id"),))
    problems = [
        *domain_problems(state, request.product_id),
        *(
            plan_problems(family, request.product_id, request.plan)
            or license_problems(request.plan, request.license_count)
        ),
        *_running(state, family),
    ]
    if problems:
        return Verdict(tuple(problems))
    starts = {"product": Code("product", request.product_id), "plan": Code("plan", request.plan)}
    return Verdict(
        (), (Consequence(STARTS_TODAY, starts), *_of_new(family, request, today), *_pre_ordered(state, family))
    )


def against_addition(state: Snapshot, _today: date) -> Sequence[Problem]:
    """Say why nothing can be added: the customer has a product of every family."""
    return () if families_to_add(state) else [problem for family in FAMILIES for problem in _running(state, family)]


def families_to_add(state: Snapshot) -> list[Family]:
    """Return the families of which the customer has no product."""
    return [family for family in FAMILIES if not _running(state, family)]


def plan_to_start_with(product_id: str, plan: str) -> str:
    """Return the plan of a product: the only one of a free product or a trial, for others the one that is wanted."""
    family = family_of(product_id)
    return plan if family is None or product_id in family.paid else family.plans_of(product_id)[0]


def _renewal_after_upgrade(subscription: Subscription) -> list[Consequence]:
    renewal = subscription.renewal
    if renewal is None or renewal.product_id is None:
        return []
    if renewal.product_id in ADVANCED:
        return [Consequence(UPGRADE_IN_RENEWAL)]
    return [Consequence(RENEWS_ADVANCED)]


def _scheduled_at_upgrade(task: Reservation | None) -> list[Consequence]:
    """Say of what is scheduled only that it is there: no page tells what an upgrade does to it."""
    if task is None:
        return []
    scheduled: dict[str, Value] = {"task": Code("reservation", task.type), "date": task.apply_date}
    return [Consequence(UPGRADE_WITH_TASK, scheduled, weight=Weight.CARE)]


def _running(state: Snapshot, family: Family) -> list[Problem]:
    return [
        Problem(
            ONE_OF_FAMILY if is_paid(running) else SWITCH,
            {"product": Code("product", running.product_id)},
            at="product_id",
        )
        for running in state.of(Subscription)
        if family_of(running.product_id) is family
    ]


def _of_new(family: Family, request: SubscriptionAdd, today: date) -> list[Consequence]:
    if request.product_id in family.trials:
        end = end_of_trial(today)
        return [Consequence(TRIAL_RUNS, {"end": end, "grace": end_of_grace(end)})]
    if request.product_id not in family.paid:
        return []
    held = [Consequence(HELD_FROM_TODAY, {"count": request.license_count})] if request.license_count else []
    return [*held, Consequence(AFTER_TRIAL, weight=Weight.CARE)]


def _pre_ordered(state: Snapshot, family: Family) -> list[Consequence]:
    return [
        Consequence(
            PRE_ORDERED,
            {"product": Code("product", present.product_id or "–"), "date": present.apply_date},
            weight=Weight.CARE,
        )
        for present in state.of(PreOrder)
        if present.product_id is None or family_of(present.product_id) is family
    ]
