"""How old is what the cache knows."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.clock import now
from portal.sync.models import Reading
from portal.sync.resources import RESOURCES

# Past this a figure is marked: a resync begins every hour and, within the limits, reads 7,200 customers in one.
BOUND = timedelta(hours=2)


@dataclass(frozen=True)
class Age:
    """The age of one resource of a customer."""

    resource: str
    title: str
    read_at: datetime | None
    tried_at: datetime | None
    problem: str

    @property
    def is_old(self) -> bool:
        """Whether it is past the bound, or was never read."""
        return self.read_at is None or self.read_at < now() - BOUND


@dataclass(frozen=True)
class Ages:
    """The ages of all resources of a customer, by name."""

    by_resource: dict[str, Age]

    def __getitem__(self, resource: str) -> Age:
        return self.by_resource[resource]

    @property
    def oldest(self) -> datetime | None:
        """The oldest read; None if something was never read."""
        moments = [age.read_at for age in self.by_resource.values()]
        known = [moment for moment in moments if moment is not None]
        return min(known) if len(known) == len(moments) and known else None

    @property
    def problems(self) -> list[Age]:
        """Those that could not be read, or not wholly."""
        return [age for age in self.by_resource.values() if age.problem]

    @property
    def mark(self) -> str:
        """A text that changes whenever one of them is read or fails."""
        return "-".join(f"{age.tried_at.timestamp():.3f}" if age.tried_at else "0" for age in self.by_resource.values())


def ages_of(domain_id: int) -> Ages:
    """Answer the ages of a customer's resources, in the order in which they are declared."""
    readings = {reading.resource: reading for reading in Reading.objects.of_customer(domain_id)}
    never = Reading(domain_id=domain_id)
    ages = {}
    for resource in RESOURCES:
        reading = readings.get(resource.name, never)
        ages[resource.name] = Age(
            resource.name, str(resource.title), reading.read_at, reading.tried_at, reading.problem
        )
    return Ages(ages)
