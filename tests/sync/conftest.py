"""Runs, worked off within the test's own process, against the sandbox."""

from collections.abc import Callable

import pytest

from portal.sync import runs
from portal.sync.models import SyncRun
from tests.support.sandbox import Sandbox

RunAll = Callable[[], SyncRun]

# Few, so that a run is quick; more than one batch of reads.
CUSTOMERS = 8
READS = 2 * CUSTOMERS
assert READS > runs.BATCH


@pytest.fixture
def few_customers(sandbox: Sandbox) -> None:
    """The vendor has the customers that every sandbox has, and two more."""
    sandbox.reset(customers=CUSTOMERS)


@pytest.fixture
def run_all(db: None, vendor_settings: None, few_customers: None) -> RunAll:
    """Reads everything once, as a worker does, and answers the run as it stands then."""

    def run() -> SyncRun:
        started = runs.start()
        runs.work_on(started)
        started.refresh_from_db()
        return started

    return run


@pytest.fixture
def listed(db: None, vendor_settings: None, few_customers: None, monkeypatch: pytest.MonkeyPatch) -> SyncRun:
    """A run that has read the listing and nothing else yet."""
    run = runs.start()
    with monkeypatch.context() as hurried:
        hurried.setattr(runs, "WORK_SECONDS", 0)
        runs.work_on(run)
    run.refresh_from_db()
    assert run.listed_at
    assert run.reads_done == 0
    return run
