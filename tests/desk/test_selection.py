"""Selecting rows of a list, and what can be requested for them."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from options.models import OptionProduct
from portal.bulk import uploads
from portal.bulk.models import Import
from portal.bulk.selected import Thing, offer_of
from portal.core.clock import now
from portal.desk.selection import SOURCES
from portal.operations.commands import COMMANDS
from portal.operations.models import Operation
from portal.sync.models import Reading
from portal.sync.resources import RESOURCES
from subscriptions.models import Subscription
from tests.support.languages import speak
from tests.support.portal import People, SignIn
from tests.support.rows import keep_contracts, keep_customers, keep_options
from tests.support.vendor_json import customer, option, subscription

FIRST = 10_000_001
LISTS = {
    "customers": "/customers/",
    "subscriptions": "/subscriptions/",
    "options": "/options/",
    "renewals": "/renewals/?owner=all",
}
ADDRESS = "/requests/bulk/selection"
BOX = re.compile(r"<td class=pick><label><input type=checkbox([^>]*)>")


@pytest.fixture(autouse=True)
def _the_day(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("clock") / "today"
    file.write_text("2026-01-15")
    settings.BUSINESS_DATE_FILE = str(file)


def add(*places: int) -> None:
    """Keep customers with a subscription that ends soon, and an option."""
    for place in places:
        pk = FIRST + place
        keep_customers(customer(pk, companyName=f"{place}号社", domain=f"d{place}.example.jp"))
        keep_contracts(pk, subscriptions=[subscription(500 + place)])
        keep_options(pk, options=[option()])
        Reading.objects.bulk_create(
            [Reading(domain_id=pk, resource=each.name, read_at=now()) for each in RESOURCES.of_customer()],
            ignore_conflicts=True,
        )


@pytest.fixture
def book(db: None) -> None:
    add(1, 2, 3)


@pytest.fixture
def browser(people: People, sign_in: SignIn, book: None) -> Client:
    return sign_in(people.account_manager)


def page(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def boxes(html: str) -> list[str]:
    return BOX.findall(html)


def also(address: str, **query: Any) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query, doseq=True)}"


def key(name: str, place: int = 1) -> int:
    """Return the number of a row of a list."""
    match name:
        case "customers":
            return FIRST + place
        case "options":
            return OptionProduct.objects.get(customer_id=FIRST + place).pk
    return Subscription.objects.get(customer_id=FIRST + place).pk


def read(draft: Import) -> Import:
    uploads.take(draft.pk)
    draft.refresh_from_db()
    return draft


def made() -> Import:
    [draft] = Import.objects.all()
    return read(draft)


@pytest.mark.parametrize("name", LISTS)
def test_each_row_has_a_box_with_the_name_of_the_customer(browser: Client, name: str) -> None:
    found = boxes(page(browser, LISTS[name]))
    assert sorted(re.findall(r'aria-label="([^"]+)"', " ".join(found))) == ["1号社", "2号社", "3号社"]
    assert f"value={key(name)}" in " ".join(found)
    assert "checked" not in " ".join(found)


@pytest.mark.parametrize("name", LISTS)
def test_a_page_and_everything_can_be_selected_by_links(browser: Client, name: str) -> None:
    html = page(browser, also(LISTS[name], select="page"))
    assert "3 selected" in html
    assert [box for box in boxes(html) if " checked" not in box] == []
    html = page(browser, also(LISTS[name], select="all"))
    assert "everything that the filter finds" in html
    assert all("checked disabled" in box for box in boxes(html))
    [address] = re.findall(rf'href="({ADDRESS}/{name}/\?[^"]+)"', html)
    assert "3 " in page(browser, address.replace("&amp;", "&")).split("<h1>")[1].split("</h1>")[0]


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("role", ["support", "finance"])
def test_who_may_request_nothing_sees_no_boxes_and_is_refused(
    people: People, sign_in: SignIn, book: None, name: str, role: str
) -> None:
    reader = sign_in(getattr(people, role))
    html = page(reader, also(LISTS[name], select="page"))
    assert boxes(html) == []
    assert ADDRESS not in html
    kind = "updateOptionProductRenewal" if name == "options" else "addLicenses"
    for address in (f"{ADDRESS}/{name}/", f"{ADDRESS}/{name}/{kind}/"):
        assert reader.get(also(address, id=key(name))).status_code == 403
    answer = reader.post(also(f"{ADDRESS}/{name}/{kind}/", id=key(name)), {"count": 1, "add_license_count": 5})
    assert answer.status_code == 403
    assert not Import.objects.exists()
    assert not Operation.objects.exists()


@pytest.mark.parametrize("name", LISTS)
def test_the_boxes_cost_no_query_a_row(browser: Client, name: str) -> None:
    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as made:
            page(browser, address)
        return len(made)

    few = [queries(also(LISTS[name], select=select)) for select in ("", "page", "all")]
    add(*range(4, 30))
    assert [queries(also(LISTS[name], select=select)) for select in ("", "page", "all")] == few
    assert len(set(few)) == 1


def test_a_selection_offers_what_is_about_its_rows(browser: Client) -> None:
    def offered(name: str) -> set[str]:
        html = page(browser, also(f"{ADDRESS}/{name}/", id=key(name)))
        return set(re.findall(rf'href="{ADDRESS}/{name}/([^/]+)/\?', html))

    assert {"addLicenses", "updateRenewal", "cancelSubscription"} <= offered("subscriptions") == offered("renewals")
    assert "addPreOrder" not in offered("subscriptions")
    assert {"addOptionProductQuantity", "updateOptionProductRenewal"} <= offered("options")
    assert not {"addOptionProduct", "addLicenses"} & offered("options")
    assert {"addLicenses", "addPreOrder", "patchUsageStatus.limit", "addOptionProduct"} <= offered("customers")
    # Each customer would need a text of its own.
    assert not {"deleteCustomer", "changeDomain"} & offered("customers")
    assert browser.get(also(f"{ADDRESS}/customers/deleteCustomer/", id=key("customers"))).status_code == 404


def test_the_same_request_for_all_becomes_a_bulk_request(browser: Client) -> None:
    keys = [key("subscriptions", place) for place in (1, 3)]
    address = also(f"{ADDRESS}/subscriptions/addLicenses/", id=keys)
    assert "2 subscriptions selected" in page(browser, address)

    answer = browser.post(address, {"count": 2, "add_license_count": 5})

    draft = made()
    assert answer["Location"] == draft.get_absolute_url()
    assert (draft.kind, draft.state, draft.selected_in) == ("addLicenses", "checked", "subscriptions")
    assert [(row.domain_id, row.request["subscriptionId"], row.request["addLicenseCount"]) for row in draft.rows.all()
            if row.request] == [(FIRST + 1, 501, 5), (FIRST + 3, 503, 5)]  # fmt: skip
    assert draft.ignored == []
    assert not Operation.objects.exists()


def test_everything_that_the_filter_finds_is_looked_for_again(browser: Client) -> None:
    address = also(f"{ADDRESS}/renewals/updateRenewal/", select="all", owner="all", until="2026-03-01")
    assert "3 subscriptions selected" in page(browser, address)
    add(4)

    answer = browser.post(address, {"count": 3, "type": "CANCEL"})

    assert answer.status_code == 409
    assert "The selection has changed. Nothing was created or sent." in answer.content.decode()
    assert not Import.objects.exists()
    assert browser.post(address, {"count": 4, "type": "CANCEL"}).status_code == 302
    rows = made().rows.all()
    assert [row.request["type"] for row in rows if row.request] == ["CANCEL"] * 4
    assert {row.state for row in rows} == {"ready"}


def test_an_option_of_customers_is_chosen_once(browser: Client) -> None:
    address = also(f"{ADDRESS}/customers/addOptionProductQuantity/", select="all")
    keep_options(FIRST + 2, options=[option(optionProductId="CST_S", subOptionId="CST_S00", quantity=1)])
    html = page(browser, address)
    assert '<option value="CST_S">' in html

    assert browser.post(address, {"count": 3, "quantity": 2}).status_code == 422
    assert browser.post(address, {"count": 3, "quantity": 2, "option_product_id": "CST_S"}).status_code == 302

    states = {row.domain_id: row.state for row in made().rows.all()}
    assert states[FIRST + 2] != "wrong"
    assert states[FIRST + 1] == "wrong"


def test_what_is_needed_is_asked_for_and_nothing_is_made_without_it(browser: Client) -> None:
    answer = browser.post(also(f"{ADDRESS}/subscriptions/addLicenses/", id=key("subscriptions")), {"count": 1})
    assert answer.status_code == 422
    assert 'href="#id_add_license_count"' in answer.content.decode()
    assert not Import.objects.exists()


@pytest.mark.parametrize("number", [0, -1])
def test_a_number_that_is_right_for_nobody_is_refused_at_its_field(browser: Client, number: int) -> None:
    address = also(f"{ADDRESS}/customers/addLicenses/", select="all")
    answer = browser.post(address, {"count": 3, "add_license_count": number})
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"add_license_count": ["Enter 1 or more."]}
    assert not Import.objects.exists()


def test_what_a_selection_requests_begins_at_once(browser: Client) -> None:
    said = "Immediately, for every row. For a later day, use “Schedule a change”."
    assert said in page(browser, also(f"{ADDRESS}/customers/", select="all"))
    assert said in page(browser, also(f"{ADDRESS}/customers/addLicenses/", select="all"))
    assert said in page(browser, "/requests/bulk/kinds/addLicenses/")


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    "ids",
    [["9999999999"], ["0", "-1", "x", "' OR 1=1", "9" * 40, "1e3", "１"], []],  # noqa: RUF001  a wide digit
)
def test_numbers_that_name_nothing_select_nothing(browser: Client, name: str, ids: list[str]) -> None:
    kind = "updateOptionProductRenewal" if name == "options" else "addLicenses"
    for address in (f"{ADDRESS}/{name}/", f"{ADDRESS}/{name}/{kind}/"):
        assert "Nothing is selected." in page(browser, also(address, id=ids))
    assert browser.post(also(address, id=ids), {"count": 0}).status_code == 422
    assert not Import.objects.exists()


def test_the_filter_of_the_list_is_kept_on_the_way_and_back(browser: Client) -> None:
    listed = page(browser, "/customers/?q=号社&sort=-name&page=1")
    assert '<input type="hidden" name="q" value="号社">' in listed
    assert '<input type="hidden" name="sort" value="-name">' in listed
    assert '<input type="hidden" name="page"' not in listed

    back = 'href="/customers/?q=%E5%8F%B7&amp;sort=-name"'
    for address in (f"{ADDRESS}/customers/", f"{ADDRESS}/customers/addLicenses/"):
        assert back in page(browser, also(address, q="号", sort="-name", id=key("customers")))


def test_a_request_that_is_possible_for_none_of_the_rows_is_not_made(browser: Client) -> None:
    Reading.objects.filter(resource="subscriptions").delete()
    address = also(f"{ADDRESS}/subscriptions/addLicenses/", id=key("subscriptions"))
    answers = [browser.get(address), browser.post(address, {"count": 1, "add_license_count": 5})]
    assert [answer.status_code for answer in answers] == [200, 422]
    for answer in answers:
        assert "This request isn’t possible for any of the selected rows." in answer.content.decode()
    assert not Import.objects.exists()


def test_rows_that_are_gone_are_counted_and_left_out(browser: Client) -> None:
    keys = [key("subscriptions", place) for place in (1, 2)]
    keep_contracts(FIRST + 2, subscriptions=[])
    html = page(browser, also(f"{ADDRESS}/subscriptions/", id=[*keys, 99_999]))
    assert "1 subscription selected" in html
    assert "2 selected rows are no longer in the list" in html


def test_a_filter_that_is_not_valid_selects_nothing(browser: Client) -> None:
    wrong = {"customers": {"ends_to": "soon"}, "renewals": {"until": "soon"}, "options": {"plan": "X"}}
    for name, query in wrong.items():
        html = page(browser, also(f"{ADDRESS}/{name}/", select="all", **query))
        assert "The filter isn’t valid." in html, name


def test_more_than_a_bulk_request_holds_is_refused_at_a_glance(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.db.models.QuerySet.count", lambda _rows: 100_001)
    for path in ("subscriptions/", "subscriptions/addLicenses/"):
        html = page(browser, also(f"{ADDRESS}/{path}", select="all"))
        assert "100,001 subscriptions selected" in html
        assert "A bulk request holds at most 1,000 rows." in html
    answer = browser.post(also(f"{ADDRESS}/{path}", select="all"), {"count": 100_001, "add_license_count": 5})
    assert answer.status_code == 422
    assert not Import.objects.exists()


def test_a_selection_speaks_japanese(browser: Client) -> None:
    speak(browser, "ja")
    assert "3件を選択中" in page(browser, "/customers/?select=page")
    html = page(browser, also(f"{ADDRESS}/renewals/updateRenewal/", id=key("renewals")))
    assert "商品契約1件を選択" in html
    assert "1行をチェック" in html


def test_what_can_be_chosen_is_what_any_of_the_things_allows(book: None) -> None:
    keep_contracts(FIRST + 2, subscriptions=[subscription(502, productId="ADV")])
    command = COMMANDS["updateRenewal"]
    things = [Thing(FIRST + place, {"subscription_id": 500 + place}) for place in (1, 2)]
    one, both = offer_of(command, things[:1]), offer_of(command, things)
    assert set(one.choices["type"]) == {"STAY", "CHANGE", "CANCEL"}
    assert set(one.choices["product_id"]) <= set(both.choices["product_id"])
    assert offer_of(command, [Thing(1, {"subscription_id": 1})]).fields == set()


@pytest.mark.parametrize("name", LISTS)
def test_what_a_selection_costs_does_not_grow_with_it(browser: Client, name: str) -> None:
    kind = "updateOptionProductRenewal" if name == "options" else "updateRenewal"

    def queries() -> int:
        with CaptureQueriesContext(connection) as made:
            page(browser, also(f"{ADDRESS}/{name}/{kind}/", select="all", owner="all"))
        return len(made)

    few = queries()
    add(*range(4, 20))
    assert queries() == few


def test_every_list_is_a_source() -> None:
    assert set(SOURCES) == set(LISTS) == set(Import.List.values)
