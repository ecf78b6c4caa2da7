"""
Days of subscriptions that the database works out: lists filter and sort by them, and indexes hold them.

An index is only used while it holds the very expression that a list asks for, so both take it from here.
"""

from django.db.models import Case, DateField, F, Func, Q, When

from portal.core.catalogue import TRIAL_PLANS
from subscriptions.assumptions import GRACE_DAYS
from subscriptions.rules.renewals import CANCEL
from subscriptions.rules.shared import IN_GRACE


class DaysAfter(Func):
    """A day that is so many days after another one."""

    arg_joiner = " + "
    template = "(%(expressions)s)"
    output_field = DateField()


class DayBefore(Func):
    """The day before a date."""

    template = "(%(expressions)s - 1)"
    output_field = DateField()


def decision_day() -> Case:
    """Return the day that a decision is about: contract end, or for a trial in its grace period the end of that."""
    in_grace = Q(plan__in=TRIAL_PLANS, status=IN_GRACE)
    return Case(When(in_grace, then=DaysAfter(F("end_date"), GRACE_DAYS)), default=F("end_date"))


def renewal_day() -> Case:
    """Return the day of a renewal: the first of the next term; for what does not renew the last of its own."""
    return Case(When(renewal_type=CANCEL, then=F("end_date")), default=DaysAfter(F("end_date"), 1))
