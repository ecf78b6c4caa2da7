"""What people may ask of the reading side; a worker does it, before any sweep."""

from collections.abc import Collection
from datetime import timedelta

from portal.clock import now
from portal.enqueue import enqueue
from portal.sync import runs
from portal.sync.freshness import WAIT, without_calendar
from portal.sync.models import Reading, SyncRun
from portal.sync.planner import want

# What is older is read again when somebody opens a customer.
OPENED_OLDER_THAN = timedelta(minutes=5)
# Opening a page once more does not ask once more; what has not come by then was lost with its worker, or waits long.
ASKED_LATELY = WAIT


def start_run(asked_by: str, resource: str = "") -> SyncRun:
    """
    Start a resync and send for workers at once, or answer the one under way.

    Args:
        asked_by: the person's name.
        resource: the one resource to be read, by name; empty for all.
    """
    run = runs.start(asked_by, resource=resource)
    enqueue("sync.plan")
    return run


def read_customer(domain_id: int, resources: Collection[str] = ()) -> int:
    """
    Have a customer read now.

    Args:
        domain_id: the customer.
        resources: names; none for all that tell of a customer.

    Returns:
        How many readings were asked for: none for a customer that is gone.
    """
    asked = want([domain_id], resources)
    if asked:
        enqueue("sync.read_wanted", domain_id)
    return asked


def refresh_opened(domain_id: int) -> int:
    """Have read what is old of a customer that somebody has opened; answer how many readings were asked for."""
    # What follows a calendar of its own would bring nothing new.
    asked = want([domain_id], without_calendar(), older_than=OPENED_OLDER_THAN, unless_asked_within=ASKED_LATELY)
    if asked:
        enqueue("sync.read_wanted", domain_id)
    return asked


def try_again(reading: Reading) -> int:
    """Have one reading that failed tried again; answer 0 if nobody reads it any more."""
    asked = Reading.objects.filter(pk=reading.pk, is_current=True).update(wanted_at=now())
    if asked:
        enqueue("sync.read_wanted", reading.domain_id)
    return asked
