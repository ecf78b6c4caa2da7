"""
Operations on reservations, the scheduled tasks of subscriptions, and what comes of them on their day.

Vendor pages `partner-customer-subscriptions-reservation-{create,get,patch,delete}`. No page says what the operations
answer where nothing is scheduled; here that is 404.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from .call import Answer, Call, Operation
from .catalogue import PAID_PLANS, Kind, product_ids
from .checks import existing_subscription, read_new_date
from .contracts import Subscription, delete_reservation_of, read_subscription
from .conversion import check_conversion
from .fields import day, one_of, read_body, whole_number
from .licenses import check_addition
from .options_life import convert_trial_options
from .rules import Rule, Source, rule
from .scheduled import (
    ADD_LICENSE,
    CANCEL,
    START_PAID_SERVICE,
    Reservation,
    due_reservations,
    find_reservation,
    save_reservation,
)
from .state import State
from .subscription_life import add_licenses, end_subscription, start_paid_service

MOST_DAYS_AHEAD_OF_FREE = 60
# The ledger's names for tasks that took effect.
STARTED_PAID, ADDED_LICENSES, CANCELED = "clock:startPaidService", "clock:addLicenses", "clock:cancelSubscription"

_CREATE, _GET, _PATCH, _DELETE = (
    f"partner-customer-subscriptions-reservation-{verb}" for verb in ("create", "get", "patch", "delete")
)

ONE = rule("sub.reservation.one", "A subscription has at most one scheduled task.", _CREATE)
NONE = rule("sub.reservation.none", "Where nothing is scheduled, there is no reservation.", _GET, source=Source.DEDUCED)
MEMBERS = rule(
    "sub.reservation.members",
    "A task has what its type needs and nothing else: no product and plan beside a conversion, no licenses at a"
    " cancellation.",
    _CREATE,
    source=Source.DEDUCED,
)
PAID_ONLY = rule("sub.reservation.cancel", "Only a paid subscription's cancellation can be scheduled.", _CREATE)
FREE_WINDOW = rule(
    "sub.reservation.freewindow", "The conversion of Free can be scheduled from tomorrow to 60 days ahead.", _PATCH
)
TRIAL_WINDOW = rule(
    "sub.reservation.trialwindow",
    "The conversion of a Trial can be scheduled from tomorrow to the last day of its grace period.",
    _PATCH,
)
LICENSE_WINDOW = rule(
    "sub.reservation.licensewindow",
    "An addition of licenses can be scheduled from tomorrow to the end of the contract.",
    _CREATE,
    _PATCH,
)
CANCEL_WINDOW = rule(
    "sub.reservation.cancelwindow",
    "A cancellation can be scheduled from tomorrow to the day after the end of the contract.",
    _CREATE,
    _PATCH,
)
ONLY_DATE = rule("sub.reservation.dateonly", "Of a scheduled task only applyDate can be changed.", _PATCH)
OPTIONS_STAY = rule(
    "sub.reservation.options", "Moving a scheduled task leaves the tasks of options on their days.", _PATCH
)
OPTIONS_LEFT = rule(
    "sub.reservation.optionsleft", "Deleting a scheduled task leaves the tasks of options in place.", _DELETE
)
STARTS = rule(
    "sub.reservation.starts", "On its applyDate a scheduled conversion makes the subscription a paid one.", _CREATE
)
ADDS = rule("sub.reservation.adds", "On its applyDate a scheduled addition adds to the licenses held.", _CREATE)
ENDS = rule("sub.reservation.ends", "On its applyDate a scheduled cancellation ends the subscription.", _CREATE)


def add_reservation(call: Call) -> Answer:
    """addReservation: schedule a conversion to paid, an addition of licenses or a cancellation."""
    subscription = existing_subscription(call)
    wanted = read_body(
        call.body,
        required={"type": one_of(CANCEL, START_PAID_SERVICE, ADD_LICENSE), "applyDate": day},
        optional={
            "plan": one_of(*sorted(PAID_PLANS)),
            "productId": one_of(*product_ids(Kind.PAID)),
            "licenseCount": whole_number,
        },
    )
    if find_reservation(call.state, subscription.id) is not None:
        raise ONE.broken("RESERVATION_ALREADY_EXIST", "the subscription has a scheduled task already", status=409)
    _check_members(wanted)
    _CHECKS[wanted["type"]](call.state, subscription, wanted)
    _check_window(subscription, wanted["type"], wanted["applyDate"], call.today)
    task = Reservation(
        subscription.id,
        subscription.domain_id,
        wanted["type"],
        wanted["applyDate"],
        wanted.get("plan"),
        wanted.get("productId"),
        wanted.get("licenseCount"),
    )
    save_reservation(call.state, task)
    call.record_effect(task.domain_id, task.as_answer())
    return Answer(201, task.as_answer())


def get_reservation(call: Call) -> Answer:
    """getReservation: the scheduled task of a subscription."""
    return Answer(200, _existing_reservation(call.state, existing_subscription(call)).as_answer())


def update_reservation(call: Call) -> Answer:
    """updateReservation: move a scheduled task to another day; nothing else of it can change."""
    subscription = existing_subscription(call)
    task = _existing_reservation(call.state, subscription)
    apply_date = read_new_date(call.body, ONLY_DATE)
    if apply_date is not None:
        _check_window(subscription, task.type, apply_date, call.today)
        task = replace(task, apply_date=apply_date)
        save_reservation(call.state, task)
        call.record_effect(task.domain_id, task.as_answer())
    return Answer(200, task.as_answer())


def delete_reservation(call: Call) -> Answer:
    """deleteReservation: withdraw a scheduled task."""
    task = _existing_reservation(call.state, existing_subscription(call))
    delete_reservation_of(call.state, task.subscription_id)
    call.record_effect(task.domain_id, task.as_answer())
    return Answer(204)


_PATH = "/partners/customers/{domain_id}/subscriptions/{subscription_id}/reservation"
OPERATIONS = (
    Operation("addReservation", "POST", _PATH, add_reservation, has_body=True),
    Operation("getReservation", "GET", _PATH, get_reservation),
    Operation("updateReservation", "PATCH", _PATH, update_reservation, has_body=True),
    Operation("deleteReservation", "DELETE", _PATH, delete_reservation),
)


def do_due_reservations(state: State, today: date) -> None:
    """On a new day: do every scheduled task whose day has come; part of the day's transaction."""
    for task in due_reservations(state, today):
        if state.skips("addReservation", task.domain_id):
            continue
        delete_reservation_of(state, task.subscription_id)
        if state.loses("addReservation", task.domain_id):
            continue
        _DEEDS[task.type](state, read_subscription(state, task.subscription_id), task, today)


def _start_paid(state: State, subscription: Subscription, task: Reservation, today: date) -> None:
    product_id = task.product_id or subscription.product.paid_id or ""
    start_paid_service(state, subscription, product_id, task.plan or "", task.license_count, today)
    options = convert_trial_options(state, subscription.domain_id, subscription.id, today)
    what = subscription.as_answer()
    if options:
        what["convertedOptions"] = [option["optionProductId"] for option in options]
    state.record_effect(STARTED_PAID, task.domain_id, what)


def _add_licenses(state: State, subscription: Subscription, task: Reservation, _today: date) -> None:
    # A fault can have kept the task waiting until after a renewal to a plan without licenses; then none are added.
    if subscription.license_count is not None:
        add_licenses(state, subscription, task.license_count or 0)
    state.record_effect(ADDED_LICENSES, task.domain_id, subscription.as_answer())


def _cancel(state: State, subscription: Subscription, task: Reservation, today: date) -> None:
    state.record_effect(CANCELED, task.domain_id, end_subscription(state, subscription, today))


_DEEDS: dict[str, Callable[[State, Subscription, Reservation, date], None]] = {
    START_PAID_SERVICE: _start_paid,
    ADD_LICENSE: _add_licenses,
    CANCEL: _cancel,
}


def _existing_reservation(state: State, subscription: Subscription) -> Reservation:
    task = find_reservation(state, subscription.id)
    if task is None:
        raise NONE.broken("RESERVATION_NOT_EXIST", f"nothing is scheduled for {subscription.id}", status=404)
    return task


# What each type needs, and what it may have besides.
_MEMBERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    START_PAID_SERVICE: (("plan",), ("productId", "licenseCount")),
    ADD_LICENSE: (("licenseCount",), ()),
    CANCEL: ((), ()),
}


def _check_members(wanted: dict[str, Any]) -> None:
    kind = wanted["type"]
    needed, others = _MEMBERS[kind]
    for name in sorted(wanted.keys() - {"type", "applyDate", *needed, *others}):
        raise MEMBERS.broken("INVALID_PARAMETER", f"{name}: not for {kind}")
    for name in needed:
        if name not in wanted:
            raise MEMBERS.broken("MISSING_PARAMETER", f"{name} is required for {kind}")


def _check_start_paid(state: State, subscription: Subscription, wanted: dict[str, Any]) -> None:
    check_conversion(state, subscription, wanted)


def _check_add_license(_state: State, subscription: Subscription, wanted: dict[str, Any]) -> None:
    check_addition(subscription, "licenseCount", wanted["licenseCount"])


def _check_cancel(_state: State, subscription: Subscription, _wanted: dict[str, Any]) -> None:
    if not subscription.is_paid:
        raise PAID_ONLY.broken("CONFLICT", "the subscription is not a paid one", status=409)


_CHECKS: dict[str, Callable[[State, Subscription, dict[str, Any]], None]] = {
    START_PAID_SERVICE: _check_start_paid,
    ADD_LICENSE: _check_add_license,
    CANCEL: _check_cancel,
}


def _check_window(subscription: Subscription, kind: str, apply_date: date, today: date) -> None:
    broken, last = _last_day(subscription, kind, today)
    if not today < apply_date <= last:
        raise broken.broken("OUT_OF_RANGE", f"applyDate: must be after {today} and not after {last}")


def _last_day(subscription: Subscription, kind: str, today: date) -> tuple[Rule, date]:
    """Give the last day on which a task may be scheduled, and the rule that says so."""
    if subscription.end is None:
        return FREE_WINDOW, today + timedelta(days=MOST_DAYS_AHEAD_OF_FREE)
    if subscription.last_day_of_grace is not None:
        return TRIAL_WINDOW, subscription.last_day_of_grace
    if kind == ADD_LICENSE:
        return LICENSE_WINDOW, subscription.end
    return CANCEL_WINDOW, subscription.end + timedelta(days=1)
