"""
By which change licenses are added on a day: LINE WORKS has one for today, one for later, and one for the renewal.

Pure. The rules of each change decide whether it is allowed.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.core.rules import Code, Problem
from portal.operations.snapshots import Snapshot
from portal.vendor.client import Subscription
from subscriptions.rules.renewals import CANCEL, CHANGE
from subscriptions.rules.reservations import ADD_LICENSES, ONE
from subscriptions.rules.shared import day_after, task_of


class When(StrEnum):
    """What a day is within a contract. LINE WORKS has a change of its own for each."""

    TODAY = "today"
    LATER = "later"
    RENEWAL = "renewal"


class By(StrEnum):
    """A change of LINE WORKS, by its operationId."""

    NOW = "addLicenses"
    LATER = "addReservation"
    RENEWAL = "updateRenewal"


_BY = {When.TODAY: By.NOW, When.LATER: By.LATER, When.RENEWAL: By.RENEWAL}


def when(end: date | None, day: date, today: date) -> When | None:
    """Return what a day is within a contract with an end; None where it is over or after the renewal."""
    if day == today:
        return When.TODAY
    if end is None or day < today:
        return None
    if day <= end:
        return When.LATER
    return When.RENEWAL if day == day_after(end) else None


def words_of(found: When | None, day: date, *, now: str, later: str) -> str:
    """
    Say which change a day leads to, and why; empty where there is none.

    Args:
        found: what the day is within the contract.
        day: that is asked about.
        now: said of today.
        later: said of a day within the contract, with ``%(date)s``.
    """
    at_renewal = _("%(date)s is the day of the renewal: the renewal settings are changed.")
    words = {When.TODAY: now, When.LATER: later, When.RENEWAL: at_renewal}
    return words[found] % {"date": date_format(day)} if found else ""


def by_what(subscription: Subscription, day: date, today: date) -> By | None:
    """Return by which change licenses are added on a day; None where LINE WORKS has none for it."""
    found = when(subscription.plan_end_date, day, today)
    return _BY[found] if found else None


def licenses_on(subscription: Subscription, more: int, day: date, today: date) -> tuple[By, Mapping[str, Any]] | None:
    """
    Return the change that adds licenses on a day, and what it is asked for with.

    Args:
        subscription: a paid one with licenses.
        more: how many licenses to add.
        day: from when on.
        today: the business day.
    """
    match by_what(subscription, day, today):
        case By.NOW:
            return By.NOW, {"add_license_count": more}
        case By.LATER:
            return By.LATER, {"type": ADD_LICENSES, "license_count": more, "apply_date": day}
        case By.RENEWAL:
            product, plan, count = renewed(subscription)
            return By.RENEWAL, {"type": CHANGE, "product_id": product, "plan": plan, "license_count": count + more}
        case _:
            return None


def renewed(subscription: Subscription) -> tuple[str, str, int]:
    """Return the product, plan and licenses with which a subscription renews as it is set now."""
    renewal = subscription.renewal if subscription.renewal and subscription.renewal.type == CHANGE else None
    return (
        (renewal and renewal.product_id) or subscription.product_id,
        (renewal and renewal.plan) or subscription.plan,
        (renewal and renewal.license_count) or subscription.license_count or 0,
    )


def why(subscription: Subscription, day: date, today: date) -> str:
    """Say which change a day leads to, and why; empty where there is none."""
    return words_of(
        when(subscription.plan_end_date, day, today),
        day,
        now=_("Today: LINE WORKS adds the licenses immediately."),
        later=_("%(date)s is within the contract: LINE WORKS schedules the addition for that day."),
    )


def against(state: Snapshot, subscription: Subscription, day: date, today: date) -> str:
    """Say why no licenses can be added on a day, though LINE WORKS has a change for it; empty if they can."""
    match by_what(subscription, day, today):
        case By.LATER:
            return scheduled_already(state, subscription)
        case By.RENEWAL:
            return ends_at_renewal(subscription)
        case _:
            return ""


def scheduled_already(state: Snapshot, subscription: Subscription) -> str:
    """Say what is scheduled: LINE WORKS holds one change of a subscription at a time."""
    task = task_of(state, subscription.subscription_id)
    if task is None:
        return ""
    return str(Problem(ONE, {"task": Code("reservation", task.type), "date": task.apply_date}))


def ends_at_renewal(subscription: Subscription) -> str:
    """Say that a subscription is set not to renew, so that there is no renewal to add licenses to."""
    is_set = subscription.renewal is not None and subscription.renewal.type == CANCEL
    return _("The subscription is set not to renew.") if is_set else ""


def asked_before(subscription: Subscription, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the number and the day that a change was asked for with, as ``licenses_on`` takes them."""
    count, end = asked.get("license_count"), subscription.plan_end_date
    if count in (None, ""):
        return {}
    if "apply_date" in asked:
        return {"add_license_count": int(count)}
    if end is None:
        return {}
    return {"add_license_count": int(count) - renewed(subscription)[2], "apply_date": day_after(end)}
