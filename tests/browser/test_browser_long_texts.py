"""Texts of others that are long, without a break, or run the other way: no page grows wide, no sentence turns round."""

import pytest
from playwright.sync_api import Page, ViewportSize

from tests.browser.conftest import Visit
from tests.browser.people import ADMINISTRATOR
from tests.support.portal import PAID_ADVANCED

pytestmark = pytest.mark.browser

WIDTHS: list[ViewportSize] = [{"width": 1280, "height": 900}, {"width": 390, "height": 844}]
LONG, TURNED = "x" * 700, "\u202egnp.exe"
# What stands out over the right edge, from the outside in.
TOO_WIDE = """() => [...document.querySelectorAll("body *")]
    .filter((part) => part.getBoundingClientRect().right > innerWidth + 1)
    .map((part) => `${part.tagName}.${part.className} ${Math.round(part.getBoundingClientRect().width)}`)
    .slice(0, 12)"""
# Where the first letter after the name stands: behind it, unless the name has turned the sentence round.
STANDS_BEHIND = """() => {
    const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const text = walker.currentNode.textContent, at = text.indexOf("gnp.exe");
        if (at < 0) continue;
        const box = (place) => {
            const range = document.createRange();
            range.setStart(walker.currentNode, place);
            range.setEnd(walker.currentNode, place + 1);
            return range.getBoundingClientRect();
        };
        const end = text.indexOf("\u2069", at);
        if (end >= 0 && end + 1 < text.trimEnd().length) return box(end + 1).left >= box(at + 3).right;
    }
    return null;
}"""


def ask_for(page: Page, **details: str) -> str:
    """Fill in the form that edits a customer, and return the address of the review; nothing is sent."""
    page.goto(f"/customers/{PAID_ADVANCED}/edit/")
    for name, text in details.items():
        page.locator(f"[name={name}]").fill(text)
    page.locator("main form .btn-primary").click()
    page.wait_for_url("**/operations/*/")
    return page.url


def test_a_text_without_a_break_makes_no_page_wide(visit: Visit) -> None:
    page = visit(ADMINISTRATOR)
    review = ask_for(page, memo=LONG)

    for path in (review, "/operations/", f"/operations/?customer={PAID_ADVANCED}"):
        for width in WIDTHS:
            page.set_viewport_size(width)
            page.goto(path)
            is_wide = page.evaluate("document.documentElement.scrollWidth") > width["width"]
            assert not is_wide, (path, width, page.evaluate(TOO_WIDE))


def test_a_name_that_runs_the_other_way_leaves_the_sentence_as_it_is(visit: Visit) -> None:
    page = visit(ADMINISTRATOR)
    ask_for(page, company_name=TURNED, memo="")

    assert page.evaluate(STANDS_BEHIND) is True


def test_the_list_of_customers_shows_all_its_columns(visit: Visit) -> None:
    page = visit(ADMINISTRATOR)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto("/customers/")

    assert page.locator(".table-responsive").evaluate("(box) => box.scrollWidth <= box.clientWidth")
