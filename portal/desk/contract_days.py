"""Days of contracts, computed by the database, and what takes effect by then: shared by Upcoming and Renewals."""

from django.db.models import DateField, Func, OuterRef, QuerySet

from customers.models import UsageStatus
from subscriptions.assumptions import GRACE_DAYS
from subscriptions.models import Reservation
from subscriptions.rules.renewals import CANCEL


class DayAfter(Func):
    """The day after a date."""

    template = "(%(expressions)s + 1)"
    output_field = DateField()


class DayBefore(Func):
    """The day before a date."""

    template = "(%(expressions)s - 1)"
    output_field = DateField()


class GraceEnd(Func):
    """The last day of the grace period after the end of a trial."""

    template = f"(%(expressions)s + {GRACE_DAYS})"
    output_field = DateField()


def leaves_by(day: str) -> QuerySet[UsageStatus]:
    """
    Return the usage status of a row's customer if it leaves on a day or before.

    Args:
        day: the column of the row that holds the day.
    """
    return UsageStatus.objects.current().filter(customer_id=OuterRef("customer_id"), withdrawal_date__lte=OuterRef(day))


def canceled_by(day: str) -> QuerySet[Reservation]:
    """Return the scheduled cancellation of a row's subscription on a day or before, as for ``leaves_by``."""
    return Reservation.objects.of_outer_subscription().filter(type=CANCEL, apply_date__lte=OuterRef(day))
