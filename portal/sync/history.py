"""
Detected changes as pages show them: one change, a page of them, and a record as it was on a day.

Nothing is known between two reads, so every answer names the two that it lies between.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from pydantic import ValidationError

from portal.core.clock import business_zone, now
from portal.core.field_labels import Field, fields_of
from portal.sync.models import DetectedChange, Pruning, Reading
from portal.sync.resources import RESOURCES, Line

# Of a change of many fields a list shows the first few; its own page shows all.
FIELDS_IN_A_LIST = 3


class What(StrEnum):
    """Kinds of change of a row."""

    CHANGED = "changed"
    APPEARED = "appeared"
    GONE = "gone"


@dataclass(frozen=True)
class Moved:
    """One field whose value changed. ``before`` or ``after`` is empty where the record had no such field."""

    field: Field
    before: str
    after: str


@dataclass(frozen=True)
class Entry:
    """
    A change in words.

    Args:
        observation: what the reading found.
    """

    observation: DetectedChange

    @property
    def what(self) -> What:
        """Whether the row changed, appeared, or is gone."""
        if self.observation.before is None:
            return What.APPEARED
        return What.GONE if self.observation.after is None else What.CHANGED

    @property
    def title(self) -> str:
        """What people call the row, for example "Subscription 4711"."""
        return title_of(self.observation)

    @property
    def resource(self) -> str:
        """What kind of row it is, for people."""
        return resource_title(self.observation.resource)

    @property
    def summary(self) -> str:
        """The record that appeared or is gone, in one line; empty where nothing can say it."""
        return in_one_line(self.observation)

    @cached_property
    def moved(self) -> list[Moved]:
        """The fields that changed, in LINE WORKS's order; none for a row that appeared or is gone."""
        if self.what != What.CHANGED:
            return []
        before, after = fields_of(self.observation.before or {}), fields_of(self.observation.after or {})
        return [
            Moved(after.get(path) or before[path], _text(before.get(path)), _text(after.get(path)))
            for path in {**after, **before}
            if _text(before.get(path)) != _text(after.get(path))
        ]

    @property
    def first_moved(self) -> list[Moved]:
        """As many of the fields as a list shows."""
        return self.moved[:FIELDS_IN_A_LIST]

    @property
    def further(self) -> int:
        """How many fields a list leaves out."""
        return len(self.moved) - len(self.first_moved)

    @property
    def after_fields(self) -> list[Field]:
        """All fields of the record as it was then, in words."""
        return list(fields_of(self.observation.after or {}).values())


class Known(StrEnum):
    """How sure it is how a row stood at some moment."""

    # A later reading still found the same.
    CERTAIN = "certain"
    # It changed between two readings, and the moment lies between them.
    BETWEEN = "between"
    # Nobody has looked since.
    LATEST = "latest"
    # The first reading came later.
    BEFORE_FIRST = "before first"
    # What led to the next change is not kept here.
    NOT_KEPT = "not kept"


@dataclass(frozen=True)
class Standing:
    """
    How a row stood at the end of a day.

    Args:
        known: how sure that is.
        entry: the last change read by then; None if there was none.
        following: the first change read after it; None if there was none.
        confirmed_at: the last reading that is known to have found it so; None if there is none.
        began_at: when the customer's readings began, where the day lies before; else None.
    """

    known: Known
    entry: Entry | None
    following: Entry | None
    confirmed_at: datetime | None
    began_at: datetime | None = None

    @property
    def change(self) -> Entry:
        """The last change read by then, or else the first one after it."""
        found = self.entry or self.following
        if found is None:
            raise LookupError("nothing was ever read of this row")
        return found

    @property
    def was_there(self) -> bool:
        """Whether LINE WORKS showed the row, as far as is known."""
        return self.entry is not None and self.entry.what != What.GONE


def reading_day() -> date:
    """Return the day on which readings are made now. In a demo the business day may be another; readings are real."""
    return now().astimezone(business_zone()).date()


def row_history(domain_id: int, resource: str, key: str) -> QuerySet[DetectedChange]:
    """Return all that is known of one cached row, newest first."""
    return DetectedChange.objects.filter(domain_id=domain_id, resource=resource, key=key).order_by("-read_at", "-pk")


def standing_on(day: date, history: QuerySet[DetectedChange]) -> Standing:
    """
    Return how a row stood when a day ended.

    Args:
        day: of the calendar in which ``reading_day`` counts.
        history: that of the row, as ``row_history`` answers it.
    """
    end = end_of(day)
    last = history.filter(read_at__lt=end).first()
    following = history.filter(read_at__gte=end).last()
    return _standing(end, last, following, kept_since, _began, _last_read)


def standings_on(day: date, domain_id: int, resources: Sequence[str]) -> list[Standing]:
    """
    Return how all rows of a customer stood when a day ended, in six queries: what was there, and what is not known.

    Args:
        day: of the calendar in which ``reading_day`` counts.
        domain_id: the customer.
        resources: which ones, none of those that are read by the month.
    """
    end, row = end_of(day), ("resource", "key")
    changes = DetectedChange.objects.filter(domain_id=domain_id, resource__in=resources)
    before = changes.filter(read_at__lt=end).order_by(*row, "-read_at", "-pk").distinct(*row)
    after = changes.filter(read_at__gte=end).order_by(*row, "read_at", "pk").distinct(*row)
    last, following = ({(found.resource, found.key): found for found in part} for part in (before, after))
    firsts = changes.filter(cause=DetectedChange.Cause.FIRST).order_by("resource", "pk").distinct("resource")
    began = dict(firsts.values_list("resource", "read_at"))
    readings = Reading.objects.filter(domain_id=domain_id, resource__in=resources)
    read = dict(readings.values_list("resource", "read_at"))
    first, since = first_reading(domain_id), kept_since()
    found = [
        _standing(
            end,
            last.get(name),
            following.get(name),
            lambda: since,
            lambda change: began.get(change.resource) or first or change.read_at,
            lambda change: max(filter(None, (read.get(change.resource), change.read_at))),
        )
        for name in sorted({*last, *following})
    ]
    return [each for each in found if each.was_there or each.known not in (Known.CERTAIN, Known.LATEST)]


def end_of(day: date) -> datetime:
    """Return when a day is over."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=business_zone())


def _standing(
    end: datetime,
    last: DetectedChange | None,
    following: DetectedChange | None,
    kept_since: Callable[[], datetime | None],
    began: Callable[[DetectedChange], datetime],
    last_read: Callable[[DetectedChange], datetime],
) -> Standing:
    """
    Return how a row stood at a moment; the functions are asked only for what is needed.

    Args:
        end: the moment.
        last: the last change that was read before it.
        following: the first one that was read after it.
        kept_since: returns since when all changes are kept.
        began: returns when readings of what a row belongs to began.
        last_read: returns when a row was last looked for.
    """
    entry, after = (Entry(found) if found else None for found in (last, following))
    if _is_incomplete(end, last, following, kept_since()):
        return Standing(Known.NOT_KEPT, None, after, None)
    if last is None and following:
        began_at = began(following)
        if began_at >= end:
            return Standing(Known.BEFORE_FIRST, None, after, None, began_at)
    if following:
        # What was between the reading before a change and the change, nobody knows.
        seen = following.read_before_at
        return Standing(Known.CERTAIN if seen and seen >= end else Known.BETWEEN, entry, after, seen)
    seen = last_read(last) if last else None
    return Standing(Known.CERTAIN if seen and seen >= end else Known.LATEST, entry, None, seen)


def _is_incomplete(
    end: datetime, last: DetectedChange | None, following: DetectedChange | None, since: datetime | None
) -> bool:
    """Return whether changes around a moment are missing: between two that are kept, or before the first."""
    if following and following.before != (last.after if last else None):
        return True
    is_pruned = since is not None and end <= since
    return is_pruned and (last is None or (following is not None and since is not None and following.read_at < since))


def kept_since() -> datetime | None:
    """Return since when all changes are kept; None if none was ever deleted."""
    label = DetectedChange._meta.label_lower
    return Pruning.objects.filter(table=label).values_list("before", flat=True).first()


def first_reading(domain_id: int) -> datetime | None:
    """Return when something of a customer was first read; None if nothing was."""
    moments = DetectedChange.objects.filter(domain_id=domain_id).order_by("pk").values_list("read_at", flat=True)
    return moments.first()


def title_of(observation: DetectedChange) -> str:
    """Return what people call the row of a change, as its resource describes it."""
    kind = resource_title(observation.resource)
    lines = lines_of(observation) if observation.key else []
    if not lines:
        return f"{kind} {observation.key}".strip()
    label = lines[0].label
    # "Subscription 4711" tells of what kind it is; a day, or the name of an option, does not.
    return label if observation.key in label else _("%(kind)s: %(label)s") % {"kind": kind, "label": label}


def in_one_line(observation: DetectedChange) -> str:
    """Return the record of a change in one line; empty where nothing can say it."""
    return _("; ").join(line.text for line in lines_of(observation))


def resource_title(name: str) -> str:
    """Return what people call a resource; one that is no longer declared by its name."""
    known = RESOURCES.get(name)
    return str(known.title) if known else name


def choices() -> list[tuple[str, Any]]:
    """Return names and titles of the resources that tell of customers, for a filter."""
    return [(resource.name, resource.title) for resource in RESOURCES]


def entries(observations: Iterable[DetectedChange]) -> list[Entry]:
    """Say changes in words."""
    return [Entry(observation) for observation in observations]


def _began(observation: DetectedChange) -> datetime:
    """
    Return when readings of what a row belongs to began.

    That is when the resource was first read, if it held anything then; else when the first of all was read of the
    customer: a resource that was empty leaves no trace of its first reading.
    """
    of_resource = DetectedChange.objects.filter(
        domain_id=observation.domain_id, resource=observation.resource, cause=DetectedChange.Cause.FIRST
    )
    first = of_resource.order_by("pk").values_list("read_at", flat=True).first()
    return first or first_reading(observation.domain_id) or observation.read_at


def _last_read(observation: DetectedChange) -> datetime:
    """Return when it was last looked for; what comes with another resource's answer has no reading of its own."""
    readings = Reading.objects.filter(
        domain_id=observation.domain_id, resource=observation.resource, period=observation.period
    )
    return max(filter(None, (readings.values_list("read_at", flat=True).first(), observation.read_at)))


def lines_of(observation: DetectedChange) -> list[Line]:
    """Return the record of a change in words; nothing where nothing can say it."""
    resource = RESOURCES.get(observation.resource)
    if resource is None:
        return []
    try:
        return list(resource.describe([resource.record.from_vendor(observation.after or observation.before)]))
    except ValidationError:
        # A record of another time, with fields that are read in another way today.
        return []


def _text(field: Field | None) -> str:
    return field.text if field else ""
