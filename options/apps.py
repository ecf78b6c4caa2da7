"""Options: what a customer adds to a subscription."""

from django.apps import AppConfig


class OptionsConfig(AppConfig):
    name = "options"

    def ready(self) -> None:
        # Importing declares resources, writes and orders, which need the models.
        from options import (  # noqa: F401
            along,
            awaited,
            orders,
            services_now,
            services_orders,
            services_renewal,
            sync,
            sync_renewals,
            sync_usages,
        )
