"""Resources: subscriptions and pre-orders of each customer."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.core.catalogue import TRIAL_PLANS
from portal.core.labels import listed, word_for
from portal.sync.resource_helpers import answer_of, merge_of_customers, records_in, records_of
from portal.sync.resources import RESOURCES, Answer, Change, Line, Resource, Target
from portal.vendor import client
from portal.vendor.client import PartnerApi
from subscriptions.assumptions import end_of_grace
from subscriptions.models import PreOrder, Subscription
from subscriptions.summary import note_scheduled, sum_up

# "Standard trial, trial" would say it twice.
PLANS_SAID_BY_PRODUCT = ("TRIAL", "FREE")


def describe_subscriptions(records: Sequence[client.Subscription]) -> list[Line]:
    """Say each subscription in words."""
    lines = [line for record in records for line in _lines(record)]
    return lines or [Line("subscriptions", _("Subscriptions"), _("None"))]


def _lines(record: client.Subscription) -> Iterable[Line]:
    """Say a subscription and, where it has one, its renewal; one that is only planned has no number yet."""
    number = record.subscription_id
    yield Line(
        f"subscription {number}",
        _("Subscription %(id)s") % {"id": number} if number else _("New subscription"),
        listed((*contract_words(record), _until(record), _status(record))),
    )
    if record.renewal:
        label = (
            _("Renewal settings of subscription %(id)s") % {"id": number}
            if number
            else _("Renewal settings of the new subscription")
        )
        yield Line(f"renewal {number}", label, renewal_words(record.renewal))


def renewal_words(record: client.Renewal) -> str:
    """Return what happens at contract end; what a change leads to is named."""
    product = word_for("product", record.product_id) if record.product_id else ""
    plan = word_for("short_plan", record.plan) if record.plan else ""
    count = license_words(record.license_count) if record.license_count else ""
    return listed((word_for("renewal", record.type), product, plan, count))


def subscription_words(record: client.Subscription) -> str:
    """Return what people call a subscription among others: product, plan, licenses and number."""
    return _("%(contract)s (ID %(id)s)") % {"contract": listed(contract_words(record)), "id": record.subscription_id}


def describe_pre_orders(records: Sequence[client.PreOrder]) -> list[Line]:
    """Say each pre-order in words; one that is only planned has no number yet."""
    lines = [
        Line(
            f"pre-order {record.pre_order_id}",
            _("Pre-order %(id)s") % {"id": record.pre_order_id} if record.pre_order_id else _("New pre-order"),
            pre_order_words(record),
        )
        for record in records
    ]
    return lines or [Line("pre-orders", _("Pre-orders"), _("None"))]


def pre_order_words(record: client.PreOrder) -> str:
    """Return what starts, and when."""
    return _("%(contract)s, from %(date)s") % {
        "contract": listed(contract_words(record)),
        "date": date_format(record.apply_date),
    }


def contract_words(record: client.Subscription | client.PreOrder) -> list[str]:
    """Return product, plan and licenses in words, what is absent left out."""
    words = [word_for("product", record.product_id)]
    if record.plan not in PLANS_SAID_BY_PRODUCT:
        words.append(word_for("short_plan", record.plan))
    return [*words, license_words(record.license_count)] if record.license_count else words


def license_words(count: int) -> str:
    """Return a number of licenses in words."""
    return ngettext("%(count)s license", "%(count)s licenses", count) % {"count": f"{count:,}"}


def _until(record: client.Subscription) -> str:
    return _("until %(date)s") % {"date": date_format(record.plan_end_date)} if record.plan_end_date else ""


def _status(record: client.Subscription) -> str:
    return "" if record.status == "ACTIVE" else word_for("subscription_status", record.status)


def _read_subscriptions(api: PartnerApi, target: Target) -> Answer:
    return answer_of(api.subscriptions.list_subscriptions(target.domain_id), attrgetter("subscription_id"))


def _read_pre_orders(api: PartnerApi, target: Target) -> Answer:
    return answer_of(api.subscriptions.list_pre_orders(target.domain_id), attrgetter("pre_order_id"))


def _store_subscriptions(answers: Mapping[int, Answer], read_at: datetime) -> Sequence[Change]:
    rows = [_row(domain_id, record) for domain_id, record in records_in(answers, client.Subscription)]
    return _merge(Subscription, rows, "subscription_id", answers, read_at)


def _store_pre_orders(answers: Mapping[int, Answer], read_at: datetime) -> Sequence[Change]:
    rows = [
        PreOrder(
            customer_id=domain_id,
            pre_order_id=record.pre_order_id,
            product_id=record.product_id or "",
            plan=record.plan or "",
            apply_date=record.apply_date,
            license_count=record.license_count,
            raw=record.raw,
        )
        for domain_id, record in records_in(answers, client.PreOrder)
    ]
    return _merge(PreOrder, rows, "pre_order_id", answers, read_at)


def _row(domain_id: int, record: client.Subscription) -> Subscription:
    renewal = record.renewal
    return Subscription(
        customer_id=domain_id,
        subscription_id=record.subscription_id,
        product_id=record.product_id,
        plan=record.plan,
        status=record.status,
        start_date=record.plan_start_date,
        end_date=record.plan_end_date,
        license_count=record.license_count,
        license_assignment=record.license_assign_type or "",
        renewal_type=renewal.type if renewal else "",
        renewal_product_id=(renewal.product_id if renewal else "") or "",
        renewal_plan=(renewal.plan if renewal else "") or "",
        renewal_license_count=renewal.license_count if renewal else None,
        raw=record.raw,
    )


def _merge(
    model: type[Any], rows: Sequence[Any], number: str, answers: Mapping[int, Answer], read_at: datetime
) -> Sequence[Change]:
    changes = merge_of_customers(model, rows, answers, read_at, key=(number,))
    if changes:
        sum_up({change.domain_id for change in changes})
        note_scheduled({change.domain_id for change in changes})
    return changes


def _cached_subscriptions(domain_id: int) -> Sequence[client.Subscription]:
    return records_of(client.Subscription, Subscription.objects.of_customer(domain_id).current())


def _cached_pre_orders(domain_id: int) -> Sequence[client.PreOrder]:
    return records_of(client.PreOrder, PreOrder.objects.of_customer(domain_id).current())


def _ends(records: Sequence[client.Subscription]) -> Iterable[date]:
    """The day after a term, on which it renews, ends, or a trial goes into its grace; then the day after the grace."""
    for record in records:
        if record.plan_end_date:
            yield record.plan_end_date + timedelta(days=1)
            if record.plan in TRIAL_PLANS:
                yield end_of_grace(record.plan_end_date) + timedelta(days=1)


def _starts(records: Sequence[client.PreOrder]) -> Iterable[date]:
    return (record.apply_date for record in records)


SUBSCRIPTIONS = RESOURCES.declare(
    Resource(
        name="subscriptions",
        title=gettext_lazy("Subscriptions"),
        operation="listSubscriptions",
        key="subscriptionId",
        record=client.Subscription,
        read=_read_subscriptions,
        store=_store_subscriptions,
        cached=_cached_subscriptions,
        table=Subscription,
        describe=describe_subscriptions,
        events=_ends,
    )
)
PRE_ORDERS = RESOURCES.declare(
    Resource(
        name="pre_orders",
        title=gettext_lazy("Pre-orders"),
        operation="listPreOrders",
        key="preOrderId",
        record=client.PreOrder,
        read=_read_pre_orders,
        store=_store_pre_orders,
        cached=_cached_pre_orders,
        table=PreOrder,
        describe=describe_pre_orders,
        events=_starts,
    )
)
