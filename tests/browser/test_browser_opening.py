"""Opening a customer that was not looked at for a while, and keeping it open while it changes."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import TODAY, Visit
from tests.browser.people import MANAGER, OPENED
from tests.browser.stage import Stage
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.browser


def order_outside(sandbox: Sandbox, licenses: int, days: int) -> None:
    """Somebody orders in LINE WORKS's console."""
    day = date.fromisoformat(TODAY) + timedelta(days=days)
    wish = {"productId": "ADV", "plan": "ANNUAL_LICENSE", "applyDate": day.isoformat(), "licenseCount": licenses}
    sandbox.add_pre_order_outside(OPENED, wish)


def test_what_is_old_is_read_and_swapped_in_and_what_follows_is_announced(
    visit: Visit, stage: Stage, sandbox: Sandbox
) -> None:
    stage.furnish("old")
    order_outside(sandbox, 111, days=9)
    page = visit(MANAGER)
    page.goto(f"/customers/{OPENED}/")
    page.evaluate("window.loadedOnce = true")
    search = page.get_by_role("searchbox", name="Find a customer, subscription or request")
    search.fill("half typ")
    expect(page.get_by_role("region", name="Pre-orders")).to_contain_text("111")
    expect(page.get_by_text("Refreshing from LINE WORKS")).to_have_count(0)

    order_outside(sandbox, 222, days=12)
    other = visit(MANAGER)
    other.goto(f"/customers/{OPENED}/")
    other.get_by_role("button", name="Refresh").click()
    expect(other.get_by_role("region", name="Pre-orders")).to_contain_text("222")

    expect(page.get_by_text("This customer was updated in LINE WORKS")).to_be_visible()
    expect(page.get_by_role("region", name="Pre-orders")).not_to_contain_text("222")
    page.get_by_role("link", name="Show", exact=True).click()
    expect(page.get_by_role("region", name="Pre-orders")).to_contain_text("222")
    expect(page.locator("#contracts")).to_be_focused()
    expect(search).to_have_value("half typ")
    assert page.evaluate("window.loadedOnce"), "the page was loaded anew"

    page.get_by_role("link", name="History").first.click()
    history = page.get_by_role("region", name="History")
    expect(history).to_contain_text("222 licenses")
    expect(history).to_contain_text("Changed outside Partnerdesk")


def test_a_row_is_looked_up_for_another_day(visit: Visit) -> None:
    page = visit(MANAGER)
    page.goto(f"/customers/{OPENED}/history/?cause=first&resource=customer")
    page.locator(".pd-log-t > a").first.click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    page.get_by_role("textbox", name="Date").fill("2020-01-01")
    expect(page.get_by_text("No data before")).to_be_visible()
    expect(page).to_have_url(re.compile(r"[?&]on=2020-01-01"))
