"""What comes of a scheduled option task on its day."""

from datetime import date

from .contracts import Subscription, base_subscription, find_subscription
from .options_catalogue import APPLY, CANCEL, CHANGE_QUANTITY, MODIFY, OPTIONS, START_PAID_SERVICE, Option
from .options_life import (
    cancel_option,
    convert_option,
    delete_option_task,
    find_option,
    new_option,
    save_option,
)
from .rules import Source, rule
from .scheduled import find_reservation
from .state import State

TAKES_EFFECT = rule(
    "option.order.takes",
    "On its applyDate a task does what it says: the option starts, ends, turns paid, moves up or has more pieces.",
    "partner-customer-option-product-orders-post",
)
LAPSES = rule(
    "option.order.lapses",
    "A task that can't be done on its day, as the option or what it needs is gone by then, lapses.",
    "partner-customer-option-product-orders-post",
    source=Source.DEDUCED,
)
# The ledger's names for what took effect.
_EFFECTS = {
    APPLY: "clock:startOption",
    CANCEL: "clock:cancelOption",
    START_PAID_SERVICE: "clock:convertOption",
    MODIFY: "clock:upgradeOption",
    CHANGE_QUANTITY: "clock:changeOptionQuantity",
}
_LAPSED = "clock:dropOptionOrder"


def do_due_option_orders(state: State, day: date) -> None:
    """On a new day: do every task whose day has come."""
    due = state.db.execute(
        "SELECT domain_id, option_product_id, subscription_id, sub_option_id, type, quantity FROM option_orders"
        " WHERE apply_date <= ? ORDER BY apply_date, domain_id, option_product_id",
        (day.isoformat(),),
    ).fetchall()
    for domain_id, option_product_id, subscription_id, sub_option_id, task_type, quantity in due:
        option = OPTIONS[option_product_id]
        base = _base(state, domain_id, option, subscription_id)
        if state.skips("addOptionProductOrder", domain_id) or _waits_for_base(state, domain_id, base, day):
            continue
        if state.loses("addOptionProductOrder", domain_id):
            delete_option_task(state, domain_id, option.id)
            continue
        done = base is not None and _do(state, base, option, sub_option_id, task_type, quantity, day)
        delete_option_task(state, domain_id, option.id)
        state.record_effect(
            _EFFECTS[task_type] if done else _LAPSED,
            domain_id,
            {"optionProductId": option.id, "subOptionId": sub_option_id, "type": task_type, "quantity": quantity},
        )


def _base(state: State, domain_id: int, option: Option, subscription_id: int | None) -> Subscription | None:
    """Find what a task was scheduled upon; a pre-order, which has no number, is the newest once it has started."""
    if subscription_id is not None:
        return find_subscription(state, subscription_id)
    return base_subscription(state, domain_id, option.group)


def _waits_for_base(state: State, domain_id: int, base: Subscription | None, day: date) -> bool:
    """What was to come before it may have been passed over; then the task is passed over as well."""
    if base is None:
        query = "SELECT 1 FROM pre_orders WHERE domain_id = ? AND apply_date <= ?"
        return state.db.execute(query, (domain_id, day.isoformat())).fetchone() is not None
    task = find_reservation(state, base.id)
    return task is not None and task.apply_date <= day


def _do(
    state: State,
    base: Subscription,
    option: Option,
    sub_option_id: str,
    task_type: str,
    quantity: int | None,
    day: date,
) -> bool:
    """Do one task, and tell whether it could be done."""
    held = find_option(state, base.domain_id, option.id)
    target = option.sub_option(sub_option_id)
    if target is None or (held is None) != (task_type == APPLY):
        return False
    if held is None:
        if base.product.id not in target.products:
            return False
        save_option(state, new_option(base, option, target, quantity, day))
    elif task_type == CANCEL:
        cancel_option(state, held, day)
    elif task_type == START_PAID_SERVICE:
        if not held.is_trial or held.sub_option.paid_id != target.id or base.product.id not in target.products:
            return False
        convert_option(state, held, base, day)
    elif task_type == MODIFY:
        if not option.is_above(target.id, held.sub_option_id):
            return False
        held.change(sub_option_id=target.id)
        save_option(state, held)
    else:
        if held.is_trial or quantity is None or quantity <= held.quantity:
            return False
        held.change(quantity=quantity)
        save_option(state, held)
    return True
