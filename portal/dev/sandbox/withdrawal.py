"""
How a customer leaves: at once or after a pending time, and what becomes of everything it had.

Vendor pages `partner-customer-delete`, `partner-customer-usage-status-patch`.
"""

from datetime import date, timedelta

from .billing import BILLED
from .call import Answer, Call
from .charges import charge_contract_penalty, charge_option_plus
from .contracts import Subscription, remove_subscription, subscriptions_of
from .customers import PENDING, customer_of, existing_customer
from .inferred import end_of_pending
from .options_life import cancel_options_of, forget_options
from .pricing import OPTION_PLUS_PRICE
from .rules import Source, rule
from .state import State
from .usage_status import usage_status

LEFT = "clock:withdrawCustomer"  # the ledger's name for a scheduled withdrawal that took effect
DELETED = "clock:deleteCustomer"  # and for the end of a pending one

_DELETE, _PATCH = "partner-customer-delete", "partner-customer-usage-status-patch"

OWN_DOMAIN = rule("cust.delete.own", "The partner's own domain can't be deleted.", _DELETE)
EVERYTHING = rule(
    "cust.delete.everything", "Deleting a customer cancels all of its products, its options and the platform.", _DELETE
)
AT_ONCE = rule(
    "cust.withdrawal.atonce",
    "One that never installed a paid app without real-time billing is deleted at once, or on its withdrawal date.",
    _DELETE,
    _PATCH,
)
PENDING_DATES = rule(
    "cust.withdrawal.pending",
    "One that ever installed such an app is SUSPENDED_WITHDRAWAL first: from the 2nd to the 24th until the 2nd of the"
    " next month, from the 25th to the 1st until the 2nd of the month after next.",
    _DELETE,
    _PATCH,
)
PRODUCTS_END = rule(
    "cust.withdrawal.products",
    "When a withdrawal becomes pending, products and options end at once; the platform alone stays.",
    _DELETE,
    source=Source.DEDUCED,
)
CHARGED = rule(
    "cust.withdrawal.charged",
    "Use is charged up to the day before a withdrawal; while it is pending, nothing is but Option Plus.",
    _DELETE,
    _PATCH,
)
LATE = rule(
    "cust.withdrawal.late",
    "A withdrawal that becomes pending from the 25th to the 1st may bring an Option Plus charge for the month that"
    " follows, unless it was scheduled by the 24th.",
    _DELETE,
    _PATCH,
)
PENALTY = rule(
    "cust.withdrawal.penalty",
    "Leaving inside an annual contract costs a penalty with the next invoice; the day after the contract end is free.",
    _DELETE,
    _PATCH,
)


def delete_customer(call: Call) -> Answer:
    """deleteCustomer: cancel everything of a customer, 204 when it is gone, 202 while its withdrawal is pending."""
    domain_id = existing_customer(call)
    platform = call.state.db.execute(
        "SELECT is_partner, has_slow_app FROM platforms WHERE domain_id = ?", (domain_id,)
    ).fetchone()
    is_partner, has_slow_app = map(bool, platform)
    if is_partner:
        raise OWN_DOMAIN.broken("ACCESS_DENIED", "this is the partner's own domain", status=403)
    withdraw(call.state, domain_id, call.today, asked_on=call.today, operation=call.operation)
    return Answer(202 if has_slow_app else 204)


def withdraw_due(state: State, today: date) -> None:
    """Let every withdrawal whose day has come happen, and every pending one end; part of the caller's transaction."""
    due = state.db.execute(
        "SELECT domain_id, status, withdrawal_date, withdrawal_set_on FROM platforms"
        " WHERE withdrawal_date <= ? ORDER BY withdrawal_date, domain_id",
        (today.isoformat(),),
    ).fetchall()
    for domain_id, status, day, asked_on in due:
        if status == PENDING:
            if not state.skips("deleteCustomer", domain_id):
                state.record_effect(DELETED, domain_id, usage_status(state, domain_id))
                leave(state, domain_id, today)
        elif state.loses("patchUsageStatus", domain_id):
            state.db.execute(
                "UPDATE platforms SET withdrawal_date = NULL, withdrawal_set_on = NULL WHERE domain_id = ?",
                (domain_id,),
            )
        elif not state.skips("patchUsageStatus", domain_id):
            withdraw(state, domain_id, date.fromisoformat(day), asked_on=date.fromisoformat(asked_on), operation=LEFT)


def withdraw(state: State, domain_id: int, day: date, *, asked_on: date, operation: str) -> None:
    """
    Delete a customer, or make its withdrawal pending where an app has still to be settled.

    Args:
        day: the day of the withdrawal.
        asked_on: the day on which it was asked for or scheduled.
        operation: the ledger's name for what brought it about.
    """
    record = customer_of(state, domain_id)
    end_products(state, domain_id, day)
    has_slow_app = state.db.execute("SELECT has_slow_app FROM platforms WHERE domain_id = ?", (domain_id,)).fetchone()[
        0
    ]
    if not has_slow_app:
        state.record_effect(operation, domain_id, record)
        leave(state, domain_id, day)
        return
    gone_on = end_of_pending(day)
    if _is_late(day, asked_on):
        charge_option_plus(state, domain_id, gone_on.replace(day=1) - timedelta(days=1), OPTION_PLUS_PRICE)
    state.db.execute(
        "UPDATE platforms SET status = ?, withdrawal_date = ?, withdrawal_set_on = ?, limit_date = NULL,"
        " limit_count = NULL WHERE domain_id = ?",
        (PENDING, gone_on.isoformat(), asked_on.isoformat(), domain_id),
    )
    state.record_effect(operation, domain_id, usage_status(state, domain_id))


def end_products(state: State, domain_id: int, day: date) -> None:
    """End every product and option of a customer on a day, with the penalties due, and whatever is scheduled."""
    for subscription in subscriptions_of(state, domain_id):
        if _is_inside_term(state, subscription, day):
            cancel_options_of(state, domain_id, subscription.id, day)
            charge_contract_penalty(state, subscription, day)
        remove_subscription(state, subscription)
    forget_options(state, domain_id)
    for table in ("pre_orders", "reservations"):
        state.db.execute(f"DELETE FROM {table} WHERE domain_id = ?", (domain_id,))  # noqa: S608  names of our own
    _close_stretches(state, domain_id, day - timedelta(days=1))


def leave(state: State, domain_id: int, day: date) -> None:
    """
    Remove everything of a customer that is gone from `day` on, and keep its record for the invoices to come.

    The ledger, what was metered and what was charged stay.
    """
    end_products(state, domain_id, day)
    state.db.execute(
        "INSERT INTO departed (domain_id, record) SELECT domain_id, record FROM customers WHERE domain_id = ?",
        (domain_id,),
    )
    # A transfer that had not quite come to its end would bring it back.
    state.db.execute("DELETE FROM potentials WHERE json_extract(record, '$.customer.domainId') = ?", (domain_id,))
    for table in ("customers", "platforms", "tried"):
        state.db.execute(f"DELETE FROM {table} WHERE domain_id = ?", (domain_id,))  # noqa: S608  names of our own


def _close_stretches(state: State, domain_id: int, last_day: date) -> None:
    """End what is being metered with the last day that is charged."""
    state.db.execute(
        "DELETE FROM stretches WHERE domain_id = ? AND end_date IS NULL AND start_date > ?",
        (domain_id, last_day.isoformat()),
    )
    state.db.execute(
        "UPDATE stretches SET end_date = ? WHERE domain_id = ? AND end_date IS NULL",
        (last_day.isoformat(), domain_id),
    )


def _is_inside_term(state: State, subscription: Subscription, day: date) -> bool:
    """
    Say whether leaving on a day breaks into a term.

    On the day after the contract end the next term has begun already, by the renewal of that morning; the page
    promises that day without penalty. The first day of the first term is a day like any other.
    """
    if subscription.end is None or not subscription.start <= day <= subscription.end:
        return False
    return subscription.start < day or not _had_a_term_before(state, subscription)


def _had_a_term_before(state: State, subscription: Subscription) -> bool:
    paid_before = state.db.execute(
        f"SELECT 1 FROM stretches WHERE domain_id = ? AND subscription_id = ? AND start_date < ? AND {BILLED}",  # noqa: S608  ours
        (subscription.domain_id, subscription.id, subscription.start.isoformat()),
    )
    return paid_before.fetchone() is not None


def _is_late(day: date, asked_on: date) -> bool:
    """Say whether a withdrawal is of the 25th to the 1st and was asked for after the 24th before."""
    if 2 <= day.day <= 24:
        return False
    window = day if day.day >= 25 else day - timedelta(days=1)
    return asked_on > window.replace(day=24)
