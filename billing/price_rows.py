"""
The rows of the price list: everything that can be bought or is held, with its price or the lack of one.

What nobody holds and nobody priced is an empty row. What customers hold and has no price is a problem: their estimates
are missing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from billing.money import percent
from billing.price_lists import PriceKey
from billing.rules.prices import WITHOUT_CHARGE, Key, Price, usual_price
from options.catalogue import OPTIONS, priced_item
from options.labels import option_words
from options.models import OptionProduct
from portal.core.catalogue import AI_NOTE, FAMILIES, WORKS
from portal.core.labels import OPTIONS as OPTION_NAMES
from portal.core.labels import PRODUCTS, word_for
from portal.core.search import fold
from portal.operations.priced import Per, Period, period_words
from subscriptions.models import Subscription

PLANS, OPTION, PROBLEMS = "plans", "options", "problems"
KINDS: Final = {
    PLANS: gettext_lazy("Plans"),
    OPTION: gettext_lazy("Options"),
    PROBLEMS: gettext_lazy("Problems"),
}
# The option of each sub option that can be paid for; of an option without sub options, itself.
OPTION_OF: Final[Mapping[str, str]] = {
    code: option.code
    for option in OPTIONS.values()
    for code in ([size.code for size in option.sizes if not size.is_trial] or [option.code])
}


@dataclass(frozen=True)
class Row:
    """
    One row of the price list.

    Args:
        price: with empty amounts where there is none.
        held: how many subscriptions, or options, have this item and contract type now.
    """

    price: Price
    held: int = 0

    @property
    def is_plan(self) -> bool:
        """Whether it is the price of a plan, not of an option."""
        return self.price.item not in OPTION_OF and self.price.item not in OPTION_NAMES

    @property
    def name(self) -> str:
        """Its plan or option in words."""
        name = item_words(self.price.item)
        if self.price.from_quantity == 1:
            return name
        return _("%(item)s, from %(quantity)s") % {"item": name, "quantity": f"{self.price.from_quantity:,}"}

    @property
    def contract_type(self) -> str:
        """The contract type in words."""
        return word_for("short_plan", self.price.contract_type)

    @property
    def unit(self) -> str:
        """What the price is for, and for how long."""
        return unit_words(self.price.per, self.price.period)

    @property
    def field(self) -> str:
        """What the names of its fields end with."""
        return f"{self.price.item}.{self.price.contract_type}.{self.price.from_quantity}"

    @property
    def margin(self) -> str:
        """The margin in whole percent of the sale price; empty where it is not known."""
        if self.price.purchase is None or self.price.sale is None:
            return ""
        margin = percent(self.price.sale - self.price.purchase, self.price.sale)
        if margin is None:
            return ""
        return _("%(percent)s%%") % {"percent": f"{margin.quantize(Decimal(1), ROUND_HALF_UP)}".replace("-", "−")}

    @property
    def gap(self) -> str:
        """What it means that there is no sale price; empty where there is one, or nobody holds it."""
        if self.price.sale is not None or not self.held:
            return ""
        if self.is_plan:
            words = ngettext(
                "No price: %(count)s subscription has no estimate",
                "No price: %(count)s subscriptions have no estimate",
                self.held,
            )
        else:
            words = ngettext(
                "No price: %(count)s option has no estimate", "No price: %(count)s options have no estimate", self.held
            )
        return words % {"count": f"{self.held:,}"}

    def is_about(self, words: str) -> bool:
        """Return whether each word stands in its name, its contract type or one of their codes."""
        texts = (self.name, self.price.item, self.contract_type, self.price.contract_type)
        about = fold(" ".join(texts))
        return all(fold(word) in about for word in words.split())

    def is_of(self, kind: str, *, with_purchase: bool) -> bool:
        """
        Return whether a filter shows it.

        Args:
            kind: one of ``KINDS``; empty for all.
            with_purchase: whether the person sees purchase prices, and so that a price is below its own.
        """
        match kind:
            case "plans":
                return self.is_plan
            case "options":
                return not self.is_plan
            case "problems":
                return bool(self.gap) or (with_purchase and self.price.is_below_purchase)
        return True


def item_words(item: str) -> str:
    """Return a plan, option or sub option in words."""
    option = OPTION_OF.get(item)
    if option is None:
        return word_for("product" if item in PRODUCTS else "option", item)
    return option_words(option, item if item != option else None, None)


def unit_words(per: Per, period: Period) -> str:
    """Return what a price is for in words."""
    return _("%(per)s, %(period)s") % {"per": per_words(per), "period": period_words(period)}


def per_words(per: Per) -> str:
    """Return one of the units of a price in words."""
    return {
        Per.LICENSE: pgettext("a price per", "license"),
        Per.USER: pgettext("a price per", "user"),
        Per.CONTRACT: pgettext("a price per", "contract"),
    }[per]


def rows_of(prices: Mapping[PriceKey, Price]) -> list[Row]:
    """Return the rows of a version: of the catalog, of what customers hold besides, and of what is priced besides."""
    held = held_now()
    known: dict[Key, list[Price]] = {}
    for price in sorted(prices.values(), key=lambda price: price.from_quantity):
        known.setdefault(price.key, []).append(price)
    keys = dict.fromkeys([*catalog(), *held, *known])
    return [
        Row(price, held.get(key, 0))
        for key in sorted(keys, key=_in_order)
        for price in known.get(key) or [usual_price(*key)]
    ]


def catalog() -> Iterator[Key]:
    """Return each paid plan and sub option with each contract type that it can have."""
    for family in FAMILIES:
        for product in family.paid:
            yield from ((product, plan) for plan in family.paid_plans)
    for item, option in OPTION_OF.items():
        if item != option:
            yield from ((item, plan) for plan in WORKS.paid_plans)
        elif item.startswith("QTA_"):
            yield from ((item, plan) for plan in AI_NOTE.paid_plans)


def held_now() -> Mapping[Key, int]:
    """Return how many subscriptions and options customers have of each item and contract type, free ones left out."""
    subscriptions = Subscription.objects.current().filter(customer__removed_at=None).exclude(plan__in=WITHOUT_CHARGE)
    options = OptionProduct.objects.current().filter(customer__removed_at=None).exclude(plan__in=WITHOUT_CHARGE)
    found: Counter[Key] = Counter()
    for item, plan, count in subscriptions.order_by().values_list("product_id", "plan").annotate(Count("pk")):
        found[item, plan] += count
    columns = ("option_product_id", "sub_option_id", "plan")
    for option, size, plan, count in options.order_by().values_list(*columns).annotate(Count("pk")):
        found[priced_item(option, size), plan] += count
    return found


def counts_of(rows: Sequence[Row], *, with_purchase: bool) -> dict[str, int]:
    """Return how many rows each filter shows."""
    return {kind: sum(row.is_of(kind, with_purchase=with_purchase) for row in rows) for kind in ("", *KINDS)}


_ORDER: Final = {key: place for place, key in enumerate(catalog())}


def _in_order(key: Key) -> tuple[int, str, str]:
    """Return the place of a row: as in the catalog, what it does not know at the end."""
    return _ORDER.get(key, len(_ORDER)), *key


def known_items() -> frozenset[str]:
    """Return the codes that a price can be for."""
    return frozenset({*PRODUCTS, *OPTION_OF, *OPTION_NAMES})


def known_contract_types(keys: Iterable[Key] = ()) -> frozenset[str]:
    """Return the codes of the contract types that a price can be for."""
    paid = {plan for family in FAMILIES for plan in family.paid_plans}
    return frozenset({*paid, *(plan for _item, plan in keys)})
