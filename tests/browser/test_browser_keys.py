"""Keys: an overview that "?" opens, and letters after "g" that lead to the pages which it lists."""

import re

import pytest
from playwright.sync_api import Page, expect

from portal.desk.keys import KEYS
from tests.browser.conftest import Visit
from tests.browser.people import ADMINISTRATOR, FINANCE, MANAGER

pytestmark = pytest.mark.browser


@pytest.fixture
def home(visit: Visit) -> Page:
    page = visit(ADMINISTRATOR)
    page.goto("/")
    return page


def test_every_letter_leads_to_its_page(home: Page) -> None:
    assert len({key.letter for key in KEYS}) == len(KEYS)
    for key in KEYS:
        home.locator("main").focus()
        home.keyboard.press("g")
        home.keyboard.press(key.letter)
        # Billing leads on to the first of its pages that the person may open.
        home.wait_for_url(re.compile(f"^https?://[^/]+{re.escape(key.address)}" + ("$" if key.page == "home" else "")))


def test_the_overview_opens_is_followed_and_closes(home: Page) -> None:
    overview = home.get_by_role("dialog", name="Keys")
    expect(overview).to_be_hidden()
    home.keyboard.press("?")
    expect(overview).to_be_visible()
    expect(overview.get_by_role("link")).to_have_count(len(KEYS))
    home.keyboard.press("Escape")
    expect(overview).to_be_hidden()
    home.locator("summary.pd-user").click()
    home.get_by_role("button", name="Keys").click()
    overview.get_by_role("link", name="Renewals").click()
    home.wait_for_url("**/renewals/")


def test_while_typing_a_letter_is_a_letter(home: Page) -> None:
    box = home.get_by_role("searchbox").first
    box.focus()
    home.keyboard.type("gc?")
    expect(box).to_have_value("gc?")
    expect(home.get_by_role("dialog", name="Keys")).to_be_hidden()
    expect(home).to_have_url("/")


def test_other_letters_and_chords_lead_nowhere(home: Page) -> None:
    for keys in (("g", "x"), ("g", "x", "c"), ("c",), ("Control+g", "c")):
        home.locator("main").focus()
        for key in keys:
            home.keyboard.press(key)
    expect(home).to_have_url("/")


def test_it_lists_the_pages_that_one_may_open(visit: Visit) -> None:
    for person, has_settings in ((MANAGER, 0), (FINANCE, 0), (ADMINISTRATOR, 1)):
        page = visit(person)
        page.goto("/")
        page.keyboard.press("?")
        overview = page.get_by_role("dialog", name="Keys")
        expect(overview.get_by_role("link", name="Settings")).to_have_count(has_settings)
        addresses = overview.get_by_role("link").evaluate_all("links => links.map(link => link.href)")
        for address in addresses:
            answer = page.goto(address)
            assert answer
            assert answer.status == 200, address
