"""
Operations on invoices.

Vendor pages `partner-customer-invoice-list`, `partner-customer-invoice-detail-list`, `pagination`. How the member of a
line is called that holds money was not readable; here it is `amount`, yen before tax. A line shows only what it has: no
licenses for a monthly contract, no ids for a sum.
"""

import json
from collections.abc import Iterator
from typing import Any

from .billing import BILLED, IN_MONTH, line_of
from .call import Answer, Call, Operation
from .charges import ADJUSTMENT, OPTION_PLUS, PENALTY
from .errors import invalid
from .inferred import AMOUNT_MEMBER
from .metering import OPTION_PRODUCT, PRODUCT, Stretch, read_stretches
from .misbilling import misbilled
from .months import Month, asked_month, asked_year, check_parameters
from .paging import pack_cursor, page_size, unpack_cursor
from .rules import rule
from .state import State

Record = dict[str, Any]

DEFAULT_COUNT = MOST_COUNT = 20
SUMMARY = "SUMMARY"
_DETAILS = "partner-customer-invoice-detail-list"

PAGE_SIZE = rule("invoice.count", "A page of invoice details holds 1 to 20 customers, and 20 by default.", _DETAILS)
SUMS = rule(
    "invoice.summary",
    "A customer's SUMMARY is the sum of its PRODUCT, OPTION_PRODUCT and ADJUSTMENT lines; OPTION_PLUS and PENALTY stay"
    " outside.",
    _DETAILS,
)
ISSUED = rule("invoice.issued", "Details are those of a month that was billed, and never change afterwards.", _DETAILS)


def list_invoices(call: Call) -> Answer:
    """listInvoices: the partner's invoices of a year, by month."""
    check_parameters(call, "year")
    rows = call.state.db.execute(
        "SELECT invoice_no, record FROM invoices WHERE year = ? ORDER BY month", (asked_year(call),)
    )
    return Answer(200, {"invoices": [{"invoiceNo": invoice_no, **json.loads(record)} for invoice_no, record in rows]})


def list_invoice_details(call: Call) -> Answer:
    """listInvoiceDetails: what each customer's part of a month's invoice is, one page of customers."""
    check_parameters(call, "year", "month", "count", "cursor")
    month = asked_month(call)
    count = page_size(call.query.get("count"), DEFAULT_COUNT, MOST_COUNT, PAGE_SIZE)
    after = _read_cursor(call.query.get("cursor"), month)
    if call.repeat_row:
        after -= 1
    found = _billed_customers(call.state, month, after, count + 1)
    meta = {}
    if len(found) > count:
        meta["nextCursor"] = pack_cursor([month.year, month.month, found[count - 1]])
    details = [_detail(call.state, month, domain_id) for domain_id in found[:count]]
    return Answer(200, {"invoiceDetails": details, "responseMetaData": meta})


OPERATIONS = (
    Operation("listInvoices", "GET", "/partners/invoices", list_invoices),
    Operation("listInvoiceDetails", "GET", "/partners/invoice-details", list_invoice_details),
)


def _billed_customers(state: State, month: Month, after: int, most: int) -> list[int]:
    """Give the next customers that have a line on the invoice of a month, in the order of their ids."""
    query = "SELECT 1 FROM invoices WHERE year = ? AND month = ?"
    if state.db.execute(query, (month.year, month.month)).fetchone() is None:
        return []
    used = state.db.execute(
        f"SELECT DISTINCT domain_id FROM stretches WHERE domain_id > ? AND {IN_MONTH} AND {BILLED}"  # noqa: S608  ours
        " ORDER BY domain_id LIMIT ?",
        (after, month.last.isoformat(), month.first.isoformat(), most),
    )
    charged = state.db.execute(
        "SELECT DISTINCT domain_id FROM charges WHERE month = ? AND domain_id > ? ORDER BY domain_id LIMIT ?",
        (str(month), after, most),
    )
    return sorted({domain_id for rows in (used, charged) for (domain_id,) in rows})[:most]


def _detail(state: State, month: Month, domain_id: int) -> Record:
    # A customer that has left since is named by what was known of it then.
    (text,) = state.db.execute(
        "SELECT record FROM customers WHERE domain_id = ?1 UNION ALL SELECT record FROM departed WHERE domain_id = ?1",
        (domain_id,),
    ).fetchone()
    customer = json.loads(text)
    detail = {"domainId": domain_id, "domain": customer["domain"], "customerName": customer["companyName"]}
    if code := customer["partnership"].get("customerCode"):
        detail["customerCode"] = code
    return {**detail, "settlementItems": settlement_items(state, month, domain_id)}


def settlement_items(state: State, month: Month, domain_id: int) -> list[Record]:
    """Give a customer's lines on the invoice of a month: use, adjustments, their sum, and what is charged beside it."""
    use = list(misbilled(state, str(month), domain_id, _lines_of_use(state, month, domain_id)))
    charges = list(_lines_of_charges(state, month, domain_id))
    adjustments = [line for line in charges if line["itemType"] == ADJUSTMENT]
    summary = {
        "itemType": SUMMARY,
        **_whole(month),
        AMOUNT_MEMBER: sum(line[AMOUNT_MEMBER] for line in (*use, *adjustments)),
    }
    return [*use, *adjustments, summary, *(line for line in charges if line["itemType"] in (OPTION_PLUS, PENALTY))]


def use_of(state: State, month: Month, domain_id: int) -> int:
    """Give what a customer's lines of use on the invoice of a month add up to, in yen before tax."""
    use = misbilled(state, str(month), domain_id, _lines_of_use(state, month, domain_id))
    return sum(line[AMOUNT_MEMBER] for line in use)


def _lines_of_use(state: State, month: Month, domain_id: int) -> Iterator[Record]:
    stretches = read_stretches(
        state,
        f"domain_id = ? AND {IN_MONTH} AND {BILLED}"
        f" ORDER BY item_type <> '{PRODUCT}', subscription_id, item_id, start_date",
        (domain_id, month.last.isoformat(), month.first.isoformat()),
    )
    for stretch in stretches:
        line = line_of(stretch, month)
        if line is not None:
            yield {
                **_about(stretch),
                "startDate": line.first.isoformat(),
                "endDate": line.last.isoformat(),
                AMOUNT_MEMBER: line.amount,
            }


def _about(stretch: Stretch) -> Record:
    item = stretch.item
    about: Record = {
        "subscriptionId": item.subscription_id,
        "itemType": item.item_type,
        "itemId": item.item_id,
        "plan": item.plan,
        "memberCount": item.member_count,
        "status": item.status,
    }
    if item.license_count is not None:
        about["licenseCount"] = item.license_count
    if item.item_type == OPTION_PRODUCT:
        about |= {"subItemId": item.sub_item_id, "quantity": item.quantity}
    return about


def _lines_of_charges(state: State, month: Month, domain_id: int) -> Iterator[Record]:
    rows = state.db.execute(
        "SELECT item_type, subscription_id, item_id, amount FROM charges WHERE month = ? AND domain_id = ? ORDER BY id",
        (str(month), domain_id),
    )
    for item_type, subscription_id, item_id, amount in rows:
        line = {"itemType": item_type, **_whole(month), AMOUNT_MEMBER: amount}
        if subscription_id is not None:
            line["subscriptionId"] = subscription_id
        if item_id is not None:
            line["itemId"] = item_id
        yield line


def _whole(month: Month) -> Record:
    return {"startDate": month.first.isoformat(), "endDate": month.last.isoformat()}


def _read_cursor(given: str | None, month: Month) -> int:
    """Give the domainId after which a page begins, 0 for the first; a cursor is good for its own month."""
    if given is None:
        return 0
    match unpack_cursor(given):
        case [int(year), int(number), int(domain_id)] if Month(year, number) == month and 0 <= domain_id < 2**62:
            return domain_id
    raise invalid("cursor", "not one of ours, or of another month")
