"""Cache tables of options: held, at renewal, scheduled, used."""

from typing import ClassVar, TypeVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from portal.sync.models import VendorRow
from portal.sync.querysets import OfCustomerQuerySet

CURRENT = Q(removed_at=None)

Row = TypeVar("Row", bound=models.Model)


class OptionQuerySet(OfCustomerQuerySet[Row]):
    """Options and what goes with them as pages ask for them."""


class OptionProduct(VendorRow):
    """
    An option that a customer holds; LINE WORKS tells a customer's options apart by ``option_product_id`` alone.

    ``quantity`` is None for options that are not sold by quantity.
    """

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="options")
    option_product_id = models.TextField(_("option"))
    sub_option_id = models.TextField(_("size"))
    subscription_id = models.BigIntegerField()
    plan = models.TextField(_("plan"))
    quantity = models.PositiveBigIntegerField(_("quantity"), null=True, blank=True)
    applied_at = models.DateTimeField(_("applied"))
    start_date = models.DateField(_("start"))
    end_date = models.DateField(_("contract end"))

    objects: ClassVar[OptionQuerySet["OptionProduct"]] = OptionQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        verbose_name = _("option")
        verbose_name_plural = _("options")
        permissions = [("order", _("Can order options"))]
        ordering = ["customer_id", "option_product_id"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "option_product_id"], name="one_row_an_option"),
        ]
        indexes = [
            models.Index(fields=["end_date", "id"], condition=CURRENT, name="option_by_end"),
            models.Index(fields=["option_product_id", "sub_option_id"], condition=CURRENT, name="option_by_size"),
            models.Index(fields=["customer", "subscription_id"], condition=CURRENT, name="option_by_subscription"),
        ]

    def __str__(self) -> str:
        return f"{self.option_product_id} {self.sub_option_id} of {self.customer_id}"


class OptionRenewal(VendorRow):
    """What happens to an option at the end of its contract."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="option_renewals")
    option_product_id = models.TextField(_("option"))
    sub_option_id = models.TextField(_("size"), blank=True)
    subscription_id = models.BigIntegerField(null=True, blank=True)
    type = models.TextField(_("what happens"), blank=True)
    quantity = models.PositiveBigIntegerField(_("quantity"), null=True, blank=True)

    objects: ClassVar[OptionQuerySet["OptionRenewal"]] = OptionQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        verbose_name = _("renewal of an option")
        verbose_name_plural = _("renewals of options")
        ordering = ["customer_id", "option_product_id"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "option_product_id"], name="one_row_an_option_renewal"),
        ]
        indexes = [models.Index(fields=["type", "id"], condition=CURRENT, name="option_renewal_by_type")]

    def __str__(self) -> str:
        return f"{self.type} of {self.option_product_id} of {self.customer_id}"


class OptionOrder(VendorRow):
    """
    The one task scheduled for an option of a customer.

    ``subscription_id`` is None while the subscription, too, is only scheduled.
    """

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="option_orders")
    option_product_id = models.TextField(_("option"))
    sub_option_id = models.TextField(_("size"))
    subscription_id = models.BigIntegerField(null=True, blank=True)
    type = models.TextField(_("what happens"))
    quantity = models.PositiveBigIntegerField(_("quantity"), null=True, blank=True)
    apply_date = models.DateField(_("apply date"))

    objects: ClassVar[OptionQuerySet["OptionOrder"]] = OptionQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        verbose_name = _("scheduled task of an option")
        verbose_name_plural = _("scheduled tasks of options")
        ordering = ["customer_id", "apply_date", "option_product_id"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "option_product_id"], name="one_row_an_option_order"),
        ]
        indexes = [
            models.Index(fields=["apply_date", "id"], condition=CURRENT, name="option_order_by_day"),
            models.Index(fields=["type", "apply_date"], condition=CURRENT, name="option_order_by_type"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.option_product_id} of {self.customer_id} on {self.apply_date}"


class OptionUsage(VendorRow):
    """
    What a customer used of an option on one day, as the answer for ``month``, its first day, has it.

    What ``usage_count`` counts is on no page of LINE WORKS.
    """

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="option_usages")
    month = models.DateField(_("month"))
    used_date = models.DateField(_("day"))
    product_group_id = models.TextField(_("product group"))
    option_product_id = models.TextField(_("option"))
    sub_option_id = models.TextField(_("size"))
    plan = models.TextField(_("plan"))
    member_count = models.PositiveBigIntegerField(_("members"), null=True, blank=True)
    license_count = models.PositiveBigIntegerField(_("licenses"), null=True, blank=True)
    quantity = models.PositiveBigIntegerField(_("quantity"), null=True, blank=True)
    usage_count = models.PositiveBigIntegerField(_("in use"), null=True, blank=True)

    objects: ClassVar[OptionQuerySet["OptionUsage"]] = OptionQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        verbose_name = _("usage of an option")
        verbose_name_plural = _("usages of options")
        ordering = ["customer_id", "used_date", "option_product_id"]
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "customer", "month", "used_date", "product_group_id", "option_product_id", "sub_option_id", "plan",
                ],
                name="one_row_a_day_of_an_option",
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="an_option_is_used_in_a_month"),
        ]  # fmt: skip
        indexes = [models.Index(fields=["used_date", "option_product_id"], name="option_usage_by_day")]

    def __str__(self) -> str:
        return f"{self.option_product_id} of {self.customer_id} on {self.used_date}"
