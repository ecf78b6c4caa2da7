"""From the search to a pre-order that is added, moved and deleted again, as an account manager does it."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import TODAY, Visit
from tests.browser.driver import sign_in
from tests.browser.people import MANAGER
from tests.support.portal import WITHOUT_CONTRACT
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.browser

LAST_DAY = date.fromisoformat(TODAY) + timedelta(days=31)
OTHER_DAY = LAST_DAY - timedelta(days=10)


def test_a_pre_order_is_added_moved_and_deleted(visit: Visit, sandbox: Sandbox) -> None:
    page = visit()
    page.goto("/")
    sign_in(page, MANAGER)
    page.get_by_role("link", name="Customers", exact=True).click()

    open_by_part_of_its_name(page, "つばめ", "株式会社つばめ運輸")
    page.get_by_text("New request").click()
    page.get_by_role("link", name="Add pre-order").click()
    page.get_by_role("radio", name="Standard").check()
    page.get_by_role("radio", name="Annual contract, monthly (license)", exact=True).check()
    page.get_by_label("Licenses").fill("10")
    page.locator(f"input[value='{LAST_DAY}']").check()
    page.get_by_role("button", name="Review").click()

    expect(page.get_by_role("heading", name="Effects")).to_be_visible()
    follows = page.get_by_role("region", name="Effects").get_by_role("listitem")
    expect(
        follows.filter(has_text="Standard, Annual contract, monthly (license), starts on 15 Feb 2026")
    ).to_be_visible()
    expect(follows.filter(has_text="The number of licenses from the start date is 10.")).to_be_visible()
    expect(follows.last).to_contain_text("You can undo this until 14 Feb 2026")
    assert sandbox.ledger(WITHOUT_CONTRACT) == []
    confirm_and_watch(page, sandbox, "addPreOrder")

    page.get_by_role("link", name="Open customer").click()
    pre_orders = page.get_by_role("region", name="Pre-orders")
    expect(pre_orders).to_contain_text("2026-02-15")
    pre_orders.locator("summary").click()
    pre_orders.get_by_role("link", name="Reschedule").click()
    page.locator(f"input[value='{OTHER_DAY}']").check()
    page.get_by_role("button", name="Review").click()
    confirm_and_watch(page, sandbox, "updatePreOrder")

    page.get_by_role("link", name="Open customer").click()
    expect(pre_orders).to_contain_text("2026-02-05")
    expect(pre_orders).not_to_contain_text("2026-02-15")
    pre_orders.locator("summary").click()
    pre_orders.get_by_role("button", name="Delete schedule").click()
    expect(page.get_by_text("This can’t be undone")).to_be_visible()
    confirm_and_watch(page, sandbox, "deletePreOrder")

    page.get_by_role("link", name="Open customer").click()
    expect(page.get_by_text("Pre-orders: none")).to_be_visible()
    effects = [effect["operation"] for effect in sandbox.ledger(WITHOUT_CONTRACT)]
    assert effects == ["addPreOrder", "updatePreOrder", "deletePreOrder"]


def open_by_part_of_its_name(page: Page, part: str, name: str) -> None:
    """Type into the list's own search, see the list follow, and open the one that is left."""
    page.evaluate("window.loadedOnce = true")
    page.get_by_label("Filter this list").press_sequentially(part)
    expect(page.get_by_role("row")).to_have_count(2)  # the head and the one
    expect(page).to_have_url(re.compile(r"[?&]q=%E3%81%A4"))
    expect(page.get_by_label("Filter this list")).to_be_focused()
    assert page.evaluate("window.loadedOnce"), "the list was loaded as a whole page"
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def confirm_and_watch(page: Page, sandbox: Sandbox, operation: str) -> None:
    """Confirm a preview, and see the order come to its end while the page stays."""
    sandbox.fault(operation, "latency", seconds=1.5)  # so that the page is there before the end is
    page.get_by_label("Reason").fill("お客様より依頼 (C-17)")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", name="Submit")).to_have_count(0)
    page.evaluate("window.loadedOnce = true")
    expect(page.get_by_text("Completed and confirmed at LINE WORKS.")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Completed")).to_be_attached()
    assert page.evaluate("window.loadedOnce"), "the page was loaded anew"
