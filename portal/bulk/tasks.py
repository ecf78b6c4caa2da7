"""The work on files in the background. Each task leaves when there is nothing to do."""

from portal.bulk import runner, uploads
from portal.celery import app


@app.task(name="bulk.run")
def run(draft_id: int, **_added_later: object) -> None:
    """Go on with one file."""
    runner.advance(draft_id)


@app.task(name="bulk.read")
def read(draft_id: int, **_added_later: object) -> None:
    """Read one upload and judge its rows."""
    uploads.take(draft_id)


@app.task(name="bulk.sweep")
def sweep(**_added_later: object) -> None:
    """Go on with every file that is under way, and with uploads of which the message was lost."""
    runner.sweep()
    uploads.sweep()
