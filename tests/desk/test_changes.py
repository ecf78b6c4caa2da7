"""The feed of changes over all customers: what it shows first, its filters, its cost."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from portal.sync.models import DetectedChange
from portal.sync.resources import PARTNER
from tests.support.orders import stored
from tests.support.portal import People, SignIn
from tests.support.rows import keep_customers
from tests.support.vendor_json import customer

pytestmark = pytest.mark.django_db

HIKARI, MIKAWA = 10_000_001, 10_000_002
SWAP = {"HX-Request": "true"}
KEY = re.compile(r"/history/\w+/\?key=([^&]*)&")


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    keep_customers(
        customer(HIKARI, companyName="株式会社ひかり物流", domain="hikari.example.jp"),
        customer(MIKAWA, companyName="有限会社三河屋", domain="mikawa.example.jp"),
    )
    return sign_in(people.support)


def observe(cause: str = "outside", domain_id: int = HIKARI, **columns: Any) -> DetectedChange:
    """Put a change into the table: 20 licenses became 35."""
    read_at = columns.pop("read_at", datetime(2025, 11, 20, 3, tzinfo=UTC))
    return DetectedChange.objects.create(
        **{
            "domain_id": domain_id,
            "resource": "subscriptions",
            "key": "4711",
            "before": {"licenseCount": 20},
            "after": {"licenseCount": 35},
            "read_before_at": read_at.replace(hour=2),
            "read_at": read_at,
            "cause": cause,
            **columns,
        }
    )


def feed(browser: Client, **query: Any) -> str:
    answer = browser.get("/sync/changes/", query)
    assert answer.status_code == 200
    return answer.content.decode()


def keys(browser: Client, **query: Any) -> list[str]:
    """Return the rows on the page, in their order."""
    return KEY.findall(feed(browser, **query))


def test_what_was_changed_outside_comes_first_with_what_moved(browser: Client) -> None:
    observe()
    observe("due", key="4712")
    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", feed(browser)))
    assert "株式会社ひかり物流" in page
    assert "Number of licenses 20 35" in page
    assert "detected between 20 Nov 11:00 and 20 Nov 12:00" in page
    assert keys(browser) == ["4711"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, {"out", "mikawa", "old", "option"}),
        ({"cause": "due"}, {"due"}),
        ({"cause": "operation"}, {"ordered"}),
        ({"cause": "all"}, {"out", "mikawa", "old", "option", "due", "ordered", ""}),
        ({"cause": "due", "resource": "subscriptions"}, {"due"}),
        ({"resource": "options"}, {"option"}),
        ({"q": "みかわ"}, set()),
        ({"q": "三河"}, {"mikawa"}),
        ({"q": str(MIKAWA)}, {"mikawa"}),
        ({"q": "hikari.example"}, {"out", "old", "option"}),
        ({"since": "2025-11-20"}, {"out", "mikawa", "option"}),
        ({"until": "2025-11-19"}, {"old"}),
        ({"since": "2025-11-18", "until": "2025-11-18"}, {"old"}),
        ({"until": "2025-11-17"}, set()),
        ({"since": "soon", "resource": "gold", "cause": "magic"}, {"out", "mikawa", "old", "option"}),
        ({"until": "9999-12-31", "since": "0001-01-01"}, {"out", "mikawa", "old", "option"}),
    ],
)
def test_filters_narrow_the_feed_down(browser: Client, query: dict[str, str], expected: set[str]) -> None:
    observe(key="out")
    observe(key="mikawa", domain_id=MIKAWA)
    # 00:30 of the 18th in Japan is still the 17th in UTC.
    observe(key="old", read_at=datetime(2025, 11, 17, 15, 30, tzinfo=UTC))
    observe(key="option", resource="options")
    observe("due", key="due")
    observe("operation", key="ordered", operation_id=stored("succeeded").pk)
    assert set(keys(browser, **query)) == expected


def test_what_belongs_to_the_partner_names_no_customer_and_has_a_page(browser: Client) -> None:
    observe(domain_id=PARTNER, resource="invoices", key="INV-1")
    page = feed(browser)
    assert "<th scope=row>Partner" in page
    link = re.search(r'href="(/customers/0/history/invoices/[^"]+)"', page)
    assert link
    assert browser.get(link[1].replace("&amp;", "&")).status_code == 200


def test_the_parts_of_the_feed_leave_nothing_out(browser: Client) -> None:
    for number in range(120):
        observe(key=f"{number:03}")
    seen: list[str] = []
    query: dict[str, str] = {}
    while True:
        page = feed(browser, **query)
        seen += KEY.findall(page)
        older = re.search(r'rel="next" href="\?page=(\d+)"', page)
        if older is None:
            break
        query = {"page": older[1]}
    assert seen == [f"{number:03}" for number in reversed(range(120))]


def test_an_empty_list_says_what_would_be_there(browser: Client) -> None:
    assert "Each sync is compared with the one before." in feed(browser)
    assert "No matching changes." in feed(browser, q="nobody")
    assert "Clear filters" in feed(browser, q="nobody")


def test_a_swap_brings_the_list_with_its_filters(browser: Client) -> None:
    observe()
    part = browser.get("/sync/changes/?q=hikari", headers=SWAP).content.decode()
    assert "<!doctype" not in part
    assert part.count('id="table"') == 1
    assert 'name="q" value="hikari" form="export"' in part


def test_changes_are_sorted_by_customer(browser: Client) -> None:
    observe(key="hikari")
    observe(key="mikawa", domain_id=MIKAWA)
    observe(key="partner", domain_id=PARTNER, resource="invoices")
    assert keys(browser, sort="customer") == ["hikari", "mikawa", "partner"]
    assert keys(browser, sort="-customer") == ["mikawa", "hikari", "partner"]


def test_a_file_holds_what_the_filter_finds_and_what_moved(browser: Client) -> None:
    observe(key="4711")
    observe("due", key="4712")
    answer = browser.get("/sync/changes/", {"cause": "due", "export": "csv"})
    lines = b"".join(answer).decode().splitlines()
    assert len(lines) == 2
    assert "株式会社ひかり物流" in lines[1]
    assert "Number of licenses: 20 → 35" in lines[1]
    assert "Scheduled event" in lines[1]


def test_the_feed_costs_the_same_with_few_changes_and_with_many(
    browser: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    def cost() -> int:
        with django_assert_max_num_queries(100) as made:
            feed(browser, cause="all")
        return len(made)

    observe()
    observe("operation", operation_id=stored("succeeded").pk)
    few = cost()
    for number in range(60):
        observe(domain_id=HIKARI + number % 2, key=str(number))
        observe("operation", operation_id=stored("succeeded").pk)
    assert cost() == few <= 11
