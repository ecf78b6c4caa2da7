"""
Detected changes as pages show them: one change, a page of them, and a record as it was on a day.

Nothing is known between two reads, so every answer names the two that it lies between.
"""

from collections.abc import Iterable
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
from portal.sync.models import DetectedChange, Reading
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
    def was_there(self) -> bool:
        """Whether LINE WORKS showed the row, as far as is known."""
        return self.entry is not None and self.entry.what != What.GONE


def reading_day() -> date:
    """Return the day on which readings are made now. In a demo the business day may be another; readings are real."""
    return now().astimezone(business_zone()).date()


def row_history(domain_id: int, resource: str, key: str) -> QuerySet[DetectedChange]:
    """Return all that is known of one cached row, newest first."""
    return DetectedChange.objects.filter(domain_id=domain_id, resource=resource, key=key).order_by("-read_at", "-pk")


def without_growth(observations: QuerySet[DetectedChange]) -> QuerySet[DetectedChange]:
    """Exclude records that appear by calendar, such as another day of metering."""
    calendars = [resource.name for resource in RESOURCES if resource.due_since]
    return observations.exclude(cause=DetectedChange.Cause.DUE, before__isnull=True, resource__in=calendars)


def standing_on(day: date, history: QuerySet[DetectedChange]) -> Standing:
    """
    Return how a row stood when a day ended.

    Args:
        day: of the calendar in which ``reading_day`` counts.
        history: that of the row, as ``row_history`` answers it.
    """
    end = datetime.combine(day + timedelta(days=1), time(), tzinfo=business_zone())
    last = history.filter(read_at__lt=end).first()
    following = history.filter(read_at__gte=end).last()
    entry, after = (Entry(found) if found else None for found in (last, following))
    if last is None and following:
        began_at = _began(following)
        if began_at >= end:
            return Standing(Known.BEFORE_FIRST, None, after, None, began_at)
    if following:
        # What was between the reading before a change and the change, nobody knows.
        seen = following.read_before_at
        return Standing(Known.CERTAIN if seen and seen >= end else Known.BETWEEN, entry, after, seen)
    seen = _last_read(last) if last else None
    return Standing(Known.CERTAIN if seen and seen >= end else Known.LATEST, entry, None, seen)


def first_reading(domain_id: int) -> datetime | None:
    """Return when something of a customer was first read; None if nothing was."""
    moments = DetectedChange.objects.filter(domain_id=domain_id).order_by("pk").values_list("read_at", flat=True)
    return moments.first()


def title_of(observation: DetectedChange) -> str:
    """Return what people call the row of a change, as its resource describes it."""
    kind = resource_title(observation.resource)
    lines = _described(observation) if observation.key else []
    if not lines:
        return f"{kind} {observation.key}".strip()
    label = lines[0].label
    # "Subscription 4711" tells of what kind it is; a day, or the name of an option, does not.
    return label if observation.key in label else _("%(kind)s: %(label)s") % {"kind": kind, "label": label}


def in_one_line(observation: DetectedChange) -> str:
    """Return the record of a change in one line; empty where nothing can say it."""
    return _("; ").join(line.text for line in _described(observation))


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


def _described(observation: DetectedChange) -> list[Line]:
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
