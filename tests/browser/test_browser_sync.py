"""The Sync page while everything is read again."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import CUSTOMERS, Visit
from tests.browser.people import MANAGER, SUPPORT
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.browser


def test_a_resync_moves_to_whole_by_itself(visit: Visit, sandbox: Sandbox) -> None:
    sandbox.fault("listCustomers", "latency", seconds=2.5)  # so that the beginning can be seen
    sandbox.fault("listSubscriptions", "latency", seconds=0.1, count=0)  # and the middle
    page = visit(MANAGER)
    page.goto("/sync/")
    page.get_by_role("button", name="Start full sync").click()
    expect(page.get_by_role("heading", name="Loading the customer list")).to_be_visible()
    page.evaluate("window.loadedOnce = true")
    expect(page.get_by_role("heading", name=f"Full sync: {CUSTOMERS} customers")).to_be_visible()
    expect(page.locator("main progress")).to_have_attribute("value", re.compile(r"^[1-9]"))
    expect(page.get_by_role("heading", name="No sync is running")).to_be_visible()
    latest = page.get_by_role("region", name="Recent syncs").get_by_role("row").nth(1)
    expect(latest).to_contain_text("佐藤 美咲")
    expect(latest).to_contain_text("Complete")
    assert page.evaluate("window.loadedOnce"), "the page was loaded anew"


def test_support_cannot_start_one(visit: Visit) -> None:
    page = visit(SUPPORT)
    page.goto("/sync/")
    expect(page.get_by_role("heading", name="Recent syncs")).to_be_visible()
    expect(page.get_by_role("button", name="Start full sync")).to_have_count(0)
