"""Customers: the tenants that the partner manages."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "customers"

    def ready(self) -> None:
        # Importing declares the resources, which needs the models.
        from customers import sync, sync_upgrade_domain, sync_usage_status  # noqa: F401
