"""Every kind of row in the cache, held against what LINE WORKS really says."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from portal.sync.fetch import Outcome
from portal.sync.models import Reading, VendorRow
from portal.sync.resources import PARTNER
from portal.vendor.client import OPERATIONS, Listing, Page
from portal.vendor.connection.api import partner_api
from portal.vendor.ratelimit import Priority
from tests.support.reads import problem_of, read_with_what_it_needs
from tests.support.sandbox import Sandbox
from tests.sync.cached_cases import CASES, Case

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("vendor_settings")]

Json = Mapping[str, Any]
CHANGING = [case for case in CASES if case.change]
GOING = [case for case in CASES if case.remove]
WITH_CODES = [case for case in CASES if case.has_codes]
FRAGILE = [case for case in CASES if case.needs]


def of(cases: list[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=str)


@pytest.fixture
def arranged(case: Case, sandbox: Sandbox) -> Case:
    """LINE WORKS has what the case is about."""
    if case.arrange:
        case.arrange(sandbox)
    return case


def read(case: Case) -> Outcome:
    outcome = read_with_what_it_needs(case.resource, case.domain_id, period=case.period)
    assert not outcome.not_reached
    return outcome


def told(case: Case) -> list[Json]:
    """What LINE WORKS says, straight from its answers."""
    operation = OPERATIONS[case.resource.operation]
    given: dict[str, Any] = {} if case.domain_id == PARTNER else {"domainId": case.domain_id}
    if case.period:
        year, _, month = case.period.partition("-")
        given |= {"year": int(year)} | ({"month": int(month)} if month else {})
    if case.resource.parts:
        parts = case.resource.parts([case.domain_id]).get(case.domain_id, ())
        name = "subscriptionId" if "subscriptionId" in operation.path else "optionProductId"
        return [answer for part in parts for answer in asked(case, given | {name: part})]
    return asked(case, given)


def asked(case: Case, given: dict[str, Any]) -> list[Json]:
    operation = OPERATIONS[case.resource.operation]
    result = operation.call(partner_api(Priority.PEOPLE), given)
    if isinstance(result, Page):
        further = asked(case, given | {"cursor": result.next_cursor}) if result.next_cursor else []
        return [*(item.raw for item in result.items), *further]
    return [item.raw for item in result] if isinstance(result, Listing) else [result.raw]


def rows(case: Case) -> list[VendorRow]:
    return list(case.model._default_manager.filter(removed_at=None))


def field_of(record: Json, path: str) -> Any:
    value: Any = record
    for name in path.split("."):
        value = (value or {}).get(name)
    return value


def as_told(row: VendorRow, column: str) -> Any:
    """A column's value as JSON would say it; an empty text is what an absent one becomes."""
    value = getattr(row, column)
    match value:
        case datetime():
            return value.timestamp()
        case date():
            return value.isoformat()
        case Decimal():
            return value
        case "":
            return None
    return value


def as_column(value: Any, like: Any) -> Any:
    if isinstance(value, str) and isinstance(like, float):
        return datetime.fromisoformat(value).timestamp()
    return None if value == "" else value


def assert_rows_say_what_the_vendor_says(case: Case) -> None:
    records, cached = told(case), rows(case)
    assert records
    by_raw = {json.dumps(row.raw, sort_keys=True): row for row in cached}
    assert len(by_raw) == len(cached) == len(records)
    for record in records:
        row = by_raw[json.dumps(record, sort_keys=True)]
        for column, path in case.columns.items():
            expected = as_told(row, column)
            assert as_column(field_of(record, path), expected) == expected, column


def versions(case: Case) -> set[tuple[str, ...]]:
    """Where each row lies and which transaction wrote it: both change with every write."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT ctid::text, xmin::text FROM {case.model._meta.db_table}")  # noqa: S608  names of ours
        return set(cursor.fetchall())


@of(CASES)
def test_each_record_arrives_column_by_column_and_as_it_came(case: Case, arranged: Case) -> None:
    assert read(arranged).done == 1
    assert_rows_say_what_the_vendor_says(case)
    assert problem_of(case.resource, case.domain_id, period=case.period) == ""


@of(CASES)
def test_what_is_cached_is_what_was_read(case: Case, arranged: Case) -> None:
    """The records that come out of the cache are LINE WORKS's, and can be said in words."""
    read(arranged)
    domain_id = rows(case)[0].domain_id if case.name == "invoice_details" else case.domain_id  # type: ignore[attr-defined]  # a share has one
    cached = case.resource.cached(domain_id)
    assert cached
    assert all(isinstance(record, case.resource.record) for record in cached)
    assert all(record.raw in [row.raw for row in rows(case)] for record in cached)
    assert case.resource.describe(cached)
    assert case.resource.facts(cached)


@of(CASES)
def test_reading_twice_writes_nothing(case: Case, arranged: Case) -> None:
    read(arranged)
    before = versions(case)
    again = read(arranged)
    assert (again.done, again.moved) == (1, 0)
    assert versions(case) == before


@of(CASES)
def test_the_same_records_in_other_words_write_nothing(case: Case, arranged: Case) -> None:
    """Even where the digest does not tell: the rows themselves are compared."""
    read(arranged)
    before = versions(case)
    Reading.objects.update(digest=b"")
    assert read(arranged).moved == 0
    assert versions(case) == before


@of(CHANGING)
def test_a_changed_record_is_taken_over(case: Case, arranged: Case, sandbox: Sandbox) -> None:
    read(arranged)
    before = {row.pk: row.raw for row in rows(case)}
    assert case.change
    case.change(sandbox)
    assert read(case).moved > 0
    assert_rows_say_what_the_vendor_says(case)
    assert before != {row.pk: row.raw for row in rows(case)}
    assert before.keys() <= {row.pk for row in rows(case)}


@of(GOING)
def test_a_vanished_record_is_marked_and_comes_back(case: Case, arranged: Case, sandbox: Sandbox) -> None:
    read(arranged)
    [row] = rows(case)
    assert case.remove
    case.remove(sandbox)
    assert read(case).moved == 1
    assert rows(case) == []
    gone = case.model._default_manager.get(pk=row.pk)
    assert gone.removed_at == gone.changed_at
    assert gone.raw == row.raw
    assert not case.resource.cached(case.domain_id)
    assert case.resource.describe([])

    sandbox.reset()
    if case.arrange:
        case.arrange(sandbox)
    assert read(case).moved == 1
    assert [back.pk for back in rows(case)] == [row.pk]


@of(WITH_CODES)
def test_a_code_never_heard_of_is_kept(case: Case, arranged: Case, sandbox: Sandbox) -> None:
    sandbox.fault(case.resource.operation, "unknown_value")
    assert read(arranged).failed == 0
    assert problem_of(case.resource, case.domain_id, period=case.period) == ""
    assert any("NEVER_HEARD_OF" in repr(row.raw) for row in rows(case))
    if case.name != "invoice_details":
        assert any("NEVER_HEARD_OF" in (getattr(row, column) for column in case.columns) for row in rows(case))
    assert case.resource.describe([case.resource.record.from_vendor(row.raw) for row in rows(case)])


@of(CASES)
def test_a_field_never_heard_of_is_kept(case: Case, arranged: Case, sandbox: Sandbox) -> None:
    sandbox.fault(case.resource.operation, "extra_field")
    assert read(arranged).failed == 0
    assert any(row.raw.get("neverHeardOf") == {"since": "tomorrow"} for row in rows(case))


@of(FRAGILE)
def test_a_malformed_record_costs_only_itself(case: Case, arranged: Case, sandbox: Sandbox) -> None:
    read(arranged)
    before = {row.pk: row.raw for row in rows(case)}
    sandbox.fault(case.resource.operation, "missing_field", count=0)
    read(case)
    assert {row.pk: row.raw for row in rows(case)} == before
    assert not case.model._default_manager.filter(removed_at__isnull=False).exists()
    assert case.needs in problem_of(case.resource, case.domain_id, period=case.period)
    sandbox.clear_faults()
    read(case)
    assert problem_of(case.resource, case.domain_id, period=case.period) == ""
