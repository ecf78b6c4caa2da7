"""The form of a new customer: the name is checked in its field, a password is made up, and an error loses nothing."""

import re

import pytest
from playwright.sync_api import Page, expect

from customers.rules.onboarding import password_problems
from tests.browser.conftest import Visit
from tests.browser.people import MANAGER

pytestmark = pytest.mark.browser


@pytest.fixture
def form(visit: Visit) -> Page:
    page = visit(MANAGER)
    page.goto("/customers/add/")
    return page


def test_a_name_is_checked_as_soon_as_it_is_typed(form: Page) -> None:
    form.locator("#id_domain").fill("x")
    form.locator("#id_company_name").focus()
    expect(form.locator("#availability")).to_have_text(re.compile("2 to 22 characters"))
    form.locator("#id_domain").fill("hibari")
    form.locator("#id_company_name").focus()
    expect(form.locator("#availability")).to_have_text(re.compile("hibari is available."))


def test_an_error_and_a_check_leave_all_that_was_typed(form: Page) -> None:
    password = form.locator("#id_password")
    expect(form.get_by_role("button", name="Copy the password")).to_be_hidden()
    form.get_by_role("button", name="Generate password").click()
    made = password.input_value()
    assert not list(password_problems(made))
    expect(form.get_by_role("button", name="Copy the password")).to_have_attribute("data-copy", made)
    for field, value in {"domain": "hibari", "company_name": "ひばり商事", "phone_number": "03 1"}.items():
        form.locator(f"#id_{field}").fill(value)
    form.get_by_role("button", name="Review").click()
    expect(form.get_by_role("alert")).to_be_focused()
    expect(form.locator("#id_company_name")).to_have_value("ひばり商事")
    expect(password).to_have_value(made)
    form.get_by_role("button", name="Check availability").click()
    expect(form.locator("#availability")).to_have_text(re.compile("hibari is available."))
    expect(form.locator("#id_phone_number")).to_have_value("03 1")
    expect(password).to_have_value(made)


def test_who_skips_the_administrator_is_not_asked_for_a_password_after_an_error_either(form: Page) -> None:
    form.get_by_role("radio", name="Skip").first.check()
    for field, value in {"domain": "hibari", "company_name": "ひばり商事", "phone_number": "03 1"}.items():
        form.locator(f"#id_{field}").fill(value)
    form.get_by_role("button", name="Review").click()
    expect(form.get_by_role("alert")).to_be_visible()
    expect(form.locator("#id_password")).to_be_hidden()
