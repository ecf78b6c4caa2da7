"""The forms about a subscription: which fields show follows what is chosen, also where one choice hangs on another."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.people import HIKARI, MANAGER, MIKAWAYA

pytestmark = pytest.mark.browser


def open_form(page: Page, customer: int, order: str) -> None:
    """Open the menu of the customer's subscription and follow it to an order."""
    page.goto(f"/customers/{customer}/")
    row = page.locator("section[aria-labelledby=h-contract] tbody tr").first
    row.locator("summary").click()
    row.get_by_role("link", name=order).click()


def test_product_plan_and_licenses_show_for_a_renewal_with_changes_only(visit: Visit) -> None:
    page = visit(MANAGER)
    open_form(page, HIKARI, "Edit renewal settings")

    for hidden in ("product_id", "plan", "license_count"):
        expect(page.locator(f"[name={hidden}]").first).to_be_hidden()
    page.get_by_label("Renew with changes").check()
    expect(page.get_by_label("Licenses")).to_be_visible()
    page.get_by_label("Monthly contract").check()
    expect(page.get_by_label("Licenses")).to_be_hidden()
    page.get_by_label("Annual contract, monthly (license)", exact=True).check()
    page.get_by_label("No renewal (cancel)").check()
    expect(page.get_by_label("Licenses")).to_be_hidden()


def test_the_number_of_licenses_shows_while_licenses_are_to_be_added(visit: Visit) -> None:
    page = visit(MANAGER)
    open_form(page, HIKARI, "Schedule a change")

    expect(page.get_by_label("Licenses", exact=True)).to_be_visible()
    page.get_by_label("Cancel subscription").check()
    expect(page.get_by_label("Licenses", exact=True)).to_be_hidden()


def test_a_trial_is_asked_for_a_plan_and_no_product(visit: Visit) -> None:
    page = visit(MANAGER)
    open_form(page, MIKAWAYA, "Convert to paid")

    expect(page.locator("[name=product_id]")).to_have_count(0)
    page.get_by_label("Annual contract, monthly (license)", exact=True).check()
    expect(page.get_by_label("Licenses", exact=True)).to_be_visible()
    page.get_by_label("Monthly contract").check()
    expect(page.get_by_label("Licenses", exact=True)).to_be_hidden()
