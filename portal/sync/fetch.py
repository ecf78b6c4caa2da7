"""Read from LINE WORKS and store the answers. No transaction is open during a call."""

import hashlib
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from http import HTTPStatus

import structlog
from redis.exceptions import RedisError

from portal.core.clock import business_today, now
from portal.sync.resources import CUSTOMER, RESOURCES, Answer, Resource, Target
from portal.sync.retry import TRIES_OF_A_READ
from portal.sync.schema_drift import Surprises
from portal.sync.store import keep_what_fits, note_problem
from portal.vendor.client import Exchange, NoClearAnswer, NotSent, Record, Refused
from portal.vendor.connection.api import budget, partner_api
from portal.vendor.problems import told
from portal.vendor.ratelimit import NoCapacity, Priority

log = structlog.get_logger(__name__)

# No clear answer came, or the question did not even get there.
SILENT = (NotSent, NoClearAnswer)

# What was gathered for less time is not kept by itself: a write costs as much for one customer as for many.
WORTH_KEEPING_SECONDS = 5.0

# What of a customer's resource is to be read.
TargetsOf = Callable[[Resource, int], Sequence[Target]]


class _Known(Exception):
    """What has just come is what the cache holds; there is no need to make records of it."""


class Vendor:
    """
    LINE WORKS, asked through one lane by one thread.

    It remembers what was sent, so that the same again is recognised, and what was new to the contract.
    """

    def __init__(self, lane: Priority) -> None:
        self.surprises = Surprises()
        self.api = partner_api(lane, on_exchange=self._hear, on_surprise=self.surprises.add)
        self._heard = hashlib.blake2b(digest_size=16)
        self._known = b""

    def read(self, resource: Resource, target: Target) -> Answer:
        """Read once, and answer with the digest of all that was asked for and sent."""
        self._heard = hashlib.blake2b(repr(target.parts).encode(), digest_size=16)
        # Of several parts some may answer that there is nothing, which leaves no trace in the digest.
        self._known = b"" if target.parts else target.known
        try:
            answer = resource.read(self.api, target)
        except _Known:
            return Answer((), period=target.period, digest=target.known, is_known=True)
        finally:
            self._known = b""
        return replace(answer, period=target.period, digest=self._heard.digest())

    def answers(self) -> bool:
        """Ask it for something else: whether it is there at all, where one of its operations is silent."""
        try:
            self.api.customers.list_customers(count=1)
        except Refused:
            return True
        except (*SILENT, NoCapacity) as error:
            log.info("the vendor is silent altogether", problem=str(error))
            return False
        return True

    def must_wait(self, operation: str) -> bool:
        """Whether a sweep's share of an operation is used up, so that the next call may wait for a whole window."""
        try:
            use = budget().use(operation)
        except RedisError:
            return False  # the next call finds that out, and says so
        return use.sweep >= max(use.limit // 2, 1) or use.sweep + use.people + use.others >= use.limit

    def _hear(self, exchange: Exchange) -> None:
        if exchange.status == HTTPStatus.OK:
            self._heard.update(exchange.digest)
            if self._known == self._heard.digest():
                raise _Known


@dataclass
class Outcome:
    """Result of a batch of reads, and the targets that were not read because LINE WORKS was unreachable."""

    done: int = 0
    failed: int = 0
    moved: int = 0
    not_reached: str = ""
    retry_after: float | None = None
    untried: Sequence[Target] = field(default=())


def read_one(vendor: Vendor, resource: Resource, target: Target) -> Answer:
    """
    Read one resource of one customer; without a clear answer it is asked again, as reading changes nothing.

    Raises:
        Refused: LINE WORKS says no.
        NotSent: LINE WORKS cannot be reached, or turns the call away.
        NoClearAnswer: it was reached and made no sense, three times over.
    """
    for _again in range(0 if resource.patient else TRIES_OF_A_READ - 1):
        try:
            return vendor.read(resource, target)
        except SILENT as error:
            log.info("a read got no clear answer, asking again", resource=resource.name, problem=str(error))
    return vendor.read(resource, target)


def read_some(
    vendor: Vendor,
    resource: Resource,
    targets: Sequence[Target],
    *,
    seconds: float = math.inf,
    is_there: Callable[[], bool] = lambda: False,
    must_wait: Callable[[str], bool] = lambda _operation: False,
) -> Outcome:
    """
    Read one resource of some customers, and keep all answers in one bulk write a period.

    One bad customer does not stop the rest. When LINE WORKS cannot be reached at all the reading ends early: what was
    read by then is kept, and the others remain untried.

    Args:
        vendor: whom to ask.
        resource: what to read.
        targets: customers and periods to read.
        seconds: after this time no further target is begun.
        is_there: asked when one read stays without a clear answer: whether LINE WORKS answers other questions. Then
            that is the trouble of this read alone.
        must_wait: asked before a read of an operation; what has been read is not held back while the next one waits.
    """
    outcome = Outcome()
    answers: dict[str, dict[int, Answer]] = {}
    read_at, began, is_known_to_be_there = now(), time.monotonic(), False
    for position, target in enumerate(targets):
        took = time.monotonic() - began
        # Read at least one, so that repeated calls make progress.
        if position and (took > seconds or (took > WORTH_KEEPING_SECONDS and must_wait(resource.operation))):
            outcome.untried = targets[position:]
            break
        try:
            answers.setdefault(target.period, {})[target.domain_id] = read_one(vendor, resource, target)
            continue
        except NoCapacity as error:
            outcome.not_reached = told(error)
        except Refused as error:
            _note_failure(outcome, resource, target, error)
            continue
        except SILENT as error:
            is_known_to_be_there = is_known_to_be_there or is_there()
            if is_known_to_be_there:
                _note_failure(outcome, resource, target, error)
                continue
            outcome.not_reached = told(error)
            outcome.retry_after = getattr(error, "retry_after", None)
        outcome.untried = targets[position:]
        break
    _keep(outcome, resource, answers, read_at)
    vendor.surprises.keep()
    return outcome


def read_customer(
    vendor: Vendor,
    domain_id: int,
    resources: Iterable[Resource],
    *,
    targets_of: TargetsOf | None = None,
) -> Outcome:
    """
    Read several resources of one customer while a person waits.

    Unlike in a sweep, which comes again by itself, a vendor that cannot be reached is noted where the person looks,
    and is not asked for the rest.

    Args:
        vendor: whom to ask.
        domain_id: the customer.
        resources: what to read.
        targets_of: what of a resource; all that there is, unless told otherwise.
    """
    total = Outcome()
    for resource in in_order(resources):
        targets = (targets_of or all_targets)(resource, domain_id)
        outcome = Outcome(not_reached=total.not_reached, untried=targets)
        if not total.not_reached:
            outcome = read_some(vendor, resource, targets)
        total.done += outcome.done
        total.failed += outcome.failed
        total.moved += outcome.moved
        total.not_reached = total.not_reached or outcome.not_reached
        for target in outcome.untried:
            note_problem(resource, domain_id, total.not_reached, period=target.period)
    return total


def all_targets(
    resource: Resource, domain_id: int, *, told_by: Mapping[Resource, Iterable[Record]] | None = None
) -> list[Target]:
    """
    Return what there is to read of one customer's resource now: one target, or one for each period.

    Args:
        resource: what is to be read.
        domain_id: the customer.
        told_by: records that came just now; a resource that is read by parts takes them from there rather than from
            the cache.
    """
    parts: tuple[object, ...] = ()
    if resource.parts and resource.parts_of:
        parent = (told_by or {}).get(RESOURCES[resource.after])
        if parent is None:
            parts = tuple(resource.parts([domain_id]).get(domain_id, ()))
        else:
            parts = resource.parts_of(list(parent))
    return [Target(domain_id, period, parts) for period in resource.periods(business_today())]


def in_order(resources: Iterable[Resource]) -> list[Resource]:
    """
    Return resources so that each comes after the one that tells by which parts it is read.

    The customer comes first, in whatever order the apps declare: every other row points to its row.
    """
    return sorted(resources, key=lambda resource: (resource.name != CUSTOMER, bool(resource.after)))


def _note_failure(outcome: Outcome, resource: Resource, target: Target, error: Exception) -> None:
    note_problem(resource, target.domain_id, told(error), period=target.period)
    outcome.failed += 1


def _keep(outcome: Outcome, resource: Resource, answers: Mapping[str, Mapping[int, Answer]], read_at: datetime) -> None:
    for by_customer in answers.values():
        kept = keep_what_fits(resource, by_customer, read_at=read_at)
        outcome.moved += kept.moved
        outcome.failed += len(kept.unfit)
        outcome.done += len(by_customer) - len(kept.unfit)
