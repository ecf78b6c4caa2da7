"""Customers: the tenants that the partner manages."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "customers"

    def ready(self) -> None:
        # Importing declares resources, writes and orders, which need the models.
        from customers import awaited, orders, questions, sync, sync_upgrade_domain, sync_usage_status  # noqa: F401
