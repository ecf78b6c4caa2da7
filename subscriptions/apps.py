"""Subscriptions: what customers use now, and what starts later."""

from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    name = "subscriptions"

    def ready(self) -> None:
        # Importing declares resources and writes, which need the models.
        from subscriptions import services, sync, sync_reservations  # noqa: F401
