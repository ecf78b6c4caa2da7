"""Answers that are not quite what the contract says, made out of answers that are."""

from typing import Any

from .faults import EXTRA_FIELD, MISSING_FIELD, REPEAT_CURSOR, UNKNOWN_VALUE

# The first of these that a record has is the one that suffers.
_FIELDS_OF_KNOWN_VALUES = (
    "status", "plan", "domainType", "type", "productId", "paymentStatus", "itemType", "locale", "token_type",
)  # fmt: skip
_REQUIRED_FIELDS = (
    "companyName", "planStartDate", "applyDate", "productId", "optionProductId", "invoiceNo", "status",
    "type", "domain", "access_token",
)  # fmt: skip

Body = dict[str, Any]


def spoil(fault: str, body: Body, *, asked_cursor: str | None) -> None:
    """Spoil an answer in place, as the fault says; a fault that has no bearing on answers leaves it alone."""
    record = _first_record(body)
    if fault == UNKNOWN_VALUE:
        if name := _first_of(_FIELDS_OF_KNOWN_VALUES, record):
            record[name] = "NEVER_HEARD_OF"
    elif fault == EXTRA_FIELD:
        record["neverHeardOf"] = {"since": "tomorrow"}
    elif fault == MISSING_FIELD:
        if name := _first_of(_REQUIRED_FIELDS, record):
            del record[name]
    elif fault == REPEAT_CURSOR and asked_cursor is not None:
        body["responseMetaData"] = {"nextCursor": asked_cursor}


def _first_record(body: Body) -> Body:
    """Give the first record of a listing; an answer that isn't one is its own record."""
    for value in body.values():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return value[0]
    return body


def _first_of(names: tuple[str, ...], record: Body) -> str | None:
    return next((name for name in names if name in record), None)
