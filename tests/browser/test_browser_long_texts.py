"""Long texts of others without a break: no page grows wide, and words of ours stay whole."""

import pytest
from playwright.sync_api import Page, ViewportSize

from tests.browser.conftest import Visit
from tests.browser.people import ADMINISTRATOR
from tests.support.portal import PAID_ADVANCED

pytestmark = pytest.mark.browser

WIDTHS: list[ViewportSize] = [{"width": 1280, "height": 900}, {"width": 390, "height": 844}]
LONG = "x" * 700
# Nothing else changes this customer: other tests look whether anything was done to theirs.
SOMEBODY = 300_000_020
# What stands out over the right edge, from the outside in.
TOO_WIDE = """() => [...document.querySelectorAll("body *")]
    .filter((part) => part.getBoundingClientRect().right > innerWidth + 1)
    .map((part) => `${part.tagName}.${part.className} ${Math.round(part.getBoundingClientRect().width)}`)
    .slice(0, 12)"""
# The first words of the rows of tables, in columns that have become too narrow for them.
SQUEEZED = """() => [...document.querySelectorAll("tbody th[scope=row]")]
    .filter((head) => head.offsetWidth < 72)
    .map((head) => head.innerText)"""


def ask_for(page: Page, domain_id: int, **details: str) -> str:
    """Fill in the form that edits a customer, and return the address of the review; nothing is sent."""
    page.goto(f"/customers/{domain_id}/edit/")
    for name, text in details.items():
        page.locator(f"[name={name}]").fill(text)
    page.locator("main form .btn-primary").click()
    page.wait_for_url("**/requests/*/")
    return page.url


def test_a_text_without_a_break_makes_no_page_wide(visit: Visit) -> None:
    page = visit(ADMINISTRATOR)
    review = ask_for(page, PAID_ADVANCED, memo=LONG)

    for path in (review, "/requests/", f"/requests/?customer={PAID_ADVANCED}"):
        for width in WIDTHS:
            page.set_viewport_size(width)
            page.goto(path)
            is_wide = page.evaluate("document.documentElement.scrollWidth") > width["width"]
            assert not is_wide, (path, width, page.evaluate(TOO_WIDE))


def test_beside_a_long_text_the_words_of_a_row_stay_whole(visit: Visit) -> None:
    page = visit(ADMINISTRATOR)
    ask_for(page, SOMEBODY, memo=LONG)
    page.locator("[name=reason]").fill("住所変更")
    page.locator("main form .btn-primary").click()
    page.locator(".pd-ev-table").wait_for()

    for width in WIDTHS:
        page.set_viewport_size(width)
        assert page.evaluate(SQUEEZED) == [], width


def test_the_list_of_customers_shows_all_its_columns(visit: Visit) -> None:
    page = visit(ADMINISTRATOR)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto("/customers/")

    assert page.locator(".table-responsive").evaluate("(box) => box.scrollWidth <= box.clientWidth")
