"""What every new day brings about by itself, in this order."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from . import (
    billing,
    metering,
    option_orders_due,
    option_renewals,
    options_life,
    pre_orders,
    renewals,
    reservations,
    trials,
    usage_status,
    withdrawal,
)
from .state import State


@dataclass(frozen=True, slots=True)
class Due:
    """
    Something that falls due on days.

    `happen` is called once for each day, within the transaction that enters it, and does whatever is due by then.
    """

    name: str
    happen: Callable[[State, date], None]


# The order decides what meets what: a cancellation on the day after the contract comes before the renewal of that day,
# an option that starts on it finds the new term, what changed is metered afterwards, and an invoice sums up what was
# metered.
DUE: tuple[Due, ...] = (
    Due("pre-orders", pre_orders.start_due_pre_orders),
    Due("reservations", reservations.do_due_reservations),
    Due("renewals", renewals.renew_due_subscriptions),
    Due("option orders", option_orders_due.do_due_option_orders),
    Due("option renewals", option_renewals.renew_due_options),
    Due("user limits", usage_status.change_due_limits),
    Due("withdrawals", withdrawal.withdraw_due),
    Due("ends of trials", trials.suspend_ended_trials),
    Due("ends of grace", trials.end_unconverted_trials),
    Due("ends of trial options", options_life.end_trial_options),
    Due("metering", metering.meter),
    Due("invoices", billing.issue_invoice),
)


def enter_day(state: State, day: date) -> None:
    """Bring about what the day brings; part of the caller's transaction."""
    for due in DUE:
        due.happen(state, day)
