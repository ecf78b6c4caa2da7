"""How few clicks it takes from a customer's page to a submitted request, by what people do most."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit
from tests.browser.people import MANAGER, SUPPORT
from tests.browser.stage import Stage
from tests.support.portal import PAID_ADVANCED, PAID_MONTHLY

pytestmark = pytest.mark.browser

LICENSES = PAID_ADVANCED
REASON = "お客様より依頼"


@dataclass
class Hand:
    """Somebody's hand on the mouse, who counts."""

    page: Page
    clicks: int = 0

    def click(self, target: Locator) -> None:
        """Click once."""
        target.click()
        self.clicks += 1

    def open_menu(self) -> Locator:
        """Open the request menu."""
        self.click(self.page.locator("#new-request"))
        return self.page.locator(".pd-req .pd-menu-body")

    def submit(self) -> None:
        """Give a reason and submit."""
        self.page.get_by_label("Reason").fill(REASON)
        self.click(self.page.get_by_role("button", name=re.compile("^Submit")))
        expect(self.page.get_by_role("button", name=re.compile("^Submit"))).to_have_count(0)


@pytest.fixture
def hand(visit: Visit) -> Hand:
    return Hand(visit(MANAGER))


def test_the_four_questions_of_a_caller_need_no_click_after_the_hit(visit: Visit) -> None:
    """Which plan, how many users, until when, what comes next: above the fold of the page that the search opens."""
    page = visit(SUPPORT)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto("/")
    page.keyboard.type("300000001")
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers/300000001/")
    answers = page.locator(".pd-strip")
    for question in ("Plan", "Users of licenses", "Contract end", "Next change"):
        expect(answers.get_by_text(re.compile(f"^\\s*{question}")).first).to_be_in_viewport()
    box = answers.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 800


def test_25_licenses_take_4_clicks(hand: Hand) -> None:
    page = hand.page
    page.goto(f"/customers/{LICENSES}/")
    hand.click(hand.open_menu().get_by_role("link", name="Add licenses"))
    expect(page.get_by_label("Number of licenses to add")).to_be_focused()
    page.keyboard.type("25")
    hand.click(page.get_by_role("button", name="Review"))
    hand.submit()
    assert hand.clicks <= 4


def test_an_option_is_canceled_on_its_free_day_in_5_clicks(hand: Hand) -> None:
    page = hand.page
    page.goto("/options/?option=SSTG2&plan=ANNUAL&plan=ANNUAL_LICENSE&plan=ANNUAL_PREPAY_LICENSE")
    page.get_by_role("table").locator("tbody a[href*='/customers/']").first.click()
    page.locator("#new-request").wait_for()
    menu = hand.open_menu()
    hand.click(menu.locator("summary", has_text="Schedule an option change"))
    hand.click(menu.locator("a[href$='/SSTG2/schedule/CANCEL/']"))
    picked = page.locator(".pd-pick-day.is-free").filter(has=page.locator("input:checked"))
    expect(picked).to_contain_text("No penalty")
    hand.click(page.get_by_role("button", name="Review"))
    expect(page.get_by_text("A penalty applies")).to_have_count(0)
    hand.submit()
    assert hand.clicks <= 5


@pytest.fixture
def fifty_renewals(stage: Stage) -> Iterator[None]:
    """Renewals of customers that no other test knows."""
    stage.furnish("renewals")
    yield
    stage.furnish("renewed")


def test_rows_are_selected_on_a_phone_too(hand: Hand) -> None:
    page = hand.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/subscriptions/")
    bar = page.locator("#pick")
    expect(bar).not_to_be_visible()
    boxes = page.locator("td.pick input")
    place = boxes.nth(1).bounding_box()
    hand.click(boxes.nth(0))
    hand.click(boxes.nth(1))
    expect(bar).to_contain_text("2 selected")
    expect(bar).to_be_in_viewport(ratio=1)
    assert boxes.nth(1).bounding_box() == place  # no row moved
    hand.click(bar.get_by_role("button", name="New bulk request"))
    expect(page.get_by_role("heading", name="2 subscriptions selected")).to_be_visible()


@pytest.mark.usefixtures("fifty_renewals")
def test_50_renewals_take_6_clicks_from_the_page_of_renewals(hand: Hand) -> None:
    page = hand.page
    page.goto("/renewals/?owner=me")
    hand.click(page.get_by_role("checkbox", name="Select all rows of this page"))
    expect(page.locator("#pick")).to_contain_text("50 selected")
    hand.click(page.get_by_role("button", name="New bulk request"))
    hand.click(page.get_by_role("link", name=re.compile("^Edit renewal settings")))
    page.get_by_label("At renewal").select_option("CANCEL")
    hand.click(page.get_by_role("button", name="Check 50 rows"))
    expect(page.get_by_role("row").filter(has_text="更新1号社")).to_contain_text("Not included")
    page.get_by_label("Reason").fill(REASON)
    hand.click(page.get_by_label("Also submit all rows with warnings"))
    hand.click(page.get_by_role("button", name="Submit rows"))
    expect(page.get_by_text("of 50 finished")).to_be_visible()
    assert hand.clicks <= 6


def test_the_change_of_a_plan_is_found_in_the_menu(hand: Hand) -> None:
    page = hand.page
    page.goto(f"/customers/{PAID_MONTHLY}/")
    menu = hand.open_menu()
    hand.click(menu.locator("summary", has_text="Change plan"))
    hand.click(menu.get_by_role("link", name=re.compile("another plan or contract type, at renewal on")))
    expect(page.get_by_role("radio", name="Renew with changes")).to_be_checked()
    expect(page.get_by_role("group", name="Plan", exact=True)).to_be_visible()


def test_what_has_nothing_to_choose_leads_straight_to_the_review(hand: Hand) -> None:
    page = hand.page
    page.goto(f"/customers/{PAID_MONTHLY}/")
    menu = hand.open_menu()
    hand.click(menu.get_by_role("button", name="Cancel subscription immediately"))
    expect(page.get_by_text("Nothing has been sent yet.")).to_be_visible()
    assert hand.clicks == 2
    page.get_by_role("button", name="Delete draft").click()


def test_a_reason_that_was_given_before_fills_the_field_and_sends_nothing(hand: Hand) -> None:
    page = hand.page
    page.goto(f"/customers/{PAID_ADVANCED}/pre-orders/add/?plan=MONTHLY")
    page.get_by_role("button", name="Review").click()
    hand.submit()
    page.goto(f"/customers/{PAID_ADVANCED}/pre-orders/add/?plan=MONTHLY")
    page.get_by_role("button", name="Review").click()
    address = page.url
    page.get_by_role("group", name="Used before").get_by_role("button", name=REASON, exact=True).click()
    field = page.locator("#id_reason")
    expect(field).to_have_value(REASON)
    expect(field).to_be_focused()
    assert field.get_attribute("list") is None, "they are shown once"
    assert page.url == address
    page.get_by_role("button", name="Delete draft").click()


def test_another_day_opens_its_field_without_any_script(visit: Visit) -> None:
    page = visit(MANAGER, java_script_enabled=False)
    page.goto(f"/customers/{PAID_MONTHLY}/users/scheduled-limit/add/")
    typed = page.locator("input[type=date]")
    expect(typed).to_be_hidden()
    page.get_by_role("radio", name="Other date").check()
    typed.fill("2026-03-09")
    page.get_by_role("radio", name="Set a maximum").check()
    page.get_by_label("Number of users").fill("77")
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_role("main")).to_contain_text("9 Mar 2026")
    page.get_by_role("button", name="Delete draft").click()
