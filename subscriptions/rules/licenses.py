"""
Rules for adding licenses, and what of them holds for a scheduled addition.

Sources: LINE WORKS pages named with each rule; the page of this operation could not be read, so some are those of the
operation before it. ``ours`` marks what no page states.
"""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext_lazy as _
from pydantic import Field

from portal.core.catalogue import (
    MOST_LICENSES,
    takes_licenses,
)
from portal.core.rules import RULEBOOK, Code, Consequence, Problem, Rule, Value, Verdict, Weight
from portal.operations.payloads import OrderRequest
from portal.operations.snapshots import Snapshot
from portal.vendor.client import Subscription
from subscriptions.rules.shared import EXISTS, day_after, find, is_paid, task_of

_RESERVE = "partner-customer-subscriptions-reservation-create"
_OLD_ADD_LICENSES = "partner-customer-subscription-add-license-count"

LICENSE_PLAN = RULEBOOK.add(
    Rule(
        "sub.license.plan",
        _("Licenses can be added only to a paid contract type with licenses. This subscription has %(plan)s."),
        _RESERVE,
    )
)
MORE = RULEBOOK.add(
    Rule("sub.license.more", _("Enter a number of licenses to add, from 1 to %(most)s."), _OLD_ADD_LICENSES)
)
TOTAL = RULEBOOK.add(
    Rule(
        "sub.license.total",
        _("The total number of licenses would be %(total)s. The maximum is %(most)s."),
        _OLD_ADD_LICENSES,
        ours=True,
    )
)
NEW_TOTAL = RULEBOOK.add(
    Rule(
        "sub.license.added",
        _("The number of licenses changes from %(present)s to %(total)s today."),
        _OLD_ADD_LICENSES,
    )
)
FEWER_AT_RENEWAL = RULEBOOK.add(
    Rule(
        "sub.license.fewer",
        _("Licenses can’t be reduced before the contract renews on %(date)s."),
        "partner-customer-subscriptions-list",
    )
)
DELETES_ADDITION = RULEBOOK.add(
    Rule(
        "sub.license.scheduled",
        _("The licenses scheduled for %(date)s are no longer added: %(count)s."),
        _OLD_ADD_LICENSES,
    )
)
RENEWAL_FOLLOWS = RULEBOOK.add(
    Rule(
        "sub.license.renewal",
        _("The renewal settings keep the number of licenses: %(count)s."),
        "partner-customer-subscriptions-renewal-patch",
        ours=True,
    )
)
RENEWAL_HOLDS = RULEBOOK.add(
    Rule(
        "sub.license.renewalholds",
        _("The number of licenses in the renewal settings stays at %(count)s."),
        "partner-customer-subscriptions-renewal-patch",
        ours=True,
    )
)
RENEWAL_STAYS = RULEBOOK.add(
    Rule(
        "sub.license.renewalstays",
        _(
            "The number of licenses in the renewal settings stays at %(count)s. Update the renewal"
            " settings too to keep the added licenses."
        ),
        "partner-customer-subscriptions-renewal-patch",
        ours=True,
    )
)
ENDS_ANYWAY = RULEBOOK.add(
    Rule("sub.ends.anyway", _("The subscription is still set not to renew. It ends on %(date)s."), _RESERVE, ours=True)
)


class LicensesAdd(OrderRequest):
    """Licenses to be added at once."""

    subscription_id: int = Field(gt=0)
    add_license_count: int


def against_licenses(state: Snapshot, subscription: Subscription, _today: date) -> Sequence[Problem]:
    """Say why no licenses can be added to a subscription, now or later."""
    if is_paid(subscription) and takes_licenses(subscription.plan):
        return ()
    return (Problem(LICENSE_PLAN, {"plan": Code("plan", subscription.plan)}),)


def add_licenses(state: Snapshot, request: LicensesAdd, today: date) -> Verdict:
    """Judge more licenses at once."""
    subscription = find(state, request.subscription_id)
    if subscription is None:
        return Verdict((Problem(EXISTS),))
    problems = [
        *against_licenses(state, subscription, today),
        *more_problems(subscription, request.add_license_count, at="add_license_count"),
    ]
    if problems:
        return Verdict(tuple(problems))
    present = subscription.license_count or 0
    total = present + request.add_license_count
    return Verdict(
        (),
        (
            Consequence(NEW_TOTAL, {"total": total, "present": present}),
            *_deleted_addition(state, subscription),
            *renewal_of_more(subscription, total),
            *ends_anyway(state, subscription),
        ),
    )


def more_problems(subscription: Subscription, count: int | None, *, at: str) -> list[Problem]:
    """Return what stands against adding so many licenses, now or later."""
    if not 1 <= (count or 0) <= MOST_LICENSES:
        return [Problem(MORE, {"most": MOST_LICENSES}, at=at)]
    total = (subscription.license_count or 0) + (count or 0)
    return [Problem(TOTAL, {"total": total, "most": MOST_LICENSES}, at=at)] if total > MOST_LICENSES else []


def renewal_of_more(subscription: Subscription, total: int) -> list[Consequence]:
    """Return how long licenses that are added last: to the renewal, and whether that keeps them."""
    end, renewal = subscription.plan_end_date, subscription.renewal
    found = [Consequence(FEWER_AT_RENEWAL, {"date": day_after(end)}, weight=Weight.CARE)] if end else []
    if renewal is None or renewal.license_count is None:
        return found
    if renewal.license_count == subscription.license_count:
        return [*found, Consequence(RENEWAL_FOLLOWS, {"count": total})]
    if renewal.license_count >= total:
        return [*found, Consequence(RENEWAL_HOLDS, {"count": renewal.license_count})]
    return [*found, Consequence(RENEWAL_STAYS, {"count": renewal.license_count}, weight=Weight.CARE)]


def ends_anyway(state: Snapshot, subscription: Subscription) -> list[Consequence]:
    """Say that a subscription is set to end, by its renewal or by what is scheduled."""
    task, end = task_of(state, subscription.subscription_id), subscription.plan_end_date
    if task and task.type == "CANCEL":
        return [Consequence(ENDS_ANYWAY, {"date": task.apply_date}, weight=Weight.CARE)]
    if end and subscription.renewal and subscription.renewal.type == "CANCEL":
        return [Consequence(ENDS_ANYWAY, {"date": day_after(end)}, weight=Weight.CARE)]
    return []


def _deleted_addition(state: Snapshot, subscription: Subscription) -> list[Consequence]:
    task = task_of(state, subscription.subscription_id)
    if task is None or task.type != "ADD_LICENSE":
        return []
    values: dict[str, Value] = {"count": task.license_count or 0, "date": task.apply_date}
    return [Consequence(DELETES_ADDITION, values, weight=Weight.LOSS)]
