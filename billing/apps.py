"""Billing: the vendor's invoices and what they are made of."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self) -> None:
        # Importing declares the resources, which needs the models.
        from billing import sync_invoice_details, sync_invoices, sync_usages  # noqa: F401
