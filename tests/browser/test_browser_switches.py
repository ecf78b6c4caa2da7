"""Language and theme are chosen once and stay."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.people import FINANCE, MANAGER

pytestmark = pytest.mark.browser


def test_the_language_stays_on_every_page_and_at_the_door(visit: Visit) -> None:
    page = visit(MANAGER)
    page.goto("/customers/?sort=-end")
    page.get_by_role("button", name="日本語").click()
    expect(page).to_have_url(re.compile(r"\?sort=-end$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("顧客企業")
    page.get_by_role("link", name="予定", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    page.context.clear_cookies(name="sessionid")
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("サインイン")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_the_theme_changes_at_once_and_stays(visit: Visit) -> None:
    page = visit(FINANCE)
    page.goto("/customers/")
    page.evaluate("window.loadedOnce = true")
    switch_theme(page, pressed="true")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("body")).to_have_css("color-scheme", "dark")
    assert page.evaluate("window.loadedOnce"), "the page was loaded anew"
    page.get_by_role("link", name="Upcoming").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    switch_theme(page, pressed="false")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")


def test_the_theme_of_the_system_holds_until_somebody_chooses(visit: Visit) -> None:
    page = visit(FINANCE)
    page.emulate_media(color_scheme="dark")
    page.goto("/customers/")
    dark = page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
    expect(page.get_by_role("button", name="Dark theme")).to_have_attribute("aria-pressed", "true")

    switch_theme(page, pressed="false")
    page.reload()

    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    assert page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor") != dark


def switch_theme(page: Page, *, pressed: str) -> None:
    """Press the switch, and wait until the server knows, too."""
    with page.expect_response("**/theme/") as answer:
        page.get_by_role("button", name="Dark theme").click()
    assert answer.value.status == 204
    expect(page.get_by_role("button", name="Dark theme")).to_have_attribute("aria-pressed", pressed)
