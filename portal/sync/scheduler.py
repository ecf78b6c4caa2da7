"""
Choose what to read next, and when everything is read again.

First what somebody waits for; then what LINE WORKS is about to change by itself, or what follows a calendar, such as
invoices; then the stalest, while a run is under way.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Mod

from portal.core.clock import business_today, now
from portal.sync.models import Reading, ReadingQuerySet, SyncRun
from portal.sync.resources import CUSTOMER, RESOURCES, Resource, Target
from portal.sync.store import expect

# Everything is read again so long after the last full sync began.
FULL_SYNC_EVERY = timedelta(minutes=60)
# Around the day of an event, a customer is read more often than a run comes by; less so while a run is under way.
NEAR = timedelta(days=7)
NEAR_EVERY = timedelta(minutes=15)
NEAR_EVERY_IN_A_RUN = timedelta(hours=1)
# What follows a calendar and could not be read is tried again this often.
TRY_AGAIN_EVERY = timedelta(minutes=15)
# Who waits at a page is served by people's lane; after this time a sweep takes over, for the message may be lost.
HEAD_START = timedelta(seconds=10)

# A reading of a resource: whose, and of which period.
Key = tuple[int, str]
# Readings that are needed for one reason, and how many of them a batch takes at most.
Need = tuple[ReadingQuerySet, int]


def is_full_sync_due() -> bool:
    """Return whether it is time to read everything again."""
    latest = SyncRun.objects.filter(resource="").first()
    return latest is None or latest.started_at < now() - FULL_SYNC_EVERY


def want(
    domain_ids: Collection[int],
    resources: Collection[str] = (),
    *,
    older_than: timedelta | None = None,
    unless_asked_within: timedelta | None = None,
) -> int:
    """
    Request reads of customers with the highest priority; skip customers that are gone.

    Args:
        domain_ids: the customers; ``PARTNER`` for what belongs to none.
        resources: names; none for all that tell of a customer.
        older_than: leave alone what was read within this time.
        unless_asked_within: leave alone what somebody asked for within this time.

    Returns:
        How many readings are wanted now.
    """
    moment = now()
    wanted_resources = [RESOURCES[name] for name in resources] or RESOURCES.of_customer()
    retired = Reading.objects.filter(domain_id__in=domain_ids, resource=CUSTOMER, is_current=False)
    here = set(domain_ids) - set(retired.values_list("domain_id", flat=True))
    expect(here, wanted_resources)
    wanted = Reading.objects.filter(
        domain_id__in=here, resource__in=[resource.name for resource in wanted_resources], is_current=True
    )
    if older_than is not None:
        wanted = wanted.filter(Q(read_at=None) | Q(read_at__lt=moment - older_than))
    if unless_asked_within is not None:
        wanted = wanted.filter(Q(wanted_at=None) | Q(wanted_at__lt=moment - unless_asked_within))
    return wanted.update_in_order(wanted_at=moment, wanted_by_id=None)


def wanted_of(domain_id: int) -> ReadingQuerySet:
    """Return the requested readings of one customer that were not tried since."""
    return Reading.objects.filter(domain_id=domain_id, is_current=True).wanted()


def wanted_targets(resource: Resource, domain_id: int) -> list[Target]:
    """Return what is wanted of one customer's resource, for a reader who serves that customer alone."""
    found = wanted_of(domain_id).filter(resource=resource.name).values_list("domain_id", "period")
    return _with_parts(resource, dict.fromkeys(found, b""))


def next_targets(
    resource: Resource, run: SyncRun | None, *, share: int = 0, shares: int = 1, most: int
) -> list[Target]:
    """
    Return what of a resource is to be read next, the most needed first.

    What is near an event gets no more than half the places while a run is under way: were there ever so much of it,
    the rest must come to its turn.

    Args:
        run: the run under way, if any.
        share: of so many ``shares`` in which the customers are dealt out, the one that is asked for; so several workers
            can read the same resource and never the same customer.
        most: how many at most.
    """
    readings = Reading.objects.filter(resource=resource.name, is_current=True)
    if shares > 1:
        readings = readings.annotate(share=Mod("domain_id", shares)).filter(share=share)
    needs = _by_need(resource, readings, run, most)
    found: dict[Key, bytes] = {}
    for (_needed, places), first in zip(needs, _first_of_each(needs, most), strict=True):
        room = max(min(places, most - len(found)), 0)
        found.update([(key, known) for key, known in first.items() if key not in found][:room])
    return _with_parts(resource, found)


def has_work(resource: Resource, run: SyncRun | None) -> bool:
    """Return whether anything of a resource is to be read now."""
    readings = Reading.objects.filter(resource=resource.name, is_current=True)
    return any(_first_of_each(_by_need(resource, readings, run, 1), 1))


def of_run(run: SyncRun) -> ReadingQuerySet:
    """Return the readings that a run covers."""
    names = [resource.name for resource in RESOURCES if belongs_to(run, resource)]
    return Reading.objects.filter(resource__in=names, is_current=True)


def belongs_to(run: SyncRun, resource: Resource) -> bool:
    """
    Return whether a run reads a resource one by one.

    The customers themselves come by listing. What follows a calendar of its own is left to that, unless a person asks.
    """
    if not (resource.every_customer or resource.of_partner):
        return False
    if run.resource:
        return resource.name in (run.resource, RESOURCES[run.resource].after)
    return bool(run.asked_by) or resource.due_since is None


def without_parts(run: SyncRun) -> Iterator[tuple[Resource, ReadingQuerySet]]:
    """Return the readings of a run that cannot be done: what tells their parts was tried, and has never been read."""
    for resource in RESOURCES:
        if resource.after and belongs_to(run, resource):
            first = _of_the_first(resource).filter(read_at=None, tried_at__gte=run.started_at)
            readings = of_run(run).filter(Exists(first), resource=resource.name)
            yield resource, readings.untried_since(run.started_at)


def _first_of_each(needs: Sequence[Need], most: int) -> list[dict[Key, bytes]]:
    """
    Return so many of each need, longest waiting first, each with the digest of what is known of it.

    All in one statement: a background worker asks before every batch. Where the day of an event has come, the records
    are wanted anew for what they say of the days after it, so nothing counts as known.
    """
    columns = ("need", "domain_id", "period", "digest", "next_event")
    numbered = [
        needed.annotate(need=Value(number)).values_list(*columns)[:most]
        for number, (needed, _places) in enumerate(needs)
    ]
    today = business_today()
    found: list[dict[Key, bytes]] = [{} for _need in needs]
    for number, domain_id, period, digest, next_event in numbered[0].union(*numbered[1:], all=True):
        has_come = next_event is not None and next_event <= today
        found[number][domain_id, period] = b"" if has_come else bytes(digest)
    return found


def _by_need(resource: Resource, readings: ReadingQuerySet, run: SyncRun | None, most: int) -> list[Need]:
    """Return the needs in order of priority, each with its maximum per batch."""
    moment = now()
    ready = readings
    if resource.after:
        asked_for = Q(wanted_at__isnull=False) & (Q(tried_at=None) | Q(tried_at__lt=F("wanted_at")))
        ready = readings.filter(Exists(_of_the_first(resource).filter(~asked_for, read_at__isnull=False)))
    needs = [(ready.wanted().filter(wanted_at__lte=moment - HEAD_START), most)]
    if resource.due_since:
        needs.append((_by_calendar(resource, ready, moment), most))
    else:
        since = moment - (NEAR_EVERY_IN_A_RUN if run else NEAR_EVERY)
        near = ready.near_an_event(until=business_today() + NEAR, untried_since=since)
        needs.append((near, max(most // 2, 1) if run else most))
    if run and belongs_to(run, resource):
        if resource.after:
            first = _of_the_first(resource).filter(read_at__isnull=False, tried_at__gte=run.started_at)
            readings = readings.filter(Exists(first))
        needs.append((readings.untried_since(run.started_at), most))
    return needs


def _by_calendar(resource: Resource, readings: ReadingQuerySet, moment: datetime) -> ReadingQuerySet:
    due = Q(pk=None)
    if resource.due_since:
        for period, since in resource.due_since(resource.periods(business_today()), moment).items():
            due |= Q(period=period) & (Q(read_at=None) | Q(read_at__lt=since))
    return readings.untried_since(moment - TRY_AGAIN_EVERY).filter(due)


def _of_the_first(resource: Resource) -> ReadingQuerySet:
    """Return the readings of the resource that tells the parts of another one, customer by customer."""
    return Reading.objects.filter(resource=resource.after, domain_id=OuterRef("domain_id"), is_current=True)


def _with_parts(resource: Resource, found: Mapping[Key, bytes]) -> list[Target]:
    parts: Mapping[int, tuple[Any, ...]] = {}
    if resource.parts and found:
        parts = resource.parts([domain_id for domain_id, _period in found])
    return [Target(domain_id, period, parts.get(domain_id, ()), known) for (domain_id, period), known in found.items()]
