"""Cache tables of billing: daily usage, invoices, invoice details."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from portal.sync.models import VendorRow
from portal.sync.querysets import OfCustomerQuerySet, VendorRowQuerySet

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

CURRENT = Q(removed_at=None)


def _money(label: "StrOrPromise") -> "models.DecimalField[Decimal | None, Decimal | None]":
    """Return a column for an amount; yen have no decimals, but nothing is rounded should some come."""
    return models.DecimalField(label, max_digits=20, decimal_places=4, null=True, blank=True)


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
    product_group_id = models.TextField(_("product group"))
    product_id = models.TextField(_("product"))
    plan = models.TextField(_("plan"))
    status = models.TextField(_("status"))
    license_count = models.PositiveBigIntegerField(_("licenses"), null=True, blank=True)
    member_count = models.PositiveBigIntegerField(_("members"), null=True, blank=True)
    member_limit = models.PositiveBigIntegerField(_("user limit"), null=True, blank=True)

    objects: ClassVar[UsageQuerySet] = UsageQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        verbose_name = _("usage")
        verbose_name_plural = _("usages")
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


class InvoiceQuerySet(VendorRowQuerySet["Invoice"]):
    """Invoices as pages ask for them."""


class Invoice(VendorRow):
    """
    One month's invoice of the partner, as the answer for ``year`` has it.

    What adds up to ``total_amount`` is not documented, so it is shown and never reckoned. ``invoice_year`` stays as it
    came: LINE WORKS's own example has five digits.
    """

    year = models.PositiveSmallIntegerField(_("year"))
    invoice_no = models.BigIntegerField(_("number"))
    invoice_year = models.PositiveIntegerField(null=True, blank=True)
    invoice_month = models.PositiveSmallIntegerField(
        _("month"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    partner_name = models.TextField(blank=True)
    used_amount = _money(_("used"))
    option_plus_amount = _money(_("Option Plus"))
    tax_rate = models.DecimalField(
        _("tax rate"), max_digits=9, decimal_places=4, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    used_tax_amount = _money(_("tax"))
    option_plus_tax_amount = _money(_("tax on Option Plus"))
    penalty_amount = _money(_("penalty"))
    total_amount = _money(_("total"))
    payment_status = models.TextField(_("payment"), blank=True)
    paid_at = models.DateTimeField(_("paid"), null=True, blank=True)
    issued_at = models.DateTimeField(_("issued"), null=True, blank=True)

    objects: ClassVar[InvoiceQuerySet] = InvoiceQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ["-year", "-invoice_month", "-invoice_no"]
        constraints = [
            models.UniqueConstraint(fields=["year", "invoice_no"], name="one_row_an_invoice"),
            models.CheckConstraint(
                condition=Q(invoice_month=None) | Q(invoice_month__range=(1, 12)), name="an_invoice_is_of_a_month"
            ),
            models.CheckConstraint(condition=Q(tax_rate=None) | Q(tax_rate__gte=0), name="a_tax_is_not_negative"),
        ]
        indexes = [models.Index(fields=["payment_status", "-year", "-invoice_month"], name="invoice_by_payment")]

    def __str__(self) -> str:
        return f"{self.invoice_no} of {self.year}-{self.invoice_month or 0:02}"


class InvoiceDetailQuerySet(VendorRowQuerySet["InvoiceDetail"]):
    """Customers' shares of invoices as pages ask for them."""

    def of_customer(self, domain_id: int) -> Self:
        """Those of one customer, over all months."""
        return self.filter(domain_id=domain_id)

    def of_month(self, period: str) -> Self:
        """Those of one month, written ``2026-11``."""
        return self.filter(month=f"{period}-01")


class InvoiceDetail(VendorRow):
    """
    A customer's share of one month's invoice.

    ``domain_id`` is no foreign key: the invoice may name a customer that Partnerdesk has never met.
    """

    month = models.DateField(_("month"))
    domain_id = models.BigIntegerField()
    domain = models.TextField(_("domain"), blank=True)
    customer_name = models.TextField(_("name"), blank=True)
    customer_code = models.TextField(_("code"), blank=True)

    objects: ClassVar[InvoiceDetailQuerySet] = InvoiceDetailQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        verbose_name = _("share of an invoice")
        verbose_name_plural = _("shares of invoices")
        ordering = ["-month", "domain_id"]
        constraints = [
            models.UniqueConstraint(fields=["month", "domain_id"], name="one_row_a_share_of_an_invoice"),
            models.CheckConstraint(condition=Q(month__day=1), name="a_share_is_of_a_month"),
        ]
        indexes = [
            models.Index(fields=["domain_id", "-month"], name="share_of_invoice_by_customer"),
            models.Index(fields=["customer_code", "-month"], name="share_of_invoice_by_code"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} of {self.domain_id}"


class SettlementItemQuerySet(VendorRowQuerySet["SettlementItem"]):
    """Lines of invoices as pages ask for them."""


class SettlementItem(VendorRow):
    """
    One line of a customer's share of an invoice. LINE WORKS gives it no number: its place tells it apart.

    The page was cut before the fields that hold money, so ``amount`` is read as ``billing.assumptions`` supposes
    it, and ``amounts`` answers every figure that has no column, under LINE WORKS's own name.
    """

    detail = models.ForeignKey(InvoiceDetail, models.PROTECT, related_name="lines")
    place = models.PositiveIntegerField()
    subscription_id = models.BigIntegerField(null=True, blank=True)
    item_type = models.TextField(_("kind"), blank=True)
    start_date = models.DateField(_("from"), null=True, blank=True)
    end_date = models.DateField(_("until"), null=True, blank=True)
    item_id = models.TextField(_("item"), blank=True)
    sub_item_id = models.TextField(_("size"), blank=True)
    plan = models.TextField(_("plan"), blank=True)
    license_count = models.PositiveBigIntegerField(_("licenses"), null=True, blank=True)
    member_count = models.PositiveBigIntegerField(_("members"), null=True, blank=True)
    quantity = models.PositiveBigIntegerField(_("quantity"), null=True, blank=True)
    status = models.TextField(_("status"), blank=True)
    amount = _money(_("amount"))

    objects: ClassVar[SettlementItemQuerySet] = SettlementItemQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    KNOWN_FIGURES = frozenset({"subscriptionId", "licenseCount", "memberCount", "quantity"})

    class Meta:
        verbose_name = _("line of an invoice")
        verbose_name_plural = _("lines of invoices")
        ordering = ["detail_id", "place"]
        constraints = [models.UniqueConstraint(fields=["detail", "place"], name="one_row_a_line_of_an_invoice")]
        indexes = [
            models.Index(fields=["item_type", "item_id"], name="line_of_invoice_by_item"),
            models.Index(fields=["subscription_id"], name="line_of_invoice_by_contract"),
        ]

    def __str__(self) -> str:
        return f"{self.item_type} {self.item_id} at {self.place} of {self.detail_id}"

    @property
    def amounts(self) -> Mapping[str, Decimal]:
        """Return every figure of the line that no column holds, by LINE WORKS's name for it."""
        return {
            name: Decimal(str(value))
            for name, value in self.raw.items()
            if isinstance(value, int | float) and not isinstance(value, bool) and name not in self.KNOWN_FIGURES
        }
