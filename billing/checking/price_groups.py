"""Differences that are the same difference of a price: one sentence for all of them, and one cause."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Abs

from billing.check_words import item_words, price_words
from billing.models import CheckDifference
from billing.models.checks import UNDECIDED

_COLUMNS = ("item_type", "item_id", "sub_item_id", "plan", "billed_each", "expected_each")
# In an address; no code of LINE WORKS has one.
_BETWEEN = "|"
MOST = 50


@dataclass(frozen=True)
class PriceGroup:
    """
    Differences of a plan or option with a contract type, billed at the same other price.

    Args:
        difference: what all of them have: item and prices.
        count: how many they are.
        waiting: how many of them have no cause.
        yen: what they come to.
    """

    difference: CheckDifference
    count: int
    waiting: int
    yen: int

    @property
    def value(self) -> str:
        """What names it in an address."""
        return _BETWEEN.join(str(getattr(self.difference, name)) for name in _COLUMNS)

    @property
    def item(self) -> str:
        """What is billed at another price."""
        return item_words(self.difference)

    @property
    def prices(self) -> str:
        """The two prices."""
        return price_words(self.difference)


def groups_in(differences: QuerySet[CheckDifference], most: int = MOST) -> list[PriceGroup]:
    """Return the groups of two and more among differences, the largest amount first."""
    of_price = differences.filter(billed_each__isnull=False).order_by()
    groups = of_price.values(*_COLUMNS).annotate(
        count=Count("pk"), waiting=Count("pk", filter=UNDECIDED), sum=Sum("yen"), size=Abs(Sum("yen"))
    )
    return [
        PriceGroup(
            CheckDifference(**{name: group[name] for name in _COLUMNS}), group["count"], group["waiting"], group["sum"]
        )
        for group in groups.filter(count__gt=1).order_by("-size", *_COLUMNS)[:most]
    ]


def alone(differences: QuerySet[CheckDifference], groups: Sequence[PriceGroup]) -> QuerySet[CheckDifference]:
    """Return the differences that are in none of the groups, as far as these wait for a cause."""
    for group in groups:
        if group.waiting:
            differences = differences.exclude(of_group(group.value))
    return differences


def of_group(value: str) -> Q:
    """Return the condition for the differences of a group."""
    return Q(**dict(zip(_COLUMNS, value.split(_BETWEEN), strict=True)))
