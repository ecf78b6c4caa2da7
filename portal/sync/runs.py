"""
A resync of everything: first the whole listing of customers, then each customer's resources.

A run is a row, and what is left to do follows from the readings; so any worker can go on where another stopped, and
a lost queue message costs a few seconds.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q

from portal.access.vendor import NotConnected, partner_api
from portal.celery import app
from portal.clock import now
from portal.locks import held
from portal.pace import Lane, NoBudget
from portal.partner_api import NoClearAnswer, NotSent, PartnerApi, Refused
from portal.sync.keeping import expect
from portal.sync.models import Reading, ReadingQuerySet, SyncRun
from portal.sync.reading import Outcome, read_batch
from portal.sync.resources import RESOURCES

log = structlog.get_logger(__name__)

BATCH = 12
WORK_SECONDS = 20.0
EVERY = timedelta(minutes=60)
SILENT_AFTER = timedelta(seconds=45)
GIVE_UP_AFTER = 12
CUSTOMER = "customer"


@dataclass(frozen=True)
class Listing:
    """
    What came of reading the listing of customers to its end.

    Args:
        customers: how many there are.
        moved: how many rows moved.
        problem: which records could not be read; with any of these nobody was marked gone.
    """

    customers: int
    moved: int
    problem: str = ""


class Stopped(Exception):
    """Somebody has ended the run while it was at work."""


# Reads the whole listing into the cache: (api, since, after each page) → what came of it. The customers app, which
# knows the listing, puts itself here when it is ready.
Lister = Callable[[PartnerApi, datetime, Callable[[], None]], Listing]
_lister: list[Lister] = []


def list_customers_with(lister: Lister) -> None:
    """Say how the listing of customers is read."""
    _lister[:] = [lister]


def start(asked_by: str = "") -> SyncRun:
    """
    Start a run, or answer the one that is under way.

    Args:
        asked_by: the person's name; empty when the plan asks.
    """
    try:
        with transaction.atomic():
            run = SyncRun.objects.create(asked_by=asked_by)
    except IntegrityError:
        # The other may have ended since; then the next press of the button starts a new one.
        return SyncRun.objects.filter(state=SyncRun.State.RUNNING).first() or SyncRun.objects.all()[0]
    hand_over(run)
    return run


def stop(run: SyncRun) -> bool:
    """End a run where it stands; what was read is kept. Answer False if it had ended already."""
    return _end(run, SyncRun.State.STOPPED)


def hand_over(run: SyncRun, *, seconds: float = 0.0) -> None:
    """Have a worker go on with a run, once the present transaction is committed."""

    def enqueue() -> None:
        app.send_task("sync.work", args=(run.pk,), countdown=seconds or None)

    # A message that gets lost is made good by the plan, which finds a silent run.
    transaction.on_commit(enqueue, robust=True)


def due() -> SyncRun | None:
    """Answer the run that needs a worker now: one that has fallen silent, or a new one when the hour is up."""
    running = SyncRun.objects.filter(state=SyncRun.State.RUNNING).first()
    moment = now()
    if running:
        waiting = running.retry_at is not None and running.retry_at > moment
        silent = running.worked_at < moment - SILENT_AFTER
        return running if silent and not waiting else None
    latest = SyncRun.objects.first()
    if latest is None or latest.started_at < moment - EVERY:
        return start()
    return None


def work_on(run: SyncRun) -> None:
    """Go on with a run for a while, then hand it over; whoever else tries at the same time leaves at once."""
    with held("sync run", run.pk) as mine:
        run.refresh_from_db()
        if not (mine and run.is_running):
            return
        try:
            api = partner_api(Lane.SWEEP)
        except NotConnected as error:
            _wait(run, str(error))
            return
        if run.listed_at is None and not _list(run, api):
            return
        until = time.monotonic() + WORK_SECONDS
        while time.monotonic() < until:
            if not _read_some(run, api):
                return
        hand_over(run)


def _list(run: SyncRun, api: PartnerApi) -> bool:
    try:
        listing = _lister[0](api, run.started_at, lambda: _show_life(run))
    except Stopped:
        return False
    except (Refused, NotSent, NoClearAnswer, NoBudget) as error:
        _wait(run, str(error))
        return False
    expect(_listed_in(run))
    reads = _reads_of(run).count()
    SyncRun.objects.filter(pk=run.pk).update(
        listed_at=now(),
        worked_at=now(),
        customers=listing.customers,
        listing_problem=listing.problem,
        reads=reads,
        rows_moved=listing.moved,
        failures_in_a_row=0,
        problem="",
        retry_at=None,
        finish_stated_at=now() + expected_duration(listing.customers),
    )
    run.refresh_from_db()
    return run.is_running


def _show_life(run: SyncRun) -> None:
    """Say that the run is being worked on, so that nobody else takes it up; a listing can take half an hour."""
    if not SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.RUNNING).update(worked_at=now()):
        raise Stopped


def expected_duration(customers: int) -> timedelta:
    """
    Answer how long the reads of some customers take: each resource has a budget of its own, half of it for sweeps.

    The first window's share is free at once; after that the share of a window comes free with each window.
    """
    share = max(1, settings.PARTNER_RATE_LIMIT // 2)
    windows = math.ceil(customers / share) - 1
    return timedelta(seconds=max(windows, 0) * settings.PARTNER_RATE_WINDOW + 5)


def _read_some(run: SyncRun, api: PartnerApi) -> bool:
    """Read one batch; answer whether the run goes on at once."""
    wanted = _reads_of(run).untried_since(run.started_at).values_list("resource", "domain_id")[:BATCH]
    if not wanted:
        _finish(run)
        return False
    outcome = read_batch(api, wanted)
    _count(run, outcome)
    run.refresh_from_db()
    if outcome.not_reached:
        _wait(run, outcome.not_reached)
        return False
    return run.is_running


def _count(run: SyncRun, outcome: Outcome) -> None:
    recovered = {"failures_in_a_row": 0, "problem": "", "retry_at": None} if outcome.done or outcome.failed else {}
    tally = _reads_of(run).aggregate(
        reads=Count("pk"),
        done=Count("pk", filter=Q(tried_at__gte=run.started_at)),
        failed=Count("pk", filter=Q(tried_at__gte=run.started_at) & ~Q(problem="")),
    )
    SyncRun.objects.filter(pk=run.pk).update(
        reads=tally["reads"],
        reads_done=tally["done"],
        reads_failed=tally["failed"],
        rows_moved=F("rows_moved") + outcome.moved,
        worked_at=now(),
        **recovered,
    )


def _wait(run: SyncRun, problem: str) -> None:
    """The vendor cannot be reached: try again later, less and less often, and after a while give up honestly."""
    failures = run.failures_in_a_row + 1
    if failures >= GIVE_UP_AFTER:
        SyncRun.objects.filter(pk=run.pk).update(problem=problem, failures_in_a_row=failures)
        _end(run, SyncRun.State.INCOMPLETE)
        return
    seconds = min(2.0**failures, 300.0)
    SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.RUNNING).update(
        problem=problem,
        failures_in_a_row=failures,
        worked_at=now(),
        retry_at=now() + timedelta(seconds=seconds),
    )
    hand_over(run, seconds=seconds)


def _finish(run: SyncRun) -> None:
    SyncRun.objects.filter(pk=run.pk).update(problem=run.listing_problem)
    failed = run.listing_problem or _reads_of(run).exclude(problem="").exists()
    _end(run, SyncRun.State.INCOMPLETE if failed else SyncRun.State.WHOLE)


def _end(run: SyncRun, state: SyncRun.State) -> bool:
    ended = SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.RUNNING).update(
        state=state, finished_at=now(), worked_at=now(), retry_at=None
    )
    log.info("a run has ended", run=run.pk, state=state, ended=ended)
    return bool(ended)


def _listed_in(run: SyncRun) -> list[int]:
    listed = Reading.objects.filter(resource=CUSTOMER, read_at__gte=run.started_at)
    return list(listed.values_list("domain_id", flat=True))


def _reads_of(run: SyncRun) -> ReadingQuerySet:
    current = Reading.objects.filter(resource=CUSTOMER, read_at__gte=run.started_at).values("domain_id")
    names = [resource.name for resource in RESOURCES.of_every_customer()]
    return Reading.objects.filter(resource__in=names, domain_id__in=current)
