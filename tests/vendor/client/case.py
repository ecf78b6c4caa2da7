"""One call of an operation: how it is made, the exact request that leaves, and an answer as documented."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.vendor.client import PartnerApi
from tests.support.vendor_json import Json

DAY = date(2025, 2, 15)
CUSTOMER = "/partners/customers/7"


@dataclass(frozen=True)
class Case:
    """
    One call.

    Attributes:
        operation: LINE WORKS's operationId.
        call: makes the call.
        request: method, path and query as they must leave, below the API's base address.
        sent: the JSON body that must leave.
        status: the status to answer with.
        answer: the JSON body to answer with.
        outcome: what `raw_answer` makes of the result, where that isn't the answer.
    """

    operation: str
    call: Callable[[PartnerApi], Any]
    request: str
    sent: Json | None
    status: int
    answer: Json | None = None
    outcome: str | None = None
