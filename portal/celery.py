"""
The Celery application: ``celery -A portal.celery worker -Q`` with each queue of the settings, and ``… beat``.

Which task goes to which queue ``CELERY_TASK_ROUTES`` in ``portal.settings`` says, and which workers take which queues
``portal.dev.server.run`` or the deployment.
"""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from kombu import Connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

# Nobody waits for a worker's connection, so it gives a broker that hangs more time than a publisher does: a new one has
# unfinished messages delivered again.
_WORKER_SECONDS = 15.0


class Portal(Celery):
    """Celery with other time limits for workers than for those who publish."""

    def connection_for_read(self, url: str | None = None, **options: Any) -> Connection:
        """Return a connection on which a worker consumes."""
        limits = {"socket_timeout": _WORKER_SECONDS, "socket_connect_timeout": _WORKER_SECONDS}
        options["transport_options"] = limits | (options.get("transport_options") or {})
        return super().connection_for_read(url, **options)


app = Portal("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _keep_our_logging(**_kwargs: object) -> None:
    """A receiver of this signal stops Celery from replacing the logging that Django has set up."""
