"""Usage: who pays for more than it uses, who is about to hit a limit; and a customer's month, day by day."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from billing.sync.usages import USAGES
from billing.usage import LOW, MANY_FREE, NEAR, trend
from customers.sync.usage_status import USAGE_STATUS
from portal.core.clock import business_today, now
from portal.sync.resources import Answer
from portal.sync.store import keep
from portal.vendor import client
from tests.support.languages import speak
from tests.support.portal import People, SignIn
from tests.support.prices import keep_prices, price
from tests.support.rows import keep_contracts, keep_customers
from tests.support.vendor_json import customer, subscription, usage, usage_status

pytestmark = pytest.mark.django_db

LIST = "/billing/usage/"
NAMES = {1: "低利用商事", 2: "満員物産", 3: "上限工業"}


def meter(domain_id: int, month: str, *records: dict[str, Any]) -> None:
    read = [client.CustomerUsage.from_vendor(record) for record in records]
    keep(USAGES, {domain_id: Answer(list(read), period=month)}, read_at=now())


def keep_one(domain_id: int, name: str, users: int, licenses: int | None, most: int | None = None) -> None:
    keep_customers(customer(domain_id, companyName=name, domain=f"d{domain_id}.example.jp"))
    plan = "ANNUAL_LICENSE" if licenses else "MONTHLY"
    keep_contracts(domain_id, subscriptions=[subscription(domain_id, licenseCount=licenses, plan=plan)])
    status = usage_status(domain_id, memberCount=users, maxMemberCount=most)
    keep(USAGE_STATUS, {domain_id: Answer([client.UsageStatus.from_vendor(status)])}, read_at=now())


@pytest.fixture
def three() -> None:
    """One with many free licenses, one that is full, and one near its maximum number of users."""
    keep_one(1, NAMES[1], users=10, licenses=100)
    keep_one(2, NAMES[2], users=50, licenses=50)
    keep_one(3, NAMES[3], users=19, licenses=None, most=20)
    keep_customers(customer(4, companyName="無契約", domain="d4.example.jp"))


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.support)


def text(browser: Client, path: str, status: int = 200) -> str:
    answer = browser.get(path)
    assert answer.status_code == status, path
    return answer.content.decode()


def names(page: str) -> list[str]:
    table = page.partition("<tbody>")[2].partition("</tbody>")[0]
    return [name for row in table.split("<tr>") for name in NAMES.values() if name in row]


def test_most_free_licenses_come_first_and_others_have_orders_of_their_own(three: None, browser: Client) -> None:
    assert names(text(browser, LIST)) == [NAMES[1], NAMES[2], NAMES[3]]
    assert names(text(browser, f"{LIST}?sort=-share")) == [NAMES[2], NAMES[3], NAMES[1]]
    assert "無契約" not in text(browser, LIST)


@pytest.mark.parametrize(("use", "found"), [("low", [1]), ("near", [2, 3]), ("over", [2])])
def test_who_pays_for_more_and_who_is_about_to_hit_a_limit(
    three: None, browser: Client, use: str, found: list[int]
) -> None:
    page = text(browser, f"{LIST}?use={use}&sort=-share")
    assert names(page) == [NAMES[number] for number in found]


@pytest.mark.parametrize(
    ("users", "licenses", "use", "is_found"),
    [(50, 100, "low", True), (51, 100, "low", False), (46, 91, "low", False), (509, 1000, "low", True),
     (0, 1, "low", True),     (30, 59, "low", False), (504, 1000, "low", True), (46, 92, "low", True),
     (60, 110, "low", True), (61, 110, "low", False), (329, 651, "low", True),
     (89, 100, "near", False), (894, 1000, "near", False), (895, 1000, "near", True), (90, 100, "near", True),
     (999, 1000, "over", False), (1000, 1000, "over", True)],
)  # fmt: skip
def test_the_thresholds_are_exact(browser: Client, users: int, licenses: int, use: str, is_found: bool) -> None:
    keep_one(1, NAMES[1], users=users, licenses=licenses)
    assert bool(names(text(browser, f"{LIST}?use={use}"))) is is_found


@pytest.mark.parametrize(
    ("users", "licenses", "shown"),
    [
        (30, 59, "51 %"),
        (1, 200, "1 %"),
        (999, 1000, "99 %"),
        (1000, 1000, "100 %"),
        (1001, 1000, "100 %"),
        (0, 9, "0 %"),
    ],
)
def test_a_share_is_rounded_half_up_and_100_is_the_limit(
    browser: Client, users: int, licenses: int, shown: str
) -> None:
    keep_one(1, NAMES[1], users=users, licenses=licenses)
    assert f">{shown}" in text(browser, LIST)


def test_many_free_licenses_are_too_many_and_come_first(browser: Client) -> None:
    keep_one(1, NAMES[1], users=9, licenses=18)
    keep_one(2, NAMES[2], users=364, licenses=686)
    page = text(browser, f"{LIST}?view=low&use=low&sort=-free")
    assert names(page) == [NAMES[2], NAMES[1]]
    assert "331 licenses without users at the customers" in page


def test_free_licenses_have_their_cost_for_those_who_see_prices(people: People, sign_in: SignIn) -> None:
    keep_one(1, NAMES[1], users=364, licenses=686)
    keep_prices(people.finance, price("STD", "ANNUAL_LICENSE", 450, 360))
    finance, support = sign_in(people.finance), sign_in(people.support)
    assert "¥144,900 a month" in text(finance, LIST)
    assert "¥144,900" not in text(support, LIST)
    answer: Any = finance.get(f"{LIST}?export=csv")
    assert ",144900," in b"".join(answer.streaming_content).decode()


def test_the_page_says_what_its_thresholds_are(three: None, browser: Client) -> None:
    page = text(browser, LIST)
    assert f"when at most {LOW} % of its licenses have users" in page
    assert f"from {NEAR} % of its licenses or its maximum number of users on" in page
    assert f"or {MANY_FREE} or more have none" in page
    assert f"Pays for more than it uses (up to {LOW} %, or {MANY_FREE} or more free licenses)" in page
    assert f"About to reach the limit ({NEAR} % or more)" in page
    page = text(speak(browser, "ja"), LIST)
    assert f"利用ユーザー数がライセンス数の{LOW} %以下" in page
    assert f"{NEAR} %以上" in page


def test_the_trend_is_drawn_from_what_was_metered(three: None, browser: Client) -> None:
    last = business_today() - timedelta(days=1)
    day = last - timedelta(weeks=1)
    for each, users in ((day, 4), (last, 9)):
        meter(1, f"{each:%Y-%m}", usage(usedDate=each.isoformat(), memberCount=users, plan="ANNUAL_LICENSE"))
    page = text(browser, LIST)
    if day.month == last.month:
        # A month is read as a whole, so the second reading took the place of the first.
        meter(1, f"{day:%Y-%m}", *(usage(usedDate=each.isoformat(), memberCount=users) for each, users in
                                   ((day, 4), (last, 9))))  # fmt: skip
        page = text(browser, LIST)
    assert 'points="56,13 64,1"' in page
    assert "+5" in page


def test_a_line_needs_two_points_and_a_level_one_is_flat() -> None:
    assert trend([None, 5, None]) == trend([]) == ""
    assert 'points="0,13 16,13"' in trend([5, None, 5])


def test_a_customers_month_shows_days_and_options(three: None, browser: Client) -> None:
    meter(1, "2026-10", usage(usedDate="2026-10-01", memberCount=3), usage(usedDate="2026-10-02", memberCount=1234))
    meter(1, "2026-09", usage(usedDate="2026-09-30", memberCount=2))
    page = text(browser, f"{LIST}1/2026-10/")
    assert "1,234" in page
    assert f'href="{LIST}1/2026-09/" rel="prev"' in page
    assert 'rel="next"' not in page
    assert "Nothing was metered" in text(browser, f"{LIST}1/2031-01/")
    assert f'href="{LIST}"' in text(browser, f"{LIST}1/2026-13/", 404)
    page = text(browser, f"{LIST}99/2026-10/", 404)
    assert "Partnerdesk knows no customer with the domain ID 99." in page
    assert f'href="{LIST}"' in page


def test_files_hold_the_list_and_the_days(three: None, browser: Client) -> None:
    meter(1, "2026-10", usage(usedDate="2026-10-01", memberCount=3))
    answer: Any = browser.get(f"{LIST}?use=low&export=csv")
    table = b"".join(answer.streaming_content).decode()
    assert NAMES[1] in table
    assert NAMES[2] not in table
    answer = browser.get(f"{LIST}1/2026-10/?export=csv")
    assert date(2026, 10, 1).isoformat() in b"".join(answer.streaming_content).decode()


def test_pages_cost_the_same_however_much_there_is(
    three: None, browser: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    def queries(path: str) -> int:
        browser.get(path)
        with django_assert_max_num_queries(12) as made:
            browser.get(path)
        return len(made)

    paths = (LIST, f"{LIST}?use=near", f"{LIST}1/2026-10/")
    few = [queries(path) for path in paths]
    for number in range(10, 40):
        keep_one(number, f"顧客{number}", users=5, licenses=9)
    assert [queries(path) for path in paths] == few
