"""
Empties the database after a test whose transactions were real, in a tenth of the time that Django takes for it.

Only tables that hold anything are emptied, and what all tests stand on stays: content types and permissions, which
Django would make anew each time.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import TransactionTestCase

KEPT = ("django_migrations", "django_content_type", "auth_permission")
_FILLED = """
    SELECT oid::regclass::text FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    AND pg_relation_size(oid) > 0 AND relname <> ALL (%s)
"""


@pytest.fixture(scope="session", autouse=True)
def _empty_only_what_is_filled() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", _empty)
        yield


def _empty(_test: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_FILLED, [list(KEPT)])
        if filled := [name for (name,) in cursor.fetchall()]:
            cursor.execute(f"TRUNCATE {', '.join(filled)} CASCADE")
