"""Estimates of what requests cost; the setting ``PRICE_ESTIMATOR`` names the function."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from billing.price_lists import price_book
from billing.price_rows import item_words
from billing.rules.bills import Key, planned, priced_change
from billing.rules.prices import Billed, PriceBook, PricedChange, charge_on, estimate, rounded
from billing.rules.prices import Key as PriceKey
from portal.core.labels import listed, word_for
from portal.core.stored_text import in_each_language
from portal.operations.priced import Estimate, Period
from portal.operations.snapshots import Snapshot, what_is_cached_of
from portal.sync.resources import RESOURCES

# What is read to tell what is due and what it costs.
_PLANNED_IN = (
    "usage_status", "subscriptions", "reservations", "pre_orders", "options", "option_orders", "option_renewals",
)  # fmt: skip


def estimates(changes: Sequence[tuple[Snapshot, Snapshot]]) -> list[Estimate | None]:
    """Return the estimate of each change, given as the state before and after it; None where there is none."""
    book = price_book()
    if not book.versions:
        return [None] * len(changes)
    return [estimate_of(book, priced_change(before, after)) for before, after in changes]


def estimates_of_planned(domain_ids: Collection[int]) -> Mapping[tuple[int, Key], Estimate]:
    """
    Return what is due at some customers costs, by customer and by the key of ``billing.rules.bills.planned``.

    What nothing is said of has no estimate. Without a price list nothing is read.
    """
    book = price_book()
    if not (book.versions and domain_ids):
        return {}
    states = what_is_cached_of(domain_ids, [RESOURCES[name] for name in _PLANNED_IN])
    found = (((pk, key), estimate_of(book, change)) for pk, state in states.items() for key, change in planned(state))
    return {key: estimate for key, estimate in found if estimate}


@dataclass(frozen=True)
class Value:
    """What something held is worth by the price list: yen before tax for a period."""

    amount: int
    period: Period


def value_of(book: PriceBook, billed: Billed, day: date) -> Value | None:
    """Return what is paid for something on a day; None for what is free, and where a price or a quantity is missing."""
    charge = charge_on(book, day, billed)
    if charge is None or charge.price is None:
        return None
    return Value(rounded(charge.amount(charge.price.period)), charge.price.period)


def estimate_of(book: PriceBook, change: PricedChange | None) -> Estimate | None:
    """Return the estimate of a change, with what has no price in words."""
    found = estimate(book, change) if change else None
    return replace(found, missing_words=tuple(map(_in_words, found.missing))) if found and found.missing else found


def _in_words(key: PriceKey) -> Mapping[str, str]:
    item, contract_type = key
    return in_each_language(lambda: listed((item_words(item), word_for("short_plan", contract_type))))
