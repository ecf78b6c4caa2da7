"""A resync from the button to the last row, with a real worker, through a crash."""

from datetime import timedelta

from django.db.models import F

from customers.models import Customer
from portal.celery import app
from portal.sync.models import Reading, SyncRun
from portal.sync.runs import SILENT_AFTER
from tests.support.portal import People, SignIn
from tests.support.sandbox import Sandbox
from tests.support.waiting import wait_for
from tests.support.worker import Worker


def state() -> str:
    return SyncRun.objects.get().state


def test_a_resync_survives_the_death_of_its_worker(
    worker: Worker, sandbox: Sandbox, people: People, sign_in: SignIn
) -> None:
    browser = sign_in(people.account_manager)
    sandbox.fault("listPreOrders", "latency", count=0, seconds=0.2)
    assert browser.post("/sync/start/").status_code == 302
    page = browser.get("/sync/").content.decode()
    assert people.account_manager.name in page
    wait_for(lambda: SyncRun.objects.filter(reads_done__gt=0).exists(), "the first batch is read")
    worker.kill()
    assert state() == SyncRun.State.RUNNING
    done = Reading.objects.exclude(resource="customer").filter(read_at__isnull=False).count()
    assert 0 < done < 60

    sandbox.clear_faults()
    sandbox.reset_calls()
    worker.start()
    # Nobody has heard of the run for a while; so the plan, which beat asks for, hands it over again.
    SyncRun.objects.update(worked_at=F("worked_at") - SILENT_AFTER - timedelta(seconds=1))
    app.send_task("sync.plan")
    wait_for(lambda: state() == SyncRun.State.WHOLE, "the run is whole")
    run = SyncRun.objects.get()
    assert (run.customers, run.reads_done, run.reads_failed) == (30, 60, 0)
    assert Customer.objects.current().count() == 30
    # What was read before the crash is not read again, but for the batch that was under way.
    assert sandbox.calls()["listCustomers"] == 0
    assert sandbox.calls()["listSubscriptions"] + sandbox.calls()["listPreOrders"] == 60 - done
    assert "30" in browser.get("/sync/").content.decode()
