"""
Operations on subscriptions and on pre-orders, and what comes of a pre-order on its day.

Vendor pages `partner-customer-subscriptions-list`, `partner-customer-preorders-{list,post,patch,delete}`.
Where they are silent the lenient reading holds: several pre-orders may stand side by side, also beside a
running subscription.
"""

import json
from datetime import date, timedelta
from typing import Any

from .call import Answer, Call, Operation, path_id
from .customers import domain_type, existing_customer
from .errors import Refusal, invalid, limit_exceeded, missing, not_exist, out_of_range
from .fields import day, nullable, one_of, read_body, whole_number
from .state import State

MOST_LICENSES = 1_000_000
MOST_DAYS_AHEAD = 31
LICENSE_PLANS = frozenset({"ANNUAL_LICENSE", "ANNUAL_PREPAY_LICENSE"})
STARTED_PRE_ORDER = "clock:startPreOrder"  # the ledger's name for a pre-order that took effect


def list_subscriptions(call: Call) -> Answer:
    """listSubscriptions: the running subscriptions of a customer, with the renewal of the paid ones."""
    domain_id = existing_customer(call)
    rows = call.state.db.execute(
        "SELECT subscription_id, record FROM subscriptions WHERE domain_id = ? ORDER BY subscription_id",
        (domain_id,),
    )
    return Answer(200, {"subscriptions": [_subscription(*row) for row in rows]})


def list_pre_orders(call: Call) -> Answer:
    """listPreOrders: every pre-order of a customer."""
    return _pre_orders(200, call.state, existing_customer(call))


def add_pre_order(call: Call) -> Answer:
    """addPreOrder: a paid LINE WORKS subscription that starts on a later day."""
    domain_id = existing_customer(call)
    wanted = read_body(
        call.body,
        required={
            "applyDate": day,
            "productId": one_of("STD", "ADV"),
            "plan": one_of("MONTHLY", *sorted(LICENSE_PLANS)),
        },
        optional={"licenseCount": nullable(whole_number)},
    )
    _check_apply_date(wanted["applyDate"], call.today)
    _check_license_count(wanted["plan"], wanted.get("licenseCount"))
    if wanted["productId"] == "ADV" and domain_type(call.state, domain_id) == "GROUP":
        raise Refusal(400, "INVALID_DOMAIN", "Advanced needs a domain; this customer has a group name only")
    pre_order_id = call.state.add_pre_order(
        domain_id, wanted["productId"], wanted["plan"], wanted.get("licenseCount"), wanted["applyDate"]
    )
    call.record_effect(domain_id, _pre_order_of(call.state, pre_order_id))
    return _pre_orders(201, call.state, domain_id)


def update_pre_order(call: Call) -> Answer:
    """updatePreOrder: move the day of a pre-order; nothing else of it can change."""
    domain_id = existing_customer(call)
    pre_order_id = _existing_pre_order(call, domain_id)
    wanted = read_body(call.body, required={}, optional={"applyDate": day})
    if "applyDate" in wanted:  # not marked required; as PATCH goes, leaving it out changes nothing
        _check_apply_date(wanted["applyDate"], call.today)
        call.state.db.execute(
            "UPDATE pre_orders SET apply_date = ? WHERE pre_order_id = ?",
            (wanted["applyDate"].isoformat(), pre_order_id),
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


_CUSTOMER = "/partners/customers/{domain_id}"
OPERATIONS = (
    Operation("listSubscriptions", "GET", f"{_CUSTOMER}/subscriptions", list_subscriptions),
    Operation("listPreOrders", "GET", f"{_CUSTOMER}/subscriptions/pre-orders", list_pre_orders),
    Operation("addPreOrder", "POST", f"{_CUSTOMER}/subscriptions/pre-orders", add_pre_order, has_body=True),
    Operation(
        "updatePreOrder",
        "PATCH",
        f"{_CUSTOMER}/subscriptions/pre-orders/{{pre_order_id}}",
        update_pre_order,
        has_body=True,
    ),
    Operation("deletePreOrder", "DELETE", f"{_CUSTOMER}/subscriptions/pre-orders/{{pre_order_id}}", delete_pre_order),
)


def start_due_pre_orders(state: State, today: date) -> None:
    """Turn every pre-order whose day has come into a subscription; part of the caller's transaction."""
    due = state.db.execute(
        f"{_SELECT_PRE_ORDERS} WHERE apply_date <= ? ORDER BY apply_date, pre_order_id", (today.isoformat(),)
    ).fetchall()
    for domain_id, *columns in due:
        if state.skips("addPreOrder", domain_id):
            continue
        order = _pre_order(*columns)
        start = date.fromisoformat(order["applyDate"])
        record = paid_subscription(
            domain_id, order["productId"], order["plan"], order.get("licenseCount"), start, end_of_term(start)
        )
        subscription_id = state.add_subscription(record)
        state.db.execute("DELETE FROM pre_orders WHERE pre_order_id = ?", (order["preOrderId"],))
        state.record_effect(STARTED_PRE_ORDER, domain_id, {**order, "subscriptionId": subscription_id})


def paid_subscription(
    domain_id: int, product_id: str, plan: str, license_count: int | None, start: date, end: date
) -> dict[str, Any]:
    """Make the record of a paid subscription that renews as it is; its id is added when it is read."""
    renewal: dict[str, Any] = {"type": "STAY", "productId": product_id, "plan": plan}
    if license_count is not None:
        renewal["licenseCount"] = license_count
    return {
        "domainId": domain_id,
        "productId": product_id,
        "plan": plan,
        "planStartDate": start.isoformat(),
        "planEndDate": end.isoformat(),
        "licenseAssignType": "NONE",
        "licenseCount": license_count,
        "status": "ACTIVE",
        "renewal": renewal,
    }


def end_of_term(start: date) -> date:
    """Give the last day of a year's contract. Not documented; this is the usual way to count."""
    try:
        return start.replace(year=start.year + 1) - timedelta(days=1)
    except ValueError:  # 29 February
        return date(start.year + 1, 2, 28)


_SELECT_PRE_ORDERS = """
    SELECT domain_id, pre_order_id, product_id, plan, license_count, apply_date FROM pre_orders"""


def _subscription(subscription_id: int, record: str) -> dict[str, Any]:
    subscription: dict[str, Any] = {**json.loads(record), "subscriptionId": subscription_id}
    if subscription["renewal"] is not None:
        subscription["renewal"]["subscriptionId"] = subscription_id
    return subscription


def _pre_orders(status: int, state: State, domain_id: int) -> Answer:
    rows = state.db.execute(f"{_SELECT_PRE_ORDERS} WHERE domain_id = ? ORDER BY pre_order_id", (domain_id,))
    return Answer(status, {"subscriptionPreOrders": [_pre_order(*columns) for _, *columns in rows]})


def _pre_order_of(state: State, pre_order_id: int) -> dict[str, Any]:
    row = state.db.execute(f"{_SELECT_PRE_ORDERS} WHERE pre_order_id = ?", (pre_order_id,)).fetchone()
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
        raise not_exist("PRE_ORDER", pre_order_id)
    return pre_order_id


def _check_apply_date(apply_date: date, today: date) -> None:
    if not timedelta(days=1) <= apply_date - today <= timedelta(days=MOST_DAYS_AHEAD):
        raise out_of_range("applyDate", f"must be from tomorrow to {MOST_DAYS_AHEAD} days ahead of {today}")


def _check_license_count(plan: str, count: int | None) -> None:
    if plan not in LICENSE_PLANS:
        if count is not None:
            raise invalid("licenseCount", f"{plan} is not a licence-based plan")
    elif count is None:
        raise missing("licenseCount")
    elif count > MOST_LICENSES:
        raise limit_exceeded("licenseCount", f"must be at most {MOST_LICENSES}")
    elif count < 1:
        raise out_of_range("licenseCount", "must be at least 1")
