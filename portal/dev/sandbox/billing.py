"""
Invoices: on the 1st of each month one bill for the month before, of all customers.

Vendor pages `partner-customer-invoice-list`, `partner-customer-invoice-detail-list`, and the guide on payment terms.
Ours, as no page states it: an invoice names the month of use; lines are rounded down; penalties are not taxed;
adjustments are shown with the customer that they concern and are no part of the amount due; the partner pays at the end
of the month of issue.
"""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from .charges import OPTION_PLUS, PENALTY
from .inferred import PARTNER_NAME, TAX_RATE
from .metering import Stretch, read_stretches
from .months import Month
from .pricing import is_prepaid
from .rules import Source, rule
from .state import State, to_json

Record = dict[str, Any]

MONTHLY = rule(
    "invoice.monthly",
    "On the 1st of each month one bill is made of the previous month's use of all customers.",
    "partner-customer-invoice-list",
)
TAX = rule(
    "invoice.tax",
    "Use and Option Plus are taxed by the rate; the amount due is both with their taxes, and the penalties.",
    "partner-customer-invoice-list",
    source=Source.DEDUCED,
)
STATUS = rule(
    "invoice.status",
    "A bill is NONE when nothing is to be paid, else UNPAID until it is PAID.",
    "partner-customer-invoice-list",
)
PREPAID = rule(
    "invoice.prepaid",
    "An annual, lump sum contract is billed whole with the month of its start, and added licenses for the rest of it.",
    "option-settings",
    "update-contents",
)
BY_LICENSES = rule(
    "invoice.units",
    "An annual contract is billed by the licenses held, a monthly one by the users of the month.",
    "option-settings",
    "update-contents",
)

# What is free or on trial is metered, but not billed.
BILLED = "plan NOT LIKE 'FREE%' AND plan NOT LIKE 'TRIAL%'"
IN_MONTH = "start_date <= ? AND (end_date IS NULL OR end_date >= ?)"


@dataclass(frozen=True, slots=True)
class Line:
    """What is billed of one stretch within one month."""

    first: date
    last: date
    amount: int


def line_of(stretch: Stretch, month: Month) -> Line | None:
    """Reckon what one stretch costs within a month, day by day; None if none of its days fall into it."""
    start, end = date.fromisoformat(stretch.start_date), stretch.end_date
    first = max(start, month.first)
    last = min(date.fromisoformat(end), month.last) if end else month.last
    if last < first:
        return None
    if is_prepaid(stretch.item.plan):
        return Line(first, last, stretch.paid_at_once if start >= month.first else 0)
    days = (last - first).days + 1
    return Line(first, last, stretch.item.monthly() * days // month.days)


def issue_invoice(state: State, today: date) -> None:
    """On a new day, if it is the 1st: settle what the partner had still to pay, and bill the month before."""
    if today.day != 1:
        return
    _pay_invoices(state, today - timedelta(days=1))
    month = Month.of(today).before()
    stretches = read_stretches(state, f"{IN_MONTH} AND {BILLED}", (month.last.isoformat(), month.first.isoformat()))
    used = sum(line.amount for stretch in stretches if (line := line_of(stretch, month)))
    record = add_invoice(state, month, used)
    state.record_effect("clock:issueInvoice", None, record)


def sums_of(state: State, month: Month, used: int) -> Record:
    """Give the amounts of a month's invoice from the sum of its lines of use and from what was charged beside it."""
    charged = dict(
        state.db.execute("SELECT item_type, sum(amount) FROM charges WHERE month = ? GROUP BY item_type", (str(month),))
    )
    option_plus, penalty = charged.get(OPTION_PLUS, 0), charged.get(PENALTY, 0)
    used_tax, option_plus_tax = taxed(used), taxed(option_plus)
    return {
        "usedAmount": used,
        "optionPlusAmount": option_plus,
        "taxRate": TAX_RATE,
        "usedTaxAmount": used_tax,
        "optionPlusTaxAmount": option_plus_tax,
        "penaltyAmount": penalty,
        "totalAmount": used + used_tax + option_plus + option_plus_tax + penalty,
    }


def add_invoice(state: State, month: Month, used: int) -> Record:
    """Make the invoice of a month from the sum of its lines of use and from what was charged beside it."""
    sums = sums_of(state, month, used)
    record = {
        "invoiceYear": month.year,
        "invoiceMonth": month.month,
        "partnerName": PARTNER_NAME,
        **sums,
        "paymentStatus": "UNPAID" if sums["totalAmount"] else "NONE",
        "issuedTime": f"{(month.last + timedelta(days=1)).isoformat()}T00:00:00.000+09:00",
    }
    cursor = state.db.execute(
        "INSERT INTO invoices (year, month, record) VALUES (?, ?, ?)", (month.year, month.month, to_json(record))
    )
    return {"invoiceNo": cursor.lastrowid, **record}


def taxed(amount: int) -> int:
    """Give the tax on an amount, rounded down."""
    return amount * TAX_RATE // 100


def paid(record: Record, day: date) -> Record:
    """Give the record of an invoice once it was paid on a day."""
    return {**record, "paymentStatus": "PAID", "paidTime": f"{day.isoformat()}T15:00:00.000+09:00"}


def _pay_invoices(state: State, day: date) -> None:
    for invoice_no, record in _unpaid(state):
        settled = paid(record, day)
        state.db.execute("UPDATE invoices SET record = ? WHERE invoice_no = ?", (to_json(settled), invoice_no))
        state.record_effect("clock:payInvoice", None, {"invoiceNo": invoice_no, **settled})


def _unpaid(state: State) -> list[tuple[int, Record]]:
    rows = state.db.execute(
        "SELECT invoice_no, record FROM invoices WHERE json_extract(record, '$.paymentStatus') = 'UNPAID'"
    ).fetchall()
    return [(invoice_no, json.loads(record)) for invoice_no, record in rows]
