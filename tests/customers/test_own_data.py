"""Notes, tags and owner: what is kept, what is refused, and that no sync touches them."""

import pytest
from django.db import DatabaseError, transaction

from customers import own_data
from customers.models import Customer, CustomerEvent, Note, Tag
from customers.own_data import MOST_PINNED, MOST_TAGS, Refused
from customers.sync.customers import CUSTOMER
from portal.core.clock import now
from portal.sync.resources import Answer
from portal.sync.store import keep
from portal.vendor import client
from tests.support.portal import People
from tests.support.rows import keep_customers
from tests.support.vendor_json import customer as record

pytestmark = pytest.mark.django_db

ID = 10_000_001


@pytest.fixture
def customer() -> Customer:
    [row] = keep_customers(record(ID))
    return row


def happened() -> list[str]:
    return list(CustomerEvent.objects.values_list("what", flat=True))


def tags_of(customer: Customer) -> list[str]:
    return [tag.name for tag in customer.tags.all()]


def test_a_resync_and_the_removal_leave_all_of_it(customer: Customer, people: People) -> None:
    own_data.set_owner(customer, people.account_manager, by=people.administrator)
    own_data.add_tag(customer, "VIP", by=people.account_manager)
    own_data.write_note(customer, "請求の窓口は総務部", by=people.support, is_pinned=True)
    for answer in (Answer([_read(companyName="改名商事")]), Answer([])):
        keep(CUSTOMER, {ID: answer}, read_at=now())
    customer = Customer.objects.get()
    assert (customer.company_name, customer.owner, tags_of(customer)) == ("改名商事", people.account_manager, ["VIP"])
    assert customer.removed_at is not None
    assert [note.text for note in own_data.pinned_of(customer)] == ["請求の窓口は総務部"]


def _read(**changes: object) -> client.Customer:
    return client.Customer.from_vendor(record(ID, **changes))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("VIP", "\uff56\uff49\uff50"),
        ("VIP", " vip "),
        ("かんさい", "カンサイ"),
        ("VIP", "VI\u200bP"),
        ("大 口", "大口"),
    ],
)
def test_spellings_of_a_tag_are_one(customer: Customer, people: People, first: str, second: str) -> None:
    for name in (first, second):
        own_data.add_tag(customer, name, by=people.account_manager)
    assert tags_of(customer) == [first]
    assert happened() == ["tag_added"]


def test_signs_tell_tags_apart(customer: Customer, people: People) -> None:
    for name in ("A", "A+"):
        own_data.add_tag(customer, name, by=people.account_manager)
    assert tags_of(customer) == ["A", "A+"]


def test_a_tag_that_nobody_has_is_not_offered_and_takes_the_next_spelling(customer: Customer, people: People) -> None:
    own_data.add_tag(customer, "vip", by=people.account_manager)
    own_data.remove_tag(customer, Tag.objects.get(), by=people.account_manager)
    own_data.remove_tag(customer, Tag.objects.get(), by=people.account_manager)
    assert not own_data.tags_in_use().exists()
    own_data.add_tag(customer, "VIP", by=people.account_manager)
    assert [tag.name for tag in own_data.tags_in_use()] == ["VIP"]
    assert happened() == ["tag_added", "tag_removed", "tag_added"]


def test_a_customer_has_room_for_some_tags(customer: Customer, people: People) -> None:
    for number in range(MOST_TAGS):
        own_data.add_tag(customer, f"tag {number}", by=people.account_manager)
    with pytest.raises(Refused, match="20 tags"):
        own_data.add_tag(customer, "one more", by=people.account_manager)
    assert (customer.tags.count(), Tag.objects.count(), len(happened())) == (MOST_TAGS, MOST_TAGS, MOST_TAGS)


def test_an_owner_is_set_once_and_the_trace_says_from_whom_to_whom(customer: Customer, people: People) -> None:
    for owner in (people.account_manager, people.account_manager, people.second_manager, None):
        own_data.set_owner(customer, owner, by=people.administrator)
    assert [event.details for event in CustomerEvent.objects.all()] == [
        {"before": "", "after": "佐藤 美咲"},
        {"before": "佐藤 美咲", "after": "伊藤 翔"},
        {"before": "伊藤 翔", "after": ""},
    ]


def test_somebody_who_left_becomes_no_owner(customer: Customer, people: People) -> None:
    people.second_manager.is_active = False
    people.second_manager.save()
    with pytest.raises(Refused, match="伊藤 翔"):
        own_data.set_owner(customer, people.second_manager, by=people.administrator)
    assert Customer.objects.get().owner is None
    assert happened() == []
    assert people.second_manager not in own_data.possible_owners()


def test_only_the_author_hides_a_note_and_a_trace_stays(customer: Customer, people: People) -> None:
    note = own_data.write_note(customer, "誤記", by=people.support, is_pinned=True)
    with pytest.raises(Refused):
        own_data.hide_note(note, by=people.administrator)
    assert own_data.pinned_of(customer) == [note]
    assert happened() == []
    for _twice in range(2):
        own_data.hide_note(note, by=people.support)
    assert own_data.pinned_of(customer) == []
    assert Note.objects.get().text == "誤記"
    assert happened() == ["note_hidden"]
    with pytest.raises(Refused):
        own_data.pin_note(note, by=people.support, is_pinned=True)


def test_there_is_room_for_some_pinned_notes(customer: Customer, people: People) -> None:
    notes = [own_data.write_note(customer, f"{n}", by=people.support, is_pinned=True) for n in range(MOST_PINNED)]
    with pytest.raises(Refused):
        own_data.write_note(customer, "one more", by=people.support, is_pinned=True)
    assert Note.objects.count() == MOST_PINNED
    own_data.pin_note(notes[0], by=people.administrator, is_pinned=False)
    other = own_data.write_note(customer, "one more", by=people.support)
    for _twice in range(2):
        own_data.pin_note(other, by=people.administrator, is_pinned=True)
    assert own_data.pinned_of(customer) == [other, *reversed(notes[1:])]
    assert happened() == ["note_unpinned", "note_pinned"]


@pytest.mark.parametrize("change", [{"text": "another"}, {"by_name": "another"}, {"by_id": 0}, {"at": now()}])
def test_the_database_keeps_what_was_written(customer: Customer, people: People, change: dict[str, object]) -> None:
    own_data.write_note(customer, "first", by=people.support)
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        Note.objects.update(**change)
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        Note.objects.all().delete()
    assert Note.objects.get().text == "first"


def test_the_database_keeps_what_happened(customer: Customer, people: People) -> None:
    own_data.add_tag(customer, "VIP", by=people.account_manager)
    with pytest.raises(DatabaseError), transaction.atomic():
        CustomerEvent.objects.update(what="nothing")
    with pytest.raises(DatabaseError), transaction.atomic():
        CustomerEvent.objects.all().delete()
    assert happened() == ["tag_added"]
