"""Support looks a customer up and orders nothing."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.people import SUPPORT
from tests.support.portal import PAID_ADVANCED
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.browser

ADD = f"/customers/{PAID_ADVANCED}/pre-orders/add/"


def test_support_sees_a_customer_and_no_request_menu(visit: Visit) -> None:
    page = visit(SUPPORT)
    page.goto(f"/customers/{PAID_ADVANCED}/")
    expect(page.get_by_role("region", name="Current contract")).to_contain_text("Advanced")
    expect(page.get_by_text("New request")).to_have_count(0)
    expect(page.locator(f"a[href*='{ADD}']")).to_have_count(0)


def test_support_is_turned_away_from_the_form_itself(visit: Visit, sandbox: Sandbox) -> None:
    page = visit(SUPPORT)
    before = sandbox.ledger(PAID_ADVANCED)
    answer = page.goto(ADD)
    assert answer
    assert answer.status == 403
    expect(page.get_by_role("heading", name="No permission")).to_be_visible()
    page.get_by_role("link", name="Back to customers").click()
    expect(page.get_by_role("heading", name="Customers", exact=True)).to_be_visible()
    assert sandbox.ledger(PAID_ADVANCED) == before
