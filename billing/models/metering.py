"""Cache table of the usage history: what each customer used of a product on each day."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from portal.sync.models import VendorRow
from portal.sync.querysets import OfCustomerQuerySet


class UsageQuerySet(OfCustomerQuerySet["CustomerUsage"]):
    """Usages as pages ask for them."""


class CustomerUsage(VendorRow):
    """
    What a customer used of a product on one day, as the answer for ``month``, its first day, has it.

    ``license_count`` speaks of annual contracts, ``member_limit`` of monthly ones.
    """

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="usages")
    month = models.DateField(_("month"))
    used_date = models.DateField(_("day"))
    product_group_id = models.TextField(_("plan group"))
    product_id = models.TextField(_("plan"))
    plan = models.TextField(_("contract type"))
    status = models.TextField(_("status"))
    license_count = models.PositiveBigIntegerField(_("number of licenses"), null=True, blank=True)
    member_count = models.PositiveBigIntegerField(_("number of users"), null=True, blank=True)
    member_limit = models.PositiveBigIntegerField(_("maximum number of users"), null=True, blank=True)

    objects: ClassVar[UsageQuerySet] = UsageQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        verbose_name = _("usage history")
        verbose_name_plural = _("usage history")
        ordering = ["customer_id", "used_date", "product_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "month", "used_date", "product_group_id", "product_id", "plan"],
                name="one_row_a_day_of_a_product",
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="a_product_is_used_in_a_month"),
        ]
        indexes = [models.Index(fields=["used_date", "product_id"], name="usage_by_day")]

    def __str__(self) -> str:
        return f"{self.product_id} of {self.customer_id} on {self.used_date}"
