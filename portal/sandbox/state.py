"""
Where the sandbox keeps everything: one SQLite database, in memory or in a file.

Customers and subscriptions are kept as the JSON records that the API answers with; the columns beside a
record are generated from it, so the two can't disagree.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

LAYOUT_VERSION = 1

_TABLES = {
    "customers": """
        CREATE TABLE customers (
            domain_id INTEGER PRIMARY KEY,
            record TEXT NOT NULL,
            domain TEXT GENERATED ALWAYS AS (json_extract(record, '$.domain')) VIRTUAL NOT NULL,
            domain_type TEXT GENERATED ALWAYS AS (json_extract(record, '$.domainType')) VIRTUAL NOT NULL,
            company_name TEXT GENERATED ALWAYS AS (json_extract(record, '$.companyName')) VIRTUAL NOT NULL
        )""",
    "subscriptions": """
        CREATE TABLE subscriptions (
            subscription_id INTEGER PRIMARY KEY AUTOINCREMENT,
            domain_id INTEGER NOT NULL,
            record TEXT NOT NULL,
            product_id TEXT GENERATED ALWAYS AS (json_extract(record, '$.productId')) VIRTUAL NOT NULL
        )""",
    "pre_orders": """
        CREATE TABLE pre_orders (
            pre_order_id INTEGER PRIMARY KEY AUTOINCREMENT,
            domain_id INTEGER NOT NULL,
            product_id TEXT NOT NULL,
            plan TEXT NOT NULL,
            license_count INTEGER,
            apply_date TEXT NOT NULL
        )""",
    "effects": """
        CREATE TABLE effects (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at TEXT NOT NULL,
            operation TEXT NOT NULL,
            domain_id INTEGER NOT NULL,
            what TEXT NOT NULL
        )""",
    "meta": "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
}
# Built after the rows of a fresh seed: that is several times quicker than keeping them up to date row by row.
_INDEXES = (
    "CREATE UNIQUE INDEX customers_by_domain ON customers (domain)",
    "CREATE INDEX customers_by_name ON customers (company_name, domain_id)",
    "CREATE INDEX subscriptions_by_customer ON subscriptions (domain_id, subscription_id)",
    "CREATE INDEX pre_orders_by_customer ON pre_orders (domain_id, pre_order_id)",
    "CREATE INDEX pre_orders_by_date ON pre_orders (apply_date, pre_order_id)",
    "CREATE INDEX effects_by_customer ON effects (domain_id, id)",
)
# Tokens outlive a fresh seed: they belong to the application that asked for them.
_TOKENS_TABLE = """
    CREATE TABLE IF NOT EXISTS tokens (
        token_hash BLOB PRIMARY KEY,
        use TEXT NOT NULL CHECK (use IN ('access', 'refresh')),
        scope TEXT NOT NULL,
        expires_at REAL NOT NULL
    ) WITHOUT ROWID"""


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
        self.db.execute(_TOKENS_TABLE)
        version = self.db.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, LAYOUT_VERSION):
            raise StateError(f"{path} was written by another version of the sandbox. Remove it to start afresh.")
        self.is_fresh = version == 0

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
        for name, create in _TABLES.items():
            self.db.execute(f"DROP TABLE IF EXISTS {name}")
            self.db.execute(create)
        yield
        for create in _INDEXES:
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
        rows = ((record["domainId"], _json(record)) for record in records)
        self.db.executemany("INSERT INTO customers (domain_id, record) VALUES (?, ?)", rows)

    def add_subscription(self, record: Mapping[str, Any]) -> int:
        """Add a subscription by its API record without ids of its own, and give the new subscriptionId."""
        cursor = self.db.execute(
            "INSERT INTO subscriptions (domain_id, record) VALUES (?, ?)", (record["domainId"], _json(record))
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

    def count(self, table: str) -> int:
        """Count the rows of a table; for the page and the health check, not for calls."""
        if table not in _TABLES:
            raise KeyError(table)
        return int(self.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608  checked above

    def record_effect(self, operation: str, domain_id: int, what: Mapping[str, object]) -> None:
        """Write a ledger row; part of the transaction of the change that it tells of."""
        self.db.execute(
            "INSERT INTO effects (at, operation, domain_id, what) VALUES (?, ?, ?, ?)",
            (datetime.now(UTC).isoformat(timespec="milliseconds"), operation, domain_id, _json(what)),
        )

    def effects(self, domain_id: int | None = None) -> list[dict[str, Any]]:
        """Give the ledger, oldest first, of one customer or of all."""
        if domain_id is None:
            rows = self.db.execute("SELECT id, at, operation, domain_id, what FROM effects ORDER BY id")
        else:
            rows = self.db.execute(
                "SELECT id, at, operation, domain_id, what FROM effects WHERE domain_id = ? ORDER BY id",
                (domain_id,),
            )
        return [_effect(row) for row in rows]

    def last_effects(self, limit: int) -> list[dict[str, Any]]:
        """Give the newest ledger rows, newest first."""
        query = "SELECT id, at, operation, domain_id, what FROM effects ORDER BY id DESC LIMIT ?"
        return [_effect(row) for row in self.db.execute(query, (limit,))]


def _new_id(cursor: sqlite3.Cursor) -> int:
    if cursor.lastrowid is None:
        raise StateError("the INSERT gave no id")
    return cursor.lastrowid


def _effect(row: tuple[int, str, str, int, str]) -> dict[str, Any]:
    effect_id, at, operation, domain_id, what = row
    return {
        "id": effect_id,
        "at": at,
        "operation": operation,
        "domainId": domain_id,
        "what": json.loads(what),
    }


def _json(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))
