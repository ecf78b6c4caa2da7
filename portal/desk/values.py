"""What upcoming events cost and renewals are worth, by the price list."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

from billing.estimates import Value, estimates_of_planned, value_of
from billing.price_lists import price_book
from billing.rules.prices import Billed, PriceBook
from portal.accounts.models import User
from portal.core.business_days import decide_by
from portal.core.catalogue import PLAN_GROUPS
from portal.desk import renewals
from portal.operations.priced import VIEW_PRICE, Estimate, Period, Sum, sum_of

if TYPE_CHECKING:
    from portal.desk.upcoming import Event

# What an event is called where it is told what is due.
_PLANNED = {
    "pre_order": "pre-order",
    "reservation": "reservation",
    "renewal": "renewal",
    "option_order": "order",
    "option_renewal": "option renewal",
}

# Where the price list is kept on a person.
_KEPT = "_price_book"

Key = tuple[int, tuple[str, int | str]]


def key_of(event: "Event") -> Key:
    """Return what the estimate of an event is known by."""
    return event.customer_id, (_PLANNED.get(event.kind, ""), event.option or event.number or 0)


def of_events(events: Iterable["Event"]) -> Mapping[Key, Estimate]:
    """Return the estimates of events by their keys; those that change no bill have none."""
    customers = {event.customer_id for event in events if event.kind in _PLANNED}
    return estimates_of_planned(customers)


def prices_for(by: User) -> PriceBook | None:
    """
    Return the price list for a person who sees prices; None for others, and where there is none.

    It is read once for whoever makes a request, as a list asks for it several times.
    """
    if not hasattr(by, _KEPT):
        setattr(by, _KEPT, price_book() if by.has_perm(VIEW_PRICE) else None)
    book: PriceBook | None = getattr(by, _KEPT)
    return book if book and book.versions else None


def of_renewal(
    book: PriceBook, product: str, contract_type: str, licenses: int | None, users: int | None, end: date
) -> Value | None:
    """Return what a contract is worth whose term ends on a day, by the prices of the day after it."""
    counted = users if product in PLAN_GROUPS["WORKS"] else None
    return value_of(book, Billed(product, contract_type, licenses, counted), end + timedelta(days=1))


def sums_of(book: PriceBook, rows: renewals.Rows) -> Mapping[date, Sum]:
    """Return what renewals are worth together, by the last working day for the decision."""
    found: dict[date, list[tuple[int | None, Period]]] = defaultdict(list)
    for deadline, end, product, contract_type, licenses, users, count in renewals.alike(rows):
        value = of_renewal(book, product, contract_type, licenses, users, end)
        if value is not None:
            found[decide_by(deadline)].append((value.amount * count, value.period))
    sums = {day: sum_of(amounts) for day, amounts in found.items()}
    return {day: total for day, total in sums.items() if total}
