"""What the connection to the vendor needs done in the background."""

from portal.access import connection
from portal.celery import app


@app.task(name="access.try_connection")
def try_connection(**_added_later: object) -> None:
    """Try the connection, because somebody waits to see whether it works."""
    connection.try_it()


@app.task(name="access.sweep")
def sweep(**_added_later: object) -> None:
    """Find a try whose message got lost."""
    connection.enqueue_lost_try()
