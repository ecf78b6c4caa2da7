"""
What the forms of changes to a customer refuse: each says what is wrong at the field that is wrong, and nothing comes
of it. What they take changes to an operation of exactly what was asked for.
"""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Customer
from portal.operations.commands import COMMANDS
from portal.operations.models import Operation
from tests.support.orders import day
from tests.support.portal import PAID_MONTHLY, WITHOUT_CONTRACT_OF_A_GROUP, People, ReadIn, SignIn
from tests.support.reads import do_outside
from tests.support.sandbox import Sandbox

WHOLE = {
    "company_name": "つばめ", "phone_number": "03-1", "time_zone": "Asia/Tokyo", "locale": "ja_JP", "customer_code": "",
    "memo": "",
}  # fmt: skip
NOTHING_TO_SEE = "This text has no visible characters. Enter some text."
REQUIRED = "This field is required."
A_DAY = "Enter a date as YYYY-MM-DD, or select one."
WINDOW = "Choose a date from 16 Jan 2026 to 15 Jan 2027."
CHOICE = "Select a valid choice. {} is not one of the available choices."
NO_DOMAIN = "Enter a domain such as example.co.jp. Use lowercase letters, digits, dots and single hyphens."

BAD: list[tuple[str, dict[str, str], str, str]] = [
    ("edit", {"company_name": "つ" * 41}, "company_name", "Enter a name of up to 40 characters."),
    ("edit", {"phone_number": "03 1"}, "phone_number",
     "Use digits, + - # * , P or T in a phone number."),
    ("edit", {"time_zone": "Asia/Edo"}, "time_zone", CHOICE.format("Asia/Edo")),
    ("edit", {"locale": "de_DE"}, "locale", CHOICE.format("de_DE")),
    ("edit", {"memo": "a" * 701}, "memo", "Enter a memo of up to 700 characters."),
    ("edit", {"memo": "a\0b"}, "memo", "Null characters are not allowed."),
    ("edit", {"memo": "\u3164"}, "memo", NOTHING_TO_SEE),
    ("replace", {"company_name": "\u200b\u2060"}, "company_name", NOTHING_TO_SEE),
    ("replace", {"company_name": ""}, "company_name", "This field is required and can’t be cleared."),
    ("replace", {"customer_code": "つ" * 67}, "customer_code",
     "A customer code can have up to 200 bytes, and this one has 201. A Japanese character takes 3 bytes."),
    ("delete", {"domain": ""}, "domain", REQUIRED),
    ("delete", {"domain": "another.example"}, "domain", "This is not the customer’s domain or group name."),
    ("limit", {"limited": "maybe"}, "limited", CHOICE.format("maybe")),
    ("limit", {"limited": "yes"}, "max_member_count", "Enter the number of users, or select No limit."),
    ("limit", {"limited": "yes", "max_member_count": "ten"}, "max_member_count",
     "Enter a whole number, for example 10."),
    ("limit", {"limited": "yes", "max_member_count": "0"}, "max_member_count",
     "Enter a maximum number of users from 1 to 1,000,000, or select No limit."),
    ("limit_schedule", {"limited": "no", "apply_date": ""}, "apply_date", REQUIRED),
    ("limit_schedule", {"limited": "no", "apply_date": "soon"}, "apply_date", A_DAY),
    ("limit_schedule", {"limited": "no", "apply_date": str(day(0))}, "apply_date", WINDOW),
    ("limit_schedule", {"limited": "no", "apply_date": str(day(366))}, "apply_date", WINDOW),
    ("withdraw", {"withdrawal_date": "2026-02-30"}, "withdrawal_date", A_DAY),
    ("withdraw", {"withdrawal_date": str(day(0))}, "withdrawal_date", WINDOW),
    ("domain_register", {"domain": "tsubame"}, "domain", NO_DOMAIN),
    ("domain_register", {"domain": "つばめ.jp"}, "domain", NO_DOMAIN),
    ("domain_change", {"domain": "b.example"}, "domain",
     "Register the customer’s own domain first: b.example is not registered."),
]  # fmt: skip

GOOD: list[tuple[str, dict[str, str], dict[str, Any]]] = [
    ("edit", {"company_name": "つばめ"},
     {"companyName": "つばめ", "partnership": {"enablePartnerProfileDisplay": True}}),
    ("edit", {"memo": "a\r\nb", "enable_partner_profile_display": ""},
     {"partnership": {"memo": "a\nb", "enablePartnerProfileDisplay": False}}),
    ("replace", WHOLE | {"enable_partner_profile_display": "on"},
     {"companyName": "つばめ", "phoneNumber": "03-1", "timeZone": "Asia/Tokyo", "locale": "ja_JP",
      "partnership": {"customerCode": "", "memo": "", "enablePartnerProfileDisplay": True}}),
    ("limit", {"limited": "yes", "max_member_count": "70"}, {"maxMemberCount": 70}),
    ("limit_schedule", {"limited": "no", "max_member_count": "", "apply_date": str(day(9))},
     {"maxMemberCount": None, "applyDate": str(day(9))}),
    ("withdraw", {"withdrawal_date": str(day(365))}, {"withdrawalDate": str(day(365))}),
    ("stay", {}, {"withdrawalDate": None}),
    ("delete", {"domain": "minato-sekkei.by-works.com "}, {}),
    ("domain_register", {"domain": " Tsubame.Example "}, {"domain": "tsubame.example"}),
    ("domain_change", {"domain": "a.by-works.com"}, {"domain": "a.by-works.com"}),
]  # fmt: skip
# What has to be there, or the order would change nothing.
BEFORE: dict[str, dict[str, Any]] = {
    "limit_schedule": {"maxMemberCount": 50},
    "stay": {"withdrawalDate": str(day(30))},
}


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.account_manager)


def address_of(name: str) -> str:
    domain_id = WITHOUT_CONTRACT_OF_A_GROUP if name.startswith("domain") else PAID_MONTHLY
    return reverse(f"customers:{name}", args=[domain_id])


def present(browser: Client, address: str) -> dict[str, str]:
    """Return what stands in a form before anybody types."""
    form = browser.get(address).context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: "on" if value is True else str(value) for name, value in values.items() if value not in (None, False)}


@pytest.mark.parametrize(("name", "typed", "field", "words"), BAD)
def test_a_bad_value_is_told_at_its_field(
    name: str, typed: dict[str, str], field: str, words: str, browser: Client, sandbox: Sandbox, read_in: ReadIn
) -> None:
    read_in(WITHOUT_CONTRACT_OF_A_GROUP if name.startswith("domain") else PAID_MONTHLY)
    sandbox.reset_calls()
    before = list(Customer.objects.values())
    filled = present(browser, address_of(name)) | typed if name in ("edit", "replace") else typed

    answer = browser.post(address_of(name), filled)

    assert answer.status_code == 422
    assert {at: list(errors) for at, errors in answer.context["form"].errors.items()} == {field: [words]}
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert not Operation.objects.exists()
    assert list(Customer.objects.values()) == before
    assert sandbox.calls() == {}


@pytest.mark.parametrize(("name", "typed", "request_"), GOOD)
def test_what_was_asked_for_is_kept(
    name: str, typed: dict[str, str], request_: dict[str, Any], browser: Client, sandbox: Sandbox, read_in: ReadIn
) -> None:
    if name in BEFORE:
        do_outside(sandbox, "patchUsageStatus", PAID_MONTHLY, BEFORE[name])
    read_in(WITHOUT_CONTRACT_OF_A_GROUP if name.startswith("domain") else PAID_MONTHLY)
    filled = present(browser, address_of(name)) | typed if name == "edit" else typed

    answer = browser.post(address_of(name), {field: value for field, value in filled.items() if value})

    operation = Operation.objects.get()
    assert answer.headers["Location"] == operation.get_absolute_url()
    assert operation.request == request_
    assert COMMANDS[operation.kind].url_name == f"customers:{name}"
    again = browser.get(browser.get(operation.get_absolute_url()).context["ask_again"])
    assert again.status_code == 200


def test_a_scheduled_limit_is_moved_to_another_day(browser: Client, sandbox: Sandbox, read_in: ReadIn) -> None:
    do_outside(sandbox, "createUsageStatusRenewal", PAID_MONTHLY, {"applyDate": str(day(9)), "maxMemberCount": 40})
    read_in(PAID_MONTHLY)
    address = address_of("limit_move")

    same = browser.post(address, {"apply_date": str(day(9))})
    moved = browser.post(address, {"apply_date": str(day(10))})

    assert same.context["form"].errors == {
        "apply_date": ["The change is already scheduled for 24 Jan 2026. Choose another date."]
    }
    assert moved.headers["Location"] == Operation.objects.get().get_absolute_url()


OF_CUSTOMERS = [
    command for command in COMMANDS if command.permission == "customers.order" and not command.is_onboarding
]


@pytest.mark.parametrize("name", [command.url_name for command in OF_CUSTOMERS])
def test_another_customer_is_not_found(name: str, browser: Client) -> None:
    assert browser.post(reverse(name, args=[1]), {}).status_code == 404
    assert not Operation.objects.exists()
