"""Options: what a customer adds to a subscription."""

from django.apps import AppConfig


class OptionsConfig(AppConfig):
    name = "options"

    def ready(self) -> None:
        # Importing declares the resources, which needs the models.
        from options import sync, sync_renewals, sync_usages  # noqa: F401
