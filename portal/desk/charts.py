"""Figures over time: a customer's users and licenses from its usage history, and what ends in each coming month."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Max, Sum
from django.db.models.functions import TruncMonth

from billing.models import CustomerUsage
from customers.models import Customer
from portal.core.catalogue import WORKS
from portal.core.counting import keep, recall
from portal.desk import upcoming
from portal.lists.tabs import MOST_COUNTED
from subscriptions.rules.renewals import CANCEL

DAYS_OF_USE = 365
# A longer stretch is told by the week, so that the table can be read.
DAYS_TOLD_DAILY = 62
MONTHS_AHEAD = 12
TRIALS = ("trial", "grace", "option_trial")


@dataclass(frozen=True)
class Used:
    """
    What was counted on a day at midnight.

    Args:
        day: the day.
        users: the number of users; None where LINE WORKS stated none.
        licenses: the number of licenses; None for contracts that have none.
    """

    day: date
    users: int | None
    licenses: int | None


@dataclass(frozen=True)
class EndsOfMonth:
    """How much ends in a month: terms that renew, what does not renew or is canceled, and trials."""

    month: date
    renewing: int
    ending: int
    trials: int


def usage_of_year(customer: Customer, today: date) -> Sequence[Used]:
    """
    Return users and licenses of a customer's LINE WORKS plan over a year, the earliest first, in one query.

    A stretch of more than ``DAYS_TOLD_DAILY`` days is told by the last day of each week. A day that was counted in the
    answers of two months counts once.

    Args:
        customer: whose usage history it is.
        today: the business day.
    """
    rows = (
        CustomerUsage.objects.of_customer(customer.pk)
        .current()
        .filter(product_id__in=WORKS.products, used_date__gt=today - timedelta(days=DAYS_OF_USE))
        .values("used_date", "month")
        .annotate(users=Max("member_count"), seats=Sum("license_count"))
        .order_by("used_date", "month")
    )
    days = {row["used_date"]: Used(row["used_date"], row["users"], row["seats"]) for row in rows}
    found = list(days.values())
    if not found or (found[-1].day - found[0].day).days <= DAYS_TOLD_DAILY:
        return found
    weeks: Mapping[tuple[int, int], Used] = {used.day.isocalendar()[:2]: used for used in found}
    return list(weeks.values())


def ends_by_month(today: date) -> Sequence[EndsOfMonth]:
    """
    Return what ends at all customers in this month from today on and in those that follow, in one query.

    With many customers it may be a minute old, as the counts of their lists.
    """
    found: Sequence[EndsOfMonth] | None = recall(("ends", today))
    if found is None:
        found = _ends_by_month(today)
        if sum(each.renewing + each.ending + each.trials for each in found) > MOST_COUNTED:
            keep(("ends", today), found)
    return found


def _ends_by_month(today: date) -> Sequence[EndsOfMonth]:
    first = today.replace(day=1)
    months = [first.replace(year=first.year + n // 12, month=n % 12 + 1) for n in _numbers(first)]
    until = (months[-1] + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    kinds = ("renewal", "reservation", "option_order", "option_renewal", "withdrawal", *TRIALS)
    parts = [
        part.order_by().annotate(in_month=TruncMonth("day")).values("kind", "task", "in_month").annotate(n=Count("pk"))
        for part in upcoming.events(kinds, since=today, until=until)
    ]
    counts = {month: dict.fromkeys(("renewing", "ending", "trials"), 0) for month in months}
    for row in parts[0].union(*parts[1:], all=True):
        name = _series(row["kind"], row["task"])
        if name:
            counts[row["in_month"]][name] += row["n"]
    return [EndsOfMonth(month, **found) for month, found in counts.items()]


def _numbers(first: date) -> range:
    """Return the months to show, counted from January of the first one's year."""
    return range(first.month - 1, first.month - 1 + MONTHS_AHEAD)


def _series(kind: str, task: str) -> str:
    if kind in TRIALS:
        return "trials"
    if kind == "withdrawal" or task == CANCEL:
        return "ending"
    return "renewing" if kind == "renewal" else ""
