"""Shapes that requests and answers share: months, records, lists, cursors."""

from collections.abc import Callable
from operator import index
from typing import Any, Final, TypeVar

from ._assumptions import CURSOR_KEY, META_KEY, MISSING_ITSELF, STATUS_OF_NONE
from ._errors import Refused
from ._reading import Reader, Record, UnreadableError
from ._transport import Answer
from ._values import ProductGroupId

MONTHS: Final = 12

R = TypeVar("R", bound=Record)
Query = dict[str, str | int | None]


def year_query(year: int) -> Query:
    """
    Return the query for a year.

    Raises:
        TypeError: it isn't a whole number.
    """
    return {"year": index(year)}


def month_query(year: int, month: int, product_group_id: ProductGroupId | None = None) -> Query:
    """
    Return the query for a month, of one family of products if one is given.

    Raises:
        ValueError: the month is none, or LINE WORKS doesn't document the family.
        TypeError: year or month isn't a whole number.
    """
    if not 1 <= index(month) <= MONTHS:
        raise ValueError(f"month is 1 to {MONTHS}, not {month}")
    if product_group_id is not None and not ProductGroupId(product_group_id).known:
        raise ValueError(f"{product_group_id} is no plan group that LINE WORKS documents")
    return year_query(year) | {"month": month, "productGroupId": product_group_id}


def one(reader: Reader, answer: Answer, kind: type[R]) -> R:
    """
    Read an answer that is one record.

    Raises:
        NoClearAnswer: it can't be read; names the record and the field.
    """
    unreadable = None
    try:
        return reader.record(kind, answer.body)
    except UnreadableError as error:
        unreadable = error.malformed
    raise answer.unreadable(f"the {unreadable.record} can't be read at '{unreadable.field}': {unreadable.why}")


def rows(answer: Answer, key: str) -> list[Any]:
    """
    Return the list that an answer wraps under `key`.

    An answer without the list isn't taken for an empty one: records missing from a listing count as gone.

    Raises:
        NoClearAnswer: there is no list.
    """
    value = answer.body.get(key)
    if not isinstance(value, list):
        raise answer.unreadable(f"no list '{key}' in the body")
    return value


def next_cursor(answer: Answer) -> str | None:
    """
    Return the cursor of the page after this one; None when this is the last.

    Raises:
        NoClearAnswer: there is one that can't be read.
    """
    meta = answer.body.get(META_KEY) or {}
    cursor = meta.get(CURSOR_KEY) if isinstance(meta, dict) else meta
    if not cursor:
        return None
    if not isinstance(cursor, str):
        raise answer.unreadable(f"{META_KEY}.{CURSOR_KEY} isn't text")
    return cursor


def or_none(get: Callable[[], R]) -> R | None:
    """
    Return what `get` brings, or None when LINE WORKS says that there is none.

    Raises:
        PartnerApiError: as `get`, for everything else.
    """
    try:
        return get()
    except Refused as refusal:
        if refusal.status == STATUS_OF_NONE and refusal.resource not in MISSING_ITSELF:
            return None
        raise
