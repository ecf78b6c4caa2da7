"""Customers: the tenants that the partner manages."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "customers"

    def ready(self) -> None:
        from customers import sync  # noqa: F401  importing declares the resource, which needs the models
