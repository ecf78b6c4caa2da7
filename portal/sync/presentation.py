"""What the Sync page shows. Reads, decides nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db.models import Count, F, Min, Q
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from portal.core.clock import business_today, now
from portal.sync import scheduler
from portal.sync.customer_names import names_of
from portal.sync.freshness import BOUND, bound_of, overdue
from portal.sync.history import resource_title
from portal.sync.models import DetectedChange, Reading, SchemaDrift, SyncRun
from portal.sync.resources import PARTNER, RESOURCES, Resource
from portal.vendor.connection.api import budget

log = structlog.get_logger(__name__)

LATEST_RUNS = 10
LATEST_PROBLEMS = 30
LATEST_NOVELTIES = 20
# "Changed outside Partnerdesk" is counted over this long.
LATELY = timedelta(days=1)
LISTING = "listCustomers"


@dataclass(frozen=True)
class Pace:
    """
    How fast a run goes.

    Args:
        reads_a_minute: so far, over all resources; None before anything was read.
        is_late: whether it will end later than was stated at the start, by more than a tenth of its length.
    """

    reads_a_minute: int | None
    is_late: bool


@dataclass(frozen=True)
class OldestAge:
    """
    How old the oldest part of a resource is, over all customers.

    Args:
        title: of the resource.
        oldest: when that was read; None if nothing was.
        bound: the age that is still fresh.
        readings: how many there are.
        unread: how many were never read.
        old: how many are past the bound.
    """

    title: str
    oldest: datetime | None
    bound: timedelta
    readings: int
    unread: int
    old: int

    @property
    def is_past(self) -> bool:
        """Whether somebody has to look."""
        return bool(self.old or self.unread)

    @property
    def percent(self) -> int:
        """The age as a part of its bound, 100 at most."""
        if self.oldest is None:
            return 100 if self.readings else 0
        return min(int((now() - self.oldest) / self.bound * 100), 100)

    @property
    def bound_differs(self) -> bool:
        """Whether its bound is another than that of most resources."""
        return self.bound != BOUND


@dataclass(frozen=True)
class Trouble:
    """What could not be read of one customer. ``name`` is empty for one that the cache does not hold."""

    domain_id: int
    name: str
    readings: list[tuple[str, Reading]]

    @property
    def is_of_partner(self) -> bool:
        """Whether it is about the partner itself."""
        return self.domain_id == PARTNER


def moving() -> dict[str, Any]:
    """Return what moves while the page is open: the run, and the calls against the budget."""
    run = SyncRun.objects.filter(state=SyncRun.State.RUNNING).first()
    return {
        "run": run,
        "pace": pace_of(run) if run else None,
        "reads": resource_title(run.resource) if run and run.resource else "",
        "calls": calls(),
        "resources": [(resource.name, resource.title) for resource in RESOURCES],
        "today": business_today(),
    }


def figures() -> dict[str, Any]:
    """Return what moves slowly: ages, needs, what was set aside, what is new at LINE WORKS, and the latest runs."""
    problems = Reading.objects.filter(is_current=True).exclude(problem="")
    return {
        "ages": oldest_ages(),
        "bound": BOUND,
        "needs": needs(),
        "troubles": troubles(list(problems.order_by("-tried_at")[:LATEST_PROBLEMS])),
        "problem_count": problems.count(),
        "novelties": SchemaDrift.objects.all()[:LATEST_NOVELTIES],
        "novelty_count": SchemaDrift.objects.count(),
        "runs": SyncRun.objects.all()[:LATEST_RUNS],
        "today": business_today(),
    }


def changed_outside() -> int:
    """Return how many changes of the last day nothing here explains."""
    lately = DetectedChange.objects.filter(cause=DetectedChange.Cause.OUTSIDE, found_at__gte=now() - LATELY)
    return lately.count()


def pace_of(run: SyncRun) -> Pace:
    """Return how fast a run goes, and whether it keeps to what was stated at its start."""
    if not run.reads_done:
        return Pace(None, is_late=False)
    # Reads are made while the listing is, too.
    minutes = (run.worked_at - run.started_at) / timedelta(minutes=1)
    expected, stated = run.finish_expected_at, run.finish_stated_at
    late = bool(expected and stated and expected - stated > (stated - run.started_at) / 10)
    return Pace(round(run.reads_done / minutes) if minutes > 0 else None, is_late=late)


def calls() -> list[tuple[str, Any]] | None:
    """Return the use of the call limit by type of data; None when Redis does not answer."""
    titles = {LISTING: _("Customer list")}
    for resource in RESOURCES:
        titles.setdefault(resource.operation, str(resource.title))
    try:
        return [(title, budget().use(operation)) for operation, title in titles.items()]
    except RedisError as error:
        log.warning("the call budget cannot be asked", problem=str(error))
        return None


def oldest_ages() -> list[OldestAge]:
    """Return the oldest age of each resource, over all that is still read; of several periods the most overdue."""
    moment = now()
    found: dict[str, list[dict[str, Any]]] = {}
    for row in _by_period(moment):
        found.setdefault(row["resource"], []).append(row)
    return [_oldest_age(resource, found.get(resource.name, []), moment) for resource in RESOURCES]


def _by_period(moment: datetime) -> Iterable[dict[str, Any]]:
    today, old = business_today(), Q()
    for resource in RESOURCES:
        for period in resource.periods(today):
            old |= Q(resource=resource.name, period=period, read_at__lt=moment - bound_of(resource, period, moment))
    current = Reading.objects.filter(is_current=True).values("resource", "period")
    counts: Iterable[Any] = current.annotate(
        oldest=Min("read_at"),
        readings=Count("pk"),
        unread=Count("pk", filter=Q(read_at=None)),
        old=Count("pk", filter=old),
    )
    return counts


def _oldest_age(resource: Resource, rows: list[dict[str, Any]], moment: datetime) -> OldestAge:
    """One that was never read says nothing of the age of the others; it is counted."""
    read = [row for row in rows if row["oldest"]]
    worst = max(read, key=lambda row: overdue(resource, row["period"], row["oldest"], moment), default=None)
    period = worst["period"] if worst else next(iter(resource.periods(business_today())), None)
    return OldestAge(
        title=str(resource.title),
        oldest=worst["oldest"] if worst else None,
        bound=bound_of(resource, period, moment),
        readings=sum(row["readings"] for row in rows),
        unread=sum(row["unread"] for row in rows),
        old=sum(row["old"] for row in rows),
    )


def needs() -> Mapping[str, int]:
    """Return how many readings wait, by why they are needed."""
    waiting = Q(tried_at=None) | Q(tried_at__lt=F("wanted_at"))
    return Reading.objects.filter(is_current=True).aggregate(
        wanted=Count("pk", filter=Q(wanted_at__isnull=False) & waiting),
        near=Count("domain_id", filter=Q(next_event__lte=business_today() + scheduler.NEAR), distinct=True),
        never=Count("pk", filter=Q(read_at=None)),
    )


def troubles(readings: list[Reading]) -> list[Trouble]:
    """Return readings with a problem by customer, in the order in which they come."""
    names = names_of({reading.domain_id for reading in readings} - {PARTNER})
    by_customer: dict[int, list[tuple[str, Reading]]] = {}
    for reading in readings:
        by_customer.setdefault(reading.domain_id, []).append((resource_title(reading.resource), reading))
    return [Trouble(domain_id, names.get(domain_id, ""), found) for domain_id, found in by_customer.items()]
