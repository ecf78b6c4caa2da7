"""
Assumptions about billing that no page of LINE WORKS states.

When the first real invoice disagrees, this is the file to correct.
"""

from typing import Final

from portal.core.labels import PRODUCTS
from portal.operations.priced import Per, Period

# The table of a settlement line was cut before its money; the sandbox calls the member by the same supposed name.
# Vendor page: partner-customer-invoice-detail-list
AMOUNT_MEMBER: Final = "amount"

# By how many months the month of the bill follows the month that invoiceYear and invoiceMonth name: 1 where they name
# the month of use, 0 where they name the month of the bill. Vendor page: partner-customer-invoice-list
BILLED_MONTHS_LATER: Final = 1

# How long after an invoice appeared or changed its details are read again each day: no page promises that the two
# come at the same moment. Vendor page: partner-customer-invoice-list
DETAILS_SETTLE_DAYS: Final = 3

# The Partner API knows no prices. For what plans with licenses and plans by user are billed, the Partner Console Guide
# says; for other plans and for options it follows from their names.
_YEARLY: Final = frozenset({"ANNUAL_PREPAY", "ANNUAL_PREPAY_LICENSE"})
_BY_USER: Final = frozenset({"MONTHLY"})
# Options that each member uses; the others are one for the customer, or counted by quantity.
_OF_EACH_MEMBER: Final = ("ACV", "DRV")
_OF_A_CONTRACT: Final = ("NTA_", "JP_")


def period_of(contract_type: str) -> Period:
    """Return for how long the prices of a contract type usually are."""
    return Period.YEAR if contract_type in _YEARLY else Period.MONTH


def per_of(item: str, contract_type: str) -> Per:
    """Return for what the price of a plan or a sub option usually is."""
    is_for_members = not item.startswith(_OF_A_CONTRACT) if item in PRODUCTS else item.startswith(_OF_EACH_MEMBER)
    if not is_for_members:
        return Per.CONTRACT
    return Per.USER if contract_type in _BY_USER else Per.LICENSE


# The consumption tax on what LINE WORKS bills and a statement hands on, in percent, and that on penalties: no page says
# whether these are taxed. Vendor page: partner-customer-invoice-list
TAX_RATE: Final = 10
PENALTY_TAX_RATE: Final = 0
