"""Any answer that the contract allows is read whole; anything new in it is kept and reported, and stops nothing."""

import contextlib
import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from portal.vendor.client import GROUPS, OPERATIONS, NoClearAnswer, OpenEnum, Record, SchemaSurprise, raw_answer
from portal.vendor.client._exchange import Exchange
from portal.vendor.client._reading import Reader
from portal.vendor.client._throttle import RateLimits
from portal.vendor.client._transport import Answer, Call
from tests.support.vendor_json import Json

from . import schemas, strategies
from .case import Case
from .cases import CASES

READING = [case for case in CASES if case.answer is not None]
# One operation for each answer that there is: several answer with the same record.
DIFFERENT = {json.dumps(schemas.answer_of(case.operation)): case for case in READING}.values()
each_answer = pytest.mark.parametrize("case", list(DIFFERENT), ids=lambda case: case.operation)
thrifty = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class Canned:
    """Stands where the transport does and answers every call with the same JSON."""

    def __init__(self, body: Json) -> None:
        self.body = body

    def ask(self, call: Call) -> Answer:
        limits = RateLimits(None, None, None, None, refused=False)
        now = datetime.now().astimezone()
        exchange = Exchange(call.operation, call.method, call.path, None, 200, "", limits, 0.0, now)
        return Answer(call.operation, 200, self.body, exchange)


class CannedApi:
    """The groups of a client, all of which read the same answer; `surprises` is what was new in it."""

    def __init__(self, body: Json) -> None:
        self.surprises: list[SchemaSurprise] = []
        for name, kind in GROUPS.items():
            setattr(self, name, kind(Canned(body), Reader(self.surprises.append)))  # type: ignore[arg-type]


def read(case: Case, body: Json) -> tuple[Any, list[SchemaSurprise]]:
    """What the operation makes of an answer, and what was new in it."""
    api = CannedApi(body)
    return case.call(api), api.surprises  # type: ignore[arg-type]  # it has the groups, which is what is asked for


def records_in(result: Any) -> Iterator[Record]:
    """The records that an operation returned."""
    yield from [result] if isinstance(result, Record) else getattr(result, "items", result)


def wrapper(case: Case) -> str | None:
    """The name under which an answer wraps its records; None when it is itself the record."""
    for name, inner in schemas.properties(schemas.answer_of(case.operation) or {}).items():
        if schemas.types(inner) == {"array"} and schemas.types(schemas.whole(inner["items"])) == {"object"}:
            return name
    return None


def rows_in(case: Case, body: Json) -> list[Json]:
    """The JSON of the records in an answer, in order."""
    name = wrapper(case)
    return body[name] if name else [body]


def means(value: Any, raw: Any) -> bool:
    """Whether a value of a record says what the JSON said."""
    match value:
        case Record():
            return value.raw == raw and all(
                means(getattr(value, name), raw[field.alias])
                for name, field in type(value).model_fields.items()
                if field.alias in raw
            )
        case list() | tuple():
            return len(value) == len(raw) and all(map(means, value, raw))
        case datetime():
            return value == datetime.fromisoformat(raw) and value.tzinfo is not None
        case date():
            return value.isoformat() == str(raw)
        case Decimal():
            return value == Decimal(str(raw))
        case OpenEnum():
            return bool(value.value == raw)
        case _:
            return type(value) is type(raw) and bool(value == raw)


@each_answer
@thrifty
@given(data=st.data())
def test_any_documented_answer_is_read_whole(case: Case, data: st.DataObject) -> None:
    body = data.draw(whole_answers(case, strategies.documented))
    result, surprises = read(case, body)
    assert raw_answer(result) == body
    assert getattr(result, "malformed", []) == []
    assert [record.raw for record in records_in(result)] == rows_in(case, body)
    assert all(means(record, raw) for record, raw in zip(records_in(result), rows_in(case, body), strict=True))
    # The status of an invoice's line has no documented values, and its amounts no names: nothing there is new.
    assert surprises == []


@each_answer
@thrifty
@given(data=st.data())
def test_what_is_new_in_an_answer_is_kept_and_stops_nothing(case: Case, data: st.DataObject) -> None:
    body = data.draw(whole_answers(case, strategies.open_ended))
    result, surprises = read(case, body)
    assert raw_answer(result) == body
    assert getattr(result, "malformed", []) == []
    assert all(means(record, raw) for record, raw in zip(records_in(result), rows_in(case, body), strict=True))
    new = {name for row in rows_in(case, body) for name in row if name.startswith("new ")}
    assert {surprise.field for surprise in surprises if surprise.kind == "field"} >= new
    assert all(surprise.kind == "field" or isinstance(surprise.value, str) for surprise in surprises)


@each_answer
@thrifty
@given(data=st.data())
def test_any_json_object_ends_as_records_or_as_an_error(case: Case, data: st.DataObject) -> None:
    name = wrapper(case) or "domain"
    body = data.draw(st.fixed_dictionaries({}, optional={name: strategies.JSON_VALUES, "x": strategies.JSON_VALUES}))
    # Whatever else it raises would fail the test.
    with contextlib.suppress(NoClearAnswer):
        result, _ = read(case, body)
        malformed = {each.position for each in getattr(result, "malformed", [])}
        assert len(list(records_in(result))) + len(malformed) == len(rows_in(case, body))


def whole_answers(case: Case, made: Any) -> st.SearchStrategy[Any]:
    """Return to an operation; the list that wraps its records is there, because without it nothing was promised."""
    schema = schemas.answer_of(case.operation)
    assert schema
    name = wrapper(case)
    answers: st.SearchStrategy[Any] = made(schema | {"required": [name] if name else schema.get("required", [])})
    return answers


def test_every_record_is_frozen() -> None:
    for case in READING:
        result, _ = read(case, case.answer or {})
        for record in records_in(result):
            assert isinstance(record, BaseModel)
            assert type(record).model_config["frozen"]


def test_operations_without_an_answer_are_the_others() -> None:
    assert {case.operation for case in READING} == {name for name in OPERATIONS if schemas.answer_of(name)}
