"""Subscriptions, their scheduled changes, and pre-orders."""

from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    name = "subscriptions"

    def ready(self) -> None:
        # Importing declares resources and commands, which need the models.
        import subscriptions.commands
        import subscriptions.sync.expectations  # noqa: F401
