"""Yen in requests: on the review, afterwards, and in old requests, with a price list and without one."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client, override_settings

from billing import price_lists
from billing.rules.prices import months_between, rounded
from customers.models import Customer
from portal.accounts.roles import Role
from portal.core.clock import business_today, now
from portal.operations.models import Operation
from portal.operations.priced import about, kept_estimate
from portal.operations.recording import keep_display
from portal.sync.resources import Answer
from portal.sync.store import keep
from subscriptions.commands.contract import ADD_LICENSES
from subscriptions.rules.licenses import LicensesAdd
from subscriptions.sync.reservations import RESERVATIONS
from tests.support.languages import speak
from tests.support.orders import ask, order
from tests.support.portal import People, SignIn
from tests.support.prices import keep_prices, price
from tests.support.rows import keep_contracts, one_customer
from tests.support.vendor_json import subscription

pytestmark = pytest.mark.django_db
STANDARD = price("STD", "ANNUAL_LICENSE", 450, 360)
END = business_today() + timedelta(days=200)
WISH = LicensesAdd(subscription_id=501, add_license_count=25)
CELL = 'class="pd-price"'


@pytest.fixture
def customer() -> Customer:
    customer = one_customer()
    keep(RESERVATIONS, {customer.pk: Answer([])}, read_at=now())
    return keep_contracts(customer.pk, subscriptions=[subscription(planEndDate=END.isoformat())])


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.account_manager)


def more(people: People, customer: Customer) -> Operation:
    """Propose 25 licenses more."""
    return ask(people.account_manager, customer, WISH, ADD_LICENSES)


def submitted(people: People, customer: Customer) -> Operation:
    """Submit 25 licenses more; a draft is shown to its author alone."""
    return order(people.account_manager, customer, WISH, ADD_LICENSES)


def page_of(browser: Client, operation: Operation) -> str:
    return browser.get(operation.get_absolute_url()).content.decode()


def test_a_review_says_what_it_costs_and_from_which_price_list(
    browser: Client, people: People, customer: Customer
) -> None:
    keep_prices(people.finance, STANDARD)
    page = page_of(browser, more(people, customer))
    assert CELL in page
    for words in ("+¥11,250", "a month", "¥4,500 → ¥15,750, before tax", "25 × ¥450", "1 Jan 2020", "Estimated."):
        assert words in page
    total = rounded(11_250 * months_between(business_today(), END))
    assert f"about <strong>¥{about(total):,}</strong> until" in page


def test_in_japanese(browser: Client, people: People, customer: Customer) -> None:
    keep_prices(people.finance, STANDARD)
    speak(browser, "ja")
    page = page_of(browser, more(people, customer))
    assert "11,250円" in page


def test_without_a_price_list_there_is_no_cell_and_no_zero(browser: Client, people: People, customer: Customer) -> None:
    operation = more(people, customer)
    assert operation.display["price"] is None
    page = page_of(browser, operation)
    assert CELL not in page
    assert "¥0" not in page


def test_a_version_to_come_estimates_nothing_of_today(browser: Client, people: People, customer: Customer) -> None:
    keep_prices(people.finance, STANDARD, valid_from=date(2090, 1, 1))
    assert CELL not in page_of(browser, more(people, customer))


def test_a_gap_is_named_and_nothing_is_guessed(browser: Client, people: People, customer: Customer) -> None:
    keep_prices(people.finance, price("STD", "ANNUAL_PREPAY_LICENSE", 5_400))
    page = page_of(browser, more(people, customer))
    assert "No estimate" in page
    assert "has no price for Standard, Annual, monthly." in page
    assert "¥" not in page.partition(CELL)[2].partition("</div>")[0]


def test_who_may_not_see_prices_sees_no_cell(people: People, customer: Customer, sign_in: SignIn) -> None:
    keep_prices(people.finance, STANDARD)
    operation = submitted(people, customer)
    assert CELL in page_of(sign_in(people.finance), operation)
    page = page_of(sign_in(people.support), operation)
    assert CELL not in page
    assert "11,250" not in page
    permission = Permission.objects.get(codename="view_price", content_type__app_label="billing")
    Group.objects.get(name=Role.SUPPORT).permissions.add(permission)
    assert CELL in page_of(sign_in(people.support), operation)


def test_no_purchase_price_is_kept_or_shown(browser: Client, people: People, customer: Customer) -> None:
    keep_prices(people.finance, price("STD", "ANNUAL_LICENSE", 450, 361_803))
    operation = more(people, customer)
    assert "361803" not in json.dumps(operation.display)
    assert "361" not in page_of(browser, operation).partition("<main")[2].partition("csrf")[0]


def test_a_later_price_list_changes_nothing_of_an_old_request(
    browser: Client, people: People, customer: Customer
) -> None:
    version = keep_prices(people.finance, STANDARD)
    operation = submitted(people, customer)
    before = operation.display["price"]
    price_lists.save_prices(
        version, {("STD", "ANNUAL_LICENSE", 1): price("STD", "ANNUAL_LICENSE", 999)}, by=people.finance
    )
    keep_prices(people.finance, price("STD", "ANNUAL_LICENSE", 888), valid_from=date(2021, 1, 1))
    keep_display(operation)  # as once it was verified
    operation.refresh_from_db()
    assert operation.display["price"] == before
    page = page_of(browser, operation)
    assert "+¥11,250" in page
    assert "1 Jan 2020" in page


def test_an_old_request_gets_no_estimate_afterwards(browser: Client, people: People, customer: Customer) -> None:
    operation = more(people, customer)
    keep_prices(people.finance, STANDARD)
    keep_display(operation)
    operation.refresh_from_db()
    assert kept_estimate(operation.display) is None
    Operation.objects.filter(pk=operation.pk).update(display={"title": {"en": "x"}})
    assert CELL not in page_of(browser, operation)


def test_a_changed_number_is_estimated_anew(browser: Client, people: People, customer: Customer) -> None:
    keep_prices(people.finance, STANDARD)
    operation = more(people, customer)
    page = browser.post(operation.get_absolute_url(), {"add_license_count": "30"}).content.decode()
    assert "+¥13,500" in page


@override_settings(PRICE_ESTIMATOR="")
def test_without_an_estimator_requests_work_as_before(browser: Client, people: People, customer: Customer) -> None:
    keep_prices(people.finance, STANDARD)
    assert CELL not in page_of(browser, more(people, customer))


def test_what_was_kept_by_other_code_breaks_no_page(browser: Client, people: People, customer: Customer) -> None:
    operation = more(people, customer)
    kept: list[Any] = [7, "x", {"list_from": "x"}, {"lines": None}, []]
    for price_kept in kept:
        Operation.objects.filter(pk=operation.pk).update(display={**operation.display, "price": price_kept})
        assert CELL not in page_of(browser, operation)
