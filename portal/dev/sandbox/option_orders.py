"""
Operations on scheduled option tasks.

Vendor pages `partner-customer-option-product-orders-{list,get,post,patch,delete}`. One option of a customer has one
task at most: the path names no other key.
"""

from datetime import date
from typing import Any

from .call import Answer, Call, Operation
from .contracts import base_subscription
from .customers import existing_customer
from .errors import invalid, missing
from .fields import day, nullable, one_of, read_body, text, whole_number
from .option_bases import Base, find_base
from .option_checks import check_grace, known_sub_option, option_id, path_option
from .option_windows import Task, check_task, held_for_task
from .options_catalogue import (
    APPLY,
    CANCEL,
    CHANGE_QUANTITY,
    MODIFY,
    OPTIONS,
    START_PAID_SERVICE,
    TASK_TYPES,
    Option,
)
from .options_life import delete_option_task, has_option_task
from .rules import Source, rule
from .state import State

Record = dict[str, Any]

_POST, _PATCH, _LIST, _DELETE = (
    f"partner-customer-option-product-orders-{verb}" for verb in ("post", "patch", "list", "delete")
)

ONE_TASK = rule(
    "option.order.one",
    "An option has one scheduled task at most; another needs the first to be deleted.",
    _POST,
    source=Source.DEDUCED,
)
EXISTS = rule("option.order.exists", "Only a task that is scheduled can be read, changed or deleted.", _PATCH, _DELETE)
FIELDS = rule(
    "option.order.fields",
    "What of a task can change depends on its type: the date of any, the sub option of APPLY and MODIFY, the quantity"
    " of APPLY and CHANGE_QUANTITY.",
    _PATCH,
    source=Source.DEDUCED,
)
NO_SUBSCRIPTION = rule(
    "option.order.nosubscription",
    "A task that rests on a pre-order has no subscriptionId until that has started.",
    _LIST,
)
STAYS = rule(
    "option.order.stays",
    "Deleting or moving the subscription's pre-order or task leaves the tasks of its options as they are.",
    "partner-customer-preorders-delete",
    "partner-customer-subscriptions-reservation-delete",
)

_COLUMNS = "domain_id, option_product_id, subscription_id, sub_option_id, type, quantity, apply_date"
_SELECT = f"SELECT {_COLUMNS} FROM option_orders"  # noqa: S608  names of our own
_NAMED_BY_CALLER = frozenset({APPLY, MODIFY, START_PAID_SERVICE})  # the others are about the sub option in use
_CHANGEABLE = {
    APPLY: {"applyDate", "subOptionId", "quantity"},
    MODIFY: {"applyDate", "subOptionId"},
    CHANGE_QUANTITY: {"applyDate", "quantity"},
    CANCEL: {"applyDate"},
    START_PAID_SERVICE: {"applyDate"},
}


def list_option_orders(call: Call) -> Answer:
    """listOptionProductOrders: what is scheduled for a customer's options."""
    domain_id = existing_customer(call)
    rows = call.state.db.execute(f"{_SELECT} WHERE domain_id = ? ORDER BY option_product_id", (domain_id,)).fetchall()
    return Answer(200, {"optionProductOrders": [_order(call.state, row) for row in rows]})


def get_option_order(call: Call) -> Answer:
    """getOptionProductOrder: what is scheduled for one option."""
    return Answer(200, _existing_order(call, existing_customer(call), path_option(call)))


def add_option_order(call: Call) -> Answer:
    """addOptionProductOrder: schedule a task for an option."""
    domain_id = existing_customer(call)
    wanted = read_body(
        call.body,
        required={"optionProductId": option_id, "type": one_of(*TASK_TYPES), "applyDate": day},
        optional={"subOptionId": text, "quantity": nullable(whole_number)},
    )
    option = OPTIONS[wanted["optionProductId"]]
    base = find_base(call.state, domain_id, option)
    if base.subscription is not None:
        check_grace(base.subscription)
    if has_option_task(call.state, domain_id, option.id):
        raise ONE_TASK.broken("OPTION_PRODUCT_ORDER_ALREADY_EXIST", f"{option.id} has a task already", status=409)
    task = _task(call.state, domain_id, option, wanted)
    check_task(call.state, domain_id, base, task, call.today, is_new=True)
    _save(call.state, domain_id, base, task)
    order = _existing_order(call, domain_id, option)
    call.record_effect(domain_id, order)
    return Answer(201, order)


def update_option_order(call: Call) -> Answer:
    """updateOptionProductOrder: change what is scheduled for an option."""
    domain_id = existing_customer(call)
    option = path_option(call)
    order = _existing_order(call, domain_id, option)
    changes = read_body(
        call.body, required={}, optional={"applyDate": day, "subOptionId": text, "quantity": nullable(whole_number)}
    )
    if not changes:  # nothing is marked required; as PATCH goes, leaving everything out changes nothing
        return Answer(200, order)
    for name in changes:
        if name not in _CHANGEABLE[order["type"]]:
            raise FIELDS.broken("INVALID_PARAMETER", f"{name}: can't be changed of {order['type']}")
    base = find_base(call.state, domain_id, option)
    task = _task(
        call.state, domain_id, option, {**order, "applyDate": date.fromisoformat(order["applyDate"]), **changes}
    )
    check_task(call.state, domain_id, base, task, call.today, is_new=False)
    _save(call.state, domain_id, base, task)
    order = _existing_order(call, domain_id, option)
    call.record_effect(domain_id, order)
    return Answer(200, order)


def delete_option_order(call: Call) -> Answer:
    """deleteOptionProductOrder: withdraw what is scheduled for an option."""
    domain_id = existing_customer(call)
    option = path_option(call)
    order = _existing_order(call, domain_id, option)
    delete_option_task(call.state, domain_id, option.id)
    call.record_effect(domain_id, order)
    return Answer(204)


_ALL = "/partners/customers/{domain_id}/option-product-orders"
_ONE = f"{_ALL}/{{option_product_id}}"
OPERATIONS = (
    Operation("listOptionProductOrders", "GET", _ALL, list_option_orders),
    Operation("addOptionProductOrder", "POST", _ALL, add_option_order, has_body=True),
    Operation("getOptionProductOrder", "GET", _ONE, get_option_order),
    Operation("updateOptionProductOrder", "PATCH", _ONE, update_option_order, has_body=True),
    Operation("deleteOptionProductOrder", "DELETE", _ONE, delete_option_order),
)


def _task(state: State, domain_id: int, option: Option, wanted: Record) -> Task:
    """Make the task that is wanted; what the caller need not name is taken from the option in use."""
    given = wanted.get("subOptionId")
    if wanted["type"] not in _NAMED_BY_CALLER:
        present = held_for_task(state, domain_id, option).sub_option_id
        if given not in (None, present):
            raise invalid("subOptionId", f"{present} is in use")
        given = present
    if given is None:
        raise missing("subOptionId")
    return Task(wanted["type"], option, known_sub_option(option, given), wanted.get("quantity"), wanted["applyDate"])


def _save(state: State, domain_id: int, base: Base, task: Task) -> None:
    state.db.execute(
        f"INSERT OR REPLACE INTO option_orders ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608  ours
        (
            domain_id,
            task.option.id,
            base.id,
            task.sub_option.id,
            task.type,
            task.quantity,
            task.apply_date.isoformat(),
        ),
    )


def _existing_order(call: Call, domain_id: int, option: Option) -> Record:
    row = call.state.db.execute(
        f"{_SELECT} WHERE domain_id = ? AND option_product_id = ?", (domain_id, option.id)
    ).fetchone()
    if row is None:
        raise EXISTS.broken("OPTION_PRODUCT_ORDER_NOT_EXIST", f"nothing is scheduled for {option.id}", status=404)
    return _order(call.state, row)


def _order(state: State, row: tuple[Any, ...]) -> Record:
    domain_id, option_product_id, subscription_id, sub_option_id, task_type, quantity, apply_date = row
    if subscription_id is None:
        # The pre-order that it was scheduled upon may have started meanwhile.
        base = base_subscription(state, domain_id, OPTIONS[option_product_id].group)
        subscription_id = base.id if base else None
    return {
        "subscriptionId": subscription_id,
        "optionProductId": option_product_id,
        "subOptionId": sub_option_id,
        "type": task_type,
        "quantity": quantity,
        "applyDate": apply_date,
    }
