"""Customers: the companies that the partner manages."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "customers"

    def ready(self) -> None:
        # Importing declares resources and commands, which need the models. The customers themselves come first.
        import customers.sync.customers  # isort: split
        import customers.commands
        import customers.lookups
        import customers.sync.domains
        import customers.sync.expectations
        import customers.sync.usage_status  # noqa: F401
