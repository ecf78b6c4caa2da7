"""The pages about a customer's users and its domain: what they show, and what they offer."""

import pytest
from django.test import Client

from tests.support import vendor_json
from tests.support.portal import (
    PAID_MONTHLY,
    PAID_PREPAID,
    WITHOUT_CONTRACT_OF_A_GROUP,
    People,
    ReadIn,
    SignIn,
)
from tests.support.reads import do_outside
from tests.support.rows import keep_customers
from tests.support.sandbox import Sandbox


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.account_manager)


def page_of(browser: Client, domain_id: int, tab: str) -> str:
    answer = browser.get(f"/customers/{domain_id}/{tab}/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_users_show_what_is_scheduled_and_offer_what_fits(browser: Client, sandbox: Sandbox, read_in: ReadIn) -> None:
    do_outside(sandbox, "createUsageStatusRenewal", PAID_MONTHLY, {"applyDate": "2026-02-01", "maxMemberCount": 1234})
    do_outside(sandbox, "patchUsageStatus", PAID_MONTHLY, {"withdrawalDate": "2026-03-15"})
    read_in(PAID_MONTHLY)

    page = page_of(browser, PAID_MONTHLY, "users")

    for words in (
        "1,234",
        "1 Feb 2026",
        "15 Mar 2026",
        "Cancel scheduled platform cancellation",
        "Reschedule maximum users",
    ):
        assert words in page
    assert "A change is already scheduled for 1 Feb 2026. Reschedule it, or delete the schedule first." in page
    assert f"/customers/{PAID_MONTHLY}/users/limit/" in page
    assert f"/customers/{PAID_MONTHLY}/users/scheduled-limit/add/" not in page


def test_a_customer_that_waits_for_its_deletion_is_said_to(browser: Client, sandbox: Sandbox, read_in: ReadIn) -> None:
    sandbox.control("POST", f"/customers/{PAID_PREPAID}", {"hasSlowApp": True})
    do_outside(sandbox, "deleteCustomer", PAID_PREPAID)
    read_in(PAID_PREPAID)

    page = page_of(browser, PAID_PREPAID, "users")

    assert "This customer is pending cancellation." in page
    assert "2 Feb 2026" in page
    assert f"/customers/{PAID_PREPAID}/users/limit/" not in page
    assert "and its details can’t be changed." in page


def test_a_group_name_with_a_registered_domain_shows_the_dns_values(
    browser: Client, sandbox: Sandbox, read_in: ReadIn
) -> None:
    do_outside(sandbox, "createUpgradeDomain", WITHOUT_CONTRACT_OF_A_GROUP, {"domain": "leaf.example"})
    upgrade = read_in(WITHOUT_CONTRACT_OF_A_GROUP).upgrade_domain

    for tab in ("domain", "domain/change", "domain/remove"):
        page = page_of(browser, WITHOUT_CONTRACT_OF_A_GROUP, tab)
        assert "DNS records of leaf.example" in page
        assert "Not found by LINE WORKS yet" in page
        for record in upgrade.dns_records:
            assert f'data-copy="{record.value}"' in page
    assert [record.type for record in upgrade.dns_records] == ["CNAME", "TXT", "MX", "MX"]
    page = page_of(browser, WITHOUT_CONTRACT_OF_A_GROUP, "domain")
    assert "leaf.example is already registered. Delete that upgrade domain first." in page


def test_a_customer_with_nothing_to_prove_says_so(browser: Client, read_in: ReadIn) -> None:
    read_in(PAID_MONTHLY)

    page = page_of(browser, PAID_MONTHLY, "domain")

    assert "No upgrade domain" in page
    assert "minato-sekkei.by-works.com is already active." in page


def test_what_was_never_read_is_said_to_be_so(browser: Client) -> None:
    keep_customers(vendor_json.customer(10_000_001))

    overview = browser.get("/customers/10000001/").content.decode()

    assert overview.count("Not synced yet") >= 4, "plan, options, contract and pre-orders"
    assert "No pre-order" not in overview
    assert all("Not synced yet" in page_of(browser, 10_000_001, tab) for tab in ("users", "domain", "options"))
    assert "No upgrade domain" not in page_of(browser, 10_000_001, "domain")


def test_whoever_may_only_look_is_told_so(people: People, sign_in: SignIn, read_in: ReadIn) -> None:
    read_in(PAID_MONTHLY)

    page = page_of(sign_in(people.support), PAID_MONTHLY, "users")

    assert "You have read-only access" in page
    assert f"/customers/{PAID_MONTHLY}/users/limit/" not in page
