"""
Pruning: delete rows that are older than the settings keep them.

Each table that grows by the day declares which of its rows may go. ``prune`` deletes them in batches, each in a short
transaction of its own, so that it may be stopped at any moment and begun again. The database refuses to delete detected
changes in any other way; see ``DetectedChange``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from portal.core.clock import business_today, now
from portal.core.locks import try_lock
from portal.sync.models import PRUNE_BEFORE, DetectedChange, MissedExpectation, Pruning, Reading, SyncRun
from portal.sync.resources import RESOURCES

log = structlog.get_logger(__name__)

# Rows that one transaction deletes: a few tenths of a second, so nobody waits for it.
BATCH = 5000


@dataclass(frozen=True)
class Floor:
    """
    The end of what may go.

    Args:
        moment: what was read before it is old; by the clock of this machine, as readings are.
        day: what LINE WORKS's calendar has before that day is old.
    """

    moment: datetime
    day: date

    @classmethod
    def of(cls, days: int) -> "Floor":
        """Return the floor for rows that are kept for a number of days."""
        return cls(now() - timedelta(days=days), business_today() - timedelta(days=days))


@dataclass(frozen=True)
class Prunable:
    """
    Rows of a table that may be deleted once they are old.

    Args:
        name: for the command and the log.
        model: the table.
        setting: the setting that says for how many days they are kept; with 0 they are kept for ever.
        may_go: the rows that may be deleted, in any order.
    """

    name: str
    model: type[Model]
    setting: str
    may_go: Callable[[Floor], QuerySet[Any]]

    @property
    def floor(self) -> Floor | None:
        """Until when rows may go; None while all are kept."""
        days: int = getattr(settings, self.setting)
        return Floor.of(days) if days else None


@dataclass(frozen=True)
class Pruned:
    """What was deleted of a table, or would be: how many rows, and until when. No floor: all are kept."""

    name: str
    rows: int
    floor: Floor | None


_prunable: list[Prunable] = []


def declare(prunable: Prunable) -> Prunable:
    """Enter a table whose old rows may go."""
    _prunable.append(prunable)
    return prunable


def every_prunable() -> Iterator[Prunable]:
    """Return all that was declared, in the order in which it is pruned."""
    yield from _prunable


def prune(*, batch: int = BATCH) -> list[Pruned]:
    """
    Delete all that is older than the settings keep it; what nobody may delete stays.

    Another process at the same work leaves nothing to do: then the answer is empty.

    Args:
        batch: how many rows one transaction deletes at most.
    """
    with try_lock("prune", 0) as mine:
        return [_prune(prunable, batch) for prunable in every_prunable()] if mine else []


def look() -> list[Pruned]:
    """Count what ``prune`` would delete now; nothing is changed."""
    return [
        Pruned(prunable.name, prunable.may_go(floor).count() if floor else 0, floor)
        for prunable in every_prunable()
        for floor in [prunable.floor]
    ]


def _prune(prunable: Prunable, batch: int) -> Pruned:
    floor = prunable.floor
    rows, last = 0, 0
    while floor and (deleted := _delete_some(prunable, floor, batch, after=last)):
        rows, last = rows + len(deleted), deleted[-1]
    if rows and floor:
        log.info("pruned", name=prunable.name, rows=rows, before=floor.moment)
    return Pruned(prunable.name, rows, floor)


@transaction.atomic
def _delete_some(prunable: Prunable, floor: Floor, batch: int, *, after: int) -> list[int]:
    """Delete the next rows by number, and note until when the table is pruned; return their numbers."""
    some = prunable.may_go(floor).filter(pk__gt=after).order_by("pk")[:batch]
    numbers = list(some.values_list("pk", flat=True))
    if numbers:
        with connection.cursor() as cursor:
            # For this transaction alone; the trigger of the table reads it.
            cursor.execute("SELECT set_config(%s, %s, true)", [PRUNE_BEFORE, floor.moment.isoformat()])
        prunable.model._default_manager.filter(pk__in=numbers).delete()
        Pruning.note(prunable.model._meta.label_lower, floor.moment, len(numbers))
    return numbers


# --- The tables of sync ----------------------------------------------------------------------------------------------


def _referred_to() -> QuerySet[Any, Any]:
    """Return the numbers of changes that an entry of *Not applied* refers to."""
    return MissedExpectation.objects.filter(still_there=False).values("row_id")


def _calendars() -> list[str]:
    return [resource.name for resource in RESOURCES if resource.due_since]


def _old_changes(floor: Floor) -> QuerySet[DetectedChange]:
    """Return old changes that no request explains and that nothing refers to."""
    old = DetectedChange.objects.filter(read_at__lt=floor.moment, operation_id=None)
    return old.exclude(pk__in=_referred_to())


def _of_the_same_row(floor: Floor) -> QuerySet[DetectedChange]:
    return DetectedChange.objects.filter(
        domain_id=OuterRef("domain_id"), resource=OuterRef("resource"), key=OuterRef("key"), read_at__lt=floor.moment
    )


def _later(floor: Floor) -> Exists:
    """Return whether a later change of the same row is old as well."""
    is_later = Q(read_at__gt=OuterRef("read_at")) | Q(read_at=OuterRef("read_at"), pk__gt=OuterRef("pk"))
    return Exists(_of_the_same_row(floor).filter(is_later))


def _superseded(floor: Floor) -> QuerySet[DetectedChange]:
    """
    Return old changes but the last of each row, which tells how the row stood from then on.

    What follows a calendar is no contract: of a day of metering nothing is asked when it is that old.
    """
    return _old_changes(floor).filter(Q(_later(floor)) | Q(resource__in=_calendars()))


def _ended(floor: Floor) -> QuerySet[DetectedChange]:
    """Return the last change of rows that were gone by then, where it is all that is left of them."""
    stays = Exists(_of_the_same_row(floor).filter(Q(operation_id__isnull=False) | Q(pk__in=_referred_to())))
    return _old_changes(floor).filter(~_later(floor), ~stays, after__isnull=True).exclude(resource__in=_calendars())


CHANGES = "DETECTED_CHANGES_KEPT_DAYS"
METERING = "METERING_KEPT_DAYS"

declare(Prunable("detected changes", DetectedChange, CHANGES, _superseded))
declare(Prunable("detected changes of records that ended", DetectedChange, CHANGES, _ended))
declare(
    Prunable(
        "full syncs",
        SyncRun,
        "SYNC_RUNS_KEPT_DAYS",
        lambda floor: SyncRun.objects.filter(finished_at__lt=floor.moment),
    )
)
declare(
    Prunable(
        "reads of months and years that are over",
        Reading,
        METERING,
        lambda floor: Reading.objects.filter(is_current=False, tried_at__lt=floor.moment).exclude(period=""),
    )
)
