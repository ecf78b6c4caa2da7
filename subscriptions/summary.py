"""Summary columns of customers and subscriptions, so that lists use one index."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from django.db.models import F, Q, Subquery

from customers.models import Customer
from portal.sync.upsert import write_columns
from subscriptions.models import PreOrder, Reservation, Subscription
from subscriptions.rules.pre_orders import CORE_PRODUCTS


def sum_up(domain_ids: Collection[int]) -> None:
    """
    Bring the summary columns of some customers up to date; rows that stay the same are not written.

    Their rows are locked before the contracts are read: of two that sum up one customer at a time, the second sees
    what the first has written. The lock leaves the keys alone, which rows that point to the customer hold on to.
    """
    customers = list(Customer.objects.select_for_update(no_key=True).filter(pk__in=list(domain_ids)).order_by("pk"))
    subscriptions: defaultdict[int, list[Subscription]] = defaultdict(list)
    for subscription in Subscription.objects.current().filter(customer_id__in=list(domain_ids)):
        subscriptions[subscription.customer_id].append(subscription)
    pre_orders: defaultdict[int, list[PreOrder]] = defaultdict(list)
    for pre_order in PreOrder.objects.current().filter(customer_id__in=list(domain_ids)):
        pre_orders[pre_order.customer_id].append(pre_order)

    changed = [
        customer for customer in customers if _write_on(customer, subscriptions[customer.pk], pre_orders[customer.pk])
    ]
    write_columns(changed, Customer.FILLED_BY_PORTAL)


def note_scheduled(domain_ids: Collection[int]) -> None:
    """Write the day of each scheduled change on its subscription; rows that stay the same are not written."""
    day = Subquery(Reservation.objects.of_outer_subscription().order_by().values("apply_date")[:1])
    rows = Subscription.objects.filter(customer_id__in=list(domain_ids)).annotate(day=day)
    no_longer, newly = Q(day=None, scheduled_for__isnull=False), Q(day__isnull=False, scheduled_for=None)
    moved = Q(day__isnull=False, scheduled_for__isnull=False) & ~Q(scheduled_for=F("day"))
    rows.filter(no_longer | newly | moved).update(scheduled_for=day)


def _write_on(customer: Customer, subscriptions: Sequence[Subscription], pre_orders: Sequence[PreOrder]) -> bool:
    lead = min(subscriptions, key=_rank, default=None)
    following = min(pre_orders, key=lambda pre_order: pre_order.apply_date, default=None)
    summary = {
        "lead_product": lead.product_id if lead else "",
        "lead_plan": lead.plan if lead else "",
        "lead_status": lead.status if lead else "",
        "licenses": lead.license_count if lead else None,
        "contract_end": lead.end_date if lead else None,
        "subscription_count": len(subscriptions),
        "next_start": following.apply_date if following else None,
        "next_product": following.product_id if following else "",
        "next_plan": following.plan if following else "",
        "next_licenses": following.license_count if following else None,
    }
    moved = any(getattr(customer, column) != value for column, value in summary.items())
    for column, value in summary.items():
        setattr(customer, column, value)
    return moved


def _rank(subscription: Subscription) -> tuple[int, int]:
    """The core service speaks for the customer; products of other families come second."""
    core = CORE_PRODUCTS.index(subscription.product_id) if subscription.product_id in CORE_PRODUCTS else 99
    return core, subscription.subscription_id
