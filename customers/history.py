"""A customer's history: its requests and detected changes, latest first."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from portal.core.paging import DEFAULT_ROWS, parse_id
from portal.operations.models import Operation
from portal.sync.history import Entry, without_growth
from portal.sync.models import DetectedChange

Cause = DetectedChange.Cause


@dataclass(frozen=True)
class Told:
    """
    One line of a history.

    Args:
        at: when it was read, or asked for.
        entry: what a reading found; None for an order.
        operation: the order itself, or the one that explains what was found.
    """

    at: datetime
    entry: Entry | None
    operation: Operation | None


@dataclass(frozen=True)
class Cursor:
    """
    Where a part of the history begins: below these two numbers. None is the top.

    There are two because changes and orders are kept in two tables, each with numbers that grow with time.
    """

    observation: int | None = None
    operation: int | None = None

    @property
    def is_top(self) -> bool:
        """Whether nothing is left out above."""
        return self.observation is None and self.operation is None

    def __str__(self) -> str:
        return f"{_written(self.observation)}-{_written(self.operation)}"

    @classmethod
    def from_text(cls, text: str) -> "Cursor":
        """Read what an address holds; the top if that is no cursor."""
        observation, _dash, operation = text.partition("-")
        return cls(parse_id(observation), parse_id(operation))


@dataclass(frozen=True)
class Part:
    """A part of a history. ``following`` is where the next part begins; None if this is the last."""

    lines: list[Told]
    following: Cursor | None


def part_of_history(
    domain_id: int, start: Cursor, *, resource: str = "", cause: str = "", size: int = DEFAULT_ROWS
) -> Part:
    """
    Return a part of a customer's history, latest first.

    Args:
        domain_id: the customer.
        start: where it begins.
        resource: what readings found of this resource alone; no orders then.
        cause: changes with this explanation alone; orders belong to those that were ordered here. Without it, what was
            read for the first time is left out: nothing is known to have changed. So is what a calendar brings anew,
            unless its resource is asked for.
        size: how many lines at most.
    """
    observations = DetectedChange.objects.filter(domain_id=domain_id).order_by("-pk")
    operations = Operation.objects.of_customer(domain_id).order_by("-pk")
    observations = observations.filter(resource=resource) if resource else without_growth(observations)
    observations = observations.filter(cause=cause) if cause else observations.exclude(cause=Cause.FIRST)
    if resource or cause not in ("", Cause.OPERATION):
        operations = operations.none()
    if start.observation is not None:
        observations = observations.filter(pk__lt=start.observation)
    if start.operation is not None:
        operations = operations.filter(pk__lt=start.operation)
    found, ordered = (
        told(observations[: size + 1]),
        [Told(operation.proposed_at, None, operation) for operation in operations[: size + 1]],
    )
    merged = heapq.merge(found, ordered, key=lambda line: line.at, reverse=True)
    lines = list(islice(merged, size))
    return Part(lines, _below(lines, start) if len(found) + len(ordered) > size else None)


def told(observations: Iterable[DetectedChange]) -> list[Told]:
    """Return what readings found, each with the order that explains it; one query for all orders."""
    rows = list(observations)
    numbers = {row.operation_id for row in rows if row.operation_id}
    operations = Operation.objects.in_bulk(numbers) if numbers else {}
    return [Told(row.read_at, Entry(row), operations.get(row.operation_id or 0)) for row in rows]


def _below(lines: Sequence[Told], start: Cursor) -> Cursor:
    """The next part begins below the last of each kind that was shown; of a kind that was not, where this one began."""
    return Cursor(
        min(_observations(lines), default=start.observation), min(_operations(lines), default=start.operation)
    )


def _observations(lines: Iterable[Told]) -> Iterator[int]:
    return (line.entry.observation.pk for line in lines if line.entry)


def _operations(lines: Iterable[Told]) -> Iterator[int]:
    return (line.operation.pk for line in lines if line.operation and not line.entry)


def _written(number: int | None) -> str:
    return "" if number is None else str(number)
