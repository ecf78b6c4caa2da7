"""
What somebody types for an operation of LINE WORKS: ``key=value``, by LINE WORKS's own names.

    domainId=10000001 companyName="株式会社つばめ運輸" partnership.memo="call first" licenseCount=null

A member of a nested object is named with dots. ``null`` is null; for the text "null", and for a text that begins with
a quotation mark, the value is written as a JSON text: ``memo='"null"'``. Numbers, truth values and lists are written
as in JSON. A secret is never typed here: it comes by itself.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

from portal.operations.request_secrets import STRUCK, put
from portal.vendor.client import NULLABLE, Operation, Secret

JSON_TYPES = (bool, int, float, list, dict)
WORDS = {bool: "true or false", int: "a whole number", str: "text", Secret: "a secret", date: "a day, YYYY-MM-DD"}


class Mistyped(ValueError):
    """What was typed cannot be a call; says why in one sentence, and repeats no secret."""


@dataclass(frozen=True)
class Member:
    """
    One member of a body.

    Args:
        name: by LINE WORKS, with dots inside a nested object.
        type: without what may be absent or null.
        required: whether it must be there, inside a nested object only if that is there.
        nullable: whether LINE WORKS documents null.
    """

    name: str
    type: Any
    required: bool
    nullable: bool

    @property
    def is_secret(self) -> bool:
        """Whether nobody may see it."""
        return self.type is Secret


@dataclass(frozen=True)
class Wish:
    """
    A call as it was asked for, checked against what the operation takes.

    Args:
        operation: what to call.
        parameters: path and query.
        body: with the secrets in clear; none for an operation without one.
    """

    operation: Operation
    parameters: dict[str, Any]
    body: dict[str, Any] | None = field(repr=False)

    @property
    def secrets(self) -> dict[str, str]:
        """The secrets by their places in the body."""
        names = [member.name for member in members(self.operation.body) if member.is_secret]
        return {name: secret for name in names if (secret := _at(self.body or {}, name)) is not None}

    @property
    def struck_body(self) -> dict[str, Any] | None:
        """The body as it may be kept and shown."""
        body = self.body
        for place in self.secrets:
            body = put(body or {}, place, STRUCK)
        return body


def read(
    operation: Operation,
    words: Sequence[str],
    *,
    body: Mapping[str, Any] | None = None,
    secrets: Mapping[str, str] | None = None,
) -> Wish:
    """
    Read what was typed for an operation.

    Args:
        operation: what to call.
        words: each ``key=value``.
        body: the body, if it was given whole.
        secrets: what was asked for without showing, by the names of the members.

    Raises:
        Mistyped: a name is unknown, missing or given twice, or a value is of the wrong type.
    """
    known = {member.name: member for member in members(operation.body)}
    places = [parameter.name for parameter in operation.parameters]
    given: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or name not in [*places, *known]:
            raise Mistyped(f"{operation.name} has no {name!r}. {takes(operation)}")
        if name in given:
            raise Mistyped(f"{name} is given twice.")
        given[name] = value
    typed = {name: _value(known[name], value) for name, value in given.items() if name not in places}
    _refuse_clear_secrets(known.values(), typed, body or {})
    if unknown := [name for name in secrets or {} if name not in known or not known[name].is_secret]:
        raise Mistyped(f"{operation.name} has no secret {', '.join(unknown)}.")
    whole: dict[str, Any] = dict(body or {})
    for name, value in (typed | dict(secrets or {})).items():
        whole = put(whole, name, value)
    parameters = {name: value for name, value in given.items() if name in places}
    if operation.body is None and whole:
        raise Mistyped(f"{operation.name} takes no body. {takes(operation)}")
    wish = Wish(operation, _parameters(operation, parameters), None if operation.body is None else whole)
    _check_body(wish)
    return wish


def members(body: type[BaseModel] | None, within: str = "") -> Iterator[Member]:
    """Return the members of a body, those of nested objects by dotted names."""
    for name, member in body.model_fields.items() if body else ():
        spelling, kind = f"{within}{member.alias or name}", _core(member.annotation)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from members(kind, f"{spelling}.")
        else:
            yield Member(spelling, kind, member.is_required(), NULLABLE in member.metadata)


def takes(operation: Operation) -> str:
    """Say in a sentence what an operation takes."""
    required = [parameter.name for parameter in operation.parameters if parameter.required]
    optional = [parameter.name for parameter in operation.parameters if not parameter.required]
    for member in members(operation.body):
        (required if member.required and "." not in member.name else optional).append(member.name)
    needs = [f"It needs {', '.join(required)}"] if required else []
    may = [f"{'it' if needs else 'It'} may take {', '.join(optional)}"] if optional else []
    return f"{'; '.join(needs + may) or 'It takes nothing'}."


def in_words(kind: Any) -> str:
    """Return how a value of a type is written."""
    kind = _core(kind)
    if get_origin(kind) is Literal:
        return " or ".join(map(repr, get_args(kind)))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return " | ".join(str(each.value) for each in kind)
    return WORDS.get(kind, "JSON")


def _parameters(operation: Operation, given: Mapping[str, str]) -> dict[str, Any]:
    missing = [each.name for each in operation.parameters if each.required and each.name not in given]
    if missing:
        raise Mistyped(f"{operation.name} lacks {', '.join(missing)}. {takes(operation)}")
    read: dict[str, Any] = {}
    for parameter in operation.parameters:
        if parameter.name in given:
            try:
                read[parameter.name] = TypeAdapter(parameter.type).validate_python(given[parameter.name])
            except ValidationError:
                raise Mistyped(
                    f"{parameter.name} is {in_words(parameter.type)}, not {given[parameter.name]!r}."
                ) from None
    try:
        operation.address(read)
    except ValueError as error:
        raise Mistyped(f"{operation.name} cannot be asked so: {error}.") from None
    return read


def _value(member: Member, text: str) -> Any:
    if text == "null":
        return None
    if member.type in JSON_TYPES or get_origin(member.type) in JSON_TYPES or text.startswith('"'):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            raise Mistyped(f"{member.name} is {in_words(member.type)}, not {text!r}.") from None
    return text


def _refuse_clear_secrets(known: Iterable[Member], typed: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    """Arguments stand in the history of the shell and in the list of processes, files stay behind."""
    for member in known:
        if member.is_secret and (member.name in typed or _at(body, member.name) is not None):
            raise Mistyped(f"{member.name} is a secret: leave it out, and give --secret {member.name} instead.")


def _check_body(wish: Wish) -> None:
    """Hold the body against what LINE WORKS documents, without repeating any value of it."""
    if wish.operation.body is None:
        return
    try:
        wish.operation.body.model_validate(wish.body)
    except ValidationError as error:
        faults = [(".".join(map(str, fault["loc"])), fault["msg"]) for fault in error.errors(include_input=False)]
    else:
        # JSON can write this character, and PostgreSQL, which keeps what was ordered, can't hold it.
        faults = [(place, "holds a null character") for place in _places_of_nulls(wish.body or {})]
        if not faults:
            return
    told = "; ".join(f"{name}: {why}" if name else why for name, why in faults)
    raise Mistyped(f"{wish.operation.name} cannot be sent so: {told}. {takes(wish.operation)}")


def _places_of_nulls(value: Any, place: str = "") -> Iterator[str]:
    """Return where in a JSON object a text holds U+0000."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _places_of_nulls(inner, f"{place}.{name}" if place else name)
    elif isinstance(value, str) and "\0" in value:
        yield place


def _at(body: Mapping[str, Any], place: str) -> Any:
    """Return what stands at a place in a JSON object; None when nothing does."""
    value: Any = body
    for name in place.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _core(kind: Any) -> Any:
    """Take the checks and the None off a type."""
    if get_origin(kind) is Annotated:
        return _core(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        kinds = [each for each in get_args(kind) if each is not NoneType]
        return _core(kinds[0]) if len(kinds) == 1 else kind
    return kind
