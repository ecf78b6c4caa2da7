"""All that the cache holds, as plain values, for laying two moments or two databases side by side."""

import json
from typing import Any, Protocol

from django.apps import apps
from django.db import models

from portal.sync.models import VendorRow

Json = dict[str, Any]


class Cursor(Protocol):
    """What Django's cursors and psycopg's have in common."""

    def execute(self, query: str) -> object: ...

    def fetchall(self) -> list[tuple[Any, ...]]: ...


def cache_tables() -> list[type[VendorRow]]:
    """Return the model of every cache table."""
    tables = [model for model in apps.get_models() if issubclass(model, VendorRow)]
    return sorted(tables, key=lambda model: model._meta.db_table)


def cached_rows(cursor: Cursor) -> dict[str, list[Json]]:
    """
    Return every row of every cache table, raw and columns, in an order of its own.

    What depends on the moment of a reading stays out: numbers that the database gave, and times. Whether a row is gone
    stays in, and a row that belongs to another one names it by its contents.
    """
    found = {model: _by_pk(cursor, model) for model in cache_tables()}
    return {
        model._meta.db_table: sorted((_plain(row, model, found) for row in rows.values()), key=repr)
        for model, rows in found.items()
    }


def readings(cursor: Cursor) -> list[tuple[Any, ...]]:
    """Return what is noted of each reading, but for times."""
    cursor.execute(
        "SELECT domain_id, resource, period, read_at IS NOT NULL, problem, next_event, last_event, is_current "
        "FROM sync_reading ORDER BY 1, 2, 3"
    )
    return cursor.fetchall()


def observations(cursor: Cursor) -> list[tuple[Any, ...]]:
    """Return what readings found changed, but for times, in an order of its own; the same twice stands there twice."""
    cursor.execute(
        "SELECT domain_id, resource, period, key, cause, before::text, after::text FROM sync_detectedchange "
        "ORDER BY 1, 2, 3, 4, 5, 6, 7"
    )
    return cursor.fetchall()


def _by_pk(cursor: Cursor, model: type[VendorRow]) -> dict[Any, Json]:
    table, pk = model._meta.db_table, model._meta.pk.column
    cursor.execute(f'SELECT "{pk}", to_jsonb(t)::text FROM "{table}" t')  # noqa: S608  a table of Partnerdesk's own
    return {key: json.loads(row) for key, row in cursor.fetchall()}


def _plain(row: Json, model: type[VendorRow], found: dict[type[VendorRow], dict[Any, Json]]) -> Json:
    plain = row | {"removed_at": row["removed_at"] is not None}
    for column in model._meta.concrete_fields:
        owner = column.related_model
        if isinstance(column, models.AutoField) or column.name == "changed_at":
            del plain[column.attname]
        elif isinstance(owner, type) and issubclass(owner, VendorRow) and isinstance(owner._meta.pk, models.AutoField):
            plain[column.attname] = found[owner][row[column.attname]]["raw"]
    return plain
