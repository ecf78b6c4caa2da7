"""Page: notes, tags and owner of a customer: who may write, what is refused, in both languages, with hostile text."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers import own_data
from customers.models import Customer, CustomerEvent, Note, Tag
from portal.accounts.models import User
from portal.operations.models import Operation
from tests.support.languages import speak
from tests.support.portal import People, SignIn
from tests.support.rows import one_customer

pytestmark = pytest.mark.django_db

ADDRESS = "/customers/10000001/notes/"
ASSIGN = "/customers/10000001/assign/"
NAMES = ("administrator", "account_manager", "support", "finance")
HOSTILE = '<script>alert("1")</script> مرحبا'


@pytest.fixture
def customer(db: None) -> Customer:
    return one_customer()


@pytest.fixture
def browser(people: People, sign_in: SignIn, customer: Customer) -> Client:
    return sign_in(people.account_manager)


def page(browser: Client, address: str = ADDRESS) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def kept() -> list[Any]:
    """Return all that is kept of customers, and what was requested."""
    tags = Customer.tags.through.objects.values_list("customer_id", "tag__name")
    notes = Note.objects.values_list("text", "is_pinned", "hidden_at")
    return [*Customer.objects.values_list("owner_id", flat=True), *tags, *notes, *Tag.objects.all(),
            *CustomerEvent.objects.all(), *Operation.objects.all()]  # fmt: skip


@pytest.mark.parametrize(("name", "may"), [*((name, True) for name in NAMES[:3]), ("finance", False)])
def test_who_writes_notes(people: People, sign_in: SignIn, customer: Customer, name: str, may: bool) -> None:
    person: User = getattr(people, name)
    browser = sign_in(person)
    others = own_data.write_note(customer, "請求の窓口は総務部", by=people.second_manager)
    before = kept()
    answer = browser.post(ADDRESS, {"text": "二行\nのメモ", "is_pinned": "on"})
    pinned = browser.post(f"{ADDRESS}{others.pk}/", {"action": "pin"})
    shown = page(browser)
    assert "請求の窓口は総務部" in shown
    assert ("Add note" in shown) == ('value="pin"' in shown or 'value="unpin"' in shown) == may
    if not may:
        assert [answer.status_code, pinned.status_code] == [403, 403]
        assert kept() == before
        return
    note = Note.objects.latest("pk")
    assert (answer["Location"], note.text, note.by_name, note.is_pinned) == (ADDRESS, "二行\nのメモ", str(person), True)
    assert page(browser, "/customers/10000001/domain/").count("pd-pinned") == 1
    assert own_data.pinned_of(customer)[0] == note
    assert not Operation.objects.exists()


@pytest.mark.parametrize("name", ["support", "finance"])
def test_owner_and_tags_are_for_account_managers(
    people: People, sign_in: SignIn, customer: Customer, name: str
) -> None:
    own_data.add_tag(customer, "関西", by=people.administrator)
    own_data.set_owner(customer, people.administrator, by=people.administrator)
    before = kept()
    browser = sign_in(getattr(people, name))
    for data in ({"action": "owner", "owner": people.support.pk}, {"action": "add_tag", "tag": "VIP"},
                 {"action": "remove_tag", "tag": Tag.objects.get().pk}):  # fmt: skip
        assert browser.post(ASSIGN, data).status_code == 403
    assert kept() == before
    shown = page(browser)
    assert "関西" in shown
    assert "高橋 健" in shown
    assert ASSIGN not in shown


def test_owner_and_tags_stand_on_every_tab(browser: Client, customer: Customer, people: People) -> None:
    assert browser.post(ASSIGN, {"action": "owner", "owner": people.second_manager.pk})["Location"] == ADDRESS
    assert browser.post(ASSIGN, {"action": "add_tag", "tag": "  大口   顧客 "})["Location"] == ADDRESS
    for tab in ("", "users/", "domain/", "history/", "notes/"):
        head = page(browser, f"/customers/10000001/{tab}").partition('id="answers"')[0]
        assert "伊藤 翔" in head, tab
        assert "大口 顧客" in head
    browser.post(ASSIGN, {"action": "remove_tag", "tag": Tag.objects.get().pk})
    browser.post(ASSIGN, {"action": "owner", "owner": ""})
    head = page(browser).partition('id="answers"')[0]
    assert "伊藤 翔" not in head
    assert "大口" not in head


@pytest.mark.parametrize(
    ("address", "data", "status"),
    [
        (ADDRESS, {"text": ""}, 422),
        (ADDRESS, {"text": "\u200b\u3164"}, 422),
        (ADDRESS, {"text": "\u202eevil"}, 422),
        (ADDRESS, {"text": "x" * 2001}, 422),
        (ASSIGN, {"action": "add_tag", "tag": "\u2800"}, 422),
        (ASSIGN, {"action": "add_tag", "tag": "\ue000"}, 422),
        (ASSIGN, {"action": "add_tag", "tag": "x" * 41}, 422),
        (ASSIGN, {"action": "owner", "owner": "999999"}, 422),
        (ASSIGN, {"action": "owner", "owner": "no number"}, 422),
        (ASSIGN, {"action": "remove_tag", "tag": "no number"}, 404),
        (ASSIGN, {"action": "remove_tag", "tag": "999999"}, 404),
        (ASSIGN, {"action": "rename"}, 400),
        (f"{ADDRESS}999999/", {"action": "pin"}, 404),
        (f"{ADDRESS}999999/", {"action": "burn"}, 400),
    ],
)
def test_what_is_refused_changes_nothing(browser: Client, address: str, data: dict[str, str], status: int) -> None:
    before = kept()
    answer = browser.post(address, data)
    assert answer.status_code == status
    assert kept() == before
    if status == 422:
        assert 'role="alert"' in answer.content.decode()


def test_what_was_typed_stays_when_it_is_refused(browser: Client, customer: Customer, people: People) -> None:
    for number in range(own_data.MOST_PINNED):
        own_data.write_note(customer, str(number), by=people.support, is_pinned=True)
    before = kept()
    answer = browser.post(ADDRESS, {"text": "長い説明", "is_pinned": "on"})
    assert answer.status_code == 409
    assert "長い説明</textarea>" in answer.content.decode()
    assert kept() == before


def test_a_note_of_another_customer_is_not_found(browser: Client, customer: Customer, people: People) -> None:
    note = own_data.write_note(one_customer(10_000_002), "elsewhere", by=people.account_manager)
    assert browser.post(f"{ADDRESS}{note.pk}/", {"action": "hide"}).status_code == 404
    note.refresh_from_db()
    assert note.hidden_at is None


def test_only_the_author_is_offered_to_hide_and_a_trace_stays(
    browser: Client, customer: Customer, people: People, sign_in: SignIn
) -> None:
    note = own_data.write_note(customer, "まちがい", by=people.support)
    assert 'value="hide"' not in page(browser)
    browser.post(f"{ADDRESS}{note.pk}/", {"action": "hide"})
    assert "Only the author can hide a note." in page(browser)
    assert "まちがい" in page(browser)
    sign_in(people.support).post(f"{ADDRESS}{note.pk}/", {"action": "hide"})
    shown = page(browser)
    assert "まちがい" not in shown
    assert "hidden by its author" in shown
    assert "まちがい" not in page(browser, "/customers/10000001/")


def test_text_of_others_is_text(browser: Client, customer: Customer, people: People) -> None:
    own_data.write_note(customer, HOSTILE, by=people.support, is_pinned=True)
    own_data.add_tag(customer, "<b>x", by=people.account_manager)
    for tab in ("", "notes/"):
        shown = page(browser, f"/customers/10000001/{tab}")
        assert "<script>alert" not in shown
        assert "<b>x" not in shown
        assert re.search(r"<bdi[^>]*>&lt;script&gt;alert", shown)
        assert re.search(r"<bdi[^>]*>&lt;b&gt;x</bdi>", shown)


def test_a_customer_without_any_has_no_empty_parts(browser: Client) -> None:
    head = page(browser).partition('id="answers"')[0]
    assert "pd-tags" not in head
    assert "Owner" not in head
    assert "pd-pinned" not in page(browser)
    assert "No notes" in page(browser)


def test_the_page_is_read_on_and_costs_the_same(browser: Client, customer: Customer, people: People) -> None:
    counts = []
    for number in range(30):
        own_data.write_note(customer, f"note {number};", by=people.support)
        if number in (1, 29):
            with CaptureQueriesContext(connection) as made:
                page(browser)
            counts.append(len(made))
    assert counts[0] == counts[1] <= 27
    shown = page(browser)
    assert "note 29;" in shown
    assert "note 4;" not in shown
    further = re.search(r'rel="next" href="\?([^"]+)"', shown)
    assert further
    assert "note 4;" in page(browser, f"{ADDRESS}?{further[1]}")


@pytest.mark.usefixtures("japanese")
def test_the_page_speaks_japanese(people: People, sign_in: SignIn, customer: Customer) -> None:
    browser = speak(sign_in(people.account_manager), "ja")
    own_data.write_note(customer, "固定", by=people.account_manager, is_pinned=True)
    shown = page(browser)
    for words in ("社内メモを追加", "担当者を保存", "固定を解除", "LINE WORKSには送信されません", "LINE WORKSのメモ"):
        assert words in shown
    answer = browser.post(ASSIGN, {"action": "add_tag", "tag": ""})
    assert "タグを入力してください。" in answer.content.decode()


@pytest.mark.parametrize("typed", ["VIP", "\uff56\uff49\uff50", "佐藤美咲", "佐藤 美咲"])
def test_the_search_finds_a_tag_and_an_owner(browser: Client, customer: Customer, people: People, typed: str) -> None:
    one_customer(10_000_002, companyName="別会社", domain="other.example")
    own_data.add_tag(customer, "VIP", by=people.account_manager)
    own_data.set_owner(customer, people.account_manager, by=people.account_manager)
    shown = browser.get("/search/", {"q": typed, "all": "1"}).content.decode()
    assert "/customers/10000001/" in shown
    assert "別会社" not in shown
    assert re.search(r"Tag <bdi>VIP</bdi>" if "佐" not in typed else r"Owner <bdi>佐藤 美咲</bdi>", shown)
    assert browser.get("/search/", {"q": typed})["Location"] == "/customers/10000001/"
