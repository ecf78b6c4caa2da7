"""Cache tables of subscriptions, their scheduled changes, and pre-orders."""

from typing import ClassVar, TypeVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from portal.sync.models import VendorRow
from portal.sync.querysets import OfCustomerQuerySet

CURRENT = Q(removed_at=None)

Row = TypeVar("Row", bound=models.Model)


class ContractQuerySet(OfCustomerQuerySet[Row]):
    """Contracts as pages ask for them."""


class Subscription(VendorRow):
    """A product contract of a customer, with what happens at its end; only paid ones have such a renewal."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="subscriptions")
    subscription_id = models.BigIntegerField()
    product_id = models.TextField(_("product"))
    plan = models.TextField(_("plan"))
    status = models.TextField(_("status"))
    start_date = models.DateField(_("start"))
    end_date = models.DateField(_("contract end"), null=True, blank=True)
    license_count = models.PositiveBigIntegerField(_("licenses"), null=True, blank=True)
    license_assignment = models.TextField(_("assignment of licenses"), blank=True)
    renewal_type = models.TextField(_("renewal"), blank=True)
    renewal_product_id = models.TextField(_("renewal, product"), blank=True)
    renewal_plan = models.TextField(_("renewal, plan"), blank=True)
    renewal_license_count = models.PositiveBigIntegerField(_("renewal, licenses"), null=True, blank=True)

    objects: ClassVar[ContractQuerySet["Subscription"]] = ContractQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        ordering = ["customer_id", "start_date", "subscription_id"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "subscription_id"], name="one_row_a_subscription"),
        ]
        indexes = [
            models.Index(fields=["end_date", "id"], condition=CURRENT, name="subscription_by_end"),
            models.Index(fields=["product_id", "plan"], condition=CURRENT, name="subscription_by_plan"),
            models.Index(fields=["status", "id"], condition=CURRENT, name="subscription_by_status"),
            models.Index(fields=["renewal_type", "end_date"], condition=CURRENT, name="subscription_by_renewal"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.plan} {self.subscription_id}"


class Reservation(VendorRow):
    """
    The one task scheduled for a subscription.

    ``license_count`` counts all licenses for a conversion, and those to add for more licenses.
    """

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="reservations")
    subscription_id = models.BigIntegerField()
    type = models.TextField(_("what happens"))
    apply_date = models.DateField(_("apply date"))
    product_id = models.TextField(_("product"), blank=True)
    plan = models.TextField(_("plan"), blank=True)
    license_count = models.PositiveBigIntegerField(_("licenses"), null=True, blank=True)

    objects: ClassVar[ContractQuerySet["Reservation"]] = ContractQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        ordering = ["customer_id", "apply_date", "subscription_id"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "subscription_id"], name="one_row_a_reservation"),
        ]
        indexes = [
            models.Index(fields=["apply_date", "id"], condition=CURRENT, name="reservation_by_day"),
            models.Index(fields=["type", "apply_date"], condition=CURRENT, name="reservation_by_type"),
        ]

    def __str__(self) -> str:
        return f"{self.type} of {self.subscription_id} on {self.apply_date}"


class PreOrder(VendorRow):
    """A paid subscription that starts later."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="pre_orders")
    pre_order_id = models.BigIntegerField()
    product_id = models.TextField(_("product"), blank=True)
    plan = models.TextField(_("plan"), blank=True)
    apply_date = models.DateField(_("apply date"))
    license_count = models.PositiveBigIntegerField(_("licenses"), null=True, blank=True)

    objects: ClassVar[ContractQuerySet["PreOrder"]] = ContractQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        verbose_name = _("pre-order")
        verbose_name_plural = _("pre-orders")
        ordering = ["customer_id", "apply_date", "pre_order_id"]
        constraints = [models.UniqueConstraint(fields=["customer", "pre_order_id"], name="one_row_a_pre_order")]
        indexes = [models.Index(fields=["apply_date", "id"], condition=CURRENT, name="pre_order_by_day")]
        permissions = [("order", _("Can place orders"))]

    def __str__(self) -> str:
        return f"{self.product_id} {self.plan} from {self.apply_date}"
