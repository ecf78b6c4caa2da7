"""Bulk upsert of records into rows: three statements for any number of rows, none for unchanged ones."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.core.validators import EMPTY_VALUES
from django.db import models

from portal.sync.models import VendorRow
from portal.sync.resources import PARTNER, Change

Row = TypeVar("Row", bound=VendorRow)


def merge(
    model: type[Row],
    incoming: Sequence[Row],
    *,
    key: Sequence[str],
    among: Mapping[str, Any],
    complete_for: Collection[int],
    owner: str | None,
    read_at: datetime,
) -> list[Change]:
    """
    Bring rows to what LINE WORKS says now.

    Args:
        model: the cache table.
        incoming: a row for each record that was read; unsaved.
        key: the columns that tell rows apart.
        among: which stored rows the answers speak of, as a filter.
        complete_for: the customers whose answer was complete; only their absent rows are marked gone.
        owner: the column that holds the customer's domainId; None for what belongs to the partner.
        read_at: when LINE WORKS was asked.

    Returns:
        The rows that were added, changed or marked gone.
    """
    stored = {_key(row, key): row for row in model._default_manager.filter(**among)}
    latest = {_key(row, key): row for row in incoming}
    changed = [row for name, row in latest.items() if not _same(stored.get(name), row)]
    for row in changed:
        row.changed_at = read_at
    if changed:
        model._default_manager.bulk_create(
            changed,
            update_conflicts=True,
            unique_fields=list(key),
            update_fields=_columns_besides(model, key),
        )
    gone = [
        row
        for name, row in stored.items()
        if row.removed_at is None and name not in latest and _owner(row, owner) in complete_for
    ]
    if gone:
        pks = [row.pk for row in gone]
        model._default_manager.filter(pk__in=pks).update(removed_at=read_at, changed_at=read_at)
    others = [name for name in key if name != owner]
    return [
        *(_change(stored.get(_key(row, key)), row, owner, others) for row in changed),
        *(Change(_owner(row, owner), _words(row, others), row.raw, None) for row in gone),
    ]


def write_columns(rows: Sequence[models.Model], columns: Sequence[str]) -> None:
    """
    Write some columns of rows that are in their table and locked, each with values of its own, in one statement.

    It is put as an insertion whose every row meets the one that is there. Django's ``bulk_update`` does the same with
    a condition for each row and column, and spends most of a first resync on putting these together.
    """
    if rows:
        type(rows[0])._default_manager.bulk_create(
            rows, update_conflicts=True, unique_fields=["pk"], update_fields=list(columns)
        )


def unfit(row: VendorRow) -> str:
    """
    Return in a sentence what of a row its table would refuse, or nothing when it fits.

    For answers of many records that belong together, such as all shares of an invoice: one that does not fit must not
    cost the others. Asks no database; what a row points to is not looked at.
    """
    for name, may_be_absent, validators in _demands(type(row)):
        value = getattr(row, name)
        if value is None and not may_be_absent:
            return f"{name} is absent"
        if value in EMPTY_VALUES:
            continue
        for validator in validators:
            try:
                validator(value)
            except ValidationError as error:
                return f"{name}: {' '.join(error.messages)}"
    return ""


@cache
def _demands(model: type[VendorRow]) -> Sequence[tuple[str, bool, Sequence[Callable[[Any], None]]]]:
    """Return what the columns of a table ask of their values; gathered once, as invoices have thousands of lines."""
    return [
        (column.name, column.null, column.validators)
        for column in model._meta.concrete_fields
        if not (column.primary_key or column.is_relation or column.name == "changed_at")
        and (column.validators or not column.null)
    ]


def _change(stored: VendorRow | None, row: VendorRow, owner: str | None, others: Sequence[str]) -> Change:
    before = stored.raw if stored is not None and stored.removed_at is None else None
    return Change(_owner(row, owner), _words(row, others), before, row.raw)


def _owner(row: VendorRow, owner: str | None) -> int:
    return PARTNER if owner is None else int(getattr(row, owner))


def _words(row: VendorRow, names: Sequence[str]) -> str:
    return " ".join(str(getattr(row, name)) for name in names)


def _key(row: models.Model, key: Sequence[str]) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in key)


def _same(stored: VendorRow | None, read: VendorRow) -> bool:
    return stored is not None and stored.removed_at is None and stored.raw == read.raw


def _columns_besides(model: type[models.Model], key: Sequence[str]) -> list[str]:
    """Every column that LINE WORKS fills; those named in ``FILLED_BY_PORTAL`` are Partnerdesk's own and stay."""
    kept = {*key, *getattr(model, "FILLED_BY_PORTAL", ())}
    return [
        column.name
        for column in model._meta.concrete_fields
        if not column.primary_key and column.attname not in kept and column.name not in kept
    ]
