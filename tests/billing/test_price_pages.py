"""The page of the price list: versions, cells, files, and who sees which price."""

import csv
import io
import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import ProgrammingError, transaction
from django.test import Client
from openpyxl import Workbook, load_workbook
from pytest_django import DjangoAssertNumQueries

from billing import price_lists
from billing.models import PriceEntry, PriceList
from billing.months import shifted
from portal.accounts.roles import Role
from portal.core.clock import business_today
from portal.core.labels import word_for
from tests.support.portal import People, SignIn
from tests.support.prices import keep_prices, price
from tests.support.rows import keep_contracts, one_customer
from tests.support.vendor_json import subscription

pytestmark = pytest.mark.django_db
STANDARD = price("STD", "ANNUAL_LICENSE", 450, 360)
STORAGE = price("SSTG203", "ANNUAL_LICENSE", 15_000, 16_000)
MANY = price("STD", "ANNUAL_LICENSE", 400, 340, from_quantity=100)
SECRETS = ("360", "16000", "16,000", "340", "Margin", "Purchase")


@pytest.fixture
def version(people: People) -> PriceList:
    return keep_prices(people.finance, STANDARD, STORAGE)


def sale_of(version: PriceList, *key: Any) -> int | None:
    found = price_lists.prices_of(version).get((*key, 1))
    return found.sale if found else None


def save(browser: Client, version: PriceList, **cells: str) -> Any:
    typed = {name.replace("__", "."): text for name, text in cells.items()}
    seen = {"seen": str(price_lists.mark_of(version))}
    return browser.post(f"/billing/prices/{version.pk}/save/", seen | typed)


def rows_of(browser: Client, query: str = "") -> list[list[str]]:
    body = b"".join(browser.get(f"/billing/prices/?export=csv{query}").streaming_content)  # type: ignore[attr-defined]
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))


def upload(browser: Client, rows: list[list[str]], day: date | None = None, **extra: str) -> Any:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return send(browser, "prices.csv", text.getvalue().encode(), day)


def send(browser: Client, name: str, content: bytes, day: date | None = None) -> Any:
    """Upload a file, and confirm what it changes of a version that is there."""
    answer = offer(browser, name, content, day)
    return confirm(browser, answer) if answer.context and "replaced" in answer.context else answer


def offer(browser: Client, name: str, content: bytes, day: date | None = None) -> Any:
    given = {"file": SimpleUploadedFile(name, content), "valid_from": (day or date(2020, 1, 1)).isoformat()}
    return browser.post("/billing/prices/upload/", given)


def confirm(browser: Client, answer: Any) -> Any:
    """Press the button of the page that says what would change, with what its form holds."""
    hidden = re.findall(r'type="hidden" name="(content|seen|valid_from)" value="([^"]*)"', answer.content.decode())
    return browser.post("/billing/prices/upload/", {name: unescape(value) for name, value in hidden})


def entries() -> list[Any]:
    return list(PriceEntry.objects.order_by("pk").values())


def table(*rows: str) -> list[list[str]]:
    head = "item,contract_type,from_quantity,to_quantity,per,period,purchase,sale,tax_rate"
    return [line.split(",") for line in (head, *rows)]


def test_without_a_version_nothing_is_shown(finance: Client) -> None:
    page = finance.get("/billing/prices/").content.decode()
    assert "There is no price list yet." in page
    assert "pd-cell" not in page


def test_every_plan_and_option_of_the_catalog_has_a_row(finance: Client, version: PriceList) -> None:
    rows = rows_of(finance)
    assert {"STD", "ADV", "ROG_STD", "NTA_BZ", "SSTG207", "BCT01", "CST_L01", "QTA_M1"} <= {row[1] for row in rows}
    assert not [row for row in rows if row[1].endswith("_T")]
    kinds = {kind: len(rows_of(finance, f"&show={kind}")) - 1 for kind in ("plans", "options", "problems")}
    assert kinds["plans"] + kinds["options"] == len(rows) - 1
    assert kinds["problems"] == 1  # the storage


def test_a_gap_says_how_many_subscriptions_have_no_estimate(finance: Client, version: PriceList) -> None:
    customer = one_customer()
    contracts = [subscription(7 + n, productId="ADV", plan="ANNUAL_LICENSE") for n in range(2)]
    # A plan that the catalog does not know
    contracts.append(subscription(9, productId="JP_PPO_STD", plan="ANNUAL"))
    keep_contracts(customer.pk, subscriptions=contracts)
    page = finance.get("/billing/prices/?show=problems").content.decode()
    assert "No price: 2 subscriptions have no estimate" in page
    assert "PaperOn Standard" in page
    assert "Below the purchase price" in page


def test_a_cell_is_saved_with_its_person_and_the_old_price_stays(
    finance: Client, version: PriceList, people: People
) -> None:
    before = entries()
    assert save(finance, version, sale__STD__ANNUAL_LICENSE__1="460").status_code == 302
    assert sale_of(version, "STD", "ANNUAL_LICENSE") == 460
    assert entries()[: len(before)] == before
    [change] = entries()[len(before) :]
    assert (change["set_by_id"], change["sale"], change["purchase"]) == (people.finance.pk, 460, 360)
    page = finance.get("/billing/prices/").content.decode()
    assert "¥450 → ¥460" in page


def test_an_empty_row_removes_a_price(finance: Client, version: PriceList) -> None:
    save(finance, version, sale__STD__ANNUAL_LICENSE__1="", purchase__STD__ANNUAL_LICENSE__1="")
    assert sale_of(version, "STD", "ANNUAL_LICENSE") is None
    assert PriceEntry.objects.filter(item="STD", is_removed=True).count() == 1


@pytest.mark.parametrize("typed", ["4,500", "45.5", "-1", "四百", "=1+1", "1" * 14, "1e3"])
def test_what_is_no_amount_is_said_at_its_cell_and_nothing_is_saved(
    finance: Client, version: PriceList, typed: str
) -> None:
    before = entries()
    answer = save(finance, version, sale__STD__ANNUAL_LICENSE__1=typed, sale__SSTG203__ANNUAL_LICENSE__1="17000")
    assert answer.status_code == 422
    assert entries() == before
    assert "Nothing was saved" in answer.content.decode()


def test_what_somebody_else_saved_is_not_overwritten_unseen(finance: Client, version: PriceList) -> None:
    seen = price_lists.mark_of(version)
    save(finance, version, sale__STD__ANNUAL_LICENSE__1="460")
    before = entries()
    late = {"seen": str(seen), "sale.STD.ANNUAL_LICENSE.1": "450"}
    assert finance.post(f"/billing/prices/{version.pk}/save/", late).status_code == 409
    assert entries() == before


def test_a_new_version_begins_with_the_prices_and_closes_the_one_before(finance: Client, version: PriceList) -> None:
    today = business_today()
    assert finance.post("/billing/prices/add/", {"valid_from": today.isoformat()}).status_code == 302
    made = PriceList.objects.get(valid_from=today)
    assert price_lists.prices_of(made) == price_lists.prices_of(version)
    before = entries()
    assert save(finance, version, sale__STD__ANNUAL_LICENSE__1="1").status_code == 409
    assert entries() == before
    assert "pd-cell" not in finance.get(f"/billing/prices/?version={version.pk}").content.decode()
    assert finance.post("/billing/prices/add/", {"valid_from": today.isoformat()}).status_code == 422
    assert PriceList.objects.count() == 2


def test_a_planned_version_is_edited_and_not_in_force(finance: Client, version: PriceList) -> None:
    day = business_today() + timedelta(days=30)
    finance.post("/billing/prices/add/", {"valid_from": day.isoformat()})
    planned = PriceList.objects.get(valid_from=day)
    assert save(finance, planned, sale__STD__ANNUAL_LICENSE__1="500").status_code == 302
    assert sale_of(version, "STD", "ANNUAL_LICENSE") == 450
    assert price_lists.version_in_force() == version
    page = finance.get("/billing/prices/").content.decode()
    assert "Planned" in page
    assert "In force" in page


def test_the_database_refuses_to_alter_what_was_entered(version: PriceList) -> None:
    for change in (
        lambda: PriceEntry.objects.update(sale=1),
        lambda: PriceEntry.objects.all().delete(),
        lambda: PriceList.objects.update(valid_from=date(2021, 1, 1)),
    ):
        with pytest.raises(ProgrammingError), transaction.atomic():
            change()


@pytest.fixture
def manager(people: People, sign_in: SignIn, version: PriceList) -> Client:
    keep_prices(people.finance, STANDARD, MANY, STORAGE, valid_from=date(2021, 1, 1))
    return sign_in(people.account_manager)


def test_an_account_manager_never_sees_a_purchase_price(manager: Client, version: PriceList) -> None:
    latest = PriceList.objects.get(valid_from=date(2021, 1, 1))
    for query in ("", "?show=problems", f"?version={version.pk}", f"?version={latest.pk}", "?show=plans"):
        page = manager.get(f"/billing/prices/{query}").content.decode().partition("<main")[2]
        assert [secret for secret in SECRETS if secret in page] == []
        assert "pd-cell" not in page
    assert "450" in manager.get("/billing/prices/").content.decode()
    for file in (rows_of(manager), workbook_rows(manager)):
        cells = {str(cell) for row in file for cell in row}
        assert "450" in cells
        assert not cells & {"360", "16000", "340", "Purchase ¥"}


def workbook_rows(browser: Client) -> list[tuple[Any, ...]]:
    answer = browser.get("/billing/prices/?export=xlsx")
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    return list(book.worksheets[0].iter_rows(values_only=True))


def test_who_may_edit_without_seeing_purchase_prices_keeps_them(people: People, sign_in: SignIn) -> None:
    version = keep_prices(people.finance, STANDARD, STORAGE)
    editing = Permission.objects.get(codename="change_pricelist")
    Group.objects.get(name=Role.ACCOUNT_MANAGER).permissions.add(editing)
    browser = sign_in(people.account_manager)
    save(browser, version, sale__STD__ANNUAL_LICENSE__1="470", purchase__STD__ANNUAL_LICENSE__1="1")
    upload(browser, table("STD,ANNUAL_LICENSE,1,,,,2,480,10"))
    found = price_lists.prices_of(version)["STD", "ANNUAL_LICENSE", 1]
    assert (found.sale, found.purchase) == (480, 360)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_download_can_be_uploaded_again(finance: Client, people: People, form: str) -> None:
    version = keep_prices(people.finance, STANDARD, MANY, STORAGE)
    before, prices = entries(), price_lists.prices_of(version)
    answer = finance.get(f"/billing/prices/?export={form}")
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert send(finance, f"prices.{form}", content).status_code == 302
    assert entries() == before
    # Into another version it brings the same prices
    assert send(finance, f"prices.{form}", content, date(2030, 1, 1)).status_code == 302
    assert price_lists.prices_of(PriceList.objects.get(valid_from=date(2030, 1, 1))) == prices


def test_a_download_in_japanese_can_be_uploaded_in_english(finance: Client, people: People) -> None:
    version = keep_prices(people.finance, STANDARD, MANY, STORAGE)
    prices = price_lists.prices_of(version)
    answer = finance.get("/billing/prices/?export=csv", headers={"accept-language": "ja"})
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert "販売（円）" in content.decode("utf-8-sig")
    assert send(finance, "prices.csv", content, date(2030, 1, 1)).status_code == 302
    assert price_lists.prices_of(PriceList.objects.get(valid_from=date(2030, 1, 1))) == prices


@pytest.mark.parametrize(
    ("rows", "line", "words"),
    [
        (["STDX,ANNUAL_LICENSE,,,,,,450,"], 2, "There is no plan or option with the code STDX."),
        (["STD,YEARLY,,,,,,450,"], 2, "There is no contract type with the code YEARLY."),
        (["STD,ANNUAL,,,,,,450,"], 2, "does not offer this plan or option with this contract type"),
        (["STD_T,TRIAL,,,,,,450,"], 2, "There is no contract type with the code TRIAL."),
        (["STD,MONTHLY,,,,,,450,", "STD,MONTHLY,,,,,,460,"], 3, "Overlap: line 3"),
        (["STD,MONTHLY,1,20,,,,450,", "STD,MONTHLY,20,,,,,440,"], 3, "Overlap: line 3"),
        (["STD,MONTHLY,1,20,,,,450,", "STD,MONTHLY,22,,,,,440,"], 3, "Gap: quantities from 21 to 21"),
        (["STD,MONTHLY,5,,,,,450,"], 2, "Gap: quantities below 5"),
        (["STD,MONTHLY,1,20,,,,450,"], 2, "Gap: quantities above 20"),
        (["STD,MONTHLY,1,,,,,450,", "STD,MONTHLY,9,,license,,,440,"], 3, "Unit and period differ from line 3."),
        (["STD,MONTHLY,1,,,,,450,", "STD,MONTHLY,9,,,,,,"], 3, "This quantity has no price."),
        (["STD,MONTHLY,9,3,,,,450,"], 2, "smaller than the first"),
        (["STD,MONTHLY,,,,,,=1+1,"], 2, "looks like a formula"),
        (["=cmd|' /C calc'!A0,MONTHLY,,,,,,450,"], 2, "looks like a formula"),
        (["STD,MONTHLY,,,,,,450.5,"], 2, "Enter a whole number"),
        (["STD,MONTHLY,,,,,,0450,"], 2, "without leading zeros"),
        (["STD,MONTHLY,,,,,,-450,"], 2, "Enter a number from 0"),
        (["STD,MONTHLY,,,seat,,,450,"], 2, "Choose one of these: license, user, contract."),
        (["STD,MONTHLY,,,,day,,450,"], 2, "Choose one of these: month, year."),
        (["STD,MONTHLY,,,,,,450,101"], 2, "Enter a number from 0 to 100."),
        ([",MONTHLY,,,,,,450,"], 2, "Enter a code."),
    ],
)
def test_a_file_with_a_fault_is_refused_by_line(
    finance: Client, version: PriceList, rows: list[str], line: int, words: str
) -> None:
    before = entries()
    answer = upload(finance, table("ADV,ANNUAL_LICENSE,,,,,,800,", *rows), date(2031, 1, 1))
    assert answer.status_code == 422
    faults = answer.context["faults"]
    assert [(fault.line, words in fault.words) for fault in faults] == [(line + 1, True)]
    assert words.split(":")[0] in answer.content.decode().replace("&#x27;", "'")
    assert entries() == before
    assert PriceList.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"item,sale\nSTD,1\n", "Required columns are missing"),
        (b"item,contract_type,sale,sale\nSTD,MONTHLY,1,2\n", "appears twice"),
        (b"", "empty"),
        (b"\x00\x01\x02", "CSV"),
        (b"item,contract_type,sale\n", "only a header"),
    ],
)
def test_what_is_no_table_of_prices_is_refused(finance: Client, version: PriceList, content: bytes, words: str) -> None:
    before = entries()
    answer = send(finance, "prices.csv", content)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert entries() == before


def test_a_formula_in_a_workbook_is_no_price(finance: Client, version: PriceList) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["item", "contract_type", "sale"])
    sheet.append(["STD", "ANNUAL_LICENSE", "=400+50"])
    file = io.BytesIO()
    book.save(file)
    answer = send(finance, "prices.xlsx", file.getvalue())
    assert answer.status_code == 422
    assert "looks like a formula" in answer.content.decode()


def test_the_rows_of_a_pair_replace_all_its_prices_and_no_others(finance: Client, people: People) -> None:
    version = keep_prices(people.finance, STANDARD, MANY, STORAGE)
    upload(finance, table("STD,ANNUAL_LICENSE,1,49,,,360,455,", "STD,ANNUAL_LICENSE,50,,,,350,430,"))
    found = {key: each.sale for key, each in price_lists.prices_of(version).items()}
    assert found == {
        ("STD", "ANNUAL_LICENSE", 1): 455,
        ("STD", "ANNUAL_LICENSE", 50): 430,
        ("SSTG203", "ANNUAL_LICENSE", 1): 15_000,
    }
    upload(finance, table("SSTG203,ANNUAL_LICENSE,,,,,,,"))
    assert len(price_lists.prices_of(version)) == 2


def test_the_page_asks_the_same_queries_for_any_number_of_versions(
    finance: Client, people: People, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    keep_prices(people.finance, STANDARD)
    finance.get("/billing/prices/")
    with django_assert_max_num_queries(30) as few:
        finance.get("/billing/prices/")
    for year in range(2021, 2029):
        version = keep_prices(people.finance, STANDARD, MANY, STORAGE, valid_from=date(year, 1, 1))
        save(finance, version, sale__STD__ANNUAL_LICENSE__1="461")
    finance.get("/billing/prices/")  # the messages are read
    with django_assert_max_num_queries(30) as many:
        finance.get("/billing/prices/")
    assert len(many) == len(few) <= 20


def test_a_new_file_is_for_the_first_of_next_month(finance: Client, version: PriceList) -> None:
    first = shifted(business_today(), 1)
    page = finance.get(f"/billing/prices/upload/?version={version.pk}").content.decode()
    assert f'value="{first.isoformat()}"' in page


def test_what_a_file_changes_of_a_version_is_confirmed_first(finance: Client, version: PriceList) -> None:
    before = entries()
    rows = ("STD,ANNUAL_LICENSE,470,360", "ADV,ANNUAL_LICENSE,800,", "SSTG203,ANNUAL_LICENSE,,")
    text = "\n".join(("item,contract_type,sale,purchase", *rows))
    answer = offer(finance, "prices.csv", text.encode())
    assert answer.status_code == 200
    assert entries() == before
    page = answer.content.decode()
    for words in ("3 prices of the version from", "Nothing is saved yet", "450 → 470", "– → 800", "15,000 → –"):
        assert words in page
    assert confirm(finance, answer).status_code == 302
    assert sale_of(version, "STD", "ANNUAL_LICENSE") == 470
    assert sale_of(version, "SSTG203", "ANNUAL_LICENSE") is None


def test_what_somebody_changed_meanwhile_is_not_replaced_unseen(finance: Client, version: PriceList) -> None:
    text = "item,contract_type,sale\nSTD,ANNUAL_LICENSE,470\n"
    answer = offer(finance, "prices.csv", text.encode())
    save(finance, version, sale__STD__ANNUAL_LICENSE__1="460")
    before = entries()
    refused = confirm(finance, answer)
    assert refused.status_code == 422
    assert "Somebody else changed this version" in refused.content.decode()
    assert entries() == before


def test_a_version_that_is_over_is_refused_before_anybody_confirms(finance: Client, version: PriceList) -> None:
    finance.post("/billing/prices/add/", {"valid_from": business_today().isoformat()})
    answer = offer(finance, "prices.csv", b"item,contract_type,sale\nSTD,ANNUAL_LICENSE,470\n")
    assert answer.status_code == 422
    assert "This version is over" in answer.content.decode()


def test_without_a_file_nothing_is_stored(finance: Client, version: PriceList) -> None:
    answer = finance.post("/billing/prices/upload/", {"valid_from": "2030-01-01"})
    assert answer.status_code == 422
    assert "This field is required" in answer.content.decode()
    assert PriceList.objects.count() == 1


def test_the_address_of_a_refused_value_leads_back_to_the_version(finance: Client, version: PriceList) -> None:
    answer = finance.get(f"/billing/prices/{version.pk}/save/?show=plans")
    assert (answer.status_code, answer["Location"]) == (302, f"/billing/prices/?version={version.pk}&show=plans")


def test_a_change_says_of_which_contract_type_and_which_price(finance: Client, version: PriceList) -> None:
    save(finance, version, sale__STD__ANNUAL_LICENSE__1="300", purchase__STD__ANNUAL_LICENSE__1="290")
    page = finance.get("/billing/prices/").content.decode().partition("h-changes")[2]
    words = " ".join(page.split())
    assert f"Standard, {word_for('short_plan', 'ANNUAL_LICENSE')} <small>Sale price" in words
    assert "Sale price ¥450 → ¥300" in words
    assert "Purchase price ¥360 → ¥290" in words


@pytest.mark.parametrize(
    ("typed", "found"),
    [("SSTG203", {"SSTG203"}), ("std annual_license", {"STD", "ROG_STD"}), ("ｽﾄﾚｰｼﾞ", set()), ("nothing", set())],
)
def test_prices_are_found_by_name_and_code(finance: Client, version: PriceList, typed: str, found: set[str]) -> None:
    rows = rows_of(finance, f"&q={typed}")[1:]
    assert {row[1] for row in rows} == found
    page = finance.get("/billing/prices/", {"q": typed, "show": "plans"}).content.decode()
    assert f'value="{typed}"' in page
    assert ("No matching prices." in page) is not any(code in found for code in ("STD", "ROG_STD"))


def test_a_filter_stays_when_prices_are_saved(finance: Client, version: PriceList) -> None:
    seen = {"seen": str(price_lists.mark_of(version)), "sale.STD.ANNUAL_LICENSE.1": "460"}
    answer = finance.post(f"/billing/prices/{version.pk}/save/?show=plans&q=STD", seen)
    assert answer["Location"] == f"/billing/prices/?version={version.pk}&show=plans&q=STD"
    assert price_lists.prices_of(version)["SSTG203", "ANNUAL_LICENSE", 1].sale == 15_000
