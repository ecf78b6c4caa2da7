"""
The price list as it is stored: its versions, and what people enter.

Nothing is overwritten: an entry takes the place of an earlier one, which stays with the person who made it. A version
that is over is closed; one in force or to come can be edited.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from billing.models import PriceEntry, PriceList
from billing.rules.prices import Price, PriceBook, PriceVersion
from portal.accounts.models import User
from portal.core.clock import business_today
from portal.operations.priced import Per, Period

VIEW = "billing.view_price"
VIEW_PURCHASE = "billing.view_purchase_price"
CHANGE = "billing.change_pricelist"

PriceKey = tuple[str, str, int]


class Refused(ValueError):
    """A change of the price list is not saved; the text says why."""


def price_book() -> PriceBook:
    """Return all versions of the price list with their prices, as ``billing.rules.prices`` takes them."""
    days = dict(PriceList.objects.values_list("pk", "valid_from"))
    prices: dict[int, list[Price]] = {pk: [] for pk in days}
    for entry in PriceEntry.objects.filter(price_list__in=days).latest_of_each() if days else ():
        if not entry.is_removed:
            prices[entry.price_list_id].append(price_of(entry))
    return PriceBook(tuple(PriceVersion(days[pk], tuple(found)) for pk, found in prices.items()))


def prices_of(version: PriceList) -> dict[PriceKey, Price]:
    """Return the prices of a version as they are now."""
    entries = PriceEntry.objects.filter(price_list=version).latest_of_each()
    return {key_of(price): price for price in (price_of(entry) for entry in entries if not entry.is_removed)}


def price_of(entry: PriceEntry) -> Price:
    """Return a stored price as the rules take it."""
    return Price(
        entry.item,
        entry.contract_type,
        Per(entry.per),
        Period(entry.period),
        entry.purchase,
        entry.sale,
        entry.tax_rate,
        entry.from_quantity,
    )


def key_of(price: Price) -> PriceKey:
    """Return what a price of a version is known by."""
    return price.item, price.contract_type, price.from_quantity


def version_in_force(day: date | None = None) -> PriceList | None:
    """Return the version in force on a day, today unless told; None before the first."""
    return PriceList.objects.filter(valid_from__lte=day or business_today()).first()


def is_over(version: PriceList, today: date) -> bool:
    """Return whether a later version is in force, so that nothing of this one is edited any more."""
    return PriceList.objects.filter(valid_from__gt=version.valid_from, valid_from__lte=today).exists()


def refuse_if_over(version: PriceList) -> None:
    """
    Let nothing of a version be edited that is over.

    Raises:
        Refused: it is over.
    """
    if is_over(version, business_today()):
        raise Refused(_("This version is over. Its prices can’t be changed. Make a new version."))


def mark_of(version: PriceList) -> int:
    """Return a number that changes with every entry of a version, so that nobody overwrites what they have not seen."""
    return PriceEntry.objects.filter(price_list=version).order_by("-pk").values_list("pk", flat=True).first() or 0


@transaction.atomic
def make_version(valid_from: date, *, by: User, copy: PriceList | None = None) -> PriceList:
    """
    Make a version from a day on.

    Args:
        valid_from: its first day.
        by: who makes it.
        copy: the version whose prices it begins with.

    Raises:
        Refused: there is a version from that day.
    """
    try:
        with transaction.atomic():
            version = PriceList.objects.create(valid_from=valid_from, made_by_id=by.pk, made_by_name=str(by))
    except IntegrityError:
        raise Refused(_("There is already a version from this date. Edit that version.")) from None
    _enter(version, prices_of(copy).values() if copy else (), by, is_change=False)
    return version


@transaction.atomic
def save_prices(
    version: PriceList, changes: Mapping[PriceKey, Price | None], *, by: User, seen: int | None = None
) -> int:
    """
    Enter the prices of a version that differ from what it has; None removes one.

    Args:
        version: one that is not over.
        changes: by their keys; what is not named stays.
        by: who enters them.
        seen: the mark of what the person saw, see ``mark_of``.

    Returns:
        How many prices changed.

    Raises:
        Refused: the version is over, or somebody else changed it since the person saw it; nothing is saved then.
    """
    PriceList.objects.select_for_update().get(pk=version.pk)
    refuse_if_over(version)
    if seen is not None and seen != mark_of(version):
        raise Refused(_("Somebody else changed this version since you opened it. Check the prices, then save again."))
    present = prices_of(version)
    entered = [price for key, price in changes.items() if price is not None and price != present.get(key)]
    removed = [present[key] for key, price in changes.items() if price is None and key in present]
    _enter(version, entered, by)
    _enter(version, removed, by, is_removed=True)
    return len(entered) + len(removed)


def _enter(version: PriceList, prices: Iterable[Price], by: User, **columns: Any) -> None:
    PriceEntry.objects.bulk_create(
        PriceEntry(
            price_list=version,
            item=price.item,
            contract_type=price.contract_type,
            from_quantity=price.from_quantity,
            per=price.per,
            period=price.period,
            purchase=price.purchase,
            sale=price.sale,
            tax_rate=price.tax_rate,
            set_by_id=by.pk,
            set_by_name=str(by),
            **columns,
        )
        for price in prices
    )


def with_known_purchase(prices: Mapping[PriceKey, Price], present: Mapping[PriceKey, Price]) -> dict[PriceKey, Price]:
    """Return prices with the purchase prices that are stored: what they come from has none, or may not set them."""
    return {
        key: replace(price, purchase=known.purchase if (known := present.get(key)) else None)
        for key, price in prices.items()
    }


@dataclass(frozen=True)
class VersionLine:
    """A version among the others: when it counts, and how many prices it has."""

    version: PriceList
    prices: int
    is_in_force: bool
    # Its last day, if it is over
    until: date | None


def all_versions(today: date) -> list[VersionLine]:
    """Return all versions, the latest first."""
    counts = Counter(entry.price_list_id for entry in PriceEntry.objects.latest_of_each() if not entry.is_removed)
    found: list[VersionLine] = []
    following: date | None = None
    for version in PriceList.objects.all():
        is_over = following is not None and following <= today
        until = following - timedelta(days=1) if following is not None and is_over else None
        found.append(VersionLine(version, counts[version.pk], version.valid_from <= today and not is_over, until))
        following = version.valid_from
    return found


@dataclass(frozen=True)
class Change:
    """One change of a price: what it was before, who changed it and when."""

    entry: PriceEntry
    before: Price | None

    @property
    def sale(self) -> tuple[int | None, int | None] | None:
        """The sale price before and after; None where it stayed."""
        return self._pair("sale")

    @property
    def purchase(self) -> tuple[int | None, int | None] | None:
        """The purchase price before and after; None where it stayed."""
        return self._pair("purchase")

    def _pair(self, name: str) -> tuple[int | None, int | None] | None:
        old = getattr(self.before, name) if self.before else None
        new = None if self.entry.is_removed else getattr(self.entry, name)
        return (old, new) if old != new else None


def latest_changes(version: PriceList, most: int) -> Sequence[Change]:
    """Return the last changes of a version, the newest first; what it began with is none."""
    earlier = PriceEntry.objects.filter(
        price_list=OuterRef("price_list"),
        item=OuterRef("item"),
        contract_type=OuterRef("contract_type"),
        from_quantity=OuterRef("from_quantity"),
        pk__lt=OuterRef("pk"),
    )
    last = Subquery(earlier.order_by("-pk").values("pk")[:1])
    changed = PriceEntry.objects.filter(price_list=version, is_change=True)
    pairs = changed.annotate(earlier=last).order_by("-pk").values_list("pk", "earlier")[:most]
    found = list(pairs)
    rows = PriceEntry.objects.in_bulk([pk for pair in found for pk in pair if pk])
    return [Change(rows[pk], _price_before(rows.get(before))) for pk, before in found]


def _price_before(entry: PriceEntry | None) -> Price | None:
    return price_of(entry) if entry and not entry.is_removed else None
