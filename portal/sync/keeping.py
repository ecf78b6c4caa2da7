"""The only way into the cache tables."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from django.db import DataError, IntegrityError, transaction

from portal.clock import now
from portal.sync.models import Reading
from portal.sync.resources import RESOURCES, Answer, Resource

log = structlog.get_logger(__name__)

# A record can be well formed and still not fit: a number beyond 64 bits, say, or a customer without any name.
DOES_NOT_FIT = (DataError, IntegrityError)


@dataclass
class Kept:
    """What became of some answers: how many rows moved, and which customers' answers the tables cannot hold."""

    moved: int = 0
    unfit: list[int] = field(default_factory=list)


def keep_what_fits(resource: Resource, answers: Mapping[int, Answer], *, read_at: datetime) -> Kept:
    """Keep answers in bulk; if one does not fit, note why, and keep the others one by one."""
    try:
        return Kept(keep(resource, answers, read_at=read_at))
    except DOES_NOT_FIT:
        log.warning("an answer does not fit, keeping the others one by one", resource=resource.name)
    kept = Kept()
    for domain_id, answer in answers.items():
        try:
            kept.moved += keep(resource, {domain_id: answer}, read_at=read_at)
        except DOES_NOT_FIT as error:
            kept.unfit.append(domain_id)
            note_problem(resource, domain_id, str(error).partition("\n")[0])
    return kept


@transaction.atomic
def keep(resource: Resource, answers: Mapping[int, Answer], *, read_at: datetime) -> int:
    """
    Write what was read of one resource of some customers, and when.

    An answer older than what the cache already holds is dropped: two readers may overlap, and the later question
    wins, not the later answer.

    Args:
        resource: what was read.
        answers: by domainId.
        read_at: when the first of the calls was made; ages are counted from it, so they never flatter.

    Returns:
        How many rows moved.
    """
    _ensure(resource.name, answers)
    locked = Reading.objects.select_for_update().filter(resource=resource.name, domain_id__in=answers)
    current = [
        reading.domain_id
        for reading in locked.order_by("domain_id")
        if reading.read_at is None or reading.read_at <= read_at
    ]
    moved = resource.store({domain_id: answers[domain_id] for domain_id in current}, read_at)
    Reading.objects.filter(resource=resource.name, domain_id__in=current).update(
        read_at=read_at, tried_at=now(), problem="", is_current=True
    )
    for domain_id in current:
        if answers[domain_id].malformed:
            note_problem(resource, domain_id, "; ".join(answers[domain_id].malformed))
    return moved


def expect(domain_ids: Collection[int]) -> None:
    """Note that these customers have resources to be read, so that the ones never read count as the stalest."""
    for resource in RESOURCES.of_every_customer():
        _ensure(resource.name, domain_ids)


def retire(domain_ids: Collection[int]) -> None:
    """Note that these customers are gone, so that nobody reads them again."""
    Reading.objects.filter(domain_id__in=domain_ids).update(is_current=False)


def note_problem(resource: Resource, domain_id: int, problem: str) -> None:
    """Keep why a resource could not be read, or not wholly; what the cache holds stays as it was."""
    _ensure(resource.name, [domain_id])
    Reading.objects.filter(resource=resource.name, domain_id=domain_id).update(tried_at=now(), problem=problem[:1000])


def _ensure(resource: str, domain_ids: Collection[int]) -> None:
    known = set(
        Reading.objects.filter(resource=resource, domain_id__in=list(domain_ids)).values_list("domain_id", flat=True)
    )
    Reading.objects.bulk_create(
        [Reading(domain_id=domain_id, resource=resource) for domain_id in sorted(set(domain_ids) - known)],
        ignore_conflicts=True,
    )
