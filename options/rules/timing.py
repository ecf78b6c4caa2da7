"""
By which change an option grows on a day: LINE WORKS has one for today, one for later, and one for the renewal.

Pure. The rules of each change decide whether it is allowed.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from options.catalogue import CHANGE_QUANTITY, MODIFY
from options.rules import option_orders, renewals
from options.rules.options import quantity_of
from options.rules.order_windows import Window, window_of
from options.rules.shared import find_base, find_held
from portal.operations.snapshots import Snapshot
from portal.vendor.client import OptionProduct
from subscriptions.rules.shared import day_after
from subscriptions.rules.timing import When, ends_at_renewal, when, words_of

# The changes of LINE WORKS, by their operationIds
LATER, RENEWAL = "addOptionProductOrder", "updateOptionProductRenewal"

Asked = tuple[str, Mapping[str, Any]]


def more_on(state: Snapshot, held: OptionProduct, more: int, day: date, today: date) -> Asked | None:
    """
    Return the change that adds to the quantity of an option on a later day, with what it is asked for with.

    Args:
        state: of the customer.
        held: the option.
        more: how many to add. A scheduled change and the renewal settings take the new total instead.
        day: from when on.
        today: the business day.

    Returns:
        None where the day is today or LINE WORKS has no change for it.
    """
    match when(held.plan_end_date, day, today):
        case When.LATER:
            return LATER, {"type": CHANGE_QUANTITY, "quantity": quantity_of(held) + more, "apply_date": day}
        case When.RENEWAL:
            size, quantity = renewed(state, held)
            return RENEWAL, {"type": renewals.CHANGE, "sub_option_id": size, "quantity": quantity + more}
        case _:
            return None


def size_on(held: OptionProduct, size: str, day: date, today: date) -> Asked | None:
    """Return the change that gives an option a higher sub option on a later day; as ``more_on`` otherwise."""
    match when(held.plan_end_date, day, today):
        case When.LATER:
            return LATER, {"type": MODIFY, "sub_option_id": size, "apply_date": day}
        case When.RENEWAL:
            return RENEWAL, {"type": renewals.CHANGE, "sub_option_id": size}
        case _:
            return None


def renewed(state: Snapshot, held: OptionProduct) -> tuple[str, int]:
    """Return the sub option and the quantity with which an option renews as it is set now."""
    renewal = renewals.find_renewal(state, held.option_product_id)
    if renewal is None or renewal.type != renewals.CHANGE:
        return held.sub_option_id, quantity_of(held)
    return renewal.sub_option_id or held.sub_option_id, renewal.quantity or quantity_of(held)


def against(state: Snapshot, code: str, task_type: str, day: date, today: date) -> str:
    """Say why an option cannot grow on a day by the change that LINE WORKS has for it; empty if it can."""
    held, base = find_held(state, code), find_base(state, code)
    if held is None:
        return ""
    match when(held.plan_end_date, day, today):
        case When.LATER:
            problems = option_orders.against_scheduling(state, code, task_type, today)
            window = window_of(state, code, task_type, today, is_new=True)
            problems = problems or (window.problems(day) if isinstance(window, Window) else [window])
        case When.RENEWAL:
            if base and (ends := ends_at_renewal(base)):
                return ends
            problems = renewals.against_renewal(state, code)
        case _:
            return ""
    return " ".join(map(str, problems))


def why(held: OptionProduct, day: date, today: date) -> str:
    """Say which change a day leads to, and why; empty where there is none."""
    return words_of(
        when(held.plan_end_date, day, today),
        day,
        now=_("Today: LINE WORKS changes the option immediately."),
        later=_("%(date)s is within the contract: LINE WORKS schedules the change for that day."),
    )


def asked_before(state: Snapshot, held: OptionProduct, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the day and the quantity to add that a change was asked for with, as ``more_on`` takes them."""
    if "type" not in asked:
        return {}
    is_later = "apply_date" in asked
    found: dict[str, Any] = {"apply_date": asked["apply_date"] if is_later else day_after(held.plan_end_date)}
    if asked.get("quantity") not in (None, ""):
        present = quantity_of(held) if is_later else renewed(state, held)[1]
        found["quantity"] = int(asked["quantity"]) - present
    return found
