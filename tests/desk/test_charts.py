"""Charts: the figures, the table that they are drawn from, and that only their pages load the script."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from billing.models import CustomerUsage
from customers.models import Customer, UsageStatus
from portal.core.clock import now
from portal.desk.charts import DAYS_TOLD_DAILY, Used, ends_by_month, usage_of_year
from subscriptions.models import Reservation, Subscription
from tests.support import vendor_json
from tests.support.languages import speak
from tests.support.portal import People, SignIn
from tests.support.rows import keep_customers

TODAY = date(2026, 11, 20)
ID = 10_000_001
USERS = f"/customers/{ID}/users/"


@pytest.fixture(autouse=True)
def _the_day(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("clock") / "today"
    file.write_text(TODAY.isoformat())
    settings.BUSINESS_DATE_FILE = str(file)


@pytest.fixture
def customer(db: None) -> Customer:
    [row] = keep_customers(vendor_json.customer(ID))
    return row


@pytest.fixture
def browser(people: People, sign_in: SignIn, customer: Customer) -> Client:
    return sign_in(people.finance)


def used(day: date, users: int | None, licenses: int | None, **columns: Any) -> None:
    given = {
        "month": day.replace(day=1), "product_group_id": "WORKS", "product_id": "STD", "plan": "ANNUAL_LICENSE",
        "status": "ACTIVE", "raw": {}, "changed_at": now(), **columns,
    }  # fmt: skip
    CustomerUsage.objects.create(customer_id=ID, used_date=day, member_count=users, license_count=licenses, **given)


def hold(number: int, end: date, **columns: Any) -> None:
    given = {"plan": "ANNUAL_LICENSE", "status": "ACTIVE", "renewal_type": "STAY", "product_id": "STD", **columns}
    Subscription.objects.create(
        customer_id=ID, subscription_id=number, start_date=end - timedelta(days=364), end_date=end, license_count=20,
        raw={}, changed_at=now(), **given,
    )  # fmt: skip


# --- Users and licenses ----------------------------------------------------------------------------------------------


def test_few_days_are_told_each(customer: Customer) -> None:
    days = [TODAY - timedelta(days=back) for back in (2, 1, 0)]
    for day, users in zip(days, (18, 19, None), strict=True):
        used(day, users, 20)
    # The same day in the answer for another month; another product; what LINE WORKS no longer shows.
    used(days[0], 17, 19, month=date(2026, 10, 1))
    used(days[0], 99, 99, product_group_id="ROGER", product_id="ROG_BS")
    used(days[1], 99, 99, plan="MONTHLY", removed_at=now())
    used(TODAY - timedelta(days=365), 1, 1)
    assert usage_of_year(customer, TODAY) == [Used(days[0], 18, 20), Used(days[1], 19, 20), Used(days[2], None, 20)]


def test_a_longer_stretch_is_told_by_the_week(customer: Customer) -> None:
    for back in range(DAYS_TOLD_DAILY + 2):
        used(TODAY - timedelta(days=back), back, None)
    with CaptureQueriesContext(connection) as made:
        found = usage_of_year(customer, TODAY)
    assert len(made) == 1
    assert found[-1] == Used(TODAY, 0, None)
    assert {each.day.weekday() for each in found[:-1]} == {6}
    assert len(found) == 10


def test_the_table_is_there_without_a_script(browser: Client) -> None:
    UsageStatus.objects.create(customer_id=ID, status="ACTIVE", member_count=3, raw={}, changed_at=now())
    used(TODAY, 1234, None)
    page = browser.get(USERS).content.decode()
    table = page.partition('data-chart="line"')[2].partition("</figure>")[0]
    assert re.search(r'data-value="1234">1,234</td>\s*<td class="num"\s+data-value="None">–</td>', table)
    assert "<canvas" not in page
    assert page.count("chart.umd.min.js") == page.count("js/charts.js") == 1


def test_without_any_day_it_is_said_and_nothing_is_loaded(browser: Client) -> None:
    page = browser.get(USERS).content.decode()
    assert "The usage history hasn’t been synced yet" in page
    assert "chart" not in re.sub(r"css/[\w.-]+", "", page)


# --- What ends -------------------------------------------------------------------------------------------------------


def test_what_ends_is_counted_by_the_month(customer: Customer) -> None:
    hold(1, date(2026, 11, 20))  # the next term starts on the 21st
    hold(2, date(2026, 11, 30))  # and on 1 December
    hold(3, date(2026, 11, 30), renewal_type="CANCEL")
    hold(4, date(2027, 2, 10))
    Reservation.objects.create(
        customer_id=ID, subscription_id=4, type="CANCEL", apply_date=date(2027, 2, 1), raw={}, changed_at=now()
    )
    hold(5, date(2027, 10, 30), plan="TRIAL", product_id="STD_T")
    hold(6, date(2027, 11, 30))  # too far
    hold(7, date(2026, 11, 1))  # over
    with CaptureQueriesContext(connection) as made:
        found = ends_by_month(TODAY)
    assert len(made) == 1
    assert [each.month for each in found] == [
        *(date(2026, month, 1) for month in (11, 12)), *(date(2027, month, 1) for month in range(1, 11))
    ]  # fmt: skip
    counts = {f"{each.month:%Y-%m}": (each.renewing, each.ending, each.trials) for each in found}
    assert {month: count for month, count in counts.items() if any(count)} == {
        "2026-11": (1, 1, 0), "2026-12": (1, 0, 0), "2027-02": (0, 1, 0), "2027-10": (0, 0, 1),
    }  # fmt: skip


def test_upcoming_shows_it_and_a_swap_does_not_count_it(browser: Client) -> None:
    hold(1, date(2026, 12, 15))
    page = browser.get("/upcoming/").content.decode()
    assert "What ends per month" in page
    assert page.count("chart.umd.min.js") == 1
    with CaptureQueriesContext(connection) as whole:
        browser.get("/upcoming/")
    with CaptureQueriesContext(connection) as swap:
        assert "What ends per month" not in browser.get("/upcoming/", headers={"HX-Request": "true"}).content.decode()
    assert len(swap) < len(whole)


@pytest.mark.parametrize("address", ["/", "/customers/", f"/customers/{ID}/", "/renewals/"])
def test_other_pages_do_not_load_the_script(browser: Client, address: str) -> None:
    assert "chart.umd" not in browser.get(address).content.decode()


@pytest.mark.usefixtures("japanese")
def test_charts_speak_japanese(browser: Client) -> None:
    used(TODAY, 3, 5)
    speak(browser, "ja")
    assert "利用ユーザー数とライセンス数の推移" in browser.get(USERS).content.decode()
    assert "月ごとの終了予定" in browser.get("/upcoming/").content.decode()
