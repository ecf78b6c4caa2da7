"""
Plan groups, their plans, and the contract types of each.

Source: partner-customer-subscriptions-post. Its lists for PaperOn and AiStudio could not be read, so those groups are
not here: their subscriptions can be canceled or renewed unchanged; for all else there is the
Partner Console.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from portal.core.labels import PRODUCTS

MOST_LICENSES: Final = 1_000_000
FREE_PLANS: Final = ("FREE", "FREE_LICENSE")
TRIAL_PLANS: Final = ("TRIAL", "TRIAL_LICENSE")
# Contracts that renew by themselves every month: nobody has to decide anything by a day.
MONTHLY_PLANS: Final = ("MONTHLY", "MONTHLY_LICENSE")
# What Standard becomes by an upgrade, and its trial.
UPGRADES: Final = {"STD": "ADV", "STD_T": "ADV_T"}
ADVANCED: Final = frozenset(UPGRADES.values())
# Sizes of Drive that Standard alone is sold with; LINE WORKS's labels say so.
ONLY_WITH_STANDARD: Final = frozenset({"DRV00", "DRV01", "DRV_PS_T", "DRV_PS"})


@dataclass(frozen=True)
class Family:
    """
    Products of which a customer holds one at a time.

    Args:
        name: LINE WORKS's brand.
        free: the free product.
        paid: the paid products; the trial of each has the same code with _T behind it.
        free_plan, trial_plan: the plans of the free product and of the trials.
        paid_plans: those of the paid products.
    """

    name: str
    free: str
    paid: tuple[str, ...]
    free_plan: str
    trial_plan: str
    paid_plans: tuple[str, ...]

    @property
    def trials(self) -> tuple[str, ...]:
        """The trials, in the order of what they become."""
        return tuple(f"{product}_T" for product in self.paid)

    @property
    def products(self) -> tuple[str, ...]:
        """All products, the free one first."""
        return (self.free, *self.trials, *self.paid)

    def plans_of(self, product_id: str) -> tuple[str, ...]:
        """Return the plans under which one of its products can be held."""
        if product_id in self.paid:
            return self.paid_plans
        return (self.free_plan,) if product_id == self.free else (self.trial_plan,)


WORKS: Final = Family(
    "LINE WORKS", "FR", ("STD", "ADV"), "FREE", "TRIAL", ("MONTHLY", "ANNUAL_LICENSE", "ANNUAL_PREPAY_LICENSE")
)
ROGER: Final = Family(
    "Roger",
    "ROG_FR",
    ("ROG_STD", "ROG_ADV"),
    "FREE_LICENSE",
    "TRIAL_LICENSE",
    ("MONTHLY_LICENSE", "ANNUAL_LICENSE", "ANNUAL_PREPAY_LICENSE"),
)
AI_NOTE: Final = Family(
    "AiNote",
    "NTA_FR",
    ("NTA_SL", "NTA_TM", "NTA_BZ", "NTA_EP"),
    "FREE",
    "TRIAL",
    ("MONTHLY", "ANNUAL", "ANNUAL_PREPAY"),
)
FAMILIES: Final = (WORKS, ROGER, AI_NOTE)


# The plans of each plan group, by what their codes begin with; the codes of LINE WORKS itself have nothing in common.
_PREFIXES = {"ROGER": "ROG_", "NOTE_AI": "NTA_", "JP_PAPER_ON": "JP_PPO_", "JP_AI_STUDIO": "JP_AIS_"}
PLAN_GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "WORKS": WORKS.products,
    **{group: tuple(code for code in PRODUCTS if code.startswith(prefix)) for group, prefix in _PREFIXES.items()},
}


def family_of(product_id: str | None) -> Family | None:
    """Return the family of a product, if its plans are known."""
    return next((family for family in FAMILIES if product_id in family.products), None)


def paid_product_of(trial: str) -> str:
    """Return what a trial becomes."""
    return trial.removesuffix("_T")


def takes_licenses(plan: str | None) -> bool:
    """Return whether a plan is ordered by a number of licenses: its name tells."""
    return bool(plan) and str(plan).endswith("_LICENSE")


def is_annual(plan: str | None) -> bool:
    """Return whether a plan binds for a year."""
    return bool(plan) and str(plan).startswith("ANNUAL")


def license_plans(plans: Collection[str]) -> tuple[str, ...]:
    """Return those of some plans that are ordered by a number of licenses."""
    return tuple(filter(takes_licenses, plans))


LICENSE_PLANS: Final = tuple(dict.fromkeys(plan for family in FAMILIES for plan in license_plans(family.paid_plans)))
