"""
Raw reads: one call whose answer is shown and not stored.

For looking at what LINE WORKS really says, also where the cache has no table for it.
"""

from collections.abc import Mapping
from typing import Any

from portal.vendor.client import Operation
from portal.vendor.connection.api import partner_api
from portal.vendor.ratelimit import Priority


def ask(operation: Operation, parameters: Mapping[str, Any], body: Mapping[str, Any] | None = None) -> Any:
    """
    Read once, through the lane of pages of the call budget, and keep nothing.

    Args:
        operation: one that changes nothing.
        parameters: path and query, by LINE WORKS's names.
        body: the JSON object, for an operation that asks by POST.

    Returns:
        What the client's method returns; ``raw_answer`` gives LINE WORKS's JSON.

    Raises:
        ValueError: the operation changes something, or takes no such values; nothing was sent.
        NotConnected: no account is connected.
        NoCapacity: the call budget cannot be asked; nothing was sent.
        Refused, NotSent, NoClearAnswer: what LINE WORKS said, or did not.
    """
    if operation.changes:
        raise ValueError(f"{operation.name} changes something at the vendor: it goes through portal.operations")
    return operation.call(partner_api(Priority.PAGES), parameters, body)
