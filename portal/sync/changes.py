"""
Change detection: what a read found changed, and the cause.

A change that no request explains, that was not due on a day in between, nor due before and late, was made outside
Partnerdesk: in the Partner Console, or by another application.

What a calendar adds, such as another day of metering or another invoice, is no change: its own table keeps it, and
nothing that was known has become different. What LINE WORKS corrects or takes back afterwards is one.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from portal.core.clock import business_today
from portal.sync.expectations import Expectation, Shown, every_kind
from portal.sync.models import DetectedChange, Reading
from portal.sync.resources import Change, Resource

Cause = DetectedChange.Cause

# Tells which operation of ours, by its number, explains each of some changes: (resource, changes, when each customer
# was last read before) → a number or None for each. The operations app, which knows them, puts itself here when it is
# ready.
Explainer = Callable[[Resource, Sequence[Change], Mapping[int, datetime]], Sequence[int | None]]
_explainers: list[Explainer] = []


def explain_with(explainer: Explainer) -> None:
    """Return how changes are found to be the effect of what was ordered here."""
    _explainers[:] = [explainer]


def observe(
    resource: Resource,
    changes: Sequence[Change],
    readings: Mapping[int, Reading],
    *,
    read_at: datetime,
    period: str = "",
) -> None:
    """
    Write down what a reading found changed; part of the transaction that changes the cache.

    Args:
        resource: what was read.
        changes: what it found.
        readings: by customer, as they were before this reading.
        read_at: when LINE WORKS was asked.
        period: that of the reading.
    """
    changes = [change for change in changes if not _was_added_by_calendar(resource, change)]
    if not changes:
        return
    before = {domain_id: reading.read_at for domain_id, reading in readings.items() if reading.read_at}
    known = [change for change in changes if change.domain_id in before]
    ordered = _ordered_here(resource, known, before)
    due = _with_something_due({change.domain_id for change in known}, readings)
    today = business_today()
    DetectedChange.objects.bulk_create(
        DetectedChange(
            domain_id=change.domain_id,
            resource=resource.name,
            period=period,
            key=change.key,
            before=change.before,
            after=change.after,
            read_before_at=before.get(change.domain_id),
            read_at=read_at,
            read_on=today,
            cause=cause,
            operation_id=operation_id,
        )
        for change, cause, operation_id in _explained(resource, changes, before, ordered, due)
    )


def _explained(
    resource: Resource,
    changes: Sequence[Change],
    before: Mapping[int, datetime],
    ordered: Sequence[int | None],
    due: Collection[int],
) -> Iterator[tuple[Change, DetectedChange.Cause, int | None]]:
    operations = iter(ordered)
    late = _Late(before)
    for change in changes:
        if change.domain_id not in before:
            yield change, Cause.FIRST, None
        elif operation_id := next(operations):
            yield change, Cause.OPERATION, operation_id
        else:
            by_itself = change.domain_id in due or change.is_only_in(resource.by_itself)
            if change.is_only_in(resource.volatile_fields):
                yield change, Cause.USE, None
            elif by_itself or _came_late(resource, change, before[change.domain_id], late):
                yield change, Cause.DUE, None
            else:
                yield change, Cause.OUTSIDE, None


def _was_added_by_calendar(resource: Resource, change: Change) -> bool:
    return resource.due_since is not None and change.before is None


def _ordered_here(
    resource: Resource, changes: Sequence[Change], before: Mapping[int, datetime]
) -> Sequence[int | None]:
    for explain in _explainers if changes else ():
        return explain(resource, changes, before)
    return [None] * len(changes)


def _with_something_due(domain_ids: Collection[int], readings: Mapping[int, Reading]) -> set[int]:
    """Return the customers for whom something was due between the day of the last reading and today."""
    if not domain_ids:
        return set()
    today = business_today()
    rows = Reading.objects.filter(domain_id__in=domain_ids).values_list("domain_id", "next_event", "last_event")
    return {
        domain_id
        for domain_id, *days in rows
        if (since := readings[domain_id].read_on) and any(day is not None and since <= day <= today for day in days)
    }


class _Late:
    """
    What had been due at some customers when they were last read, and what has fallen due since.

    Each kind is looked up once for all of them, and only when a change asks for it.

    Args:
        read_before: when each customer was last read.
    """

    def __init__(self, read_before: Mapping[int, datetime]) -> None:
        self._read_before = read_before
        self._rows: dict[tuple[str, str], Mapping[int, Sequence[Any]]] = {}

    def rows(self, awaited: Expectation, domain_id: int) -> Sequence[Any]:
        """Return the rows of a customer whose day had passed when it was last read."""
        kind = awaited.resource, awaited.name
        if kind not in self._rows:
            found: defaultdict[int, list[Any]] = defaultdict(list)
            for row in awaited.rows(business_today()).filter(customer_id__in=list(self._read_before)):
                if row.removed_at is None or row.removed_at >= self._read_before[row.customer_id]:
                    found[row.customer_id].append(row)
            self._rows[kind] = found
        return self._rows[kind].get(domain_id, ())

    def fell_due(self, domain_id: int) -> Sequence[tuple[str, str]]:
        """Return what was found to have fallen due since: (resource, key)."""
        return self._fallen_due.get(domain_id, ())

    @cached_property
    def _fallen_due(self) -> Mapping[int, Sequence[tuple[str, str]]]:
        observations = DetectedChange.objects.filter(
            domain_id__in=list(self._read_before), cause=Cause.DUE, read_at__gt=min(self._read_before.values())
        )
        found: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
        for domain_id, read_at, resource, key in observations.values_list("domain_id", "read_at", "resource", "key"):
            if read_at > self._read_before[domain_id]:
                found[domain_id].append((resource, key))
        return found


def _came_late(resource: Resource, change: Change, read_before_at: datetime, late: _Late) -> bool:
    """Return whether a change is what had been due on a day before and had not happened by then, or goes with that."""
    today = business_today()
    raws = (change.before, change.after)
    before, after = (None if raw is None else resource.record.from_vendor(dict(raw)) for raw in raws)
    for awaited in every_kind():
        if awaited.resource == resource.name:
            if before is not None and awaited.passed(change.domain_id, before, after, today):
                return True
        elif awaited.shows_in == resource.name and awaited.effect:
            rows = late.rows(awaited, change.domain_id)
            if any(_is_its_effect(awaited, row, before, after, read_before_at) for row in rows):
                return True
    return _goes_with_what_came_late(resource, change, late)


def _goes_with_what_came_late(resource: Resource, change: Change, late: _Late) -> bool:
    """A part goes with what tells the parts, and what only repeats another resource goes with that."""
    if resource.after:
        return (resource.after, change.key) in late.fell_due(change.domain_id)
    if not change.is_only_in(resource.repeats):
        return False
    effects = {awaited.shows_in or awaited.resource for awaited in every_kind()}
    return any(name in effects for name, _key in late.fell_due(change.domain_id)) or any(
        late.rows(awaited, change.domain_id) for awaited in every_kind()
    )


def _is_its_effect(awaited: Expectation, row: Any, before: Any, after: Any, since: datetime) -> bool:
    """Return whether the effect of something overdue shows by this change alone."""

    def shows(record: Any) -> bool:
        records = [] if record is None else [record]
        shown = Shown(row.customer_id, awaited.record(row.raw), None, since, since, lambda: (records, records))
        return awaited.effect is not None and awaited.effect(shown)

    return not shows(before) and shows(after)
