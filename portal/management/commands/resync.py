"""``manage.py resync``: have everything read again."""

from typing import Any

from django.core.management.base import BaseCommand

from portal.sync import runs


class Command(BaseCommand):
    """Starts a run, or names the one under way; workers do the reading."""

    help = "Start a resync of everything in the background."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Do it."""
        run = runs.start(asked_by="")
        self.stdout.write(f"A resync is under way since {run.started_at:%H:%M:%S} UTC.")
