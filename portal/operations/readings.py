"""The vendor's state as an order sees it: the records of the resources that the order reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self, TypeVar

from django.db.models import Q

from portal.clock import now
from portal.partner_api import Record
from portal.sync.models import Reading
from portal.sync.resources import RESOURCES, Line, Resource

R = TypeVar("R", bound=Record)


class NeverRead(LookupError):
    """The cache holds nothing yet of a resource that the order needs."""


@dataclass(frozen=True)
class Readings:
    """
    Records by the name of their resource.

    Args:
        by_resource: the records that could be understood.
        whole: whether those are all; only then does the absence of a record prove anything.
    """

    by_resource: Mapping[str, Sequence[Record]]
    whole: bool = True

    def of(self, kind: type[R]) -> list[R]:
        """Answer the records of one type."""
        return [record for records in self.by_resource.values() for record in records if isinstance(record, kind)]

    def with_records(self, resource: Resource, records: Sequence[Record]) -> Self:
        """Answer the same readings with other records of one resource."""
        return type(self)({**self.by_resource, resource.name: tuple(records)}, whole=self.whole)

    def moved_since(self, earlier: "Readings") -> list[Resource]:
        """Answer the resources whose facts differ between two readings."""
        return [
            RESOURCES[name]
            for name, records in self.by_resource.items()
            if RESOURCES[name].facts(records) != RESOURCES[name].facts(earlier.by_resource[name])
        ]

    def lines(self) -> list[Line]:
        """Say the readings in words, a line a fact."""
        return [line for name, records in self.by_resource.items() for line in RESOURCES[name].describe(records)]

    def to_json(self) -> dict[str, list[dict[str, Any]]]:
        """Answer the form in which an operation keeps them: the vendor's records as they came."""
        return {name: [record.raw for record in records] for name, records in self.by_resource.items()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Sequence[Mapping[str, Any]]]) -> Self:
        """Read what ``to_json`` wrote."""
        return cls(
            {
                name: tuple(RESOURCES[name].record.from_vendor(dict(raw)) for raw in records)
                for name, records in stored.items()
            }
        )


def from_cache(domain_id: int | None, resources: Sequence[Resource]) -> tuple[Readings, datetime]:
    """
    Answer what the cache holds for a customer, and when the oldest part of it was read; of nothing, and for a
    change that is about no customer yet, nothing and this moment.

    Raises:
        NeverRead: one of the resources has never been read for this customer.
    """
    if domain_id is None or not resources:
        return Readings({}), now()
    moments = _read_at(domain_id, resources)
    if len(moments) < len(resources):
        raise NeverRead(", ".join(sorted(resource.name for resource in resources if resource.name not in moments)))
    return _cached(domain_id, resources), min(moments.values())


def what_is_cached(domain_id: int, resources: Sequence[Resource]) -> Readings:
    """Answer what the cache holds for a customer of those resources that have been read; the others are left out."""
    moments = _read_at(domain_id, resources)
    return _cached(domain_id, [resource for resource in resources if resource.name in moments])


def _cached(domain_id: int, resources: Sequence[Resource]) -> Readings:
    return Readings({resource.name: tuple(resource.cached(domain_id)) for resource in resources})


def _read_at(domain_id: int, resources: Sequence[Resource]) -> dict[str, datetime]:
    """Answer when each resource was read, its oldest part counting; one of which a part never was is left out."""
    names = [resource.name for resource in resources]
    # A resource that comes by months or years has several; one that nobody reads any more says nothing.
    found = Reading.objects.filter(Q(is_current=True) | Q(period=""), domain_id=domain_id, resource__in=names)
    moments: dict[str, datetime | None] = {}
    for name, moment in found.values_list("resource", "read_at"):
        earlier = moments.get(name, moment)
        moments[name] = min(earlier, moment) if earlier and moment else None
    return {name: moment for name, moment in moments.items() if moment}
