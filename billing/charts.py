"""Figures of months for charts: what invoices state, and what settlement items come to by kind."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from billing.models import Invoice, ItemTotal
from billing.money import Money, total
from billing.months import used_in
from portal.core.labels import SHORT_PLANS

# Plans are told apart by how they are paid; what is no plan, by its item type.
SUMMARY = "SUMMARY"
ANNUAL, MONTHLY, LUMP_SUM, OPTIONS, EXTRA = "annual", "monthly", "lump-sum", "options", "extra"
KINDS: Mapping[str, str | Promise] = {
    ANNUAL: SHORT_PLANS["ANNUAL_LICENSE"],
    MONTHLY: SHORT_PLANS["MONTHLY"],
    LUMP_SUM: SHORT_PLANS["ANNUAL_PREPAY_LICENSE"],
    OPTIONS: _("Options, adjustments"),
    EXTRA: _("Option Plus, penalties, other"),
}
_BY_CONTRACT_TYPE = {"ANNUAL": ANNUAL, "MONTHLY": MONTHLY, "ANNUAL_PREPAY": LUMP_SUM}


@dataclass(frozen=True)
class MonthByKind:
    """A month of use, and what its settlement items come to by kind, in the order of ``KINDS``."""

    month: date
    amounts: Sequence[Money]

    @property
    def total(self) -> Money | None:
        """All kinds together."""
        return total(self.amounts)


@dataclass(frozen=True)
class Stated:
    """A month as its invoice states it: spent, tax, Option Plus and penalties."""

    invoice: Invoice

    @property
    def amounts(self) -> Sequence[Money | None]:
        """The amounts in the order of the bar, from below."""
        invoice = self.invoice
        return [invoice.used_amount, invoice.tax, invoice.option_plus_amount, invoice.penalty_amount]


def by_kind(totals: Iterable[ItemTotal]) -> Sequence[MonthByKind]:
    """
    Return what settlement items came to in each month, the earliest first.

    A month without details is not among them: nothing is known of it, which is not zero.
    """
    found: dict[date, dict[str, Money]] = {}
    for row in totals:
        if row.item_type != SUMMARY:
            kinds = found.setdefault(row.month, dict.fromkeys(KINDS, 0))
            kinds[kind_of(row.item_type, row.plan)] += row.amount or 0
    return [MonthByKind(used_in(month), list(found[month].values())) for month in sorted(found)]


def kind_of(item_type: str, plan: str) -> str:
    """Return to which part of a month's bar an item belongs."""
    if item_type == "PRODUCT":
        return _BY_CONTRACT_TYPE.get(plan.removesuffix("_LICENSE"), EXTRA)
    return OPTIONS if item_type in ("OPTION_PRODUCT", "ADJUSTMENT") else EXTRA
