"""Cache tables of options: held, at renewal, scheduled, used."""

from datetime import date
from typing import ClassVar, Self, TypeVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, standing_of, tags_of
from portal.sync.models import VendorRow
from portal.sync.querysets import OfCustomerQuerySet

CURRENT = Q(removed_at=None)

Row = TypeVar("Row", bound=models.Model)


class OptionQuerySet(OfCustomerQuerySet[Row]):
    """Options and what goes with them as pages ask for them."""


class OptionProductQuerySet(OptionQuerySet["OptionProduct"]):
    """Options held, as lists ask for them."""

    def for_list(self) -> Self:
        """
        Those of customers that LINE WORKS lists.

        Few customers are removed, so that looking for these is cheaper than looking at the customer of each row.
        """
        return (
            self.current()
            .exclude(customer__in=Customer.objects.removed())
            .select_related("customer__owner")
            .only(
                "option_product_id", "sub_option_id", "subscription_id", "plan", "quantity", "start_date", "end_date",
                "customer__company_name", "customer__domain", "customer__customer_code", "customer__owner__name",
                "customer__owner__email",
            )
            .annotate(tag_names=tags_of("customer_id"), leaving=standing_of("customer__", "withdrawal_date"))
        )  # fmt: skip


class OptionProduct(VendorRow):
    """
    An option that a customer holds; LINE WORKS tells a customer's options apart by ``option_product_id`` alone.

    ``quantity`` is None for options that are not sold by quantity.
    """

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="options")
    option_product_id = models.TextField(_("option"))
    sub_option_id = models.TextField(_("sub option"))
    subscription_id = models.BigIntegerField()
    plan = models.TextField(_("contract type"))
    quantity = models.PositiveBigIntegerField(_("quantity"), null=True, blank=True)
    applied_at = models.DateTimeField(_("applied at"))
    start_date = models.DateField(_("start date"))
    end_date = models.DateField(_("contract end"))

    # What `for_list` adds
    leaving: date | None
    tag_names: list[str]

    objects: ClassVar[OptionProductQuerySet] = OptionProductQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        verbose_name = _("option")
        verbose_name_plural = _("options")
        permissions = [("order", _("Can submit option requests"))]
        ordering = ["customer_id", "option_product_id"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "option_product_id"], name="one_row_an_option"),
        ]
        indexes = [
            models.Index(fields=["end_date", "id"], condition=CURRENT, name="option_by_end"),
            models.Index(fields=["option_product_id", "sub_option_id", "id"], condition=CURRENT, name="option_by_size"),
            models.Index(fields=["customer", "subscription_id"], condition=CURRENT, name="option_by_subscription"),
        ]

    def __str__(self) -> str:
        return f"{self.option_product_id} {self.sub_option_id} of {self.customer_id}"


class OptionRenewal(VendorRow):
    """What happens to an option at the end of its contract."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="option_renewals")
    option_product_id = models.TextField(_("option"))
    sub_option_id = models.TextField(_("sub option"), blank=True)
    subscription_id = models.BigIntegerField(null=True, blank=True)
    type = models.TextField(_("type"), blank=True)
    quantity = models.PositiveBigIntegerField(_("quantity"), null=True, blank=True)

    objects: ClassVar[OptionQuerySet["OptionRenewal"]] = OptionQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        verbose_name = _("option renewal settings")
        verbose_name_plural = _("option renewal settings")
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
    sub_option_id = models.TextField(_("sub option"))
    subscription_id = models.BigIntegerField(null=True, blank=True)
    type = models.TextField(_("type"))
    quantity = models.PositiveBigIntegerField(_("quantity"), null=True, blank=True)
    apply_date = models.DateField(_("scheduled date"))

    objects: ClassVar[OptionQuerySet["OptionOrder"]] = OptionQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        verbose_name = _("scheduled option change")
        verbose_name_plural = _("scheduled option changes")
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


class OptionUsageQuerySet(OptionQuerySet["OptionUsage"]):
    """Days of options as pages ask for them."""

    def latest_of_each_option(self) -> Self:
        """Return of each option the last day that is known. There may be years of days, so the database chooses."""
        return self.current().order_by("option_product_id", "-used_date", "-pk").distinct("option_product_id")


class OptionUsage(VendorRow):
    """
    What a customer used of an option on one day, as the answer for ``month``, its first day, has it.

    What ``usage_count`` counts is on no page of LINE WORKS.
    """

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="option_usages")
    month = models.DateField(_("month"))
    used_date = models.DateField(_("day"))
    product_group_id = models.TextField(_("plan group"))
    option_product_id = models.TextField(_("option"))
    sub_option_id = models.TextField(_("sub option"))
    plan = models.TextField(_("contract type"))
    member_count = models.PositiveBigIntegerField(_("number of users"), null=True, blank=True)
    license_count = models.PositiveBigIntegerField(_("number of licenses"), null=True, blank=True)
    quantity = models.PositiveBigIntegerField(_("quantity"), null=True, blank=True)
    usage_count = models.PositiveBigIntegerField(_("amount used"), null=True, blank=True)

    objects: ClassVar[OptionUsageQuerySet] = OptionUsageQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        verbose_name = _("option usage")
        verbose_name_plural = _("option usage")
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
