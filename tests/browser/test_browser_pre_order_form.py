"""The form of a pre-order: only legal days can be picked, and the licenses follow the plan."""

from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from portal.core.month_grid import first_of_next_month
from tests.browser.conftest import TODAY, Visit
from tests.browser.people import MANAGER
from tests.support.portal import PAID_ADVANCED

pytestmark = pytest.mark.browser

FIRST, LAST = (date.fromisoformat(TODAY) + timedelta(days=ahead) for ahead in (1, 31))
NEXT_MONTH = first_of_next_month(date.fromisoformat(TODAY))


@pytest.fixture
def form(visit: Visit) -> Page:
    page = visit(MANAGER)
    page.goto(f"/customers/{PAID_ADVANCED}/pre-orders/add/")
    return page


def test_only_the_legal_days_can_be_picked(form: Page) -> None:
    days = form.locator("input[name=apply_date]")
    offered = [day.get_attribute("value") for day in days.all()]
    assert offered == [str(FIRST + timedelta(days=number)) for number in range(31)]
    expect(form.locator(f"input[value='{NEXT_MONTH}']")).to_be_checked()
    for day in ("15", "16"):  # 15 January is today, 16 February is one day too late
        illegal = form.locator(".pd-pick s", has_text=day)
        expect(illegal).to_have_attribute("title", "Select a date from 16 Jan 2026 to 15 Feb 2026")
        illegal.click()
    expect(form.locator(f"input[value='{NEXT_MONTH}']")).to_be_checked()


def test_the_arrow_keys_never_leave_the_legal_days(form: Page) -> None:
    form.locator(f"input[value='{LAST}']").focus()
    form.keyboard.press("ArrowRight")  # from the last day round to the first
    expect(form.locator(f"input[value='{FIRST}']")).to_be_checked()
    expect(form.locator(f"input[value='{FIRST}']")).to_be_focused()
    form.keyboard.press("ArrowLeft")
    expect(form.locator(f"input[value='{LAST}']")).to_be_checked()


def test_licenses_are_asked_for_where_the_plan_has_them(form: Page) -> None:
    licenses = form.get_by_label("Licenses")
    expect(licenses).to_be_hidden()
    form.get_by_role("radio", name="Annual contract, monthly (license)", exact=True).check()
    licenses.fill("10")
    form.get_by_role("radio", name="Monthly contract").check()
    expect(licenses).to_be_hidden()
    expect(licenses).to_be_disabled()
    form.get_by_role("radio", name="Annual contract, monthly (license)", exact=True).check()
    expect(licenses).to_have_value("10")


def test_a_monthly_pre_order_carries_no_licenses(form: Page) -> None:
    form.get_by_role("radio", name="Annual contract, monthly (license)", exact=True).check()
    form.get_by_label("Licenses").fill("10")
    form.get_by_role("radio", name="Monthly contract").check()
    form.get_by_role("button", name="Review").click()
    expect(form.get_by_text("Nothing has been sent yet.")).to_be_visible()
    expect(form.get_by_role("main")).not_to_contain_text("10 licenses")


def test_licenses_that_are_missing_are_named_first_and_nothing_typed_is_lost(form: Page) -> None:
    chosen = form.locator(f"input[value='{FIRST}']")
    chosen.check()
    form.get_by_role("radio", name="Annual contract, monthly (license)", exact=True).check()
    form.get_by_label("Licenses").fill("")
    form.get_by_role("button", name="Review").click()
    summary = form.get_by_role("alert")
    expect(summary).to_contain_text("Nothing was sent.")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="Licenses").click()
    licenses = form.get_by_label("Licenses")
    expect(licenses).to_be_in_viewport()
    described_by = (licenses.get_attribute("aria-describedby") or "").split()
    assert any("from 1 to" in form.locator(f"#{part}").inner_text() for part in described_by)
    expect(chosen).to_be_checked()
