"""
The work of one worker on one resource: what is needed next is read, until nothing is or the time is up.

The customers are dealt out in shares, and whoever works on a share holds its lock; so no two workers read the same
customer, and a worker that dies leaves its share to the next one at once.
"""

import math
import time
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import transaction

from portal.access.vendor import NotConnected
from portal.celery import app
from portal.locks import held
from portal.pace import Lane, NoBudget
from portal.partner_api import NoClearAnswer, NotSent, Refused
from portal.sync import planner, runs
from portal.sync.models import SyncRun
from portal.sync.reading import Vendor, read_some
from portal.sync.resources import RESOURCES, Resource

log = structlog.get_logger(__name__)

# Enough to use the budget of an operation up as long as a call takes less than a second, at two calls a second.
SHARES = 2
# What is read is kept this often at least: a worker that dies loses no more.
KEEP_EVERY_SECONDS = 5.0
MOST_AT_ONCE = 50
WORK_SECONDS = 20.0
LOOK_AGAIN_SECONDS = 1.0
# A message that found no worker in time would only pile up: the plan sends another one.
EXPIRES_SECONDS = 30.0


def put_to_work() -> None:
    """Send for a worker for each share of each resource, and for the listing of a run that has none yet."""
    run = runs.due()
    if run and run.listed_at is None and runs.may_work(run):
        _send_for("sync.list", run.pk)
    for resource in RESOURCES:
        for share in range(SHARES):
            send_for_sweeper(resource.name, share)


def send_for_sweeper(resource: str, share: int, *, seconds: float = 0.0) -> None:
    """Send for a worker for one share of a resource."""
    _send_for("sync.sweep", resource, share, seconds=seconds)


def read_listing(run: SyncRun) -> None:
    """Read the listing of customers for a run, then state when the rest will be read."""
    with held("sync run", run.pk) as mine:
        run.refresh_from_db()
        if not (mine and runs.may_work(run) and run.listed_at is None):
            return
        try:
            vendor = Vendor(Lane.SWEEP)
            listing = runs.lister()(vendor.api, run.started_at, lambda: runs.show_life(run))
        except runs.Stopped:
            return
        except (Refused, NotSent, NoClearAnswer, NoBudget, NotConnected) as error:
            runs.wait(run, str(error), retry_after=getattr(error, "retry_after", None))
            return
        runs.note_listing(run, listing, lasting=expected_duration(listing.customers))
    put_to_work()


def sweep(resource: Resource, share: int) -> None:
    """Read what is needed of a share of a resource for a while; leave at once when somebody else is at it."""
    with held(f"sweep {resource.name}", share) as mine:
        if not mine:
            return
        until = time.monotonic() + WORK_SECONDS
        while time.monotonic() < until:
            run = runs.current()
            if run and not runs.may_work(run):
                return
            if not _read_some(resource, share, run):
                _look_again(resource, share, run)
                return
    send_for_sweeper(resource.name, share)


def expected_duration(customers: int) -> timedelta:
    """
    Answer how long the reads of some customers take: each resource has a budget of its own, half of it for sweeps.

    The first window's share is free at once; after that the share of a window comes free with each window.
    """
    allowed = max(1, settings.PARTNER_RATE_LIMIT // 2)
    windows = math.ceil(customers / allowed) - 1
    return timedelta(seconds=max(windows, 0) * settings.PARTNER_RATE_WINDOW + 5)


def _read_some(resource: Resource, share: int, run: SyncRun | None) -> bool:
    """Read one batch; answer whether there was something to read and the vendor answered."""
    targets = planner.next_targets(resource, run, share=share, shares=SHARES, most=MOST_AT_ONCE)
    if not targets:
        return False
    try:
        outcome = read_some(Vendor(Lane.SWEEP), resource, targets, seconds=KEEP_EVERY_SECONDS)
    except NotConnected as error:
        if run:
            runs.wait(run, str(error))
        return False
    if run:
        runs.note_reads(run, outcome)
    if outcome.not_reached:
        if run:
            runs.wait(run, outcome.not_reached, retry_after=outcome.retry_after)
        return False
    return True


def _look_again(resource: Resource, share: int, run: SyncRun | None) -> None:
    """End the run if that was the last of it; come back soon if this share only waits for another resource."""
    if run and not runs.finish_if_done(run) and planner.is_waiting(resource, run):
        send_for_sweeper(resource.name, share, seconds=LOOK_AGAIN_SECONDS)


def _send_for(task: str, *args: object, seconds: float = 0.0) -> None:
    def enqueue() -> None:
        app.send_task(task, args=args, countdown=seconds or None, expires=seconds + EXPIRES_SECONDS)

    # A message that gets lost is made good by the plan, which sends for everybody again and again.
    transaction.on_commit(enqueue, robust=True)
