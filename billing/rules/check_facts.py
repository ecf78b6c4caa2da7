"""What the check of a month looks at: lines that were billed, days that were metered, changes that are known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from billing.assumptions import per_of
from portal.core.catalogue import FREE_PLANS, PLAN_GROUPS, TRIAL_PLANS, is_annual, takes_licenses
from portal.operations.priced import Per

PRODUCT, OPTION_PRODUCT = "PRODUCT", "OPTION_PRODUCT"
ADJUSTMENT, PENALTY, OPTION_PLUS = "ADJUSTMENT", "PENALTY", "OPTION_PLUS"
# Those that a formula of LINE WORKS stands behind; of the others no page says how they are worked out.
OF_USE = (PRODUCT, OPTION_PRODUCT)
LISTED = (ADJUSTMENT, PENALTY, OPTION_PLUS)


class Key(NamedTuple):
    """What stays the same thing however it changes: a customer's plan of a group, or an option."""

    item_type: str
    name: str


class Force(NamedTuple):
    """What is in force of a thing on a day: the plan or option, its contract type, and how many."""

    item_id: str
    sub_item_id: str
    plan: str
    units: int


@dataclass(frozen=True, slots=True)
class Line:
    """
    One settlement item.

    Args:
        amount: whole yen; None where LINE WORKS states none, or none that is whole.
    """

    place: int
    item_type: str
    item_id: str
    sub_item_id: str
    subscription_id: int | None
    plan: str
    first: date | None
    last: date | None
    licenses: int | None
    users: int | None
    quantity: int | None
    amount: int | None

    @property
    def key(self) -> Key:
        """What it bills."""
        return key_of(self.item_type, self.item_id)

    @property
    def force(self) -> Force:
        """What it says to have been in force."""
        return force_of(
            self.item_type, self.item_id, self.sub_item_id, self.plan, self.licenses, self.users, self.quantity
        )


class Metered(NamedTuple):
    """What was metered of a thing on a day."""

    day: int
    key: Key
    force: Force


@dataclass(frozen=True, slots=True)
class Known:
    """
    A change that Partnerdesk knows of.

    Args:
        source: ``request``, ``outside`` or ``due``.
        number: of the request, or of the detected change.
        ref: by which people call the request; empty for a detected change.
        key: what changed.
        first: the earliest day on which it may have been; None where nobody knows.
        last: the latest one.
        before: the record before; None where there was none.
        after: the record since.
        resource, row: under which the history of the detected change is kept.
    """

    source: str
    number: int
    ref: str
    key: Key
    first: date | None
    last: date
    before: "Values | None"
    after: "Values | None"
    resource: str = ""
    row: str = ""


class Values(NamedTuple):
    """The part of a record that decides what is billed; None where the record does not say."""

    item_id: str
    sub_item_id: str
    plan: str
    number: int | None


@dataclass(frozen=True, slots=True)
class Term:
    """From when until when a contract that is paid in a lump sum runs."""

    start: date
    end: date | None


@dataclass(frozen=True)
class CustomerMonth:
    """
    All that is known of a customer in a month.

    Args:
        domain_id: the customer.
        lines: that were billed.
        metered: what was metered, in any order.
        is_metered: whether the metering of the whole month has been read.
        known: changes.
        terms: of contracts that are paid in a lump sum, by what they are of.
    """

    domain_id: int
    lines: Sequence[Line]
    metered: Sequence[Metered]
    is_metered: bool
    known: Sequence[Known]
    terms: dict[Key, Term]


# What a whole month of something costs: (what is in force, day) → yen; None where no price list says.
Prices = Callable[[Force, date], int | Fraction | None]


def no_prices(_force: Force, _day: date) -> None:
    """Return None: there is no price list."""
    return


def key_of(item_type: str, item_id: str) -> Key:
    """Return what an item is of."""
    return Key(item_type, _GROUP_OF.get(item_id, item_id) if item_type == PRODUCT else item_id)


def force_of(
    item_type: str,
    item_id: str,
    sub_item_id: str,
    plan: str,
    licenses: int | None,
    users: int | None,
    quantity: int | None,
) -> Force:
    """Return what is in force: as many as the contract type is billed by, and one of what is sold in no number."""
    per = per_of(sub_item_id or item_id, plan)
    count = {Per.LICENSE: licenses, Per.USER: users, Per.CONTRACT: quantity}[per]
    if count is None:
        count = users if per is Per.LICENSE else None
    return Force(item_id, sub_item_id, plan, 1 if count is None else count)


def by_licenses(plan: str) -> bool:
    """Return whether a contract type is billed by licenses and not by users."""
    return takes_licenses(plan) or is_annual(plan)


def is_billed(plan: str) -> bool:
    """Return whether a contract type costs anything."""
    return plan not in FREE_PLANS and plan not in TRIAL_PLANS


def is_lump_sum(plan: str) -> bool:
    """Return whether an annual contract is billed whole after its first month."""
    return plan.startswith("ANNUAL_PREPAY")


_GROUP_OF = {code: group for group, codes in PLAN_GROUPS.items() for code in codes}
