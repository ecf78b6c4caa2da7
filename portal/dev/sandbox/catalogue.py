"""
The base products of every product group, and the plans under which they can be held.

Vendor pages `partner-customer-subscriptions-{list,get,post}`, `partner-customer-preorders-post`. The lists of plans of
PaperOn and AiStudio were cut there; those groups are given the plans of AiNote (ours).
"""

from dataclasses import dataclass
from enum import StrEnum


class Group(StrEnum):
    """A product group; a customer holds at most one subscription of each."""

    WORKS = "WORKS"
    ROGER = "ROGER"
    NOTE_AI = "NOTE_AI"
    PAPER_ON = "JP_PAPER_ON"
    AI_STUDIO = "JP_AI_STUDIO"


class Kind(StrEnum):
    """What a product is to be paid for."""

    FREE = "free"
    TRIAL = "trial"
    PAID = "paid"


@dataclass(frozen=True, slots=True)
class Product:
    """A base product; `paid_id` names the product that a Trial turns into."""

    id: str
    group: Group
    kind: Kind
    paid_id: str | None = None

    @property
    def plans(self) -> tuple[str, ...]:
        """The plans under which it can be held."""
        return _PLANS[self.group][self.kind]


_WITHOUT_LICENSES = {
    Kind.FREE: ("FREE",),
    Kind.TRIAL: ("TRIAL",),
    Kind.PAID: ("MONTHLY", "ANNUAL", "ANNUAL_PREPAY"),
}
_PLANS: dict[Group, dict[Kind, tuple[str, ...]]] = {
    Group.WORKS: {
        Kind.FREE: ("FREE",),
        Kind.TRIAL: ("TRIAL",),
        Kind.PAID: ("MONTHLY", "ANNUAL_LICENSE", "ANNUAL_PREPAY_LICENSE"),
    },
    Group.ROGER: {
        Kind.FREE: ("FREE_LICENSE",),
        Kind.TRIAL: ("TRIAL_LICENSE",),
        Kind.PAID: ("MONTHLY_LICENSE", "ANNUAL_LICENSE", "ANNUAL_PREPAY_LICENSE"),
    },
    Group.NOTE_AI: _WITHOUT_LICENSES,
    Group.PAPER_ON: _WITHOUT_LICENSES,
    Group.AI_STUDIO: _WITHOUT_LICENSES,
}

_PRODUCTS_OF_GROUPS: dict[Group, tuple[str | None, tuple[str, ...]]] = {
    # group: its free product, its paid ones
    Group.WORKS: ("FR", ("STD", "ADV")),
    Group.ROGER: ("ROG_FR", ("ROG_STD", "ROG_ADV")),
    Group.NOTE_AI: ("NTA_FR", ("NTA_SL", "NTA_TM", "NTA_BZ", "NTA_EP")),
    Group.PAPER_ON: (None, ("JP_PPO_LT", "JP_PPO_STD", "JP_PPO_ADV")),
    Group.AI_STUDIO: (None, ("JP_AIS_STD",)),
}
_WITHOUT_TRIAL = frozenset({"JP_AIS_STD"})  # the page was cut before it could name one


def _all_products() -> list[Product]:
    products = []
    for group, (free, paid) in _PRODUCTS_OF_GROUPS.items():
        if free:
            products.append(Product(free, group, Kind.FREE))
        for product_id in paid:
            if product_id not in _WITHOUT_TRIAL:
                products.append(Product(f"{product_id}_T", group, Kind.TRIAL, paid_id=product_id))
            products.append(Product(product_id, group, Kind.PAID))
    return products


PRODUCTS: dict[str, Product] = {product.id: product for product in _all_products()}
PLANS: frozenset[str] = frozenset(
    plan for by_kind in _PLANS.values() for plans_of_kind in by_kind.values() for plan in plans_of_kind
)
PAID_PLANS: frozenset[str] = frozenset(plan for by_kind in _PLANS.values() for plan in by_kind[Kind.PAID])

STANDARD, STANDARD_TRIAL, ADVANCED, ADVANCED_TRIAL = "STD", "STD_T", "ADV", "ADV_T"
MOST_LICENSES = 1_000_000  # the largest number that any page names
UPGRADES = {STANDARD: ADVANCED, STANDARD_TRIAL: ADVANCED_TRIAL}


def product_ids(*kinds: Kind, group: Group | None = None) -> tuple[str, ...]:
    """Give the ids of the products of some kinds, of one group or of all, in the order of the catalogue."""
    return tuple(
        product.id for product in PRODUCTS.values() if product.kind in kinds and group in (None, product.group)
    )


def takes_licenses(plan: str) -> bool:
    """Say whether a plan is license-based, in any group: its name tells."""
    return plan.endswith("_LICENSE")


def has_something_to_try(group: Group) -> bool:
    """Say whether a group has a Free product or a Trial."""
    return bool(product_ids(Kind.FREE, Kind.TRIAL, group=group))
