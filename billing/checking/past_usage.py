"""
The usage history of a month that was over before Partnerdesk read it: read once, because somebody asks for it.

LINE WORKS answers one month of one customer by a call, for plans and for options. So a month costs two calls for each
customer, one of each operation; 5,000 customers take 42 minutes at the half of the limit that background reads may use.
"""

from dataclasses import dataclass
from datetime import date
from math import ceil

from django.conf import settings
from django.db.models import Count, F, Q

from billing.months import in_address, shifted
from billing.sync.usages import USAGES
from customers.models import Customer
from options.sync.usages import OPTION_USAGES
from portal.core.clock import business_today
from portal.sync.models import Reading, ReadingQuerySet
from portal.sync.store import want_period
from portal.vendor.ratelimit import sweep_seconds

RESOURCES = (USAGES, OPTION_USAGES)


@dataclass(frozen=True)
class PastUsage:
    """
    How much of a month's usage history is not there.

    Args:
        customers: how many customers lack it; those that are gone can't be asked for.
        waiting: how many of them somebody has asked for.
    """

    customers: int
    waiting: int

    @property
    def minutes(self) -> int:
        """How long it takes to read what is not there, at the pace of background reads; no less than one."""
        limit, window = settings.PARTNER_RATE_LIMIT, settings.PARTNER_RATE_WINDOW
        return max(1, ceil(sweep_seconds(self.customers, limit=limit, window=window) / 60))


def is_past(month: date) -> bool:
    """Return whether the calendar no longer asks for the usage of a month of use."""
    today = business_today()
    return month < today and in_address(month) not in USAGES.periods(today)


def state_of(month: date) -> PastUsage:
    """Return how much of a month is not there, in two queries."""
    readings = _readings(month)
    waiting = readings.filter(Q(tried_at=None) | Q(tried_at__lt=F("wanted_at")), wanted_at__isnull=False)
    return PastUsage(len(_without(month)), waiting.aggregate(count=Count("domain_id", distinct=True))["count"])


def read(month: date) -> int:
    """
    Have the usage of a month read of all customers that lack it; return of how many.

    What was read after the end of the month stays as it is: it doesn't change any more.
    """
    missing = _without(month) if is_past(month) else []
    for resource in RESOURCES:
        want_period(missing, resource, in_address(month))
    return len(missing)


def _without(month: date) -> list[int]:
    read = _readings(month).filter(read_on__gte=shifted(month, 1)).values("domain_id").order_by()
    whole = read.annotate(resources=Count("pk")).filter(resources=len(RESOURCES)).values("domain_id")
    return list(Customer.objects.current().exclude(pk__in=whole).values_list("pk", flat=True))


def _readings(month: date) -> ReadingQuerySet:
    names = [resource.name for resource in RESOURCES]
    return Reading.objects.filter(resource__in=names, period=in_address(month))
