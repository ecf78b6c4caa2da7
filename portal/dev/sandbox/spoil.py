"""Answers that are not quite what the contract says, made out of answers that are."""

from collections.abc import Iterator
from typing import Any

from .faults import EXTRA_FIELD, MISSING_FIELD, REPEAT_CURSOR, UNKNOWN_VALUE

# The first of these that a record has is the one that suffers. They are all fields for which the contract lists values.
_FIELDS_OF_KNOWN_VALUES = (
    "itemType", "status", "plan", "domainType", "type", "productId", "paymentStatus", "optionProductId", "subOptionId",
    "productGroupId", "licenseAssignType", "locale", "token_type",
)  # fmt: skip
# So are these, first those that the contract marks as required.
_REQUIRED_FIELDS = (
    "companyName", "planStartDate", "applyDate", "usedDate", "optionProductId", "type", "productId", "invoiceNo",
    "customerName", "status", "domain", "domainId", "access_token",
)  # fmt: skip

Body = dict[str, Any]


def spoil(fault: str, body: Body, *, asked_cursor: str | None) -> None:
    """
    Spoil an answer in place, as the fault says.

    A fault that has no bearing on answers leaves it alone; so does one that finds no field to spoil, as an answer of
    which no field has listed values.
    """
    if fault == UNKNOWN_VALUE:
        if found := _first_of(_FIELDS_OF_KNOWN_VALUES, body):
            record, name = found
            record[name] = "NEVER_HEARD_OF"
    elif fault == EXTRA_FIELD:
        next(_records(body))["neverHeardOf"] = {"since": "tomorrow"}
    elif fault == MISSING_FIELD:
        if found := _first_of(_REQUIRED_FIELDS, body):
            record, name = found
            del record[name]
    elif fault == REPEAT_CURSOR and asked_cursor is not None:
        body["responseMetaData"] = {"nextCursor": asked_cursor}


def _first_of(names: tuple[str, ...], body: Body) -> tuple[Body, str] | None:
    """Find a field of the first record, or else of what lies inside it."""
    return next(((record, name) for record in _records(body) for name in names if name in record), None)


def _records(body: Body) -> Iterator[Body]:
    """
    Give the record that an answer is about, and then those inside it, level by level.

    That of a listing is its first one; an answer that isn't a listing is its own record.
    """
    listed = next((rows[0] for rows in body.values() if _lists_records(rows)), body)
    level = [listed]
    while level:
        yield from level
        level = [inner for record in level for inner in _inside(record)]


def _inside(record: Body) -> Iterator[Body]:
    for value in record.values():
        if isinstance(value, dict):
            yield value
        elif _lists_records(value):
            yield value[0]


def _lists_records(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)
