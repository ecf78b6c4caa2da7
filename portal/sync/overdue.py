"""
Was it really applied? What the vendor was to do by itself on a day, and by the next reading has not done.

Each app declares how its own shows: as scheduled, and once it was applied. A task compares that with the cache every
minute and keeps what it finds for the pages; an entry goes away once a reading has found the effect, or the scheduled
thing gone.

Ours: a day's work counts as done by the business day after it. What vanished on its day without its effect is told for
``LOOK_BACK``: somebody may have deleted it late at the vendor.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.functional import Promise

from portal.clock import business_today, business_zone
from portal.sync.models import Observation, Overdue, Reading
from portal.sync.resources import RESOURCES

LOOK_BACK = timedelta(days=7)
# More of them on a page tell no more: then the vendor's night did not run.
MOST = 100


@dataclass(frozen=True)
class Shown:
    """
    What readings after a day show of a customer, of the resource in which an effect is looked for.

    Args:
        now: the records that the cache holds.
        changed: the records that were found new or changed since it was last seen as scheduled, as they were then.
    """

    now: Sequence[Any]
    changed: Sequence[Any]


@dataclass(frozen=True)
class Awaited:
    """
    One kind of thing that the vendor does by itself on a day.

    Args:
        resource: the name of the one that shows it as scheduled.
        title: for people.
        day: the column of its day.
        rows: all rows of its cache table, with those that are gone; each has a customer.
        words: says a vendor's record in a line.
        shows_in: the name of the resource that shows its effect; none where its own is all that tells.
        effect: whether that shows the effect of a row.
    """

    resource: str
    title: str | Promise
    day: str
    rows: Callable[[], QuerySet[Any]]
    words: Callable[[Mapping[str, Any]], str]
    shows_in: str = ""
    effect: Callable[[Any, Shown], bool] | None = None


_awaited: list[Awaited] = []


def await_on_its_day(awaited: Awaited) -> Awaited:
    """Declare something that the vendor does by itself on a day."""
    _awaited.append(awaited)
    return awaited


@transaction.atomic
def check() -> None:
    """Compare what was due with what the cache shows, and keep what was not applied."""
    found = {_key(entry): entry for awaited in _awaited for entry in _of_kind(awaited)}
    known = {_key(entry): entry.pk for entry in Overdue.objects.all()}
    Overdue.objects.filter(pk__in=[pk for key, pk in known.items() if key not in found]).delete()
    new = [entry for key, entry in found.items() if key not in known]
    # Another worker may be checking at the same time.
    Overdue.objects.bulk_create(new, ignore_conflicts=True)


def overdue(domain_ids: Collection[int] | None = None) -> list[Overdue]:
    """
    Answer what was not applied on its day, the longest overdue first, ``MOST`` at most.

    Args:
        domain_ids: of which customers; of all if left out.
    """
    entries = Overdue.objects.order_by("day", "domain_id", "pk")
    if domain_ids is not None:
        entries = entries.filter(domain_id__in=list(domain_ids))
    return list(entries[:MOST])


def title_of(entry: Overdue) -> str:
    """Say what kind of thing an entry is about."""
    awaited = _awaited_as(entry)
    return str(awaited.title) if awaited else entry.resource


def words_of(entry: Overdue) -> str:
    """Say what was to happen, in a line."""
    awaited = _awaited_as(entry)
    return awaited.words(entry.raw) if awaited else ""


def _awaited_as(entry: Overdue) -> Awaited | None:
    return next((each for each in _awaited if (each.resource, each.day) == (entry.resource, entry.column)), None)


def _key(entry: Overdue) -> tuple[object, ...]:
    return entry.resource, entry.column, entry.domain_id, entry.row_id, entry.day, entry.still_there


def _of_kind(awaited: Awaited) -> Iterator[Overdue]:
    rows = awaited.rows().filter(customer__gone_at=None, **{f"{awaited.day}__lt": business_today()})
    yield from _still_there(awaited, list(rows.filter(gone_at=None)))
    if awaited.effect:
        recent = {f"{awaited.day}__gte": business_today() - LOOK_BACK}
        yield from _without_effect(awaited, list(rows.filter(gone_at__isnull=False, **recent)))


def _still_there(awaited: Awaited, rows: Sequence[Any]) -> Iterator[Overdue]:
    readings = _readings(awaited.resource, rows)
    for row in rows:
        read_at = _read_after(readings, row, _day(awaited, row))
        if read_at:
            yield _entry(awaited, row, read_at, still_there=True)


def _without_effect(awaited: Awaited, rows: Sequence[Any]) -> Iterator[Overdue]:
    """What vanished before its day was moved or deleted in time; so was what an operation, or somebody else, took."""
    fallen_due = _fallen_due(awaited, [row for row in rows if _business_day(row.gone_at) >= _day(awaited, row)])
    readings = _readings(awaited.shows_in, [row for row, _since in fallen_due])
    for row, since in fallen_due:
        read_at = _read_after(readings, row, _day(awaited, row))
        if read_at and awaited.effect and not awaited.effect(row, _shown(awaited, row, since)):
            yield _entry(awaited, row, read_at, still_there=False)


def _fallen_due(awaited: Awaited, rows: Sequence[Any]) -> list[tuple[Any, datetime]]:
    """Answer the rows whose vanishing is put down to their day, and when each was last seen before."""
    seen = Observation.objects.filter(
        cause=Observation.Cause.DUE,
        after__isnull=True,
        resource=awaited.resource,
        domain_id__in={row.customer_id for row in rows},
        read_at__in={row.gone_at for row in rows},
    )
    since = {(each.domain_id, each.read_at): each.read_before_at or each.read_at for each in seen}
    return [(row, since[key]) for row in rows if (key := (row.customer_id, row.gone_at)) in since]


def _entry(awaited: Awaited, row: Any, read_at: datetime, *, still_there: bool) -> Overdue:
    return Overdue(
        resource=awaited.resource,
        column=awaited.day,
        domain_id=row.customer_id,
        row_id=row.pk,
        day=_day(awaited, row),
        raw=row.raw,
        still_there=still_there,
        read_at=read_at,
    )


def _readings(resource: str, rows: Sequence[Any]) -> Mapping[int, list[tuple[date, datetime]]]:
    """Answer on which business day and when a resource was read of the customers of some rows."""
    found: defaultdict[int, list[tuple[date, datetime]]] = defaultdict(list)
    wanted = Reading.objects.filter(resource=resource, domain_id__in={row.customer_id for row in rows})
    whole = wanted.filter(problem="", read_on__isnull=False, read_at__isnull=False)
    for domain_id, read_on, read_at in whole.values_list("domain_id", "read_on", "read_at"):
        if read_on and read_at:
            found[domain_id].append((read_on, read_at))
    return found


def _read_after(readings: Mapping[int, list[tuple[date, datetime]]], row: Any, day: date) -> datetime | None:
    """Answer when it was read, if that was on a business day after that one."""
    return next((read_at for read_on, read_at in readings.get(row.customer_id, ()) if read_on > day), None)


def _shown(awaited: Awaited, row: Any, since: datetime) -> Shown:
    resource = RESOURCES[awaited.shows_in]
    found = Observation.objects.filter(
        domain_id=row.customer_id, resource=resource.name, read_at__gt=since, after__isnull=False
    )
    return Shown(
        resource.cached(row.customer_id),
        [resource.record.from_vendor(raw) for raw in found.values_list("after", flat=True) if raw is not None],
    )


def _day(awaited: Awaited, row: Any) -> date:
    day: date = getattr(row, awaited.day)
    return day


def _business_day(moment: datetime) -> date:
    return moment.astimezone(business_zone()).date()
