"""What people may ask of the reading side; a worker does it, before any sweep."""

from collections.abc import Collection
from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from portal.celery import app
from portal.clock import now
from portal.sync.models import Reading, ReadingQuerySet
from portal.sync.resources import RESOURCES

# What is older is read again when somebody opens a customer.
OPENED_OLDER_THAN = timedelta(minutes=5)
# Opening a page once more does not ask once more; what has not come by then was lost with its worker, or waits long.
ASKED_LATELY = timedelta(seconds=60)


def read_customer(domain_id: int) -> None:
    """Have all that tells of a customer read now."""
    names = [resource.name for resource in RESOURCES.of_customer()]
    _want(Reading.objects.filter(resource__in=names), domain_id)
    _send("sync.read_customer", domain_id)


def refresh_opened(domain_id: int) -> int:
    """Have read what is old of a customer that somebody has opened; answer how many readings were asked for."""
    moment = now()
    old = Q(read_at=None) | Q(read_at__lt=moment - OPENED_OLDER_THAN)
    not_asked = Q(wanted_at=None) | Q(wanted_at__lt=moment - ASKED_LATELY)
    # What follows a calendar of its own would bring nothing new.
    names = [resource.name for resource in RESOURCES.of_customer() if not resource.due_since]
    asked = _want(Reading.objects.filter(old, not_asked, resource__in=names), domain_id)
    if asked:
        _send("sync.read_wanted", domain_id)
    return asked


def read_some(domain_id: int, resources: Collection[str]) -> int:
    """
    Have some resources of a customer read now, or of the partner itself; answer how many readings were asked for.

    Args:
        domain_id: the customer, or ``PARTNER``.
        resources: names.
    """
    asked = _want(Reading.objects.filter(resource__in=resources), domain_id)
    if asked:
        _send("sync.read_wanted", domain_id)
    return asked


def try_again(reading: Reading) -> int:
    """Have one reading that failed tried again; answer 0 if nobody reads it any more."""
    asked = _want(Reading.objects.filter(pk=reading.pk), reading.domain_id)
    if asked:
        _send("sync.read_wanted", reading.domain_id)
    return asked


def _want(readings: ReadingQuerySet, domain_id: int) -> int:
    return readings.filter(domain_id=domain_id, is_current=True).update(wanted_at=now())


def _send(task: str, domain_id: int) -> None:
    def enqueue() -> None:
        app.send_task(task, args=(domain_id,))

    # A message that gets lost costs little: the plan reads first what is wanted, too.
    transaction.on_commit(enqueue, robust=True)
