"""The one scheduled task of a subscription, as the state keeps it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from .state import State

START_PAID_SERVICE, ADD_LICENSE, CANCEL = "START_PAID_SERVICE", "ADD_LICENSE", "CANCEL"

_COLUMNS = "subscription_id, domain_id, type, apply_date, plan, product_id, license_count"


@dataclass(frozen=True, slots=True)
class Reservation:
    """A scheduled task; the last three are there as its type needs them."""

    subscription_id: int
    domain_id: int
    type: str
    apply_date: date
    plan: str | None = None
    product_id: str | None = None
    license_count: int | None = None

    def as_answer(self) -> dict[str, Any]:
        """Give the record that the API answers with: without what the task doesn't have."""
        answer = {
            "subscriptionId": self.subscription_id,
            "type": self.type,
            "applyDate": self.apply_date.isoformat(),
            "plan": self.plan,
            "productId": self.product_id,
            "licenseCount": self.license_count,
        }
        return {name: value for name, value in answer.items() if value is not None}


def find_reservation(state: State, subscription_id: int) -> Reservation | None:
    """Read the scheduled task of a subscription, or None if it has none."""
    row = state.db.execute(
        f"SELECT {_COLUMNS} FROM reservations WHERE subscription_id = ?",  # noqa: S608  names of our own
        (subscription_id,),
    ).fetchone()
    return _read(row) if row else None


def due_reservations(state: State, day: date) -> list[Reservation]:
    """Read the tasks whose day has come by `day`, in the order of their days."""
    rows = state.db.execute(
        f"SELECT {_COLUMNS} FROM reservations WHERE apply_date <= ? ORDER BY apply_date, subscription_id",  # noqa: S608
        (day.isoformat(),),
    )
    return [_read(row) for row in rows.fetchall()]


def save_reservation(state: State, task: Reservation) -> None:
    """Write a task, whether it is new or moved."""
    save_reservations(state, [task])


def save_reservations(state: State, tasks: Iterable[Reservation]) -> None:
    """Write many tasks at once."""
    state.db.executemany(
        f"INSERT OR REPLACE INTO reservations ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        (
            (
                task.subscription_id,
                task.domain_id,
                task.type,
                task.apply_date.isoformat(),
                task.plan,
                task.product_id,
                task.license_count,
            )
            for task in tasks
        ),
    )


def _read(row: tuple[int, int, str, str, str | None, str | None, int | None]) -> Reservation:
    subscription_id, domain_id, kind, apply_date, plan, product_id, license_count = row
    return Reservation(
        subscription_id, domain_id, kind, date.fromisoformat(apply_date), plan, product_id, license_count
    )
