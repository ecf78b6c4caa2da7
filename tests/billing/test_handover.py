"""What finance hands on: the package of a month, journal lines, statements of customers."""

import csv
import hashlib
import io
import json
from datetime import date
from decimal import Decimal
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from billing.checking import runner
from billing.journal import journal_of
from billing.models import CheckDifference, Invoice, JournalAccount, PriceEntry, PriceList, SettlementItem, SignOff
from billing.price_lists import price_book
from billing.statements import statement_of
from portal.operations.priced import Per, Period
from tests.support.billing import ANNUAL, MONTH, bill, detail, item, keep_details, keep_invoices, meter, summary
from tests.support.examples import made_up
from tests.support.portal import People
from tests.support.rows import keep_customers
from tests.support.vendor_json import customer

pytestmark = pytest.mark.django_db

PAGE = "/billing/invoices/2026-11/"
NAMED = date(2026, 10, 1)


@pytest.fixture
def month() -> None:
    keep_invoices(
        2026,
        bill(MONTH, usedAmount=1500, usedTaxAmount=150, optionPlusAmount=77, optionPlusTaxAmount=7, penaltyAmount=70,
             totalAmount=1804),
    )  # fmt: skip
    keep_details(
        MONTH,
        detail(1, item(500), summary(500), customerName="株式会社いろは𠮷", customerCode="K-2"),
        detail(2, item(900), item(100, "OPTION_PRODUCT", itemId="ACV2", subItemId="ACV201"), summary(1000),
               item(77, "OPTION_PLUS"), customerName="=SUM(1)", customerCode=""),
        detail(3, item(70, "PENALTY"), customerName="三河屋", customerCode="K-1"),
    )  # fmt: skip


def content(answer: Any) -> bytes:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_a_package_holds_the_month_and_its_checksums_are_true(month: None, finance: Client) -> None:
    package = ZipFile(io.BytesIO(content(finance.get(f"{PAGE}package/"))))
    names = {"invoice.csv", "invoice-as-received.json", "customers.csv", "items.csv", "journal.csv", "manifest.json"}
    assert set(package.namelist()) == names | {"SHA256SUMS"}
    sums = dict(line.split("  ")[::-1] for line in package.read("SHA256SUMS").decode().splitlines())
    assert sums == {name: hashlib.sha256(package.read(name)).hexdigest() for name in names}
    manifest = json.loads(package.read("manifest.json"))
    assert (manifest["month_of_use"], manifest["month_of_bill"], manifest["customers"]) == ("2026-10", "2026-11", 3)
    assert Decimal(manifest["stated_sum_of_customers"]) == 1500
    assert {each["name"]: each["sha256"] for each in manifest["files"]} == {
        name: sums[name] for name in names - {"manifest.json"}
    }
    lines = package.read("items.csv").decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + SettlementItem.objects.current().count()


def test_a_package_says_that_no_check_was_run(month: None, finance: Client) -> None:
    manifest = json.loads(ZipFile(io.BytesIO(content(finance.get(f"{PAGE}package/")))).read("manifest.json"))
    assert (manifest["check"], manifest["sign_off"]) == ({"was_run": False}, None)


def test_a_package_holds_the_check_and_its_sign_off(finance: Client, people: People) -> None:
    keep_customers(customer(1), customer(2))
    keep_invoices(2026, bill(MONTH))
    for number in (1, 2):
        meter(number, 10)
    keep_details(MONTH, *(detail(n, item(450, licenseCount=count, **ANNUAL)) for n, count in ((1, 10), (2, 7))))
    used = "/billing/check/2026-10/"
    run = runner.start(NAMED, by=people.finance)
    runner.run(run.pk)

    def package() -> tuple[ZipFile, Any]:
        file = ZipFile(io.BytesIO(content(finance.get(f"{PAGE}package/"))))
        return file, json.loads(file.read("manifest.json"))

    file, manifest = package()
    listed = content(finance.get("/billing/differences/?view=all&month=2026-10&sort=month&export=csv"))
    assert file.read("differences.csv") == listed
    assert len(list(csv.reader(io.StringIO(listed.decode("utf-8-sig"))))) == 1 + CheckDifference.objects.count() == 2
    assert "evidence.json" not in file.namelist()
    assert manifest["sign_off"] is None
    assert {**manifest["check"], "finished_at": ""} == {
        "was_run": True, "finished_at": "", "asked_by": str(people.finance), "customers": 2, "agreeing": 1,
        "explained": {"differences": 0, "customers": 0}, "cause_chosen": {"differences": 0, "customers": 0},
        "unexplained": {"differences": 1, "customers": 1}, "yen": None, "items_changed_since": False,
    }  # fmt: skip

    waiting = CheckDifference.objects.get()
    finance.post(f"{used}differences/{waiting.pk}/", {"choice": "reported", "note": "連絡済み"})
    finance.post(f"{used}sign-off/", {"note": "確認済み", "seen": run.pk})
    signed = SignOff.objects.get()
    file, manifest = package()
    assert manifest["sign_off"] == {
        "at": manifest["sign_off"]["at"], "by": str(people.finance), "note": "確認済み", "sha256": signed.digest,
        "is_of_this_check": True,
    }  # fmt: skip
    assert hashlib.sha256(file.read("evidence.json")).hexdigest() == signed.digest
    assert signed.digest in file.read("differences.csv").decode()
    sums = dict(line.split("  ")[::-1] for line in file.read("SHA256SUMS").decode().splitlines())
    assert {name: hashlib.sha256(file.read(name)).hexdigest() for name in sums} == sums
    assert set(sums) == set(file.namelist()) - {"SHA256SUMS"}
    assert [package()[0].read(name) for name in ("differences.csv", "evidence.json")] == [
        file.read(name) for name in ("differences.csv", "evidence.json")
    ]

    runner.run(runner.start(NAMED, by=people.finance).pk)
    assert package()[1]["sign_off"]["is_of_this_check"] is False


def test_a_month_without_an_invoice_has_neither_package_nor_journal(finance: Client) -> None:
    keep_details(MONTH, detail(1, summary(5)))
    for path in ("package/", "journal/"):
        assert finance.get(f"{PAGE}{path}").status_code == 404
        assert finance.get(f"/billing/invoices/2026-13/{path}").status_code == 404


def test_journal_lines_come_to_the_amount_due(month: None) -> None:
    lines = list(journal_of(NAMED))
    assert sum(line.amount for line in lines) == 1804
    assert [(line.kind, line.amount) for line in lines] == [
        ("spent", 500), ("spent", 1000), ("option_plus", 77), ("penalty", 70), ("spent_tax", 150),
        ("option_plus_tax", 7),
    ]  # fmt: skip


AMOUNTS = st.integers(-(10**7), 10**7)


@made_up(10)
@given(AMOUNTS, AMOUNTS, st.lists(st.tuples(AMOUNTS, AMOUNTS), max_size=3))
def test_journal_lines_come_to_the_amount_due_for_any_month(
    total: int, tax: int, customers: list[tuple[int, int]]
) -> None:
    keep_invoices(2026, bill(MONTH, totalAmount=total, usedTaxAmount=tax))
    keep_details(
        MONTH,
        *(detail(n, summary(spent), item(more, "PENALTY")) for n, (spent, more) in enumerate(customers, start=1)),
    )
    lines = list(journal_of(NAMED))
    assert sum(line.amount for line in lines) == Invoice.objects.current().get().total_amount
    assert all(line.amount for line in lines)


def test_a_journal_for_freee_has_its_columns_and_turns_what_is_negative(month: None, finance: Client) -> None:
    keep_details(MONTH, detail(1, summary(-500)))
    heads, first, *_rest = csv.reader(
        io.StringIO(content(finance.get(f"{PAGE}journal/?for=freee")).decode("utf-8-sig"))
    )
    line = dict(zip(heads, first, strict=True))
    assert (line["日付"], line["借方金額"], line["貸方金額"]) == ("2026/10/31", "500", "500")
    assert (line["借方勘定科目"], line["貸方勘定科目"]) == ("買掛金", "仕入高")


def test_a_journal_for_yayoi_is_of_25_columns_without_heads(month: None, finance: Client) -> None:
    lines = list(csv.reader(io.StringIO(content(finance.get(f"{PAGE}journal/?for=yayoi")).decode("cp932"))))
    assert {len(line) for line in lines} == {25}
    assert lines[0][0] == "2000"
    assert lines[0][8] == lines[0][14] == "500"
    assert lines[0][16].startswith("LINE WORKS 2026-10 K-2 株式会社いろは")


def test_accounts_are_edited_on_a_page_and_used_from_then_on(month: None, finance: Client, people: People) -> None:
    form: dict[str, str] = {}
    for kind in ("spent", "option_plus", "penalty", "spent_tax", "option_plus_tax", "difference"):
        form |= {f"{kind}-debit_account": "外注費", f"{kind}-credit_account": "未払金"}
    assert finance.post("/billing/journal/", form | {"spent-debit_account": ""}).status_code == 422
    assert not JournalAccount.objects.exists()
    assert finance.post("/billing/journal/", form).status_code == 302
    assert {line.account.debit_account for line in journal_of(NAMED)} == {"外注費"}
    assert set(JournalAccount.objects.values_list("set_by_name", flat=True)) == {str(people.finance)}
    assert "外注費" in finance.get("/billing/journal/").content.decode()


def set_price(item_id: str, plan: str, *, sale: int, purchase: int | None, per: Per, period: Period) -> None:
    version, _made = PriceList.objects.get_or_create(valid_from=date(2026, 1, 1), made_by_id=1, made_by_name="x")
    PriceEntry.objects.create(
        price_list=version, item=item_id, contract_type=plan, per=per, period=period, purchase=purchase, sale=sale,
        tax_rate=10, set_by_id=1, set_by_name="x",
    )  # fmt: skip


def test_a_statement_with_our_prices_counts_days_and_takes_lump_sums_in_proportion() -> None:
    set_price("STD", "MONTHLY", sale=310, purchase=200, per=Per.USER, period=Period.MONTH)
    set_price("ADV", "ANNUAL_PREPAY_LICENSE", sale=1500, purchase=1000, per=Per.LICENSE, period=Period.YEAR)
    half = {"startDate": "2026-10-01", "endDate": "2026-10-10"}
    prepaid: Any = {"itemId": "ADV", "plan": "ANNUAL_PREPAY_LICENSE", "licenseCount": 3}
    keep_details(
        MONTH,
        detail(
            1, {**item(500, memberCount=8), **half}, item(3000, **prepaid), item(0, **prepaid),
            item(1, itemId="NEW", plan="MONTHLY"), item(-30, "ADJUSTMENT"), item(99, "PENALTY"), summary(3470),
        ),
    )  # fmt: skip
    items = SettlementItem.objects.current().order_by("place")
    found = statement_of(items, price_book())
    assert [line.amount for line in found.lines] == [800, 4500, 0, None, -30, 99]
    assert found.missing == 1
    assert (found.before_tax, found.tax, found.total) == (5369, 527, 5896)
    stated = statement_of(items, None)
    assert [line.amount for line in stated.lines] == [500, 3000, 0, 1, -30, 99]


def test_finance_is_warned_of_what_is_sold_below_its_cost_on_the_page_alone(month: None, finance: Client) -> None:
    set_price("STD", "MONTHLY", sale=310, purchase=200, per=Per.CONTRACT, period=Period.MONTH)
    path = f"{PAGE}2/statement/"
    page = finance.get(path).content.decode()
    assert "1 item is sold below its cost" in page
    assert "¥310, billed by LINE WORKS: ¥900" in page
    assert page.index("1 item is sold below its cost") < page.index("pd-not-printed")
    assert "below its cost" not in finance.get(f"{path}?prices=stated").content.decode()
    set_price("STD", "MONTHLY", sale=900, purchase=200, per=Per.CONTRACT, period=Period.MONTH)
    assert "below its cost" not in finance.get(path).content.decode()


def test_a_statement_is_a_page_and_a_pdf_in_japanese(month: None, finance: Client) -> None:
    path = f"{PAGE}2/statement/"
    page = finance.get(path).content.decode()
    assert "¥1,077" in page
    assert "¥1,184" in page
    assert "Our prices" not in page
    set_price("STD", "MONTHLY", sale=310, purchase=200, per=Per.USER, period=Period.MONTH)
    page = finance.get(path).content.decode()
    assert "1 item has no amount" in page
    assert "Our prices" in page
    for number in (1, 2, 3):
        answer = finance.get(f"{PAGE}{number}/statement/?form=pdf", headers={"Accept-Language": "ja"})
        assert answer["Content-Type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF-")
    assert finance.get(f"{PAGE}99/statement/").status_code == 404


def fonts_of(pdf: PdfReader) -> list[tuple[str, bool]]:
    """Return the fonts that the pages use, and whether each is embedded."""
    resources: list[Any] = [page["/Resources"] for page in pdf.pages]
    fonts = [font.get_object() for resource in resources for font in resource["/Font"].values()]
    return [(font["/BaseFont"], "/FontFile2" in font["/FontDescriptor"]) for font in fonts if "/FontDescriptor" in font]


def test_a_statement_says_what_is_counted_at_which_price_and_what_is_not_taxed(finance: Client) -> None:
    set_price("STD", "MONTHLY", sale=310, purchase=200, per=Per.USER, period=Period.MONTH)
    set_price("ADV", "ANNUAL_PREPAY_LICENSE", sale=15_000, purchase=1000, per=Per.LICENSE, period=Period.YEAR)
    keep_invoices(2026, bill(MONTH))
    prepaid: Any = {"itemId": "ADV", "plan": "ANNUAL_PREPAY_LICENSE", "licenseCount": 107}
    penalty = item(63_200, "PENALTY", licenseCount=None, memberCount=None, quantity=None)
    keep_details(MONTH, detail(1, item(500, memberCount=1, licenseCount=9), item(3000, **prepaid), penalty))
    path = f"{PAGE}1/statement/"
    page = finance.get(path).content.decode()
    for words in (
        "1 user<",
        "107 licenses<",
        "310 / month",
        "15,000 / year",
        "Not taxed<",
        "Not taxed: ¥63,200</dt><dd>–<",
    ):
        assert words in page
    assert "of ¥63,200" not in page
    assert "310 / month" not in finance.get(f"{path}?prices=stated").content.decode()
    page = finance.get(path, headers={"Accept-Language": "ja"}).content.decode()
    for words in ("数量", "107ライセンス", "1ユーザー", "対象外"):
        assert words in page
    assert "契約数" not in page
    for prices in ("own", "stated"):
        pdf = PdfReader(io.BytesIO(finance.get(f"{path}?form=pdf&prices={prices}").content))
        text = pdf.pages[0].extract_text()
        assert ("310 / month" in text) is (prices == "own")
        assert "107 licenses" in text
        assert "Not taxed: ¥63,200" in text


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_pdf_brings_its_font_and_holds_names_and_yen_as_text(month: None, finance: Client, language: str) -> None:
    keep_invoices(2026, bill(MONTH, partnerName="株式会社リセラー髙﨑"))
    answer = finance.get(f"{PAGE}1/statement/?form=pdf", headers={"Accept-Language": language})
    pdf = PdfReader(io.BytesIO(answer.content))
    fonts = fonts_of(pdf)
    assert fonts
    assert all("BIZUDPGothic" in name and is_embedded for name, is_embedded in fonts)
    [text] = [page.extract_text() for page in pdf.pages]
    assert "株式会社いろは〓" in text  # the font has no 𠮷
    assert "株式会社リセラー髙﨑" in text
    assert ("¥550" if language == "en" else "550円") in text
    assert "\\" not in text
    assert len(answer.content) < 100_000


def test_a_long_statement_has_several_pages(finance: Client) -> None:
    keep_invoices(2026, bill(MONTH))
    keep_details(MONTH, detail(1, *(item(number) for number in range(120))))
    answer = finance.get(f"{PAGE}1/statement/?form=pdf")
    assert answer.content.count(b"/Type /Page\n") >= 3
