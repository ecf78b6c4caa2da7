"""
Rules for the one scheduled change of a subscription: conversion, more licenses, cancellation.

Sources: LINE WORKS pages named with each rule. ``ours`` marks what no page states.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _
from pydantic import Field

from portal.core.catalogue import family_of, takes_licenses
from portal.core.rules import RULEBOOK, Code, Consequence, Problem, Rule, Value, Verdict, Weight
from portal.operations.payloads import OrderRequest
from portal.operations.snapshots import Snapshot
from portal.vendor.client import Subscription
from subscriptions.assumptions import end_of_grace
from subscriptions.rules.conversion import against_conversion, conversion_problems, product_after
from subscriptions.rules.licenses import against_licenses, more_problems, renewal_of_more
from subscriptions.rules.shared import (
    AT_TERM,
    EXISTS,
    OPTION_TASKS_STAY,
    TURN_PAID,
    about_options,
    below_members,
    day_after,
    ending,
    find,
    is_paid,
    is_trial,
    option_tasks_of,
    options_that_turn_paid,
    task_of,
)

START_PAID, ADD_LICENSES, CANCEL = "START_PAID_SERVICE", "ADD_LICENSE", "CANCEL"
TYPES = (START_PAID, ADD_LICENSES, CANCEL)
DAYS_AHEAD_OF_FREE = 60

_CREATE, _PATCH, _DELETE = (
    f"partner-customer-subscriptions-reservation-{verb}" for verb in ("create", "patch", "delete")
)

ONE = RULEBOOK.add(
    Rule(
        "sub.reservation.one",
        _("The subscription already has a scheduled change: %(task)s on %(date)s. Delete or reschedule it first."),
        _CREATE,
    )
)
NONE = RULEBOOK.add(Rule("sub.reservation.none", _("No change is scheduled."), _PATCH, ours=True))
TYPE = RULEBOOK.add(Rule("sub.reservation.type", _("Choose the change to schedule."), _CREATE))
ONLY_UNPAID = RULEBOOK.add(Rule("sub.reservation.unpaid", _("Only Free and trials can be converted to paid."), _CREATE))
ONLY_PAID = RULEBOOK.add(
    Rule("sub.reservation.cancel", _("Only the cancellation of a paid subscription can be scheduled."), _CREATE)
)
NOT_FOR_TYPE = RULEBOOK.add(
    Rule("sub.reservation.members", _("This field doesn’t apply to this change. Leave it empty."), _CREATE, ours=True)
)
PLAN_NEEDED = RULEBOOK.add(
    Rule("sub.reservation.plan", _("Choose a contract type for the conversion to paid."), _CREATE)
)
FREE_WINDOW = RULEBOOK.add(Rule("sub.reservation.freewindow", _("Choose a date from %(first)s to %(last)s."), _PATCH))
TRIAL_WINDOW = RULEBOOK.add(
    Rule(
        "sub.reservation.trialwindow",
        _("Choose a date from %(first)s to %(last)s, the estimated last day of the trial grace period."),
        _PATCH,
        ours=True,
    )
)
LICENSE_WINDOW = RULEBOOK.add(
    Rule(
        "sub.reservation.licensewindow",
        _("Choose a date from %(first)s to %(last)s, the end of the contract."),
        _CREATE,
    )
)
CANCEL_WINDOW = RULEBOOK.add(
    Rule(
        "sub.reservation.cancelwindow",
        _("Choose a date from %(first)s to %(last)s, the day after the contract ends."),
        _CREATE,
    )
)
OTHER_DAY = RULEBOOK.add(
    Rule(
        "sub.reservation.otherday",
        _("The change is already scheduled for %(date)s. Choose another date."),
        _PATCH,
        ours=True,
    )
)
STARTS = RULEBOOK.add(
    Rule("sub.reservation.starts", _("On %(date)s the subscription converts to paid: %(product)s, %(plan)s."), _CREATE)
)
COUNT = RULEBOOK.add(
    Rule("sub.reservation.count", _("The total number of licenses from %(date)s is %(count)s."), _CREATE)
)
IN_GRACE_UNTIL = RULEBOOK.add(
    Rule(
        "sub.reservation.grace",
        _("The trial ends on %(end)s. In the trial grace period after it, no option can be added."),
        "partner-customer-option-products-post",
    )
)
NOT_AT_ONCE = RULEBOOK.add(
    Rule(
        "sub.reservation.blocks",
        _("While this change is scheduled, the subscription can’t be canceled immediately."),
        "partner-customer-subscriptions-delete",
    )
)
ADDS = RULEBOOK.add(
    Rule(
        "sub.reservation.adds",
        _("Licenses added on %(date)s: %(added)s. The total is %(total)s, based on the current number."),
        _CREATE,
    )
)
GONE_IF_ADDED = RULEBOOK.add(
    Rule(
        "sub.reservation.addnow",
        _("Adding licenses immediately before that date deletes this scheduled change."),
        "partner-customer-subscription-add-license-count",
    )
)
ENDS = RULEBOOK.add(Rule("sub.reservation.ends", _("%(product)s is canceled on %(date)s."), _CREATE))
OPTIONS_LEFT = RULEBOOK.add(
    Rule(
        "sub.reservation.optionsleft",
        _("Scheduled option changes that are not deleted: %(count)s (%(options)s). Delete each of them too."),
        _DELETE,
    )
)
GOES_ON = RULEBOOK.add(
    Rule(
        "sub.reservation.dropped",
        _("%(task)s on %(date)s won’t take place. The subscription stays unchanged."),
        _DELETE,
    )
)
TRIAL_ENDS = RULEBOOK.add(
    Rule(
        "sub.reservation.trialends",
        _(
            "Unless it is converted to paid, the trial ends on %(end)s and its trial options end"
            " after the trial grace period."
        ),
        "partner-customer-option-products-paidservice",
    )
)
UNDO = RULEBOOK.add(
    Rule("sub.reservation.undo", _("You can reschedule or delete this change until %(date)s."), _DELETE, ours=True)
)
AGAIN = RULEBOOK.add(Rule("sub.reservation.again", _("You can schedule the same change again."), _CREATE, ours=True))


class ReservationAdd(OrderRequest):
    """A task to be scheduled for a subscription."""

    subscription_id: int = Field(gt=0)
    type: str
    apply_date: date
    plan: str | None = None
    product_id: str | None = None
    license_count: int | None = None


class ReservationMove(OrderRequest):
    """Another day for what is scheduled."""

    subscription_id: int = Field(gt=0)
    apply_date: date


class ReservationDelete(OrderRequest):
    """What is scheduled, to be withdrawn."""

    subscription_id: int = Field(gt=0)


def window(subscription: Subscription, kind: str, today: date) -> tuple[Rule, date, date]:
    """Return the first and the last day for which a task may be scheduled, and the rule that says so."""
    first, end = today + timedelta(days=1), subscription.plan_end_date
    if is_trial(subscription) and end:
        return TRIAL_WINDOW, first, end_of_grace(end)
    if is_paid(subscription) and end:
        return (LICENSE_WINDOW, first, end) if kind == ADD_LICENSES else (CANCEL_WINDOW, first, day_after(end))
    return FREE_WINDOW, first, today + timedelta(days=DAYS_AHEAD_OF_FREE)


def types_for(subscription: Subscription) -> tuple[str, ...]:
    """Return what can be scheduled for a subscription, by its plan."""
    if not is_paid(subscription):
        return (START_PAID,) if family_of(subscription.product_id) else ()
    return (ADD_LICENSES, CANCEL) if takes_licenses(subscription.plan) else (CANCEL,)


def against_adding(state: Snapshot, subscription: Subscription, today: date) -> Sequence[Problem]:
    """Say why nothing can be scheduled for a subscription."""
    task = task_of(state, subscription.subscription_id)
    if task:
        return (Problem(ONE, {"task": Code("reservation", task.type), "date": task.apply_date}),)
    return against_scheduling(state, subscription, today)


def against_scheduling(state: Snapshot, subscription: Subscription, today: date) -> Sequence[Problem]:
    """Say why nothing could be scheduled for a subscription, even if what is scheduled were deleted first."""
    return () if types_for(subscription) else against_conversion(state, subscription, today)


def against_changing(state: Snapshot, subscription: Subscription, _today: date) -> Sequence[Problem]:
    """Say that there is nothing to move or to delete."""
    return () if task_of(state, subscription.subscription_id) else (Problem(NONE),)


def add(state: Snapshot, request: ReservationAdd, today: date) -> Verdict:
    """Judge a task to be scheduled."""
    subscription = find(state, request.subscription_id)
    if subscription is None:
        return Verdict((Problem(EXISTS),))
    problems = [*against_adding(state, subscription, today)]
    if request.type not in TYPES:
        problems.append(Problem(TYPE, at="type"))
    if not problems:
        problems = _PROBLEMS[request.type](state, subscription, request, today)
    # Without the right type there is no window to speak of.
    if not any(problem.at in ("", "type") for problem in problems):
        problems += _day_problems(subscription, request.type, request.apply_date, today)
    if problems:
        return Verdict(tuple(problems))
    found = _CONSEQUENCES[request.type](state, subscription, request)
    return Verdict((), (*found, _undo(request.apply_date)))


def move(state: Snapshot, request: ReservationMove, today: date) -> Verdict:
    """Judge another day for what is scheduled."""
    subscription, task = find(state, request.subscription_id), task_of(state, request.subscription_id)
    if subscription is None:
        return Verdict((Problem(EXISTS),))
    if task is None:
        return Verdict((Problem(NONE),))
    problems = _day_problems(subscription, task.type, request.apply_date, today)
    if task.apply_date == request.apply_date:
        problems.append(Problem(OTHER_DAY, {"date": request.apply_date}, at="apply_date"))
    if problems:
        return Verdict(tuple(problems))
    found = about_options(OPTION_TASKS_STAY, option_tasks_of(state, subscription.subscription_id))
    if task.type == CANCEL:
        found += _of_cancel(state, subscription, request)
    if task.type == START_PAID:
        found += _grace(subscription, request.apply_date)
    return Verdict((), (*found, _undo(request.apply_date)))


def delete(state: Snapshot, request: ReservationDelete, today: date) -> Verdict:
    """Judge the withdrawal of what is scheduled."""
    subscription, task = find(state, request.subscription_id), task_of(state, request.subscription_id)
    if subscription is None:
        return Verdict((Problem(EXISTS),))
    if task is None:
        return Verdict((Problem(NONE),))
    found = [
        Consequence(GOES_ON, {"task": Code("reservation", task.type), "date": task.apply_date}),
        *about_options(OPTIONS_LEFT, option_tasks_of(state, subscription.subscription_id)),
    ]
    if is_trial(subscription) and subscription.plan_end_date:
        found.append(Consequence(TRIAL_ENDS, {"end": subscription.plan_end_date}, weight=Weight.CARE))
    return Verdict((), (*found, Consequence(AGAIN, weight=Weight.UNDO)))


def _day_problems(subscription: Subscription, kind: str, day: date, today: date) -> list[Problem]:
    rule, first, last = window(subscription, kind, today)
    return [] if first <= day <= last else [Problem(rule, {"first": first, "last": last}, at="apply_date")]


def _conversion_problems(
    state: Snapshot, subscription: Subscription, request: ReservationAdd, today: date
) -> list[Problem]:
    if is_paid(subscription):
        return [Problem(ONLY_UNPAID, at="type")]
    if request.plan is None:
        return [Problem(PLAN_NEEDED, at="plan")]
    return conversion_problems(state, subscription, request.product_id, request.plan, request.license_count, today)


def _license_problems(
    state: Snapshot, subscription: Subscription, request: ReservationAdd, today: date
) -> list[Problem]:
    standing = [
        Problem(problem.rule, problem.values, at="type") for problem in against_licenses(state, subscription, today)
    ]
    if standing:
        return standing
    more = more_problems(subscription, request.license_count, at="license_count")
    return [*_not_for_type(request, "plan", "product_id"), *more]


def _cancel_problems(
    _state: Snapshot, subscription: Subscription, request: ReservationAdd, _today: date
) -> list[Problem]:
    if not is_paid(subscription):
        return [Problem(ONLY_PAID, at="type")]
    return _not_for_type(request, "plan", "product_id", "license_count")


def _not_for_type(request: ReservationAdd, *names: str) -> list[Problem]:
    return [Problem(NOT_FOR_TYPE, at=name) for name in names if getattr(request, name) is not None]


def _of_conversion(state: Snapshot, subscription: Subscription, request: ReservationAdd) -> list[Consequence]:
    day, product = request.apply_date, product_after(subscription, request.product_id)
    values: dict[str, Value] = {
        "date": day,
        "product": Code("product", product),
        "plan": Code("plan", request.plan or ""),
    }
    count = request.license_count
    number = subscription.subscription_id
    return [
        Consequence(STARTS, values),
        *([Consequence(COUNT, {"count": count, "date": day})] if count else []),
        *below_members(state, count),
        *about_options(TURN_PAID, options_that_turn_paid(state, number)),
        *about_options(OPTION_TASKS_STAY, option_tasks_of(state, number)),
        *_grace(subscription, day),
        Consequence(NOT_AT_ONCE),
    ]


def _of_licenses(_state: Snapshot, subscription: Subscription, request: ReservationAdd) -> list[Consequence]:
    added = request.license_count or 0
    total = (subscription.license_count or 0) + added
    return [
        Consequence(ADDS, {"date": request.apply_date, "added": added, "total": total}),
        *renewal_of_more(subscription, total),
        Consequence(GONE_IF_ADDED),
    ]


def _of_cancel(
    state: Snapshot, subscription: Subscription, request: ReservationAdd | ReservationMove
) -> list[Consequence]:
    values: dict[str, Value] = {"product": Code("product", subscription.product_id), "date": request.apply_date}
    end = subscription.plan_end_date
    at_term = [Consequence(AT_TERM)] if end and request.apply_date > end else []
    return [
        Consequence(ENDS, values, weight=Weight.LOSS),
        *ending(state, subscription, request.apply_date),
        *at_term,
    ]


def _grace(subscription: Subscription, day: date) -> list[Consequence]:
    end = subscription.plan_end_date
    if not is_trial(subscription) or end is None or day <= end:
        return []
    return [Consequence(IN_GRACE_UNTIL, {"end": end}, weight=Weight.CARE)]


def _undo(day: date) -> Consequence:
    return Consequence(UNDO, {"date": day - timedelta(days=1)}, weight=Weight.UNDO)


_PROBLEMS: dict[str, Callable[[Snapshot, Subscription, ReservationAdd, date], list[Problem]]] = {
    START_PAID: _conversion_problems,
    ADD_LICENSES: _license_problems,
    CANCEL: _cancel_problems,
}
_CONSEQUENCES: dict[str, Callable[[Snapshot, Subscription, ReservationAdd], list[Consequence]]] = {
    START_PAID: _of_conversion,
    ADD_LICENSES: _of_licenses,
    CANCEL: _of_cancel,
}
