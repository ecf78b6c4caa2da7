"""Billing: the vendor's invoices and what they are made of."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"
