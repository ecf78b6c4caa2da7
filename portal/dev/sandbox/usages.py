"""
Operations on usage: what was metered of a customer, one row for each day.

Vendor pages `partner-customer-usage-list`, `partner-customer-option-product-usage-list`. Where a member says nothing of
an item, as licenses of a monthly contract, it is left out or null, as the pages allow.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from .call import Answer, Call, Operation
from .catalogue import PRODUCTS, Group
from .customers import existing_customer
from .errors import invalid
from .metering import OPTION_PRODUCT, PRODUCT, Item, Stretch, read_stretches
from .months import Month, asked_month, check_parameters, days_between
from .options_catalogue import OPTIONS
from .rules import Source, rule

Record = dict[str, Any]

MONTH = rule(
    "usage.month",
    "Usage is read for one month of one year, by days, and by product group if one is given.",
    "partner-customer-usage-list",
    "partner-customer-option-product-usage-list",
)
UNTIL_TODAY = rule(
    "usage.today",
    "Usage reaches up to today; days to come have none.",
    "partner-customer-usage-list",
    source=Source.DEDUCED,
)


def list_customer_usages(call: Call) -> Answer:
    """listCustomerUsages: the products that a customer had on each day of a month."""
    return Answer(200, {"usages": _rows(call, PRODUCT, _product_row)})


def list_option_usages(call: Call) -> Answer:
    """listOptionProductUsages: the options that a customer had on each day of a month."""
    return Answer(200, {"optionProductUsages": _rows(call, OPTION_PRODUCT, _option_row)})


_CUSTOMER = "/partners/customers/{domain_id}"
OPERATIONS = (
    Operation("listCustomerUsages", "GET", f"{_CUSTOMER}/usages", list_customer_usages),
    Operation("listOptionProductUsages", "GET", f"{_CUSTOMER}/option-product-usages", list_option_usages),
)


def _rows(call: Call, item_type: str, row: Callable[[Item, str], Record]) -> list[Record]:
    domain_id = existing_customer(call)
    check_parameters(call, "year", "month", "productGroupId")
    month = asked_month(call)
    group = _asked_group(call)
    stretches = read_stretches(
        call.state,
        "domain_id = ? AND start_date <= ? AND (end_date IS NULL OR end_date >= ?) AND item_type = ?"
        " ORDER BY subscription_id, item_id, start_date",
        (domain_id, month.last.isoformat(), month.first.isoformat(), item_type),
    )
    found = [
        row(stretch.item, day.isoformat())
        for stretch in stretches
        if group in (None, group_of(stretch.item))
        for day in _days(stretch, month, call.today)
    ]
    return sorted(found, key=lambda usage: str(usage["usedDate"]))


def _days(stretch: Stretch, month: Month, today: date) -> Iterator[date]:
    last = min(month.last, today)
    if stretch.end_date is not None:
        last = min(last, date.fromisoformat(stretch.end_date))
    yield from days_between(max(month.first, date.fromisoformat(stretch.start_date)), last)


def group_of(item: Item) -> Group:
    """Give the product group of what was metered."""
    return PRODUCTS[item.item_id].group if item.item_type == PRODUCT else OPTIONS[item.item_id].group


def _product_row(item: Item, day: str) -> Record:
    row: Record = {
        "productGroupId": group_of(item),
        "usedDate": day,
        "productId": item.item_id,
        "plan": item.plan,
        "memberCount": item.member_count,
        "status": item.status,
    }
    if item.license_count is not None:
        row["licenseCount"] = item.license_count
    if item.max_member_count is not None:
        row["maxMemberCount"] = item.max_member_count
    return row


def _option_row(item: Item, day: str) -> Record:
    return {
        "productGroupId": group_of(item),
        "optionProductId": item.item_id,
        "subOptionId": item.sub_item_id,
        "usedDate": day,
        "plan": item.plan,
        "memberCount": item.member_count,
        "licenseCount": item.license_count,
        "quantity": item.quantity,
        "usageCount": None,  # what it counts was not readable
    }


def _asked_group(call: Call) -> Group | None:
    given = call.query.get("productGroupId")
    if given is None:
        return None
    if given not in list(Group):
        raise invalid("productGroupId", f"must be one of {', '.join(Group)}")
    return Group(given)
