"""Tables of the price list: its versions, and every price that was ever entered."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.core.clock import now
from portal.operations.priced import Per, Period


class PriceList(models.Model):
    """
    A version of the price list: it is in force from its day until the next version is.

    Append-only, and the database holds it. What is entered of it later is a row of ``PriceEntry``.
    """

    valid_from = models.DateField(_("valid from"), unique=True)
    made_at = models.DateTimeField(default=now)
    made_by_id = models.BigIntegerField()
    made_by_name = models.TextField()

    class Meta:
        verbose_name = _("price list")
        verbose_name_plural = _("price lists")
        ordering = ["-valid_from"]
        default_permissions = ()
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"from {self.valid_from}"


class PriceEntryQuerySet(models.QuerySet["PriceEntry"]):
    """Prices as they were entered."""

    def latest_of_each(self) -> "PriceEntryQuerySet":
        """The latest entry about each price of each version; those that remove one among them."""
        key = ("price_list_id", "item", "contract_type", "from_quantity")
        return self.order_by(*key, "-pk").distinct(*key)


class PriceEntry(models.Model):
    """
    One price as somebody entered it; the latest about the same item, contract type and quantity counts.

    Append-only, and the database holds it: a price never changes without a trace of who, when, and what it was before.
    Amounts are whole yen before tax.
    """

    price_list = models.ForeignKey(PriceList, models.PROTECT, related_name="entries")
    item = models.TextField(_("plan or option"))
    contract_type = models.TextField(_("contract type"))
    from_quantity = models.PositiveIntegerField(_("from quantity"), default=1)
    per = models.CharField(max_length=10, choices=[(str(each), str(each)) for each in Per])
    period = models.CharField(max_length=10, choices=[(str(each), str(each)) for each in Period])
    purchase = models.BigIntegerField(_("purchase price"), null=True, blank=True)
    sale = models.BigIntegerField(_("sale price"), null=True, blank=True)
    # In percent.
    tax_rate = models.PositiveSmallIntegerField(_("tax rate"))
    # There is no such price any more.
    is_removed = models.BooleanField(default=False)
    # A new version begins with what the one before it had; those rows are nobody's change.
    is_change = models.BooleanField(default=True)
    set_at = models.DateTimeField(default=now)
    set_by_id = models.BigIntegerField()
    set_by_name = models.TextField()

    objects: ClassVar[PriceEntryQuerySet] = PriceEntryQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=(Q(purchase=None) | Q(purchase__gte=0)) & (Q(sale=None) | Q(sale__gte=0)),
                name="a_price_is_not_negative",
            ),
            models.CheckConstraint(condition=Q(from_quantity__gte=1), name="a_price_is_for_one_or_more"),
            models.CheckConstraint(condition=Q(tax_rate__lte=100), name="a_tax_rate_is_a_percentage"),
            models.CheckConstraint(condition=Q(per__in=[str(each) for each in Per]), name="a_price_is_for_something"),
            models.CheckConstraint(
                condition=Q(period__in=[str(each) for each in Period]), name="a_price_is_for_a_while"
            ),
        ]
        indexes = [
            models.Index(
                fields=["price_list", "item", "contract_type", "from_quantity", "-id"], name="latest_entry_of_a_price"
            )
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.item} {self.contract_type} {self.sale}"
