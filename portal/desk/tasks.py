"""Background tasks of the pages across all apps."""

from portal.celery import app
from portal.desk import digest


@app.task(name="desk.post_digest")
def post_digest(**_added_later: object) -> None:
    """Have the renewals digest of this morning sent."""
    digest.post_digest()
