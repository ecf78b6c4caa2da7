"""
Operations on pre-orders, and what comes of a pre-order on its day.

Vendor pages `partner-customer-preorders-{list,post,patch,delete}`. Where they are silent the lenient reading holds:
several pre-orders may stand side by side, also beside a running subscription.
"""

from datetime import date, timedelta
from typing import Any

from .call import Answer, Call, Operation, path_id
from .catalogue import ADVANCED, PLANS, PRODUCTS, STANDARD
from .checks import check_licenses, read_new_date
from .contracts import paid_subscription
from .customers import check_advanced, existing_customer
from .fields import day, nullable, one_of, read_body, whole_number
from .rules import Source, rule
from .state import State

MOST_DAYS_AHEAD = 31
STARTED = "clock:startPreOrder"  # the ledger's name for a pre-order that took effect

_POST, _PATCH, _DELETE = (f"partner-customer-preorders-{verb}" for verb in ("post", "patch", "delete"))

WINDOW = rule("sub.preorder.window", "A pre-order starts tomorrow at the earliest, 31 days ahead at the latest.", _POST)
PRODUCT = rule("sub.preorder.product", "Only Standard and Advanced can be pre-ordered, no Free and no Trial.", _POST)
PLAN = rule("sub.preorder.plan", "Only the paid plans of LINE WORKS can be pre-ordered; Free and Trial are not.", _POST)
LICENSES = rule(
    "sub.preorder.licenses", "A pre-order of a license-based plan needs licenses, from 1 to 1,000,000.", _POST
)
NO_LICENSES = rule("sub.preorder.nolicenses", "A pre-order of a monthly plan has no number of licenses.", _POST)
EXISTS = rule("sub.preorder.exists", "Only a pre-order that the customer has can be moved or deleted.", _PATCH, _DELETE)
ONLY_DATE = rule("sub.preorder.dateonly", "Of a pre-order only applyDate can be changed.", _PATCH)
OPTIONS_STAY = rule(
    "sub.preorder.options", "Moving a pre-order leaves what is scheduled for options on its days.", _PATCH
)
OPTIONS_LEFT = rule(
    "sub.preorder.optionsleft", "Deleting a pre-order leaves what is scheduled for options in place.", _DELETE
)
STARTS = rule("sub.preorder.starts", "On its applyDate a pre-order becomes a paid subscription.", _POST)
BESIDE = rule(
    "sub.preorder.second",
    "Pre-orders may stand beside each other and beside a subscription; each becomes a subscription of its own.",
    _POST,
    source=Source.DEDUCED,
)


def list_pre_orders(call: Call) -> Answer:
    """listPreOrders: every pre-order of a customer."""
    return _pre_orders(200, call.state, existing_customer(call))


def add_pre_order(call: Call) -> Answer:
    """addPreOrder: a paid LINE WORKS subscription that starts on a later day."""
    domain_id = existing_customer(call)
    wanted = read_body(
        call.body,
        required={"applyDate": day, "productId": one_of(*PRODUCTS), "plan": one_of(*sorted(PLANS))},
        optional={"licenseCount": nullable(whole_number)},
    )
    product_id, plan, count = wanted["productId"], wanted["plan"], wanted.get("licenseCount")
    if product_id not in (STANDARD, ADVANCED):
        raise PRODUCT.broken("INVALID_PARAMETER", f"productId: must be {STANDARD} or {ADVANCED}")
    if plan not in PRODUCTS[product_id].plans:
        raise PLAN.broken("INVALID_PARAMETER", f"plan: must be one of {', '.join(PRODUCTS[product_id].plans)}")
    _check_apply_date(wanted["applyDate"], call.today)
    check_licenses(plan, count, LICENSES, NO_LICENSES)
    check_advanced(call.state, domain_id, product_id)
    pre_order_id = call.state.add_pre_order(domain_id, product_id, plan, count, wanted["applyDate"])
    call.record_effect(domain_id, _pre_order_of(call.state, pre_order_id))
    return _pre_orders(201, call.state, domain_id)


def update_pre_order(call: Call) -> Answer:
    """updatePreOrder: move the day of a pre-order; nothing else of it can change."""
    domain_id = existing_customer(call)
    pre_order_id = _existing_pre_order(call, domain_id)
    apply_date = read_new_date(call.body, ONLY_DATE)
    if apply_date is not None:
        _check_apply_date(apply_date, call.today)
        call.state.db.execute(
            "UPDATE pre_orders SET apply_date = ? WHERE pre_order_id = ?", (apply_date.isoformat(), pre_order_id)
        )
        call.record_effect(domain_id, _pre_order_of(call.state, pre_order_id))
    return _pre_orders(200, call.state, domain_id)


def delete_pre_order(call: Call) -> Answer:
    """deletePreOrder: withdraw a pre-order."""
    domain_id = existing_customer(call)
    pre_order_id = _existing_pre_order(call, domain_id)
    call.record_effect(domain_id, _pre_order_of(call.state, pre_order_id))
    call.state.db.execute("DELETE FROM pre_orders WHERE pre_order_id = ?", (pre_order_id,))
    return Answer(204)


_PATH = "/partners/customers/{domain_id}/subscriptions/pre-orders"
OPERATIONS = (
    Operation("listPreOrders", "GET", _PATH, list_pre_orders),
    Operation("addPreOrder", "POST", _PATH, add_pre_order, has_body=True),
    Operation("updatePreOrder", "PATCH", f"{_PATH}/{{pre_order_id}}", update_pre_order, has_body=True),
    Operation("deletePreOrder", "DELETE", f"{_PATH}/{{pre_order_id}}", delete_pre_order),
)


def start_due_pre_orders(state: State, today: date) -> None:
    """Turn every pre-order whose day has come into a subscription; part of the caller's transaction."""
    due = state.db.execute(
        f"{_SELECT} WHERE apply_date <= ? ORDER BY apply_date, pre_order_id", (today.isoformat(),)
    ).fetchall()
    for domain_id, *columns in due:
        if state.skips("addPreOrder", domain_id):
            continue
        order = _pre_order(*columns)
        if state.loses("addPreOrder", domain_id):
            state.db.execute("DELETE FROM pre_orders WHERE pre_order_id = ?", (order["preOrderId"],))
            continue
        start = date.fromisoformat(order["applyDate"])
        record = paid_subscription(domain_id, order["productId"], order["plan"], order.get("licenseCount"), start)
        subscription_id = state.add_subscription(record)
        state.db.execute("DELETE FROM pre_orders WHERE pre_order_id = ?", (order["preOrderId"],))
        state.record_effect(STARTED, domain_id, {**order, "subscriptionId": subscription_id})


_SELECT = "SELECT domain_id, pre_order_id, product_id, plan, license_count, apply_date FROM pre_orders"


def _pre_orders(status: int, state: State, domain_id: int) -> Answer:
    rows = state.db.execute(f"{_SELECT} WHERE domain_id = ? ORDER BY pre_order_id", (domain_id,))
    return Answer(status, {"subscriptionPreOrders": [_pre_order(*columns) for _, *columns in rows]})


def _pre_order_of(state: State, pre_order_id: int) -> dict[str, Any]:
    row = state.db.execute(f"{_SELECT} WHERE pre_order_id = ?", (pre_order_id,)).fetchone()
    return _pre_order(*row[1:])


def _pre_order(
    pre_order_id: int, product_id: str, plan: str, license_count: int | None, apply_date: str
) -> dict[str, Any]:
    order: dict[str, Any] = {
        "preOrderId": pre_order_id,
        "productId": product_id,
        "applyDate": apply_date,
        "plan": plan,
    }
    if license_count is not None:
        order["licenseCount"] = license_count
    return order


def _existing_pre_order(call: Call, domain_id: int) -> int:
    pre_order_id = path_id(call, "pre_order_id", "PRE_ORDER")
    row = call.state.db.execute(
        "SELECT 1 FROM pre_orders WHERE pre_order_id = ? AND domain_id = ?", (pre_order_id, domain_id)
    ).fetchone()
    if row is None:
        raise EXISTS.broken("PRE_ORDER_NOT_EXIST", f"no such pre-order: {pre_order_id}", status=404)
    return pre_order_id


def _check_apply_date(apply_date: date, today: date) -> None:
    if not timedelta(days=1) <= apply_date - today <= timedelta(days=MOST_DAYS_AHEAD):
        raise WINDOW.broken(
            "OUT_OF_RANGE", f"applyDate: must be from tomorrow to {MOST_DAYS_AHEAD} days ahead of {today}"
        )
