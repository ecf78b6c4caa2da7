"""Age of the cached data, and when it is too old."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from portal.core.clock import business_today, now
from portal.sync.models import DetectedChange, Reading
from portal.sync.resources import RESOURCES, Resource

# Past this a figure is marked: a resync begins every hour and, within the limits, reads 7,200 customers in one.
BOUND = timedelta(hours=2)
# What follows a calendar of its own becomes due once a day; see portal.sync.calendar.
CALENDAR_STEP = timedelta(days=1)
# What was asked for and has not come by then is not waited for on a page.
WAIT = timedelta(seconds=60)


@dataclass(frozen=True)
class Age:
    """
    The age of one resource of a customer.

    Args:
        resource: its name.
        title: for people.
        read_at: when the oldest part of it was read; None if a part was never read.
        tried_at: when somebody last tried.
        problem: why it could not be read, or not wholly, for technical details; empty if it could.
        trouble: what the problem is called.
        bound: the age that is still fresh.
        awaited: whether somebody asked for it lately and it has not come yet.
    """

    resource: str
    title: str
    read_at: datetime | None
    tried_at: datetime | None
    problem: str
    trouble: str = ""
    bound: timedelta = BOUND
    awaited: bool = False

    @property
    def is_old(self) -> bool:
        """Whether it is past the bound, or was never read."""
        return self.read_at is None or now() - self.read_at > self.bound


@dataclass(frozen=True)
class Ages:
    """The ages of all resources of a customer, by name."""

    by_resource: dict[str, Age]

    def __getitem__(self, resource: str) -> Age:
        return self.by_resource[resource]

    @property
    def oldest(self) -> datetime | None:
        """The oldest read of what has no calendar of its own; None if something was never read."""
        moments = [self[name].read_at for name in without_calendar()]
        known = [moment for moment in moments if moment is not None]
        return min(known) if len(known) == len(moments) and known else None

    @property
    def problems(self) -> list[Age]:
        """Those that could not be read, or not wholly."""
        return [age for age in self.by_resource.values() if age.problem]

    @property
    def awaited(self) -> bool:
        """Whether a requested read is still outstanding."""
        return any(age.awaited for age in self.by_resource.values())

    @property
    def mark(self) -> str:
        """A text that changes whenever one of them is read or fails."""
        moments = (f"{age.tried_at.timestamp():.3f}" if age.tried_at else "0" for age in self.by_resource.values())
        return hashlib.blake2b("-".join(moments).encode(), digest_size=6).hexdigest()


def ages_of(domain_id: int) -> Ages:
    """Return the ages of a customer's resources, in the order in which they are declared."""
    readings: dict[str, list[Reading]] = {}
    for reading in Reading.objects.of_customer(domain_id):
        readings.setdefault(reading.resource, []).append(reading)
    moment = now()
    return Ages(
        {resource.name: _age(resource, readings.get(resource.name, []), moment) for resource in RESOURCES.of_customer()}
    )


def latest_change(domain_id: int) -> int:
    """Return a number that grows whenever a reading finds something changed about a customer."""
    latest = DetectedChange.objects.filter(domain_id=domain_id).order_by("-pk").values_list("pk", flat=True)
    return latest.first() or 0


def known_of(domain_id: int) -> dict[str, Any]:
    """
    Return what a customer's page polls by, as its context: how old all is, and the latest change.

    A page takes it before it reads what it shows, see ``portal.core.htmx.mark_before_reading``.
    """
    return {"ages": ages_of(domain_id), "found": latest_change(domain_id)}


def bound_of(resource: Resource, period: str | None, moment: datetime) -> timedelta:
    """
    Return the age up to which a reading is fresh.

    What has a calendar of its own is fresh if it was read since it became due; and until ``BOUND`` after that, if it
    was read since the time before.

    Args:
        resource: what was read.
        period: of the reading; None where nothing is to be read of the resource at present.
        moment: now.
    """
    if resource.due_since is None or period is None:
        return BOUND
    due = moment - resource.due_since([period], moment)[period]
    return due if due > BOUND else due + CALENDAR_STEP


def overdue(resource: Resource, period: str, read_at: datetime | None, moment: datetime) -> timedelta:
    """Return by how much a reading is past its bound; negative while it is fresh, endless if nothing was ever read."""
    if read_at is None:
        return timedelta.max
    return moment - read_at - bound_of(resource, period, moment)


def _age(resource: Resource, readings: Sequence[Reading], moment: datetime) -> Age:
    """The age of a resource is that of its most overdue period, of those that are still read if there are any."""
    current = [reading for reading in readings if reading.is_current] or readings
    worst = max(current, key=lambda reading: overdue(resource, reading.period, reading.read_at, moment), default=None)
    period = worst.period if worst else next(iter(resource.periods(business_today())), None)
    return Age(
        resource=resource.name,
        title=str(resource.title),
        read_at=worst.read_at if worst else None,
        tried_at=max((reading.tried_at for reading in current if reading.tried_at), default=None),
        problem="; ".join(filter(None, (reading.problem for reading in current))),
        trouble=next((reading.trouble for reading in current if reading.problem), ""),
        bound=bound_of(resource, period, moment),
        awaited=any(_is_awaited(reading, moment) for reading in current),
    )


def _is_awaited(reading: Reading, moment: datetime) -> bool:
    wanted, tried = reading.wanted_at, reading.tried_at
    return wanted is not None and wanted > moment - WAIT and (tried is None or tried < wanted)


def without_calendar() -> list[str]:
    """Return the resources that every resync reads; the customer's overall age is computed from these."""
    return [resource.name for resource in RESOURCES.of_customer() if resource.due_since is None]
