"""
What to read next, by need.

First what somebody asked for, by opening a page or by an order that has changed it; then what the vendor is about to
change by itself; then what follows a calendar, such as the invoices; then the stalest, as far as a run is under way.
"""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Mod

from portal.clock import business_today, now
from portal.sync.models import Reading, ReadingQuerySet, SyncRun
from portal.sync.resources import RESOURCES, Resource, Target

DueSince = Callable[[str, datetime], datetime]

# Around the day of an event, a customer is read more often than a run comes by.
NEAR = timedelta(days=7)
NEAR_EVERY = timedelta(minutes=15)


def want(domain_ids: Collection[int], resources: Collection[str] = (), *, older_than: timedelta | None = None) -> int:
    """
    Ask for some customers to be read before all else.

    Args:
        domain_ids: the customers.
        resources: names; none for all that tell of a customer.
        older_than: leave alone what was read within this time.

    Returns:
        How many readings are wanted now.
    """
    moment = now()
    wanted = Reading.objects.filter(domain_id__in=domain_ids, is_current=True)
    if resources:
        wanted = wanted.filter(resource__in=resources)
    if older_than is not None:
        wanted = wanted.filter(Q(read_at=None) | Q(read_at__lt=moment - older_than))
    return wanted.update(wanted_at=moment)


def next_targets(
    resource: Resource, run: SyncRun | None, *, share: int = 0, shares: int = 1, most: int
) -> list[Target]:
    """
    Answer what of a resource is to be read next, the most needed first.

    Args:
        run: the run under way, if any.
        share: of so many ``shares`` in which the customers are dealt out, the one that is asked for; so several workers
            can read the same resource and never the same customer.
        most: how many at most.
    """
    readings = _readings(resource, run, share, shares)
    for needed in _by_need(resource, readings, run):
        found = list(needed.values_list("domain_id", "period")[:most])
        if found:
            return _with_parts(resource, found)
    return []


def is_waiting(resource: Resource, run: SyncRun) -> bool:
    """Tell whether a run has readings left that only wait for another resource to be read first."""
    return bool(resource.after) and of_run(run).filter(resource=resource.name).untried_since(run.started_at).exists()


def of_run(run: SyncRun) -> ReadingQuerySet:
    """Answer the readings that a run has to bring up to date."""
    names = [resource.name for resource in RESOURCES if belongs_to(run, resource)]
    return Reading.objects.filter(resource__in=names, is_current=True)


def belongs_to(run: SyncRun, resource: Resource) -> bool:
    """
    Tell whether a run reads a resource one by one.

    The customers themselves come by listing. What follows a calendar of its own is left to that, unless a person asks.
    """
    if run.resource:
        return run.resource == resource.name
    return bool(run.asked_by) if resource.due_since else resource.every_customer


def _readings(resource: Resource, run: SyncRun | None, share: int, shares: int) -> ReadingQuerySet:
    readings = Reading.objects.filter(resource=resource.name, is_current=True)
    if shares > 1:
        readings = readings.annotate(share=Mod("domain_id", shares)).filter(share=share)
    if resource.after:
        first = Reading.objects.filter(resource=resource.after, domain_id=OuterRef("domain_id"), read_at__isnull=False)
        if run:
            first = first.filter(tried_at__gte=run.started_at)
        readings = readings.filter(Exists(first))
    return readings


def _by_need(resource: Resource, readings: ReadingQuerySet, run: SyncRun | None) -> Iterator[ReadingQuerySet]:
    moment, today = now(), business_today()
    yield readings.wanted()
    if resource.due_since:
        yield from _by_calendar(resource, resource.due_since, readings, moment)
    else:
        yield readings.near_an_event(until=today + NEAR, untried_since=moment - NEAR_EVERY)
    if run and run.listed_at and belongs_to(run, resource):
        yield readings.untried_since(run.started_at)


def _by_calendar(
    resource: Resource, due_since: DueSince, readings: ReadingQuerySet, moment: datetime
) -> Iterator[ReadingQuerySet]:
    for period in resource.periods(business_today()):
        yield readings.filter(period=period).untried_since(due_since(period, moment))


def _with_parts(resource: Resource, found: list[tuple[int, str]]) -> list[Target]:
    if resource.parts is None:
        return [Target(domain_id, period) for domain_id, period in found]
    parts = resource.parts([domain_id for domain_id, _period in found])
    return [Target(domain_id, period, tuple(parts.get(domain_id, ()))) for domain_id, period in found]
