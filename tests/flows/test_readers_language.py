"""What workers meet and keep is worded for whoever reads it: a Japanese page holds no English sentence of theirs."""

import re
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from customers.models import Customer
from portal.accounts.models import User
from portal.bulk.models import Import, ImportRow
from portal.bulk.validation import check
from portal.core.stored_text import kept_in_each_language, said_in_language
from portal.operations.execution import _put_back
from portal.operations.models import Operation
from portal.operations.states import State
from portal.sync.resources import RESOURCES
from portal.sync.store import note_problem
from portal.vendor.client import GrantEnded, NoClearAnswer, NotSent, Refused, RefusedKind
from portal.vendor.connection import services
from portal.vendor.problems import ProblemText, told, trouble_of, words_of
from portal.vendor.ratelimit import NoCapacity
from tests.bulk.files import HEADER
from tests.support.languages import speak
from tests.support.orders import order, reach
from tests.support.portal import WITHOUT_CONTRACT, People, ReadIn, SignIn
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("japanese")

# Four words of Latin letters in a row are a sentence; names and codes are shorter.
SENTENCE = re.compile(r"[A-Za-z’']{2,}(?:[ ,:]+[A-Za-z’']{2,}){3,}")
UNSEEN = ("script", "style", "svg", "head", "pre")
VOID = ("area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr", "path", "use", "circle")


class Text(HTMLParser):
    """The text that people see: without what is folded into technical details, or was sent over the line."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._unseen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        is_unseen = tag in UNSEEN or (tag == "details" and "pd-raw" in (dict(attrs).get("class") or ""))
        if (self._unseen or is_unseen) and tag not in VOID:
            self._unseen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._unseen:
            while self._unseen.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(data)


def sentences(page: str) -> list[str]:
    """Return the English sentences that people see in a page."""
    reader = Text()
    reader.feed(page)
    return [found for part in reader.parts for found in SENTENCE.findall(part)]


@pytest.fixture
def reader(people: People, sign_in: SignIn) -> Client:
    """A browser of somebody who reads Japanese; what workers do is done in English."""
    return speak(sign_in(people.administrator), "ja")


def page_of(reader: Client, address: str) -> str:
    """Return a page in Japanese, and leave the thread in English, as a worker is."""
    page = reader.get(address).content.decode()
    translation.activate("en")
    assert 'lang="ja"' in page
    return page


ERRORS = [
    Refused("addPreOrder", status=400, code="X", description="this is not what was expected"),
    NotSent("addPreOrder", "the connection was refused by the peer"),
    NotSent("addPreOrder", "too many calls were made today", retry_after=3.0),
    GrantEnded("addPreOrder", "a person must sign in again"),
    NoClearAnswer("addPreOrder", "the answer was cut off halfway"),
    NoCapacity("the budget could not be asked"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_has_a_name_and_words_in_both_languages(error: Exception) -> None:
    name = trouble_of(told(error))
    with translation.override("ja"):
        words = words_of(name)

    assert told(error) == str(error)
    assert name != "other"
    assert not SENTENCE.search(words)
    assert words != words_of(name)


def test_every_kind_of_refusal_has_words_of_its_own() -> None:
    said = {words_of(f"refused {kind}") for kind in RefusedKind}

    assert len(said) == len(RefusedKind)
    assert words_of("other") not in said


def test_what_is_kept_in_each_language_is_read_in_ones_own() -> None:
    stored = kept_in_each_language(lambda: translation.gettext("Technical details"))

    assert said_in_language(stored) == "Technical details"
    with translation.override("ja"):
        assert said_in_language(stored) == "技術的な詳細"
    assert said_in_language("{ご要望} 電話") == "{ご要望} 電話", "a person's words stay as they are"


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("fault", ["error_400", "error_500", "cut_after"])
def test_the_page_of_an_order_that_went_wrong(
    fault: str, people: People, sandbox: Sandbox, read_in: ReadIn, reader: Client
) -> None:
    customer = read_in(WITHOUT_CONTRACT)
    sandbox.fault("addPreOrder", fault)
    ends = (State.REFUSED, State.SUCCEEDED, State.NOT_APPLIED, State.UNDECIDED)

    operation = reach(order(people.account_manager, customer), *ends)
    page = page_of(reader, operation.get_absolute_url())

    assert operation.events.filter(details__has_key="trouble").exists()
    assert sentences(page) == []


def test_the_page_of_an_order_that_did_not_leave(people: People, read_in: ReadIn, reader: Client) -> None:
    operation = order(people.account_manager, read_in(WITHOUT_CONTRACT))
    Operation.objects.filter(pk=operation.pk).update(state=State.SENDING)
    operation.refresh_from_db()
    _put_back(operation, told(NotSent("addPreOrder", "the connection was refused by the peer")), retry_after=None)

    page = page_of(reader, operation.get_absolute_url())

    assert "the connection was refused by the peer" in page, "in the technical details"
    assert sentences(page) == []


def test_the_pages_of_what_could_not_be_read(read_in: ReadIn, reader: Client) -> None:
    read_in(WITHOUT_CONTRACT)
    for name, error in zip(("subscriptions", "pre_orders", "usage_status"), ERRORS, strict=False):
        note_problem(RESOURCES[name], WITHOUT_CONTRACT, told(error))
    note_problem(RESOURCES["options"], WITHOUT_CONTRACT, ProblemText.called("records", "OptionProduct.plan: it is bad"))

    pages = [page_of(reader, Customer.objects.get().get_absolute_url()), page_of(reader, reverse("sync:detail"))]

    assert all("this is not what was expected" in page for page in pages), "in the technical details"
    assert [sentences(page) for page in pages] == [[], []]


def test_the_page_of_a_connection_that_does_not_work(sandbox: Sandbox, reader: Client, vendor_settings: None) -> None:
    sandbox.fault("listCustomers", "error_400")
    services.try_it()

    page = page_of(reader, reverse("connection:detail"))

    assert "a fault was ordered" in page, "in the technical details"
    assert sentences(page) == []


def test_the_page_of_a_file_that_was_checked(people: People, read_in: ReadIn, reader: Client) -> None:
    draft = checked_file(people.administrator, read_in(WITHOUT_CONTRACT))

    page = page_of(reader, draft.get_absolute_url())

    assert draft.rows.filter(state=ImportRow.State.WRONG).count() == 4
    assert draft.rows.filter(state=ImportRow.State.READY).count() == 1
    assert sentences(page) == []


def checked_file(by: User, customer: Customer) -> Import:
    """Return a file that was checked in English: one good line and several that cannot be taken."""
    lines = [
        [str(customer.pk), "STD", "MONTHLY", "", "2026-01-25", ""],
        ["9", "STD", "MONTHLY", "", "2026-01-25", ""],
        [str(customer.pk), "STD", "WRONG", "", "2026-01-25", ""],
        [str(customer.pk), "STD", "MONTHLY", "", "tomorrow", ""],
        [str(customer.pk), "STD", "MONTHLY", "", "=1+1", ""],
    ]
    draft = Import.objects.create(
        kind="addPreOrder", file_name="a.csv", header=list(HEADER),
        uploaded_by_id=by.pk, uploaded_by_name=by.name, state=Import.State.CHECKED,
    )  # fmt: skip
    ImportRow.objects.bulk_create(
        ImportRow(draft=draft, number=number, cells=cells) for number, cells in enumerate(lines, start=2)
    )
    check(draft)
    return draft
