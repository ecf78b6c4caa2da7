"""
What takes effect by a day of a contract: shared by Upcoming and Renewals.

Few customers leave and few subscriptions are canceled, of which PostgreSQL knows nothing beforehand: it would look for
each row of a list. So each condition first asks whether the row is among the few, which are all looked up once.
Conditions are put together once: that takes longer than many an answer.
"""

from functools import cache

from django.db.models import Exists, OuterRef, Q

from customers.models import UsageStatus
from subscriptions.models import Reservation
from subscriptions.rules.renewals import CANCEL


@cache
def leaves_by(day: str) -> Q:
    """
    Return the condition that a row's customer leaves on a day or before.

    Args:
        day: the column of the row that holds the day.
    """
    leaving = UsageStatus.objects.current().filter(withdrawal_date__isnull=False)
    by_then = leaving.filter(customer_id=OuterRef("customer_id"), withdrawal_date__lte=OuterRef(day))
    return Q(customer_id__in=leaving.order_by().values("customer_id")) & Q(Exists(by_then))


@cache
def canceled_by(day: str) -> Q:
    """Return the condition that a row's subscription is scheduled to be canceled by then, as for ``leaves_by``."""
    return has_task(CANCEL, apply_date__lte=OuterRef(day))


def has_task(task: str, **columns: OuterRef) -> Q:
    """Return the condition that something is scheduled for a row's subscription; no more than one thing ever is."""
    those = Reservation.objects.current().filter(type=task).order_by()
    exactly = Reservation.objects.of_outer_subscription().filter(type=task, **columns)
    return Q(subscription_id__in=those.values("subscription_id")) & Q(Exists(exactly))
