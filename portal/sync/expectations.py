"""
Expected effects of dated changes, declared by each app.

``missed_expectations`` finds what did not happen, and ``changes`` tells a late effect from a change outside
Partnerdesk.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from portal.sync.models import DetectedChange
from portal.sync.resources import RESOURCES
from portal.vendor.client import Record

STILL_SCHEDULED = gettext_lazy("Still scheduled")


@dataclass(frozen=True)
class Shown:
    """
    What readings show of a customer since something was last seen as scheduled.

    Args:
        domain_id: the customer.
        before: the record that had it, as it was last seen.
        after: the same record since then; None if it is gone.
        since: when it was last seen as scheduled.
        found_at: when a reading found it changed.
        look: answers ``now`` and ``changed``; asked only for an effect that is looked for there.
    """

    domain_id: int
    before: Any
    after: Any | None
    since: datetime
    found_at: datetime
    look: Callable[[], tuple[Sequence[Any], Sequence[Any]]]

    @property
    def now(self) -> Sequence[Any]:
        """The records that the cache holds, of the resource in which the effect shows."""
        return self._found[0]

    @property
    def changed(self) -> Sequence[Any]:
        """The records that were found new or changed since then, as they were when they were found."""
        return self._found[1]

    @cached_property
    def _found(self) -> tuple[Sequence[Any], Sequence[Any]]:
        return self.look()


@dataclass(frozen=True)
class Expectation:
    """
    One kind of thing that LINE WORKS does by itself on a day.

    Args:
        name: tells it from the others of its resource.
        resource: the name of the one whose records have it.
        title: for people.
        due: answers the day on which it is done, as a record stands; None for a record that has no such thing.
        rows: rows of the cache whose day may lie before the given one, as far as their columns tell.
        words: says a record of it in a line.
        effect: whether readings show that it was done; None where it was, as soon as a record no longer has it.
        shows_in: the name of the resource that shows the effect; empty for its own.
        is_held_back: whether, at a customer, something else rightly makes a record outlast its day.
        still: what a page says of one whose day has passed and whose record is the same.
    """

    name: str
    resource: str
    title: str | Promise
    due: Callable[[Any], date | None]
    rows: Callable[[date], QuerySet[Any]]
    words: Callable[[Any], str]
    effect: Callable[[Shown], bool] | None = None
    shows_in: str = ""
    is_held_back: Callable[[int, Any], bool] | None = None
    still: str | Promise = STILL_SCHEDULED

    def record(self, raw: Any) -> Record:
        """Return the record that a row or an observation holds."""
        return RESOURCES[self.resource].record.from_vendor(dict(raw))

    def passed(self, domain_id: int, before: Any, after: Any | None, today: date) -> date | None:
        """Return the day, not after today, on which a record that has changed was to do so; None if it had none."""
        day = self.due(before)
        if day is None or day > today or (after is not None and self.due(after) == day):
            return None
        return None if self.is_held_back and self.is_held_back(domain_id, before) else day


_awaited: list[Expectation] = []


def await_on_its_day(awaited: Expectation) -> Expectation:
    """Declare something that LINE WORKS does by itself on a day."""
    _awaited.append(awaited)
    return awaited


def every_kind() -> Iterator[Expectation]:
    """Return all that was declared."""
    yield from _awaited


def kind_called(resource: str, name: str) -> Expectation | None:
    """Return one by its resource and name; None for what is no longer declared."""
    return next((each for each in _awaited if (each.resource, each.name) == (resource, name)), None)


def looked_up(awaited: Expectation, domain_id: int, since: datetime) -> tuple[Sequence[Any], Sequence[Any]]:
    """Return what the cache shows of the resource in which an effect is looked for: (now, changed since)."""
    resource = RESOURCES[awaited.shows_in or awaited.resource]
    found = DetectedChange.objects.filter(
        domain_id=domain_id, resource=resource.name, read_at__gt=since, after__isnull=False
    )
    changed = [resource.record.from_vendor(raw) for raw in found.values_list("after", flat=True) if raw is not None]
    return resource.cached(domain_id), changed
