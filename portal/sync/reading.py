"""Asks the vendor, and hands the answers to the cache. No transaction is open while a call is under way."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import structlog

from portal.clock import now
from portal.pace import NoBudget
from portal.partner_api import NoClearAnswer, NotSent, PartnerApi, Refused
from portal.sync.keeping import keep_what_fits, note_problem
from portal.sync.resources import RESOURCES, Answer, Resource

log = structlog.get_logger(__name__)

TRIES_OF_A_READ = 3


@dataclass
class Outcome:
    """What came of some reads."""

    done: int = 0
    failed: int = 0
    moved: int = 0
    not_reached: str = ""


def read_one(api: PartnerApi, resource: Resource, domain_id: int) -> Answer:
    """
    Read one resource of one customer; a read that gets no clear answer is repeated, as reading changes nothing.

    Raises:
        Refused: the vendor says no.
        NotSent: the vendor cannot be reached.
        NoClearAnswer: it was reached and made no sense, three times over.
    """
    for _again in range(TRIES_OF_A_READ - 1):
        try:
            return resource.read(api, domain_id)
        except NoClearAnswer as error:
            log.info("a read got no clear answer, asking again", resource=resource.name, problem=str(error))
    return resource.read(api, domain_id)


def read_batch(api: PartnerApi, wanted: Iterable[tuple[str, int]]) -> Outcome:
    """
    Read some resources and keep them, one bulk write a resource.

    One bad customer does not stop the rest. When the vendor cannot be reached at all the batch ends early: what
    was read by then is kept, and the others remain untried.

    Args:
        wanted: names of resources and domainIds.
    """
    outcome = Outcome()
    answers: dict[str, dict[int, Answer]] = {}
    read_at = now()
    for name, domain_id in wanted:
        try:
            answers.setdefault(name, {})[domain_id] = read_one(api, RESOURCES[name], domain_id)
        except (Refused, NoClearAnswer) as error:
            note_problem(RESOURCES[name], domain_id, str(error))
            outcome.failed += 1
        except (NotSent, NoBudget) as error:
            outcome.not_reached = str(error)
            break
    for name, by_customer in answers.items():
        kept = keep_what_fits(RESOURCES[name], by_customer, read_at=read_at)
        outcome.moved += kept.moved
        outcome.failed += len(kept.unfit)
        outcome.done += len(by_customer) - len(kept.unfit)
    return outcome


def read_customer(api: PartnerApi, domain_id: int, resources: Sequence[Resource]) -> Outcome:
    """
    Read several resources of one customer, because somebody waits for it.

    Unlike in a sweep, which comes again by itself, a vendor that cannot be reached is noted where the person looks.
    """
    outcome = read_batch(api, [(resource.name, domain_id) for resource in resources])
    if outcome.not_reached:
        for resource in resources[outcome.done + outcome.failed :]:
            note_problem(resource, domain_id, outcome.not_reached)
    return outcome
