"""Months that nobody has signed off: on Home, in the list of invoices, and in files."""

import re
from datetime import date
from pathlib import Path

import pytest
from django.test import Client
from django.utils.formats import date_format
from django.utils.timezone import localtime
from pytest_django import DjangoAssertNumQueries

from billing.checking import runner
from billing.checking.decisions import sign_off
from billing.invoices import not_signed_off
from billing.models import SignOff
from portal.sync.calendar import last_day_of, month_of
from tests.support.billing import ANNUAL, bill, detail, item, keep_details, keep_invoices, meter, summary
from tests.support.portal import People, SignIn
from tests.support.rows import keep_customers
from tests.support.vendor_json import customer

pytestmark = pytest.mark.django_db

LIST = "/billing/invoices/"
OPEN = f"{LIST}?sign_off=missing"


@pytest.fixture
def months(day: Path) -> None:
    """Four billed months, usage of the last three, details of all but the last but one."""
    keep_customers(customer(1))
    keep_invoices(2026, *(bill(f"2026-{number:02}", totalAmount=number) for number in (7, 8, 9, 10)))
    for month in ("2026-08", "2026-09", "2026-10"):
        meter(1, 10, month)
    for month in ("2026-07", "2026-08", "2026-10"):
        days = {"startDate": f"{month}-01", "endDate": f"{last_day_of(month_of(month))}"}
        keep_details(month, detail(1, item(4500, licenseCount=10, **ANNUAL) | days, summary(4500)))


def text(browser: Client, path: str = OPEN) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def open_months() -> list[date | None]:
    return [invoice.used for invoice in not_signed_off()]


def sign(month: date, people: People) -> SignOff:
    """Check a month and sign it off."""
    run = runner.start(month, by=people.finance)
    runner.run(run.pk)
    return sign_off(month, note="", by=people.finance, seen=run.pk)


def test_months_that_can_be_checked_wait_for_their_sign_off(months: None, people: People) -> None:
    assert open_months() == [date(2026, 10, 1), date(2026, 8, 1)]
    sign(date(2026, 10, 1), people)
    assert open_months() == [date(2026, 8, 1)]
    keep_invoices(2026, bill("2026-08"), bill("2026-08", invoiceNo=9), bill(invoiceNo=8, invoiceMonth=None))
    assert open_months() == [date(2026, 8, 1)] * 2
    sign(date(2026, 8, 1), people)
    assert open_months() == []


@pytest.mark.parametrize(("today", "count"), [("2026-11-01", 1), ("2026-11-03", 1), ("2026-11-04", 2)])
def test_a_month_waits_once_its_details_have_settled(months: None, day: Path, today: str, count: int) -> None:
    day.write_text(today)
    assert len(open_months()) == count


def test_without_any_usage_history_no_month_waits(day: Path) -> None:
    keep_invoices(2026, bill("2026-09"))
    keep_details("2026-09", detail(1, summary(5)))
    assert open_months() == []


def test_home_counts_them_and_opens_the_list_of_them(months: None, finance: Client, people: People) -> None:
    home = text(finance, "/")
    need = re.search(r'<a href="([^"]*)" class="is-warn">(?:(?!</a>).)*Months not signed off.*?</a>', home, re.DOTALL)
    assert need
    assert need[1] == OPEN
    assert "<b>2</b>" in need[0]
    assert "Oldest: August 2026" in need[0]
    page = text(finance)
    rows = page.partition("<tbody>")[2].partition("</tbody>")[0]
    assert rows.count("Not signed off") == rows.count("<tr>") == 2
    for month in ("2026-10", "2026-08"):
        assert f'href="/billing/check/{month}/"' in rows
    file = b"".join(finance.get(f"{OPEN}&export=csv").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]  # a stream
    assert len(file.splitlines()) == 3
    sign(date(2026, 10, 1), people)
    assert "Month not signed off" in text(finance, "/")
    sign(date(2026, 8, 1), people)
    assert "not signed off" not in text(finance, "/")
    assert "All months that can be checked are signed off." in text(finance)


def test_the_invoices_of_a_year_mark_them(months: None, finance: Client, people: People) -> None:
    rows = text(finance, LIST).partition("<tbody>")[2].partition("</tbody>")[0].split("<tr>")[1:]
    assert ["Not signed off" in row for row in rows] == [True, False, True, False]
    sign(date(2026, 10, 1), people)
    assert text(finance, LIST).count("Not signed off") == 1


def test_each_month_says_how_far_its_check_is(months: None, finance: Client, people: People) -> None:
    def standings() -> list[str]:
        rows = text(finance, LIST).partition("<tbody>")[2].partition("</tbody>")[0].split("<tr>")[1:]
        found = [re.sub(r"<[^>]*>|\s+", " ", row.rpartition('data-head="Check">')[2]) for row in rows]
        assert ["/billing/check/" in row for row in rows] == [True, False, True, True]
        return [" ".join(words.split()) for words in found]

    # September has no details; July has no usage, so it does not wait.
    assert standings() == ["Not signed off Not checked", "–", "Not signed off Not checked", "Not checked"]
    signed = sign(date(2026, 10, 1), people)
    run = runner.start(date(2026, 8, 1), by=people.finance)
    runner.run(run.pk)
    day = date_format(localtime(signed.at), "SHORT_DATE_FORMAT")
    assert standings() == [f"Signed off {day}", "–", "Not signed off", "Not checked"]
    assert f'title="Signed off by {signed.by_name}"' in text(finance, LIST)
    runner.run(runner.start(date(2026, 7, 1), by=people.finance).pk)
    assert standings()[-1] == "Checked"


def test_months_that_wait_say_how_many_customers_they_have(months: None, finance: Client) -> None:
    for path in (OPEN, f"{LIST}?payment=UNPAID"):
        assert '<td class="num" data-head="Customers">1</td>' in text(finance, path)


def test_administrators_see_them_on_home_and_account_managers_do_not(
    months: None, people: People, sign_in: SignIn
) -> None:
    assert "Months not signed off" in text(sign_in(people.administrator), "/")
    assert "not signed off" not in text(sign_in(people.account_manager), "/")


def test_one_query_finds_them_however_many_there_are(
    months: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        not_signed_off()
