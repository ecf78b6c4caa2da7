"""
Find expected effects that did not happen.

Each app declares its expectations. A task compares them with the cache every minute and stores what is missed; an entry
is removed when a read finds the effect, or the scheduled change deleted.

Assumption: LINE WORKS is done with a day by the next business day. What vanished on its day or later without its effect
is shown for ``LOOK_BACK``: somebody may have deleted it late in the Partner Console.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, timedelta

from django.db import transaction

from portal.core.clock import business_today
from portal.sync.expectations import Expectation, Shown, every_kind, kind_called, looked_up
from portal.sync.models import DetectedChange, MissedExpectation, Reading
from portal.sync.resources import CUSTOMER

LOOK_BACK = timedelta(days=7)
# More of them on a page tell no more: then the nightly work at LINE WORKS did not run.
MOST = 100

# On which business day and when a resource was read, by customer.
ReadTimes = Mapping[int, tuple[date, datetime]]


@transaction.atomic
def check() -> None:
    """Compare what was due with what the cache shows, and keep what was not applied."""
    found = {_key(entry): entry for entry in (*_still_there(), *_without_effect())}
    known = {_key(entry): entry.pk for entry in MissedExpectation.objects.all()}
    MissedExpectation.objects.filter(pk__in=[pk for key, pk in known.items() if key not in found]).delete()
    new = [entry for key, entry in found.items() if key not in known]
    # Another worker may be checking at the same time.
    MissedExpectation.objects.bulk_create(new, ignore_conflicts=True)


def overdue(domain_ids: Collection[int] | None = None) -> list[MissedExpectation]:
    """
    Return what was not applied on its day, the longest overdue first, ``MOST`` at most.

    Args:
        domain_ids: of which customers; of all if left out.
    """
    entries = MissedExpectation.objects.order_by("day", "domain_id", "pk")
    if domain_ids is not None:
        entries = entries.filter(domain_id__in=list(domain_ids))
    return list(entries[:MOST])


def title_of(entry: MissedExpectation) -> str:
    """Return what kind of thing an entry is about."""
    awaited = kind_called(entry.resource, entry.kind)
    return str(awaited.title) if awaited else entry.resource


def words_of(entry: MissedExpectation) -> str:
    """Return what was to happen, in a line."""
    awaited = kind_called(entry.resource, entry.kind)
    return awaited.words(awaited.record(entry.raw)) if awaited else ""


def still_of(entry: MissedExpectation) -> str:
    """Return what LINE WORKS shows of one that is still there."""
    awaited = kind_called(entry.resource, entry.kind)
    return str(awaited.still) if awaited else ""


def _key(entry: MissedExpectation) -> tuple[object, ...]:
    return entry.resource, entry.kind, entry.domain_id, entry.row_id, entry.day, entry.still_there


def _still_there() -> Iterator[MissedExpectation]:
    today = business_today()
    for awaited in every_kind():
        rows = list(awaited.rows(today).filter(removed_at=None, customer__removed_at=None))
        readings = _readings(awaited.resource, {row.customer_id for row in rows})
        for row in rows:
            record = awaited.record(row.raw)
            day = awaited.due(record)
            read_at = day and _read_after(readings, row.customer_id, day)
            if not (day and read_at) or (awaited.is_held_back and awaited.is_held_back(row.customer_id, record)):
                continue
            yield MissedExpectation(
                resource=awaited.resource,
                kind=awaited.name,
                domain_id=row.customer_id,
                row_id=row.pk,
                day=day,
                raw=row.raw,
                still_there=True,
                read_at=read_at,
            )


def _without_effect() -> Iterator[MissedExpectation]:
    """What vanished before its day was moved or deleted in time; so was what an operation took."""
    kinds: defaultdict[str, list[Expectation]] = defaultdict(list)
    for awaited in every_kind():
        if awaited.effect:
            kinds[awaited.resource].append(awaited)
    gone = Reading.objects.filter(resource=CUSTOMER, is_current=False)
    seen = DetectedChange.objects.filter(
        cause=DetectedChange.Cause.DUE,
        before__isnull=False,
        resource__in=kinds,
        read_on__gte=business_today() - LOOK_BACK,
    ).exclude(domain_id__in=gone.values("domain_id"))
    for each in seen.order_by("pk").iterator():
        for awaited in kinds[each.resource]:
            if entry := _told_of(awaited, each):
                yield entry


def _told_of(awaited: Expectation, seen: DetectedChange) -> MissedExpectation | None:
    before = awaited.record(seen.before)
    after = None if seen.after is None else awaited.record(seen.after)
    day = awaited.passed(seen.domain_id, before, after, seen.read_on) if seen.read_on else None
    if day is None or awaited.effect is None:
        return None
    since = seen.read_before_at or seen.read_at
    found_at = seen.read_at
    shown = Shown(seen.domain_id, before, after, since, found_at, lambda: looked_up(awaited, seen.domain_id, since))
    if awaited.effect(shown):
        return None
    readings = _readings(awaited.shows_in or awaited.resource, {seen.domain_id})
    read_at = _read_after(readings, seen.domain_id, day)
    if read_at is None:
        return None
    return MissedExpectation(
        resource=awaited.resource,
        kind=awaited.name,
        domain_id=seen.domain_id,
        row_id=seen.pk,
        day=day,
        raw=seen.before,
        still_there=False,
        read_at=read_at,
    )


def _readings(resource: str, domain_ids: Collection[int]) -> ReadTimes:
    """Return when a resource was last read wholly of some customers."""
    wanted = Reading.objects.filter(resource=resource, domain_id__in=domain_ids, problem="")
    times = wanted.values_list("domain_id", "read_on", "read_at")
    return {domain_id: (read_on, read_at) for domain_id, read_on, read_at in times if read_on and read_at}


def _read_after(readings: ReadTimes, domain_id: int, day: date) -> datetime | None:
    """Return when it was read, if that was on a business day after that one."""
    read_on, read_at = readings.get(domain_id, (date.min, None))
    return read_at if read_on > day else None
