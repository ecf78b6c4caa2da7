"""Background tasks of e-mail."""

from portal.celery import app
from portal.mail import delivery

# The workers of this queue are processes, so Celery can end one. What it was sending stays as it is.
LONGEST_SECONDS = 600


@app.task(name="mail.deliver", time_limit=LONGEST_SECONDS)
def deliver(**_added_later: object) -> None:
    """Send what waits."""
    delivery.deliver()


@app.task(name="mail.forget_old", time_limit=LONGEST_SECONDS)
def forget_old(**_added_later: object) -> None:
    """Delete what was sent long ago."""
    delivery.forget_old()
