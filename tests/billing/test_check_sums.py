"""What a check comes to: the page, the invoice, the list and the package say the same, whatever people choose."""

import io
import json
import re
from collections.abc import Iterator
from datetime import date
from zipfile import ZipFile

import pytest
from django.test import Client
from django.utils.html import strip_tags
from pytest_django import DjangoAssertNumQueries

from billing.checking import runner
from billing.checking.sums import Share, sums_of
from billing.models import CheckDifference, MonthCheck
from tests.support.billing import ANNUAL, bill, detail, item, keep_details, keep_invoices, meter, summary
from tests.support.portal import People
from tests.support.prices import keep_prices, price
from tests.support.rows import keep_customers
from tests.support.vendor_json import customer

pytestmark = pytest.mark.django_db

MONTH = date(2026, 10, 1)
PAGE, INVOICE = "/billing/check/2026-10/", "/billing/invoices/2026-11/"
LIST = "/billing/differences/?view=all&month=2026-10"


@pytest.fixture
def run(people: People) -> MonthCheck:
    """Customer 1 agrees, 2 and 3 have more licenses billed than they have, 4 has a license billed at another price."""
    keep_prices(people.finance, price("STD", "ANNUAL_LICENSE", 600, 450))
    billed = {1: (10, 450), 2: (20, 450), 3: (25, 450), 4: (10, 540)}
    shares = []
    for number, (licenses, each) in billed.items():
        keep_customers(customer(number))
        meter(number, 10)
        amount = licenses * each
        shares.append(detail(number, item(amount, licenseCount=licenses, **ANNUAL), summary(amount)))
    shares[-1]["settlementItems"].append(item(-500, "ADJUSTMENT", itemId=""))
    keep_details("2026-10", *shares)
    keep_invoices(2026, bill("2026-10", usedAmount=sum(count * each for count, each in billed.values()) - 500))
    runner.run(runner.start(MONTH, by=people.finance).pk)
    return MonthCheck.objects.get()


def text(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def words(html: str) -> str:
    return re.sub(r"\s+", " ", strip_tags(html))


def said(browser: Client) -> Iterator[str]:
    """Return the sum as the page of the check and the card of the invoice show it."""
    for path, begin in ((PAGE, "pd-balance"), (INVOICE, 'id="h-check"')):
        yield words(text(browser, path).partition(begin)[2].partition("</section>")[0])


def manifest(browser: Client) -> dict[str, object]:
    answer = browser.get(f"{INVOICE}package/")
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # a stream
    found: dict[str, object] = json.loads(ZipFile(io.BytesIO(content)).read("manifest.json"))["check"]
    return found


def listed(browser: Client, state: str) -> int:
    return text(browser, f"{LIST}&state={state}").partition("<tbody>")[2].count("<th scope=row>")


def choose(browser: Client, *domain_ids: int) -> None:
    for row in CheckDifference.objects.undecided().filter(domain_id__in=domain_ids):
        browser.post(f"{PAGE}differences/{row.pk}/", {"choice": "reported", "note": ""})


def test_page_invoice_list_and_package_agree_while_people_choose(finance: Client, run: MonthCheck) -> None:
    steps = [((), (0, 0, 12_150, 3)), ((2,), (4_500, 1, 7_650, 2)), ((3, 4), (12_150, 3, 0, 0))]
    for chosen_now, (chosen, chosen_at, unexplained, waiting) in steps:
        choose(finance, *chosen_now)
        sums = sums_of(run)
        assert sums.explained == Share(-500, 0, 1, 1)
        assert (sums.chosen.yen, sums.chosen.customers) == (chosen, chosen_at)
        assert (sums.unexplained.yen, sums.unexplained.customers) == (unexplained, waiting)
        assert run.expected + sums.explained.yen + chosen + unexplained + run.unchecked == run.stated
        for page in said(finance):
            assert f"¥{chosen:,}" in page.partition("Cause chosen")[2].partition("Unexplained")[0]
            assert f"¥{unexplained:,}" in page.partition("Unexplained")[2].partition("Amount spent")[0]
        assert (listed(finance, "explained"), listed(finance, "decided"), listed(finance, "unexplained")) == (
            1, chosen_at, waiting,
        )  # fmt: skip
        of_file = manifest(finance)
        assert of_file["cause_chosen"] == {"differences": chosen_at, "customers": chosen_at}
        assert of_file["unexplained"] == {"differences": waiting, "customers": waiting}
        assert of_file["yen"] == {
            "expected": 18_000, "explained": -500, "cause_chosen": chosen, "unexplained": unexplained,
            "not_checked": 0, "not_in_the_items": 0, "stated": "29650.0000",
        }  # fmt: skip


def test_the_counts_of_the_page_say_what_they_count(finance: Client, run: MonthCheck) -> None:
    page = words(text(finance, PAGE))
    assert "Unexplained ¥12,150 3 differences at 3 customers" in page
    assert "Explained ¥500 1 difference at 1 customer" in page
    assert "Cause chosen ¥0 no difference" in page
    assert "Other differences 1 of 4" in page
    assert "3 differences need a cause first." in page


def test_the_marks_of_customers_say_that_a_cause_was_chosen(finance: Client, run: MonthCheck) -> None:
    choose(finance, 2)
    rows = text(finance, INVOICE).partition('id="table"')[2].partition("<tbody>")[2].partition("</tbody>")[0]
    marks = [re.search("Agrees|Cause chosen|Unexplained|Explained", row) for row in rows.split("<tr>")[1:]]
    assert [mark[0] for mark in marks if mark] == ["Agrees", "Cause chosen", "Unexplained", "Unexplained"]


def test_one_query_finds_the_shares(run: MonthCheck, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        sums_of(run)
