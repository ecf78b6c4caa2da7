"""Runs, worked off within the test's own process, against the sandbox."""

from collections.abc import Callable

import pytest
from pytest_django import Settings

from portal.sync import runs, scheduler, worker
from portal.sync.models import SyncRun
from portal.sync.resources import RESOURCES
from portal.vendor.connection import api
from tests.support.sandbox import Sandbox

RunAll = Callable[[], SyncRun]

# Few, so that a run is quick.
CUSTOMERS = 8


def reads_of_a_run() -> int:
    """Return how many readings a run makes that the plan starts."""
    return CUSTOMERS * sum(resource.due_since is None for resource in RESOURCES.of_every_customer())


def sweep_all() -> None:
    """Do what the sweep workers do when the plan sends for them, once for each share of a resource that has work."""
    for resource in RESOURCES:
        if scheduler.has_work(resource, runs.current()):
            for share in range(worker.SHARES):
                worker.sweep(resource, share)


def work_on(run: SyncRun) -> SyncRun:
    """Do what the workers do for a run until it has ended or waits, and answer it as it stands then."""
    worker.read_listing(run)
    # The second time is for what is read by parts, which the first has brought.
    for _time in range(2):
        sweep_all()
    runs.finish_if_done(run)
    run.refresh_from_db()
    return run


@pytest.fixture
def few_customers(sandbox: Sandbox) -> None:
    """LINE WORKS has the customers that every sandbox has, and two more."""
    sandbox.reset(customers=CUSTOMERS)


@pytest.fixture
def run_all(db: None, vendor_settings: None, few_customers: None) -> RunAll:
    """Reads everything once, as workers do, and answers the run as it stands then."""
    return lambda: work_on(runs.start())


@pytest.fixture
def listed(db: None, vendor_settings: None, few_customers: None) -> SyncRun:
    """A run that has read the listing and nothing else yet."""
    run = runs.start()
    worker.read_listing(run)
    run.refresh_from_db()
    assert run.listed_at
    assert run.reads_done == 0
    return run


@pytest.fixture
def quick_to_forgive(vendor_settings: None, settings: Settings) -> None:
    """A refusal for too many calls is over within a second."""
    settings.PARTNER_RATE_WINDOW = 1
    api.budget.cache_clear()
    api.budget().assume_unused()
