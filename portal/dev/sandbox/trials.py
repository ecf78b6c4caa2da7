"""How a Trial ends: first its trial period, then its grace period. Neither's length is stated; see `inferred.py`."""

from datetime import date, timedelta

from .contracts import SUSPENDED_TRIALEND, due_subscriptions, save_subscription
from .inferred import GRACE_DAYS
from .rules import Source, rule
from .state import State
from .subscription_life import end_subscription

TRIAL_ENDED, GRACE_ENDED = "clock:endTrial", "clock:endGrace"  # the ledger's names

TRIAL_END = rule(
    "sub.trial.end",
    "On the day after its planEndDate a Trial is suspended, SUSPENDED_TRIALEND; its grace period begins.",
    "partner-customer-subscriptions-list",
    "partner-customer-option-products-paidservice",
)
GRACE_END = rule(
    "sub.trial.grace",
    "A Trial that is not converted by the last day of grace ends, and its Trial options with it.",
    "partner-customer-option-products-paidservice",
    source=Source.DEDUCED,
)


def suspend_ended_trials(state: State, today: date) -> None:
    """On a new day: suspend every Trial whose trial period is over; part of the day's transaction."""
    for subscription in due_subscriptions(state, today, is_paid=False):
        if state.skips("addSubscription", subscription.domain_id):
            continue
        subscription.record["status"] = SUSPENDED_TRIALEND
        save_subscription(state, subscription)
        state.record_effect(TRIAL_ENDED, subscription.domain_id, subscription.as_answer())


def end_unconverted_trials(state: State, today: date) -> None:
    """On a new day: end every Trial whose grace period is over; part of the day's transaction."""
    ended = due_subscriptions(state, today - timedelta(days=GRACE_DAYS), is_paid=False, status=SUSPENDED_TRIALEND)
    for subscription in ended:
        if state.skips("addSubscription", subscription.domain_id):
            continue
        state.record_effect(GRACE_ENDED, subscription.domain_id, end_subscription(state, subscription, today))
