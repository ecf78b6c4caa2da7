"""
A customer's history as one time line, latest first.

It holds requests with the changes that they explain, other detected changes, notes, and changes of owner and tags.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import CustomerEvent, Note
from portal.core.paging import DEFAULT_ROWS, parse_id
from portal.core.untrusted_text import isolated
from portal.operations.models import Operation
from portal.sync.filters import ObservationFilter
from portal.sync.history import Entry
from portal.sync.models import DetectedChange

Cause = DetectedChange.Cause
# A kind of entry besides the causes of changes.
OWN = "own"
KINDS = [*Cause.choices, (OWN, gettext_lazy("Notes, tags and owner"))]


class HistoryFilter(ObservationFilter):
    """The filters of a customer's history; what is the partner's own is a kind of its own."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.filters["cause"].extra["choices"] = KINDS


@dataclass(frozen=True)
class Told:
    """
    One line of a history. It is about one of these: a change, a request, a note, or an event.

    Args:
        at: when it was read, requested, written or done.
        entry: what a sync found.
        operation: the request itself, or the one that explains what was found.
        changes: what a request explains.
        note: what somebody wrote.
        event: what happened to owner, tags or a note.
    """

    at: datetime
    entry: Entry | None = None
    operation: Operation | None = None
    changes: Sequence["Told"] = ()
    note: Note | None = None
    event: CustomerEvent | None = None

    @property
    def words(self) -> str:
        """What happened to owner, tags or a note; nothing for other lines."""
        return _words(self.event) if self.event else ""

    @property
    def stream(self) -> str:
        """Which of the tables of a history it is from."""
        if self.entry:
            return "observation"
        return "operation" if self.operation else "note" if self.note else "event"

    @property
    def number(self) -> int:
        """Its number in that table."""
        row = self.entry.observation if self.entry else self.operation or self.note or self.event
        return int(row.pk) if row else 0


@dataclass(frozen=True)
class Cursor:
    """
    Where a part of the history begins: below these numbers. None is the top.

    There is one for each table that a history is made of; in each, numbers grow with time.
    """

    observation: int | None = None
    operation: int | None = None
    note: int | None = None
    event: int | None = None

    @property
    def is_top(self) -> bool:
        """Whether nothing is left out above."""
        return self == Cursor()

    def __str__(self) -> str:
        return "-".join("" if number is None else str(number) for number in vars(self).values())

    @classmethod
    def from_text(cls, text: str) -> "Cursor":
        """Read what an address holds; the top if that is no cursor."""
        return cls(*map(parse_id, text.split("-")[: len(cls.__dataclass_fields__)]))

    def of(self, rows: QuerySet[Any], stream: str) -> QuerySet[Any]:
        """Return the rows of a table below it, the latest first."""
        number = getattr(self, stream)
        return (rows if number is None else rows.filter(pk__lt=number)).order_by("-pk")


@dataclass(frozen=True)
class Part:
    """A part of a history. ``following`` is where the next part begins; None if this is the last."""

    lines: list[Told]
    following: Cursor | None


def part_of_history(
    domain_id: int, start: Cursor, *, resource: str = "", cause: str = "", size: int = DEFAULT_ROWS
) -> Part:
    """
    Return a part of a customer's history, latest first.

    Args:
        domain_id: the customer.
        start: where it begins.
        resource: the changes of this resource alone, each by itself.
        cause: one of ``KINDS``; requests belong to those made in Partnerdesk. Without it, what was read for the first
            time is left out: nothing is known to have changed.
        size: how many lines at most.
    """
    observations = DetectedChange.objects.filter(domain_id=domain_id)
    operations = Operation.objects.of_customer(domain_id).submitted()
    notes, events = Note.objects.filter(customer=domain_id), CustomerEvent.objects.filter(customer=domain_id)
    observations = observations.filter(resource=resource) if resource else observations
    observations = observations.filter(cause=cause) if cause else observations.exclude(cause=Cause.FIRST)
    if resource or cause not in ("", Cause.OPERATION):
        operations = operations.none()
    else:
        # They stand in the entry of their request.
        observations = observations.exclude(operation_id__in=operations.order_by().values("pk"))
    if resource or cause not in ("", OWN):
        notes, events = notes.none(), events.none()
    wanted = slice(size + 1)
    streams = [
        told(start.of(observations, "observation")[wanted]),
        _requests(domain_id, start.of(operations, "operation")[wanted]),
        [Told(note.at, note=note) for note in start.of(notes, "note")[wanted]],
        [Told(event.at, event=event) for event in start.of(events, "event")[wanted]],
    ]
    lines = list(islice(heapq.merge(*streams, key=lambda line: line.at, reverse=True), size))
    return Part(lines, _below(lines, start) if sum(map(len, streams)) > size else None)


def told(observations: Iterable[DetectedChange]) -> list[Told]:
    """Return what readings found, each with the request that explains it; one query for all requests."""
    rows = list(observations)
    numbers = {row.operation_id for row in rows if row.operation_id}
    operations = Operation.objects.in_bulk(numbers) if numbers else {}
    return [Told(row.read_at, Entry(row), operations.get(row.operation_id or 0)) for row in rows]


def _requests(domain_id: int, operations: Iterable[Operation]) -> list[Told]:
    """Return requests, each with the changes that it explains; one query for all changes."""
    rows = list(operations)
    explained: Mapping[int | None, list[Told]] = defaultdict(list)
    if rows:
        numbers = [row.pk for row in rows]
        found = DetectedChange.objects.filter(domain_id=domain_id, operation_id__in=numbers)
        for change in found.order_by("pk"):
            explained[change.operation_id].append(Told(change.read_at, Entry(change)))
    return [Told(row.proposed_at, operation=row, changes=explained.get(row.pk, ())) for row in rows]


def _below(lines: Sequence[Told], start: Cursor) -> Cursor:
    """The next part begins below the last line of each table; of a table that gave none, where this one began."""
    last = {line.stream: line.number for line in lines}
    return Cursor(**vars(start) | last)


def _words(event: CustomerEvent) -> str:
    kept = {name: isolated(str(value)) for name, value in event.details.items()}
    match event.what:
        case "owner_changed":
            none = _("none")
            return _("Owner: %(before)s → %(after)s") % {
                "before": kept.get("before") or none,
                "after": kept.get("after") or none,
            }
        case "tag_added":
            return _("Tag added: %(tag)s") % {"tag": kept.get("tag", "")}
        case "tag_removed":
            return _("Tag removed: %(tag)s") % {"tag": kept.get("tag", "")}
        case "note_pinned":
            return _("Note pinned")
        case "note_unpinned":
            return _("Note unpinned")
        case "note_hidden":
            return _("Note hidden")
        case _:
            return event.what
