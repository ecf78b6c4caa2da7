"""A customer as it was on a day: contract, options, renewal settings and limits in force, as far as the cache knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from portal.sync.history import (
    Known,
    Standing,
    end_of,
    first_reading,
    kept_since,
    lines_of,
    resource_title,
    standings_on,
)
from portal.sync.resources import Line

# By what people ask first.
RESOURCES = (
    "subscriptions", "reservations", "pre_orders", "options", "option_orders", "option_renewals", "usage_status",
    "customer",
)  # fmt: skip


@dataclass(frozen=True)
class Record:
    """
    One record as it was.

    Args:
        title: what people call it.
        standing: how it stood, and how sure that is.
        lines: what it held, in words; none where that is not known.
    """

    title: str
    standing: Standing
    lines: Sequence[Line]

    @property
    def is_sure(self) -> bool:
        """Whether a later sync still found the same."""
        return self.standing.known == Known.CERTAIN


@dataclass(frozen=True)
class Section:
    """The records of one kind; none if none is known."""

    title: str
    records: Sequence[Record]


@dataclass(frozen=True)
class CustomerOnDay:
    """
    A customer as it was when a day ended.

    Args:
        sections: by kind; empty for a day before the first sync.
        began_at: the first sync, where the day lies before; else None.
        kept_since: since when all changes are kept, where the day lies before; else None.
    """

    sections: Sequence[Section]
    began_at: datetime | None
    kept_since: datetime | None


def customer_on(day: date, domain_id: int) -> CustomerOnDay:
    """Return a customer as it was when a day ended, in eight queries."""
    end, began_at, since = end_of(day), first_reading(domain_id), kept_since()
    if began_at is None or end <= began_at:
        return CustomerOnDay((), began_at, None)
    records: dict[str, list[Record]] = {name: [] for name in RESOURCES}
    for standing in standings_on(day, domain_id, RESOURCES):
        change = standing.change.observation
        lines = lines_of(change) if standing.was_there else ()
        records[change.resource].append(Record(standing.change.title, standing, lines))
    sections = [Section(resource_title(name), found) for name, found in records.items()]
    return CustomerOnDay(sections, None, since if since and end <= since else None)
