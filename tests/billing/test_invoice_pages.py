"""Pages of invoices: years, one month with its customers, a customer's items; what is unusual is shown."""

import csv
import io
import re
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from tests.support.billing import MONTH, bill, detail, item, keep_details, keep_invoices, summary
from tests.support.portal import People, SignIn
from tests.support.rows import keep_customers
from tests.support.vendor_json import customer

pytestmark = pytest.mark.django_db

LIST, PAGE = "/billing/invoices/", "/billing/invoices/2026-11/"


def text(browser: Client, path: str, status: int = 200) -> str:
    answer = browser.get(path)
    assert answer.status_code == status, path
    return answer.content.decode()


def rows(page: str) -> list[str]:
    """Return the rows of the list, in their order."""
    table = page.partition('id="table"')[2].partition("<tbody>")[2].partition("</tbody>")[0]
    return table.split("<tr>")[1:]


@pytest.fixture
def two_months() -> None:
    keep_invoices(
        2026,
        bill("2026-09", usedAmount=1000, totalAmount=1100, paymentStatus="PAID"),
        bill("2026-10", usedAmount=1500, totalAmount=1650, penaltyAmount=70),
    )
    keep_details("2026-09", detail(1, item(600), summary(600)), detail(3, item(400), summary(400)))
    keep_details(
        "2026-10",
        detail(1, item(500), summary(500), customerName="株式会社いろは", customerCode="K-2"),
        detail(2, item(900), item(100, "OPTION_PRODUCT", itemId="ACV2"), summary(1000), customerName="=SUM(1)",
               customerCode=""),
        detail(3, item(70, "PENALTY"), customerName="三河屋", customerCode="K-1"),
    )  # fmt: skip


def test_billing_leads_to_what_a_person_may_open(people: People, sign_in: SignIn) -> None:
    assert sign_in(people.finance).get("/billing/")["Location"] == LIST
    assert sign_in(people.support).get("/billing/")["Location"] == "/billing/usage/"


def test_the_list_shows_a_year_with_what_is_stated(two_months: None, finance: Client) -> None:
    page = text(finance, LIST)
    assert page.index("October 2026") < page.index("September 2026")
    assert "1,650" in page
    assert "Unpaid" in page
    assert "Payment completed" in page
    assert 'href="/billing/invoices/2026-11/"' in page


def test_a_year_without_invoices_shows_the_latest_and_says_so(two_months: None, finance: Client) -> None:
    assert "The latest year with invoices is shown: 2026." in text(finance, f"{LIST}?year=20201")
    assert "The latest year" not in text(finance, f"{LIST}?year=x")


def test_a_missing_month_and_one_without_an_invoice_are_seen(finance: Client) -> None:
    keep_invoices(2026, bill("2026-07"), bill("2026-10"))
    keep_details("2026-08", detail(1, item(5), summary(5)))
    page = text(finance, LIST)
    assert page.count("No invoice from LINE WORKS") == 2
    assert "There are details of customers, though." in page
    assert "lists no invoice of this month" in text(finance, "/billing/invoices/2026-09/")
    assert "LINE WORKS lists no invoice and no details" in text(finance, "/billing/invoices/2026-10/", 404)


def test_a_year_of_five_digits_and_a_month_that_is_absent_are_shown_as_received(finance: Client) -> None:
    keep_invoices(2026, bill(MONTH, invoiceYear=20201), bill(MONTH, invoiceNo=9, invoiceMonth=None))
    page = text(finance, LIST)
    assert "stated year 20201" in page
    assert "No month stated" in page
    assert "LINE WORKS states the year 20201 and lists the invoice under 2026." in text(finance, PAGE)


@pytest.mark.parametrize("amount", ["62400", 62400.5])
def test_an_invoice_with_texts_or_decimals_is_kept_and_flagged(finance: Client, amount: Any) -> None:
    keep_invoices(2026, bill(MONTH, usedAmount=amount))
    page = text(finance, PAGE)
    assert "Amounts that are no whole numbers: usedAmount." in page
    assert f"¥{float(amount):,.10g}" in page
    assert "lists no details of this month yet" in page


@pytest.mark.parametrize("month", ["2026-13", "20201-08", "x", "0001-01", "9999-12", "2026-11-1"])
def test_what_is_no_month_has_a_way_on(finance: Client, month: str) -> None:
    page = text(finance, f"{LIST}{month}/", 404)
    assert f'href="{LIST}"' in page
    assert text(finance, f"{LIST}{month}/1/", 404)


def test_a_month_shows_what_is_stated_and_against_the_month_before(two_months: None, finance: Client) -> None:
    page = text(finance, PAGE)
    assert "Invoice of 1 Nov 2026" in page
    assert "Usage of October 2026" in page
    for words in ("¥1,650", "¥1,500", "+¥500", "+50 %", "Against September"):
        assert words in page, words
    ways = re.findall(r'<a\s+href="([^"]*)#table">(1 up|1 down)</a>', page)
    assert ways == [("?show=up&amp;sort=-growth", "1 up"), ("?show=down&amp;sort=growth", "1 down")]
    for query, name in (("?show=up&sort=-growth", "=SUM(1)"), ("?show=down&sort=growth", "いろは")):
        [row] = rows(text(finance, f"{PAGE}{query}"))
        assert name in row
    assert 'href="/billing/invoices/2026-10/" rel="prev"' in page
    assert 'rel="next"' not in page


def figures(page: str) -> str:
    """Return what is said against the month before."""
    card = page.partition("Against September")[2].partition("</section>")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", card).split()).replace(" 1 up , 0 down", "")


@pytest.mark.parametrize(
    ("spent", "words"),
    [
        # Customer 1 spent 300 more; the adjustment of 50 is in its sum and not in what the invoice states.
        (1550, "+¥550 +55 % Customers below +¥300 Customers no longer billed −¥400 Of no customer +¥650"),
        (
            950,
            "−¥50 −5 % Customers below +¥300 Customers no longer billed −¥400 Adjustments, left out +¥50",
        ),
        (1300, "+¥300 +30 %"),
    ],
)
def test_what_the_growth_consists_of_is_said_where_the_list_adds_up_to_something_else(
    finance: Client, spent: int, words: str
) -> None:
    keep_invoices(2026, bill("2026-09", usedAmount=1000), bill(MONTH, usedAmount=spent))
    keep_details("2026-09", detail(1, item(600), summary(600)), detail(3, item(400), summary(400)))
    keep_details(MONTH, detail(1, item(950), item(-50, "ADJUSTMENT"), summary(900)))
    assert figures(text(finance, PAGE)) == words
    assert ">+300</td>" in text(finance, PAGE).partition("<tfoot>")[2]


def test_the_list_is_sorted_as_a_whole_and_what_is_absent_comes_last(two_months: None, finance: Client) -> None:
    def names(sort: str) -> list[str]:
        page = text(finance, f"{PAGE}?sort={sort}")
        return [name for row in rows(page) for name in ("いろは", "=SUM(1)", "三河屋") if name in row]

    assert names("code") == ["三河屋", "いろは", "=SUM(1)"]
    assert names("-code") == ["いろは", "三河屋", "=SUM(1)"]
    assert names("-spent") == ["=SUM(1)", "いろは", "三河屋"]
    assert names("growth") == ["いろは", "=SUM(1)", "三河屋"]
    assert names("nonsense") == names("code")


def test_amounts_are_sorted_the_largest_first_by_their_heads_and_by_the_form_of_a_phone(
    two_months: None, finance: Client
) -> None:
    page = text(finance, f"{PAGE}?q=K-&sort=growth")
    assert 'id="sort-spent" href="?q=K-&amp;sort=-spent"' in page
    assert 'id="sort-plan" href="?q=K-&amp;sort=plan"' in page
    form = page.partition('<form class="pd-bar pd-sort"')[2].partition("</form>")[0]
    assert '<input type="hidden" name="q" value="K-">' in form
    assert re.findall(r'<option value="([^"]*)" selected>([^<]*)<', form) == [("growth", "Change ¥, ascending")]
    assert form.index('value="-spent"') < form.index('value="spent"')
    assert form.index('value="name"') < form.index('value="-name"')


def test_contract_types_of_the_filter_are_told_apart(two_months: None, finance: Client) -> None:
    boxes = text(finance, PAGE).partition('id="filters"')[2].partition("</form>")[0]
    names = re.findall(r"<span>([^<]*)</span>", boxes)
    assert {"Annual contract, monthly", "Annual contract, monthly (license)"} <= set(names)
    assert len(names) == len(set(names))


def test_a_filter_finds_by_name_code_and_number_and_totals_follow(two_months: None, finance: Client) -> None:
    for query, amount in (("いろは", "500"), ("K-1", "70"), ("SUM", "1,000"), ("3", "70")):
        page = text(finance, f"{PAGE}?q={query}")
        assert "1 customer found" in page, query
        assert amount in page.partition("<tfoot>")[2], query
    assert "No customers match" in text(finance, f"{PAGE}?q=zzz")
    assert "All 3 customers" in text(finance, PAGE)


@pytest.mark.parametrize(("show", "found"), [("up", 1), ("down", 1), ("penalty", 1), ("adjustment", 0), ("differs", 0)])
def test_what_is_worth_a_list_of_its_own(two_months: None, finance: Client, show: str, found: int) -> None:
    page = text(finance, f"{PAGE}?show={show}")
    assert ("1 customer found" in page) == (found == 1)


def test_all_customers_that_the_filter_finds_can_be_printed(finance: Client) -> None:
    keep_invoices(2026, bill(MONTH))
    keep_details(MONTH, *(detail(number, item(5), summary(5)) for number in range(1, 61)))
    page = text(finance, f"{PAGE}?sort=-code&page=2")
    assert len(rows(page)) == 10
    assert 'name="rows" value="all"' in page
    assert '<input type="hidden" name="sort" value="-code" form="print">' in page
    assert "data-print" not in page
    page = text(finance, f"{PAGE}?sort=-code&rows=all")
    assert len(rows(page)) == 60
    assert "1–60 of 60" in page
    assert "data-print" in page
    assert 'id="print"' not in page


def test_where_the_month_before_was_never_read_nothing_is_compared(finance: Client) -> None:
    keep_invoices(2026, bill(MONTH))
    keep_details(MONTH, detail(1, item(5), summary(5)))
    page = text(finance, PAGE)
    assert "no invoice to compare with" in page
    assert "0 up, 0 down" not in page


def test_a_sum_that_differs_is_said_at_the_invoice_and_at_the_customer(finance: Client) -> None:
    keep_invoices(2026, bill(MONTH, usedAmount=100))
    keep_details(MONTH, detail(1, item(90), summary(91)))
    page = text(finance, PAGE)
    assert "The sum of the details differs from the amount spent" in page
    assert "−¥9" in page
    assert "Sum differs" in page
    assert "LINE WORKS states ¥91; plans, options and adjustments come to ¥90: +¥1." in text(finance, f"{PAGE}1/")


def test_where_adjustments_are_all_of_the_difference_that_is_said(finance: Client) -> None:
    keep_invoices(2026, bill(MONTH, usedAmount=100))
    keep_details(MONTH, detail(1, item(100), item(-30, "ADJUSTMENT"), summary(70)))
    page = text(finance, PAGE)
    assert "doesn’t contain the adjustments" in page
    assert "differs from the amount spent" not in page


def test_items_are_shown_with_documented_fields_by_name_and_others_as_received(
    two_months: None, finance: Client
) -> None:
    keep_details(
        MONTH,
        detail(
            5, item("1,5", usedDays=31, note={"a": "<b>"}), item(8, "GIFT", itemId="NEW_1", plan="WEEKLY"), summary(9)
        ),
    )
    page = text(finance, f"{PAGE}5/")
    for words in (
        "Product",
        "Standard",
        "usedDays",
        "31",
        "&lt;b&gt;",
        "GIFT",
        "NEW_1",
        "WEEKLY",
        "As received",
        "1,5",
    ):
        assert words in page, words
    assert "Unknown to Partnerdesk" in page


def test_a_customer_that_is_gone_keeps_its_details_and_is_marked(two_months: None, finance: Client) -> None:
    [known] = keep_customers(customer(1))
    type(known).objects.filter(pk=1).update(removed_at=known.changed_at)
    assert "Not in LINE WORKS" in text(finance, f"{PAGE}1/")
    page = text(finance, "/billing/customers/1/")
    assert 'href="/billing/invoices/2026-11/1/"' in page
    assert 'href="/billing/invoices/2026-10/1/"' in page


def test_a_customer_that_the_invoice_does_not_name_has_a_way_on(two_months: None, finance: Client) -> None:
    page = text(finance, f"{PAGE}99/", 404)
    assert f'href="{PAGE}"' in page


def lines_of(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def test_a_file_holds_what_the_filter_finds_and_no_formula(two_months: None, finance: Client) -> None:
    heads, *found = lines_of(finance.get(f"{PAGE}?show=up&export=csv"))
    [line] = found
    cells = dict(zip(heads, line, strict=True))
    assert cells["Customer"] == "'=SUM(1)"
    assert cells["Plan (code)"] == "STD"
    assert (cells["Amount spent (as stated)"], cells["Difference from the month before"]) == ("1000", "1000")


def test_a_file_of_items_holds_all_items_of_what_the_filter_finds(two_months: None, finance: Client) -> None:
    heads, *found = lines_of(finance.get(f"{PAGE}?q=SUM&export=csv&of=items"))
    assert [line[heads.index("Amount")] for line in found] == ["900", "100", "1000"]
    assert [line[heads.index("Item type (code)")] for line in found] == ["PRODUCT", "OPTION_PRODUCT", "SUMMARY"]
    answer: Any = finance.get(f"{PAGE}?export=xlsx&of=items")
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)), read_only=True)
    table: list[Any] = list(book.worksheets[0].iter_rows(values_only=True))
    place = table[0].index("Amount")
    assert sum(row[place] for row in table[1:] if row[table[0].index("Item type (code)")] == "PRODUCT") == 1400


def test_invoices_of_a_year_and_items_of_a_customer_as_files(two_months: None, finance: Client) -> None:
    heads, *found = lines_of(finance.get(f"{LIST}?export=csv"))
    assert [line[heads.index("Amount due")] for line in found] == ["1650", "1100"]
    heads, *found = lines_of(finance.get(f"{PAGE}2/?export=csv"))
    assert len(found) == 3


def test_who_may_not_see_invoices_sees_no_tab_of_them(people: People, sign_in: SignIn, two_months: None) -> None:
    keep_customers(customer(1))
    page = text(sign_in(people.support), "/customers/1/")
    assert "/billing/customers/1/" not in page
    assert "/billing/customers/1/" in text(sign_in(people.finance), "/customers/1/")


def test_pages_cost_the_same_however_much_there_is(
    two_months: None, finance: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    def queries(path: str) -> int:
        finance.get(path)
        with django_assert_max_num_queries(15) as made:
            finance.get(path)
        return len(made)

    paths = (LIST, PAGE, f"{PAGE}?q=a", f"{PAGE}?sort=-growth&show=up", f"{PAGE}1/")
    few = [queries(path) for path in paths]
    keep_details(MONTH, *(detail(number, item(5), item(6), summary(11)) for number in range(1, 120)))
    keep_invoices(2026, *(bill(f"2026-{number:02}") for number in range(1, 12)))
    assert [queries(path) for path in paths] == few
    assert max(few) <= 15


def test_home_counts_unpaid_invoices_and_opens_them(
    two_months: None, finance: Client, people: People, sign_in: SignIn
) -> None:
    keep_invoices(2025, bill("2025-03", totalAmount=350))
    page = text(finance, "/")
    assert "Unpaid invoices" in page
    assert "Amount due: ¥2,000" in page
    assert f'href="{LIST}?payment=UNPAID"' in page
    unpaid = text(finance, f"{LIST}?payment=UNPAID")
    assert "March 2025" in unpaid
    assert "September 2026" not in unpaid.partition("<tbody>")[2].partition("</tbody>")[0]
    heads, *found = lines_of(finance.get(f"{LIST}?payment=UNPAID&export=csv"))
    assert [line[heads.index("Amount due")] for line in found] == ["1650", "350"]
    assert "Unpaid invoices" not in text(sign_in(people.account_manager), "/")
    keep_invoices(2025)
    keep_invoices(2026)
    assert "All invoices are paid." in text(finance, f"{LIST}?payment=UNPAID")
