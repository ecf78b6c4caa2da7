"""Count rows for the tabs of lists, the badges of the navigation and pages: several queries in one statement."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

Rows = QuerySet[Any]


@dataclass(frozen=True)
class Prepared:
    """What counts rows, in SQL: made once, as putting a query together may cost more than its answer."""

    sql: str
    values: tuple[Any, ...]


# Rows of one query, or those of several together.
Counted: TypeAlias = Rows | Sequence[Rows] | Prepared

# So long what was counted of a large list is kept, and so many counts, by each process.
KEPT_SECONDS = 60.0
MOST_KEPT = 2_000

_kept: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()
_prepared: OrderedDict[Hashable, Prepared] = OrderedDict()


def count_all(parts: Sequence[Counted]) -> list[int]:
    """Return how many rows each part has, in one query; those that a slice leaves out are not counted."""
    return _counted([_statement(part) for part in parts])


def count_lately(parts: Sequence[Counted], *, large: int) -> list[int]:
    """
    Return the same; the counts of a large list may be a minute old.

    A page of 50 rows costs the same however many rows there are, but no count of them does.

    Args:
        parts: what is counted.
        large: the list is large if any of its parts has more rows.
    """
    statements = [_statement(part) for part in parts]
    keys = [(each.sql, repr(each.values)) for each in statements]
    found = {key: number for key in keys if (number := recall(key)) is not None}
    missing = {key: statement for key, statement in zip(keys, statements, strict=True) if key not in found}
    found |= dict(zip(missing, _counted(list(missing.values())), strict=True))
    if any(number > large for number in found.values()):
        for key in missing:
            keep(key, found[key])
    return [found[key] for key in keys]


def prepared(key: Hashable, part: Callable[[], Counted]) -> Prepared:
    """
    Return what counts a part, as it was made before for the same key.

    Args:
        key: all that the query depends on.
        part: returns what is counted.
    """
    made = _remembered(key, lambda: _statement(part()))
    # What is left to fill in is nothing, which a sign of per cent must survive.
    return Prepared(made.sql.replace("%", "%%"), ())


def answered(key: Hashable, query: Callable[[], Rows]) -> list[tuple[Any, ...]]:
    """
    Return the rows of a query, asked by the statement that was made before for the same key.

    Args:
        key: all that the query depends on.
        query: returns it; of values, in their order.
    """
    statement = _remembered(key, lambda: Prepared(*query().query.sql_with_params()))
    with connection.cursor() as cursor:
        cursor.execute(statement.sql)
        return list(cursor.fetchall())


def composed(sql: str, values: Sequence[Any]) -> str:
    """Return a statement with its values in their places, as the driver puts them there."""
    with connection.cursor() as cursor:
        return str(cursor.mogrify(sql, values))


def recall(key: Hashable) -> Any:
    """Return what was kept under a key within the last minute; None if nothing was."""
    moment, value = _kept.get(key, (0.0, None))
    return value if moment > time.monotonic() - KEPT_SECONDS else None


def keep(key: Hashable, value: Any) -> None:
    """Keep for a minute what costs much to count again."""
    _kept.pop(key, None)
    _kept[key] = time.monotonic(), value
    while len(_kept) > MOST_KEPT:
        _kept.popitem(last=False)


def forget() -> None:
    """Forget all counts, for tests."""
    _kept.clear()
    _prepared.clear()


def _remembered(key: Hashable, statement: Callable[[], Prepared]) -> Prepared:
    """Return a statement with its values in it, as it was made before for the same key."""
    found = _prepared.get(key)
    if found is None:
        made = statement()
        found = _prepared[key] = Prepared(composed(made.sql, made.values), ())
        while len(_prepared) > MOST_KEPT:
            _prepared.popitem(last=False)
    return found


def _counted(statements: Sequence[Prepared]) -> list[int]:
    if not statements:
        return []
    with connection.cursor() as cursor:
        values = [value for each in statements for value in each.values]
        cursor.execute(f"SELECT {', '.join(each.sql for each in statements)}", values)
        return list(cursor.fetchone())


def _statement(part: Counted) -> Prepared:
    """Return what counts a part; queries of Django, whose values come apart."""
    if isinstance(part, Prepared):
        return part
    numbers: list[str] = []
    params: list[Any] = []
    for rows in [part] if isinstance(part, QuerySet) else part:
        wanted = rows if rows.query.is_sliced else rows.order_by()
        try:
            sql, values = wanted.values("pk").query.sql_with_params()
        except EmptyResultSet:
            continue
        numbers.append(f"(SELECT count(*) FROM ({sql}) part)")  # noqa: S608  as said above
        params += values
    return Prepared(" + ".join(numbers) or "0", tuple(params))
