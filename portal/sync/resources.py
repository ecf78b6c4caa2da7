"""
What can be read at the vendor, declared once by the app of its domain.

A resource says how it is read, how its records become rows, and how the cached rows become records again. The engine
of operations compares the records of two readings; pages and rules see the same records.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.functional import Promise

from portal.partner_api import PartnerApi, Record


@dataclass(frozen=True)
class Answer:
    """
    The records that one call brought for one customer.

    Args:
        records: those that could be understood.
        malformed: what was wrong with the others, one sentence each. With any of these the answer is not whole, and
            no absent row may be marked gone.
    """

    records: Sequence[Record]
    malformed: Sequence[str] = ()

    @property
    def whole(self) -> bool:
        """Whether an absent record is known to be absent."""
        return not self.malformed


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


@dataclass(frozen=True)
class Resource:
    """
    One kind of vendor record.

    Args:
        name: its key, for example ``subscriptions``.
        title: for people.
        operation: the vendor's operationId that reads it for one customer.
        record: the type of its records.
        read: calls the vendor for one customer (domainId).
        store: writes the answers of several customers into the cache table and tells how many rows moved.
        cached: the records that the cache holds for one customer, gone ones left out.
        describe: says records in words, a line a fact; none at all is a fact too.
        compared: the vendor's field names whose change makes an order stale; empty for all that are known.
        every_customer: whether a resync reads it customer by customer (the customers themselves come by listing).
    """

    name: str
    title: str | Promise
    operation: str
    record: type[Record]
    read: Callable[[PartnerApi, int], Answer]
    store: Callable[[Mapping[int, Answer], datetime], int]
    cached: Callable[[int], Sequence[Record]]
    describe: Callable[[Sequence[Any]], Sequence[Line]]
    compared: Collection[str] = field(default=())
    every_customer: bool = True

    def facts(self, records: Iterable[Record]) -> list[dict[str, Any]]:
        """Answer what two readings are compared by: known fields only, in an order of its own."""
        known = [record.model_dump(mode="json", by_alias=True, exclude_none=True) for record in records]
        if self.compared:
            known = [{name: fact[name] for name in self.compared if name in fact} for fact in known]
        return sorted(known, key=repr)


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

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._resources.values())

    def of_every_customer(self) -> list[Resource]:
        """Those that a resync reads customer by customer."""
        return [resource for resource in self._resources.values() if resource.every_customer]


RESOURCES = Resources()
