"""
What the tables that grow by the day take a year with 5,000 customers, and how fast pruning deletes it.

Last month's metering of some customers is read from the sandbox: it tells how many rows there are a customer and day,
and what they hold. SQL copies the last of these days to every day of some years, so that tables and indexes get the
shape and the order that years of nights give them. What the sample takes is multiplied to 5,000 customers: a row takes
the same room however many others there are.

How often contracts change cannot be measured here. It is assumed: each customer has 25 records (itself, its status,
contracts, renewals, options, what is scheduled) that change four times a year each, most of all the ends of monthly
contracts and the number of members.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Model

from billing.models import CustomerUsage
from billing.sync.usages import USAGES
from customers.models import Customer
from options.models import OptionUsage
from options.sync.usages import OPTION_USAGES
from portal.core.clock import business_today, now
from portal.sync import pruning
from portal.sync.calendar import months_until
from portal.sync.models import DetectedChange, Pruning, VendorRow
from portal.sync.resources import Resource, Target
from portal.sync.store import keep
from portal.vendor.connection import api as vendor
from portal.vendor.ratelimit import Priority
from subscriptions.models import Subscription
from tests.bench import book
from tests.bench.figures import Figure
from tests.bench.ground import CUSTOMERS, Ground

METERED: Mapping[type[VendorRow], Resource] = {CustomerUsage: USAGES, OptionUsage: OPTION_USAGES}
SAMPLE = 200
YEAR = 365
RECORDS, CHANGES_A_YEAR = 25, 4
# Beyond what is kept, so that there is something to prune.
TOO_OLD_DAYS = 30
MiB, GiB = 1024**2, 1024**3
# Within these, tables need no partitions: all of them fit into memory, and nobody notices the night's deletion.
MOST_GIB_KEPT = 8
MOST_SECONDS_A_NIGHT = 60.0


def measure(_ground: Ground) -> list[Figure]:
    """Measure it."""
    book.fill()
    with _emptied():
        rows_a_day = {table: _read_sample(table) for table in METERED}
        for table in METERED:
            _copy_metering(table, settings.METERING_KEPT_DAYS + TOO_OLD_DAYS)
        _make_changes(settings.DETECTED_CHANGES_KEPT_DAYS + YEAR)
        book.analyze()
        rows_a_year: dict[type[Model], float] = {table: rows * CUSTOMERS * YEAR for table, rows in rows_a_day.items()}
        rows_a_year[DetectedChange] = RECORDS * CHANGES_A_YEAR * CUSTOMERS
        figures = [
            *(_growth(table, rows_a_year[table], settings.METERING_KEPT_DAYS) for table in METERED),
            _growth(DetectedChange, rows_a_year[DetectedChange], settings.DETECTED_CHANGES_KEPT_DAYS),
            _left_out(sum(rows_a_year[table] for table in METERED)),
        ]
        return [*figures, _pruning(sum(rows_a_year.values()) / YEAR)]


@contextmanager
def _emptied() -> Iterator[None]:
    """Begin and end with empty tables: other parts measure other things."""
    models: Sequence[type[Model]] = [*METERED, DetectedChange, Pruning]
    names = ", ".join(model._meta.db_table for model in models)
    try:
        _run(f"TRUNCATE {names}")
        yield
    finally:
        _run(f"TRUNCATE {names}")


def _read_sample(table: type[VendorRow]) -> float:
    """Read last month of the sample as a sync does, keep its last day; return the rows a customer and day."""
    resource, api = METERED[table], vendor.partner_api(Priority.PEOPLE)
    period = months_until(business_today(), 2)[1]
    numbers = _sample()
    answers = {pk: replace(resource.read(api, Target(pk, period)), period=period) for pk in numbers}
    keep(resource, answers, read_at=now())
    latest = f"SELECT max(used_date) FROM {table._meta.db_table}"  # noqa: S608  a name of our own
    _run(f"DELETE FROM {table._meta.db_table} WHERE used_date < ({latest})")  # noqa: S608  a name of our own
    return table._default_manager.count() / len(numbers)


def _sample() -> Sequence[int]:
    numbers = list(Customer.objects.current().order_by("pk").values_list("pk", flat=True))
    return numbers[:: len(numbers) // SAMPLE][:SAMPLE]


def _copy_metering(table: type[VendorRow], days: int) -> None:
    """Copy the one day that is there to so many days up to today, night by night."""
    name = table._meta.db_table
    columns = [column.attname for column in table._meta.concrete_fields if not column.primary_key]
    copied = {
        "month": "date_trunc('month', night)::date",
        "used_date": "night::date",
        "raw": "jsonb_set(seed.raw, '{usedDate}', to_jsonb(night::date::text))",
    }
    _run(f"CREATE TEMPORARY TABLE seed AS SELECT * FROM {name}")  # noqa: S608  a name of our own
    _run(f"TRUNCATE {name}")
    _run(
        f"""
        INSERT INTO {name} ({", ".join(columns)})
        SELECT {", ".join(copied.get(column, f"seed.{column}") for column in columns)}
        FROM generate_series(%s::date, %s::date, interval '1 day') AS night, seed
        ORDER BY night, seed.customer_id
        """,  # noqa: S608  names of our own
        [business_today() - timedelta(days=days), business_today()],
    )
    _run("DROP TABLE seed")


def _make_changes(days: int) -> None:
    """Make changes of the sample's records over so many days, in the order of their times."""
    raw = Subscription.objects.values_list("raw", flat=True)[0]
    step = YEAR / CHANGES_A_YEAR
    _run(
        """
        INSERT INTO sync_detectedchange
            (domain_id, resource, period, key, before, after, read_before_at, read_at, read_on, found_at, cause)
        SELECT domain_id, 'subscriptions', '', (domain_id * 100 + record)::text, raw, raw,
            moment - interval '1 hour', moment, moment::date, moment, 'due'
        FROM (
            SELECT domain_id, record, %s::jsonb AS raw, turn + random() * %s * interval '1 day' AS moment
            FROM unnest(%s::bigint[]) AS domain_id, generate_series(1, %s) AS record,
                generate_series(%s, %s, %s * interval '1 day') AS turn
        ) AS made_up
        ORDER BY made_up.moment
        """,
        [json.dumps(raw), step, _sample(), RECORDS,
         now() - timedelta(days=days), now() - timedelta(days=step), step],
    )  # fmt: skip


def _growth(table: type[Model], rows: float, days_kept: int) -> Figure:
    """Say what a year's rows of a table take with 5,000 customers, and what is there once pruning has begun."""
    a_row = _bytes_a_row(table._meta.db_table)
    kept = rows * a_row * days_kept / YEAR / GiB
    return Figure(
        f"{table.__name__}: rows and bytes a year, {CUSTOMERS:,} customers",
        f"≤ {MOST_GIB_KEPT} GiB in the {days_kept:,} days kept",
        f"{rows:,.0f} rows, {rows * a_row / MiB:,.0f} MiB ({a_row:.0f} bytes a row with indexes); {kept:.1f} GiB kept",
        kept <= MOST_GIB_KEPT,
    )


def _left_out(rows: float) -> Figure:
    """Say what detected changes would take besides, were each day of metering one."""
    copy = "bench_growth"
    try:
        _run(f"CREATE TABLE {copy} (LIKE sync_detectedchange INCLUDING ALL)")
        _run(
            f"""
            INSERT INTO {copy}
                (domain_id, resource, period, key, after, read_before_at, read_at, read_on, found_at, cause)
            SELECT customer_id, 'usages', to_char(month, 'YYYY-MM'),
                concat_ws(' ', used_date, product_group_id, product_id, plan), raw,
                used_date - 1, used_date, used_date, used_date, 'due'
            FROM billing_customerusage ORDER BY used_date
            """  # noqa: S608  a name of our own
        )
        a_row = _bytes_a_row(copy)
    finally:
        _run(f"DROP TABLE IF EXISTS {copy}")
    return Figure(
        "DetectedChange: what each day of metering would add a year, were it a change",
        "0 rows",
        f"0 rows; it would be {rows:,.0f} rows, {rows * a_row / MiB:,.0f} MiB ({a_row:.0f} bytes a row)",
        not DetectedChange.objects.filter(resource__in=[resource.name for resource in METERED.values()]).exists(),
    )


def _bytes_a_row(name: str) -> float:
    [(size, rows)] = _run(f"SELECT pg_total_relation_size(%s), count(*) FROM {name}", [name])  # noqa: S608  our own
    return float(size / rows)


def _pruning(rows_a_night: float) -> Figure:
    """Time the deletion of what is too old, and a night that finds nothing."""
    began = time.perf_counter()
    rows = sum(table.rows for table in pruning.prune())
    seconds = time.perf_counter() - began
    began = time.perf_counter()
    again = sum(table.rows for table in pruning.prune())
    idle = time.perf_counter() - began
    if not rows or again:
        raise RuntimeError(f"{rows} rows were pruned, and {again} when there was nothing left")
    a_night = rows_a_night * seconds / rows + idle * CUSTOMERS / SAMPLE
    return Figure(
        f"Pruning a night's rows, {CUSTOMERS:,} customers",
        f"≤ {MOST_SECONDS_A_NIGHT:.0f} s",
        f"{a_night:.1f} s for {rows_a_night:,.0f} rows ({rows / seconds:,.0f} rows a second, of {rows:,} in the "
        f"sample; to find that nothing is left took {idle:.2f} s for {SAMPLE} customers)",
        a_night <= MOST_SECONDS_A_NIGHT,
    )


def _run(statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []
