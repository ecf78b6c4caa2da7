"""What people can ask for: a refresh of one customer, or a run. Workers do it before background reads."""

from collections.abc import Collection
from datetime import timedelta
from enum import Enum, auto

from portal.accounts.models import User
from portal.core.clock import now
from portal.core.enqueue import enqueue
from portal.sync import runs
from portal.sync.freshness import WAIT, without_calendar
from portal.sync.models import Reading, ReadingQuerySet, SyncRun
from portal.sync.scheduler import want, wanted_of

# What is older is read again when somebody opens a customer.
OPENED_OLDER_THAN = timedelta(minutes=5)
# Opening a page once more does not ask once more; what has not come by then was lost with its worker, or waits long.
ASKED_LATELY = WAIT
# So many customers are read for one person at a time. The queue has more places, see portal/dev/server/run.py.
MOST_WAITING = 10


class Refresh(Enum):
    """Result of asking for a refresh."""

    NOW = auto()
    # The person has enough under way: the sweep reads it.
    LATER = auto()
    UNDER_WAY = auto()
    # The partner no longer has the customer.
    GONE = auto()


def start_run(asked_by: str, resource: str = "") -> SyncRun:
    """
    Start a full sync and enqueue workers, or return the run under way.

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


def refresh(domain_id: int, *, by: User) -> Refresh:
    """
    Request a refresh of a customer for a person.

    One that is being read for somebody already is not asked for again, and nobody has more than `MOST_WAITING` of them
    read at a time: what goes beyond that is left to the sweep, so that it keeps no place from others.
    """
    if _sent_for().filter(domain_id=domain_id).exists():
        return Refresh.UNDER_WAY
    if not want([domain_id]):
        return Refresh.GONE
    return Refresh.NOW if _send_for(domain_id, by) else Refresh.LATER


def refresh_opened(domain_id: int, *, by: User) -> int:
    """
    Request a refresh of outdated data of an opened customer; return the number of readings requested.

    A GET calls this, so it is safe to repeat: what was asked for within `ASKED_LATELY` is not asked for again.
    """
    # What follows a calendar of its own would bring nothing new.
    asked = want([domain_id], without_calendar(), older_than=OPENED_OLDER_THAN, unless_asked_within=ASKED_LATELY)
    if asked:
        _send_for(domain_id, by)
    return asked


def try_again(reading: Reading, *, by: User) -> int:
    """Request a failed reading again; return 0 if it is no longer read."""
    asked = Reading.objects.filter(pk=reading.pk, is_current=True).update(wanted_at=now(), wanted_by_id=None)
    if asked:
        _send_for(reading.domain_id, by)
    return asked


def _send_for(domain_id: int, by: User) -> bool:
    """Send for a worker unless the person has enough of them at work; the sweep then takes what is wanted."""
    if _sent_for().filter(wanted_by_id=by.pk).values("domain_id").distinct().count() >= MOST_WAITING:
        return False
    wanted_of(domain_id).update_in_order(wanted_by_id=by.pk)
    enqueue("sync.read_wanted", domain_id)
    return True


def _sent_for() -> ReadingQuerySet:
    """Return what workers were sent for and have not tried; what is older was lost, and the sweep has it."""
    lately = Reading.objects.filter(wanted_by_id__isnull=False, wanted_at__gte=now() - ASKED_LATELY)
    return lately.filter(is_current=True).wanted().order_by()
