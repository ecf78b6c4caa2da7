"""Every link and form works where no script runs."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import CUSTOMERS, TODAY, Visit
from tests.browser.people import MANAGER
from tests.support.portal import WITHOUT_CONTRACT_OF_A_GROUP
from tests.support.sandbox import Sandbox
from tests.support.waiting import wait_for

pytestmark = pytest.mark.browser

DAY = date.fromisoformat(TODAY) + timedelta(days=5)


@pytest.fixture
def page(visit: Visit) -> Page:
    return visit(MANAGER, java_script_enabled=False)


def test_a_list_is_searched_filtered_sorted_and_paged(page: Page) -> None:
    page.goto("/customers/")
    expect(page.get_by_role("status").filter(has_text=f"1–50 of {CUSTOMERS}")).to_be_visible()
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text(f"51–{CUSTOMERS} of {CUSTOMERS}")).to_be_visible()
    page.get_by_role("link", name="Previous").click()
    page.get_by_role("group", name="Rows per page").get_by_role("link", name="25").click()
    expect(page.get_by_text(f"1–25 of {CUSTOMERS}")).to_be_visible()

    page.get_by_role("columnheader", name="Licenses").get_by_role("link").click()
    expect(page).to_have_url(re.compile(r"sort=-?licenses"))
    expect(page.get_by_role("columnheader", name="Licenses")).to_have_attribute("aria-sort", re.compile("ending$"))

    page.get_by_label("Filter this list").fill("株式会社")
    page.get_by_label("Filter this list").press("Enter")
    expect(page).to_have_url(re.compile(r"sort=-?licenses"))
    expect(page.get_by_label("Filter this list")).to_have_value("株式会社")
    expect(page.get_by_role("rowheader").filter(has_not_text="株式会社")).to_have_count(0)

    page.locator("summary", has_text="Filter").click()
    page.get_by_role("checkbox", name="Advanced", exact=True).check()
    page.get_by_role("button", name="Apply").click()
    chips = page.get_by_role("list", name="Active filters")
    expect(chips).to_contain_text("Advanced")
    chips.get_by_role("link", name="Remove filter: Plan").click()
    expect(chips).not_to_contain_text("Advanced")
    expect(chips).to_contain_text("株式会社")


def test_a_pre_order_is_added_moved_and_deleted(page: Page, sandbox: Sandbox) -> None:
    customer = f"/customers/{WITHOUT_CONTRACT_OF_A_GROUP}/"
    page.goto(customer)
    page.locator("#new-request").click()
    page.locator(f"a[href='{customer}pre-orders/add/']").click()
    page.get_by_role("radio", name="Standard").check()
    page.get_by_role("radio", name="Monthly contract").check()
    page.locator(f"input[value='{DAY}']").check()
    page.get_by_role("button", name="Review").click()
    confirm(page)

    page.goto(customer)
    pre_orders = page.get_by_role("region", name="Pre-orders")
    pre_orders.locator("summary").click()
    pre_orders.get_by_role("link", name="Reschedule").click()
    page.locator(f"input[value='{DAY + timedelta(days=1)}']").check()
    page.get_by_role("button", name="Review").click()
    confirm(page)

    page.goto(customer)
    pre_orders.locator("summary").click()
    pre_orders.get_by_role("button", name="Delete schedule").click()
    confirm(page)

    effects = [effect["operation"] for effect in sandbox.ledger(WITHOUT_CONTRACT_OF_A_GROUP)]
    assert effects == ["addPreOrder", "updatePreOrder", "deletePreOrder"]


def test_an_empty_reason_is_named(page: Page) -> None:
    page.goto(f"/customers/{WITHOUT_CONTRACT_OF_A_GROUP}/pre-orders/add/?plan=MONTHLY")
    page.get_by_role("button", name="Review").click()
    page.get_by_label("Reason").fill("  ")  # a browser only sees that it is not empty
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was sent.")
    page.get_by_role("button", name="Delete draft").click()
    expect(page.get_by_text("The draft is deleted. Nothing was sent.")).to_be_visible()


def test_language_and_theme_are_switched(page: Page) -> None:
    page.goto("/customers/?q=a")
    page.get_by_role("button", name="Dark theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="日本語").click()
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    expect(page).to_have_url(re.compile(r"/customers/\?q=a$"))


def confirm(page: Page) -> None:
    """Confirm a preview and look again, as a person does, until the order has come to its end."""
    page.get_by_label("Reason").fill("お客様より依頼")
    page.get_by_role("button", name="Submit").click()
    done = page.get_by_text("Completed and confirmed at LINE WORKS.")

    def is_done() -> bool:
        expect(page.locator("#live")).not_to_contain_text("refused")
        page.reload()
        return bool(done.count())

    wait_for(is_done, "the order is done")
