"""The Celery application: ``celery -A portal.celery worker -Q people`` or ``-Q sweep``, and ``… beat``."""

import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _keep_our_logging(**_kwargs: object) -> None:
    """A receiver of this signal stops Celery from replacing the logging that Django has set up."""
