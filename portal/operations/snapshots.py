"""Snapshots: the records of the resources that a command reads, at one moment."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Self, TypeVar

from django.db.models import Q

from portal.core.clock import business_today, now
from portal.sync.models import Reading
from portal.sync.resources import RESOURCES, Line, Resource
from portal.vendor.client import Record

R = TypeVar("R", bound=Record)
# How the records of some resources, by name, are said in words where all that is known of them counts.
Details = Mapping[str, Callable[[Sequence[Any]], Sequence[Line]]]


class NeverRead(LookupError):
    """The cache holds nothing yet of a resource that the order needs."""


@dataclass(frozen=True)
class Assumed:
    """
    What of a projection no page promises.

    Args:
        resource: whose records, by name.
        key: of the record; None where it is assumed which records there are.
        fields: of it, by their names in the API; ``administrator.id`` is one within another.
    """

    resource: str
    key: Any = None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Snapshot:
    """
    Records by the name of their resource.

    Args:
        by_resource: the records that could be understood.
        is_complete: whether those are all; only then does the absence of a record prove anything.
        day: the business day on which they are asked about: what begins with a change begins then.
        assumed: of a projection, what in it rests on an assumption of ours.
    """

    by_resource: Mapping[str, Sequence[Record]]
    is_complete: bool = True
    day: date = field(default_factory=business_today, compare=False)
    assumed: tuple[Assumed, ...] = field(default=(), compare=False)

    def of(self, kind: type[R]) -> list[R]:
        """Return the records of one type."""
        return [record for records in self.by_resource.values() for record in records if isinstance(record, kind)]

    def part(self, names: Collection[str]) -> Self | None:
        """Return the readings of some resources; None if one of these is not among them."""
        if not set(names) <= self.by_resource.keys():
            return None
        return replace(self, by_resource={name: self.by_resource[name] for name in names})

    def with_records(self, resource: Resource, records: Sequence[Record]) -> Self:
        """Return the same readings with other records of one resource."""
        return replace(self, by_resource={**self.by_resource, resource.name: tuple(records)})

    def assuming(self, resource: Resource, *fields: str, key: Any = None) -> Self:
        """Return the same readings, saying that some fields of a record, or which records there are, is assumed."""
        return replace(self, assumed=(*self.assumed, Assumed(resource.name, key, fields)))

    def changed_since(self, earlier: "Snapshot", *, compare_all_fields: Collection[str] = ()) -> list[Resource]:
        """Return the resources that differ between two snapshots; every field of ``compare_all_fields`` counts."""
        return [
            RESOURCES[name]
            for name, records in self.by_resource.items()
            if RESOURCES[name].facts(records, compare_all_fields=name in compare_all_fields)
            != RESOURCES[name].facts(earlier.by_resource.get(name, ()), compare_all_fields=name in compare_all_fields)
        ]

    def lines(self, compare_all_fields: Details | None = None) -> list[Line]:
        """Say the readings in words, a line a fact; some of them ``compare_all_fields``."""
        say = {name: RESOURCES[name].describe for name in self.by_resource} | dict(compare_all_fields or {})
        return [line for name, records in self.by_resource.items() for line in say[name](records)]

    def to_json(self) -> dict[str, list[dict[str, Any]]]:
        """Return the form in which an operation keeps them: LINE WORKS's records as they came."""
        return {name: [record.raw for record in records] for name, records in self.by_resource.items()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Sequence[Mapping[str, Any]]]) -> Self:
        """Read what ``to_json`` wrote; not complete if it holds a resource or a record that is unknown by now."""
        found: dict[str, tuple[Record, ...]] = {}
        is_complete = True
        for name, records in stored.items():
            resource = RESOURCES.get(name)
            if resource is None:
                is_complete = False
                continue
            understood: list[Record] = []
            for raw in records:
                try:
                    understood.append(resource.record.from_vendor(dict(raw)))
                except (TypeError, ValueError):  # not of the type, or no record at all
                    is_complete = False
            found[name] = tuple(understood)
        return cls(found, is_complete=is_complete)


def from_cache(domain_id: int | None, resources: Sequence[Resource]) -> tuple[Snapshot, datetime]:
    """
    Return what the cache holds for a customer, and when the oldest part of it was read; of nothing, and for a
    change that is about no customer yet, nothing and this moment.

    Raises:
        NeverRead: one of the resources has never been read for this customer.
    """
    if domain_id is None or not resources:
        return Snapshot({resource.name: () for resource in resources}), now()
    moments = _read_at(domain_id, resources)
    if len(moments) < len(resources):
        raise NeverRead(", ".join(sorted(resource.name for resource in resources if resource.name not in moments)))
    return _cached(domain_id, resources), min(moments.values())


def from_cache_of(domain_ids: Collection[int], resources: Sequence[Resource]) -> dict[int, tuple[Snapshot, datetime]]:
    """
    Return for many customers what ``from_cache`` answers for one, in a statement or two for each resource.

    Returns:
        By customer; one of whom a resource has never been read is left out.
    """
    moments = _read_at_of(domain_ids, resources)
    known = [pk for pk in domain_ids if resources and len(moments.get(pk, {})) == len(resources)]
    records = {resource.name: _cached_of(known, resource) for resource in resources}
    return {
        pk: (
            Snapshot({name: tuple(found.get(pk, ())) for name, found in records.items()}),
            min(moments[pk].values()),
        )
        for pk in known
    }


def what_is_cached(domain_id: int, resources: Sequence[Resource]) -> Snapshot:
    """Return what the cache holds for a customer of those resources that have been read; the others are left out."""
    moments = _read_at(domain_id, resources)
    return _cached(domain_id, [resource for resource in resources if resource.name in moments])


def what_is_cached_of(domain_ids: Collection[int], resources: Sequence[Resource]) -> dict[int, Snapshot]:
    """Return for many customers what the cache holds of some resources, in a statement for each resource."""
    records = {resource.name: _cached_of(domain_ids, resource) for resource in resources}
    return {pk: Snapshot({name: tuple(found.get(pk, ())) for name, found in records.items()}) for pk in domain_ids}


def _cached(domain_id: int, resources: Sequence[Resource]) -> Snapshot:
    return Snapshot({resource.name: tuple(resource.cached(domain_id)) for resource in resources})


def _cached_of(domain_ids: Collection[int], resource: Resource) -> Mapping[int, Sequence[Record]]:
    if resource.table is None:
        return {pk: resource.cached(pk) for pk in domain_ids}
    # The table of the customers themselves is known by their numbers.
    owner = "domain_id" if resource.table._meta.pk.name == "domain_id" else "customer_id"
    rows = resource.table._default_manager.filter(removed_at=None, **{f"{owner}__in": list(domain_ids)})
    found: dict[int, list[Record]] = defaultdict(list)
    for pk, raw in rows.values_list(owner, "raw"):
        found[pk].append(resource.record.from_vendor(raw))
    return found


def _read_at(domain_id: int, resources: Sequence[Resource]) -> dict[str, datetime]:
    """Return when each resource was read, its oldest part counting; one of which a part never was is left out."""
    return _read_at_of([domain_id], resources).get(domain_id, {})


def _read_at_of(domain_ids: Collection[int], resources: Sequence[Resource]) -> dict[int, dict[str, datetime]]:
    names = [resource.name for resource in resources]
    # A resource that comes by months or years has several; one that nobody reads any more says nothing.
    found = Reading.objects.filter(
        Q(is_current=True) | Q(period=""), domain_id__in=list(domain_ids), resource__in=names
    )
    moments: dict[int, dict[str, datetime | None]] = defaultdict(dict)
    for pk, name, moment in found.values_list("domain_id", "resource", "read_at"):
        earlier = moments[pk].get(name, moment)
        moments[pk][name] = min(earlier, moment) if earlier and moment else None
    return {pk: {name: moment for name, moment in of_one.items() if moment} for pk, of_one in moments.items()}
