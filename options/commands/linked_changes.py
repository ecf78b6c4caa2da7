"""
Scheduled option changes that are moved or deleted together with that of their subscription.

LINE WORKS leaves them where they are, though an option can start, become paid or end no earlier than its subscription.
Assumption: those scheduled for the same day belong to it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import ngettext

from options.commands.option_orders import CHANGE_ORDER, DELETE_ORDER
from options.rules.option_orders import OptionOrderChange, OptionOrderDelete
from options.sync.options import OPTION_ORDERS
from portal.operations.bundles import Step
from portal.operations.linked_changes import ALONGS, LinkedChange
from portal.operations.snapshots import Snapshot
from portal.vendor.client import OptionProductOrder, Subscription
from subscriptions.rules import pre_orders, reservations
from subscriptions.rules.shared import OPTION_TASKS_STAY, task_of
from subscriptions.sync.reservations import RESERVATIONS
from subscriptions.sync.subscriptions import PRE_ORDERS, SUBSCRIPTIONS

# What would be said of the tasks if they were left where they are.
SAID_OF_MOVED = (pre_orders.OPTIONS_STAY.id, OPTION_TASKS_STAY.id)
SAID_OF_DELETED = (pre_orders.OPTIONS_LEFT.id, reservations.OPTIONS_LEFT.id)
READS = (SUBSCRIPTIONS.name, PRE_ORDERS.name, RESERVATIONS.name, OPTION_ORDERS.name)


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


def _to_the_same_day(task: OptionProductOrder, request: Any) -> Step:
    change = OptionOrderChange(option_product_id=str(task.option_product_id), apply_date=request.apply_date)
    return Step(CHANGE_ORDER, change)


def _away(task: OptionProductOrder, _request: Any) -> Step:
    return Step(DELETE_ORDER, OptionOrderDelete(option_product_id=str(task.option_product_id)))


def _move_words(count: int) -> str:
    return ngettext(
        "Also move the %(count)s option task of that day", "Also move the %(count)s option tasks of that day", count
    ) % {"count": count}


def _delete_words(count: int) -> str:
    return ngettext(
        "Also delete the %(count)s option task of that day", "Also delete the %(count)s option tasks of that day", count
    ) % {"count": count}


def _declare(kind: str, find: Callable[[Snapshot, Mapping[str, Any]], Sequence[OptionProductOrder]]) -> None:
    moves = kind.startswith("update")
    ALONGS.declare(
        LinkedChange(
            kind=kind,
            reads=READS,
            find=find,
            step=_to_the_same_day if moves else _away,
            label=_move_words if moves else _delete_words,
            answered=SAID_OF_MOVED if moves else SAID_OF_DELETED,
            goes_first=not moves,
        )
    )


_declare("updatePreOrder", _of_pre_order)
_declare("updateReservation", _of_reservation)
_declare("deletePreOrder", _of_pre_order)
_declare("deleteReservation", _of_reservation)
