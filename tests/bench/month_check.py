"""
The check of a month with 5,000 customers and 40,000 items, each of whom changed in the month: how long it takes, and
whether 1 yen too much at one of them is found.
"""

import time
from datetime import date

from django.db import connection

from billing.checking import runner
from billing.models import CheckDifference, MonthCheck
from portal.accounts.models import User
from portal.core.clock import now
from portal.sync.models import Reading
from tests.bench import people
from tests.bench.figures import Figure
from tests.bench.ground import Ground
from tests.support.prices import keep_prices, price
from tests.support.rows import keep_customers
from tests.support.vendor_json import customer

CUSTOMERS, ITEMS = 5_000, 40_000
FIRST = 900_000_000
MONTH = date(2020, 1, 1)
WRONG = FIRST + 77
MOST_SECONDS = 30
# Each pays for a plan and two options; each of them is billed in two stretches. Then an adjustment, and the sum.
_PRICES = {"STD": 450, "ACV201": 300, "DRV01": 300}
_USAGES = """
    INSERT INTO billing_customerusage (raw, changed_at, customer_id, month, used_date, product_group_id, product_id,
        plan, status, license_count, member_count)
    SELECT '{}', now(), %(first)s + number, %(month)s, %(month)s + day - 1, 'WORKS', 'STD', 'ANNUAL_LICENSE', 'ACTIVE',
        CASE WHEN day < 12 THEN 40 ELSE 48 END, 7
    FROM generate_series(1, %(customers)s) number, generate_series(1, 31) day"""
_OPTION_USAGES = """
    INSERT INTO options_optionusage (raw, changed_at, customer_id, month, used_date, product_group_id,
        option_product_id, sub_option_id, plan, license_count, member_count)
    SELECT '{}', now(), %(first)s + number, %(month)s, %(month)s + day - 1, 'WORKS', code, size,
        'ANNUAL_LICENSE', CASE WHEN day < 12 THEN 40 ELSE 48 END, 7
    FROM generate_series(1, %(customers)s) number, generate_series(1, 31) day,
        (VALUES ('ACV2', 'ACV201'), ('DRV', 'DRV01')) AS option(code, size)"""
_DETAILS = """
    INSERT INTO billing_invoicedetail (raw, changed_at, month, domain_id, domain, customer_name, customer_code,
        item_count, odd_items, lead_item, lead_plan)
    SELECT '{}', now(), %(month)s, %(first)s + number, '', 'bench', '', 8, 0, '', ''
    FROM generate_series(1, %(customers)s) number"""
_ITEMS = """
    INSERT INTO billing_settlementitem (raw, changed_at, detail_id, place, subscription_id, item_type, start_date,
        end_date, item_id, sub_item_id, plan, license_count, member_count, status, amount)
    SELECT '{}', now(), detail.id, item.place, 1, item.kind, %(month)s + item.first - 1, %(month)s + item.last - 1,
        item.code, item.size, 'ANNUAL_LICENSE', item.licenses, 7, '',
        item.price * item.licenses * (item.last - item.first + 1) / 31
            + CASE WHEN detail.domain_id = %(wrong)s AND item.place = 1 THEN 1 ELSE 0 END
    FROM billing_invoicedetail detail, (VALUES
        (0, 'PRODUCT', 1, 11, 'STD', '', 40, 450), (1, 'PRODUCT', 12, 31, 'STD', '', 48, 450),
        (2, 'OPTION_PRODUCT', 1, 11, 'ACV2', 'ACV201', 40, 300),
        (3, 'OPTION_PRODUCT', 12, 31, 'ACV2', 'ACV201', 48, 300),
        (4, 'OPTION_PRODUCT', 1, 11, 'DRV', 'DRV01', 40, 300),
        (5, 'OPTION_PRODUCT', 12, 31, 'DRV', 'DRV01', 48, 300),
        (6, 'ADJUSTMENT', 1, 31, '', '', 0, 0), (7, 'SUMMARY', 1, 31, '', '', 0, 0)
    ) AS item(place, kind, first, last, code, size, licenses, price)
    WHERE detail.month = %(month)s"""


def measure(_ground: Ground) -> list[Figure]:
    """Measure it."""
    by = people.manager()
    _fill(by)
    began = time.perf_counter()
    run = runner.start(MONTH, by=by)
    runner.run(run.pk)
    seconds = time.perf_counter() - began
    run.refresh_from_db()
    if run.state != MonthCheck.State.FINISHED or run.customers != CUSTOMERS:
        raise RuntimeError(f"the check is {run.state}: {run.problem}")
    found = list(CheckDifference.objects.undecided().filter(check_run=run).values_list("domain_id", "yen"))
    return [
        Figure(
            f"Check of a month, {CUSTOMERS:,} customers with {ITEMS:,} items, each changed in the month",
            f"≤ {MOST_SECONDS} s in the worker",
            f"{seconds:.1f} s, {run.differences.count():,} differences",
            seconds <= MOST_SECONDS,
        ),
        Figure(
            f"1 yen too much among {CUSTOMERS:,} customers",
            "found, and nothing else",
            "found, and nothing else" if found == [(WRONG, 1)] else f"{len(found):,} unexplained",
            found == [(WRONG, 1)],
        ),
    ]


def _fill(by: User) -> None:
    keep_customers(*(customer(FIRST + number, domain=f"{number}.bench") for number in range(1, CUSTOMERS + 1)))
    values: dict[str, int | date] = {"first": FIRST, "month": MONTH, "customers": CUSTOMERS, "wrong": WRONG}
    with connection.cursor() as cursor:
        for statement in (_USAGES, _OPTION_USAGES, _DETAILS, _ITEMS):
            cursor.execute(statement, values)
        cursor.execute("ANALYZE")
    after = {"period": f"{MONTH:%Y-%m}", "read_at": now(), "read_on": date(2020, 2, 2)}
    Reading.objects.bulk_create(
        Reading(domain_id=FIRST + number, resource=name, **after)
        for number in range(1, CUSTOMERS + 1)
        for name in ("usages", "option_usages")
    )
    keep_prices(
        by,
        *(price(code, "ANNUAL_LICENSE", None, yen) for code, yen in _PRICES.items()),
        valid_from=date(2019, 1, 1),
    )
