"""The list of subscriptions of all customers: what it finds, in which order, and at what cost."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from customers.models import Customer, UsageStatus
from portal.accounts.models import User
from portal.core.clock import now
from portal.sync.resources import Answer
from portal.sync.store import keep
from portal.vendor import client
from subscriptions.filters import SORTS, SubscriptionFilter
from subscriptions.models import Subscription
from subscriptions.sync.reservations import RESERVATIONS
from tests.support.examples import made_up
from tests.support.languages import speak
from tests.support.portal import People, SignIn
from tests.support.rows import keep_contracts, keep_customers
from tests.support.vendor_json import customer, reservation, subscription

FIRST = 10_000_001
ADDRESS = "/subscriptions/"
FRAGMENT, PAGE = 30 * 1024, 60 * 1024


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.support)


def shown(browser: Client, **query: Any) -> list[int]:
    """Return the numbers of the subscriptions on the page, in their order."""
    answer = browser.get(ADDRESS, query)
    assert answer.status_code == 200
    return [int(number) for number in re.findall(r"<i>(?:[^<]* · )?(\d+)</i>", answer.content.decode())]


def sent(browser: Client, address: str, query: dict[str, Any] | None = None) -> int:
    """Return the status of an answer that has come to its end, as that of a file does only when it is read."""
    answer = browser.get(address, query)
    b"".join(answer)
    return int(answer.status_code)


@pytest.fixture
def book(db: None) -> None:
    """Three customers; the numbers of their subscriptions say which they are."""
    for place, name in enumerate(("い社", "ろ社", "消えた社")):
        keep_customers(customer(FIRST + place, companyName=name, domain=f"d{place}.example.jp"))
        UsageStatus.objects.create(
            customer_id=FIRST + place, status="ACTIVE", member_count=10, member_limit=78, raw={}, changed_at=now()
        )
    monthly = {"plan": "MONTHLY", "productId": "ADV", "licenseCount": None, "planEndDate": "2026-03-31"}
    trial = {"plan": "TRIAL", "productId": "STD_T", "licenseCount": None, "renewal": None}
    keep_contracts(
        FIRST,
        subscriptions=[
            subscription(1, planEndDate="2026-02-01", licenseCount=10),
            subscription(2, **monthly),
        ],
    )
    ending = {"subscriptionId": 3, "type": "CANCEL", "productId": "ROG_STD", "plan": "ANNUAL_LICENSE"}
    keep_contracts(
        FIRST + 1,
        subscriptions=[
            subscription(3, productId="ROG_STD", planEndDate="2026-05-01", licenseCount=5, renewal=ending),
            subscription(4, **trial, planEndDate="2026-01-10", status="SUSPENDED_TRIALEND"),
            subscription(5, planEndDate="2026-04-01", licenseCount=50),
        ],
    )
    keep_contracts(FIRST + 2, subscriptions=[subscription(6)])
    Customer.objects.filter(pk=FIRST + 2).update(removed_at=now())
    tasks = Answer([client.Reservation.from_vendor(reservation(5, applyDate="2026-01-20", licenseCount=15))])
    keep(RESERVATIONS, {FIRST + 1: tasks}, read_at=now())


ALL = {1, 2, 3, 4, 5}


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ALL),
        ({"q": "い社"}, {1, 2}),
        ({"q": "d1.example"}, {3, 4, 5}),
        ({"q": f"{FIRST}"}, {1, 2}),
        ({"q": "消えた"}, set()),
        ({"product": "ADV"}, {2}),
        ({"product": ["ADV", "ROG_STD"]}, {2, 3}),
        ({"group": "WORKS"}, {1, 2, 4, 5}),
        ({"group": "ROGER"}, {3}),
        ({"group": ["ROGER", "NOTE_AI"]}, {3}),
        ({"group": "JP_AI_STUDIO"}, set()),
        ({"plan": "MONTHLY"}, {2}),
        ({"status": "SUSPENDED_TRIALEND"}, {4}),
        ({"status": "ACTIVE"}, {1, 2, 3, 5}),
        ({"renewal": "CANCEL"}, {3}),
        ({"renewal": ["CANCEL", "STAY"]}, {1, 2, 3, 5}),
        ({"ends_from": "2026-04-01"}, {3, 5}),
        ({"ends_to": "2026-02-01"}, {1, 4}),
        ({"ends_from": "2026-02-01", "ends_to": "2026-04-01"}, {1, 2, 5}),
        ({"licenses_from": 10}, {1, 5}),
        ({"licenses_to": 10}, {1, 3}),
        ({"licenses_from": 0, "licenses_to": 0}, set()),
        # Ten people use LINE WORKS; how many use Roger is not in the usage status.
        ({"full": "yes"}, {1}),
        ({"q": "ろ社", "full": "yes"}, set()),
    ],
)
def test_filters_narrow_down(browser: Client, query: dict[str, Any], expected: set[int]) -> None:
    assert set(shown(browser, **query)) == expected


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize("query", [{"product": "GOLD"}, {"ends_to": "soon"}, {"licenses_from": "-1"}, {"full": "no"}])
def test_a_filter_that_does_not_exist_hides_nothing(browser: Client, query: dict[str, Any]) -> None:
    assert set(shown(browser, **query)) == ALL


@pytest.mark.usefixtures("book")
def test_what_line_works_no_longer_shows_is_left_out(browser: Client) -> None:
    Subscription.objects.filter(subscription_id=1).update(removed_at=now())
    assert set(shown(browser)) == ALL - {1}


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    ("key", "up", "down"),
    [
        ("end", [4, 1, 2, 5, 3], [3, 5, 2, 1, 4]),
        ("licenses", [3, 1, 5, 2, 4], [5, 1, 3, 4, 2]),
        ("name", [1, 2, 3, 4, 5], [5, 4, 3, 2, 1]),
        ("plan", [2, 3, 1, 5, 4], [4, 5, 1, 3, 2]),
        ("renewal", [4, 3, 1, 2, 5], [5, 2, 1, 3, 4]),
        ("scheduled", [5, 1, 2, 3, 4], [5, 4, 3, 2, 1]),
    ],
)
def test_every_order_is_whole_with_what_is_absent_last(
    browser: Client, key: str, up: list[int], down: list[int]
) -> None:
    assert shown(browser, sort=key) == up
    assert shown(browser, sort=f"-{key}") == down


@pytest.mark.usefixtures("book")
def test_the_next_end_comes_first_unless_asked_otherwise(browser: Client) -> None:
    assert shown(browser) == shown(browser, sort="end") == shown(browser, sort="password") == [4, 1, 2, 5, 3]


@pytest.mark.parametrize("key", SORTS)
def test_no_order_leaves_a_row_out_between_pages(browser: Client, key: str) -> None:
    keep_customers(customer(FIRST))
    keep_contracts(FIRST, subscriptions=[subscription(number) for number in range(1, 31)])
    for sort in (key, f"-{key}"):
        pages = [shown(browser, sort=sort, rows=25, page=page) for page in (1, 2)]
        assert sorted(pages[0] + pages[1]) == list(range(1, 31))


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(("days", "renews"), [(0, False), (1, False), (2, True)])
def test_a_customer_that_leaves_with_its_contract_renews_nothing(browser: Client, days: int, renews: bool) -> None:
    end = Subscription.objects.get(customer_id=FIRST, subscription_id=1).end_date
    assert end
    UsageStatus.objects.filter(customer_id=FIRST).update(withdrawal_date=end + timedelta(days=days))
    page = browser.get(ADDRESS).content.decode()
    [row] = [row for row in re.findall(r"<tr><td.*?</tr>", page) if re.search(r"<i>(?:[^<]* · )?1</i>", row)]
    assert ("Unchanged" in row, "Leaves <time" in row) == (renews, not renews)


@pytest.mark.usefixtures("book")
def test_a_row_says_what_counts_and_keeps_quiet_about_what_is_well(browser: Client) -> None:
    UsageStatus.objects.filter(customer_id=FIRST).update(withdrawal_date="2026-01-20")
    page = browser.get(ADDRESS).content.decode()
    rows = {
        int(number): row
        for row in re.findall(r"<tr><td.*?</tr>", page)
        for number in re.findall(r"<i>(?:[^<]* · )?(\d+)</i>", row)
    }
    assert "Active" not in "".join(rows.values())
    assert "Leaving" in rows[1]
    assert 'Leaves <time datetime="2026-01-20">' in rows[1]
    assert "is-full" in rows[1]
    assert "<b>10</b>/ 78" in rows[2]
    assert "is-limit" in rows[2]
    assert "<b>–</b>/ 5<" in rows[3]
    assert "Does not renew" in rows[3]
    assert "Trial ended" in rows[4]
    assert "+15 licenses" in rows[5]
    assert f'href="/customers/{FIRST}/"' in rows[1]


def test_a_page_costs_the_same_with_few_rows_and_with_many(
    browser: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    def queries(path: str) -> int:
        with django_assert_max_num_queries(10) as made:
            assert browser.get(path).status_code == 200
        return len(made)

    def add(*numbers: int) -> None:
        for number in numbers:
            keep_customers(customer(FIRST + number, domain=f"d{number}.example.jp"))
            keep_contracts(FIRST + number, subscriptions=[subscription(number)])

    filtered = f"{ADDRESS}?q=d1&product=STD&full=yes&sort=-scheduled"
    add(1, 2)
    few = queries(ADDRESS), queries(filtered)
    add(*range(3, 30))
    assert (queries(ADDRESS), queries(filtered)) == few


@pytest.mark.usefixtures("japanese")
def test_the_list_stays_small(browser: Client) -> None:
    for place in range(60):
        keep_customers(
            customer(FIRST + place, companyName=f"株式会社ながいなまえのかいしゃ{place}", domain=f"d{place}.example.jp")
        )
    UsageStatus.objects.bulk_create(
        UsageStatus(customer_id=FIRST + place, member_count=1_013, raw={}, changed_at=now()) for place in range(60)
    )
    changing = {"subscriptionId": 400_000, "type": "CHANGE", "productId": "ADV", "plan": "MONTHLY", "licenseCount": 9}
    for place in range(60):
        number = 400_000 + place
        renewal = {"renewal": changing} if place % 5 == 0 else {}
        keep_contracts(FIRST + place, subscriptions=[subscription(number, licenseCount=1_200, **renewal)])
        if place % 5 == 1:
            tasks = Answer([client.Reservation.from_vendor(reservation(number))])
            keep(RESERVATIONS, {FIRST + place: tasks}, read_at=now())
    for language in ("en", "ja"):
        speak(browser, language)
        fragment = browser.get(ADDRESS, headers={"hx-request": "true"}).content
        assert fragment.count(b"<th scope=row") == 50
        assert len(fragment) <= FRAGMENT
        assert len(browser.get(ADDRESS).content) <= PAGE


def test_everybody_with_a_role_may_look_and_nobody_else(people: People, sign_in: SignIn) -> None:
    stranger = User.objects.create_user("stranger@partner.example", name="x")

    def status(person: User | None, query: str) -> int:
        return sent(sign_in(person), ADDRESS + query)

    for query in ("", "?export=csv", "?export=xlsx"):
        assert {status(person, query) for person in vars(people).values()} == {200}
        assert status(stranger, query) == 403
        assert status(None, query) == 302


VALUES = st.sampled_from(["", "0", "-1", "1e9", "9" * 30, "2026-02-30", "9999-12-31", "yes", "WORKS", "STD", "%", "é"])


@pytest.mark.usefixtures("book")
@made_up(20)
@given(
    query=st.dictionaries(
        st.sampled_from([*SubscriptionFilter.base_filters, "sort", "page", "rows", "export"]),
        st.one_of(VALUES, st.text(max_size=5), st.sampled_from([*SORTS, *(f"-{key}" for key in SORTS), "csv"])),
        max_size=6,
    )
)
def test_no_address_makes_the_page_fail(browser: Client, query: dict[str, str]) -> None:
    assert sent(browser, ADDRESS, query) in (200, 400)
