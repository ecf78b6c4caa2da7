"""Background tasks of sync."""

from collections.abc import Sequence

from portal.celery import app
from portal.sync import lookups, missed_expectations, pruning, worker
from portal.sync.fetch import Vendor
from portal.sync.fetch import read_customer as read_resources
from portal.sync.models import Question, Reading, SyncRun
from portal.sync.resources import RESOURCES, Resource
from portal.sync.store import note_problem
from portal.vendor.connection.api import NotConnected
from portal.vendor.problems import told
from portal.vendor.ratelimit import Priority


@app.task(name="sync.plan")
def plan(**_added_later: object) -> None:
    """Start a resync when one is due, and see that whatever is needed has a worker."""
    worker.dispatch_workers()
    lookups.enqueue_lost()


@app.task(name="sync.list")
def read_listing(run_id: int, **_added_later: object) -> None:
    """Read the listing of customers for a run; one that was cleared away meanwhile needs no work."""
    run = SyncRun.objects.filter(pk=run_id).first()
    if run:
        worker.read_listing(run)


@app.task(name="sync.sweep")
def sweep(resource: str, share: int, **_added_later: object) -> None:
    """Read what is needed of one share of a resource."""
    worker.sweep(RESOURCES[resource], share)


@app.task(name="sync.check_due")
def check_due(**_added_later: object) -> None:
    """Find what LINE WORKS was to do by itself and has not done."""
    missed_expectations.check()


@app.task(name="sync.prune")
def prune(**_added_later: object) -> None:
    """Delete what is older than the settings keep it."""
    pruning.prune()


@app.task(name="sync.read_wanted")
def read_wanted(domain_id: int, **_added_later: object) -> None:
    """Read the requested resources of one customer; does nothing if a background worker was faster."""
    wanted = Reading.objects.of_customer(domain_id).wanted().filter(is_current=True)
    names = set(wanted.values_list("resource", flat=True))
    _read(domain_id, [resource for resource in RESOURCES if resource.name in names])


@app.task(name="sync.ask")
def ask(question_id: int, **_added_later: object) -> None:
    """Ask LINE WORKS one question; one that was forgotten meanwhile needs no answer."""
    question = Question.objects.filter(pk=question_id, answered_at=None).first()
    if question:
        lookups.find_answer(question)


def _read(domain_id: int, resources: Sequence[Resource]) -> None:
    try:
        read_resources(Vendor(Priority.PAGES), domain_id, resources)
    except NotConnected as error:
        for resource in resources:
            note_problem(resource, domain_id, told(error))
