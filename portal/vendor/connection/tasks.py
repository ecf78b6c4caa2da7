"""What the connection to LINE WORKS needs done in the background."""

from portal.celery import app
from portal.vendor.connection import services


@app.task(name="connection.try_connection")
def try_connection(**_added_later: object) -> None:
    """Try the connection, because somebody waits to see whether it works."""
    services.try_it()


@app.task(name="connection.sweep")
def sweep(**_added_later: object) -> None:
    """Find a try whose message got lost."""
    services.enqueue_lost_try()
