"""Subscriptions: what customers use now, and what starts later."""

from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    name = "subscriptions"

    def ready(self) -> None:
        # Importing declares resources and orders, and with these the writes; they need the models.
        from subscriptions import along, awaited, orders, sync, sync_reservations  # noqa: F401
