"""The only way into the cache tables."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import structlog
from django.db import DataError, IntegrityError, transaction

from portal.clock import business_today, now
from portal.sync.models import Reading
from portal.sync.observing import observe
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
            note_problem(resource, domain_id, str(error).partition("\n")[0], period=answer.period)
    return kept


@transaction.atomic
def keep(resource: Resource, answers: Mapping[int, Answer], *, read_at: datetime) -> int:
    """
    Write what was read of one resource of some customers, and when.

    An answer older than what the cache already holds is dropped: two readers may overlap, and the later question
    wins, not the later answer. One that is the same as the last, to the byte, writes nothing but its time.

    Args:
        resource: what was read.
        answers: by domainId; all of the same period.
        read_at: when the first of the calls was made; ages are counted from it, so they never flatter.

    Returns:
        How many rows moved.
    """
    if not answers:
        return 0
    period = next(iter(answers.values())).period
    readings = {
        reading.domain_id: reading
        for reading in _locked(resource.name, answers, period)
        if reading.read_at is None or reading.read_at <= read_at
    }
    changed = {
        domain_id: answers[domain_id]
        for domain_id, reading in readings.items()
        if not _is_the_same(reading, answers[domain_id])
    }
    changes = resource.store(changed, read_at) if changed else ()
    observe(resource, changes, readings, read_at=read_at, period=period)
    _note_times(resource, readings, answers, read_at)
    _note_contents(resource, readings, answers, changed)
    return len(changes)


def expect(domain_ids: Collection[int], resources: Iterable[Resource] | None = None) -> None:
    """Note that these customers have resources to be read, so that the ones never read count as the stalest."""
    today = business_today()
    for resource in RESOURCES.of_every_customer() if resources is None else resources:
        for period in resource.periods(today):
            _ensure(resource.name, domain_ids, period)


def retire(domain_ids: Collection[int]) -> None:
    """Note that these customers are gone, so that nobody reads them again."""
    Reading.objects.filter(domain_id__in=domain_ids).update(is_current=False)


def note_problem(resource: Resource, domain_id: int, problem: str, *, period: str = "") -> None:
    """Keep why a resource could not be read, or not wholly; what the cache holds stays as it was."""
    _ensure(resource.name, [domain_id], period)
    Reading.objects.filter(resource=resource.name, domain_id=domain_id, period=period).update(
        tried_at=now(), problem=problem[:1000]
    )


def _locked(resource: str, domain_ids: Collection[int], period: str) -> list[Reading]:
    """Lock the readings, always in the same order, so that two keepers wait for each other instead of in a ring."""
    wanted = Reading.objects.select_for_update().filter(
        resource=resource, domain_id__in=list(domain_ids), period=period
    )
    locked = list(wanted.order_by("domain_id"))
    if len(locked) == len(domain_ids):
        return locked
    _ensure(resource, domain_ids, period)
    return list(wanted.all())


def _is_the_same(reading: Reading, answer: Answer) -> bool:
    return bool(answer.digest) and bytes(reading.digest) == answer.digest and reading.read_at is not None


def _note_times(
    resource: Resource, readings: Mapping[int, Reading], answers: Mapping[int, Answer], read_at: datetime
) -> None:
    Reading.objects.filter(pk__in=[reading.pk for reading in readings.values()]).update(
        read_at=read_at, read_on=business_today(), tried_at=now(), problem="", is_current=True
    )
    for domain_id in readings:
        if answers[domain_id].malformed:
            problem = "; ".join(answers[domain_id].malformed)
            note_problem(resource, domain_id, problem, period=answers[domain_id].period)


def _note_contents(
    resource: Resource, readings: Mapping[int, Reading], answers: Mapping[int, Answer], changed: Collection[int]
) -> None:
    """Note what the records say of days to come, where they changed or such a day has passed."""
    today = business_today()
    moved = []
    for domain_id, reading in readings.items():
        answer = answers[domain_id]
        if domain_id not in changed and not _has_passed(reading.next_event, today):
            continue
        if _has_passed(reading.next_event, today, inclusive=True):
            reading.last_event = reading.next_event
        reading.next_event = resource.next_event(answer.records, today)
        reading.digest = answer.digest if answer.whole else b""
        moved.append(reading)
    if moved:
        Reading.objects.bulk_update(moved, ["digest", "next_event", "last_event"])


def _has_passed(day: date | None, today: date, *, inclusive: bool = False) -> bool:
    return day is not None and (day <= today if inclusive else day < today)


def _ensure(resource: str, domain_ids: Collection[int], period: str) -> None:
    known = set(
        Reading.objects.filter(resource=resource, domain_id__in=list(domain_ids), period=period).values_list(
            "domain_id", flat=True
        )
    )
    Reading.objects.bulk_create(
        [
            Reading(domain_id=domain_id, resource=resource, period=period)
            for domain_id in sorted(set(domain_ids) - known)
        ],
        ignore_conflicts=True,
    )
