"""
Compare snapshots fact by fact: before, as requested, as verified.

A projection names what in it is an assumption (``Assumed``) and is shown as estimated. If the effect was verified and
only such a value differs, the assumption was wrong, and nothing else changed the record.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from typing import Any

from django.utils.translation import gettext as _

from portal.operations.snapshots import Assumed, Details, Snapshot
from portal.sync.resources import RESOURCES, Line
from portal.vendor.client import Record

SOME_DAY = date(2000, 1, 1).isoformat()
Lines = Mapping[str, Line]
Raw = Mapping[str, Any]
Change = Callable[[Raw], dict[str, Any]]


@dataclass(frozen=True)
class Evidence:
    """
    One fact, laid side by side.

    Args:
        key: the same for the same fact in every language.
        label: what it is about.
        before: as it was.
        expected: as it should be afterwards.
        after: as it was read back; empty while nothing was.
        as_read: ``expected`` with what is assumed in it as it was read; empty while the effect was not seen.
        is_estimated: whether ``expected`` rests on an assumption.
    """

    key: str
    label: str
    before: str
    expected: str
    after: str
    as_read: str = ""
    is_estimated: bool = False

    @property
    def changes(self) -> bool:
        """Whether the operation is meant to change it."""
        return self.before != self.expected

    @property
    def finding(self) -> str:
        """What the reading says about it, by a name of ``portal.operations.display.FINDINGS``."""
        if not self.after:
            return ""
        if self.after == self.expected:
            return "as expected" if self.changes else "same"
        if self.after == self.as_read:
            return "not as assumed"
        return "as before" if self.after == self.before else "moved"


def side_by_side(
    before: Snapshot, expected: Snapshot, after: Snapshot | None, say: Details, *, was_seen: bool
) -> list[Evidence]:
    """
    Lay readings side by side; what is to change comes first, for it is what people confirm.

    Args:
        before: as they were.
        expected: as they should be.
        after: as they were read back; None while nothing was.
        say: how some resources are said in detail.
        was_seen: whether the readings show the effect, so that what differs in an assumed value is the assumption's.
    """
    if after is not None:
        expected = _with_numbers(before, expected, after)
    columns = [_lines(each, say) for each in (before, expected, after) if each is not None]
    as_read = _lines(_as_read(expected, after), say) if after is not None and was_seen else {}
    otherwise = _lines(_otherwise(before, expected), say)
    keys = list(dict.fromkeys(key for column in columns for key in column))
    rows = []
    for key in keys:
        row = _evidence(key, [column.get(key) for column in columns])
        if row:
            is_estimated = _text(otherwise, key) != _text(columns[1], key)
            rows.append(replace(row, is_estimated=is_estimated, as_read=_text(as_read, key) if as_read else ""))
    return sorted(rows, key=lambda row: not row.changes)


def _lines(readings: Snapshot, say: Details) -> Lines:
    return {line.key: line for line in readings.lines(say)}


def _text(lines: Lines, key: str) -> str:
    return lines[key].text if key in lines else _("None")


def _evidence(key: str, lines: list[Line | None]) -> Evidence | None:
    """Return a row, or none where there was nothing, is nothing and was to be nothing."""
    absent = _("None")
    texts = [line.text if line else absent for line in lines]
    if None in lines and set(texts) == {absent}:
        return None
    label = next(line.label for line in lines if line)
    before, expected, *after = texts
    return Evidence(key, label, before, expected, after[0] if after else "")


def _with_numbers(before: Snapshot, expected: Snapshot, after: Snapshot) -> Snapshot:
    """Return what should be with the numbers that LINE WORKS gave to what was only planned, so that it shows once."""
    for name, planned in expected.by_resource.items():
        key = RESOURCES[name].key
        if not key or name not in after.by_resource:
            continue
        earlier, present = (_numbers(each, name) for each in (before, after))
        known = earlier | {record.raw.get(key) for record in planned}
        new = [record for record in after.by_resource[name] if record.raw.get(key) not in known]
        for record in planned:
            number = record.raw.get(key)
            if number in earlier or number in present or not new:
                continue
            match = max(new, key=lambda each: _in_common(each, record))
            new.remove(match)
            expected = _renumbered(expected, name, number, match.raw[key])
    return expected


def _numbers(readings: Snapshot, name: str) -> set[Any]:
    return {record.raw.get(RESOURCES[name].key) for record in readings.by_resource.get(name, ())}


def _in_common(one: Record, other: Record) -> int:
    return sum(one.raw.get(name) == value for name, value in other.raw.items())


def _renumbered(readings: Snapshot, name: str, old: Any, new: Any) -> Snapshot:
    key = RESOURCES[name].key

    def with_number(raw: Raw) -> dict[str, Any]:
        inner = {field: with_number(value) if isinstance(value, dict) else value for field, value in raw.items()}
        return inner | ({key: new} if raw.get(key) == old else {})

    changed = _changed(readings, name, old, with_number)
    assumed = tuple(
        replace(each, key=new) if (each.resource, each.key) == (name, old) else each for each in readings.assumed
    )
    return replace(changed, assumed=assumed)


def _as_read(expected: Snapshot, after: Snapshot) -> Snapshot:
    """Return what should be, with all that is assumed in it as it was read."""
    for assumed in expected.assumed:
        found = after.by_resource.get(assumed.resource, ())
        if assumed.key is None:
            expected = expected.with_records(RESOURCES[assumed.resource], found)
            continue
        key = RESOURCES[assumed.resource].key
        for record in found:
            if record.raw.get(key) == assumed.key:
                change = _as_found(record.raw, assumed.fields)
                expected = _changed(expected, assumed.resource, assumed.key, change)
    return expected


def _otherwise(before: Snapshot, expected: Snapshot) -> Snapshot:
    """Return what should be with other values for all that is assumed in it: what then reads otherwise is estimated."""
    for assumed in expected.assumed:
        if assumed.key is None:
            earlier = before.by_resource.get(assumed.resource, ())
            expected = expected.with_records(RESOURCES[assumed.resource], earlier)
        else:
            expected = _changed(expected, assumed.resource, assumed.key, _guessed_otherwise(assumed))
    return expected


def _as_found(found: Raw, fields: Sequence[str]) -> Change:
    return lambda raw: reduce(lambda changed, field: _with(changed, field, _of(found, field)), fields, dict(raw))


def _guessed_otherwise(assumed: Assumed) -> Change:
    return lambda raw: reduce(
        lambda changed, field: _with(changed, field, _another(_of(raw, field))), assumed.fields, dict(raw)
    )


def _of(raw: Raw, field: str) -> Any:
    """Return a value of a record; the names of one within another have a dot between them."""
    first, _dot, rest = field.partition(".")
    return _of(raw.get(first) or {}, rest) if rest else raw.get(first)


def _with(raw: Raw, field: str, value: Any) -> dict[str, Any]:
    first, _dot, rest = field.partition(".")
    return {**raw, first: _with(raw.get(first) or {}, rest, value) if rest else value}


def _another(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str() if value[:4].isdigit() and value[4:5] == "-":
            return SOME_DAY + value[len(SOME_DAY) :]
        case str():
            return f"{value}?"
        case _:
            return None


def _changed(readings: Snapshot, name: str, number: Any, change: Change) -> Snapshot:
    resource = RESOURCES[name]
    return readings.with_records(
        resource,
        [
            resource.record.from_vendor(change(record.raw)) if record.raw.get(resource.key) == number else record
            for record in readings.by_resource.get(name, ())
        ],
    )
