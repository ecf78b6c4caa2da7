"""
Runs: reading everything again, the listing of customers and the resources of each.

A run is a row. What is left to do follows from the state of each read, so any worker can continue, and a lost message
costs a few seconds.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q
from django.db.models.functions import Coalesce

from portal.core.backoff import back_off
from portal.core.clock import now
from portal.sync.estimates import expected_duration
from portal.sync.fetch import Outcome
from portal.sync.models import SyncRun
from portal.sync.resources import CUSTOMER as CUSTOMER
from portal.sync.resources import RESOURCES
from portal.sync.scheduler import is_full_sync_due, of_run, without_parts
from portal.vendor.client import PartnerApi
from portal.vendor.problems import trouble_of

log = structlog.get_logger(__name__)

GIVE_UP_AFTER = timedelta(hours=24)


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


AfterEachPage = Callable[[Collection[int]], None]
# Reads the whole listing into the cache: (api, since, after each page, with its customers) → what came of it. The
# customers app, which knows the listing, puts itself here when it is ready.
Lister = Callable[[PartnerApi, datetime, AfterEachPage], Listing]
_lister: list[Lister] = []


def list_customers_with(lister: Lister) -> None:
    """Return how the listing of customers is read."""
    _lister[:] = [lister]


def lister() -> Lister:
    """Return how the listing of customers is read."""
    return _lister[0]


def start(asked_by: str = "", *, resource: str = "") -> SyncRun:
    """
    Start a run, or answer the one that is under way; the plan puts workers to it within seconds.

    Args:
        asked_by: the person's name; empty when the plan asks.
        resource: the one resource to be read, by name, of the customers that are known; empty for all of everybody.
    """
    moment = now()
    needs_no_listing = resource not in ("", CUSTOMER)
    run = SyncRun(
        asked_by=asked_by, resource=resource, started_at=moment, listed_at=moment if needs_no_listing else None
    )
    run.reads = of_run(run).count()
    if run.reads or needs_no_listing:
        run.finish_stated_at = moment + expected_duration(run)
    try:
        with transaction.atomic():
            run.save()
        return run
    except IntegrityError:
        # The other may have ended since; then the next press of the button starts a new one.
        return current() or SyncRun.objects.all()[0]


def current() -> SyncRun | None:
    """Return the run under way, if there is one."""
    return SyncRun.objects.filter(state=SyncRun.State.RUNNING).first()


def stop(run: SyncRun) -> bool:
    """End a run where it stands; what was read is kept. Answer False if it had ended already."""
    return _end(run, SyncRun.State.STOPPED)


def due() -> SyncRun | None:
    """Return the run under way, or a new one when it is time; None between two."""
    return current() or (start() if is_full_sync_due() else None)


def may_work(run: SyncRun) -> bool:
    """Return whether LINE WORKS may be asked for a run now: not while it waits for a vendor that does not answer."""
    return run.is_running and (run.retry_at is None or run.retry_at <= now())


def show_life(run: SyncRun) -> None:
    """
    Say that the run is being worked on.

    Raises:
        Stopped: it has ended meanwhile.
    """
    if not SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.RUNNING).update(worked_at=now()):
        raise Stopped


def note_listing(run: SyncRun, listing: Listing) -> None:
    """Write down what the listing brought; now it is known how much there is to read, and how long that takes."""
    moment = now()
    SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.RUNNING).update(
        listed_at=moment,
        worked_at=moment,
        customers=listing.customers,
        listing_problem=listing.problem,
        listing_trouble=trouble_of(listing.problem),
        reads=of_run(run).count(),
        rows_moved=F("rows_moved") + listing.moved,
        problem="",
        failing_since=None,
        retry_at=None,
        # What was known at the start holds, where the cache knew the customers already.
        finish_stated_at=Coalesce("finish_stated_at", run.started_at + expected_duration(run)),
    )


def note_reads(run: SyncRun, outcome: Outcome) -> bool:
    """
    Add what was read for a run to its progress; one that has been answered is no longer failing.

    Returns:
        Whether it is still under way; one that has ended stays as it ended.
    """
    answered = {"failing_since": None, "problem": "", "retry_at": None} if outcome.done or outcome.failed else {}
    noted = SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.RUNNING).update(
        reads_done=F("reads_done") + outcome.done + outcome.failed,
        reads_failed=F("reads_failed") + outcome.failed,
        rows_moved=F("rows_moved") + outcome.moved,
        worked_at=now(),
        **answered,
    )
    return bool(noted)


def wait(run: SyncRun, problem: str, *, retry_after: float | None = None) -> None:
    """
    LINE WORKS cannot be reached: try again later, less and less often; after a day give up honestly.

    Several workers meet the same silence at the same time; only the first of them sets the pause.
    """
    moment = now()
    # A worker with an old copy of the run must not restart the count.
    run.refresh_from_db(fields=["failing_since"])
    since = run.failing_since or moment
    if moment - since > GIVE_UP_AFTER:
        SyncRun.objects.filter(pk=run.pk).update(problem=problem, trouble=trouble_of(problem))
        _end(run, SyncRun.State.INCOMPLETE)
        return
    not_yet = Q(retry_at=None) | Q(retry_at__lte=moment)
    SyncRun.objects.filter(not_yet, pk=run.pk, state=SyncRun.State.RUNNING).update(
        problem=problem,
        trouble=trouble_of(problem),
        failing_since=since,
        worked_at=moment,
        retry_at=moment + back_off(moment - since, at_least=retry_after),
    )


def finish_if_done(run: SyncRun) -> bool:
    """Finish the run if nothing is left to read; return whether it has ended."""
    run.refresh_from_db()
    if not (run.is_running and run.listed_at):
        return not run.is_running
    untried = of_run(run).untried_since(run.started_at)
    # Background workers ask again and again, and mostly it is these that are left.
    if untried.exclude(resource__in=[resource.name for resource in RESOURCES if resource.after]).exists():
        return False
    _note_what_cannot_be_read(run)
    if untried.all().exists():
        return False
    tally = of_run(run).aggregate(reads=Count("pk"), failed=Count("pk", filter=~Q(problem="")))
    SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.RUNNING).update(
        reads=tally["reads"],
        reads_done=tally["reads"],
        reads_failed=tally["failed"],
        problem=run.listing_problem,
        trouble=run.listing_trouble,
    )
    failed = run.listing_problem or tally["failed"]
    return _end(run, SyncRun.State.INCOMPLETE if failed else SyncRun.State.WHOLE)


def _note_what_cannot_be_read(run: SyncRun) -> None:
    """Mark child readings as failed when their parent resource has never been read."""
    for resource, readings in without_parts(run):
        problem = f"{resource.after} could not be read, which this needs"
        readings.update_in_order(tried_at=now(), problem=problem, trouble="needs")


def _end(run: SyncRun, state: SyncRun.State) -> bool:
    ended = SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.RUNNING).update(
        state=state, finished_at=now(), worked_at=now(), retry_at=None
    )
    log.info("a run has ended", run=run.pk, state=state, ended=ended)
    return bool(ended)
