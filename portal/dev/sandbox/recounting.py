"""Invoices whose sums follow what was planted in a month afterwards."""

import json

from .billing import sums_of
from .months import Month
from .state import State, to_json


def recount(state: State, month: Month, by: int) -> None:
    """Bring the sums of a month's invoice up to date, the use by some yen more; part of the caller's transaction."""
    row = state.db.execute(
        "SELECT invoice_no, record FROM invoices WHERE year = ? AND month = ?", (month.year, month.month)
    ).fetchone()
    if row is None:
        return
    invoice_no, record = row[0], json.loads(row[1])
    record |= sums_of(state, month, record["usedAmount"] + by)
    state.db.execute("UPDATE invoices SET record = ? WHERE invoice_no = ?", (to_json(record), invoice_no))
