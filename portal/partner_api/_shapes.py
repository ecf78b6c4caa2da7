"""From a trusted answer to records: the shapes that answers come in."""

from typing import Any, TypeVar

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
