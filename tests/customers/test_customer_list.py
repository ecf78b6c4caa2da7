"""The list of customers: what it finds, in which order, page by page, at a cost that does not grow."""
# ruff: noqa: RUF001  full-width letters are among what people type

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from customers.filters import SORTS
from customers.models import Customer
from portal.core.clock import now
from portal.sync.resources import Answer
from portal.sync.store import expect, keep, retire
from portal.vendor import client
from subscriptions.sync.subscriptions import PRE_ORDERS, SUBSCRIPTIONS
from tests.support.orders import stored
from tests.support.portal import People, SignIn
from tests.support.rows import keep_contracts, keep_customers, one_customer
from tests.support.vendor_json import customer, pre_order, subscription

FIRST = 10_000_001


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.support)


def shown(browser: Client, **query: Any) -> list[int]:
    """Return the customers on the page, in their order."""
    answer = browser.get("/customers/", query)
    assert answer.status_code == 200
    return [
        int(number) for number in re.findall(r'<a (?:id="row-1" )?href="/customers/(\d+)/"', answer.content.decode())
    ]


def store(*names: str, **changes: Any) -> list[int]:
    """Keep customers of these names, numbered from `FIRST` on."""
    start = FIRST + Customer.objects.count()
    records = [
        customer(start + place, companyName=name, domain=f"d{start + place}.example.jp") | changes
        for place, name in enumerate(names)
    ]
    return [row.pk for row in keep_customers(*records)]


# --- Search ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "ひかり",
        "ヒカリ",
        "ﾋｶﾘ",
        "ひかり 物流",
        "物",
        "株式会社ひ",
        "㈱ひかり",
        "D10000001",
        "d10000001.ex",
        "c-17",
        "Ｃ－１７",
        "10000001",
    ],
)
def test_a_customer_is_found_however_it_is_typed(browser: Client, query: str) -> None:
    hikari = keep_customers(
        customer(
            FIRST, companyName="㈱ひかり物流" if "㈱" in query else "株式会社ひかり物流", domain=f"d{FIRST}.example.jp"
        )
    )[0]
    keep_customers(
        customer(
            FIRST + 1, companyName="有限会社三河屋", domain="mikawa.example.com", partnership={"customerCode": "X-99"}
        )
    )
    assert shown(browser, q=query) == [hikari.pk]


@pytest.mark.parametrize("query", ["%", "_", "ひ%り", "\\", "' OR 1=1 --", "ひかり三河", "zzz"])
def test_nothing_is_found_by_what_is_not_there(browser: Client, query: str) -> None:
    store("ひかり物流", "三河屋")
    assert shown(browser, q=query) == []


@pytest.mark.parametrize("query", ["", "   ", "\u3000", "\n"])
def test_an_empty_search_shows_everybody(browser: Client, query: str) -> None:
    everybody = store("A", "B")
    assert shown(browser, q=query) == everybody


def test_what_was_typed_is_shown_as_text(browser: Client) -> None:
    page = browser.get("/customers/", {"q": "<script>alert(1)</script>"}).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


# --- Filters ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def book(db: None) -> dict[str, int]:
    """One customer for each thing that is filtered by."""
    names = ("advanced", "monthly", "trial", "ended trial", "ordered", "unproved", "gone")
    numbers = dict(zip(names, store(*names), strict=True))
    contracts: dict[str, dict[str, Any]] = {
        "advanced": {"productId": "ADV", "plan": "ANNUAL_LICENSE", "planEndDate": "2026-03-31"},
        "monthly": {"productId": "STD", "plan": "MONTHLY", "planEndDate": "2026-06-30"},
        "trial": {"productId": "STD_T", "plan": "TRIAL", "planEndDate": "2026-01-31", "renewal": None},
        "ended trial": {
            "productId": "ADV_T",
            "plan": "TRIAL",
            "status": "SUSPENDED_TRIALEND",
            "planEndDate": "2025-12-31",
        },
    }
    for name, contract in contracts.items():
        keep_contracts(numbers[name], subscriptions=[subscription(**contract)])
    keep_contracts(numbers["ordered"], pre_orders=[pre_order()])
    Customer.objects.filter(pk=numbers["unproved"]).update(enable_active_domain=False)
    Customer.objects.filter(pk=numbers["gone"]).update(removed_at=now())
    retire([numbers["gone"]])
    return numbers


CURRENT = {"advanced", "monthly", "trial", "ended trial", "ordered", "unproved"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, CURRENT),
        ({"product": "ADV"}, {"advanced"}),
        ({"product": ["ADV", "STD"]}, {"advanced", "monthly"}),
        ({"product": "none"}, {"ordered", "unproved"}),
        ({"product": ["none", "STD_T"]}, {"ordered", "unproved", "trial"}),
        ({"plan": "MONTHLY"}, {"monthly"}),
        ({"plan": ["MONTHLY", "ANNUAL_LICENSE"]}, {"monthly", "advanced"}),
        ({"product": "ADV", "plan": "MONTHLY"}, set()),
        ({"ends_by": "2026-01-31"}, {"trial", "ended trial"}),
        ({"ends_by": "2026-03-31"}, {"trial", "ended trial", "advanced"}),
        ({"note": "scheduled"}, {"ordered"}),
        ({"note": "grace"}, {"ended trial"}),
        ({"note": "unproved"}, {"unproved"}),
        ({"note": "gone"}, {"gone"}),
        ({"note": "gone", "q": "advanced"}, set()),
        ({"q": "trial", "product": "ADV_T"}, {"ended trial"}),
    ],
)
def test_filters_narrow_down(browser: Client, book: dict[str, int], query: dict[str, Any], expected: set[str]) -> None:
    names = {number: name for name, number in book.items()}
    assert {names[number] for number in shown(browser, **query)} == expected


@pytest.mark.parametrize(
    "query", [{"product": "GOLD"}, {"plan": "WEEKLY"}, {"ends_by": "soon"}, {"note": "rich"}, {"unheard": "of"}]
)
def test_a_filter_that_does_not_exist_hides_nobody(
    browser: Client, book: dict[str, int], query: dict[str, Any]
) -> None:
    assert len(shown(browser, **query)) == len(CURRENT)


def test_a_bad_value_is_explained_at_its_field(browser: Client) -> None:
    assert "Enter a valid date." in browser.get("/customers/?ends_by=soon").content.decode()


def test_a_customer_that_is_gone_keeps_its_page(browser: Client, book: dict[str, int]) -> None:
    page = browser.get(f"/customers/{book['gone']}/").content.decode()
    assert "The vendor no longer lists this customer." in page


# --- Order -----------------------------------------------------------------------------------------------------------


def test_every_order_works_both_ways_with_what_is_absent_last(browser: Client, db: None) -> None:
    one, two, bare = store("い", "ろ", "は")
    for number, licenses, end, start in ((one, 5, "2026-02-01", "2026-03-01"), (two, 50, "2026-05-01", "2026-04-01")):
        keep_contracts(
            number,
            subscriptions=[subscription(licenseCount=licenses, planEndDate=end, plan="ANNUAL_LICENSE")],
            pre_orders=[pre_order(applyDate=start)],
        )
    expect([bare])  # as the listing does, so that what was never read counts as the stalest
    for key in ("licenses", "end", "scheduled"):
        assert shown(browser, sort=key) == [one, two, bare], key
        assert shown(browser, sort=f"-{key}") == [two, one, bare], key
    assert shown(browser, sort="read")[-1] == shown(browser, sort="-read")[-1] == bare  # never wholly read


def test_names_and_domains_are_ordered_as_the_database_does(browser: Client, db: None) -> None:
    b, a, c = store("b", "a", "c")
    assert shown(browser) == shown(browser, sort="name") == [a, b, c]
    assert shown(browser, sort="-name") == [c, b, a]
    assert shown(browser, sort="domain") == [b, a, c]


@pytest.mark.parametrize("key", SORTS)
def test_every_order_is_whole_and_leaves_nobody_out_between_pages(browser: Client, key: str) -> None:
    everybody = store(*(["same name"] * 30))
    for sort in (key, f"-{key}"):
        pages = [shown(browser, sort=sort, rows=25, page=page) for page in (1, 2)]
        assert sorted(pages[0] + pages[1]) == sorted(everybody)


def test_an_order_that_does_not_exist_is_the_usual_one(browser: Client) -> None:
    everybody = store("a", "b")
    assert shown(browser, sort="password") == everybody


# --- Pages and cost --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, (0, 50)),
        ({"page": 2}, (50, 60)),
        ({"page": 0}, (0, 50)),
        ({"page": 999}, (50, 60)),
        ({"page": "abc"}, (0, 50)),
        ({"rows": 25, "page": 2}, (25, 50)),
        ({"rows": 7}, (0, 50)),
    ],
)
def test_pages_stay_within_bounds(browser: Client, query: dict[str, Any], expected: tuple[int, int]) -> None:
    everybody = store(*(f"{number:02}" for number in range(60)))
    assert shown(browser, **query) == everybody[slice(*expected)]


def queries(browser: Client, count: DjangoAssertNumQueries, path: str) -> int:
    with count(100) as made:
        assert browser.get(path).status_code == 200
    return len(made)


@pytest.mark.parametrize(
    ("path", "most"),
    [("/customers/", 9), ("/customers/?q=d1&product=STD&sort=-end", 9), ("/operations/", 13), ("/sync/", 18)],
)
def test_a_page_costs_the_same_with_five_rows_and_with_sixty(
    browser: Client, django_assert_max_num_queries: DjangoAssertNumQueries, path: str, most: int
) -> None:
    def add(rows: int) -> None:
        numbers = store(*(f"{number:02}" for number in range(rows)))
        contract = Answer([client.Subscription.from_vendor(subscription())])
        order = Answer([client.PreOrder.from_vendor(pre_order())])
        keep(SUBSCRIPTIONS, dict.fromkeys(numbers, contract), read_at=now())
        keep(PRE_ORDERS, dict.fromkeys(numbers, order), read_at=now())
        for number in numbers:
            stored("succeeded", domain_id=number)

    add(5)
    with_five = queries(browser, django_assert_max_num_queries, path)
    add(55)
    assert queries(browser, django_assert_max_num_queries, path) == with_five <= most


def test_a_customers_page_costs_the_same_with_many_contracts(
    browser: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    one = one_customer()
    browser.get(one.get_absolute_url())  # the first time, what was never read gets its place in the plan
    with_one = queries(browser, django_assert_max_num_queries, one.get_absolute_url())
    keep_contracts(
        one.pk,
        subscriptions=[subscription(number) for number in range(1, 21)],
        pre_orders=[
            pre_order(number, applyDate=(date(2026, 1, 15) + timedelta(days=number)).isoformat())
            for number in range(1, 21)
        ],
    )
    assert queries(browser, django_assert_max_num_queries, one.get_absolute_url()) == with_one <= 24
