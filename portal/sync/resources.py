"""
Resources: the kinds of records that can be read, each declared once by its app.

A resource says how it is read, how records become rows and rows become records, and when it is worth reading.
Operations compare its records between two reads; pages and rules see the same records.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

from portal.vendor.client import PartnerApi, Record

if TYPE_CHECKING:
    from portal.sync.models import VendorRow

# Stands for the partner itself where a resource, such as the invoices, belongs to no customer.
PARTNER = 0
# The resource that the listing of customers fills; with it all else of a customer begins.
CUSTOMER = "customer"


@dataclass(frozen=True)
class Target:
    """
    What one reading is to bring.

    Args:
        domain_id: the customer, or ``PARTNER``.
        period: the month (``2026-11``) or year (``2026``) of a resource that has periods, else empty.
        parts: the numbers or codes that a resource is read by, one call each, where it has such.
        known: the digest of what the cache holds; with it the records are not even looked at when the same comes again.
            Empty where they are wanted in any case.
    """

    domain_id: int
    period: str = ""
    parts: tuple[Any, ...] = ()
    known: bytes = field(default=b"", compare=False)


@dataclass(frozen=True)
class Answer:
    """
    The records that a reading brought for one target.

    Args:
        records: those that could be understood.
        malformed: what was wrong with the others, one sentence each. With any of these the answer is not complete, and
            no absent row may be marked gone.
        period: that of the target.
        digest: stands for all that LINE WORKS sent; the same digest again means that nothing has changed.
        parts: which part brought each of the records, for a resource that is read by parts.
        is_known: LINE WORKS sent what the target knew, so there are no records here; the cache holds them.
        is_part: there are other records, of which this answer says nothing.
        kept: the keys of the records that were kept while others were read, and are not here any more.
        moved: how many rows moved by that.
    """

    records: Sequence[Record]
    malformed: Sequence[str] = ()
    period: str = ""
    digest: bytes = b""
    parts: Sequence[Any] = ()
    is_known: bool = False
    is_part: bool = False
    kept: Collection[int] = ()
    moved: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether an absent record is known to be absent."""
        return not (self.malformed or self.is_part)


@dataclass(frozen=True)
class Change:
    """
    What a reading found changed in one cached row.

    Args:
        domain_id: the customer, or ``PARTNER``.
        key: tells the row among those of the customer and the resource.
        before: LINE WORKS's record as the cache held it; None for one that was not there.
        after: the record as it is now; None for one that is gone.
    """

    domain_id: int
    key: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    def is_only_in(self, fields: Collection[str]) -> bool:
        """Return whether a record stayed what it was but for some of its fields."""
        if self.before is None or self.after is None:
            return False
        names = self.before.keys() | self.after.keys()
        return all(name in fields or self.before.get(name) == self.after.get(name) for name in names)


@dataclass(frozen=True)
class Line:
    """
    One fact in words.

    Args:
        key: the same for the same thing in two readings, so that they can be laid side by side.
        label: what it is about.
        text: what is so.
    """

    key: str
    label: str
    text: str


def _no_events(_records: Sequence[Any]) -> Iterable[date]:
    return ()


def _no_periods(_today: date) -> Sequence[str]:
    return ("",)


@dataclass(frozen=True)
class Resource:
    """
    One kind of vendor record.

    Args:
        name: its key, for example ``subscriptions``.
        title: for people.
        operation: LINE WORKS's operationId that reads it.
        record: the type of its records.
        read: calls LINE WORKS for one target, once or once for each part.
        store: writes the answers of several customers (of one period) into the cache table and tells what changed.
        cached: the records that the cache holds for one customer, gone ones left out.
        describe: says records in words, a line a fact; none at all is a fact too.
        table: the cache table that ``cached`` looks into, so that many customers can be asked for in one statement.
        key: LINE WORKS's name of the field that tells the records of a customer apart; empty where there is only one.
        compared: LINE WORKS's field names whose change makes an order stale; empty for all that are known.
        volatile_fields: LINE WORKS's field names that move with a customer's daily work; no news if they alone change.
        repeats: LINE WORKS's field names that only repeat what other resources tell; when they alone change, the reason
            is to be found there.
        by_itself: LINE WORKS's field names that change by themselves as time goes by; when they alone change, that was
            due.
        every_customer: whether it is read customer by customer (the customers themselves come by listing, and what
            belongs to the partner is read once).
        events: the days on which LINE WORKS will change these records by itself: they are read more often around them.
        after: the resource that tells by which parts this one is read; it is read first.
        parts_of: the parts, from fresh records of ``after``.
        parts: the parts, from the cache, for several customers.
        periods: the periods that are worth reading on a day.
        due_since: for what follows a calendar of its own: (periods, now) → the moment for each; a reading that is older
            is due.
        patient: whether its read asks again by itself, call by call, where no clear answer comes.
    """

    name: str
    title: str | Promise
    operation: str
    record: type[Record]
    read: Callable[[PartnerApi, Target], Answer]
    store: Callable[[Mapping[int, Answer], datetime], Sequence[Change]]
    cached: Callable[[int], Sequence[Record]]
    describe: Callable[[Sequence[Any]], Sequence[Line]]
    key: str = ""
    compared: Collection[str] = field(default=())
    volatile_fields: Collection[str] = field(default=())
    repeats: Collection[str] = field(default=())
    by_itself: Collection[str] = field(default=())
    every_customer: bool = True
    events: Callable[[Sequence[Any]], Iterable[date]] = _no_events
    after: str = ""
    parts_of: Callable[[Sequence[Any]], tuple[Any, ...]] | None = None
    parts: Callable[[Collection[int]], Mapping[int, tuple[Any, ...]]] | None = None
    periods: Callable[[date], Sequence[str]] = _no_periods
    due_since: Callable[[Collection[str], datetime], Mapping[str, datetime]] | None = None
    patient: bool = False
    table: "type[VendorRow] | None" = None

    @property
    def of_partner(self) -> bool:
        """Whether it belongs to the partner itself, so that it is read once and not customer by customer."""
        return not self.every_customer and self.due_since is not None

    def facts(self, records: Iterable[Record], *, compare_all_fields: bool = False) -> list[dict[str, Any]]:
        """
        Return what two readings are compared by: known fields only, in an order of its own.

        Args:
            records: of one reading.
            compare_all_fields: all that is known of them counts, not only what most orders depend on.
        """
        known = [record.model_dump(mode="json", by_alias=True, exclude_none=True) for record in records]
        if self.compared and not compare_all_fields:
            known = [{name: fact[name] for name in self.compared if name in fact} for fact in known]
        return sorted(known, key=repr)

    def next_event(self, records: Sequence[Record], today: date) -> date | None:
        """Return the next day on which LINE WORKS will change these records by itself; today counts."""
        return min((day for day in self.events(records) if day >= today), default=None)


class Resources:
    """All declared resources by name."""

    def __init__(self) -> None:
        self._resources: dict[str, Resource] = {}

    def declare(self, resource: Resource) -> Resource:
        """Enter a resource; names are unique."""
        if resource.name in self._resources:
            raise ValueError(f"two resources are called {resource.name}")
        self._resources[resource.name] = resource
        return resource

    def __getitem__(self, name: str) -> Resource:
        return self._resources[name]

    def get(self, name: str) -> Resource | None:
        """Return a resource by name; none when no app declares it, as with history that is older than the code."""
        return self._resources.get(name)

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._resources.values())

    def of_every_customer(self) -> list[Resource]:
        """Those that a resync reads customer by customer."""
        return [resource for resource in self._resources.values() if resource.every_customer]

    def of_customer(self) -> list[Resource]:
        """Those that tell of one customer: the customer itself, and what is read for every customer."""
        return [resource for resource in self._resources.values() if not resource.of_partner]

    def of_partner(self) -> list[Resource]:
        """Those that belong to no customer."""
        return [resource for resource in self._resources.values() if resource.of_partner]


RESOURCES = Resources()
