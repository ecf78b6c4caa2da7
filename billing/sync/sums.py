"""
Sums of settlement items: on each customer's details, and of a whole month.

Nothing that LINE WORKS states is computed.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.db.models import Count, F, Func, OuterRef, Q, Subquery, Sum, TextField, Value
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Coalesce, Floor

from billing.assumptions import AMOUNT_MEMBER
from billing.models import InvoiceDetail, ItemTotal, SettlementItem
from billing.months import shifted
from portal.sync.upsert import write_columns

# Which column of the details sums up which item type; a type that is not listed goes to the other items.
COLUMNS: Mapping[str, str] = {
    "PRODUCT": "plans_amount",
    "OPTION_PRODUCT": "options_amount",
    "ADJUSTMENT": "adjustment_amount",
    "OPTION_PLUS": "option_plus_amount",
    "PENALTY": "penalty_amount",
    "SUMMARY": "stated_amount",
}
OTHER = "other_amount"
PRODUCT = "PRODUCT"


def sum_up_details(details: Sequence[InvoiceDetail]) -> None:
    """Write onto details what their items come to, by type, and the plan that leads."""
    by_number = {detail.pk: detail for detail in details}
    for detail in details:
        for column in (*COLUMNS.values(), OTHER):
            setattr(detail, column, None)
        detail.item_count = detail.odd_items = 0
        detail.lead_item, detail.lead_plan, detail.lead_users = "", "", None
    items = SettlementItem.objects.current().filter(detail_id__in=by_number)
    kind = Func(KeyTransform(AMOUNT_MEMBER, "raw"), function="jsonb_typeof", output_field=TextField())
    odd = Q(amount=None) | ~Q(amount=Floor("amount")) | Q(kind="string")
    sums = (
        items.alias(kind=kind)
        .order_by()
        .values("detail_id", "item_type")
        .annotate(total=Sum("amount"), items=Count("pk"), odd=Count("pk", filter=odd))
    )
    for each in sums:
        detail = by_number[each["detail_id"]]
        column = COLUMNS.get(each["item_type"], OTHER)
        setattr(detail, column, _together(getattr(detail, column), each["total"]))
        detail.item_count += each["items"]
        detail.odd_items += each["odd"]
    leading = (
        items.filter(item_type=PRODUCT)
        .order_by("detail_id", F("end_date").desc(nulls_last=True), F("amount").desc(nulls_last=True), "place")
        .distinct("detail_id")
        .values_list("detail_id", "item_id", "plan", "member_count")
    )
    for number, item, plan, users in leading:
        detail = by_number[number]
        detail.lead_item, detail.lead_plan, detail.lead_users = item, plan, users
    write_columns(details, InvoiceDetail.FILLED_BY_PORTAL)


def compare_months(month: date) -> None:
    """Write what each customer spent in the month before, onto the details of a month and of the one that follows."""
    for later in (month, shifted(month, 1)):
        details = InvoiceDetail.objects.current()
        earlier = details.filter(month=shifted(later, -1))
        same = earlier.filter(domain_id=OuterRef("domain_id")).values("stated_amount")[:1]
        before = Coalesce(Subquery(same), Value(Decimal())) if earlier.exists() else Value(None)
        details.filter(month=later).update(spent_before=before)


def sum_up_month(month: date) -> None:
    """Write what the items of a month come to."""
    ItemTotal.objects.filter(month=month).delete()
    totals = (
        SettlementItem.objects.current()
        .filter(detail__month=month, detail__removed_at=None)
        .order_by()
        .values("item_type", "item_id", "sub_item_id", "plan")
        .annotate(total=Sum("amount"), items=Count("pk"), customers=Count("detail_id", distinct=True))
    )
    ItemTotal.objects.bulk_create(
        ItemTotal(
            month=month,
            item_type=each["item_type"],
            item_id=each["item_id"],
            sub_item_id=each["sub_item_id"],
            plan=each["plan"],
            amount=each["total"],
            items=each["items"],
            customers=each["customers"],
        )
        for each in totals
    )


def _together(one: Decimal | None, another: Decimal | None) -> Decimal | None:
    return one if another is None else another if one is None else one + another
