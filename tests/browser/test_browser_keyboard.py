"""The keyboard alone is enough, and the focus is always where a person expects it."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit
from tests.browser.people import MANAGER
from tests.support.portal import PAID_ADVANCED

pytestmark = pytest.mark.browser

# Whether the focus can be seen: at the element itself, or at the label that stands for it.
FOCUS_IS_SEEN = """() => {
    const focused = document.activeElement;
    const marked = [focused, focused.closest("label")].filter(Boolean).map((part) => getComputedStyle(part));
    return marked.some((style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2);
}"""


@pytest.fixture
def customers(visit: Visit) -> Page:
    page = visit(MANAGER)
    page.goto("/customers/")
    return page


def focused(page: Page) -> Locator:
    return page.locator("*:focus")


def test_the_first_row_is_two_tabs_and_enter_away(customers: Page) -> None:
    for skip in ("Skip to content", "Skip to first row"):
        customers.keyboard.press("Tab")
        expect(focused(customers)).to_have_text(skip)
        expect(focused(customers)).to_be_in_viewport()
    customers.keyboard.press("Enter")
    expect(customers.locator("#row-1")).to_be_focused()
    name = focused(customers).inner_text()
    customers.keyboard.press("Enter")
    expect(customers.get_by_role("heading", level=1, name=name)).to_be_visible()


def test_tab_leads_through_search_and_navigation_and_is_always_seen(customers: Page) -> None:
    names = []
    # The views of the list stand before its filter.
    for _ in range(24):
        customers.keyboard.press("Tab")
        names.append(focused(customers).evaluate("part => part.ariaLabel || part.innerText.trim().split('\\n')[0]"))
        assert customers.evaluate(FOCUS_IS_SEEN), f"the focus on {names[-1]} cannot be seen"
    search = "Find a customer, subscription or request"
    order = ["Skip to content", search, "Customers", "Requests", "Filter this list"]
    assert [name for name in names if name in order] == order


def test_the_focus_is_seen_everywhere_in_a_form(customers: Page) -> None:
    customers.goto(f"/customers/{PAID_ADVANCED}/pre-orders/add/")
    customers.locator("main").focus()
    reached = ""
    while reached != "Review":
        customers.keyboard.press("Tab")
        reached = focused(customers).inner_text()
        assert customers.evaluate(FOCUS_IS_SEEN), f"cannot be seen: {focused(customers).evaluate('e => e.outerHTML')}"


def test_a_slash_leads_to_the_search(customers: Page) -> None:
    search = customers.get_by_role("searchbox", name="Find a customer, subscription or request")
    customers.keyboard.press("/")
    expect(search).to_be_focused()
    customers.keyboard.type("a/b")
    expect(search).to_have_value("a/b")
    customers.keyboard.press("Enter")
    expect(customers).to_have_url(re.compile(r"/search/\?q=a%2Fb$"))


def test_a_menu_opens_by_enter_and_closes_by_escape(customers: Page) -> None:
    menu = customers.locator("summary", has_text="Filter")
    apply = customers.get_by_role("button", name="Apply")
    menu.focus()
    customers.keyboard.press("Enter")
    expect(apply).to_be_visible()
    customers.keyboard.press("Tab")
    expect(menu).not_to_be_focused()
    customers.keyboard.press("Escape")
    expect(apply).to_be_hidden()
    expect(menu).to_be_focused()


def test_only_one_menu_is_open_and_leaving_closes_it(customers: Page) -> None:
    menus = customers.locator("details.pd-menu[open]")
    customers.locator("summary", has_text="Filter").click()
    customers.locator("summary.pd-user").click()
    expect(menus).to_have_count(1)
    expect(customers.get_by_role("button", name="Sign out")).to_be_visible()
    customers.get_by_role("heading", name="Customers", exact=True).click()
    expect(menus).to_have_count(0)


def test_the_focus_stays_on_the_head_that_sorts(customers: Page) -> None:
    head = customers.get_by_role("columnheader", name="Contract end")
    customers.evaluate("window.loadedOnce = true")
    head.get_by_role("link").focus()
    for order in ("ascending", "descending", "ascending"):
        customers.keyboard.press("Enter")  # as soon as the last order is there
        expect(head).to_have_attribute("aria-sort", order)
        expect(head.get_by_role("link")).to_be_focused()
    assert customers.evaluate("window.loadedOnce"), "the page was loaded anew"


def test_after_paging_the_focus_is_at_the_new_rows(customers: Page) -> None:
    customers.get_by_role("link", name="Next").focus()
    customers.keyboard.press("Enter")
    expect(customers.get_by_role("status").filter(has_text="51–60 of 60")).to_be_visible()
    expect(customers.locator("#table")).to_be_focused()
    expect(customers.locator("#row-1")).to_be_in_viewport()
