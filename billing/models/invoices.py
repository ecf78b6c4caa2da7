"""Cache tables of invoices: the partner's invoices, the customers' details of them, and their settlement items."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from billing.assumptions import AMOUNT_MEMBER
from billing.money import Money, total
from billing.months import billed_in, in_address, used_in
from portal.sync.models import VendorRow
from portal.sync.querysets import VendorRowQuerySet

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def _money(label: "StrOrPromise") -> "models.DecimalField[Decimal | None, Decimal | None]":
    """Return a column for an amount; yen have no decimals, but nothing is rounded should some come."""
    return models.DecimalField(label, max_digits=20, decimal_places=4, null=True, blank=True)


# The members of an invoice that hold money
AMOUNTS = (
    "usedAmount", "usedTaxAmount", "optionPlusAmount", "optionPlusTaxAmount", "penaltyAmount", "totalAmount",
)  # fmt: skip


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
    used_amount = _money(_("amount spent"))
    option_plus_amount = _money(_("Option Plus"))
    tax_rate = models.DecimalField(
        _("tax rate"), max_digits=9, decimal_places=4, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    used_tax_amount = _money(_("tax"))
    option_plus_tax_amount = _money(_("tax on Option Plus"))
    penalty_amount = _money(_("penalty"))
    total_amount = _money(_("amount due"))
    payment_status = models.TextField(_("payment status"), blank=True)
    paid_at = models.DateTimeField(_("paid on"), null=True, blank=True)
    issued_at = models.DateTimeField(_("issued on"), null=True, blank=True)

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
        # All that finance may do besides looking at invoices. Tables of prices declare no permissions of their own.
        permissions = [
            ("view_price", _("Can see sale prices")),
            ("view_purchase_price", _("Can see purchase prices and margins")),
            ("change_pricelist", _("Can edit the price list")),
            ("sign_off", _("Can sign off a month")),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_no} of {self.year}-{self.invoice_month or 0:02}"

    @property
    def named(self) -> date | None:
        """The month that LINE WORKS names it by, of the year that was asked for; none where it states no month."""
        return date(self.year, self.invoice_month, 1) if self.invoice_month else None

    @property
    def billed(self) -> date | None:
        """The month of the bill."""
        return billed_in(self.named) if self.named else None

    @property
    def used(self) -> date | None:
        """The month of use."""
        return used_in(self.named) if self.named else None

    @property
    def address(self) -> str:
        """How its month is written in an address; empty where it has none."""
        return in_address(self.billed) if self.billed else ""

    @property
    def issued_on(self) -> date | None:
        """The day on which it was issued, in the business time zone."""
        return localtime(self.issued_at).date() if self.issued_at else None

    @property
    def tax(self) -> Money | None:
        """Both taxes together."""
        return total([self.used_tax_amount, self.option_plus_tax_amount])

    @property
    def odd_year(self) -> bool:
        """Whether it states another year than the one it was listed under."""
        return self.invoice_year is not None and self.invoice_year != self.year

    @property
    def odd_amounts(self) -> list[str]:
        """The fields whose amount is not a whole number, by LINE WORKS's names."""
        return [name for name in AMOUNTS if not isinstance(self.raw.get(name), int | None)]


class InvoiceDetailQuerySet(VendorRowQuerySet["InvoiceDetail"]):
    """Customers' shares of invoices as pages ask for them."""

    def of_customer(self, domain_id: int) -> Self:
        """Those of one customer, over all months."""
        return self.filter(domain_id=domain_id)

    def of_month(self, period: str) -> Self:
        """Those of one month, written ``2026-11``."""
        return self.filter(month=f"{period}-01")

    def with_sums(self) -> Self:
        """The same rows with what their items come to by the documented sum, and by how much the stated one differs."""
        parts = (
            Coalesce(F(name), Value(Decimal())) for name in ("plans_amount", "options_amount", "adjustment_amount")
        )
        return self.annotate(summed=reduce(add, parts)).annotate(differs_by=F("stated_amount") - F("summed"))


class InvoiceDetail(VendorRow):
    """
    A customer's share of one month's invoice.

    ``domain_id`` is no foreign key: the invoice may name a customer that Partnerdesk has never met.

    The columns from ``plans_amount`` on sum up its settlement items, so that a month's page sorts and adds up all
    customers by one index. A sum of no items is None; ``stated_amount`` is what LINE WORKS states as their sum, and is
    never computed. ``spent_before`` is that of the month before: 0 for a customer that had no details then, None where
    nothing is known of that month. ``odd_items`` have an amount that is absent, not a whole number, or a text.
    """

    FILLED_BY_PORTAL = (
        "plans_amount", "options_amount", "adjustment_amount", "option_plus_amount", "penalty_amount", "other_amount",
        "stated_amount", "spent_before", "item_count", "odd_items", "lead_item", "lead_plan", "lead_users",
    )  # fmt: skip

    month = models.DateField(_("month"))
    domain_id = models.BigIntegerField()
    domain = models.TextField(_("domain"), blank=True)
    customer_name = models.TextField(_("company or organization name"), blank=True)
    customer_code = models.TextField(_("customer code"), blank=True)
    plans_amount = _money(_("plans"))
    options_amount = _money(_("options"))
    adjustment_amount = _money(_("adjustments"))
    option_plus_amount = _money(_("Option Plus"))
    penalty_amount = _money(_("penalty"))
    other_amount = _money(_("other items"))
    stated_amount = _money(_("amount spent"))
    spent_before = _money(_("amount spent in the month before"))
    item_count = models.PositiveIntegerField(default=0)
    odd_items = models.PositiveIntegerField(default=0)
    lead_item = models.TextField(_("plan"), blank=True)
    lead_plan = models.TextField(_("contract type"), blank=True)
    lead_users = models.PositiveBigIntegerField(_("number of users"), null=True, blank=True)

    objects: ClassVar[InvoiceDetailQuerySet] = InvoiceDetailQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        verbose_name = _("invoice detail")
        verbose_name_plural = _("invoice details")
        ordering = ["-month", "domain_id"]
        constraints = [
            models.UniqueConstraint(fields=["month", "domain_id"], name="one_row_a_share_of_an_invoice"),
            models.CheckConstraint(condition=Q(month__day=1), name="a_share_is_of_a_month"),
        ]
        indexes = [
            models.Index(fields=["domain_id", "-month"], name="share_of_invoice_by_customer"),
            models.Index(fields=["customer_code", "-month"], name="share_of_invoice_by_code"),
        ]

    # What `with_sums` adds
    summed: Decimal
    differs_by: Decimal | None

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} of {self.domain_id}"

    @property
    def name(self) -> str:
        """What the customer is called on the invoice; its number if it has no name there."""
        return self.customer_name or self.domain or str(self.domain_id)


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
    item_type = models.TextField(_("item type"), blank=True)
    start_date = models.DateField(_("start date"), null=True, blank=True)
    end_date = models.DateField(_("end date"), null=True, blank=True)
    item_id = models.TextField(_("item"), blank=True)
    sub_item_id = models.TextField(_("sub option"), blank=True)
    plan = models.TextField(_("contract type"), blank=True)
    license_count = models.PositiveBigIntegerField(_("number of licenses"), null=True, blank=True)
    member_count = models.PositiveBigIntegerField(_("number of users"), null=True, blank=True)
    quantity = models.PositiveBigIntegerField(_("quantity"), null=True, blank=True)
    status = models.TextField(_("status"), blank=True)
    amount = _money(_("amount"))

    objects: ClassVar[SettlementItemQuerySet] = SettlementItemQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    KNOWN_FIGURES = frozenset({"subscriptionId", "licenseCount", "memberCount", "quantity"})
    # The documented fields, and the one in which the amount is supposed to be
    KNOWN_FIELDS = KNOWN_FIGURES | {
        "itemType", "startDate", "endDate", "itemId", "subItemId", "plan", "status", AMOUNT_MEMBER,
    }  # fmt: skip

    class Meta:
        verbose_name = _("settlement item")
        verbose_name_plural = _("settlement items")
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

    @property
    def further(self) -> Mapping[str, str]:
        """Every field besides the documented ones, as received, by LINE WORKS's name for it."""
        return {
            name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            for name, value in self.raw.items()
            if name not in self.KNOWN_FIELDS
        }

    @property
    def further_words(self) -> str:
        """The further fields in one text."""
        return "; ".join(f"{name}: {value}" for name, value in self.further.items())

    @property
    def is_odd(self) -> bool:
        """Whether its amount is absent, not a whole number, or a text."""
        received = self.raw.get(AMOUNT_MEMBER)
        return self.amount is None or self.amount != int(self.amount) or isinstance(received, str)

    @property
    def amount_received(self) -> str:
        """The amount as received; empty where there is none."""
        return json.dumps(self.raw[AMOUNT_MEMBER], ensure_ascii=False) if AMOUNT_MEMBER in self.raw else ""


class ItemTotal(models.Model):
    """
    What the settlement items of a month come to, by item type, item, size and contract type.

    Filled whenever details of the month are stored, so that subtotals and charts of years cost a few hundred rows.
    """

    month = models.DateField(_("month"))
    item_type = models.TextField(_("item type"), blank=True)
    item_id = models.TextField(_("item"), blank=True)
    sub_item_id = models.TextField(_("sub option"), blank=True)
    plan = models.TextField(_("contract type"), blank=True)
    amount = _money(_("amount"))
    items = models.PositiveIntegerField()
    customers = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("total of settlement items")
        verbose_name_plural = _("totals of settlement items")
        ordering = ["month", "item_type", "item_id", "sub_item_id", "plan"]
        constraints = [
            models.UniqueConstraint(
                fields=["month", "item_type", "item_id", "sub_item_id", "plan"], name="one_total_of_an_item"
            ),
        ]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.item_type} {self.item_id} in {self.month:%Y-%m}"
