"""
Assumptions about billing that no page of LINE WORKS states.

When the first real invoice disagrees, this is the file to correct.
"""

from typing import Final

# The table of a settlement line was cut before its money; the sandbox calls the member by the same supposed name.
# Vendor page: partner-customer-invoice-detail-list
AMOUNT_MEMBER: Final = "amount"

# How long after an invoice appeared or changed its details are read again each day: no page promises that the two
# come at the same moment. Vendor page: partner-customer-invoice-list
DETAILS_SETTLE_DAYS: Final = 3
