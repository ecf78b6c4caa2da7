"""The search of the top bar in Chromium: suggestions while somebody types, by keyboard, and Enter."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.people import SUPPORT
from tests.support.portal import PAID_ADVANCED, PAID_MONTHLY

pytestmark = pytest.mark.browser


@pytest.fixture
def page(visit: Visit) -> Page:
    page = visit(SUPPORT)
    page.goto("/customers/")
    return page


def test_suggestions_come_while_typing_and_the_arrows_lead_to_them(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("by-works")
    hits = page.locator("#suggestions .pd-hits a")
    expect(hits.nth(1)).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(hits.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.locator("[data-search]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(hits).to_have_count(0)
    expect(page.locator("[data-search]")).to_have_value("by-works")


def test_enter_on_a_suggestion_opens_it_and_it_is_the_latest_customer(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("ひかり物流")
    expect(page.locator("#suggestions a").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/customers/{PAID_ADVANCED}/$"))
    page.locator("[data-search]").click()
    expect(page.locator("#suggestions a").first).to_have_attribute("href", f"/customers/{PAID_ADVANCED}/")


def test_enter_opens_the_only_exact_hit(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("㈱みなと設計")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/customers/{PAID_MONTHLY}/$"))
