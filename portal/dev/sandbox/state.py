"""
Where the sandbox keeps everything: one SQLite database, in memory or in a file.

Its tables are laid out in `tables.py`.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from .tables import INDEXES, LAYOUT_VERSION, TABLES, TOKENS_TABLE


class StateError(Exception):
    """The state file is of no use to this version; the message says what to do about it."""


class State:
    """The database of one sandbox. Used by one thread; whatever writes does so inside `transaction()`."""

    def __init__(self, path: Path | None) -> None:
        # isolation_level None leaves BEGIN and COMMIT to us: the module's own habit is to begin only before
        # some statements, which would split a change from its ledger row.
        self.db = sqlite3.connect(path or ":memory:", isolation_level=None)
        self.db.execute("PRAGMA journal_mode = WAL")
        # NORMAL with WAL loses nothing when the process is killed, only when the machine is; FULL would cost
        # an fsync for each write.
        self.db.execute("PRAGMA synchronous = NORMAL")
        self.db.execute(TOKENS_TABLE)
        version = self.db.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, LAYOUT_VERSION):
            raise StateError(f"{path} was written by another version of the sandbox. Remove it to start afresh.")
        self.is_fresh = version == 0
        self.skips: Callable[[str, int], bool] = _skip_nothing
        """Whether what an operation (by its id) has scheduled for a customer is passed over today, by a fault."""
        self.loses: Callable[[str, int], bool] = _skip_nothing
        """Whether it vanishes today without any effect, by a fault."""

    def close(self) -> None:
        """Close the database; what was committed stays."""
        self.db.close()

    @contextmanager
    def transaction(self, *, forget: bool = False) -> Iterator[None]:
        """Commit what is done inside, all of it or nothing; with `forget` nothing, without a word."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("ROLLBACK" if forget else "COMMIT")

    @contextmanager
    def fresh_tables(self) -> Iterator[None]:
        """Begin again with empty tables, which the body fills; part of the caller's transaction."""
        for name, create in TABLES.items():
            self.db.execute(f"DROP TABLE IF EXISTS {name}")
            self.db.execute(create)
        yield
        for create in INDEXES:
            self.db.execute(create)
        self.db.execute(f"PRAGMA user_version = {LAYOUT_VERSION}")
        self.is_fresh = False

    def meta(self, name: str) -> str | None:
        """Give a remembered value, or None."""
        row = self.db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def set_meta(self, name: str, value: str) -> None:
        """Remember a value."""
        self.db.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (name, value))

    def add_customers(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Add customers by their API records."""
        rows = ((record["domainId"], to_json(record)) for record in records)
        self.db.executemany("INSERT INTO customers (domain_id, record) VALUES (?, ?)", rows)

    def add_subscription(self, record: Mapping[str, Any]) -> int:
        """Add a subscription by its API record without ids of its own, and give the new subscriptionId."""
        cursor = self.db.execute(
            "INSERT INTO subscriptions (domain_id, record) VALUES (?, ?)", (record["domainId"], to_json(record))
        )
        return _new_id(cursor)

    def add_pre_order(
        self, domain_id: int, product_id: str, plan: str, license_count: int | None, apply_date: date
    ) -> int:
        """Add a pre-order, and give its new preOrderId."""
        cursor = self.db.execute(
            "INSERT INTO pre_orders (domain_id, product_id, plan, license_count, apply_date) VALUES (?, ?, ?, ?, ?)",
            (domain_id, product_id, plan, license_count, apply_date.isoformat()),
        )
        return _new_id(cursor)

    def add_platforms(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add customers' platforms: each row names `domain_id` and the same further columns as the first."""
        rows = iter(rows)
        first = next(rows, None)
        if first is None:
            return
        columns = ", ".join(first)
        values = ", ".join(f":{name}" for name in first)
        query = f"INSERT INTO platforms ({columns}) VALUES ({values})"  # noqa: S608  names of our own
        self.db.executemany(query, chain([first], rows))

    def count(self, table: str) -> int:
        """Count the rows of a table; for the page and the health check, not for calls."""
        if table not in TABLES:
            raise KeyError(table)
        return int(self.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608  checked above

    def record_effect(self, operation: str, domain_id: int | None, what: Mapping[str, object]) -> None:
        """
        Write a ledger row; part of the transaction of the change that it tells of.

        Whatever changed of a customer may change what it is charged for, so the next day meters it anew.
        """
        self.db.execute(
            "INSERT INTO effects (at, business_date, operation, domain_id, what) VALUES (?, ?, ?, ?, ?)",
            (
                datetime.now(UTC).isoformat(timespec="milliseconds"),
                self.meta("business_date"),
                operation,
                domain_id,
                to_json(what),
            ),
        )
        if domain_id is not None:
            self.db.execute("INSERT OR IGNORE INTO unmetered (domain_id) VALUES (?)", (domain_id,))

    def effects(
        self, domain_id: int | None = None, *, operation: str | None = None, after: int = 0
    ) -> list[dict[str, Any]]:
        """Give the ledger, oldest first: of one customer or of all, of one operation or of all, after an id."""
        query = f"{_SELECT_EFFECTS} WHERE id > :after"
        if domain_id is not None:
            query += " AND domain_id = :domain_id"
        if operation is not None:
            query += " AND operation = :operation"
        wanted = {"after": after, "domain_id": domain_id, "operation": operation}
        return [_effect(row) for row in self.db.execute(f"{query} ORDER BY id", wanted)]

    def last_effects(self, limit: int) -> list[dict[str, Any]]:
        """Give the newest ledger rows, newest first."""
        return [_effect(row) for row in self.db.execute(f"{_SELECT_EFFECTS} ORDER BY id DESC LIMIT ?", (limit,))]


_SELECT_EFFECTS = "SELECT id, at, business_date, operation, domain_id, what FROM effects"


def _skip_nothing(_operation: str, _domain_id: int) -> bool:
    return False


def _new_id(cursor: sqlite3.Cursor) -> int:
    if cursor.lastrowid is None:
        raise StateError("the INSERT gave no id")
    return cursor.lastrowid


def _effect(row: tuple[int, str, str, str, int | None, str]) -> dict[str, Any]:
    effect_id, at, business_date, operation, domain_id, what = row
    return {
        "id": effect_id,
        "at": at,
        "businessDate": business_date,
        "operation": operation,
        "domainId": domain_id,
        "what": json.loads(what),
    }


def to_json(record: Mapping[str, Any]) -> str:
    """Write a record as the compact JSON that it is kept as, and sent as."""
    return _ENCODER.encode(record)


# One for all: json.dumps makes a new encoder for each record.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
