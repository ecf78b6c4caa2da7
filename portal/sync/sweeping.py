"""
The work of one worker on one resource: what is needed next is read, until nothing is or the time is up.

The customers are dealt out in shares, and whoever works on a share holds its lock; so no two workers read the same
customer, and a worker that dies leaves its share to the next one at once.
"""

import time
from collections.abc import Collection, Sequence

import structlog
from django.db import transaction

from portal.access.vendor import NotConnected
from portal.celery import app
from portal.locks import held
from portal.pace import Lane, NoBudget
from portal.partner_api import Refused
from portal.sync import planner, runs
from portal.sync.keeping import expect, follow_calendar
from portal.sync.models import SyncRun
from portal.sync.reading import SILENT, Vendor, read_some
from portal.sync.resources import RESOURCES, Resource, Target

log = structlog.get_logger(__name__)

# Enough to use the budget of an operation up as long as a call takes less than a second, at two calls a second.
SHARES = 2
# What is read is kept this often at least: a worker that dies loses no more.
KEEP_EVERY_SECONDS = 10.0
MOST_AT_ONCE = 100
WORK_SECONDS = 20.0
LOOK_AGAIN_SECONDS = 1.0
# A message that found no worker in time would only pile up: the plan sends another one.
EXPIRES_SECONDS = 30.0


def put_to_work() -> None:
    """Send for a worker wherever something is to be read, and for the listing of a run that has none yet."""
    follow_calendar()
    run = runs.due()
    if run and runs.finish_if_done(run):
        run = None
    if run and not runs.may_work(run):
        return
    if run and run.listed_at is None:
        _send_for("sync.list", run.pk)
    for resource in RESOURCES:
        if planner.has_work(resource, run):
            for share in range(SHARES):
                _send_for("sync.sweep", resource.name, share)


def read_listing(run: SyncRun) -> None:
    """Read the listing of customers for a run; whoever is on it is read from that page on."""
    with held("sync run", run.pk) as mine:
        run.refresh_from_db()
        if not (mine and runs.may_work(run) and run.listed_at is None):
            return
        try:
            vendor = Vendor(Lane.SWEEP)
            listing = runs.lister()(vendor.api, run.started_at, lambda listed: _after_page(run, vendor, listed))
        except runs.Stopped:
            return
        except (Refused, *SILENT, NoBudget, NotConnected) as error:
            runs.wait(run, str(error), retry_after=getattr(error, "retry_after", None))
            return
        runs.note_listing(run, listing)
    put_to_work()


def sweep(resource: Resource, share: int) -> None:
    """Read what is needed of a share of a resource for a while; leave at once when somebody else is at it."""
    again: float | None = None
    with held(f"sweep {resource.name}", share) as mine:
        if mine:
            again = _sweep(resource, share)
    # Only now, for whoever came while the lock is held would leave.
    if again is not None:
        _send_for("sync.sweep", resource.name, share, seconds=again)


def _sweep(resource: Resource, share: int) -> float | None:
    """Work for a while; answer in how many seconds to go on, or None to wait for the plan."""
    vendor: Vendor | None = None
    planned: Sequence[Target] = ()
    planned_for: SyncRun | None = None
    until = time.monotonic() + WORK_SECONDS
    while time.monotonic() < until:
        run = runs.current()
        if run and not runs.may_work(run):
            return None
        if not planned or run != planned_for:
            planned = planner.next_targets(resource, run, share=share, shares=SHARES, most=MOST_AT_ONCE)
            planned_for = run
        if not planned:
            return LOOK_AGAIN_SECONDS if run and _more_will_come(resource, run) else None
        try:
            vendor = vendor or Vendor(Lane.SWEEP)
        except NotConnected as error:
            _wait(run, str(error))
            return None
        outcome = read_some(
            vendor,
            resource,
            planned,
            seconds=KEEP_EVERY_SECONDS,
            is_there=vendor.answers,
            must_wait=vendor.must_wait,
        )
        if run and planner.belongs_to(run, resource):
            runs.note_reads(run, outcome)
        if outcome.not_reached:
            _wait(run, outcome.not_reached, outcome.retry_after)
            return None
        planned = outcome.untried
    return 0.0


def _more_will_come(resource: Resource, run: SyncRun) -> bool:
    """End the run if that was the last of it; otherwise tell whether there will be more to read of this resource."""
    if runs.finish_if_done(run) or not planner.belongs_to(run, resource):
        return False
    return run.listed_at is None or planner.is_waiting(resource, run)


def _wait(run: SyncRun | None, problem: str, retry_after: float | None = None) -> None:
    """Without a run nothing is lost by leaving: the plan sends for a worker again."""
    log.warning("the vendor is not reached", problem=problem)
    if run:
        runs.wait(run, problem, retry_after=retry_after)


def _after_page(run: SyncRun, vendor: Vendor, listed: Collection[int]) -> None:
    """The customers of a page are there for the sweepers, who look again and again as long as the listing goes on."""
    runs.show_life(run)
    vendor.surprises.keep()
    expect(listed)


def _send_for(task: str, *args: object, seconds: float = 0.0) -> None:
    def enqueue() -> None:
        app.send_task(task, args=args, countdown=seconds or None, expires=seconds + EXPIRES_SECONDS)

    # A message that gets lost is made good by the plan, which sends for everybody again and again.
    transaction.on_commit(enqueue, robust=True)
