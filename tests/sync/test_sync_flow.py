"""A resync from the button to the last row, with a real worker, through a crash and a lost queue."""

import pytest
from redis import Redis

from customers.models import Customer
from portal.celery import app
from portal.sync.models import Reading, SyncRun
from portal.sync.scheduler import of_run
from portal.vendor.connection import api
from tests.support.portal import People, SignIn
from tests.support.sandbox import Sandbox
from tests.support.waiting import wait_for
from tests.support.worker import Worker, purge

CUSTOMERS = 30


@pytest.fixture
def slow(sandbox: Sandbox) -> None:
    """Pre-orders come slowly, so that a run is still under way when it is disturbed."""
    sandbox.fault("listPreOrders", "latency", count=0, seconds=0.2)


def started(people: People, sign_in: SignIn) -> SyncRun:
    assert sign_in(people.account_manager).post("/sync/start/").status_code == 302
    run = SyncRun.objects.get()
    app.send_task("sync.plan")
    wait_for(lambda: of_run(run).filter(tried_at__gte=run.started_at).exists(), "the first batch is read")
    run.refresh_from_db()
    assert run.state == SyncRun.State.RUNNING
    return run


def ends_whole(run: SyncRun) -> SyncRun:
    """The plan, which beat asks for, makes up for whatever was lost."""
    app.send_task("sync.plan")

    def is_whole() -> bool:
        run.refresh_from_db()
        return run.state == SyncRun.State.WHOLE

    wait_for(is_whole, "the run is whole", seconds=60)
    assert (run.customers, run.reads_done, run.reads_failed) == (CUSTOMERS, of_run(run).count(), 0)
    assert Customer.objects.current().count() == CUSTOMERS
    assert not Reading.objects.exclude(problem="").exists()
    return run


def test_a_resync_survives_the_death_of_its_worker(
    worker: Worker, slow: None, sandbox: Sandbox, people: People, sign_in: SignIn
) -> None:
    run = started(people, sign_in)
    assert people.account_manager.name in sign_in(people.account_manager).get("/sync/").content.decode()
    worker.kill()
    # The places of calls whose process died come free when the longest call would be over; that has a test of its own.
    api.budget()._redis.delete("pace:flying")
    done = of_run(run).filter(tried_at__gte=run.started_at, resource="subscriptions").count()
    sandbox.clear_faults()
    sandbox.reset_calls()
    worker.start()
    ends_whole(run)
    # What was kept before the crash is not read again.
    assert sandbox.calls()["listSubscriptions"] == CUSTOMERS - done


def test_a_resync_survives_the_loss_of_every_message(
    worker: Worker, slow: None, sandbox: Sandbox, people: People, sign_in: SignIn
) -> None:
    run = started(people, sign_in)
    Redis.from_url(app.conf.broker_url).flushdb()
    api.budget().assume_unused()
    purge()
    sandbox.clear_faults()
    ends_whole(run)
