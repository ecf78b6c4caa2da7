"""Asks the vendor, and hands the answers to the cache. No transaction is open while a call is under way."""

import hashlib
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus

import structlog

from portal.access.vendor import partner_api
from portal.clock import business_today, now
from portal.pace import Lane, NoBudget
from portal.partner_api import Exchange, NoClearAnswer, NotSent, Refused
from portal.sync.keeping import keep_what_fits, note_problem
from portal.sync.resources import RESOURCES, Answer, Resource, Target

log = structlog.get_logger(__name__)

TRIES_OF_A_READ = 3


class Vendor:
    """The vendor, asked through one lane; remembers what it sent, so that the same again is recognised."""

    def __init__(self, lane: Lane) -> None:
        self.api = partner_api(lane, on_exchange=self._hear)
        self._heard = hashlib.blake2b(digest_size=16)

    def read(self, resource: Resource, target: Target) -> Answer:
        """Read once, and answer with the digest of all that was sent."""
        self._heard = hashlib.blake2b(digest_size=16)
        answer = resource.read(self.api, target)
        return replace(answer, period=target.period, digest=self._heard.digest())

    def _hear(self, exchange: Exchange) -> None:
        if exchange.status == HTTPStatus.OK:
            self._heard.update(exchange.digest)


@dataclass
class Outcome:
    """What came of some reads, and of which targets nothing came because the vendor was not reached."""

    done: int = 0
    failed: int = 0
    moved: int = 0
    not_reached: str = ""
    retry_after: float | None = None
    untried: Sequence[Target] = field(default=())


def read_one(vendor: Vendor, resource: Resource, target: Target) -> Answer:
    """
    Read one resource of one customer; a read that gets no clear answer is repeated, as reading changes nothing.

    Raises:
        Refused: the vendor says no.
        NotSent: the vendor cannot be reached.
        NoClearAnswer: it was reached and made no sense, three times over.
    """
    for _again in range(TRIES_OF_A_READ - 1):
        try:
            return vendor.read(resource, target)
        except NoClearAnswer as error:
            log.info("a read got no clear answer, asking again", resource=resource.name, problem=str(error))
    return vendor.read(resource, target)


def read_some(vendor: Vendor, resource: Resource, targets: Sequence[Target], *, seconds: float = math.inf) -> Outcome:
    """
    Read one resource of some customers, and keep all answers in one bulk write a period.

    One bad customer does not stop the rest. When the vendor cannot be reached at all the reading ends early: what was
    read by then is kept, and the others remain untried.

    Args:
        seconds: after this time no further target is begun.
    """
    outcome = Outcome()
    answers: dict[str, dict[int, Answer]] = {}
    read_at, until = now(), time.monotonic() + seconds
    for position, target in enumerate(targets):
        if time.monotonic() > until:
            outcome.untried = targets[position:]
            break
        try:
            answers.setdefault(target.period, {})[target.domain_id] = read_one(vendor, resource, target)
        except (Refused, NoClearAnswer) as error:
            note_problem(resource, target.domain_id, str(error), period=target.period)
            outcome.failed += 1
        except (NotSent, NoBudget) as error:
            outcome.not_reached = str(error)
            outcome.retry_after = getattr(error, "retry_after", None)
            outcome.untried = targets[position:]
            break
    for by_customer in answers.values():
        kept = keep_what_fits(resource, by_customer, read_at=read_at)
        outcome.moved += kept.moved
        outcome.failed += len(kept.unfit)
        outcome.done += len(by_customer) - len(kept.unfit)
    return outcome


def read_customer(vendor: Vendor, domain_id: int, resources: Iterable[Resource]) -> Outcome:
    """
    Read several resources of one customer, because somebody waits for it.

    Unlike in a sweep, which comes again by itself, a vendor that cannot be reached is noted where the person looks.
    """
    total = Outcome()
    for resource in in_order(resources):
        targets = targets_of(resource, domain_id)
        outcome = read_some(vendor, resource, targets)
        total.done += outcome.done
        total.failed += outcome.failed
        total.moved += outcome.moved
        total.not_reached = total.not_reached or outcome.not_reached
        for target in outcome.untried:
            note_problem(resource, domain_id, outcome.not_reached, period=target.period)
    return total


def targets_of(resource: Resource, domain_id: int, *, told_by: Mapping[Resource, Answer] | None = None) -> list[Target]:
    """
    Answer what there is to read of one customer's resource now: one target, or one for each period.

    Args:
        told_by: answers that came just now; a resource that is read by parts takes them from there rather than from
            the cache.
    """
    parts: tuple[object, ...] = ()
    if resource.parts and resource.parts_of:
        parent = (told_by or {}).get(RESOURCES[resource.after])
        parts = resource.parts_of(parent.records) if parent else resource.parts([domain_id]).get(domain_id, ())
    return [Target(domain_id, period, parts) for period in resource.periods(business_today())]


def in_order(resources: Iterable[Resource]) -> list[Resource]:
    """Answer resources so that each comes after the one that tells by which parts it is read."""
    return sorted(resources, key=lambda resource: bool(resource.after))
