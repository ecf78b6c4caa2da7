"""
Worker loop: read one resource, the most needed customers first, until nothing is left or the time is up.

Customers are divided into shares, and a worker holds the lock of its share. So no two workers read the same customer,
and the share of a worker that dies is free immediately.

Workers do not poll. Whatever creates work also enqueues a worker task: the first page of a listing, its end, and a
parent resource whose parts are known. The periodic task ``sync.plan`` enqueues all workers again, in case a message
was lost or arrived while its worker was about to exit.
"""

import time
from collections.abc import Collection, Sequence
from itertools import count

import structlog

from portal.core.enqueue import enqueue
from portal.core.locks import try_lock
from portal.sync import runs, scheduler
from portal.sync.fetch import SILENT, Vendor, read_some
from portal.sync.models import SyncRun
from portal.sync.resources import RESOURCES, Resource, Target
from portal.sync.store import expect, follow_calendar
from portal.vendor.client import Refused
from portal.vendor.connection.api import NotConnected
from portal.vendor.problems import told
from portal.vendor.ratelimit import NoCapacity, Priority

log = structlog.get_logger(__name__)

# Enough to use the budget of an operation up as long as a call takes less than a second, at two calls a second.
SHARES = 2
# What is read is kept this often at least: a worker that dies loses no more.
KEEP_EVERY_SECONDS = 15.0
MOST_AT_ONCE = 100
WORK_SECONDS = 15.0
# A message that found no worker in time would only pile up: the plan sends another one.
EXPIRES_SECONDS = 30.0


def dispatch_workers() -> None:
    """Send for a worker wherever something is to be read, and for the listing of a run that has none yet."""
    follow_calendar()
    run = runs.due()
    if run and runs.finish_if_done(run):
        run = None
    if run and not runs.may_work(run):
        return
    if run and run.listed_at is None:
        _send_for("sync.list", run.pk)
    _send_for_sweepers(run)


def read_listing(run: SyncRun) -> None:
    """Read the listing of customers for a run; listed customers are read from that page on."""
    pages = count(1)

    def after_page(listed: Collection[int]) -> None:
        runs.show_life(run)
        vendor.surprises.keep()
        expect(listed)
        # A page holds work for longer than it takes to read the next one.
        if next(pages) == 1:
            _send_for_sweepers(run)

    with try_lock("sync run", run.pk) as mine:
        run.refresh_from_db()
        if not (mine and runs.may_work(run) and run.listed_at is None):
            return
        try:
            vendor = Vendor(Priority.SWEEP)
            listing = runs.lister()(vendor.api, run.started_at, after_page)
        except runs.Stopped:
            return
        except (Refused, *SILENT, NoCapacity, NotConnected) as error:
            runs.wait(run, told(error), retry_after=getattr(error, "retry_after", None))
            return
        runs.note_listing(run, listing)
    dispatch_workers()


def sweep(resource: Resource, share: int) -> None:
    """Read one share of a resource for a limited time; return immediately if another worker holds it."""
    with try_lock(f"sweep {resource.name}", share) as mine:
        is_left_over = mine and _sweep(resource, share)
    # Enqueue after releasing the lock: a task that cannot take it exits.
    if is_left_over:
        _send_for("sync.sweep", resource.name, share)


def _sweep(resource: Resource, share: int) -> bool:
    """Work for a while; return whether that was too short for all that can be read now."""
    vendor: Vendor | None = None
    planned: Sequence[Target] = ()
    run: SyncRun | None = None
    until = time.monotonic() + WORK_SECONDS
    while time.monotonic() < until:
        if not planned:
            run = runs.current()
            if run and not runs.may_work(run):
                return False
            planned = scheduler.next_targets(resource, run, share=share, shares=SHARES, most=MOST_AT_ONCE)
        if not planned:
            if vendor:
                _finish(run)
            return False
        try:
            vendor = vendor or Vendor(Priority.SWEEP)
        except NotConnected as error:
            _wait(run, told(error))
            return False
        outcome = read_some(
            vendor,
            resource,
            planned,
            seconds=KEEP_EVERY_SECONDS,
            is_there=vendor.answers,
            must_wait=vendor.must_wait,
        )
        planned = outcome.untried
        if run and scheduler.belongs_to(run, resource):
            if not runs.note_reads(run, outcome):
                planned = ()  # the run for which it was has ended
            _send_for_what_follows(resource, run, share)
        if outcome.not_reached:
            _wait(run, outcome.not_reached, outcome.retry_after)
            return False
    if not planned:
        _finish(run)
    return True


def _finish(run: SyncRun | None) -> None:
    """Finish the run if this worker read its last item."""
    if run:
        runs.finish_if_done(run)


def _wait(run: SyncRun | None, problem: str, retry_after: float | None = None) -> None:
    """Without a run nothing is lost by leaving: the plan sends for a worker again."""
    log.warning("the vendor is not reached", problem=problem)
    if run:
        runs.wait(run, problem, retry_after=retry_after)


def _send_for_sweepers(run: SyncRun | None) -> None:
    for resource in RESOURCES:
        if scheduler.has_work(resource, run):
            # What belongs to the partner is all of one share.
            for share in range(1 if resource.of_partner else SHARES):
                _send_for("sync.sweep", resource.name, share)


def _send_for_what_follows(resource: Resource, run: SyncRun, share: int) -> None:
    """What was just read tells the parts of others; their customers are dealt out the same way."""
    for following in RESOURCES:
        if following.after == resource.name and scheduler.belongs_to(run, following):
            _send_for("sync.sweep", following.name, share)


def _send_for(task: str, *args: object) -> None:
    enqueue(task, *args, expires=EXPIRES_SECONDS)
