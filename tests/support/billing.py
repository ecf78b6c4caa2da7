"""Fills the cache with invoices and their details, without a vendor."""

from datetime import timedelta
from typing import Any

from billing.models import InvoiceDetail
from billing.months import shifted
from billing.sync.invoice_details import INVOICE_DETAILS
from billing.sync.invoices import INVOICES
from billing.sync.usages import USAGES
from options.sync.usages import OPTION_USAGES
from portal.core.clock import now
from portal.sync.calendar import last_day_of, month_of
from portal.sync.models import Reading
from portal.sync.resources import PARTNER, Answer
from portal.sync.store import keep
from portal.vendor import client
from portal.vendor.client import Record
from tests.support import vendor_json

Json = dict[str, Any]
# What `bill` fills in: the month is as LINE WORKS names it.
MONTH = "2026-10"
ANNUAL: Json = {"plan": "ANNUAL_LICENSE", "memberCount": 7}


def item(amount: Any, item_type: str = "PRODUCT", **changes: Any) -> Json:
    """A settlement item of the month."""
    about = {"startDate": "2026-10-01", "endDate": "2026-10-31", "itemType": item_type, "amount": amount}
    return vendor_json.settlement_item(**about, **changes)


def summary(amount: Any) -> Json:
    """The stated sum of a customer's items, which is about nothing in particular."""
    return {"itemType": "SUMMARY", "startDate": "2026-10-01", "endDate": "2026-10-31", "amount": amount}


def detail(domain_id: int, *items: Json, **changes: Any) -> Json:
    """A customer's share with these items."""
    return vendor_json.invoice_detail(domain_id, settlementItems=list(items), **changes)


def keep_invoices(year: int, *records: Json) -> None:
    """Keep the invoices of a year, all of them."""
    read = [client.Invoice.from_vendor(record) for record in records]
    keep(INVOICES, {PARTNER: Answer(list(read), period=f"{year:04}")}, read_at=now())


def keep_details(month: str, *records: Json) -> list[InvoiceDetail]:
    """Keep the details of a month, all of them; return their rows by the customers' numbers."""
    read = [client.InvoiceDetail.from_vendor(record) for record in records]
    keep(INVOICE_DETAILS, {PARTNER: Answer(list(read), period=month)}, read_at=now())
    return list(InvoiceDetail.objects.current().of_month(month).order_by("domain_id"))


def bill(month: str = MONTH, **changes: Any) -> Json:
    """The invoice of a month, with a number that tells it apart."""
    year, number = map(int, month.split("-"))
    return vendor_json.invoice(
        **{"invoiceNo": year * 100 + number, "invoiceYear": year, "invoiceMonth": number} | changes
    )


def meter(domain_id: int, licenses: int, month: str = MONTH) -> None:
    """Keep so many licenses of an annual contract on each day of a month, as read after its end."""
    first = month_of(month)
    days = [f"{month}-{day:02}" for day in range(1, last_day_of(first).day + 1)]
    records: list[Record] = [
        client.CustomerUsage.from_vendor(vendor_json.usage(usedDate=day, licenseCount=licenses, **ANNUAL))
        for day in days
    ]
    keep(USAGES, {domain_id: Answer(records, period=month)}, read_at=now())
    keep(OPTION_USAGES, {domain_id: Answer([], period=month)}, read_at=now())
    read_on = shifted(first, 1) + timedelta(days=1)
    Reading.objects.filter(domain_id=domain_id, period=month).update(read_on=read_on)
