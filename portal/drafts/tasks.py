"""The work on files in the background. Each task leaves when there is nothing to do."""

from portal.celery import app
from portal.drafts import running, taking


@app.task(name="drafts.run")
def run(draft_id: int, **_added_later: object) -> None:
    """Go on with one file."""
    running.advance(draft_id)


@app.task(name="drafts.read")
def read(draft_id: int, **_added_later: object) -> None:
    """Read one upload and judge its rows."""
    taking.take(draft_id)


@app.task(name="drafts.sweep")
def sweep(**_added_later: object) -> None:
    """Go on with every file that is under way, and with uploads of which the message was lost."""
    running.sweep()
    taking.sweep()
