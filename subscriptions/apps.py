"""Subscriptions: what customers use now, and what starts later."""

from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    name = "subscriptions"

    def ready(self) -> None:
        # Importing declares resources, writes and orders, which need the models.
        from subscriptions import orders, services, sync, sync_reservations  # noqa: F401
