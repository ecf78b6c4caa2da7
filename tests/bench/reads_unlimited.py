"""
What Partnerdesk itself costs when it reads: a vendor that takes any number of calls, so that nothing but processors and
disk bounds a resync.

The same customers are read by the straightforward script, by a first resync, during which PostgreSQL writes down every
statement, and by a second one that finds nothing changed. There are so many of them that a resync fills whole batches:
what it does once, or every few seconds, is spread over all. The database is as safe on disk as that of `make run`.
Sandbox, PostgreSQL, Redis and workers share the machine's cores.
"""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.backends.utils import CursorWrapper

from portal.sync.models import VendorRow
from tests.bench import plain_script
from tests.bench.figures import Figure
from tests.bench.ground import DATABASE, Ground
from tests.bench.resyncs import CountingSandbox, Pace, Workers, emptied, rows, vendor, without_limit

CUSTOMERS = 600
PROCESSES = 2
PACE = Pace(limit=0, window=1)
LEAST_FASTER = 3.0
MOST_STATEMENTS = 3.0
LEAST_CHEAPER = 2.0
_STATEMENT = re.compile(r"^.*? LOG:  (?:statement|execute [^:]*): (\w+)", re.MULTILINE)
_AROUND = frozenset({"BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET"})
Versions = dict[str, str]


def measure(given: Ground) -> list[Figure]:
    """Measure it."""
    with vendor(CUSTOMERS, PACE) as sandbox:
        with emptied(settings.REDIS_URL):
            began = time.perf_counter()
            customers = plain_script.run(sandbox)
            script = time.perf_counter() - began
            expected = rows(plain_script.TABLES)
        with emptied(settings.REDIS_URL):
            with _noting_statements(given) as noted, _working(given, sandbox, PROCESSES) as workers:
                first = workers.resync()
                statements = noted()
            if rows(plain_script.TABLES) != expected:
                raise RuntimeError(f"the script brought {expected}, the resync {rows(plain_script.TABLES)}")
            # Other workers, so that the first ones have told PostgreSQL all that they did.
            versions, updates = _versions(), _updates()
            with _working(given, sandbox, PROCESSES) as workers:
                second = workers.resync()
            rewritten = [table for table, version in _versions().items() if version != versions[table]]
            written = {table: count - updates.get(table, 0) for table, count in _updates().items()}
    around = sum(statements[word] for word in _AROUND)
    beside = statements.total() - around
    faster = script / first.seconds
    cheaper = first.processor / second.processor
    written = {table: count for table, count in written.items() if count}
    return [
        Figure(
            f"Limits off: a first resync of {customers} customers against a straightforward script, same data",
            f"≥ {LEAST_FASTER:.0f}×",
            f"{faster:.1f}× ({customers / first.seconds:.1f} customers/s with {PROCESSES} worker processes against "
            f"{customers / script:.1f}; {sum(expected.values()):,} rows, {first.calls.total():,} calls)",
            faster >= LEAST_FASTER,
        ),
        Figure(
            f"Database statements a customer, first resync of {customers}, limits off, amortised",
            f"≤ {MOST_STATEMENTS:.0f}",
            f"{beside / customers:.1f}, and {around / customers:.1f} that begin and end transactions",
            beside / customers <= MOST_STATEMENTS,
        ),
        Figure(
            "A second resync with nothing changed writes",
            "no row but the time of reading",
            f"{', '.join(rewritten) or 'no cached row'}; {written}",
            not rewritten,
        ),
        Figure(
            "Its processor time in the workers against the first one's",
            f"≤ 1/{LEAST_CHEAPER:.0f}",
            f"1/{cheaper:.1f} ({second.processor:.1f} s against {first.processor:.1f} s; {second.seconds:.1f} s "
            f"against {first.seconds:.1f} s by the clock)",
            cheaper >= LEAST_CHEAPER,
        ),
    ]


@contextmanager
def _working(given: Ground, sandbox: CountingSandbox, count: int) -> Iterator[Workers]:
    without_limit(settings.REDIS_URL)
    with Workers(given, sandbox, count, PACE) as workers:
        yield workers


def _versions() -> Versions:
    """Return for each cache table what changes with every version of a row that is written."""
    tables = [model._meta.db_table for model in apps.get_models() if issubclass(model, VendorRow)]
    with connection.cursor() as cursor:
        return {table: _text(cursor, table) for table in tables}


def _text(cursor: CursorWrapper, table: str) -> str:
    version = "md5(string_agg(ctid::text || ' ' || xmin::text, ',' ORDER BY ctid))"
    cursor.execute(f'SELECT {version} FROM "{table}"')  # noqa: S608  our tables
    return str((cursor.fetchone() or ("",))[0])


def _updates() -> dict[str, int]:
    """Return how many rows of each table were written over so far, as PostgreSQL counts them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, n_tup_upd FROM pg_stat_user_tables WHERE n_tup_upd > 0 ORDER BY relname")
        return dict(cursor.fetchall())


@contextmanager
def _noting_statements(given: Ground) -> Iterator[Callable[[], Counter[str]]]:
    """
    Have PostgreSQL write down each statement of sessions that begin from here on.

    Gives what answers how many there were by their first word.
    """
    log = given.folder / "log" / "postgres.log"
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {DATABASE} SET log_statement = 'all'")
    before = log.stat().st_size
    try:
        yield lambda: Counter(_STATEMENT.findall(log.read_bytes()[before:].decode(errors="replace")))
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE {DATABASE} RESET log_statement")
