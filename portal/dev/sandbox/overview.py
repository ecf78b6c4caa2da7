"""
What the page at `/` tells of the state.

Nothing here may take long with 100,000 customers: whatever is counted is counted off an index.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from .inferred import GRACE_DAYS
from .months import Month
from .state import State

DAYS_AHEAD = 31
_NAMED = 15  # of what falls due next, so many are told by name


@dataclass(frozen=True, slots=True)
class Kind:
    """
    Something that falls due on a day.

    `words` say one and several of it. `source` is where it stands, with a condition, and `column` its date there, which
    lies `later` days before the day on which it happens.
    """

    words: tuple[str, str]
    source: str
    column: str
    later: int = 0

    def say(self, count: int) -> str:
        """Say how many there are."""
        return f"{count:,} {self.words[count != 1]}"


_PAID, _TRIAL = "subscriptions WHERE is_paid = 1 AND status = 'ACTIVE'", "subscriptions WHERE is_paid = 0"
KINDS = (
    Kind(("pre-order starts", "pre-orders start"), "pre_orders WHERE 1", "apply_date"),
    Kind(("reservation is carried out", "reservations are carried out"), "reservations WHERE 1", "apply_date"),
    Kind(("option order is carried out", "option orders are carried out"), "option_orders WHERE 1", "apply_date"),
    Kind(("contract is renewed or ends", "contracts are renewed or end"), _PAID, "end_date", 1),
    Kind(("user limit changes", "user limits change"), "platforms WHERE limit_date IS NOT NULL", "limit_date"),
    Kind(("customer leaves", "customers leave"), "platforms WHERE withdrawal_date IS NOT NULL", "withdrawal_date"),
    Kind(("trial is over", "trials are over"), f"{_TRIAL} AND status = 'ACTIVE'", "end_date", 1),
    Kind(
        ("trial's time of grace is over", "trials' times of grace are over"),
        f"{_TRIAL} AND status = 'SUSPENDED_TRIALEND'",
        "end_date",
        GRACE_DAYS + 1,
    ),
)


@dataclass(frozen=True, slots=True)
class DueItem:
    """One thing that falls due, with the customer whom it concerns."""

    day: str
    words: str
    domain_id: int
    company_name: str


def customers_by_status(state: State) -> list[tuple[str, int]]:
    """Count the customers of each status, the most frequent first."""
    others = "SELECT status, count(*) FROM platforms WHERE status <> 'ACTIVE' GROUP BY status"
    counts = Counter(dict(state.db.execute(others).fetchall()))
    counts["ACTIVE"] = state.count("platforms") - counts.total()
    return counts.most_common()


def subscriptions_by_product(state: State) -> list[tuple[str, str, str, int]]:
    """Count the subscriptions of each product, plan and status."""
    query = "SELECT product_id, plan, status, count(*) FROM subscriptions GROUP BY product_id, plan, status"
    return state.db.execute(query).fetchall()


def options_in_use(state: State) -> list[tuple[str, int]]:
    """Count the customers that use each option."""
    query = "SELECT option_product_id, count(*) FROM options GROUP BY option_product_id ORDER BY option_product_id"
    return state.db.execute(query).fetchall()


def last_invoices(state: State, limit: int) -> list[Mapping[str, Any]]:
    """Give the newest invoices, newest first: number, month, amount in yen with taxes, and whether it is paid."""
    query = """
        SELECT invoice_no, year, month, json_extract(record, '$.totalAmount'), json_extract(record, '$.paymentStatus')
        FROM invoices ORDER BY year DESC, month DESC LIMIT ?"""
    names = ("number", "year", "month", "total", "status")
    return [dict(zip(names, row, strict=True)) for row in state.db.execute(query, (limit,))]


def due_by_day(state: State, today: date) -> dict[date, list[str]]:
    """Say for each of the coming days what falls due on it; days without anything are left out."""
    due: dict[date, list[str]] = defaultdict(list)
    for kind in KINDS:
        counts: Counter[date] = Counter()
        query = (
            f"SELECT {kind.column}, count(*) FROM {kind.source} AND {kind.column} <= ?"  # noqa: S608  ours
            f" GROUP BY {kind.column}"
        )
        for given, count in state.db.execute(query, (_last_date(kind, today),)):
            counts[_day(kind, given, today)] += count
        for day, count in counts.items():
            due[day].append(kind.say(count))
    first_of_month = Month.of(today).last + timedelta(days=1)
    if first_of_month <= today + timedelta(days=DAYS_AHEAD):
        due[first_of_month].append("the invoice of the month before is issued")
    return dict(sorted(due.items()))


def next_due(state: State, today: date) -> list[DueItem]:
    """Name what falls due next, with its customer."""
    found = sorted(item for kind in KINDS for item in _next_of(state, kind, today))[:_NAMED]
    names = _company_names(state, {domain_id for _, _, domain_id in found})
    return [DueItem(day, words, domain_id, names.get(domain_id, "")) for day, words, domain_id in found]


def _next_of(state: State, kind: Kind, today: date) -> Iterable[tuple[str, str, int]]:
    query = (
        f"SELECT {kind.column}, domain_id FROM {kind.source} AND {kind.column} <= ?"  # noqa: S608  ours
        f" ORDER BY {kind.column} LIMIT {_NAMED}"
    )
    for given, domain_id in state.db.execute(query, (_last_date(kind, today),)):
        yield _day(kind, given, today).isoformat(), kind.words[0], domain_id


def _last_date(kind: Kind, today: date) -> str:
    return (today + timedelta(days=DAYS_AHEAD - kind.later)).isoformat()


def _day(kind: Kind, given: str, today: date) -> date:
    """Give the day on which something happens: tomorrow, if it was passed over before."""
    return max(date.fromisoformat(given) + timedelta(days=kind.later), today + timedelta(days=1))


def _company_names(state: State, domain_ids: Iterable[int]) -> dict[int, str]:
    query = "SELECT company_name FROM customers WHERE domain_id = ?"
    return {domain_id: row[0] for domain_id in domain_ids if (row := state.db.execute(query, (domain_id,)).fetchone())}
