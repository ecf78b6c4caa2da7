"""Tables of billing: daily usage, invoices with their details, their check, prices. Each noun has its file."""

from billing.models.checks import (
    CheckCause,
    CheckDifference,
    CheckEvidence,
    Choice,
    MonthCheck,
    SignOff,
)
from billing.models.invoices import (
    Invoice,
    InvoiceDetail,
    InvoiceDetailQuerySet,
    InvoiceQuerySet,
    ItemTotal,
    SettlementItem,
    SettlementItemQuerySet,
)
from billing.models.journal import JournalAccount, JournalKind
from billing.models.metering import CustomerUsage, UsageQuerySet
from billing.models.prices import PriceEntry, PriceList

__all__ = [
    "CheckCause",
    "CheckDifference",
    "CheckEvidence",
    "Choice",
    "CustomerUsage",
    "Invoice",
    "InvoiceDetail",
    "InvoiceDetailQuerySet",
    "InvoiceQuerySet",
    "ItemTotal",
    "JournalAccount",
    "JournalKind",
    "MonthCheck",
    "PriceEntry",
    "PriceList",
    "SettlementItem",
    "SettlementItemQuerySet",
    "SignOff",
    "UsageQuerySet",
]
