"""Customers: the tenants that the partner manages."""

from importlib import import_module

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "customers"

    def ready(self) -> None:
        # Importing declares resources, writes and orders, which need the models. The customers themselves come first.
        for name in ("sync", "sync_usage_status", "sync_upgrade_domain", "awaited", "orders", "questions"):
            import_module(f"customers.{name}")
