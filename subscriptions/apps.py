"""Subscriptions: what customers use now, and what starts later."""

from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    name = "subscriptions"

    def ready(self) -> None:
        from subscriptions import services, sync  # noqa: F401  importing declares resources and writes
