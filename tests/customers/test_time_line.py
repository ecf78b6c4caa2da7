"""The time line of a customer: what is one entry, the kinds, notes among it; and the customer as it was on a day."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers import own_data
from customers.day import RESOURCES, customer_on
from customers.history import OWN, Cursor, Told, part_of_history
from customers.models import Customer
from customers.sync.customers import CUSTOMER
from options.sync.options import OPTIONS
from portal.sync.models import DetectedChange, Pruning
from portal.sync.resources import RESOURCES as ALL
from portal.sync.resources import Answer
from portal.sync.store import keep
from portal.vendor import client
from subscriptions.sync.subscriptions import SUBSCRIPTIONS
from tests.support.languages import speak
from tests.support.orders import stored
from tests.support.portal import People, SignIn
from tests.support.vendor_json import customer as record
from tests.support.vendor_json import option, subscription

pytestmark = pytest.mark.django_db

ID = 10_000_001
ADDRESS = f"/customers/{ID}/history/"
SWAP = {"HX-Request": "true"}


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2025, 11, day, hour, tzinfo=UTC)


def read(moment: datetime, *contracts: dict[str, Any]) -> None:
    keep(SUBSCRIPTIONS, {ID: Answer([client.Subscription.from_vendor(each) for each in contracts])}, read_at=moment)


def found(order: int | None = None, *, cause: str = "outside", key: str = "501", on: int = 3) -> DetectedChange:
    return DetectedChange.objects.create(
        domain_id=ID, resource=SUBSCRIPTIONS.name, key=key, before={"licenseCount": 1}, after={"licenseCount": 2},
        read_before_at=at(2), read_at=at(on), cause=cause, operation_id=order,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def customer(db: None) -> Customer:
    keep(CUSTOMER, {ID: Answer([client.Customer.from_vendor(record(ID))])}, read_at=at(1))
    return Customer.objects.get()


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.finance)


def page(browser: Client, address: str = ADDRESS, **query: str) -> str:
    answer = browser.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def kinds(cause: str) -> list[str]:
    return [line.stream for line in part_of_history(ID, Cursor(), cause=cause).lines]


# --- One entry -------------------------------------------------------------------------------------------------------


def test_a_request_and_what_it_explains_are_one_entry(browser: Client) -> None:
    order, other = stored("succeeded", domain_id=ID, proposed_at=at(2)), stored("succeeded", domain_id=10_000_002)
    changes = [found(order.pk, cause="operation", key=key) for key in ("501", "502")]
    outside, elsewhere = found(key="503"), found(other.pk, cause="operation", key="504")
    lines = part_of_history(ID, Cursor()).lines
    assert [line.entry and line.entry.observation for line in lines] == [elsewhere, outside, None]
    request = lines[-1]
    assert request.operation == order
    assert [change.entry and change.entry.observation for change in request.changes] == changes
    shown = page(browser)
    assert "2 changes detected in LINE WORKS" in shown
    assert shown.count("Changed outside Partnerdesk</span>") == 1


def test_the_changes_of_one_kind_of_data_stand_by_themselves() -> None:
    order = stored("succeeded", domain_id=ID)
    change = found(order.pk, cause="operation")
    [line] = part_of_history(ID, Cursor(), resource=SUBSCRIPTIONS.name).lines
    assert (line.entry and line.entry.observation, line.operation) == (change, order)


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        ("", {"observation": 1, "operation": 1, "note": 1, "event": 1}),
        ("operation", {"operation": 1}),
        ("outside", {"observation": 1}),
        (OWN, {"note": 1, "event": 1}),
        ("due", {}),
    ],
)
def test_the_kinds_can_be_told_apart(
    browser: Client, people: People, customer: Customer, cause: str, expected: dict[str, int]
) -> None:
    order = stored("succeeded", domain_id=ID)
    found(order.pk, cause="operation")
    found(key="503")
    own_data.write_note(customer, "締め日は20日", by=people.support)
    own_data.add_tag(customer, "VIP", by=people.account_manager)
    shown = kinds(cause)
    assert {kind: shown.count(kind) for kind in shown} == expected
    text = page(browser, cause=cause)
    assert ("締め日は20日" in text) == ("Tag added: VIP" in text) == ("note" in expected)


def test_what_happened_to_owner_tags_and_notes_is_worded_in_both_languages(
    browser: Client, people: People, customer: Customer, japanese: None
) -> None:
    own_data.set_owner(customer, people.support, by=people.administrator)
    own_data.set_owner(customer, None, by=people.administrator)
    own_data.add_tag(customer, "VIP", by=people.administrator)
    own_data.remove_tag(customer, customer.tags.get(), by=people.administrator)
    note = own_data.write_note(customer, "x", by=people.support)
    own_data.pin_note(note, by=people.support, is_pinned=True)
    own_data.pin_note(note, by=people.support, is_pinned=False)
    own_data.hide_note(note, by=people.support)
    customer.events.create(what="of another version")
    text = page(browser)
    for words in ("Owner: none → 鈴木 彩", "Owner: 鈴木 彩 → none", "Tag added: VIP", "Tag removed: VIP", "Note pinned",
                  "Note unpinned", "Note hidden", "of another version", "hidden by its author"):  # fmt: skip
        assert words in text
    text = page(speak(browser, "ja"))
    for words in ("担当者：なし → 鈴木 彩", "タグを追加：VIP", "社内メモを固定"):
        assert words in text


def test_the_parts_of_a_time_line_leave_nothing_out_and_show_nothing_twice(people: People, customer: Customer) -> None:
    for day in range(2, 9):
        found(key=str(day), on=day)
        found(stored("succeeded", domain_id=ID, proposed_at=at(day, 13)).pk, cause="operation", key=str(day), on=day)
        customer.notes.create(text=str(day), by_id=1, by_name="x", at=at(day, 14))
        customer.events.create(what="note_pinned", at=at(day, 15))
    start: Cursor | None = Cursor()
    seen: list[Told] = []
    while start is not None:
        part = part_of_history(ID, start, size=5)
        seen += part.lines
        start = Cursor.from_text(str(part.following)) if part.following else None
    assert len({(line.stream, line.number) for line in seen}) == len(seen) == 4 * 7
    assert [line.at for line in seen] == sorted((line.at for line in seen), reverse=True)


def test_the_page_costs_the_same_with_few_lines_and_with_many(
    browser: Client, people: People, customer: Customer
) -> None:
    counts = []
    for number in range(25):
        found(stored("succeeded", domain_id=ID).pk, cause="operation", key=str(number))
        found(stored("succeeded", domain_id=10_000_002).pk, cause="operation", key=f"o{number}")
        own_data.write_note(customer, f"{number}", by=people.support)
        if number in (0, 24):
            with CaptureQueriesContext(connection) as made:
                page(browser)
            counts.append(len(made))
    assert counts[0] == counts[1] <= 31


# --- As it was on a day ----------------------------------------------------------------------------------------------


@pytest.fixture
def changed() -> None:
    """20 licenses on the 2nd and 4th, 35 and an option on the 6th, no option on the 8th."""
    for day, licenses in ((2, 20), (4, 20), (6, 35), (8, 35)):
        read(at(day), subscription(licenseCount=licenses, planEndDate="2099-12-31"))
        options = [client.OptionProduct.from_vendor(option())] if day == 6 else []
        keep(OPTIONS, {ID: Answer(options)}, read_at=at(day))


def on(day: int) -> dict[str, list[tuple[str, bool]]]:
    """Return by kind what is told of a day: the first line of each record, and whether it is certain."""
    then = customer_on(date(2025, 11, day), ID)
    return {
        section.title: [
            (record.lines[0].text if record.lines else "", record.is_sure) for record in section.records
        ]
        for section in then.sections
    }  # fmt: skip


def test_a_customer_as_it_was(changed: None) -> None:
    [(words, sure)] = on(3)["Subscriptions"]
    assert ("20 licenses" in words, sure) == (True, True)
    assert on(3)["Options"] == [("", False)][:0]
    [(words, sure)] = on(5)["Subscriptions"]  # read on the 4th and the 6th
    assert ("20 licenses" in words, sure) == (True, False)
    [(_words, sure)] = on(6)["Options"]
    assert not sure  # gone on the 8th; nobody looked between
    [(words, sure)] = on(7)["Subscriptions"]
    assert ("35 licenses" in words, sure) == (True, True)
    assert on(9)["Options"] == []


def test_before_the_first_sync_nothing_is_known(browser: Client, changed: None) -> None:
    then = customer_on(date(2025, 10, 31), ID)
    assert (then.sections, then.began_at) == ((), at(1))
    text = re.sub(r"<[^>]+>", "", page(browser, f"/customers/{ID}/day/", on="2025-10-31"))
    assert "No data before 1 Nov 2025" in text
    assert "20 licenses" not in text


def test_what_was_not_read_by_then_is_not_taken_for_nothing(changed: None) -> None:
    [(words, sure)] = on(1)["Subscriptions"]
    assert (words, sure) == ("", False)


def test_what_is_no_longer_kept_is_said(browser: Client, changed: None) -> None:
    Pruning.objects.create(table=DetectedChange._meta.label_lower, before=at(7), rows=1)
    text = page(browser, f"/customers/{ID}/day/", on="2025-11-03")
    assert "are no longer kept" in text
    assert "The record of that day is not kept." in text


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2025-11-03", "20 licenses"),
        ("2025-11-05", "The change happened between the two."),
        ("2025-12-01", "(latest data)"),
        ("2999-01-01", "This date is in the future."),
        ("soon", "Enter a valid date."),
    ],
)
def test_the_page_of_a_day(browser: Client, changed: None, day: str, said: str) -> None:
    assert said in page(browser, f"/customers/{ID}/day/", on=day)
    swap = browser.get(f"/customers/{ID}/day/", {"on": day}, headers=SWAP).content.decode()
    assert said in swap
    assert "<!doctype" not in swap.lower()


def test_the_page_of_a_day_costs_the_same_with_many_records(browser: Client) -> None:
    counts = []
    for number in (1, 20):
        read(at(number), *(subscription(500 + each) for each in range(number)))
        with CaptureQueriesContext(connection) as made:
            page(browser, f"/customers/{ID}/day/", on="2025-11-25")
        counts.append(len(made))
    assert counts[0] == counts[1] <= 17


@pytest.mark.usefixtures("japanese")
def test_the_page_of_a_day_speaks_japanese(browser: Client, changed: None) -> None:
    text = page(speak(browser, "ja"), f"/customers/{ID}/day/", on="2025-11-05")
    assert "指定日の状態" in text
    assert "20ライセンス" in text


def test_the_history_leads_to_a_day_without_a_script(browser: Client) -> None:
    assert f'<form class="pd-row" method="get" action="/customers/{ID}/day/">' in page(browser)


def test_the_page_of_a_day_names_resources_that_there_are() -> None:
    assert set(RESOURCES) <= {resource.name for resource in ALL}
