"""What a month's settlement items come to: by item type, plan and option; and whether that is what is stated."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q, Sum

from billing.models import Invoice, InvoiceDetail, InvoiceDetailQuerySet, ItemTotal
from billing.money import Money, total
from billing.months import shifted

# In the order of the documented sum, then what stands outside it
TYPES = ("PRODUCT", "OPTION_PRODUCT", "ADJUSTMENT", "SUMMARY", "OPTION_PLUS", "PENALTY")
AMOUNTS = (
    "plans_amount", "options_amount", "adjustment_amount", "option_plus_amount", "penalty_amount", "other_amount",
    "stated_amount", "summed", "spent_before", "grown_by",
)  # fmt: skip


@dataclass(frozen=True)
class Subtotal:
    """Items of one kind: their item type, item and size, and how they are paid where that tells them apart."""

    item_type: str
    item_id: str
    sub_item_id: str
    plan: str
    amount: Money | None
    items: int


@dataclass(frozen=True)
class TypeTotal:
    """All items of one type, and what they are about."""

    item_type: str
    amount: Money | None
    items: int
    parts: Sequence[Subtotal]


@dataclass(frozen=True)
class Totals:
    """
    What the details that a filter finds come to.

    Args:
        customers: how many there are.
        amounts: by the column of the details; None where no detail has one.
        up: how many customers spent more than in the month before.
        down: how many spent less.
        odd: how many have amounts that are absent, no whole number, or a text.
        differing: of how many the sum of the items is not the stated one.
        penalties: how many have a penalty.
    """

    customers: int
    amounts: dict[str, Decimal | None]
    up: int
    down: int
    odd: int
    differing: int
    penalties: int


def totals_of(details: InvoiceDetailQuerySet) -> Totals:
    """Return what details come to, in one query; they are those of ``billing.listing.details_of``."""
    found = details.order_by().aggregate(
        customers=Count("pk"),
        up=Count("pk", filter=Q(grown_by__gt=0)),
        down=Count("pk", filter=Q(grown_by__lt=0)),
        odd=Count("pk", filter=Q(odd_items__gt=0) | Q(item_count=0)),
        differing=Count("pk", filter=~Q(differs_by=0) & Q(differs_by__isnull=False)),
        penalties=Count("pk", filter=Q(penalty_amount__isnull=False)),
        **{f"sum_{name}": Sum(name) for name in AMOUNTS},
    )
    amounts = {name: found.pop(f"sum_{name}") for name in AMOUNTS}
    return Totals(amounts=amounts, **found)


def subtotals_of(rows: Iterable[ItemTotal]) -> list[TypeTotal]:
    """Return totals of items by type, in the order of ``TYPES``; types that nobody knows come last."""
    by_type: dict[str, list[ItemTotal]] = {}
    for row in rows:
        by_type.setdefault(row.item_type, []).append(row)
    known = [name for name in TYPES if name in by_type]
    return [
        TypeTotal(name, total(row.amount for row in by_type[name]), sum(row.items for row in by_type[name]), parts)
        for name in (*known, *sorted(by_type.keys() - set(TYPES)))
        for parts in [_parts(by_type[name])]
    ]


def _parts(rows: Iterable[ItemTotal]) -> list[Subtotal]:
    """Return what items of a type are about, the largest first; nothing where they are about nothing in particular."""
    parts = [Subtotal(row.item_type, row.item_id, row.sub_item_id, row.plan, row.amount, row.items) for row in rows]
    if not any(part.item_id for part in parts):
        return []
    return sorted(parts, key=lambda part: (-(part.amount or 0), part.item_id, part.sub_item_id, part.plan))


@dataclass(frozen=True)
class Comparison:
    """
    The amount spent as the invoice states it, beside what the customers' details come to.

    Args:
        stated: of the invoice.
        summed: the stated sums of all customers.
        adjustments: the part of it that is adjustments.
    """

    stated: Money | None
    summed: Money | None
    adjustments: Money | None

    @property
    def differs_by(self) -> Money | None:
        """By how much the details are more than the invoice; none where one of the two is not stated."""
        return None if self.stated is None or self.summed is None else self.summed - self.stated

    @property
    def agrees(self) -> bool:
        """Whether both are the same."""
        return self.differs_by == 0

    @property
    def agrees_without_adjustments(self) -> bool:
        """Whether the adjustments are all of the difference."""
        return not self.agrees and self.differs_by is not None and self.differs_by == (self.adjustments or 0)


def comparison(invoice: Invoice, totals: Totals) -> Comparison:
    """Return the invoice beside its details."""
    return Comparison(invoice.used_amount, totals.amounts["stated_amount"], totals.amounts["adjustment_amount"])


@dataclass(frozen=True)
class Growth:
    """
    What the growth of the amount spent consists of, where that is not what the customers of the month add up to.

    Args:
        customers: by how much the customers of the month spent more.
        gone: what customers spent in the month before that are on the invoice no more; never above 0.
        rest: what is in the amount spent and in no customer's, against the month before.
        is_adjustments: whether the rest is the adjustments, which the amount spent doesn't contain.
    """

    customers: Money
    gone: Money
    rest: Money
    is_adjustments: bool


def growth_of(grown_by: Money | None, totals: Totals, named: date) -> Growth | None:
    """
    Return what the growth of a month consists of, in one query; none where its customers add up to it.

    Args:
        grown_by: as the invoices state it; None where one of them states nothing.
        totals: of all customers of the month.
        named: the month.
    """
    customers = totals.amounts["grown_by"]
    if grown_by is None or customers is None or customers == grown_by:
        return None
    details = InvoiceDetail.objects.current()
    stay = details.filter(month=named).values("domain_id")
    before = details.filter(month=shifted(named, -1)).aggregate(
        gone=Sum("stated_amount", filter=~Q(domain_id__in=stay)), adjustments=Sum("adjustment_amount")
    )
    gone = -(before["gone"] or 0)
    rest = grown_by - customers - gone
    adjustments = (before["adjustments"] or 0) - (totals.amounts["adjustment_amount"] or 0)
    return Growth(customers, gone, rest, rest == adjustments)


def totals_of_months(until: date, since: date) -> list[ItemTotal]:
    """Return the totals of items in some months, in one query."""
    return list(ItemTotal.objects.filter(month__range=(since, until)))
