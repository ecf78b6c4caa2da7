"""Billing: usage history and the partner's invoices."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self) -> None:
        # Importing declares the resources, which needs the models.
        from billing.sync import invoice_details, invoices, usages  # noqa: F401
