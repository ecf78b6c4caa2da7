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

    for words in ("1,234", "1 Feb 2026", "15 Mar 2026", "Take back the withdrawal", "Move the scheduled limit"):
        assert words in page
    assert "A change is scheduled already for 1 Feb 2026. Move it, or delete it first." in page
    assert f"/customers/{PAID_MONTHLY}/users/limit/" in page
    assert f"/customers/{PAID_MONTHLY}/users/scheduled-limit/add/" not in page


def test_a_customer_that_waits_for_its_deletion_is_said_to(browser: Client, sandbox: Sandbox, read_in: ReadIn) -> None:
    sandbox.control("POST", f"/customers/{PAID_PREPAID}", {"hasSlowApp": True})
    do_outside(sandbox, "deleteCustomer", PAID_PREPAID)
    read_in(PAID_PREPAID)

    page = page_of(browser, PAID_PREPAID, "users")

    assert "This customer waits for its deletion." in page
    assert "2 Feb 2026" in page
    assert f"/customers/{PAID_PREPAID}/users/limit/" not in page
    assert "That cannot be undone, and nothing of it can be changed any more." in page


def test_a_group_name_with_a_registered_domain_shows_the_dns_values(
    browser: Client, sandbox: Sandbox, read_in: ReadIn
) -> None:
    do_outside(sandbox, "createUpgradeDomain", WITHOUT_CONTRACT_OF_A_GROUP, {"domain": "leaf.example"})
    upgrade = read_in(WITHOUT_CONTRACT_OF_A_GROUP).upgrade_domain

    for tab in ("domain", "domain/change", "domain/remove"):
        page = page_of(browser, WITHOUT_CONTRACT_OF_A_GROUP, tab)
        assert "DNS values of leaf.example" in page
        assert "Not seen by the vendor yet" in page
        for record in upgrade.dns_records:
            assert f'data-copy="{record.value}"' in page
    assert [record.type for record in upgrade.dns_records] == ["CNAME", "TXT", "MX", "MX"]
    page = page_of(browser, WITHOUT_CONTRACT_OF_A_GROUP, "domain")
    assert "leaf.example is registered already. Remove it first." in page


def test_a_customer_with_nothing_to_prove_says_so(browser: Client, read_in: ReadIn) -> None:
    read_in(PAID_MONTHLY)

    page = page_of(browser, PAID_MONTHLY, "domain")

    assert "There is nothing to prove" in page
    assert "minato-sekkei.by-works.com is active already." in page


def test_what_was_never_read_is_said_to_be_so(browser: Client) -> None:
    keep_customers(vendor_json.customer(10_000_001))

    overview = browser.get("/customers/10000001/").content.decode()

    assert overview.count("Not read yet") == 2, "subscriptions and pre-orders"
    assert "No pre-order" not in overview
    assert all("Not read yet" in page_of(browser, 10_000_001, tab) for tab in ("users", "domain", "options"))
    assert "There is nothing to prove" not in page_of(browser, 10_000_001, "domain")


def test_whoever_may_only_look_is_told_so(people: People, sign_in: SignIn, read_in: ReadIn) -> None:
    read_in(PAID_MONTHLY)

    page = page_of(sign_in(people.support), PAID_MONTHLY, "users")

    assert "Your role may look, not order" in page
    assert f"/customers/{PAID_MONTHLY}/users/limit/" not in page
