"""Choices of the forms about scheduled option changes: sizes, quantities, what is scheduled now."""

from datetime import date

from options.catalogue import APPLY, CHANGE_QUANTITY, MODIFY, START_PAID_SERVICE, find
from options.rules.options import paid_size, quantity_of
from options.rules.order_windows import base_of
from options.rules.shared import find_held, find_task
from portal.operations.snapshots import Snapshot


def possible_sizes(state: Snapshot, code: str, task_type: str) -> tuple[str, ...]:
    """Return the sizes that a task can name."""
    option, base, held = find(code), base_of(state, code), find_held(state, code)
    if option is None or base is None:
        return ()
    fitting = option.sold_with(base.product_then)
    if task_type == APPLY:
        return fitting
    if held is None:
        return ()
    if task_type == START_PAID_SERVICE:
        return tuple(size for size in fitting if size == paid_size(state, code))
    return tuple(size for size in option.above(held.sub_option_id) if size in fitting) if task_type == MODIFY else ()


def scheduled(state: Snapshot, code: str) -> dict[str, str | int | date | None]:
    """Return what a form about a scheduled task begins with, by the request's names; nothing if there is none."""
    task = find_task(state, code)
    if task is None:
        return {}
    return {
        "type": str(task.type),
        "apply_date": task.apply_date,
        "sub_option_id": str(task.sub_option_id),
        "quantity": task.quantity,
    }


def least_quantity(state: Snapshot, code: str, task_type: str) -> int:
    """Return the smallest quantity that a task can name."""
    held = find_held(state, code)
    return quantity_of(held) + 1 if held and task_type == CHANGE_QUANTITY else 1
