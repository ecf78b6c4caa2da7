"""Background tasks of accounts."""

from importlib import import_module

from django.conf import settings

from portal.celery import app


@app.task(name="accounts.clear_sessions")
def clear_sessions(**_added_later: object) -> None:
    """Delete the sessions that have expired; browsers cannot use them any more."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
