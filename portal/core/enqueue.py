"""
Publish tasks after the commit, without letting an HTTP request wait for the broker.

A message that cannot be published is logged and dropped. Its work is in a table, where a scheduled task of the same app
finds it: ``operations.sweep``, ``bulk.sweep``, ``sync.plan``, ``connection.sweep``.
"""

import threading
import time
from typing import Any

import structlog
from django.db import transaction
from kombu.exceptions import KombuError

from portal.celery import app

log = structlog.get_logger(__name__)

# While the broker does not answer, each process tries it this often. All other messages are left to the schedule, so
# that not every request pays the time limit.
RETRY_SECONDS = 3.0


class Breaker:
    """Lets one attempt through at a time while the broker does not answer. Safe to share between threads."""

    def __init__(self, retry_seconds: float = RETRY_SECONDS) -> None:
        self._retry_seconds = retry_seconds
        self._lock = threading.Lock()
        self._next_attempt: float | None = None

    def allows(self) -> bool:
        """Return whether to try now; the caller then reports `succeeded` or `failed`."""
        with self._lock:
            if self._next_attempt is None:
                return True
            if time.monotonic() < self._next_attempt:
                return False
            self._next_attempt = time.monotonic() + self._retry_seconds
            return True

    def succeeded(self) -> None:
        """Let every attempt through again."""
        with self._lock:
            self._next_attempt = None

    def failed(self) -> None:
        """Hold attempts back for a while."""
        with self._lock:
            self._next_attempt = time.monotonic() + self._retry_seconds


breaker = Breaker()


def enqueue(task: str, *args: object, **options: Any) -> None:
    """
    Publish a task after the commit; without a transaction, now.

    Args:
        task: its name; a scheduled task has to find the same work when this message is lost.
        args: its arguments, ids and names only.
        options: as for Celery's ``send_task``, such as ``countdown`` or ``expires``.
    """
    transaction.on_commit(lambda: _publish(task, args, options), robust=True)


def _publish(task: str, args: tuple[object, ...], options: dict[str, Any]) -> None:
    if not breaker.allows():
        log.warning("not published: the broker does not answer", task=task)
        return
    try:
        app.send_task(task, args=args, **options)
    except (KombuError, OSError) as error:
        breaker.failed()
        log.warning("not published", task=task, problem=type(error).__name__)
        return
    breaker.succeeded()
