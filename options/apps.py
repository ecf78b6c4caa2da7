"""Options: what a customer adds to a subscription."""

from django.apps import AppConfig


class OptionsConfig(AppConfig):
    name = "options"

    def ready(self) -> None:
        # Importing declares resources, writes and orders, which need the models.
        from options import orders, services_now, sync, sync_renewals, sync_usages  # noqa: F401
