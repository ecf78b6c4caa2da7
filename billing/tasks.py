"""Background tasks of billing. Each returns when there is nothing to do."""

from billing.checking import runner
from portal.celery import app

# The workers of this queue are processes, so Celery can end one. Its lock falls free, and the sweep begins again.
LONGEST_SECONDS = 600


@app.task(name="billing.check", time_limit=LONGEST_SECONDS)
def check(check_id: int, **_added_later: object) -> None:
    """Check one month."""
    runner.run(check_id)


@app.task(name="billing.sweep", time_limit=LONGEST_SECONDS)
def sweep(**_added_later: object) -> None:
    """Begin every check again that has lost its worker or its message."""
    runner.sweep()
