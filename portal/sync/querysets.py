"""Base querysets of cache tables."""

from typing import Self, TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)


class VendorRowQuerySet(models.QuerySet[Row]):
    """Rows of LINE WORKS's records."""

    def current(self) -> Self:
        """Those that LINE WORKS still shows."""
        return self.filter(removed_at=None)


class OfCustomerQuerySet(VendorRowQuerySet[Row]):
    """Rows that belong to a customer."""

    def of_customer(self, domain_id: int) -> Self:
        """Those of one customer."""
        return self.filter(customer_id=domain_id)
