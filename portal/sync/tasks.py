"""The reads that run in the background."""

from datetime import timedelta

from portal.access.vendor import NotConnected, partner_api
from portal.celery import app
from portal.pace import Lane
from portal.sync import runs
from portal.sync.keeping import note_problem
from portal.sync.models import SyncRun
from portal.sync.reading import read_customer as read_resources
from portal.sync.resources import RESOURCES


@app.task(name="sync.plan")
def plan(**_added_later: object) -> None:
    """Start a resync when one is due, and take up one that has fallen silent."""
    run = runs.due()
    if run:
        runs.hand_over(run)


# A listing of 100,000 customers has 3,334 pages; at half the limit of 240 calls a minute that is half an hour.
LONGEST_WORK = timedelta(hours=2)


@app.task(name="sync.work", time_limit=int(LONGEST_WORK.total_seconds()))
def work(run_id: int, **_added_later: object) -> None:
    """Go on with a run; one that was cleared away meanwhile needs no work."""
    run = SyncRun.objects.filter(pk=run_id).first()
    if run:
        runs.work_on(run)


@app.task(name="sync.read_customer")
def read_customer(domain_id: int, **_added_later: object) -> None:
    """Read all resources of one customer now, because somebody waits for it."""
    resources = list(RESOURCES)
    try:
        read_resources(partner_api(Lane.PEOPLE), domain_id, resources)
    except NotConnected as error:
        for resource in resources:
            note_problem(resource, domain_id, str(error))
