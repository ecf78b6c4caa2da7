"""
Parse JSON into records: tolerant of new fields and values, strict about missing ones.

An unknown field or value becomes a `SchemaSurprise` and is kept. A record that lacks what it must have becomes a
`MalformedRecord`, and the records beside it are kept; so are the lines beside a line that can't be read.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeVar, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_plain_validator_function

from ._values import OpenEnum


@dataclass(frozen=True)
class SchemaSurprise:
    """
    Something in an answer that the contract doesn't mention.

    Attributes:
        kind: `value` for an unknown value of a known field, `field` for an unknown field.
        record: the kind of record, such as `Subscription`.
        field: the field as LINE WORKS spells it; dotted inside a nested record.
        value: what stood there.
    """

    kind: Literal["value", "field"]
    record: str
    field: str
    value: Any


@dataclass(frozen=True)
class MalformedRecord:
    """
    A record that arrived but can't be read.

    Attributes:
        record: the kind of record, such as `Customer`.
        field: the first field at fault, as LINE WORKS spells it, dotted inside a nested record; empty when
            the record isn't a JSON object at all.
        why: what is wrong with it, for people; names every further field at fault.
        raw: the record as it came.
        position: its place in the list, from 0.
    """

    record: str
    field: str
    why: str
    raw: Any
    position: int = 0


class Record(BaseModel):
    """
    One vendor record: typed, frozen, with the JSON it came from in `raw`.

    Build one with `from_vendor`; attributes are LINE WORKS's fields in snake_case.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=to_camel,
        validate_by_alias=True,
        coerce_numbers_to_str=True,
    )

    # A slot: a private attribute of pydantic's would cost a third of the time of reading.
    __slots__ = ("_raw",)
    if TYPE_CHECKING:
        _raw: dict[str, Any]

    @property
    def raw(self) -> dict[str, Any]:
        """The record's JSON object as it arrived, unknown fields included. Treat it as read-only."""
        return self._raw

    @classmethod
    def from_vendor(cls, raw: Any) -> Self:
        """
        Read one JSON object.

        Raises:
            pydantic.ValidationError: a required field is absent, or a value can't be read as its type.
        """
        return cls.model_validate(raw)

    @model_validator(mode="wrap")
    @classmethod
    def _keep_raw(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        record = handler(data)
        if isinstance(data, dict):
            object.__setattr__(record, "_raw", data)  # the record is frozen for everybody else
        return record


# date.fromisoformat would also take weeks and days without hyphens.
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _calendar_day(value: Any) -> date:
    """Accept YYYY-MM-DD alone: pydantic by itself would also take numbers, as seconds since 1970."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError("a day is written YYYY-MM-DD")
    return date.fromisoformat(value)


def _moment(value: Any) -> datetime:
    """Accept RFC 3339 with any offset; without one it would be a guess."""
    if not isinstance(value, str):
        raise ValueError("a moment is written YYYY-MM-DDThh:mm:ss and an offset")
    moment = datetime.fromisoformat(value.upper())
    if moment.tzinfo is None:
        raise ValueError("a moment needs an offset")
    return moment


# Types that hold nothing new. Most fields are of these, so that leaving them out halves the time of looking.
_PLAIN = frozenset({str, int, bool, date, datetime, type(None)})

CalendarDay = Annotated[date, BeforeValidator(_calendar_day)]
Moment = Annotated[datetime, BeforeValidator(_moment)]


R = TypeVar("R", bound=Record)
T = TypeVar("T")


class Listing(list[T]):
    """
    The readable records of one answer that isn't paged, or of a list inside a record.

    Attributes:
        malformed: those that can't be read. A record that is kept although a record inside it can't be read
            is named here too.
        raw: the whole answer as it came; empty for a list inside a record. Treat it as read-only.
    """

    def __init__(self, items: Iterable[T] = (), malformed: Iterable[MalformedRecord] = ()) -> None:
        super().__init__(items)
        self.malformed = list(malformed)
        self.raw: dict[str, Any] = {}

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        (kind,) = get_args(source)
        return no_info_plain_validator_function(partial(_inner_listing, kind))


def _inner_listing(kind: type[Record], rows: Any) -> Listing[Any]:
    if not isinstance(rows, list):
        raise ValueError("isn't a list")
    # New fields and values in it are reported with the record around it.
    return Reader().listing(kind, rows)


class UnreadableError(Exception):
    """A record that can't be read, on its way to the caller within this package."""

    def __init__(self, malformed: MalformedRecord) -> None:
        super().__init__(malformed.why)
        self.malformed = malformed


class Reader:
    """Reads JSON into records and reports what is new in them."""

    def __init__(self, on_surprise: Callable[[SchemaSurprise], None] | None = None) -> None:
        self._on_surprise = on_surprise

    def record(self, kind: type[R], raw: Any, *, position: int = 0) -> R:
        """
        Read one record.

        Raises:
            UnreadableError: with what is wrong.
        """
        try:
            record = kind.from_vendor(raw)
        except ValidationError as error:
            raise UnreadableError(_malformed(kind, raw, error, position)) from None
        if self._on_surprise:
            for surprise in _surprises(record, type(record).__name__):
                self._on_surprise(surprise)
        return record

    def listing(self, kind: type[R], rows: Iterable[Any]) -> Listing[R]:
        """Read many records; those that can't be read end in `malformed` and cost the others nothing."""
        listing: Listing[R] = Listing()
        for position, raw in enumerate(rows):
            try:
                record = self.record(kind, raw, position=position)
            except UnreadableError as error:
                listing.malformed.append(error.malformed)
            else:
                listing.append(record)
                listing.malformed += _malformed_inside(record, position)
        return listing


def _malformed(kind: type[Record], raw: Any, error: ValidationError, position: int) -> MalformedRecord:
    faults = [(".".join(map(str, fault["loc"])), fault["msg"]) for fault in error.errors(include_url=False)]
    why = "; ".join(f"{field}: {message}" if field else message for field, message in faults)
    return MalformedRecord(record=kind.__name__, field=faults[0][0], why=why, raw=raw, position=position)


def _malformed_inside(record: Record, position: int) -> Iterator[MalformedRecord]:
    for name, value in vars(record).items():
        for inner in value.malformed if isinstance(value, Listing) else ():
            place = f"{_spellings(type(record))[name]}.{inner.position}"
            where = f"{place}.{inner.field}".rstrip(".")
            yield MalformedRecord(type(record).__name__, where, f"{place}: {inner.why}", record.raw, position)


def _surprises(record: Record, kind: str, prefix: str = "") -> Iterator[SchemaSurprise]:
    spellings = _spellings(type(record))
    for name, value in vars(record).items():
        if type(value) in _PLAIN or (isinstance(value, OpenEnum) and value.known):
            continue  # the usual case, out of the way first
        for each in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(each, OpenEnum) and not each.known:
                yield SchemaSurprise("value", kind, prefix + spellings[name], each.value)
            elif isinstance(each, Record):
                yield from _surprises(each, kind, f"{prefix}{spellings[name]}.")
    for spelling in record.raw.keys() - _spelled(type(record)):
        yield SchemaSurprise("field", kind, prefix + spelling, record.raw[spelling])


@cache
def _spellings(kind: type[Record]) -> dict[str, str]:
    """Return each field of a record with LINE WORKS's spelling of it."""
    return {name: field.alias or name for name, field in kind.model_fields.items()}


@cache
def _spelled(kind: type[Record]) -> frozenset[str]:
    return frozenset(_spellings(kind).values())
