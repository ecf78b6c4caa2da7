"""Subscriptions, their scheduled changes, and pre-orders."""

from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    name = "subscriptions"

    def ready(self) -> None:
        # Importing declares resources and orders, and with these the writes; they need the models.
        from subscriptions.commands import linked_changes, pages  # noqa: F401
        from subscriptions.sync import expectations, reservations, subscriptions  # noqa: F401
