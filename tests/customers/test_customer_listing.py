"""The listing of customers: whole or not, page by page."""

from collections.abc import Callable, Collection, Iterator
from typing import Any

import pytest
from pytest_django import Settings

from customers.models import Customer
from customers.sync.customers import read_listing
from portal.core.clock import now
from portal.sync.models import Reading
from portal.sync.retry import TRIES_OF_A_READ
from portal.sync.runs import Listing
from portal.vendor.client import NoClearAnswer, NotSent, Refused
from portal.vendor.connection.api import partner_api
from portal.vendor.ratelimit import Priority
from tests.support.answers import ScriptedServer, Step, answer
from tests.support.sandbox import Sandbox
from tests.support.vendor_json import customer, without

ReadListing = Callable[..., Listing]


def nothing() -> None:
    """What happens after a page when nothing does."""


@pytest.fixture
def list_all(db: None, vendor_settings: None) -> ReadListing:
    """Reads the listing; may have something happen at LINE WORKS after a page."""

    def read(*, after: int = 0, happens: Callable[[], None] = nothing) -> Listing:
        pages = iter(range(1, 1_000))

        def after_each_page(_listed: Collection[int]) -> None:
            if next(pages) == after:
                happens()

        return read_listing(partner_api(Priority.SWEEP), now(), after_each_page)

    return read


@pytest.fixture
def scripted(vendor_settings: None, settings: Settings) -> Iterator[ScriptedServer]:
    """A vendor that answers word for word as told."""
    with ScriptedServer() as server:
        settings.PARTNER_API_URL, settings.PARTNER_AUTH_URL = server.api_url, server.auth_url
        yield server


def page(*records: object) -> Step:
    return answer(200, {"customers": list(records), "responseMetaData": {}})


@pytest.mark.parametrize(
    "fault",
    [
        "error_400",
        "error_500",
        "error_503",
        "cut_before",
        "cut_after",
        "truncated_json",
        "html",
        "empty",
        "repeat_cursor",
    ],
)
@pytest.mark.parametrize("page", [1, 2])
def test_a_listing_that_is_cut_marks_nobody_gone(
    list_all: ReadListing, sandbox: Sandbox, fault: str, page: int
) -> None:
    sandbox.reset(customers=75)
    assert list_all() == Listing(customers=75, moved=75)
    sandbox.reset(customers=70)
    with pytest.raises((NoClearAnswer, Refused)):
        list_all(after=page, happens=lambda: sandbox.fault("listCustomers", fault, count=TRIES_OF_A_READ))
    sandbox.clear_faults()
    assert Customer.objects.current().count() == 75
    assert not Reading.objects.filter(is_current=False).exists()

    assert list_all() == Listing(customers=70, moved=5)
    assert Customer.objects.current().count() == 70


def test_a_page_without_a_clear_answer_is_asked_for_again(list_all: ReadListing, sandbox: Sandbox) -> None:
    sandbox.fault("listCustomers", "error_500", count=TRIES_OF_A_READ - 1)
    assert list_all() == Listing(customers=30, moved=30)


def test_too_many_calls_cut_a_listing_too(list_all: ReadListing, sandbox: Sandbox) -> None:
    list_all()
    sandbox.fault("listCustomers", "too_many", count=TRIES_OF_A_READ, seconds=1)
    with pytest.raises(NotSent):
        list_all()
    assert Customer.objects.current().count() == 30


def test_a_customer_on_two_pages_is_one_customer(list_all: ReadListing, sandbox: Sandbox) -> None:
    sandbox.reset(customers=40)
    sandbox.fault("listCustomers", "duplicate_row")
    assert list_all() == Listing(customers=40, moved=40)
    assert Customer.objects.count() == 40


def test_a_record_that_cannot_be_read_keeps_nobody_from_being_marked_gone(
    list_all: ReadListing, sandbox: Sandbox
) -> None:
    """Its number says whose it is, so it is known who is there."""
    list_all()
    sandbox.reset(customers=28)
    sandbox.fault("listCustomers", "missing_field")
    listing = list_all()
    assert (listing.customers, listing.moved) == (28, 2)
    assert "companyName" in listing.problem
    assert Customer.objects.current().count() == 28
    assert list_all() == Listing(customers=28, moved=0)


BAD = [{"tenantId": 2**70}, {"domainId": 2**70}, {"companyName": "", "domain": ""}, {"companyName": None}]


@pytest.mark.parametrize("bad", BAD, ids=["number", "key", "nameless", "unreadable"])
def test_a_record_that_cannot_be_kept_keeps_nobody_from_being_marked_gone(
    list_all: ReadListing, scripted: ScriptedServer, bad: dict[str, Any]
) -> None:
    scripted.then(page(customer(10_000_001), customer(10_000_002)))
    list_all()
    scripted.then(page(customer(10_000_001), customer(10_000_003) | bad))

    listing = list_all()

    assert listing.problem
    assert list(Customer.objects.filter(removed_at__isnull=False).values_list("pk", flat=True)) == [10_000_002]


def test_the_customer_of_a_record_that_cannot_be_read_is_known_to_be_there(
    list_all: ReadListing, scripted: ScriptedServer
) -> None:
    scripted.then(page(customer(10_000_001), customer(10_000_002), customer(10_000_003)))
    list_all()
    scripted.then(
        page(
            customer(10_000_001),
            customer(10_000_002) | {"companyName": "\0", "locale": None},
            customer(10_000_003) | {"domainId": "10000003", "companyName": None},
        )
    )
    assert list_all().customers == 3
    assert Customer.objects.current().count() == 3


@pytest.mark.parametrize("odd", [True, "x", "", "9" * 40, None])
def test_a_record_that_may_be_anybody_s_marks_nobody_gone(
    list_all: ReadListing, scripted: ScriptedServer, odd: object
) -> None:
    scripted.then(page(customer(10_000_001), customer(10_000_002)))
    list_all()
    scripted.then(page(customer(10_000_001), customer() | {"domainId": odd, "companyName": None}))
    list_all()
    assert Customer.objects.current().count() == 2


def test_a_value_never_heard_of_is_kept_as_it_came(list_all: ReadListing, sandbox: Sandbox) -> None:
    sandbox.fault("listCustomers", "unknown_value")
    assert list_all().problem == ""
    odd = Customer.objects.get(domain_type="NEVER_HEARD_OF")
    assert odd.raw["domainType"] == "NEVER_HEARD_OF"


def test_a_field_never_heard_of_is_kept_too(list_all: ReadListing, sandbox: Sandbox) -> None:
    sandbox.fault("listCustomers", "extra_field")
    assert list_all().problem == ""
    assert Customer.objects.filter(raw__neverHeardOf={"since": "tomorrow"}).count() == 1


@pytest.mark.parametrize(
    "unfit",
    [
        {"tenantId": 2**70},
        {"domainId": 2**70},
        {"companyName": "", "domain": ""},
    ],
    ids=["number", "key", "nameless"],
)
def test_a_record_that_the_tables_cannot_hold_costs_only_itself(
    list_all: ReadListing, scripted: ScriptedServer, unfit: dict[str, Any]
) -> None:
    scripted.then(page(customer(10_000_001)))
    list_all()
    scripted.then(page(customer(10_000_002), customer(10_000_003) | unfit, customer(10_000_004)))
    listing = list_all()
    assert (listing.customers, listing.moved) == (3, 3)
    assert listing.problem
    assert set(Customer.objects.current().values_list("pk", flat=True)) == {10_000_002, 10_000_004}
    assert Customer.objects.get(removed_at__isnull=False).pk == 10_000_001


@pytest.mark.parametrize(
    "odd",
    [{"companyName": "cut\0off"}, {"companyName": "half a pair \ud83d"}, {"later": {"deep": "\0"}}],
    ids=["nul", "surrogate", "nul in raw"],
)
def test_characters_that_a_database_cannot_hold_do_not_cost_the_record(
    list_all: ReadListing, scripted: ScriptedServer, odd: dict[str, Any]
) -> None:
    scripted.then(page(customer(10_000_002) | odd))
    assert list_all() == Listing(customers=1, moved=1)


@pytest.mark.parametrize("record", [None, "text", [], without(customer(), "domainId"), customer() | {"domainId": "x"}])
def test_a_record_that_does_not_tell_whose_it_is_is_reported_with_the_listing(
    list_all: ReadListing, scripted: ScriptedServer, record: object
) -> None:
    scripted.then(page(customer(10_000_002), record))
    listing = list_all()
    assert (listing.customers, listing.moved) == (1, 1)
    assert listing.problem.startswith("Customer.")
    assert not Reading.objects.exclude(problem="").exists()


def test_a_listing_of_nobody_is_no_proof_that_everybody_has_gone(
    list_all: ReadListing, scripted: ScriptedServer
) -> None:
    scripted.then(page())
    assert list_all() == Listing(customers=0, moved=0)
    scripted.then(page(customer(10_000_001)))
    list_all()
    scripted.then(page())
    assert list_all().problem.startswith("no customer was listed at all")
    assert Customer.objects.current().count() == 1


def test_search_and_names_come_from_the_record(list_all: ReadListing, scripted: ScriptedServer) -> None:
    scripted.then(page(customer(10_000_001), without(customer(10_000_002), "administrator", "partnership")))
    list_all()
    row, bare = Customer.objects.order_by("pk")
    assert (row.administrator_name, row.administrator_email) == ("山田 花子", "hanako@example.net")
    assert (row.customer_code, row.memo) == ("C-17", "要確認")
    assert row.search_text.split() == [
        "ワクス商事株式会社", "ワクス商事", "examplecom", "c17", "10000001", "300000001", "山田花子",
        "hanakoexamplenet", "0300000000", "09000000000",
    ]  # fmt: skip
    assert (bare.administrator_name, bare.administrator_email, bare.customer_code, bare.memo) == ("", "", "", "")
