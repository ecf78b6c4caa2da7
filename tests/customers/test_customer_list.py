"""The list of customers: what it finds, in which order, page by page, at a cost that does not grow."""
# ruff: noqa: RUF001  full-width letters are among what people type

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from customers.filters import SORTS
from customers.models import Customer, Tag, UsageStatus
from portal.core.clock import now
from portal.sync.models import Reading
from portal.sync.resources import Answer
from portal.sync.store import expect, keep, retire
from portal.vendor import client
from subscriptions.sync.subscriptions import PRE_ORDERS, SUBSCRIPTIONS
from tests.support.orders import stored
from tests.support.portal import People, SignIn
from tests.support.rows import keep_contracts, keep_customers, keep_options, one_customer
from tests.support.vendor_json import customer, option, pre_order, subscription

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
        ({"ends_to": "2026-01-31"}, {"trial", "ended trial"}),
        ({"ends_to": "2026-03-31"}, {"trial", "ended trial", "advanced"}),
        ({"ends_from": "2026-02-01", "ends_to": "2026-03-31"}, {"advanced"}),
        ({"status": "SUSPENDED_TRIALEND"}, {"ended trial"}),
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
    "query", [{"product": "GOLD"}, {"plan": "WEEKLY"}, {"ends_to": "soon"}, {"note": "rich"}, {"unheard": "of"}]
)
def test_a_filter_that_does_not_exist_hides_nobody(
    browser: Client, book: dict[str, int], query: dict[str, Any]
) -> None:
    assert len(shown(browser, **query)) == len(CURRENT)


def use(number: int, users: int | None, licenses: int | None, **contract: Any) -> None:
    """Keep a customer's contract, and how many users it has."""
    keep_contracts(number, subscriptions=[subscription(licenseCount=licenses, **contract)])
    UsageStatus.objects.create(customer_id=number, member_count=users, raw={}, changed_at=now())


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"use_from": 50}, ["half", "full"]),
        ({"use_to": 50}, ["half"]),
        ({"use_from": 51, "use_to": 100}, ["full"]),
        ({"use_from": 101}, []),
        ({"use_to": 100, "use_from": 0}, ["half", "full"]),
        ({"note": "full"}, ["full"]),
    ],
)
def test_customers_are_found_by_users_of_their_licenses(
    browser: Client, query: dict[str, Any], expected: list[str]
) -> None:
    names = ("half", "full", "unknown", "without licenses")
    numbers = dict(zip(names, store(*names), strict=True))
    use(numbers["half"], 5, 10)
    use(numbers["full"], 10, 10)
    use(numbers["unknown"], None, 10)
    use(numbers["without licenses"], 5, None, plan="MONTHLY")
    assert shown(browser, **query, sort="licenses") == [numbers[name] for name in expected]


def test_customers_that_leave_have_a_filter(browser: Client) -> None:
    leaving, _staying = store("a", "b")
    UsageStatus.objects.create(customer_id=leaving, withdrawal_date="2026-02-01", raw={}, changed_at=now())
    assert shown(browser, note="leaving") == [leaving]
    UsageStatus.objects.update(removed_at=now())
    assert shown(browser, note="leaving") == []


def test_customers_are_found_by_the_age_of_their_data(browser: Client) -> None:
    old, never, _fresh = store("a", "b", "c")
    Reading.objects.filter(domain_id=old).update(read_at=now() - timedelta(hours=2))
    expect([never])
    assert shown(browser, older="1") == [old, never]
    assert shown(browser, older="24") == [never]


def test_customers_are_found_by_owner_and_tag(browser: Client, people: People) -> None:
    mine, theirs, nobodys = store("a", "b", "c")
    Customer.objects.filter(pk=mine).update(owner=people.support)
    Customer.objects.filter(pk=theirs).update(owner=people.account_manager)
    Customer.objects.get(pk=theirs).tags.add(Tag.objects.create(name="Ｖip", key=Tag.key_of("VIP")))
    assert shown(browser, owner="me") == [mine]
    assert shown(browser, owner="none") == [nobodys]
    assert shown(browser, owner=people.account_manager.pk) == [theirs]
    assert shown(browser, owner=987_654) == []
    assert shown(browser, tag="vip") == [theirs]
    assert shown(browser, tag="other") == []
    page = browser.get(f"/customers/?owner={people.account_manager.pk}&columns=owner&columns=tags").content.decode()
    assert "<b>佐藤 美咲</b>" in page
    assert re.search(r'data-head="Owner">佐藤 美咲', page)
    assert re.search(r'data-head="Tags">Ｖip', page)
    assert "It is not applied" in browser.get("/customers/?owner=somebody").content.decode()


@pytest.mark.parametrize("listing", ["subscriptions", "options"])
def test_what_customers_hold_is_found_by_their_owner(browser: Client, people: People, listing: str) -> None:
    for number in store("a", "b"):
        keep_contracts(number, subscriptions=[subscription(number)])
        keep_options(number, options=[option()])
    Customer.objects.filter(pk=FIRST).update(owner=people.support)
    for owner, count in (("me", 1), ("none", 1), ("", 2)):
        page = browser.get(f"/{listing}/", {"owner": owner}).content.decode()
        assert page.count("<th scope=row") == count, owner


def test_a_group_name_is_never_not_verified(browser: Client) -> None:
    [group] = store("組", domainType="GROUP", enableActiveDomain=False)
    for address in ("/customers/", f"/search/?q={group}", "/search/?q=組"):
        assert "Not verified" not in browser.get(address, follow=True).content.decode(), address
    assert shown(browser, note="unproved") == []
    [domain] = store("社", enableActiveDomain=False)
    assert "Not verified" in browser.get("/customers/").content.decode()
    assert shown(browser, note="unproved") == [domain]


def test_a_bad_value_is_explained_at_its_field(browser: Client) -> None:
    assert "Enter a valid date." in browser.get("/customers/?ends_to=soon").content.decode()


def test_a_customer_that_is_gone_keeps_its_page(browser: Client, book: dict[str, int]) -> None:
    page = browser.get(f"/customers/{book['gone']}/").content.decode()
    assert "LINE WORKS no longer lists this customer." in page


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
    for key in ("licenses", "end"):
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
    [
        ("/customers/", 10),
        ("/customers/?q=d1&product=STD&sort=-end", 10),
        ("/customers/?owner=1&tag=a", 10),
        ("/requests/", 13),
        ("/sync/", 18),
    ],
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
    assert queries(browser, django_assert_max_num_queries, one.get_absolute_url()) == with_one <= 35
