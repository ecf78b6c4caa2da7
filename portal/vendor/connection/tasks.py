"""Background tasks of the connection."""

from portal.celery import app
from portal.vendor.connection import services


@app.task(name="connection.try_connection")
def try_connection(**_added_later: object) -> None:
    """Test the connection for a person who waits for the result."""
    services.try_it()


@app.task(name="connection.sweep")
def sweep(**_added_later: object) -> None:
    """Find a try whose message got lost."""
    services.enqueue_lost_try()
