"""Home: what needs a decision, each a count that opens the list it counted; the next days; the latest requests."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from customers.models import Customer, UsageStatus
from portal.core.clock import business_today, now
from portal.desk.renewals import last_end_to_decide
from portal.operations.states import State
from subscriptions.models import PreOrder, Subscription
from tests.support import vendor_json
from tests.support.orders import stored
from tests.support.portal import People, SignIn
from tests.support.rows import keep_customers

TODAY = date(2026, 1, 15)
ID = 10_000_001
MOST_QUERIES = 20


@pytest.fixture(autouse=True)
def _the_day(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("clock") / "today"
    file.write_text(TODAY.isoformat())
    settings.BUSINESS_DATE_FILE = str(file)


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.account_manager)


@pytest.fixture
def customer(db: None) -> Customer:
    [row] = keep_customers(vendor_json.customer(ID, companyName="青葉会"))
    return row


def ahead(days: int) -> date:
    return TODAY + timedelta(days=days)


def subscription(number: int, **columns: Any) -> Subscription:
    given = {"plan": "ANNUAL_LICENSE", "product_id": "STD", "status": "ACTIVE", "start_date": date(2025, 1, 1)}
    return Subscription.objects.create(
        customer_id=ID, subscription_id=number, raw={}, changed_at=now(), **{**given, **columns}
    )


def pre_order(number: int, day: date) -> None:
    PreOrder.objects.create(
        customer_id=ID, pre_order_id=number, product_id="STD", apply_date=day, raw={}, changed_at=now()
    )


def text_of(html: str) -> str:
    bare = re.sub(r"<(script|template).*?</\1>|<[^>]+>", " ", html, flags=re.DOTALL)
    return " ".join(bare.split())


def home(browser: Client) -> str:
    answer = browser.get("/")
    assert answer.status_code == 200
    return answer.content.decode()


def needs(browser: Client) -> dict[str, tuple[int, str]]:
    """Return what needs a decision: by its title the count and the address."""
    found = {}
    for address, inner in re.findall(r'<li>\s*<a href="([^"]*)" class="is-\w+">(.*?)</a>', home(browser), re.DOTALL):
        count, title = re.search(r"<b>([\d,]+)</b>\s*<span>([^<]*)<small>", inner, re.DOTALL).groups()  # type: ignore[union-attr]
        found[title.strip()] = int(count.replace(",", "")), address.replace("&amp;", "&")
    return found


def test_each_need_is_counted_and_opens_its_list(browser: Client, customer: Customer, people: People) -> None:
    UsageStatus.objects.create(customer=customer, status="ACTIVE", withdrawal_date=ahead(3), raw={}, changed_at=now())
    subscription(502, plan="TRIAL", product_id="ADV_T", end_date=ahead(5))
    subscription(503, plan="TRIAL", product_id="STD_T", status="SUSPENDED_TRIALEND", end_date=ahead(-25))
    stored(State.UNKNOWN, domain_id=ID)
    stored(State.AWAITING_APPROVAL, domain_id=ID, proposed_by_id=people.administrator.pk)
    found = needs(browser)
    assert {title: count for title, (count, _address) in found.items()} == {
        "Leaving this week": 1,
        "Outcome unknown": 1,
        "Awaiting your approval": 1,
        "Trials ending": 1,
        "Grace periods ending": 1,
    }
    for title, (_count, address) in found.items():
        page = browser.get(address)
        assert page.status_code == 200, title
        assert "青葉会" in page.content.decode() or "株式会社" in page.content.decode(), title


def test_a_renewal_is_counted_until_the_customer_leaves(browser: Client, customer: Customer) -> None:
    subscription(501, end_date=ahead(10), renewal_type="STAY")
    assert needs(browser)["Renewals to decide"][0] == 1
    UsageStatus.objects.create(customer=customer, status="ACTIVE", withdrawal_date=ahead(9), raw={}, changed_at=now())
    assert "Renewals to decide" not in needs(browser)


def test_home_navigation_and_list_count_the_same_renewals(browser: Client, customer: Customer) -> None:
    last = last_end_to_decide(business_today())
    for number, end in enumerate((ahead(1), last, last + timedelta(days=1)), start=501):
        subscription(number, end_date=end, renewal_type="STAY")
    count, address = needs(browser)["Renewals to decide"]
    page = browser.get(address)
    assert (count, page.context["nav_counts"]["renewals_due"], page.context["page"].paginator.count) == (2, 2, 2)


def test_with_nothing_to_decide_home_says_so(browser: Client, customer: Customer) -> None:
    assert needs(browser) == {}
    assert "Nothing needs a decision today." in home(browser)


def test_own_requests_do_not_wait_for_their_maker(browser: Client, customer: Customer, people: People) -> None:
    stored(State.AWAITING_APPROVAL, domain_id=ID, proposed_by_id=people.account_manager.pk)
    assert "Awaiting your approval" not in needs(browser)


def test_people_who_cannot_approve_are_not_asked_to(customer: Customer, people: People, sign_in: SignIn) -> None:
    stored(State.AWAITING_APPROVAL, domain_id=ID, proposed_by_id=people.administrator.pk)
    assert "Awaiting your approval" not in needs(sign_in(people.finance))


def test_the_next_days_show_names_where_they_are_few(browser: Client, customer: Customer) -> None:
    pre_order(1, ahead(1))
    for number in range(2, 6):
        pre_order(number, ahead(2))
    page = home(browser)
    week = text_of(page[page.index('class="pd-week"') :])
    assert "Fri 16 Jan 青葉会 Starts, Standard" in week
    assert "Sat 17 Jan Pre-order 4" in week
    address = f"/upcoming/?kind=pre_order&amp;since={ahead(2)}&amp;until={ahead(2)}"
    assert address in page


def test_home_costs_the_same_with_few_rows_and_with_many(
    browser: Client, customer: Customer, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    def cost() -> int:
        with django_assert_max_num_queries(100) as made:
            home(browser)
        return len(made)

    pre_order(1, ahead(1))
    subscription(501, end_date=ahead(3))
    few = cost()
    for number in range(2, 40):
        pre_order(number, ahead(number % 7))
        stored(State.UNKNOWN, domain_id=ID + number)
    assert cost() <= few <= MOST_QUERIES


def test_the_home_of_support_is_the_search(people: People, sign_in: SignIn) -> None:
    assert sign_in(people.support).get("/")["Location"] == "/search/"


def test_a_person_without_a_role_is_told_whom_to_ask(people: People, sign_in: SignIn) -> None:
    people.support.groups.clear()
    assert "You have no role yet." in home(sign_in(people.support))
