"""Downloads of the lists: exactly what the filter finds, as CSV and XLSX that no spreadsheet takes for formulas."""

import csv
import io
import re
import tracemalloc
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from customers.models import Customer, UsageStatus
from options.sync.options import OPTION_ORDERS, OPTIONS
from options.sync.renewals import OPTION_RENEWALS
from portal.core import exports
from portal.core.clock import business_today, now
from portal.core.exports import Column, coded, download
from portal.sync.resources import Answer
from portal.sync.store import keep
from portal.vendor import client
from subscriptions.sync.reservations import RESERVATIONS
from subscriptions.sync.subscriptions import SUBSCRIPTIONS
from tests.support.languages import speak
from tests.support.portal import People, SignIn
from tests.support.rows import keep_customers
from tests.support.vendor_json import customer, option, option_order, option_renewal, reservation, subscription

FIRST = 10_000_001
LISTS = ("customers", "subscriptions", "options")
Table = list[dict[str, Any]]


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.finance)


@pytest.fixture
def _book(db: None) -> None:
    """Thirty customers, more than a page, each with a subscription and an option; the last one is gone."""
    keep_customers(
        *(
            customer(FIRST + place, companyName=f"{'=1+1' if place == 7 else '会社'}{place:02}", domain=f"d{place}.jp")
            for place in range(30)
        )
    )
    monthly = {"plan": "MONTHLY", "licenseCount": None}
    answers: dict[Any, list[Any]] = {
        SUBSCRIPTIONS: [
            client.Subscription.from_vendor(subscription(place + 1, **(monthly if place % 2 else {})))
            for place in range(30)
        ],
        OPTIONS: [client.OptionProduct.from_vendor(option())] * 30,
        OPTION_RENEWALS: [client.OptionProductRenewal.from_vendor(option_renewal())],
        OPTION_ORDERS: [client.OptionProductOrder.from_vendor(option_order(type="MODIFY", subOptionId="SSTG203"))],
        RESERVATIONS: [client.Reservation.from_vendor(reservation(1, applyDate="2026-01-20"))],
    }
    for resource, records in answers.items():
        keep(
            resource,
            {FIRST + place: Answer([record], parts=["SSTG2"]) for place, record in enumerate(records)},
            read_at=now(),
        )
    UsageStatus.objects.create(customer_id=FIRST, member_count=8, member_limit=9, raw={}, changed_at=now())
    Customer.objects.filter(pk=FIRST + 29).update(removed_at=now())


def body(answer: Any) -> bytes:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def from_csv(answer: Any) -> Table:
    return list(csv.DictReader(io.StringIO(body(answer).decode("utf-8-sig"))))


def from_xlsx(answer: Any) -> Table:
    heads, *rows = sheets(answer)[0].iter_rows(values_only=True)
    return [dict(zip(map(str, heads), row, strict=True)) for row in rows]


def sheets(answer: Any) -> Any:
    return load_workbook(io.BytesIO(body(answer))).worksheets


@pytest.mark.usefixtures("_book")
@pytest.mark.parametrize("name", LISTS)
def test_a_file_holds_all_pages_of_a_list(browser: Client, name: str) -> None:
    found = from_csv(browser.get(f"/{name}/?export=csv&page=2&rows=25"))
    assert {row["Domain ID"] for row in found} == {f"{FIRST + place}" for place in range(29)}
    assert len(found) == 29
    workbook = from_xlsx(browser.get(f"/{name}/?export=xlsx"))
    assert [row["Domain ID"] for row in found] == [f"{row['Domain ID']}" for row in workbook]


@pytest.mark.usefixtures("_book")
@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/customers/?plan=MONTHLY&q=d1&sort=-name", [FIRST + place for place in (19, 17, 15, 13, 11, 1)]),
        ("/subscriptions/?plan=MONTHLY&q=d1&sort=-name", [FIRST + place for place in (19, 17, 15, 13, 11, 1)]),
        ("/options/?q=d2&sort=-name", [FIRST + place for place in (28, 27, 26, 25, 24, 23, 22, 21, 20, 2)]),
        ("/options/?q=zzz", []),
    ],
)
def test_a_file_holds_exactly_what_the_filter_finds(
    browser: Client, form: str, address: str, expected: list[int]
) -> None:
    answer = browser.get(f"{address}&export={form}")
    rows = from_csv(answer) if form == "csv" else from_xlsx(answer)
    assert [int(row["Domain ID"]) for row in rows] == expected


@pytest.mark.usefixtures("_book")
@pytest.mark.parametrize("name", LISTS)
def test_a_csv_file_opens_in_excel_and_works_nothing_out(browser: Client, name: str) -> None:
    answer = browser.get(f"/{name}/?export=csv&q=d7.jp")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}-{business_today()}.csv"'
    assert "no-store" in answer["Cache-Control"]
    content = body(answer)
    assert content.startswith(b"\xef\xbb\xbf")
    assert b"\n'=1+107," in content


@pytest.mark.usefixtures("_book")
@pytest.mark.parametrize("name", LISTS)
def test_a_workbook_holds_texts_numbers_and_dates(browser: Client, name: str) -> None:
    answer = browser.get(f"/{name}/?export=xlsx&q=d7.jp")
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    assert answer["Content-Disposition"] == f'attachment; filename="{name}-{business_today()}.xlsx"'
    sheet = sheets(answer)[0]
    cells = dict(zip([cell.value for cell in sheet[1]], sheet[2], strict=True))
    assert (cells["Customer"].value, cells["Customer"].data_type) == ("=1+107", "s")
    assert cells["Domain ID"].value == FIRST + 7
    assert cells["Contract end"].value == datetime(2026, 2, 14)  # noqa: DTZ001  a spreadsheet knows no time zones


@pytest.mark.usefixtures("_book")
def test_codes_stand_beside_their_words(browser: Client) -> None:
    row = from_csv(browser.get(f"/subscriptions/?export=csv&q={FIRST}"))[0]
    assert (row["Plan"], row["Plan (code)"]) == ("Standard", "STD")
    assert (row["Contract type"], row["Contract type (code)"]) == (
        "Annual contract, monthly (license)",
        "ANNUAL_LICENSE",
    )
    assert (row["Number of users"], row["Number of licenses"], row["Maximum number of users"]) == ("8", "10", "9")
    assert (row["Scheduled change (code)"], row["Scheduled date"]) == ("ADD_LICENSE", "2026-01-20")
    row = from_csv(browser.get(f"/options/?export=csv&q={FIRST}"))[0]
    assert (row["Option"], row["Option (code)"], row["Sub option"]) == ("Shared Storage", "SSTG2", "5 TB")
    assert (row["Scheduled change (code)"], row["Scheduled sub option"]) == ("MODIFY", "10 TB")
    row = from_csv(browser.get(f"/customers/?export=csv&q={FIRST}"))[0]
    assert (row["Plan (code)"], row["Status (code)"], row["Contract end"]) == ("STD", "ACTIVE", "2026-02-14")


@pytest.mark.usefixtures("_book", "japanese")
@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("name", LISTS)
def test_a_file_speaks_the_language_of_the_page(browser: Client, name: str, form: str) -> None:
    answer = speak(browser, "ja").get(f"/{name}/?export={form}&q={FIRST}")
    # What others ask for meanwhile in the same thread changes nothing.
    speak(browser, "en").get("/customers/")
    row = (from_csv(answer) if form == "csv" else from_xlsx(answer))[0]
    assert row["契約タイプ"] == "年額契約 月払い ライセンス"
    assert row["契約タイプ（コード）"] == "ANNUAL_LICENSE"


@pytest.mark.usefixtures("_book")
@pytest.mark.parametrize("query", ["export=pdf", "export=", "export=CSV"])
def test_a_format_that_does_not_exist_shows_the_page(browser: Client, query: str) -> None:
    assert b"<!doctype html>" in browser.get(f"/customers/?{query}").content


@pytest.mark.usefixtures("_book")
@pytest.mark.parametrize("name", LISTS)
def test_the_page_offers_the_file_of_its_filter_and_order(browser: Client, name: str) -> None:
    page = browser.get(f"/{name}/?q=d1&sort=-name&page=2&rows=25").content.decode()
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)" form="export">', page))
    assert kept == {"q": "d1", "sort": "-name"}
    for form in ("csv", "xlsx"):
        assert f'name="export" value="{form}"' in page


@pytest.mark.usefixtures("_book")
@pytest.mark.parametrize(
    ("address", "heads"),
    [
        ("/customers/?columns=end", ["Customer", "Domain ID", "Contract end"]),
        (
            "/subscriptions/?columns=start&columns=name",
            ["Customer", "Domain ID", "Start date", "Platform cancellation"],
        ),
        ("/options/?columns=quantity", ["Customer", "Domain ID", "Quantity"]),
    ],
)
def test_a_file_of_the_visible_columns_holds_no_others(browser: Client, address: str, heads: list[str]) -> None:
    for form in ("csv", "xlsx"):
        answer = browser.get(f"{address}&fields=shown&export={form}")
        rows = from_csv(answer) if form == "csv" else from_xlsx(answer)
        assert list(rows[0]) == heads
        assert len(rows) == 29
    everything = from_csv(browser.get(f"{address}&export=csv"))
    assert len(everything[0]) > 12


# --- The exporter alone ----------------------------------------------------------------------------------------------

NUMBERS: tuple[Column[int], ...] = (
    Column("A", lambda number: number),
    Column("B", lambda number: f"text {number}"),
    *coded("C", "product", lambda number: "STD" if number % 2 else ""),
    Column("D", lambda number: None if number % 2 else date(2026, 1, 15)),
)


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "＝1", "\t=1", "'=1"])  # noqa: RUF001  wide on purpose
def test_no_text_becomes_a_formula(text: str) -> None:
    columns: tuple[Column[str], ...] = (Column("A", lambda row: row),)
    assert from_csv(download("a", "csv", columns, [text])) == [{"A": f"'{text}"}]
    assert from_xlsx(download("a", "xlsx", columns, [text])) == [{"A": text}]


def test_what_no_workbook_can_hold_is_left_out() -> None:
    columns: tuple[Column[str], ...] = (Column("A", lambda row: row),)
    assert from_xlsx(download("a", "xlsx", columns, ["a\x01b\x0bc"])) == [{"A": "abc"}]


def test_a_moment_is_written_as_the_clock_of_the_business_shows_it() -> None:
    moment = timezone.now()
    local = timezone.localtime(moment).replace(tzinfo=None, microsecond=0)
    columns: tuple[Column[Any], ...] = (Column("A", lambda row: row),)
    assert from_csv(download("a", "csv", columns, [moment])) == [{"A": f"{local}"}]
    assert from_xlsx(download("a", "xlsx", columns, [moment])) == [{"A": local}]


@pytest.mark.parametrize("rows", [0, 1, 9, 10, 19, 20])
def test_what_is_too_long_for_a_sheet_goes_onto_the_next(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setattr(exports, "MOST_ROWS_ON_A_SHEET", 10)
    found = sheets(download("a", "xlsx", NUMBERS, range(rows)))
    tables = [list(sheet.iter_rows(values_only=True)) for sheet in found]
    assert [table[0] for table in tables] == [("A", "B", "C", "C (code)", "D")] * max(1, -(-rows // 9))
    assert [line[0] for table in tables for line in table[1:]] == list(range(rows))


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_memory_does_not_grow_with_the_rows(form: str) -> None:
    def most(rows: int) -> int:
        tracemalloc.start()
        for _part in download("a", form, NUMBERS, iter(range(rows))):
            pass
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    most(10)  # what is loaded once
    assert most(6_000) < most(2_000) + 128 * 1024


def test_rows_are_read_as_the_file_is_sent() -> None:
    read = []

    def rows() -> Iterator[int]:
        for number in range(5 * exports.AT_ONCE):
            read.append(number)
            yield number

    parts = iter(download("a", "csv", NUMBERS, rows()))
    assert read == []
    next(parts), next(parts)
    assert len(read) <= exports.AT_ONCE
