"""
Billing: the page of an invoice of 5,000 customers and 40,000 settlement items, its file, and 36 months stored.

The rows are made up by the database itself; their sums are those that a sync writes.
"""

import resource
import time
from collections.abc import Callable, Iterator
from datetime import date
from statistics import median
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing.models import InvoiceDetail
from billing.months import billed_in, in_address, shifted
from billing.sync.sums import compare_months, sum_up_details, sum_up_month
from tests.bench import ground, people
from tests.bench.figures import Figure
from tests.bench.ground import Ground

CUSTOMERS, ITEMS_OF_A_CUSTOMER = 5_000, 8
FEW_MONTHS, MANY_MONTHS = 3, 36
LAST = date(2026, 10, 1)
ROUNDS = 9
MOST_SECONDS, MOST_QUERIES, MOST_RATIO = 0.1, 10, 1.3
MOST_SECONDS_OF_A_FILE, MOST_GROWTH = 10, 32 * 1024 * 1024

CLEAR = "TRUNCATE billing_settlementitem, billing_invoicedetail, billing_invoice, billing_itemtotal"
MONTH = f"""
INSERT INTO billing_invoice (year, invoice_no, invoice_year, invoice_month, partner_name, used_amount, total_amount,
    payment_status, raw, changed_at)
  SELECT %(year)s, %(number)s, %(year)s, %(month)s, '', 1, 1, 'PAID', '{{}}', now();
INSERT INTO billing_invoicedetail (month, domain_id, domain, customer_name, customer_code, item_count, odd_items,
    lead_item, lead_plan, raw, changed_at)
  SELECT %(first)s, n, 'd' || n || '.example.jp', md5(n::text) || '株式会社', 'C-' || n, 0, 0, '', '', '{{}}', now()
  FROM generate_series(1, {CUSTOMERS}) n;
INSERT INTO billing_settlementitem (detail_id, place, subscription_id, item_type, start_date, end_date, item_id,
    sub_item_id, plan, license_count, member_count, status, amount, raw, changed_at)
  SELECT id, n, domain_id,
    (ARRAY['PRODUCT', 'OPTION_PRODUCT', 'OPTION_PRODUCT', 'ADJUSTMENT', 'PENALTY', 'OPTION_PLUS', 'PRODUCT',
      'SUMMARY'])[n + 1],
    %(first)s, %(first)s, (ARRAY['STD', 'ACV2', 'SSTG2', '', 'STD', '', 'ADV', ''])[n + 1], '',
    (ARRAY['ANNUAL_LICENSE', 'MONTHLY'])[1 + domain_id %% 2], 9, 8, 'ACTIVE', domain_id * 10 + n,
    jsonb_build_object('itemType', 'PRODUCT', 'amount', domain_id * 10 + n), now()
  FROM billing_invoicedetail, generate_series(0, {ITEMS_OF_A_CUSTOMER} - 1) n WHERE month = %(first)s;
"""  # noqa: S608  numbers of ours


def measure(_ground: Ground) -> list[Figure]:
    """Measure it."""
    with connection.cursor() as cursor:
        cursor.execute(CLEAR)
    fill(range(FEW_MONTHS))
    ground.collect_files()
    browser = people.finance_browser()
    page = f"/billing/invoices/{in_address(billed_in(LAST))}/"
    paths = {"the page": page, "its slowest order": f"{page}?sort=-growth", "a filter": f"{page}?q=99"}
    few = {name: seconds(browser, path) for name, path in paths.items()}
    with CaptureQueriesContext(connection) as made:
        browser.get(page)
    queries = sum("billing_" in query["sql"] or "sync_reading" in query["sql"] for query in made.captured_queries)
    files = [_file(browser, f"{page}?export=xlsx&of=items")]
    fill(range(FEW_MONTHS, MANY_MONTHS))
    many = {name: seconds(browser, path) for name, path in paths.items()}
    worst = max(paths, key=lambda name: many[name] / few[name])
    items = CUSTOMERS * ITEMS_OF_A_CUSTOMER
    return [
        Figure(
            f"Page of an invoice of {CUSTOMERS:,} customers and {items:,} items",
            f"≤ {MOST_SECONDS * 1000:.0f} ms, ≤ {MOST_QUERIES} queries of its own",
            f"{few['the page'] * 1000:.0f} ms, {queries} queries; " + ", ".join(
                f"{name} {few[name] * 1000:.0f} ms" for name in list(paths)[1:]
            ),
            few["the page"] <= MOST_SECONDS and queries <= MOST_QUERIES,
        ),
        *files,
        Figure(
            f"The same with {MANY_MONTHS} months stored beside {FEW_MONTHS}",
            f"≤ {MOST_RATIO} ×",
            f"{many[worst] / few[worst]:.2f} × ({worst}: {many[worst] * 1000:.0f} ms)",
            many[worst] <= few[worst] * MOST_RATIO,
        ),
    ]  # fmt: skip


def fill(months: range) -> None:
    """Make up the rows of some months, counted back from the last."""
    for number in months:
        month = shifted(LAST, -number)
        with connection.cursor() as cursor:
            cursor.execute(MONTH, {"first": month, "year": month.year, "month": month.month, "number": number + 1})
        sum_up_details(list(InvoiceDetail.objects.filter(month=month)))
        sum_up_month(month)
        compare_months(month)
    with connection.cursor() as cursor:
        # The server does this by itself, some minutes later.
        cursor.execute("VACUUM ANALYZE billing_settlementitem, billing_invoicedetail, billing_itemtotal")


def seconds(browser: Client, path: str) -> float:
    """Return how long a page takes, in the middle of some rounds."""
    return median(list(_times(lambda: browser.get(path).status_code == 200)))


def _times(found: Callable[[], bool]) -> Iterator[float]:
    for _round in range(ROUNDS):
        began = time.perf_counter()
        if not found():
            raise RuntimeError("no such page")
        yield time.perf_counter() - began


def _file(browser: Client, path: str) -> Figure:
    """The process's own peak only grows: few rows first, then all."""
    answer: Any = browser.get(f"{path}&q=999")
    list(answer.streaming_content)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    began = time.perf_counter()
    answer = browser.get(path)
    size = sum(len(part) for part in answer.streaming_content)
    took = time.perf_counter() - began
    growth = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
    return Figure(
        f"XLSX of all {CUSTOMERS * ITEMS_OF_A_CUSTOMER:,} items of a month",
        f"≤ {MOST_SECONDS_OF_A_FILE} s, ≤ {MOST_GROWTH / 1024**2:.0f} MiB more than a few rows",
        f"{took:.1f} s, {growth / 1024**2:.1f} MiB; {size / 1024**2:.1f} MiB sent",
        took <= MOST_SECONDS_OF_A_FILE and growth <= MOST_GROWTH,
    )
