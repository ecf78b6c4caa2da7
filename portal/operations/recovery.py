"""Recover lost messages, and operations whose worker died."""

import structlog

from portal.core.clock import now
from portal.core.locks import try_lock
from portal.operations import bundles, expiry
from portal.operations.event_types import EventType
from portal.operations.models import Operation
from portal.operations.states import State
from portal.operations.transitions import enqueue_task, step

log = structlog.get_logger(__name__)

# The next sweep hands over the same work. Without an end, messages would pile up while no worker takes them.
EXPIRES_SECONDS = 10.0


def sweep() -> None:
    """Hand over whatever is due; a message too many is harmless, because work begins with a claim."""
    moment = now()
    for operation in Operation.objects.filter(state=State.SENDING):
        _take_from_the_dead(operation)
    for operation in Operation.objects.all().to_send(moment):
        enqueue_task("send", operation, expires=EXPIRES_SECONDS)
    for operation in Operation.objects.all().to_read_back(moment):
        enqueue_task("read_back", operation, expires=EXPIRES_SECONDS)
    bundles.recover()
    expiry.lapse()


def _take_from_the_dead(operation: Operation) -> None:
    """
    An operation that is being sent while nobody holds its lock has lost its worker.

    Whether LINE WORKS got it is not known, so it is never queued again: it becomes unknown and is read back.
    """
    with try_lock("operation", operation.pk) as mine:
        if not mine:
            return
        operation.refresh_from_db()
        if operation.state != State.SENDING:
            return
        attempt = operation.attempts.that_may_have_arrived().last()
        step(
            operation,
            State.UNKNOWN,
            EventType.WORKER_ENDED,
            sent_at=attempt.started_at if attempt else None,
            next_try_at=now(),
        )
        log.warning("a worker ended while sending", operation=operation.pk)
