"""What the latest check of a month comes to by now: one query for the page, the invoice, the list and the package."""

from dataclasses import dataclass

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from billing.models import MonthCheck
from billing.models.checks import CHOSEN, EXPLAINED, UNDECIDED
from billing.rules.check_kinds import Kind

_OF_USE = ~Q(kind__in=(Kind.SINCE, Kind.LISTED))


@dataclass(frozen=True)
class Share:
    """
    A share of the sum of a month.

    Args:
        yen: what its differences come to.
        units: the same in licenses, users or quantity, times days.
        differences: how many they are.
        customers: how many have one; a customer may have several, also of other shares.
    """

    yen: int
    units: int
    differences: int
    customers: int


@dataclass(frozen=True)
class Sums:
    """
    The shares of a month. With what was expected, not checked and stated beside the items, they are what was billed.

    Args:
        explained: what the check knows the cause of.
        chosen: what people chose a cause for.
        unexplained: what waits for a cause.
        since: how many customers' items changed after the sign-off; these are in no share.
        not_read: how many customers couldn't be compared.
    """

    explained: Share
    chosen: Share
    unexplained: Share
    since: int
    not_read: int

    @property
    def differences(self) -> int:
        """How many differences there are in all shares."""
        return self.explained.differences + self.chosen.differences + self.unexplained.differences


def sums_of(run: MonthCheck) -> Sums:
    """Return the shares of a check, with the causes that people have chosen so far."""
    found = run.differences.aggregate(
        explained=Count("pk", filter=EXPLAINED),
        explained_at=Count("domain_id", filter=EXPLAINED, distinct=True),
        chosen=Count("pk", filter=CHOSEN),
        chosen_at=Count("domain_id", filter=CHOSEN, distinct=True),
        chosen_yen=Coalesce(Sum("yen", filter=CHOSEN & _OF_USE), 0),
        chosen_units=Coalesce(Sum("units", filter=CHOSEN & _OF_USE), 0),
        unexplained=Count("pk", filter=UNDECIDED),
        unexplained_at=Count("domain_id", filter=UNDECIDED, distinct=True),
        since=Count("pk", filter=Q(kind=Kind.SINCE)),
        not_read=Count("domain_id", filter=Q(kind=Kind.NOT_READ), distinct=True),
    )
    yen, units = found["chosen_yen"], found["chosen_units"]
    return Sums(
        Share(run.explained, run.explained_units, found["explained"], found["explained_at"]),
        Share(yen, units, found["chosen"], found["chosen_at"]),
        Share(run.unexplained - yen, run.unexplained_units - units, found["unexplained"], found["unexplained_at"]),
        found["since"],
        found["not_read"],
    )
