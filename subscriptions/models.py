"""The cache tables of subscriptions and pre-orders."""

from typing import ClassVar, Self, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from portal.sync.models import VendorRow

Contract = TypeVar("Contract", bound=models.Model)


class ContractQuerySet(models.QuerySet[Contract]):
    """Contracts as pages ask for them."""

    def current(self) -> Self:
        """Those that the vendor still shows."""
        return self.filter(gone_at=None)

    def of_customer(self, domain_id: int) -> Self:
        """Those of one customer."""
        return self.filter(customer_id=domain_id)


class Subscription(VendorRow):
    """A product contract of a customer."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="subscriptions")
    subscription_id = models.BigIntegerField()
    product_id = models.TextField(_("product"))
    plan = models.TextField(_("plan"))
    status = models.TextField(_("status"))
    start_date = models.DateField(_("start"))
    end_date = models.DateField(_("contract end"), null=True, blank=True)
    licence_count = models.BigIntegerField(_("licences"), null=True, blank=True)
    renewal_type = models.TextField(_("renewal"), blank=True)

    objects: ClassVar[ContractQuerySet["Subscription"]] = ContractQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        ordering = ["customer_id", "start_date", "subscription_id"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "subscription_id"], name="one_row_a_subscription"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.plan} {self.subscription_id}"


class PreOrder(VendorRow):
    """A paid subscription that starts later."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="pre_orders")
    pre_order_id = models.BigIntegerField()
    product_id = models.TextField(_("product"), blank=True)
    plan = models.TextField(_("plan"), blank=True)
    apply_date = models.DateField(_("apply date"))
    licence_count = models.BigIntegerField(_("licences"), null=True, blank=True)

    objects: ClassVar[ContractQuerySet["PreOrder"]] = ContractQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        verbose_name = _("pre-order")
        verbose_name_plural = _("pre-orders")
        ordering = ["customer_id", "apply_date", "pre_order_id"]
        constraints = [models.UniqueConstraint(fields=["customer", "pre_order_id"], name="one_row_a_pre_order")]
        permissions = [("order", _("Can place orders"))]

    def __str__(self) -> str:
        return f"{self.product_id} {self.plan} from {self.apply_date}"
