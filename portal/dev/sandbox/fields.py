"""
Reading request bodies: which members there may be, which there must be, and of what type.

The vendor warns against undocumented parameters; the sandbox refuses them, so that a client that sends one is
found out.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from .errors import bad_request, invalid, missing

Reader = Callable[[str, object], Any]

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read_body(
    body: object, *, required: Mapping[str, Reader], optional: Mapping[str, Reader] | None = None
) -> dict[str, Any]:
    """
    Check a body and give its members.

    Args:
        body: the parsed JSON.
        required: readers of members that must be there.
        optional: readers of members that may be left out; they are then absent from the result too.

    Raises:
        Refusal: 400, for an unknown, missing or ill-typed member.
    """
    if not isinstance(body, dict):
        raise bad_request("the body must be a JSON object")
    readers = {**required, **(optional or {})}
    for name in body:
        if name not in readers:
            raise invalid(name, "no such member")
    for name in required:
        if name not in body:
            raise missing(name)
    return {name: readers[name](name, value) for name, value in body.items()}


def text(name: str, value: object) -> str:
    """Read a string that is not empty and that UTF-8, and so the database, can hold."""
    if not isinstance(value, str) or not value:
        raise invalid(name, "must be a string that is not empty")
    return storable(name, value)


def any_text(name: str, value: object) -> str:
    """Read a string that may be empty."""
    return "" if value == "" else text(name, value)


def storable(name: str, value: str) -> str:
    """Let text pass that UTF-8 can hold: half of a surrogate pair is none, though JSON can write it."""
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise invalid(name, "not valid text") from error
    return value


def boolean(name: str, value: object) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise invalid(name, "must be true or false")
    return value


def members(*, required: Mapping[str, Reader], optional: Mapping[str, Reader] | None = None) -> Reader:
    """Make a reader of an object inside a body, with the members that `read_body` would want of it."""

    def read(name: str, value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise invalid(name, "must be a JSON object")
        return read_body(value, required=required, optional=optional)

    return read


def whole_number(name: str, value: object) -> int:
    """Read an integer; JSON's true and false are none, though Python counts them in."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise invalid(name, "must be a whole number")
    return value


def day(name: str, value: object) -> date:
    """Read a date in the one documented form, YYYY-MM-DD."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise invalid(name, "must be a date, YYYY-MM-DD")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise invalid(name, "no such day") from error


def one_of(*values: str) -> Reader:
    """Make a reader of a string from a closed list."""

    def read(name: str, value: object) -> str:
        if not isinstance(value, str) or value not in values:
            raise invalid(name, f"must be one of {', '.join(values)}")
        return value

    return read


def nullable(reader: Reader) -> Reader:
    """Make a reader that lets null pass."""

    def read(name: str, value: object) -> Any:
        return None if value is None else reader(name, value)

    return read
