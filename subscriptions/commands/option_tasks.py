"""
Scheduled option changes that are moved or deleted together with that of their subscription.

LINE WORKS leaves them where they are, though an option can start, become paid or end no earlier than its subscription.
Assumption: those scheduled for the same day belong to it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import ngettext

from portal.operations.linked_changes import LinkedChange
from portal.operations.snapshots import Snapshot
from portal.vendor.client import OptionProductOrder, Subscription
from subscriptions.commands.shared import OPTION_ORDERS
from subscriptions.rules import pre_orders, reservations
from subscriptions.rules.shared import OPTION_TASKS_STAY, task_of
from subscriptions.sync.reservations import RESERVATIONS
from subscriptions.sync.subscriptions import PRE_ORDERS, SUBSCRIPTIONS

READS = (SUBSCRIPTIONS.name, PRE_ORDERS.name, RESERVATIONS.name, OPTION_ORDERS)

Find = Callable[[Snapshot, Mapping[str, Any]], Sequence[OptionProductOrder]]


def _of_pre_order(state: Snapshot, ids: Mapping[str, Any]) -> Sequence[OptionProductOrder]:
    """Return what begins with a pre-order: it belongs to no subscription that is there already."""
    present = pre_orders.find_pre_order(state, ids["pre_order_id"])
    there = {running.subscription_id for running in state.of(Subscription)}
    return [task for task in _on(state, present.apply_date) if task.subscription_id not in there] if present else []


def _of_reservation(state: Snapshot, ids: Mapping[str, Any]) -> Sequence[OptionProductOrder]:
    number = ids["subscription_id"]
    scheduled = task_of(state, number)
    return [task for task in _on(state, scheduled.apply_date) if task.subscription_id == number] if scheduled else []


def _on(state: Snapshot, day: date) -> list[OptionProductOrder]:
    return [task for task in state.of(OptionProductOrder) if task.apply_date == day]


def _move_words(count: int) -> str:
    return ngettext(
        ("Also reschedule the %(count)s option change of that date"),
        ("Also reschedule the %(count)s option changes of that date"),
        count,
    ) % {"count": count}


def _delete_words(count: int) -> str:
    return ngettext(
        ("Also delete the %(count)s option change of that date"),
        ("Also delete the %(count)s option changes of that date"),
        count,
    ) % {"count": count}


def _moved(find: Find) -> LinkedChange:
    return LinkedChange(
        kind="updateOptionProductOrder",
        reads=READS,
        find=find,
        payload=lambda task, request: {
            "option_product_id": str(task.option_product_id),
            "apply_date": request.apply_date,
        },
        label=_move_words,
        answered=(pre_orders.OPTIONS_STAY.id, OPTION_TASKS_STAY.id),
    )


def _deleted(find: Find) -> LinkedChange:
    return LinkedChange(
        kind="deleteOptionProductOrder",
        reads=READS,
        find=find,
        payload=lambda task, _request: {"option_product_id": str(task.option_product_id)},
        label=_delete_words,
        answered=(pre_orders.OPTIONS_LEFT.id, reservations.OPTIONS_LEFT.id),
        goes_first=True,
    )


MOVED_WITH_PRE_ORDER, DELETED_WITH_PRE_ORDER = _moved(_of_pre_order), _deleted(_of_pre_order)
MOVED_WITH_RESERVATION, DELETED_WITH_RESERVATION = _moved(_of_reservation), _deleted(_of_reservation)
