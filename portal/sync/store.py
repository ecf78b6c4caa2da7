"""Cache writer: the only way into the cache tables."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog
from django.db import DataError, IntegrityError, transaction
from django.db.models import Case, F, Q, When

from portal.core.clock import business_today, now
from portal.sync.changes import observe
from portal.sync.models import Reading
from portal.sync.resources import CUSTOMER, PARTNER, RESOURCES, Answer, Resource
from portal.sync.upsert import write_columns
from portal.vendor.problems import ProblemText, trouble_of

log = structlog.get_logger(__name__)

# A record can be well formed and still not fit: a number beyond 64 bits, say, or a customer without any name.
DOES_NOT_FIT = (DataError, IntegrityError)


@dataclass
class SaveResult:
    """Result of storing answers: number of rows changed, and customers whose answers do not fit the tables."""

    moved: int = 0
    unfit: list[int] = field(default_factory=list)


def keep_what_fits(resource: Resource, answers: Mapping[int, Answer], *, read_at: datetime) -> SaveResult:
    """Store answers in bulk; if one does not fit, record the problem and store the others one by one."""
    try:
        return SaveResult(keep(resource, answers, read_at=read_at))
    except DOES_NOT_FIT:
        log.warning("an answer does not fit, keeping the others one by one", resource=resource.name)
    kept = SaveResult()
    for domain_id, answer in answers.items():
        try:
            kept.moved += keep(resource, {domain_id: answer}, read_at=read_at)
        except DOES_NOT_FIT as error:
            kept.unfit.append(domain_id)
            note_problem(resource, domain_id, misfit(error), period=answer.period)
    return kept


def misfit(error: Exception) -> ProblemText:
    """Return the problem of an answer that does not fit the tables."""
    return ProblemText.called("unfit", str(error).partition("\n")[0])


@transaction.atomic
def keep(resource: Resource, answers: Mapping[int, Answer], *, read_at: datetime) -> int:
    """
    Write what was read of one resource of some customers, and when.

    An answer older than what the cache already holds is dropped: two readers may overlap, and the later question
    wins, not the later answer. One that is the same as the last, to the byte, writes nothing but its time; it need not
    even bring its records.

    Args:
        resource: what was read.
        answers: by domainId; all of the same period.
        read_at: when the first of the calls was made; ages are counted from it, so they never flatter. An answer of
            which something could not be understood makes nothing younger that had been read before.

    Returns:
        How many rows moved, those of the parts before among them.
    """
    if not answers:
        return 0
    period = next(iter(answers.values())).period
    readings = {
        domain_id: reading
        for domain_id, reading in _no_later(resource, answers, period, read_at).items()
        if _says_something(reading, answers[domain_id])
    }
    changed = {
        domain_id: answers[domain_id]
        for domain_id, reading in readings.items()
        if not _is_the_same(reading, answers[domain_id])
    }
    changes = resource.store(changed, read_at) if changed else ()
    observe(resource, changes, readings, read_at=read_at, period=period)
    _want_what_is_read_by(resource, {change.domain_id for change in changes})
    _note(resource, readings, answers, changed, read_at)
    return len(changes) + sum(answer.moved for answer in answers.values())


@transaction.atomic
def keep_part(resource: Resource, part: Answer, *, read_at: datetime) -> int:
    """
    Store one part of a large answer about the partner, so that it need not fit in memory.

    What is gone, and how old the whole is, is for `keep` to say of the last part. Should that never come, the cache no
    longer holds what the last whole reading brought; so its digest is forgotten with the first row that moves.

    Args:
        resource: what is being read.
        part: some of its records.
        read_at: when the reading began.

    Returns:
        How many rows moved.
    """
    readings = _no_later(resource, [PARTNER], part.period, read_at)
    if not readings:
        return 0
    changes = resource.store({PARTNER: replace(part, is_part=True)}, read_at)
    observe(resource, changes, readings, read_at=read_at, period=part.period)
    if changes:
        Reading.objects.filter(pk=readings[PARTNER].pk).update(digest=b"")
    return len(changes)


def expect(domain_ids: Collection[int], resources: Iterable[Resource] | None = None) -> None:
    """
    Note that these customers have resources to be read, so that the ones never read count as the stalest.

    What had been retired is read again: the customer is back.
    """
    today = business_today()
    wanted = {
        (domain_id, resource.name, period)
        for resource in (RESOURCES.of_every_customer() if resources is None else resources)
        for period in resource.periods(today)
        for domain_id in domain_ids
    }
    known = Reading.objects.filter(domain_id__in=domain_ids, resource__in={name for _id, name, _period in wanted})
    known_as = {
        (domain_id, name, period): (pk, is_current)
        for pk, domain_id, name, period, is_current in known.values_list(
            "pk", "domain_id", "resource", "period", "is_current"
        )
    }
    _add(wanted - known_as.keys())
    back = [pk for key, (pk, is_current) in known_as.items() if key in wanted and not is_current]
    if back:
        Reading.objects.filter(pk__in=back).update_in_order(is_current=True)


def want_period(domain_ids: Collection[int], resource: Resource, period: str) -> int:
    """
    Request one read of a period that the calendar no longer asks for; background reads take it, and then it is over.

    Returns:
        How many readings are wanted now: none of customers that are gone.
    """
    gone = Reading.objects.filter(domain_id__in=domain_ids, resource=CUSTOMER, is_current=False)
    here = set(domain_ids) - set(gone.values_list("domain_id", flat=True))
    _add((domain_id, resource.name, period) for domain_id in here)
    wanted = Reading.objects.filter(domain_id__in=here, resource=resource.name, period=period)
    return wanted.update_in_order(wanted_at=now(), wanted_by_id=None, is_current=True)


def retire(domain_ids: Collection[int]) -> None:
    """Mark the readings of deleted customers as not current, so that they are not read again."""
    Reading.objects.filter(domain_id__in=domain_ids).update_in_order(is_current=False)


def follow_calendar() -> None:
    """Expect what belongs to the partner itself, and let go of the months and years that need no more reading."""
    today = business_today()
    expect([PARTNER], RESOURCES.of_partner())
    over = Q(pk=None)
    for resource in RESOURCES:
        over |= Q(resource=resource.name) & ~Q(period__in=resource.periods(today))
    # What somebody has asked for is read first.
    nobody_waits = Q(wanted_at=None) | Q(tried_at__gte=F("wanted_at"))
    Reading.objects.filter(over, nobody_waits, is_current=True).update_in_order(is_current=False)


def note_problem(resource: Resource, domain_id: int, problem: str, *, period: str = "") -> None:
    """Keep why a resource could not be read, or not wholly; what the cache holds stays as it was."""
    _ensure(resource.name, domain_id, period)
    Reading.objects.filter(resource=resource.name, domain_id=domain_id, period=period).update(
        tried_at=now(), problem=problem[:1000], trouble=trouble_of(problem)
    )


def _want_what_is_read_by(resource: Resource, domain_ids: Collection[int]) -> None:
    """Request reads of child resources whose parts may have changed, if they were read before."""
    names = [each.name for each in RESOURCES if each.after == resource.name]
    if names and domain_ids:
        known = Reading.objects.filter(domain_id__in=domain_ids, resource__in=names, is_current=True)
        known.exclude(read_at=None).update_in_order(wanted_at=now())


def _no_later(resource: Resource, domain_ids: Collection[int], period: str, read_at: datetime) -> dict[int, Reading]:
    """Lock the readings, and answer by customer those that were not made since."""
    locked = _locked(resource.name, domain_ids, period)
    return {reading.domain_id: reading for reading in locked if reading.read_at is None or reading.read_at <= read_at}


def _locked(resource: str, domain_ids: Collection[int], period: str) -> list[Reading]:
    """Lock the readings, always in the same order to avoid deadlocks."""
    wanted = (
        Reading.objects.select_for_update()
        .filter(resource=resource, domain_id__in=list(domain_ids), period=period)
        .order_by("domain_id")
    )
    locked = list(wanted)
    missing = set(domain_ids) - {reading.domain_id for reading in locked}
    if not missing:
        return locked
    _add((domain_id, resource, period) for domain_id in missing)
    return list(wanted.all())


def _says_something(reading: Reading, answer: Answer) -> bool:
    """Return whether an answer can be stored: one without records needs an unchanged digest."""
    return not answer.is_known or _is_the_same(reading, answer)


def _is_the_same(reading: Reading, answer: Answer) -> bool:
    return bool(answer.digest) and bytes(reading.digest) == answer.digest and reading.read_at is not None


def _note(
    resource: Resource,
    readings: Mapping[int, Reading],
    answers: Mapping[int, Answer],
    changed: Collection[int],
    read_at: datetime,
) -> None:
    """
    Note when the readings were made, and where the records moved, what they say of days to come.

    All times are those of the question: what somebody asked for since is still to be read.
    """
    times = {"read_at": read_at, "read_on": business_today(), "tried_at": read_at, "problem": "", "is_current": True}
    partly = [reading for domain_id, reading in readings.items() if answers[domain_id].malformed]
    ages = {
        reading.pk: {"read_at": reading.read_at, "read_on": reading.read_on} for reading in partly if reading.read_at
    }
    moved = {
        domain_id: reading
        for domain_id, reading in readings.items()
        if _take_contents(reading, resource, answers[domain_id], is_changed=domain_id in changed)
    }
    stayed = [reading.pk for domain_id, reading in readings.items() if domain_id not in moved]
    if stayed:
        still_wanted = Case(When(wanted_at__gt=read_at, then=F("wanted_at")), default=None)
        Reading.objects.filter(pk__in=stayed).update(**times, wanted_at=still_wanted)
    for reading in moved.values():
        for name, value in times.items():
            setattr(reading, name, value)
        reading.wanted_at = reading.wanted_at if reading.wanted_at and reading.wanted_at > read_at else None
    write_columns(list(moved.values()), [*times, "wanted_at", "digest", "next_event", "last_event"])
    for reading in partly:
        answer = answers[reading.domain_id]
        problem = ProblemText.called("records", "; ".join(answer.malformed))
        note_problem(resource, reading.domain_id, problem, period=answer.period)
        if reading.pk in ages:
            # What could not be understood still stands there as it was read before, so it all counts as that old.
            Reading.objects.filter(pk=reading.pk).update(**ages[reading.pk])


def _take_contents(reading: Reading, resource: Resource, answer: Answer, *, is_changed: bool) -> bool:
    """Take over what an answer says of days to come; records that stayed the same do so once such a day has come."""
    today = business_today()
    came = reading.next_event is not None and reading.next_event <= today
    # This read was planned before midnight without records; wait for the next.
    if answer.is_known or not (came or is_changed):
        return False
    contents = (
        answer.digest if answer.is_complete else b"",
        resource.next_event(answer.records, today),
        reading.next_event if came else reading.last_event,
    )
    if contents == (bytes(reading.digest), reading.next_event, reading.last_event):
        return False
    reading.digest, reading.next_event, reading.last_event = contents
    return True


def _ensure(resource: str, domain_id: int, period: str) -> None:
    if not Reading.objects.filter(resource=resource, domain_id=domain_id, period=period).exists():
        _add([(domain_id, resource, period)])


def _add(keys: Iterable[tuple[int, str, str]]) -> None:
    """Add readings; another process may be adding the same."""
    Reading.objects.bulk_create(
        [Reading(domain_id=domain_id, resource=name, period=period) for domain_id, name, period in sorted(keys)],
        ignore_conflicts=True,
    )
