"""What the cache holds about a month, customer by customer: a few queries for many customers at a time."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, QuerySet, SmallIntegerField
from django.db.models.functions import Cast, ExtractDay

from billing.models import CustomerUsage, InvoiceDetail, SettlementItem
from billing.months import named_for
from billing.rules.check_facts import (
    OPTION_PRODUCT,
    PRODUCT,
    CustomerMonth,
    Key,
    Known,
    Line,
    Metered,
    Term,
    Values,
    force_of,
    is_billed,
    is_lump_sum,
    key_of,
)
from billing.rules.month_check import days_of
from options.models import OptionProduct, OptionUsage
from options.sync.options import OPTIONS
from options.sync.usages import OPTION_USAGES
from portal.core.catalogue import FREE_PLANS, TRIAL_PLANS
from portal.core.clock import business_zone
from portal.operations.models import Operation
from portal.operations.states import State
from portal.sync.models import DetectedChange, Reading
from subscriptions.models import Subscription
from subscriptions.sync.subscriptions import SUBSCRIPTIONS

# A change is found some days after it happened; more than these, and metering alone tells of it.
FOUND_WITHIN = timedelta(days=31)
USAGES = "usages"
_FREE = (*FREE_PLANS, *TRIAL_PLANS)
_LINE_COLUMNS = (
    "detail__domain_id", "place", "item_type", "item_id", "sub_item_id", "subscription_id", "plan", "start_date",
    "end_date", "license_count", "member_count", "quantity", "amount",
)  # fmt: skip


def customers_of(month: date) -> list[int]:
    """Return the customers that were billed for a month, and those that have used something that is billed."""
    billed = InvoiceDetail.objects.current().filter(month=named_for(month)).values_list("domain_id", flat=True)
    used = CustomerUsage.objects.current().filter(month=month, used_date__gte=month).exclude(plan__in=_FREE)
    return sorted({*billed, *used.order_by().values_list("customer_id", flat=True).distinct()})


def lines_of(month: date, domain_ids: Sequence[int] | None = None) -> Iterator[tuple[int, Line]]:
    """Return the items that were billed, with their customers; of all customers if none are given."""
    rows = SettlementItem.objects.current().filter(detail__month=named_for(month), detail__removed_at=None)
    if domain_ids is not None:
        rows = rows.filter(detail__domain_id__in=domain_ids)
    for row in rows.order_by().values_list(*_LINE_COLUMNS).iterator(5_000):
        columns: tuple[Any, ...] = row
        values = [*columns[1:-1], whole(columns[-1])]
        yield columns[0], Line(*values)


def whole(amount: Decimal | None) -> int | None:
    """Return an amount as yen; None for one that is not whole."""
    return int(amount) if amount is not None and amount == amount.to_integral_value() else None


def facts_of(month: date, domain_ids: Sequence[int]) -> list[CustomerMonth]:
    """Return all that is known of some customers in a month."""
    lines = _grouped(lines_of(month, domain_ids))
    metered = _grouped(_metered(month, domain_ids))
    is_metered = _metered_whole(month, domain_ids)
    known = _known(month, domain_ids)
    terms = _terms(domain_ids)
    return [
        CustomerMonth(
            domain_id,
            lines.get(domain_id, []),
            metered.get(domain_id, []),
            domain_id in is_metered,
            known.get(domain_id, []),
            terms.get(domain_id, {}),
        )
        for domain_id in domain_ids
    ]


def _grouped(pairs: Iterable[tuple[int, Any]]) -> dict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for domain_id, each in pairs:
        found[domain_id].append(each)
    return found


def _metered(month: date, domain_ids: Sequence[int]) -> Iterator[tuple[int, Metered]]:
    """Return what was metered; the database puts days together, as most of them are the same."""
    last = month + timedelta(days=days_of(month) - 1)
    of_month = {"month": month, "used_date__range": (month, last), "customer_id__in": domain_ids}
    products = CustomerUsage.objects.current().filter(**of_month).exclude(plan__in=_FREE).order_by()
    of_products = ("customer_id", "product_id", "plan", "license_count", "member_count")
    for domain_id, product, plan, licenses, users, days in _by_days(products, of_products):
        force, key = force_of(PRODUCT, product, "", plan, licenses, users, None), key_of(PRODUCT, product)
        for day in days:
            yield domain_id, Metered(day - 1, key, force)
    options = OptionUsage.objects.current().filter(**of_month).exclude(plan__in=_FREE).order_by()
    of_options = (
        "customer_id", "option_product_id", "sub_option_id", "plan", "license_count", "member_count", "quantity",
    )  # fmt: skip
    for domain_id, option, size, plan, licenses, users, quantity, days in _by_days(options, of_options):
        force = force_of(OPTION_PRODUCT, option, size, plan, licenses, users, quantity)
        key = key_of(OPTION_PRODUCT, option)
        for day in days:
            yield domain_id, Metered(day - 1, key, force)


def _by_days(rows: QuerySet[Any], columns: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    """Return columns, each different row once, and the days of the month of which it is."""
    found = rows.values_list(*columns).annotate(days=ArrayAgg(Cast(ExtractDay("used_date"), SmallIntegerField())))
    yield from found.iterator(5_000)


def _metered_whole(month: date, domain_ids: Sequence[int]) -> set[int]:
    """
    Return the customers whose usage of the month was read after its end.

    Where no customer has any, LINE WORKS no longer answers for the month: how far back it does is on no page.
    """
    if not CustomerUsage.objects.current().filter(month=month, used_date__gte=month).exists():
        return set()
    after = month + timedelta(days=days_of(month))
    readings = Reading.objects.filter(
        domain_id__in=domain_ids, resource__in=(USAGES, OPTION_USAGES.name), period=f"{month:%Y-%m}", read_on__gte=after
    )
    found: defaultdict[int, int] = defaultdict(int)
    for domain_id in readings.values_list("domain_id", flat=True):
        found[domain_id] += 1
    return {domain_id for domain_id, count in found.items() if count > 1}


def _known(month: date, domain_ids: Sequence[int]) -> Mapping[int, list[Known]]:
    """Return the changes of contracts and options that were found in a month, with the requests that explain them."""
    last = month + timedelta(days=days_of(month) - 1)
    changes = list(
        DetectedChange.objects.filter(
            domain_id__in=domain_ids,
            resource__in=(SUBSCRIPTIONS.name, OPTIONS.name),
            read_on__range=(month - timedelta(days=1), last + FOUND_WITHIN),
        )
        .exclude(cause__in=(DetectedChange.Cause.FIRST, DetectedChange.Cause.USE))
        .order_by("pk")
    )
    explained = {change.operation_id for change in changes} - {None}
    due = {change.domain_id for change in changes if change.cause == DetectedChange.Cause.DUE}
    operations = Operation.objects.filter(
        Q(pk__in=explained)
        | Q(
            state=State.SUCCEEDED,
            domain_id__in=due,
            request__applyDate__range=(month.isoformat(), last.isoformat()),
        )
    ).only("pk", "proposed_at", "domain_id", "request")
    by_number = {operation.pk: operation for operation in operations}
    scheduled: defaultdict[int, list[Operation]] = defaultdict(list)
    for operation in by_number.values():
        if operation.request.get("applyDate"):
            scheduled[operation.domain_id or 0].append(operation)
    found: defaultdict[int, list[Known]] = defaultdict(list)
    for change in changes:
        found[change.domain_id] += _known_of(change, by_number, scheduled[change.domain_id])
    return found


def _known_of(
    change: DetectedChange, operations: Mapping[int, Operation], scheduled: Sequence[Operation]
) -> Iterator[Known]:
    before, after = (_values(change.resource, raw) for raw in (change.before, change.after))
    there = after or before
    if there is None or change.read_on is None:
        return
    first, last = _first_day(change), change.read_on
    operation = operations.get(change.operation_id or 0)
    if change.cause == DetectedChange.Cause.DUE:
        operation = next((each for each in scheduled if _is_about(each.request, change, first, last)), None)
        if operation:
            first = last = date.fromisoformat(operation.request["applyDate"])
    source = "request" if operation else str(change.cause)
    item_type = PRODUCT if change.resource == SUBSCRIPTIONS.name else OPTION_PRODUCT
    yield Known(
        source=source,
        number=operation.pk if operation else change.pk,
        ref=operation.ref if operation else "",
        key=key_of(item_type, there.item_id),
        first=first,
        last=last,
        before=before,
        after=after,
        resource=change.resource,
        row=change.key,
    )


def _first_day(change: DetectedChange) -> date | None:
    """Return the day of the reading before; None where the calendar of a demo says another day than the clock."""
    if change.read_before_at is None or _day_of(change.read_at) != change.read_on:
        return None
    return _day_of(change.read_before_at)


def _day_of(moment: datetime) -> date:
    return moment.astimezone(business_zone()).date()


def _is_about(request: Mapping[str, Any], change: DetectedChange, first: date | None, last: date) -> bool:
    """Return whether a scheduled request is about what changed, on a day on which it may have."""
    day = date.fromisoformat(request["applyDate"])
    if day > last or (first is not None and day < first):
        return False
    name = "subscriptionId" if change.resource == SUBSCRIPTIONS.name else "optionProductId"
    wanted = request.get(name)
    record = change.after or change.before or {}
    return wanted is None or str(wanted) == str(record.get(name))


def _values(resource: str, raw: Mapping[str, Any] | None) -> Values | None:
    if raw is None:
        return None
    if resource == SUBSCRIPTIONS.name:
        return Values(str(raw.get("productId", "")), "", str(raw.get("plan", "")), raw.get("licenseCount"))
    item, size = str(raw.get("optionProductId", "")), str(raw.get("subOptionId") or "")
    return Values(item, size, str(raw.get("plan", "")), raw.get("quantity"))


def _terms(domain_ids: Sequence[int]) -> Mapping[int, dict[Key, Term]]:
    """Return the terms of the contracts that are paid in a lump sum."""
    found: defaultdict[int, dict[Key, Term]] = defaultdict(dict)
    lump_sums = {"customer_id__in": domain_ids, "plan__startswith": "ANNUAL_PREPAY"}
    columns = ("customer_id", "product_id", "plan", "start_date", "end_date")
    for domain_id, product, plan, start, end in Subscription.objects.filter(**lump_sums).values_list(*columns):
        if is_billed(plan) and is_lump_sum(plan):
            found[domain_id][key_of(PRODUCT, product)] = Term(start, end)
    columns = ("customer_id", "option_product_id", "plan", "start_date", "end_date")
    for domain_id, option, _plan, start, end in OptionProduct.objects.filter(**lump_sums).values_list(*columns):
        found[domain_id][key_of(OPTION_PRODUCT, option)] = Term(start, end)
    return found
