"""What the rules of several commands about a subscription share."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from portal.core.catalogue import (
    ADVANCED,
    FREE_PLANS,
    MOST_LICENSES,
    ONLY_WITH_STANDARD,
    TRIAL_PLANS,
    Family,
    family_of,
    is_annual,
    takes_licenses,
)
from portal.core.rules import RULEBOOK, Code, Codes, Consequence, Problem, Rule, Value, Weight
from portal.operations.snapshots import Snapshot
from portal.vendor.client import (
    Customer,
    OptionProduct,
    OptionProductOrder,
    Reservation,
    Subscription,
    UsageStatus,
)
from subscriptions.rules.pre_orders import NEEDS_DOMAIN

IN_GRACE = "SUSPENDED_TRIALEND"

_OPTION_CANCEL = "partner-customer-option-products-delete"

EXISTS = RULEBOOK.add(
    Rule("sub.exists", _("LINE WORKS no longer lists this subscription."), "partner-customer-subscriptions-list")
)
UNKNOWN_PLANS = RULEBOOK.add(
    Rule(
        "sub.plan.unread",
        _("The contract types of %(product)s are not documented. Use Partner Console."),
        "partner-customer-subscriptions-post",
        ours=True,
    )
)
PLAN_OF_PRODUCT = RULEBOOK.add(
    Rule(
        "sub.plan.product",
        _("Choose a contract type of %(product)s: %(plans)s."),
        "partner-customer-subscriptions-post",
    )
)
OF_FAMILY = RULEBOOK.add(
    Rule(
        "sub.product.family",
        _("Choose one of these: %(products)s."),
        "partner-customer-subscriptions-paid-service",
    )
)
LICENSES_NEEDED = RULEBOOK.add(
    Rule(
        "sub.license.needed",
        _("Enter a number of licenses from 1 to %(most)s for this contract type."),
        "partner-customer-subscriptions-paid-service",
    )
)
NO_LICENSES = RULEBOOK.add(
    Rule(
        "sub.license.none",
        _("This contract type has no number of licenses. Leave it empty."),
        "partner-customer-subscriptions-post",
    )
)
BELOW_MEMBERS = RULEBOOK.add(
    Rule(
        "sub.license.belowmembers",
        _(
            "The number of users is %(members)s now, but the number of licenses will be %(count)s."
            " Remove users before that date."
        ),
        "partner-customer-subscriptions-renewal-patch",
        ours=True,
    )
)
OPTIONS_END = RULEBOOK.add(
    Rule(
        "sub.cancel.options",
        _("Options that are also canceled, even if they are in use: %(count)s (%(options)s)."),
        "partner-customer-subscriptions-reservation-create",
    )
)
OPTION_PENALTY = RULEBOOK.add(
    Rule(
        "sub.cancel.optionpenalty",
        _("A penalty applies to options in an annual contract: %(options)s. You can order them again next month."),
        _OPTION_CANCEL,
        ours=True,
        is_penalty=True,
    )
)
PENALTY = RULEBOOK.add(
    Rule(
        "sub.cancel.penalty",
        _(
            "The annual contract runs until %(end)s (days left: %(days)s). LINE WORKS documents no"
            " penalty for canceling a subscription, but a platform cancellation within a contract"
            " term costs one. From %(free)s no penalty applies."
        ),
        "partner-customer-usage-status-patch",
        ours=True,
        is_penalty=True,
    )
)
AT_TERM = RULEBOOK.add(
    Rule(
        "sub.cancel.atterm",
        _("The contract runs to its end, so no penalty applies."),
        "partner-customer-usage-status-patch",
        ours=True,
    )
)
OPTION_TASKS_STAY = RULEBOOK.add(
    Rule(
        "sub.reservation.options",
        _("Scheduled option changes that keep their dates: %(count)s (%(options)s). Reschedule each of them too."),
        "partner-customer-subscriptions-reservation-patch",
    )
)
DROPS_DRIVE = RULEBOOK.add(
    Rule(
        "sub.upgrade.options",
        _("Options that don’t fit Advanced and are canceled: %(count)s (%(options)s)."),
        "partner-customer-subscription-upgrade",
    )
)
TURN_PAID = RULEBOOK.add(
    Rule(
        "sub.convert.along",
        _("Trial options without their own scheduled change that also convert to paid: %(count)s (%(options)s)."),
        "partner-customer-subscriptions-reservation-create",
    )
)
HELD_FROM_TODAY = RULEBOOK.add(
    Rule(
        "sub.add.licenses",
        _("The number of licenses from today is %(count)s. You can reduce it only at renewal."),
        "partner-customer-subscriptions-list",
    )
)


def find(state: Snapshot, subscription_id: int) -> Subscription | None:
    """Return a subscription by its number, if LINE WORKS shows it."""
    return next((found for found in state.of(Subscription) if found.subscription_id == subscription_id), None)


def task_of(state: Snapshot, subscription_id: int) -> Reservation | None:
    """Return what is scheduled for a subscription, if anything is."""
    return next((found for found in state.of(Reservation) if found.subscription_id == subscription_id), None)


def options_of(state: Snapshot, subscription_id: int) -> list[OptionProduct]:
    """Return the options of a subscription."""
    return [option for option in state.of(OptionProduct) if option.subscription_id == subscription_id]


def option_tasks_of(state: Snapshot, subscription_id: int) -> list[OptionProductOrder]:
    """Return what is scheduled for the options of a subscription."""
    return [task for task in state.of(OptionProductOrder) if task.subscription_id == subscription_id]


def trial_options_of(state: Snapshot, subscription_id: int) -> list[OptionProduct]:
    """Return the options of a subscription that are in trial use."""
    return [option for option in options_of(state, subscription_id) if option.plan in TRIAL_PLANS]


def options_that_turn_paid(state: Snapshot, subscription_id: int) -> list[OptionProduct]:
    """Return the trial options that a scheduled conversion takes along: those without a task of their own."""
    own = {task.option_product_id for task in state.of(OptionProductOrder)}
    return [option for option in trial_options_of(state, subscription_id) if option.option_product_id not in own]


def options_only_with_standard(state: Snapshot, subscription_id: int) -> list[OptionProduct]:
    """Return the options of a subscription that Advanced is not sold with."""
    return [option for option in options_of(state, subscription_id) if option.sub_option_id in ONLY_WITH_STANDARD]


def members(state: Snapshot) -> int | None:
    """Return how many members the customer has, if LINE WORKS tells."""
    return next((status.member_count for status in state.of(UsageStatus)), None)


def is_free(subscription: Subscription) -> bool:
    """Return whether a subscription costs nothing for good."""
    return subscription.plan in FREE_PLANS


def is_trial(subscription: Subscription) -> bool:
    """Return whether a subscription is a trial, in its grace period too."""
    return subscription.plan in TRIAL_PLANS


def is_paid(subscription: Subscription) -> bool:
    """Return whether a subscription is paid for."""
    return not (is_free(subscription) or is_trial(subscription))


def day_after(day: date) -> date:
    """Return the day that follows, on which a term that ended has been followed by the next."""
    return day + timedelta(days=1)


def named(options: Iterable[OptionProduct | OptionProductOrder]) -> Codes:
    """Return options as a sentence names them."""
    return Codes("option", tuple(sorted(option.option_product_id for option in options)))


def about_options(
    rule: Rule, options: Sequence[OptionProduct | OptionProductOrder], weight: Weight = Weight.CARE
) -> list[Consequence]:
    """Return what a rule says of some options, with how many they are; nothing of none."""
    if not options:
        return []
    return [Consequence(rule, {"count": len(options), "options": named(options)}, weight=weight)]


def domain_problems(state: Snapshot, product_id: str | None) -> list[Problem]:
    """Say that Advanced needs a domain, where the customer has a group name only."""
    return [
        Problem(NEEDS_DOMAIN, {"domain": customer.domain}, at="product_id")
        for customer in state.of(Customer)
        if product_id in ADVANCED and customer.domain_type == "GROUP"
    ]


def known_plans_problems(subscription: Subscription) -> list[Problem]:
    """Say where the plans of a product are not known, so that nobody can say which of them may be ordered."""
    if family_of(subscription.product_id):
        return []
    return [Problem(UNKNOWN_PLANS, {"product": Code("product", subscription.product_id)})]


def plan_problems(family: Family, product_id: str, plan: str) -> list[Problem]:
    """Say under which plans a product can be held, where another one is asked for."""
    plans = family.plans_of(product_id)
    if plan in plans:
        return []
    values: dict[str, Value] = {"product": Code("product", product_id), "plans": Codes("plan", plans)}
    return [Problem(PLAN_OF_PRODUCT, values, at="plan")]


def license_problems(plan: str, count: int | None) -> list[Problem]:
    """Say that a number of licenses belongs to a license-based plan, and to no other."""
    if takes_licenses(plan):
        return [] if 1 <= (count or 0) <= MOST_LICENSES else [_licenses_needed()]
    return [] if count is None else [Problem(NO_LICENSES, at="license_count")]


def below_members(state: Snapshot, count: int | None) -> list[Consequence]:
    """Warn of fewer licenses than there are members."""
    present = members(state)
    if count is None or present is None or present <= count:
        return []
    return [Consequence(BELOW_MEMBERS, {"members": present, "count": count}, weight=Weight.CARE)]


def ending(state: Snapshot, subscription: Subscription, day: date) -> list[Consequence]:
    """Return what ends along with a subscription on a day, and what leaving before the end of its contract costs."""
    options = options_of(state, subscription.subscription_id)
    bound = [option for option in options if is_annual(option.plan) and day <= option.plan_end_date]
    found = about_options(OPTIONS_END, options, Weight.LOSS)
    if bound:
        found.append(Consequence(OPTION_PENALTY, {"options": named(bound)}, weight=Weight.LOSS))
    return [*_penalty(subscription, day), *found]


def free_day(subscription: Subscription) -> date | None:
    """Return the day from which the end of a subscription costs no penalty; None where it never costs one."""
    end = subscription.plan_end_date
    return day_after(end) if end and is_annual(subscription.plan) else None


def _penalty(subscription: Subscription, day: date) -> list[Consequence]:
    end, free = subscription.plan_end_date, free_day(subscription)
    if end is None or free is None or day >= free:
        return []
    values: dict[str, Value] = {"days": (end - day).days + 1, "end": end, "free": free}
    return [Consequence(PENALTY, values, weight=Weight.LOSS)]


def _licenses_needed() -> Problem:
    return Problem(LICENSES_NEEDED, {"most": MOST_LICENSES}, at="license_count")


def task_goes(rule: Rule, task: Reservation | None) -> list[Consequence]:
    """Say of what is scheduled that it is lost; nothing where nothing is."""
    if task is None:
        return []
    return [Consequence(rule, {"task": Code("reservation", task.type), "date": task.apply_date}, weight=Weight.LOSS)]
