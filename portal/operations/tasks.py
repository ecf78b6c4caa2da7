"""Background tasks of operations. Each takes an id and returns when there is nothing to do."""

from portal.celery import app
from portal.operations import execution, reconciliation, recovery
from portal.operations.models import Operation


@app.task(name="operations.send")
def send(operation_id: int, **_added_later: object) -> None:
    """Send one operation."""
    execution.send(Operation.objects.get(pk=operation_id))


@app.task(name="operations.read_back")
def read_back(operation_id: int, **_added_later: object) -> None:
    """Look whether one operation took effect."""
    reconciliation.look(Operation.objects.get(pk=operation_id))


@app.task(name="operations.sweep")
def sweep(**_added_later: object) -> None:
    """Find what got lost."""
    recovery.sweep()
