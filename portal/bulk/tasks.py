"""Background tasks of bulk requests. Each returns when there is nothing to do."""

from portal.bulk import runner, uploads
from portal.celery import app

# The workers of this queue are processes, so Celery can end one. Its transaction is undone, its lock falls free, and
# the sweep goes on with the file.
LONGEST_SECONDS = 600


@app.task(name="bulk.run", time_limit=LONGEST_SECONDS)
def run(draft_id: int, **_added_later: object) -> None:
    """Go on with one file."""
    runner.advance(draft_id)


@app.task(name="bulk.read", time_limit=LONGEST_SECONDS)
def read(draft_id: int, **_added_later: object) -> None:
    """Read one upload and judge its rows."""
    uploads.take(draft_id)


@app.task(name="bulk.check", time_limit=LONGEST_SECONDS)
def check(draft_id: int, **_added_later: object) -> None:
    """Judge the corrected rows of a draft."""
    uploads.take_corrections(draft_id)


@app.task(name="bulk.sweep", time_limit=LONGEST_SECONDS)
def sweep(**_added_later: object) -> None:
    """Go on with every file that is under way, and with uploads of which the message was lost."""
    runner.sweep()
    uploads.sweep()
