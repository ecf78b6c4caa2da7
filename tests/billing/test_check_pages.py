"""The page of a month's check: what it shows, what people decide on it, its list and its files."""

import csv
import io
import re
from datetime import date
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from billing.checking import runner
from billing.models import CheckCause, CheckDifference, MonthCheck, SignOff
from portal.accounts.roles import Role
from tests.support.billing import ANNUAL, bill, detail, item, keep_details, keep_invoices, meter, summary
from tests.support.languages import speak
from tests.support.portal import People, SignIn
from tests.support.prices import keep_prices, price
from tests.support.rows import keep_customers
from tests.support.vendor_json import customer

pytestmark = pytest.mark.django_db

MONTH = date(2026, 10, 1)
PAGE, LIST = "/billing/check/2026-10/", "/billing/differences/"


@pytest.fixture
def billed(people: People) -> None:
    """Three customers: one that agrees, one with 80 licenses of 60 billed, one with an adjustment."""
    others = []
    for number, (licenses, wrong) in enumerate(((10, 10), (60, 80), (20, 20)), start=1):
        keep_customers(customer(number, companyName=f"株式会社{number}"))
        meter(number, licenses)
        of_use = item(wrong * 450, licenseCount=wrong, **ANNUAL)
        items = [of_use, summary(wrong * 450)] + ([item(-500, "ADJUSTMENT", itemId="")] if number == 3 else [])
        others.append(detail(number, *items, customerName=f"株式会社{number}", customerCode=f"K-{number}"))
    keep_details("2026-10", *others)
    keep_invoices(2026, bill("2026-10", usedAmount=110 * 450))


def check(people: People) -> None:
    runner.run(runner.start(MONTH, by=people.finance).pk)


def text(browser: Client, path: str = PAGE, status: int = 200, headers: dict[str, str] | None = None) -> str:
    answer = browser.get(path, headers=headers)
    assert answer.status_code == status, path
    return answer.content.decode()


def test_the_first_page_of_the_check_is_that_of_the_latest_month(finance: Client, billed: None) -> None:
    assert finance.get("/billing/check/")["Location"] == PAGE


def test_a_month_without_a_check_can_be_checked(finance: Client, billed: None) -> None:
    assert "This month hasn’t been checked yet." in text(finance)
    assert finance.post(f"{PAGE}run/")["Location"] == PAGE
    page = text(finance)
    assert "Checking the month…" in page
    assert "disabled" in page


def test_a_poll_that_has_seen_everything_gets_nothing(finance: Client, billed: None) -> None:
    finance.post(f"{PAGE}run/")
    run = MonthCheck.objects.get()
    swap = {"HX-Request": "true"}
    assert text(finance, f"{PAGE}?seen={run.pk}-queued-0", 204, swap) == ""
    MonthCheck.objects.update(state="running", done=500, total=1_000)
    assert "500 of 1,000 customers." in text(finance, f"{PAGE}?seen={run.pk}-queued-0", headers=swap)
    MonthCheck.objects.update(state="failed", problem="Broken")
    assert finance.get(f"{PAGE}?seen={run.pk}-running-500", headers=swap)["HX-Redirect"] == PAGE
    assert "The last check stopped." in text(finance)


@pytest.mark.parametrize("month", ["2026-13", "99999", "1026-01", "abc"])
def test_no_month_is_not_found(finance: Client, month: str) -> None:
    page = text(finance, f"/billing/check/{month}/", 404)
    assert f"“{month}” is no month." in page
    assert 'href="/billing/invoices/"' in page
    assert finance.post(f"/billing/check/{month}/run/").status_code == 404


def ways(page: str) -> dict[str, str]:
    """Return the ways to other months and to the invoice, by what they are."""
    crumb = page.partition('<nav class="pd-crumb"')[2].partition("</nav>")[0]
    return {kind or "invoice": to for to, kind in re.findall(r'<a href="([^"]*)"(?: rel="(\w+)")?>', crumb)}


@pytest.mark.parametrize(
    ("month", "others"),
    [
        (
            "2026-10",
            {
                "invoice": "/billing/invoices/2026-11/",
                "prev": "/billing/check/2026-09/",
                "next": "/billing/check/2026-11/",
            },
        ),
        ("2026-09", {"prev": "/billing/check/2026-08/", "next": "/billing/check/2026-10/"}),
        ("2026-11", {"prev": "/billing/check/2026-10/"}),
        ("2027-05", {"prev": "/billing/check/2026-11/"}),
    ],
)
def test_no_way_leads_to_a_month_that_has_not_begun_or_to_an_invoice_that_there_is_not(
    finance: Client, billed: None, settings: Settings, tmp_path: Path, month: str, others: dict[str, str]
) -> None:
    (file := tmp_path / "today").write_text("2026-11-20")
    settings.BUSINESS_DATE_FILE = str(file)
    assert ways(text(finance, f"/billing/check/{month}/")) == others


def test_a_month_that_was_never_billed_says_so_and_cannot_be_checked(finance: Client) -> None:
    assert "There are no invoice details of this month." in text(finance, "/billing/check/2031-01/")
    assert finance.post("/billing/check/2031-01/run/").status_code == 404
    assert not MonthCheck.objects.exists()


def test_the_equation_closes_to_the_yen(finance: Client, people: People, billed: None) -> None:
    keep_prices(people.finance, price("STD", "ANNUAL_LICENSE", 600, 450))
    check(people)
    page = text(finance)
    balance = page.partition("pd-balance")[2].partition("</section>")[0]
    for words in ("¥40,500", "¥0", "¥9,000", "1 customer", "¥49,500", "1 of 3 agree to the yen"):
        assert words in balance
    assert "80 billed. Metering, requests and detected changes show 60." in page
    assert "+¥9,000" in page
    assert "billed 80" in page
    assert "1 difference needs a cause first." in page


def test_a_list_without_differences_sends_nobody_to_the_sync(finance: Client) -> None:
    page = finance.get("/billing/differences/").content.decode()
    assert "No month has been checked yet, or what was billed is what was in force." in page
    assert "Open Sync" not in page


def test_without_a_price_list_no_yen_are_guessed(finance: Client, people: People, billed: None) -> None:
    check(people)
    page = text(finance)
    balance = page.partition("pd-balance")[2].partition("</section>")[0]
    assert "¥" not in balance
    assert f"{90 * 31:,}" in balance
    assert f"{110 * 31:,}" in balance
    assert "No price list is in force for this month" in page


def test_without_a_price_list_the_list_shows_and_sorts_by_the_size_of_each_difference(
    finance: Client, people: People
) -> None:
    shares = []
    for number, wrong in enumerate((11, 40, 10, 5), start=1):
        keep_customers(customer(number))
        meter(number, 10)
        items = [item(wrong * 450, licenseCount=wrong, **ANNUAL), summary(wrong * 450)]
        items += [item(-500, "ADJUSTMENT", itemId="")] if number == 3 else []
        shares.append(detail(number, *items))
    keep_details("2026-10", *shares)
    keep_invoices(2026, bill("2026-10", usedAmount=66 * 450))
    check(people)
    for address in (f"{LIST}?view=all", f"{LIST}?view=all&month=2026-10"):
        page = text(finance, address)
        assert re.findall(r'<a id="sort-(\w+)"', page) == ["month", "name", "units", "yen"]
        assert 'aria-sort="descending"><a id="sort-units"' in page
        rows = page.partition("<tbody>")[2].split("<tr>")[1:]
        sizes = [re.findall(r'<td class=num data-head="Difference × days">([^<]*)', row) for row in rows]
        assert sizes == [["+930"], ["−155"], ["+31"], ["0"]]
        assert "−500" in rows[3]  # of an adjustment LINE WORKS states the yen
        assert "Checked without a price list" in page
        assert '<a href="/billing/prices/">Price list</a>' in page
        swapped = text(finance, address, headers={"HX-Request": "true"})
        assert "Checked without a price list" in swapped
    assert "sort-billed" in text(finance, f"{LIST}?view=all&month=2026-10&columns=billed")
    assert re.findall(r"[+−]\d+", text(finance, f"{LIST}?view=all&month=2026-10&sort=units"))[:2] == ["−500", "+31"]
    assert '<a href="/billing/prices/">Price list</a>' in text(finance).partition("pd-balance")[2]


def test_with_a_price_list_the_list_shows_and_sorts_by_yen(finance: Client, people: People, billed: None) -> None:
    keep_prices(people.finance, price("STD", "ANNUAL_LICENSE", 600, 450))
    check(people)
    for address in (f"{LIST}?view=all", f"{LIST}?view=all&month=2026-10"):
        page = text(finance, address)
        assert re.findall(r'<a id="sort-(\w+)"', page) == ["month", "name", "billed", "expected", "yen"]
        assert 'aria-sort="descending"><a id="sort-yen"' in page
        assert "Checked without a price list" not in page


def test_a_cause_is_chosen_and_the_month_is_signed_off(finance: Client, people: People, billed: None) -> None:
    check(people)
    [waiting] = CheckDifference.objects.undecided()
    run = MonthCheck.objects.get()
    refused = finance.post(f"{PAGE}sign-off/", {"note": "", "seen": run.pk})
    assert refused.status_code == 409
    assert "1 difference needs a cause first." in refused.content.decode()
    cause = f"{PAGE}differences/{waiting.pk}/"
    finance.post(cause, {"choice": "other"})
    assert not CheckCause.objects.exists()
    finance.post(cause, {"choice": "reported", "note": "LINE WORKSに連絡"})
    page = text(finance)
    assert "Cause saved." in page
    assert "LINE WORKSに連絡" in page
    finance.post(f"{PAGE}sign-off/", {"note": "確認済み", "seen": run.pk})
    signed = SignOff.objects.get()
    page = text(finance)
    assert signed.digest in page
    assert "確認済み" in page
    assert (signed.by_name, signed.note) == (str(people.finance), "確認済み")
    file = finance.get(f"{LIST}?month=2026-10&export=csv")
    assert signed.digest in b"".join(file.streaming_content).decode()  # type: ignore[attr-defined]  # a stream


def test_the_page_says_when_items_changed_after_the_check(finance: Client, people: People, billed: None) -> None:
    check(people)
    assert "Items changed in LINE WORKS after this check." not in text(finance)
    keep_details("2026-10", detail(1, item(1)), detail(2, item(2)), detail(3, item(3)))
    assert "Items changed in LINE WORKS after this check." in text(finance)


def test_page_file_and_database_agree(finance: Client, people: People, billed: None) -> None:
    keep_prices(people.finance, price("STD", "ANNUAL_LICENSE", 600, 450))
    check(people)
    answer = finance.get(f"{LIST}?month=2026-10&export=csv")
    content = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]  # a stream
    rows = list(csv.DictReader(io.StringIO(content)))
    found = list(CheckDifference.objects.order_by("pk"))
    assert len(rows) == len(found) == 2
    assert sum(int(row["Difference ¥"]) for row in rows) == sum(each.yen or 0 for each in found) == 8_500
    run = MonthCheck.objects.get()
    assert run.expected + run.explained + run.unexplained + (run.beside or 0) == run.stated


@pytest.mark.parametrize(
    ("query", "count"),
    [("", 2), ("state=unexplained", 1), ("kind=quantity", 1), ("source=invoice", 1), ("q=K-3", 1), ("q=2", 1),
     ("month=2026-09", 0), ("month=2026-10", 2), ("state=decided", 0), ("source=request", 0)],
)  # fmt: skip
def test_the_list_is_filtered(finance: Client, people: People, billed: None, query: str, count: int) -> None:
    check(people)
    page = text(finance, f"{LIST}?view=all&{query}")
    assert page.partition("<tbody>")[2].count("<th scope=row>") == count


def test_a_customer_that_is_named_like_a_formula_is_a_text(finance: Client, people: People, billed: None) -> None:
    check(people)
    CheckDifference.objects.update(customer_name="=cmd|' /C calc'!A0")
    answer = finance.get(f"{LIST}?export=csv")
    assert "\n=cmd" not in b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]  # a stream
    assert "=cmd|" in text(finance)


@pytest.mark.usefixtures("japanese")
def test_the_page_and_the_list_are_japanese(people: People, sign_in: SignIn, billed: None) -> None:
    check(people)
    browser = speak(sign_in(people.finance), "ja")
    for path in (PAGE, LIST):
        page = text(browser, path)
        for english in ("Unexplained", "Check again", "Expected", "Difference"):
            assert f">{english}" not in page
    assert "2026年10月のチェック" in text(browser)
    assert "原因" in text(browser, LIST).partition("<thead>")[2].partition("</thead>")[0]


def test_the_page_costs_the_same_however_many_differences_there_are(
    finance: Client, people: People, billed: None, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    check(people)
    text(finance)
    for path, most in ((PAGE, 20), (LIST, 14)):
        with django_assert_max_num_queries(most) as few:
            text(finance, path)
        for number in range(40):
            row = CheckDifference.objects.first()
            assert row
            row.pk, row.number, row.key = None, CheckDifference.objects.count(), f"{path}{number}"
            row.save()
        with django_assert_max_num_queries(len(few)):
            text(finance, path)


def test_who_may_look_may_not_always_sign(people: People, sign_in: SignIn, billed: None) -> None:
    check(people)
    Group.objects.get(name=Role.FINANCE).permissions.remove(Permission.objects.get(codename="sign_off"))
    browser = sign_in(people.finance)
    page = text(browser)
    for words in ("Save cause", "Check again", 'name="seen"'):
        assert words not in page
    assert browser.post(f"{PAGE}run/").status_code == 403


def test_the_page_of_the_invoice_shows_how_the_check_came_out(finance: Client, people: People, billed: None) -> None:
    invoice = "/billing/invoices/2026-11/"
    assert "This month hasn’t been checked yet." in text(finance, invoice)
    check(people)
    page = text(finance, invoice)
    card = page.partition('id="h-check"')[2].partition("</section>")[0]
    assert "1 difference needs a cause first." in card
    rows = page.partition('id="table"')[2].partition("<tbody>")[2].partition("</tbody>")[0].split("<tr>")[1:]
    words = [next(word for word in ("Agrees", "Explained", "Unexplained") if word in row) for row in rows]
    assert words == ["Agrees", "Unexplained", "Explained"]
