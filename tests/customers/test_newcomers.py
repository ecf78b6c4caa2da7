"""
Customers that come: added by a form, or taken over from Online Direct. A real worker sends, and the readings tell.
"""

import base64
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from customers.commands import onboarding as commands
from customers.models import Customer
from customers.rules import onboarding as rules
from portal.operations.display import facts_from
from portal.operations.models import Operation
from portal.operations.presentation import evidence
from portal.operations.recording import recorded
from portal.operations.states import State
from tests.support.orders import REASON, happened, rest
from tests.support.portal import PAID_MONTHLY, People, SignIn
from tests.support.sandbox import Sandbox
from tests.support.stores import database
from tests.support.worker import Worker

PASSWORD = "Cedar-Lantern-47"
NOBODY = {
    "domain": "hibari", "company_name": "ひばり商事", "phone_number": "03-1", "time_zone": "Asia/Tokyo",
    "locale": "ja_JP", "enable_partner_profile_display": "on", "administrator": "no", "product_id": "none",
}  # fmt: skip
WHOLE = NOBODY | {
    "administrator": "yes", "last_name": "佐藤", "first_name": "美咲", "login": "admin", "password": PASSWORD,
    "private_email": "sato@hibari.example", "product_id": "STD_T",
}  # fmt: skip
REQUIRED = "This field is required."
NEEDED = "Required when you add an administrator."
WEAK = (
    "Enter a password of 8 to 20 characters with letters and digits. Special characters are allowed; three identical"
    " or consecutive characters in a row are not."
)
BAD: list[tuple[dict[str, str], str, str]] = [
    ({"domain": ""}, "domain", REQUIRED),
    ({"domain": "h"}, "domain", "Enter a domain or group name of 2 to 22 characters."),
    ({"domain": "h" * 23}, "domain", "Enter a domain or group name of 2 to 22 characters."),
    (
        {"domain": "hi--bari"},
        "domain",
        "Use lowercase letters, digits and single hyphens. Separate the parts of a domain with dots.",
    ),
    ({"company_name": "つ" * 41}, "company_name", "Enter a name of up to 40 characters."),
    ({"phone_number": "03 1"}, "phone_number", "Use digits, + - # * , P or T in a phone number."),
    ({"product_id": "STD"}, "product_id", "Select a valid choice. STD is not one of the available choices."),
    ({"product_id": "ADV_T"}, "product_id", "Advanced Trial needs a domain, and hibari is a group name."),
    ({"last_name": ""}, "last_name", NEEDED),
    ({"last_name": "佐" * 79}, "last_name", "Family and given name can have up to 80 characters together."),
    (
        {"last_name": "a/b"},
        "last_name",
        "A name can contain only these special characters: ! @ & ( ) - _ + [ ] { } , .",
    ),
    ({"login": "a"}, "login", "Enter an ID of 2 to 40 characters."),
    ({"private_email": "sato"}, "private_email", "Enter an address such as name@example.com."),
    ({"password": ""}, "password", NEEDED),
    ({"password": "abc12345"}, "password", WEAK),
    ({"password": "onlyletters"}, "password", WEAK),
]


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.account_manager)


def confirmed(browser: Client, name: str, typed: dict[str, str]) -> Operation:
    """Ask on the page, and confirm on the next one."""
    answer = browser.post(reverse(f"customers:{name}"), typed)
    assert answer.status_code == 302, dict(answer.context["form"].errors)
    operation = Operation.objects.get()
    browser.post(reverse("operations:confirm", args=[operation.pk]), {"reason": REASON})
    return operation


def test_a_domain_that_stands_otherwise_than_assumed_is_not_put_down_to_something_else(
    browser: Client, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "is_by_works", lambda _domain: True)

    # The worker's assumption is right: what it wrote down is written anew with the wrong one.
    told = {fact.tells for fact in facts_from(recorded(rest(confirmed(browser, "add", WHOLE))))}

    assert "Differs from the estimate" in told
    assert told <= {"As requested", "Unchanged", "Differs from the estimate"}


def test_a_country_code_that_nobody_entered_is_not_put_down_to_something_else(
    browser: Client, worker: Worker, sandbox: Sandbox
) -> None:
    operation = rest(confirmed(browser, "add", WHOLE))
    label = "Administrator, country code"
    assert label not in {fact.label for fact in evidence(operation)}

    assert operation.after
    operation.after["customer"][0]["administrator"]["countryCode"] = "+81"

    assert {fact.tells for fact in facts_from(recorded(operation)) if fact.label == label} == {
        "Differs from the estimate"
    }


def test_a_customer_is_added_and_is_that_operations_customer(browser: Client, worker: Worker, sandbox: Sandbox) -> None:
    operation = rest(confirmed(browser, "add", WHOLE))

    assert operation.state == State.SUCCEEDED, operation.problem
    [effect] = sandbox.ledger()
    customer = Customer.objects.get()
    assert (effect["domainId"], operation.domain_id, operation.subject) == (customer.pk, customer.pk, "")
    assert (customer.company_name, customer.domain, customer.administrator_login) == ("ひばり商事", "hibari", "admin")
    assert effect["what"]["productId"] == "STD_T"
    assert {fact.tells for fact in evidence(operation)} <= {"As requested", "Unchanged"}
    link = f'href="{customer.get_absolute_url()}"'
    assert browser.get(operation.get_absolute_url()).content.decode().count(link) == 2
    assert browser.get(operation.get_absolute_url(), headers={"HX-Request": "true"}).content.decode().count(link) == 2
    assert str(operation.ref) in browser.get(customer.get_absolute_url()).content.decode()


def test_the_review_names_the_administrator_without_the_password(browser: Client, sandbox: Sandbox) -> None:
    browser.post(reverse("customers:add"), WHOLE | {"cellphone": "090-1234-5678", "country_code": "+81"})

    operation = Operation.objects.get()
    shown = {fact.label: fact.expected for fact in evidence(operation) if "dministrator" in fact.label}
    page = browser.get(operation.get_absolute_url()).content.decode()
    assert shown == {
        "Administrator, family name": "佐藤",
        "Administrator, given name": "美咲",
        "Administrator, ID": "admin",
        "Administrator, private e-mail": "sato@hibari.example",
        "Administrator, mobile phone": "090-1234-5678",
        "Administrator, country code": "+81",
    }
    assert not [fact.label for fact in evidence(operation) if fact.is_estimated and fact.label in shown]
    for label, value in shown.items():
        assert label in page
        assert value in page
    assert PASSWORD not in page
    assert "***" not in page
    assert sandbox.ledger() == []


def test_the_review_of_one_without_administrator_names_none(browser: Client, sandbox: Sandbox) -> None:
    browser.post(reverse("customers:add"), NOBODY)

    assert not [fact.label for fact in evidence(Operation.objects.get()) if "dministrator" in fact.label]
    assert sandbox.ledger() == []


def test_one_without_administrator_and_product(browser: Client, worker: Worker, sandbox: Sandbox) -> None:
    operation = rest(confirmed(browser, "add", NOBODY | {"domain": "Hibari.Example"}))

    assert operation.state == State.SUCCEEDED
    [effect] = sandbox.ledger()
    assert (effect["what"]["domain"], effect["what"]["productId"]) == ("hibari.example", None)
    assert "administrator" not in effect["what"]


@pytest.mark.parametrize(("fault", "state"), [("cut_after", State.SUCCEEDED), ("cut_before", State.NOT_APPLIED)])
def test_without_a_clear_answer_the_listing_tells(
    fault: str, state: State, browser: Client, worker: Worker, sandbox: Sandbox
) -> None:
    sandbox.fault("createCustomer", fault)

    operation = rest(confirmed(browser, "add", WHOLE))

    assert operation.state == state
    assert sandbox.calls()["createCustomer"] == 1
    assert len(sandbox.ledger()) == (state == State.SUCCEEDED)


def test_a_name_that_a_customer_has_is_not_asked_for(browser: Client, worker: Worker, sandbox: Sandbox) -> None:
    operation = rest(confirmed(browser, "add", NOBODY | {"domain": "mikawaya-foods"}))

    assert operation.state == State.STALE
    assert sandbox.calls()["createCustomer"] == 0
    assert "changed since the review" in happened(operation)


def test_the_password_is_shown_and_kept_nowhere(browser: Client, no_worker: Worker, sandbox: Sandbox) -> None:
    operation = confirmed(browser, "add", WHOLE)
    operation.refresh_from_db()
    assert operation.encrypted_secrets
    assert operation.request["administrator"]["password"] == "***"
    pages = [browser.get(operation.get_absolute_url()).content.decode()]

    no_worker.start()
    operation = rest(operation)

    assert (operation.state, operation.encrypted_secrets) == (State.SUCCEEDED, None)
    pages.append(browser.get(operation.get_absolute_url()).content.decode())
    again = browser.get(browser.get(operation.get_absolute_url()).context["ask_again"])
    pages.append(again.content.decode())
    for text in (*pages, database()):
        assert PASSWORD not in text
        assert base64.b64encode(PASSWORD.encode()).decode() not in text


@pytest.mark.parametrize(("typed", "field", "words"), BAD)
def test_a_bad_value_is_told_at_its_field(
    typed: dict[str, str], field: str, words: str, browser: Client, sandbox: Sandbox
) -> None:
    answer = browser.post(reverse("customers:add"), WHOLE | typed)

    assert answer.status_code == 422
    assert {at: list(errors) for at, errors in answer.context["form"].errors.items()} == {field: [words]}
    assert PASSWORD not in answer.content.decode()
    assert not Operation.objects.exists()
    assert sandbox.ledger() == []


def test_all_that_is_wrong_is_told_at_once(browser: Client, sandbox: Sandbox) -> None:
    wrong = {"company_name": "", "domain": "h", "phone_number": "03 1", "login": "a", "private_email": "sato"}
    answer = browser.post(reverse("customers:add"), WHOLE | wrong | {"password": ""})

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {*wrong, "password"}
    assert all(len(errors) == 1 for errors in answer.context["form"].errors.values())
    assert not Operation.objects.exists()
    assert sandbox.ledger() == []


def test_what_is_told_of_an_administrator_where_none_is_to_be_named_is_refused_as_such(browser: Client) -> None:
    unnamed = {"administrator": "no", "login": "a", "private_email": "sato", "company_name": ""}
    answer = browser.post(reverse("customers:add"), WHOLE | unnamed)

    errors = answer.context["form"].errors
    told = {"last_name", "first_name", "login", "private_email", "password"}
    assert set(errors) == {"company_name", *told}
    assert all("No administrator is added." in str(errors[name]) for name in told)
    assert not Operation.objects.exists()


@pytest.mark.parametrize("password", ["Cedar-47", "a1" * 10, "zq9!zq9!", PASSWORD])
def test_passwords_that_the_vendor_takes(password: str) -> None:
    assert rules.password_problems(password) == []


@pytest.mark.parametrize(
    "password", ["Cedar-4", "a1" * 10 + "b", "12345678", "Aaa-1234", "cba-7777", "パス1234ab", "ab 12 cd 9"]
)
def test_passwords_that_the_vendor_does_not_take(password: str) -> None:
    [problem] = rules.password_problems(password)

    assert password not in str(problem)


def code_of(sandbox: Sandbox, domain: str) -> str:
    found = sandbox.control("GET", "/potential-customers")["potentialCustomers"]
    return next(str(each["partnerCode"]) for each in found if each["domain"] == domain)


def test_a_customer_of_online_direct_comes_over(browser: Client, worker: Worker, sandbox: Sandbox) -> None:
    wish = {"domain": "hotaru-kobo", "partner_code": code_of(sandbox, "hotaru-kobo")}

    operation = rest(confirmed(browser, "transfer", wish), sweeping=True)

    assert sandbox.calls()["transferPotentialCustomer"] == 1
    assert operation.answers.get().exchanges[-1]["status"] == 202
    assert operation.state in (State.SUCCEEDED, State.UNDECIDED)
    if operation.state == State.SUCCEEDED:
        assert Customer.objects.get().pk == operation.domain_id


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ({"domain": "a/b"}, {"domain": ["This is not a valid domain or group name."]}),
        ({"partner_code": ""}, {"partner_code": [REQUIRED]}),
    ],
)
def test_a_bad_transfer_is_told_at_its_field(typed: dict[str, str], found: dict[str, Any], browser: Client) -> None:
    answer = browser.post(reverse("customers:transfer"), {"domain": "a", "partner_code": "x"} | typed)

    assert answer.status_code == 422
    assert answer.context["form"].errors == found
    assert not Operation.objects.exists()


def test_a_wrong_code_is_refused_by_the_vendor(browser: Client, worker: Worker, sandbox: Sandbox) -> None:
    operation = rest(confirmed(browser, "transfer", {"domain": "hotaru-kobo", "partner_code": "wrong"}))

    assert (operation.state, operation.vendor_code) == (State.REFUSED, "INVALID_PARTNER_CODE")


def test_the_list_leads_there_for_those_who_may(people: People, sign_in: SignIn) -> None:
    address = reverse("customers:add")

    assert address in sign_in(people.account_manager).get("/customers/").content.decode()
    assert address not in sign_in(people.support).get("/customers/").content.decode()
    page = sign_in(people.account_manager).get(address).content.decode()
    assert reverse("customers:transfer") in page
    assert str(PAID_MONTHLY) not in page
