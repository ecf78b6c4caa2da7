"""The header of a customer: what is open, the answers in short, and the request menu, on every tab."""

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from customers.models import Customer, UsageStatus
from portal.core.business_days import decide_by
from portal.core.clock import now
from portal.operations.models import Operation
from portal.operations.states import State
from tests.support import vendor_json
from tests.support.orders import stored
from tests.support.portal import PAID_MONTHLY, People, ReadIn, SignIn
from tests.support.rows import keep_contracts, keep_customers, keep_options

ID = 10_000_001
TABS = ["", "users/", "domain/", "options/", "notes/", "history/"]


@pytest.fixture(autouse=True)
def _the_day(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("clock") / "today"
    file.write_text("2026-01-15")
    settings.BUSINESS_DATE_FILE = str(file)


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.account_manager)


@pytest.fixture
def customer(db: None) -> Customer:
    keep_customers(vendor_json.customer(ID, companyName="青葉会"))
    record = vendor_json.subscription(
        501, productId="STD", plan="ANNUAL_LICENSE", licenseCount=84, planEndDate="2026-05-12"
    )
    keep_options(ID, options=[vendor_json.option(subscriptionId=501)])
    return keep_contracts(ID, subscriptions=[record], pre_orders=[])


def with_usage(customer: Customer, **columns: Any) -> UsageStatus:
    given = {"status": "ACTIVE", "member_count": 81, "raw": {}, "changed_at": now(), **columns}
    return UsageStatus.objects.create(customer=customer, **given)


def text_of(browser: Client, path: str) -> str:
    answer = browser.get(f"/customers/{ID}/{path}")
    assert answer.status_code == 200
    bare = re.sub(r"<(script|template).*?</\1>|<[^>]+>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(bare.split())


def test_the_answers_of_a_caller_stand_on_every_tab(browser: Client, customer: Customer) -> None:
    with_usage(customer)
    for tab in TABS:
        page = text_of(browser, tab)
        for answer in ("Standard", "81 of 84", "3 free", "12 May 2026", "Decide by Mon 11 May 2026", "Next change"):
            assert answer in page, tab
        assert "Open matter" not in page


@pytest.mark.parametrize(("users", "words"), [(84, "full"), (90, "6 over"), (0, "84 free")])
def test_the_use_of_licenses_is_said(browser: Client, customer: Customer, users: int, words: str) -> None:
    with_usage(customer, member_count=users)
    assert f"{users} of 84 {words}" in text_of(browser, "")


def test_a_leaving_customer_never_reads_that_it_renews(browser: Client, customer: Customer) -> None:
    with_usage(customer, withdrawal_date=date(2026, 1, 17))
    for tab in TABS:
        page = text_of(browser, tab)
        assert "Leaves LINE WORKS on 17 Jan 2026, in 2 days" in page, tab
        assert "Keep customer" in page
        assert "Does not renew: the customer leaves" in page
        assert "Renews unchanged" not in page
        assert "Renews with changes" not in page
        assert "Decide by" not in page
    assert "Deleted" in text_of(browser, "")


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.UNKNOWN, "New requests wait until the result is known."),
        (State.UNDECIDED, "Record the result. New requests wait until then."),
        (State.QUEUED, "New requests are sent after it."),
        (State.SENDING, "New requests are sent after it."),
        (State.AWAITING_APPROVAL, "Open request"),
        (State.RETURNED, "The requester corrects it, or cancels it."),
    ],
)
def test_an_open_request_stands_on_tabs_and_forms(
    browser: Client, customer: Customer, state: State, words: str
) -> None:
    with_usage(customer)
    operation = stored(state, domain_id=ID)
    for path in (*TABS, "subscriptions/501/licenses/"):
        page = text_of(browser, path)
        assert operation.ref in page, path
        assert words in page, path


def test_the_worst_matter_comes_first(browser: Client, customer: Customer) -> None:
    with_usage(customer, withdrawal_date=date(2026, 1, 17))
    waiting, unknown = stored(State.AWAITING_APPROVAL, domain_id=ID), stored(State.UNKNOWN, domain_id=ID)
    page = text_of(browser, "")
    places = [page.index("Leaves LINE WORKS"), page.index(unknown.ref), page.index(waiting.ref)]
    assert places == sorted(places)
    assert "and 2 more" in page


def test_drafts_of_other_people_stand_on_the_form_of_their_kind_alone(
    browser: Client, customer: Customer, people: People
) -> None:
    with_usage(customer)
    theirs = stored(State.PROPOSED, domain_id=ID, kind="addLicenses", proposed_by_id=people.administrator.pk)
    mine = stored(State.PROPOSED, domain_id=ID, kind="addLicenses", proposed_by_id=people.account_manager.pk)
    form = text_of(browser, "subscriptions/501/licenses/")
    assert form.count("Draft by") == 1
    assert theirs.ref not in form, "only whose it is"
    assert mine.ref not in form
    assert "Draft by" not in text_of(browser, "subscriptions/501/renewal/")
    assert "Open matter" not in browser.get(f"/customers/{ID}/users/").content.decode()


def test_the_request_menu_says_why_a_request_is_not_available(browser: Client, read_in: ReadIn) -> None:
    read_in(PAID_MONTHLY)
    page = browser.get(f"/customers/{PAID_MONTHLY}/").content.decode()
    menu = page[page.index('id="new-request"') :]
    assert "Only Free and trials can be converted to paid." in menu
    assert f'href="/customers/{PAID_MONTHLY}/users/limit/"' in menu


def test_the_request_menu_groups_what_is_possible(browser: Client, customer: Customer) -> None:
    with_usage(customer)
    for tab in TABS:
        page = browser.get(f"/customers/{ID}/{tab}").content.decode()
        menu = page[page.index('id="new-request"') :]
        for group in ("Licenses", "Plan and renewal", "Options", "Start and trials", "Users and domain", "Leave"):
            assert f"<h2>{group}</h2>" in menu, tab
        assert f'href="/customers/{ID}/subscriptions/501/licenses/"' in menu


def test_the_plan_of_a_subscription_is_changed_by_what_is_allowed_now(browser: Client, read_in: ReadIn) -> None:
    read_in(PAID_MONTHLY)
    page = browser.get(f"/customers/{PAID_MONTHLY}/").content.decode()
    menu = page[page.index('id="new-request"') :]
    assert "Change plan" in menu
    assert "upgrade to Advanced, today" in menu
    assert re.search("another plan or contract type, at renewal on [0-9]+ [A-Z][a-z]+ 2026", menu)
    [address] = re.findall(r'href="([^"]+/renewal/\?type=CHANGE)"', menu)
    form = browser.get(address).context["form"]
    assert (form["type"].value(), form["product_id"].value()) == ("CHANGE", "STD")


def test_what_has_nothing_to_choose_leads_straight_to_the_review(browser: Client, read_in: ReadIn) -> None:
    read_in(PAID_MONTHLY)
    page = browser.get(f"/customers/{PAID_MONTHLY}/").content.decode()
    menu = page[page.index('id="new-request"') :]
    [address] = set(re.findall(r'<form action="([^"]+/subscriptions/[0-9]+/cancel/)" method="post">', menu))
    assert f'href="{address}"' not in menu
    assert browser.get(address).status_code == 200
    assert not Operation.objects.exists(), "looking asks for nothing"
    assert browser.post(address).headers["Location"] == Operation.objects.get().get_absolute_url()
    assert Operation.objects.get().state == State.PROPOSED


def test_overwriting_details_is_reached_from_the_form_that_edits_them(browser: Client, customer: Customer) -> None:
    with_usage(customer)
    address = f"/customers/{ID}/replace/"
    assert address not in browser.get(f"/customers/{ID}/").content.decode()
    assert (
        f'<a href="{address}">Overwrite all details instead</a>'
        in browser.get(f"/customers/{ID}/edit/").content.decode()
    )


def test_people_who_only_read_get_no_request_menu(customer: Customer, people: People, sign_in: SignIn) -> None:
    with_usage(customer)
    for person in (people.support, people.finance):
        page = sign_in(person).get(f"/customers/{ID}/").content.decode()
        assert 'id="new-request"' not in page
        assert "81" in page


def test_looking_writes_nothing_and_sends_nothing(browser: Client, customer: Customer) -> None:
    with_usage(customer)
    for tab in TABS:
        text_of(browser, tab)
    assert not Operation.objects.exists()


@pytest.mark.parametrize(
    ("end", "day"),
    [
        (date(2026, 5, 12), date(2026, 5, 11)),
        (date(2026, 11, 30), date(2026, 11, 27)),  # a Monday: the Friday before
        (date(2026, 11, 24), date(2026, 11, 20)),  # Monday 23 November is a holiday
        (date(2027, 1, 4), date(2026, 12, 31)),
        (date(2026, 5, 7), date(2026, 5, 1)),  # four holidays in a row and a weekend
    ],
)
def test_decide_by_is_the_last_working_day_before(end: date, day: date) -> None:
    assert decide_by(end) == day
