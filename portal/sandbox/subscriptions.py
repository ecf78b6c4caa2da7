"""
Operations on subscriptions.

Vendor pages `partner-customer-subscriptions-{list,get}`.
"""

import json

from .call import Answer, Call, Operation
from .checks import existing_subscription
from .contracts import subscription_answer
from .customers import existing_customer


def list_subscriptions(call: Call) -> Answer:
    """listSubscriptions: the running subscriptions of a customer, with the renewal of the paid ones."""
    domain_id = existing_customer(call)
    rows = call.state.db.execute(
        "SELECT subscription_id, record FROM subscriptions WHERE domain_id = ? ORDER BY subscription_id",
        (domain_id,),
    )
    return Answer(
        200,
        {
            "subscriptions": [
                subscription_answer(subscription_id, json.loads(record)) for subscription_id, record in rows
            ]
        },
    )


def get_subscription(call: Call) -> Answer:
    """getSubscription: one running subscription."""
    return Answer(200, existing_subscription(call).as_answer())


_ALL = "/partners/customers/{domain_id}/subscriptions"
_ONE = f"{_ALL}/{{subscription_id}}"
OPERATIONS = (
    Operation("listSubscriptions", "GET", _ALL, list_subscriptions),
    Operation("getSubscription", "GET", _ONE, get_subscription),
)
