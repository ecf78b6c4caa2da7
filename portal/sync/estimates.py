"""Estimate how long a run takes, from the number of its calls and the rate limit."""

import math
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings

from portal.sync.models import Reading, SyncRun
from portal.sync.resources import CUSTOMER, RESOURCES, Resource
from portal.sync.scheduler import of_run
from portal.vendor.ratelimit import sweep_seconds

# The operation that lists the customers, and how many it puts on a page at most (vendor page ``customer-list``).
LISTING = "listCustomers"
CUSTOMERS_PER_PAGE = 30
# What the first calls and the last writes take.
ALLOWANCE = timedelta(seconds=5)
_AT_ONCE = 1_000


def expected_duration(run: SyncRun) -> timedelta:
    """
    Return how long a run takes in all.

    Each operation has a budget of its own, half of it for sweeps; the one with the most calls decides.
    """
    most = max(calls_of(run).values(), default=0)
    limit, window = settings.PARTNER_RATE_LIMIT, settings.PARTNER_RATE_WINDOW
    return timedelta(seconds=sweep_seconds(most, limit=limit, window=window)) + ALLOWANCE


def calls_of(run: SyncRun) -> Counter[str]:
    """Return how many calls of each operation a run makes, as far as the cache knows."""
    calls: Counter[str] = Counter()
    for resource in RESOURCES:
        domain_ids = list(of_run(run).filter(resource=resource.name).values_list("domain_id", flat=True))
        calls[resource.operation] += _calls_for(resource, domain_ids)
    if run.resource in ("", CUSTOMER):
        known = Reading.objects.filter(resource=CUSTOMER, is_current=True).count()
        calls[LISTING] += math.ceil(known / CUSTOMERS_PER_PAGE)
    return calls


def _calls_for(resource: Resource, domain_ids: Sequence[int]) -> int:
    """Return one call per customer, or one per part; assume one where the parts are unknown."""
    if resource.parts is None:
        return len(domain_ids)
    read = set(
        Reading.objects.filter(resource=resource.after, read_at__isnull=False).values_list("domain_id", flat=True)
    )
    known = [domain_id for domain_id in domain_ids if domain_id in read]
    parts = 0
    for start in range(0, len(known), _AT_ONCE):
        parts += sum(map(len, resource.parts(known[start : start + _AT_ONCE]).values()))
    return parts + len(domain_ids) - len(known)
