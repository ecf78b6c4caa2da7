"""What a person does while a part of the page is on its way: press twice, go back, come back after a pause."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import CUSTOMERS, Visit
from tests.browser.driver import sign_in
from tests.browser.people import ADMINISTRATOR, MANAGER
from tests.support.portal import PAID_MONTHLY, PAID_PREPAID
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.browser


def filter_list(page: Page, text: str) -> None:
    page.get_by_label("Filter this list").fill(text)
    expect(page).to_have_url(re.compile(r"[?&]q="))


def is_whole(page: Page) -> None:
    """The page has its frame, once, and its looks."""
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()
    expect(page.get_by_role("navigation", name="Main")).to_have_count(1)
    expect(page.get_by_role("searchbox", name="Filter this list")).to_have_count(1)
    expect(page.locator(".pd-frame")).to_have_css("display", "grid")


@pytest.mark.parametrize(("script", "domain_id"), [(True, PAID_MONTHLY), (False, PAID_PREPAID)])
def test_a_double_click_makes_one_order(visit: Visit, sandbox: Sandbox, script: bool, domain_id: int) -> None:
    page = visit(MANAGER, java_script_enabled=script)
    page.goto(f"/requests/?q={domain_id}")
    requests = page.get_by_role("row").count()  # other tests may have left some, and no table is no row
    effects = len(sandbox.ledger(domain_id))
    page.goto(f"/customers/{domain_id}/pre-orders/add/?plan=MONTHLY")
    page.get_by_role("button", name="Review").click()
    page.get_by_label("Reason").fill("お客様より依頼")
    address = page.url
    confirm = page.get_by_role("button", name="Submit")
    confirm.dblclick()
    done = page.get_by_text("Completed and confirmed at LINE WORKS.")
    if script:
        expect(done).to_be_visible(timeout=30_000)  # the page asks by itself
    else:
        expect(confirm).to_have_count(0)  # the answer to the form has arrived
        while not done.count():
            page.goto(address)
    assert [effect["operation"] for effect in sandbox.ledger(domain_id)[effects:]] == ["addPreOrder"]
    page.goto(f"/requests/?q={domain_id}")
    expect(page.get_by_role("row")).to_have_count((requests or 1) + 1)  # the head and the one


def test_back_and_forward_give_whole_pages(visit: Visit) -> None:
    page = visit(MANAGER)
    page.goto("/customers/")
    filter_list(page, "有限会社")
    expect(page.get_by_role("rowheader").filter(has_not_text="有限会社")).to_have_count(0)
    address = page.url

    page.go_back()
    is_whole(page)
    expect(page.get_by_role("status").filter(has_text=f"of {CUSTOMERS}")).to_be_visible()
    expect(page.get_by_label("Filter this list")).to_have_value("")
    page.go_forward()
    is_whole(page)
    expect(page).to_have_url(address)
    expect(page.get_by_label("Filter this list")).to_have_value("有限会社")
    expect(page.get_by_role("rowheader").filter(has_not_text="有限会社")).to_have_count(0)


def test_back_from_another_page_gives_the_list_as_it_was_left(visit: Visit) -> None:
    page = visit(MANAGER)
    page.goto("/customers/")
    filter_list(page, "有限会社")
    expect(page.get_by_role("rowheader").filter(has_not_text="有限会社")).to_have_count(0)
    page.locator("#row-1").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("有限会社")
    page.go_back()
    is_whole(page)
    expect(page.get_by_label("Filter this list")).to_have_value("有限会社")
    expect(page.get_by_role("rowheader").filter(has_not_text="有限会社")).to_have_count(0)


def test_a_session_that_ended_leads_to_sign_in_and_back(visit: Visit) -> None:
    page = visit(MANAGER)
    page.goto("/customers/?sort=-end")
    page.context.clear_cookies(name="sessionid")
    page.get_by_label("Filter this list").fill("有限会社")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.locator(".pd-frame")).to_have_count(0)
    sign_in(page, MANAGER)
    expect(page).to_have_url(re.compile(r"/customers/\?sort=-end$"))
    is_whole(page)


def test_a_session_that_ended_before_confirming_orders_nothing_and_leads_back(visit: Visit, sandbox: Sandbox) -> None:
    effects = sandbox.ledger(PAID_PREPAID)
    page = visit(MANAGER)
    page.goto(f"/customers/{PAID_PREPAID}/pre-orders/add/?plan=MONTHLY")
    page.get_by_role("button", name="Review").click()
    page.get_by_label("Reason").fill("お客様より依頼")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(page, MANAGER)
    expect(page.get_by_text("Nothing has been sent yet.")).to_be_visible()
    assert sandbox.ledger(PAID_PREPAID) == effects


def test_without_a_connection_the_page_stays_and_says_so(visit: Visit) -> None:
    page = visit(MANAGER)
    page.goto("/customers/")
    page.context.set_offline(True)
    page.get_by_label("Filter this list").fill("有限会社")
    expect(page.get_by_text("No connection. Nothing was sent. Try again.")).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(51)
    page.context.set_offline(False)
    page.get_by_role("button", name="Close").click()
    filter_list(page, "有限")
    expect(page.get_by_role("rowheader").filter(has_not_text="有限会社")).to_have_count(0)


def test_a_renewal_is_decided_about_and_taken_in_its_own_row(visit: Visit) -> None:
    """
    The buttons of a row stand outside the form that they belong to: their names have to go along.

    An administrator takes it, as other tests count the renewals of the account manager.
    """
    page = visit(ADMINISTRATOR)
    page.goto("/renewals/?owner=all&until=2027-12-31")
    rows = page.locator("#table tbody tr")
    many, row = rows.count(), page.locator("#table tr:has(button[name=assign])").first
    name = row.locator("th a").inner_text()
    this = rows.filter(has_text=name).first

    row.locator("button[name=assign]").click()
    expect(this).to_contain_text(ADMINISTRATOR.name)
    this.locator("button[name=decide], button[name=more]").first.click()
    expect(this.locator("details[open]").first).to_be_visible()

    expect(rows).to_have_count(many)
    assert page.url.endswith("/renewals/?owner=all&until=2027-12-31")
