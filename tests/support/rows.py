"""Fills the cache tables through the read door, without a vendor: for tests that only look at what is cached."""

from datetime import datetime
from typing import Any

from customers.models import Customer
from customers.sync.customers import CUSTOMER
from options.sync.options import OPTION_ORDERS, OPTIONS
from options.sync.renewals import OPTION_RENEWALS
from portal.core.clock import now
from portal.sync.resources import Answer
from portal.sync.store import keep
from portal.vendor import client
from subscriptions.sync.subscriptions import PRE_ORDERS, SUBSCRIPTIONS
from tests.support import vendor_json

Json = dict[str, Any]


def keep_customers(*records: Json, read_at: datetime | None = None) -> list[Customer]:
    """Keep customers as the listing would bring them; answer their rows in that order."""
    answers = {record["domainId"]: Answer([client.Customer.from_vendor(record)]) for record in records}
    keep(CUSTOMER, answers, read_at=read_at or now())
    rows = Customer.objects.in_bulk(answers)
    return [rows[domain_id] for domain_id in answers]


def keep_contracts(
    domain_id: int, *, subscriptions: list[Json] | None = None, pre_orders: list[Json] | None = None
) -> Customer:
    """Keep a customer's subscriptions and pre-orders, all of them; return its row with the new summary."""
    contracts = [client.Subscription.from_vendor(record) for record in subscriptions or []]
    orders = [client.PreOrder.from_vendor(record) for record in pre_orders or []]
    keep(SUBSCRIPTIONS, {domain_id: Answer(contracts)}, read_at=now())
    keep(PRE_ORDERS, {domain_id: Answer(orders)}, read_at=now())
    return Customer.objects.get(pk=domain_id)


def one_customer(domain_id: int = 10_000_001, **changes: Any) -> Customer:
    """Keep one customer with a subscription and a pre-order, all of it read just now."""
    keep_customers(vendor_json.customer(domain_id, **changes))
    return keep_contracts(domain_id, subscriptions=[vendor_json.subscription()], pre_orders=[vendor_json.pre_order()])


def keep_options(
    domain_id: int,
    *,
    options: list[Json] | None = None,
    orders: list[Json] | None = None,
    renewals: list[Json] | None = None,
) -> None:
    """Keep a customer's options, all of them, with what is scheduled for them and what becomes of them."""
    held = [client.OptionProduct.from_vendor(record) for record in options or []]
    tasks = [client.OptionProductOrder.from_vendor(record) for record in orders or []]
    ends = [client.OptionProductRenewal.from_vendor(record) for record in renewals or []]
    keep(OPTIONS, {domain_id: Answer(held)}, read_at=now())
    keep(OPTION_ORDERS, {domain_id: Answer(tasks)}, read_at=now())
    keep(OPTION_RENEWALS, {domain_id: Answer(ends, parts=[record.option_product_id for record in ends])}, read_at=now())
