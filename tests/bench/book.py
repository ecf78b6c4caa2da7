"""A reseller's book: the sandbox's customers in the cache, each with three subscriptions."""

import random
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from customers.models import Customer
from customers.sync.customers import CUSTOMER
from portal.core.clock import business_today, now
from portal.sync.resources import Answer
from portal.sync.store import keep
from portal.vendor import client
from portal.vendor.client import PreOrder, Subscription
from portal.vendor.connection import api as vendor
from portal.vendor.ratelimit import Priority
from subscriptions.sync.subscriptions import PRE_ORDERS, SUBSCRIPTIONS

AT_ONCE = 500
_PLANS = ("ANNUAL_LICENSE", "MONTHLY", "ANNUAL_PREPAY_LICENSE")


def fill() -> None:
    """
    Fill the cache, unless it is full already.

    The customers come from the sandbox by the real listing; their contracts are made up here, since reading 15,000
    of them would take an hour. All pass the door by which a resync writes, which sums them up for the list too.
    """
    if Customer.objects.exists():
        return
    chance = random.Random(1)  # noqa: S311  made-up contracts, no secret
    api = vendor.partner_api(Priority.PEOPLE)
    customers = [customer for page in api.customers.pages_of_customers() for customer in page.items]
    for first in range(0, len(customers), AT_ONCE):
        _keep(customers[first : first + AT_ONCE], chance, read_at=now() - age(chance))
    analyze()


def analyze() -> None:
    """Count what the tables hold. The server does this by itself, some minutes later; nothing is timed on guesses."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def age(chance: random.Random) -> timedelta:
    """Mostly within the two hours after which the list marks an age; one in ten beyond."""
    return timedelta(minutes=chance.randrange(130, 3000) if chance.random() < 0.1 else chance.randrange(2, 110))


def _keep(customers: list[client.Customer], chance: random.Random, *, read_at: datetime) -> None:
    today = business_today()
    ids = [customer.domain_id for customer in customers]
    keep(CUSTOMER, {customer.domain_id: Answer([customer]) for customer in customers}, read_at=read_at)
    keep(SUBSCRIPTIONS, {pk: Answer(_subscriptions(pk, chance, today)) for pk in ids}, read_at=read_at)
    keep(PRE_ORDERS, {pk: Answer(_pre_orders(pk, chance, today)) for pk in ids}, read_at=read_at)


def _subscriptions(domain_id: int, chance: random.Random, today: date) -> list[Subscription]:
    core = chance.choice(("STD", "ADV"))
    kind = chance.random()
    if kind < 0.85:
        lead = _contract(core, chance.choice(_PLANS), today + timedelta(days=chance.randrange(1, 365)))
    elif kind < 0.95:
        lead = _contract(f"{core}_T", "TRIAL", today + timedelta(days=chance.randrange(1, 30)))
    else:
        ended = today - timedelta(days=chance.randrange(1, 20))
        lead = _contract(f"{core}_T", "TRIAL", ended) | {"status": "SUSPENDED_TRIALEND"}
    others = [
        _contract("NTA_TM", "ANNUAL", today + timedelta(days=chance.randrange(1, 365))),
        _contract("ROG_STD", "ANNUAL_LICENSE", today + timedelta(days=chance.randrange(1, 365))),
    ]
    return [_record(domain_id, number, raw, chance) for number, raw in enumerate((lead, *others), start=1)]


def _contract(product: str, plan: str, end: date) -> dict[str, Any]:
    start = end - timedelta(days=30 if plan == "TRIAL" else 364)
    return {
        "productId": product,
        "plan": plan,
        "planStartDate": start.isoformat(),
        "planEndDate": end.isoformat(),
        "status": "ACTIVE",
    }


def _record(domain_id: int, number: int, contract: dict[str, Any], chance: random.Random) -> Subscription:
    subscription_id = domain_id * 10 + number
    licenses = chance.choice((5, 12, 30, 80, 250, 1_200)) if "LICENSE" in contract["plan"] else None
    paid = contract["plan"] != "TRIAL"
    return Subscription.from_vendor(
        {
            **contract,
            "domainId": domain_id,
            "subscriptionId": subscription_id,
            "licenseAssignType": "NONE",
            "licenseCount": licenses,
            "renewal": {"subscriptionId": subscription_id, "type": "STAY"} if paid else None,
        }
    )


def _pre_orders(domain_id: int, chance: random.Random, today: date) -> list[PreOrder]:
    """One customer in seven has something scheduled."""
    if chance.random() > 1 / 7:
        return []
    order = {
        "preOrderId": domain_id,
        "applyDate": (today + timedelta(days=chance.randrange(1, 32))).isoformat(),
        "productId": chance.choice(("STD", "ADV")),
        "plan": "ANNUAL_LICENSE",
        "licenseCount": chance.choice((10, 40, 1_500)),
    }
    return [PreOrder.from_vendor(order)]
