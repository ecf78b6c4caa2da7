"""What happens next stands in the list of customers as on the customer's own page: one query feeds both."""

import re
from datetime import date

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from customers.models import UsageStatus
from options.models import OptionOrder
from portal.core.clock import now
from portal.operations.states import State
from tests.support import vendor_json
from tests.support.orders import stored
from tests.support.portal import People, SignIn
from tests.support.rows import keep_contracts, keep_customers

ID = 10_000_001


@pytest.fixture(autouse=True)
def _the_day(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("clock") / "today"
    file.write_text("2026-01-15")
    settings.BUSINESS_DATE_FILE = str(file)


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.account_manager)


@pytest.fixture
def _customer(db: None) -> None:
    keep_customers(vendor_json.customer(ID, companyName="青葉会"))
    record = vendor_json.subscription(501, productId="STD", plan="ANNUAL_LICENSE", planEndDate="2026-05-12")
    keep_contracts(ID, subscriptions=[record | {"renewal": None}], pre_orders=[])


def row(browser: Client) -> str:
    page = browser.get("/customers/").content.decode()
    found = re.search(r"<tbody>(.*?)</tbody>", page, re.DOTALL)
    assert found
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


@pytest.mark.usefixtures("_customer")
def test_an_unchanged_renewal_is_plain_text(browser: Client) -> None:
    assert "Renews unchanged 13 May" in row(browser)
    page = browser.get(f"/customers/{ID}/").content.decode()
    assert "Standard renews unchanged" in page
    assert "13 May 2026" in page


@pytest.mark.usefixtures("_customer")
def test_the_next_event_comes_first_and_the_others_are_counted(browser: Client) -> None:
    given = {"customer_id": ID, "raw": {}, "changed_at": now()}
    OptionOrder.objects.create(
        option_product_id="BCT", sub_option_id="BCT01", type="APPLY", apply_date=date(2026, 2, 1), **given
    )
    UsageStatus.objects.create(status="ACTIVE", next_limit=50, next_limit_date=date(2026, 3, 1), **given)
    assert "Extend contacts 1 Feb 2 more" in row(browser)
    assert "1 of 3" in browser.get(f"/customers/{ID}/").content.decode()


@pytest.mark.usefixtures("_customer")
def test_a_leaving_customer_is_marked_and_does_not_renew(browser: Client) -> None:
    UsageStatus.objects.create(
        customer_id=ID, status="ACTIVE", withdrawal_date=date(2026, 1, 17), raw={}, changed_at=now()
    )
    text = row(browser)
    assert "青葉会 Leaving" in text
    assert "Leaves 17 Jan" in text
    assert "Renews" not in text


@pytest.mark.usefixtures("_customer")
@pytest.mark.parametrize(
    ("status", "words"),
    [("SUSPENDED_WITHDRAWAL", "Suspended (pending cancellation)"), ("SUSPENDED_ADMIN", "Suspended (by administrator)")],
)
def test_a_suspended_customer_is_marked(browser: Client, status: str, words: str) -> None:
    UsageStatus.objects.create(customer_id=ID, status=status, raw={}, changed_at=now())
    assert words in row(browser)


@pytest.mark.usefixtures("_customer")
def test_an_unknown_outcome_is_marked(browser: Client) -> None:
    assert "Unknown" not in row(browser)
    stored(State.UNKNOWN, domain_id=ID)
    assert "青葉会 Unknown" in row(browser)


@pytest.mark.usefixtures("_customer")
def test_the_list_costs_the_same_with_many_events(
    browser: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    def cost() -> int:
        with django_assert_max_num_queries(50) as made:
            browser.get("/customers/")
        return len(made)

    few = cost()
    for number in range(2, 30):
        keep_customers(vendor_json.customer(ID + number, domain=f"d{number}.example.com"))
        keep_contracts(ID + number, subscriptions=[vendor_json.subscription()], pre_orders=[vendor_json.pre_order()])
    assert cost() == few <= 10
