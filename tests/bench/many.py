"""
A book of any size for the measurements of lists and of the search: customers as a sync keeps them, with what it reads.

Reading so many from a sandbox takes hours. The customers are made here, the rows that belong to them by the database.
"""

import random
from datetime import timedelta
from typing import Any

from django.db import connection

from customers.models import Customer
from portal.core.clock import business_today, now
from portal.dev.sandbox.names import FIRST_NAMES, LAST_NAMES, STEMS, TRADES
from tests.bench import people
from tests.bench.book import analyze

FIRST_DOMAIN, FIRST_TENANT = 400_000_001, 500_000_001
SUBSCRIPTIONS_EACH = 3
FORMS = ("株式会社{}", "㈱{}", "{}株式会社", "有限会社{}", "合同会社{}", "医療法人{}", "{} Co., Ltd.")
AT_ONCE = 2_000
PLANS = ("ANNUAL_LICENSE", "MONTHLY", "ANNUAL_PREPAY_LICENSE")
LICENSES = (5, 12, 30, 80, 250, 1_200)
# Of customers: the age of what is known, subscriptions, their tasks, pre-orders, usage status, options, renewals
# of options.
ROWS = """
INSERT INTO sync_reading (domain_id, resource, period, read_at, tried_at, problem, trouble, digest, is_current)
  SELECT n, resource, '', now() - (n %% 100)::int * interval '1 minute', now(), '', '', '', true
  FROM generate_series(%(first)s::bigint, %(last)s) n,
    unnest(ARRAY['customer', 'subscriptions', 'usage_status']) resource;
INSERT INTO subscriptions_subscription (customer_id, subscription_id, product_id, plan, status, start_date, end_date,
    license_count, license_assignment, renewal_type, renewal_product_id, renewal_plan, scheduled_for, raw, changed_at)
  SELECT n, n * 10 + k, (ARRAY[CASE WHEN n %% 2 = 0 THEN 'STD' ELSE 'ADV' END, 'NTA_TM', 'ROG_STD'])[k],
    (%(plans)s::text[])[1 + (n %% 3)::int], 'ACTIVE', date %(today)s + ((n * 7 + k * 131) %% 365)::int - 364,
    date %(today)s + ((n * 7 + k * 131) %% 365)::int,
    CASE WHEN n %% 3 <> 1 THEN (%(licenses)s::int[])[1 + (n %% 6)::int] END,
    '', CASE WHEN n %% 40 = 0 THEN 'CANCEL' WHEN n %% 25 = 0 THEN 'CHANGE' ELSE 'STAY' END, '', '',
    CASE WHEN (n + k) %% 10 = 0 THEN date %(today)s + (n %% 60)::int END,
    jsonb_build_object('a', repeat('x', 400)), now()
  FROM generate_series(%(first)s::bigint, %(last)s) n, generate_series(1, 3) k;
INSERT INTO subscriptions_reservation (customer_id, subscription_id, type, apply_date, product_id, plan, license_count,
    raw, changed_at)
  SELECT customer_id, subscription_id, 'ADD_LICENSE', scheduled_for, '', '', 5, '{}', now()
  FROM subscriptions_subscription WHERE customer_id BETWEEN %(first)s AND %(last)s AND scheduled_for IS NOT NULL;
INSERT INTO subscriptions_preorder (customer_id, pre_order_id, product_id, plan, apply_date, license_count, raw,
    changed_at)
  SELECT n, n, 'ADV', 'ANNUAL_LICENSE', date %(today)s + (n %% 31)::int, 10, '{}', now()
  FROM generate_series(%(first)s::bigint, %(last)s) n WHERE n %% 7 = 0;
INSERT INTO customers_usagestatus (customer_id, status, member_count, withdrawal_date, raw, changed_at)
  SELECT n, 'ACTIVE', n %% 300, CASE WHEN n %% 200 = 0 THEN date %(today)s + 40 END, '{}', now()
  FROM generate_series(%(first)s::bigint, %(last)s) n;
INSERT INTO options_optionproduct (customer_id, option_product_id, sub_option_id, subscription_id, plan, quantity,
    applied_at, start_date, end_date, raw, changed_at)
  SELECT n, (ARRAY['SSTG2', 'ACV2'])[1 + (n %% 2)::int], (ARRAY['SSTG202', 'ACV201'])[1 + (n %% 2)::int], n * 10 + 1,
    'ANNUAL_LICENSE', CASE WHEN n %% 2 = 0 THEN n %% 9 END, now(), date %(today)s, date %(today)s + (n %% 365)::int,
    '{}', now()
  FROM generate_series(%(first)s::bigint, %(last)s) n;
INSERT INTO options_optionrenewal (customer_id, option_product_id, sub_option_id, type, raw, changed_at)
  SELECT customer_id, option_product_id, sub_option_id, CASE WHEN customer_id %% 30 = 0 THEN 'CANCEL' ELSE 'STAY' END,
    '{}', now()
  FROM options_optionproduct WHERE customer_id BETWEEN %(first)s AND %(last)s;
"""


def fill(count: int) -> None:
    """Make the book as large as that, unless it is; the counts of the tables are up to date then."""
    chance = random.Random(3)  # noqa: S311  made-up records, no secret
    there = Customer.objects.filter(pk__gte=FIRST_DOMAIN).count()
    for first in range(there, count, AT_ONCE):
        last = min(first + AT_ONCE, count)
        Customer.objects.bulk_create(_customer(number, chance) for number in range(first, last))
        _add(FIRST_DOMAIN + first, FIRST_DOMAIN + last - 1)
    with connection.cursor() as cursor:
        # The server does this by itself, some minutes later.
        cursor.execute("VACUUM")
    analyze()


def _add(first: int, last: int) -> None:
    given: dict[str, Any] = {
        "first": first,
        "last": last,
        "today": business_today().isoformat(),
        "plans": list(PLANS),
        "licenses": list(LICENSES),
    }
    with connection.cursor() as cursor:
        cursor.execute(ROWS, given)


def _customer(number: int, chance: random.Random) -> Customer:
    (stem, romaji), (trade, business) = chance.choice(STEMS), chance.choice(TRADES)
    last, first = chance.choice(LAST_NAMES)[0], chance.choice(FIRST_NAMES)[0]
    zone = chance.choice(("example.co.jp", "example.co.jp", "example.jp", "by-works.com"))
    domain, pk = f"{romaji}-{business}-{number}.{zone}", FIRST_DOMAIN + number
    is_metered = pk % 3 == 1
    row = Customer(
        domain_id=pk,
        tenant_id=FIRST_TENANT + number,
        company_name=chance.choice(FORMS).format(f"{stem}{trade}"),
        domain=domain,
        domain_type="DOMAIN",
        phone_number=f"03-{number // 10_000:04}-{number % 10_000:04}",
        enable_active_domain=True,
        enable_active_mxrecord=True,
        administrator_name=f"{last} {first}",
        administrator_email=f"admin{number}@mail.example",
        administrator_phone=f"090-{number % 10_000:04}-{number // 10_000:04}",
        customer_code=f"K-{number:06}",
        owner=people.manager() if number % 50 == 0 else None,
        lead_product="STD" if pk % 2 == 0 else "ADV",
        lead_plan=PLANS[pk % 3],
        lead_status="ACTIVE",
        licenses=None if is_metered else LICENSES[pk % 6],
        contract_end=business_today() + timedelta(days=(pk * 7 + 131) % 365),
        subscription_count=SUBSCRIPTIONS_EACH,
        next_start=business_today() + timedelta(days=pk % 31) if pk % 7 == 0 else None,
        raw={"companyName": stem, "memo": "x" * 200, "domain": domain},
        changed_at=now(),
    )
    row.prepare_search()
    return row
