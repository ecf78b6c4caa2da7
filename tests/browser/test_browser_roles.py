"""Support looks a customer up and orders nothing."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.people import SUPPORT
from tests.support.portal import PAID_ADVANCED
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.browser

ADD = f"/customers/{PAID_ADVANCED}/pre-orders/add/"


def test_support_sees_a_customer_and_why_it_cannot_order(visit: Visit) -> None:
    page = visit(SUPPORT)
    page.goto(f"/customers/{PAID_ADVANCED}/")
    expect(page.get_by_role("region", name="Subscriptions")).to_contain_text("Advanced")
    can = page.get_by_role("region", name="What can be ordered now")
    expect(can).to_contain_text("Add a pre-order")
    expect(can).to_contain_text("Your role may look, not order")
    expect(can.get_by_role("link")).to_have_count(0)
    page.get_by_text("Place an order").click()
    expect(page.locator(".pd-menu-body .is-off").first).to_contain_text("Your role may look, not order")
    expect(page.locator(f"a[href*='{ADD}']")).to_have_count(0)


def test_support_is_turned_away_from_the_form_itself(visit: Visit, sandbox: Sandbox) -> None:
    page = visit(SUPPORT)
    answer = page.goto(ADD)
    assert answer
    assert answer.status == 403
    expect(page.get_by_role("heading", name="Your role does not allow this")).to_be_visible()
    page.get_by_role("link", name="Go to the start").click()
    expect(page.get_by_role("heading", name="Customers", exact=True)).to_be_visible()
    assert sandbox.ledger(PAID_ADVANCED) == []
