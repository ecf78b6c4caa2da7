"""What goes on an invoice beside usage: penalties, adjustments and Option Plus."""

from datetime import date

from .contracts import Subscription
from .pricing import is_annual, monthly_price, penalty
from .state import State

PENALTY, ADJUSTMENT, OPTION_PLUS = "PENALTY", "ADJUSTMENT", "OPTION_PLUS"


def charge_penalty(
    state: State, domain_id: int, day: date, subscription_id: int | None, item_id: str | None, amount: int
) -> None:
    """
    Put a penalty on the next invoice; part of the caller's transaction.

    Args:
        day: the day on which the contract was left; the invoice of the following month bills it.
        item_id: the productId or optionProductId that was given up.
        amount: yen before tax; nothing is noted for none.
    """
    if amount > 0:
        state.db.execute(
            "INSERT INTO charges (domain_id, month, item_type, subscription_id, item_id, amount)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (domain_id, f"{day:%Y-%m}", PENALTY, subscription_id, item_id, amount),
        )


def charge_contract_penalty(state: State, subscription: Subscription, day: date) -> int:
    """
    Put the penalty for leaving a subscription on `day` on the next invoice, and give its amount in yen.

    There is one inside an annual contract only; the day after its end is free of it.
    """
    if not (subscription.is_paid and is_annual(subscription.plan) and subscription.end):
        return 0
    monthly = monthly_price(
        subscription.product.id,
        subscription.plan,
        license_count=subscription.license_count,
        member_count=member_count(state, subscription.domain_id),
    )
    amount = penalty(monthly, day, subscription.end)
    charge_penalty(state, subscription.domain_id, day, subscription.id, subscription.product.id, amount)
    return amount


def charge_option_plus(state: State, domain_id: int, day: date, amount: int) -> None:
    """Put what an app without real-time billing costs on the invoice of the month of `day`, in yen before tax."""
    state.db.execute(
        "INSERT INTO charges (domain_id, month, item_type, amount) VALUES (?, ?, ?, ?)",
        (domain_id, f"{day:%Y-%m}", OPTION_PLUS, amount),
    )


def member_count(state: State, domain_id: int) -> int:
    """Give how many members a customer has."""
    row = state.db.execute("SELECT member_count FROM platforms WHERE domain_id = ?", (domain_id,)).fetchone()
    return int(row[0]) if row else 0
