"""Operations on customers. Vendor pages `partner-customer-list`, `partner-customer-get`, `pagination`."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .call import Answer, Call, Operation, path_id
from .errors import invalid, not_exist
from .fields import storable
from .paging import pack_cursor, page_size, unpack_cursor
from .rules import Source, rule
from .state import State, to_json

DEFAULT_COUNT, MOST_COUNT = 10, 30
PENDING = "SUSPENDED_WITHDRAWAL"

FROZEN = rule(
    "cust.withdrawal.frozen",
    "A withdrawal that is pending can't be undone, and nothing of such a customer can be changed.",
    "partner-customer-delete",
    "partner-customer-usage-status-patch",
)
ADVANCED_NEEDS_DOMAIN = rule(
    "sub.advanced.domain",
    "Advanced, its trial too, needs a domain; a group name has to be changed to one first.",
    "partner",
)
PAGE_SIZE = rule(
    "cust.list.count", "A page of customers holds 1 to 30, and 10 when count is left out.", "partner-customer-list"
)
ORDER = rule(
    "cust.list.order",
    "Customers are listed by name, ascending unless name%20desc is asked for.",
    "partner-customer-list",
)
BY_DOMAIN = rule(
    "cust.list.domain",
    "The domain by which customers are looked for has to be the whole name.",
    "partner-customer-list",
    source=Source.DEDUCED,
)
OF_WORKS = rule(
    "cust.product.works",
    "A customer's productId speaks of LINE WORKS alone, and is null without any.",
    "partner-customer-list",
    "partner-customer-get",
)

_QUERY = frozenset({"count", "cursor", "domain", "orderBy"})

# The deprecated productId of a customer speaks of the LINE WORKS service alone; the newest subscription
# decides.
_SELECT = """
    SELECT domain_id, record, (
        SELECT product_id FROM subscriptions
        WHERE domain_id = customers.domain_id AND product_id IN ('FR', 'STD_T', 'ADV_T', 'STD', 'ADV')
        ORDER BY subscription_id DESC LIMIT 1
    ) FROM customers"""
_PAGES = {
    "name asc": f"{_SELECT} WHERE (company_name, domain_id) > (?, ?) ORDER BY company_name, domain_id LIMIT ?",
    "name desc": f"{_SELECT} WHERE (company_name, domain_id) < (?, ?)"
    " ORDER BY company_name DESC, domain_id DESC LIMIT ?",
}
_FIRST_PAGES = {
    "name asc": f"{_SELECT} ORDER BY company_name, domain_id LIMIT ?",
    "name desc": f"{_SELECT} ORDER BY company_name DESC, domain_id DESC LIMIT ?",
}


@dataclass(frozen=True, slots=True)
class _Cursor:
    """The place in the listing after which the next page begins."""

    order: str
    company_name: str
    domain_id: int

    def encode(self) -> str:
        return pack_cursor([self.order, self.company_name, self.domain_id])


def list_customers(call: Call) -> Answer:
    """listCustomers: one page of customers in the order of their names."""
    for name in call.query:
        if name not in _QUERY:
            raise invalid(name, "no such parameter")
    count = page_size(call.query.get("count"), DEFAULT_COUNT, MOST_COUNT, PAGE_SIZE)
    order = _read_order(call)
    if (domain := call.query.get("domain")) is not None:
        # The page doesn't say whether matching is exact; names are unique, so this is one customer or none.
        rows = call.state.db.execute(f"{_SELECT} WHERE domain = ?", (storable("domain", domain),))
        return Answer(200, {"customers": [_record(*row) for row in rows], "responseMetaData": {}})
    if (given := call.query.get("cursor")) is not None:
        cursor = _read_cursor(given)
        order, after = cursor.order, cursor.domain_id
        if call.repeat_row:
            after += -1 if order == "name asc" else 1
        found = call.state.db.execute(_PAGES[order], (cursor.company_name, after, count + 1))
    else:
        found = call.state.db.execute(_FIRST_PAGES[order], (count + 1,))
    customers = [_record(*row) for row in found]
    meta = {}
    if len(customers) > count:
        last = customers[count - 1]
        meta["nextCursor"] = _Cursor(order, last["companyName"], last["domainId"]).encode()
    return Answer(200, {"customers": customers[:count], "responseMetaData": meta})


def get_customer(call: Call) -> Answer:
    """getCustomer: one customer."""
    return Answer(200, customer_of(call.state, existing_customer(call)))


OPERATIONS = (
    Operation("listCustomers", "GET", "/partners/customers", list_customers),
    Operation("getCustomer", "GET", "/partners/customers/{domain_id}", get_customer),
)


def existing_customer(call: Call) -> int:
    """
    Read the domainId from the path and see that there is such a customer, and that a write may still change it.

    Raises:
        Refusal: 404; 403 for a write while a withdrawal is pending.
    """
    domain_id = path_id(call, "domain_id", "CUSTOMER")
    row = call.state.db.execute("SELECT status FROM platforms WHERE domain_id = ?", (domain_id,)).fetchone()
    if row is None:
        raise not_exist("CUSTOMER", domain_id)
    if call.writes and row[0] == PENDING:
        raise FROZEN.broken("ACCESS_DENIED", "the customer is about to leave; nothing can be changed", status=403)
    return domain_id


def customer_of(state: State, domain_id: int) -> dict[str, Any]:
    """Give the API record of a customer that exists."""
    row = state.db.execute(f"{_SELECT} WHERE domain_id = ?", (domain_id,)).fetchone()
    return _record(*row)


def save_customer(state: State, domain_id: int, record: Mapping[str, Any]) -> None:
    """Replace the kept record of a customer that exists."""
    kept = {name: value for name, value in record.items() if name != "productId"}
    state.db.execute("UPDATE customers SET record = ? WHERE domain_id = ?", (to_json(kept), domain_id))


def domain_type(state: State, domain_id: int) -> str:
    """Give DOMAIN or GROUP for a customer that exists."""
    row = state.db.execute("SELECT domain_type FROM customers WHERE domain_id = ?", (domain_id,)).fetchone()
    return str(row[0])


def check_advanced(state: State, domain_id: int, product_id: str) -> None:
    """
    See that a product fits a customer's kind of name.

    Raises:
        Refusal: 400, for Advanced or its trial and a group name.
    """
    if product_id in ("ADV", "ADV_T") and domain_type(state, domain_id) == "GROUP":
        raise ADVANCED_NEEDS_DOMAIN.broken("INVALID_DOMAIN", "Advanced needs a domain; this is a group name only")


def _record(domain_id: int, record: str, product_id: str | None) -> dict[str, Any]:
    return {**json.loads(record), "domainId": domain_id, "productId": product_id}


def _read_order(call: Call) -> str:
    order = call.query.get("orderBy", "name asc")
    # The blank is documented as %20. A plus sign stands for a blank only in forms, so it is not taken for one
    # here.
    if order not in _PAGES or re.search(r"(^|&)orderBy=[^&]*\+", call.raw_query):
        raise ORDER.broken("INVALID_PARAMETER", "orderBy: must be name%20asc or name%20desc")
    return order


def _read_cursor(given: str) -> _Cursor:
    match unpack_cursor(given):
        case [str(order), str(company_name), int(domain_id)] if order in _PAGES and abs(domain_id) < 2**62:
            return _Cursor(order, storable("cursor", company_name), domain_id)
    raise invalid("cursor", "not one of ours")
