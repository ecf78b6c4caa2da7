"""
Subscriptions as the state keeps them: read, made, changed and ended.

Whoever changes one writes the ledger too, with `State.record_effect`; nothing here does.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from .catalogue import PRODUCTS, Group, Kind, Product
from .inferred import end_of_grace, end_of_term, end_of_trial
from .state import State, to_json

ACTIVE, SUSPENDED_TRIALEND = "ACTIVE", "SUSPENDED_TRIALEND"
STAY, CHANGE, CANCEL = "STAY", "CHANGE", "CANCEL"

_SELECT = "SELECT subscription_id, domain_id, record FROM subscriptions"


@dataclass(slots=True)
class Subscription:
    """One running subscription: the record that the API answers with, without the ids that are columns."""

    id: int
    domain_id: int
    record: dict[str, Any]

    @property
    def product(self) -> Product:
        """The product that it is of."""
        return PRODUCTS[self.record["productId"]]

    @property
    def plan(self) -> str:
        """The plan under which it is held."""
        return str(self.record["plan"])

    @property
    def license_count(self) -> int | None:
        """The licenses held; None unless the plan is license-based."""
        count: int | None = self.record["licenseCount"]
        return count

    @property
    def start(self) -> date:
        """The first day of the term."""
        return date.fromisoformat(self.record["planStartDate"])

    @property
    def end(self) -> date | None:
        """The last day of the term or of the Trial; None for Free."""
        end = self.record["planEndDate"]
        return date.fromisoformat(end) if end else None

    @property
    def is_free(self) -> bool:
        """Whether it is of a Free product."""
        return self.product.kind is Kind.FREE

    @property
    def is_trial(self) -> bool:
        """Whether it is a Trial, in its grace period too."""
        return self.product.kind is Kind.TRIAL

    @property
    def is_paid(self) -> bool:
        """Whether it is paid for."""
        return self.product.kind is Kind.PAID

    @property
    def in_grace(self) -> bool:
        """Whether it is a Trial that is over and can still be converted."""
        return self.is_trial and self.record["status"] == SUSPENDED_TRIALEND

    @property
    def last_day_of_grace(self) -> date | None:
        """The last day on which a Trial can be converted; None for anything else."""
        return end_of_grace(self.end) if self.is_trial and self.end else None

    def as_answer(self) -> dict[str, Any]:
        """Give the record as the API answers with it."""
        return subscription_answer(self.id, self.record)


def subscription_answer(subscription_id: int, record: dict[str, Any]) -> dict[str, Any]:
    """Add the subscriptionId to a stored record, and to its renewal where it has one."""
    renewal = record["renewal"]
    return {
        **record,
        "subscriptionId": subscription_id,
        "renewal": None if renewal is None else {"subscriptionId": subscription_id, **renewal},
    }


def find_subscription(state: State, subscription_id: int) -> Subscription | None:
    """Read a running subscription, whoever's it is."""
    row = state.db.execute(f"{_SELECT} WHERE subscription_id = ?", (subscription_id,)).fetchone()
    return _read(row) if row else None


def read_subscription(state: State, subscription_id: int) -> Subscription:
    """
    Read a subscription that must be running.

    Raises:
        KeyError: there is none.
    """
    found = find_subscription(state, subscription_id)
    if found is None:
        raise KeyError(subscription_id)
    return found


def subscriptions_of(state: State, domain_id: int, group: Group | None = None) -> list[Subscription]:
    """Read a customer's running subscriptions, of one product group or of all, oldest first."""
    rows = state.db.execute(f"{_SELECT} WHERE domain_id = ? ORDER BY subscription_id", (domain_id,))
    return [found for found in map(_read, rows) if group in (None, found.product.group)]


def all_subscriptions(state: State, first_domain_id: int = 0) -> Iterator[Subscription]:
    """Read the running subscriptions of all customers from a domainId on, in the order of customers; for seeds."""
    rows = state.db.execute(f"{_SELECT} WHERE domain_id >= ? ORDER BY domain_id, subscription_id", (first_domain_id,))
    return map(_read, rows)


def base_subscription(state: State, domain_id: int, group: Group) -> Subscription | None:
    """Read the subscription of a group that options are based on: the newest, should a pre-order have made a second."""
    found = subscriptions_of(state, domain_id, group)
    return found[-1] if found else None


def due_subscriptions(state: State, day: date, *, is_paid: bool, status: str = ACTIVE) -> list[Subscription]:
    """Read the subscriptions, paid or not, of a status whose planEndDate lies before a day, in the order of the ids."""
    rows = state.db.execute(
        f"{_SELECT} WHERE is_paid = ? AND status = ? AND end_date < ? ORDER BY subscription_id",
        (is_paid, status, day.isoformat()),
    )
    return [_read(row) for row in rows.fetchall()]


def save_subscription(state: State, subscription: Subscription) -> None:
    """Write a changed record back."""
    state.db.execute(
        "UPDATE subscriptions SET record = ? WHERE subscription_id = ?", (to_json(subscription.record), subscription.id)
    )


def remove_subscription(state: State, subscription: Subscription) -> None:
    """
    Take a subscription and its scheduled task off the state, and remember that the customer has had one of its group.

    Its options are the caller's to end beforehand.
    """
    delete_reservation_of(state, subscription.id)
    state.db.execute("DELETE FROM subscriptions WHERE subscription_id = ?", (subscription.id,))
    state.db.execute(
        "INSERT OR IGNORE INTO tried (domain_id, product_group) VALUES (?, ?)",
        (subscription.domain_id, subscription.product.group),
    )


def delete_reservation_of(state: State, subscription_id: int) -> None:
    """Delete the scheduled task of a subscription, if it has one."""
    state.db.execute("DELETE FROM reservations WHERE subscription_id = ?", (subscription_id,))


def has_tried(state: State, domain_id: int, group: Group) -> bool:
    """Say whether a customer has had a subscription of a group that has ended."""
    query = "SELECT 1 FROM tried WHERE domain_id = ? AND product_group = ?"
    return state.db.execute(query, (domain_id, group)).fetchone() is not None


def paid_subscription(
    domain_id: int, product_id: str, plan: str, license_count: int | None, start: date
) -> dict[str, Any]:
    """Make the record of a paid subscription that renews as it is."""
    record: dict[str, Any] = {
        "domainId": domain_id,
        "productId": product_id,
        "plan": plan,
        "planStartDate": start.isoformat(),
        "planEndDate": end_of_term(start).isoformat(),
        "licenseAssignType": _license_assign_type(product_id),
        "licenseCount": license_count,
        "status": ACTIVE,
    }
    return {**record, "renewal": renewal_as_it_is(record)}


def unpaid_subscription(
    domain_id: int, product_id: str, start: date, license_count: int | None = None
) -> dict[str, Any]:
    """Make the record of a Free or Trial subscription; licenses are for Roger alone, whose every plan has them."""
    product = PRODUCTS[product_id]
    return {
        "domainId": domain_id,
        "productId": product_id,
        "plan": product.plans[0],
        "planStartDate": start.isoformat(),
        "planEndDate": end_of_trial(start).isoformat() if product.kind is Kind.TRIAL else None,
        "licenseAssignType": _license_assign_type(product_id),
        "licenseCount": license_count,
        "status": ACTIVE,
        "renewal": None,
    }


def renewal_as_it_is(record: dict[str, Any]) -> dict[str, Any]:
    """Make the renewal setting of a paid subscription that stays as its record has it."""
    renewal = {"type": STAY, "productId": record["productId"], "plan": record["plan"]}
    if record["licenseCount"] is not None:
        renewal["licenseCount"] = record["licenseCount"]
    return renewal


def _license_assign_type(product_id: str) -> str:
    # Of Roger both values were seen; which one a new subscription begins with was not.
    return "AUTO" if PRODUCTS[product_id].group is Group.ROGER else "NONE"


def _read(row: tuple[int, int, str]) -> Subscription:
    subscription_id, domain_id, record = row
    return Subscription(subscription_id, domain_id, json.loads(record))
