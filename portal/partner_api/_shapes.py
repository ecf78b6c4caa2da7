"""From a trusted answer to records: the shapes that answers come in."""

from typing import Any, TypeVar

from ._inferred import CURSOR_KEY, META_KEY
from ._reading import Reader, Record, UnreadableError
from ._transport import Answer

R = TypeVar("R", bound=Record)


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
