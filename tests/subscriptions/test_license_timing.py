"""One form adds licenses today, later or at the renewal: the day decides by which change of LINE WORKS."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal.operations.models import Operation
from portal.operations.services import confirm
from portal.operations.states import State
from portal.vendor.client import Subscription
from subscriptions.models import Subscription as Row
from subscriptions.rules.timing import By, by_what, licenses_on
from tests.support.languages import speak
from tests.support.orders import REASON, day, rest
from tests.support.portal import PAID_ADVANCED, People, ReadIn, SignIn
from tests.support.reads import do_outside
from tests.support.sandbox import Sandbox
from tests.support.worker import Worker

TODAY, END = date(2026, 1, 15), date(2026, 7, 31)
NEXT = END + timedelta(days=1)
RAW: Mapping[str, Any] = {
    "domainId": 300_000_001,
    "subscriptionId": 501,
    "productId": "STD",
    "plan": "ANNUAL_LICENSE",
    "planStartDate": "2025-08-01",
    "planEndDate": END.isoformat(),
    "licenseCount": 52,
    "licenseAssignType": "NONE",
    "status": "ACTIVE",
}
AS_NOW = {"subscriptionId": 501, "type": "STAY", "productId": "STD", "plan": "ANNUAL_LICENSE", "licenseCount": 52}
TO_ADV = AS_NOW | {"type": "CHANGE", "productId": "ADV", "licenseCount": 60}


def subscription(**changes: Any) -> Subscription:
    return Subscription.from_vendor({**RAW, "renewal": AS_NOW, **changes})


@pytest.mark.parametrize(
    ("changes", "on", "by", "asked"),
    [
        ({}, TODAY - timedelta(days=1), None, None),
        ({}, TODAY, By.NOW, {"add_license_count": 25}),
        (
            {},
            TODAY + timedelta(days=1),
            By.LATER,
            {"type": "ADD_LICENSE", "license_count": 25, "apply_date": TODAY + timedelta(days=1)},
        ),
        ({}, END, By.LATER, {"type": "ADD_LICENSE", "license_count": 25, "apply_date": END}),
        (
            {},
            NEXT,
            By.RENEWAL,
            {"type": "CHANGE", "product_id": "STD", "plan": "ANNUAL_LICENSE", "license_count": 77},
        ),
        (
            {"renewal": TO_ADV},
            NEXT,
            By.RENEWAL,
            {"type": "CHANGE", "product_id": "ADV", "plan": "ANNUAL_LICENSE", "license_count": 85},
        ),
        (
            {"renewal": None},
            NEXT,
            By.RENEWAL,
            {"type": "CHANGE", "product_id": "STD", "plan": "ANNUAL_LICENSE", "license_count": 77},
        ),
        ({}, NEXT + timedelta(days=1), None, None),
        ({"planEndDate": None}, TODAY, By.NOW, {"add_license_count": 25}),
        ({"planEndDate": None}, TODAY + timedelta(days=1), None, None),
    ],
)
def test_the_day_decides(changes: dict[str, Any], on: date, by: By | None, asked: dict[str, Any] | None) -> None:
    present = subscription(**changes)

    assert by_what(present, on, TODAY) == by
    assert licenses_on(present, 25, on, TODAY) == (None if by is None else (by, asked))


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.account_manager)


@pytest.fixture
def contract(read_in: ReadIn, sandbox: Sandbox) -> Row:
    """A paid subscription with licenses, long before the end of its term."""
    row = Row.objects.get(customer=read_in(PAID_ADVANCED), removed_at=None)
    assert row.end_date is not None
    sandbox.reset_calls()
    return row


def address(contract: Row) -> str:
    return reverse("subscriptions:licenses_add", args=[contract.customer_id, contract.subscription_id])


def at_renewal(contract: Row) -> str:
    assert contract.end_date is not None
    return str(contract.end_date + timedelta(days=1))


def test_the_form_opens_on_today_and_offers_the_renewal(browser: Client, contract: Row) -> None:
    field = browser.get(address(contract)).context["form"]["apply_date"]

    assert str(field.value()) == str(day(0))
    assert [str(pick.date) for pick in field.field.picks] == [str(day(0)), "2026-02-01", at_renewal(contract)]


def test_one_draft_becomes_each_change_by_its_day(browser: Client, contract: Row, sandbox: Sandbox) -> None:
    browser.post(address(contract), {"add_license_count": "25", "apply_date": str(day(0))})
    draft = Operation.objects.get()
    assert (draft.kind, draft.request["addLicenseCount"]) == ("addLicenses", 25)

    def move(to: str, count: int = 25) -> Any:
        answer = browser.post(draft.get_absolute_url(), {"add_license_count": str(count), "apply_date": to})
        assert answer.status_code == 200, answer.context["edit_form"].errors
        draft.refresh_from_db()
        return answer

    later = move(str(day(10)))
    assert (draft.kind, draft.request["licenseCount"], draft.request["applyDate"]) == (
        "addReservation",
        25,
        str(day(10)),
    )
    assert "LINE WORKS schedules the addition for that day." in later.content.decode()
    renewal = move(at_renewal(contract), 30)
    present = contract.license_count or 0
    assert (draft.kind, draft.request["type"], draft.request["licenseCount"]) == (
        "updateRenewal",
        "CHANGE",
        present + 30,
    )
    assert "the renewal settings are changed." in renewal.content.decode()
    fields = {field.bound.name: str(field.bound.value()) for field in renewal.context["fields"]}
    assert fields == {"add_license_count": "30", "apply_date": at_renewal(contract)}
    again = browser.get(address(contract)).context["form"]
    assert (str(again["add_license_count"].value()), str(again["apply_date"].value())) == ("30", at_renewal(contract))
    move(str(day(0)))
    assert (draft.kind, Operation.objects.count()) == ("addLicenses", 1)
    assert sandbox.calls() == {}


@pytest.mark.parametrize("on", ["2020-01-01", "2099-01-01"])
def test_a_day_without_a_change_is_refused_at_the_day(
    browser: Client, contract: Row, on: str, sandbox: Sandbox
) -> None:
    answer = browser.post(address(contract), {"add_license_count": "25", "apply_date": on})

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["apply_date"])
    assert not Operation.objects.exists()
    assert sandbox.calls() == {}


@pytest.mark.parametrize("ahead", [0, 10])
def test_a_number_that_is_not_allowed_is_refused_at_the_number(
    browser: Client, contract: Row, ahead: int, sandbox: Sandbox
) -> None:
    answer = browser.post(address(contract), {"add_license_count": "0", "apply_date": str(day(ahead))})

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["add_license_count"])
    assert not Operation.objects.exists()
    assert sandbox.calls() == {}


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "The subscription already has a scheduled change"), ("ja", "商品契約には、すでに予約（")],
)
def test_what_is_scheduled_blocks_a_later_day_and_is_said_there(
    language: str, words: str, browser: Client, contract: Row, read_in: ReadIn, sandbox: Sandbox, japanese: None
) -> None:
    task = {"type": "ADD_LICENSE", "applyDate": str(day(9)), "licenseCount": 3}
    do_outside(sandbox, "addReservation", PAID_ADVANCED, task, subscriptionId=contract.subscription_id)
    read_in(PAID_ADVANCED)
    sandbox.reset_calls()
    browser = speak(browser, language)

    page = browser.get(address(contract))
    answer = browser.post(address(contract), {"add_license_count": "25", "apply_date": str(day(10))})

    assert words in page.content.decode()
    assert words in str(answer.context["form"].errors["apply_date"])
    assert (answer.status_code, Operation.objects.count(), sandbox.calls()) == (422, 0, {})
    assert browser.post(address(contract), {"add_license_count": "25", "apply_date": str(day(0))}).status_code == 302


def test_what_does_not_renew_gets_no_licenses_at_the_renewal(browser: Client, contract: Row, sandbox: Sandbox) -> None:
    raw = {**contract.raw, "renewal": {**(contract.raw.get("renewal") or AS_NOW), "type": "CANCEL"}}
    Row.objects.filter(pk=contract.pk).update(raw=raw, renewal_type="CANCEL")

    answer = browser.post(address(contract), {"add_license_count": "25", "apply_date": at_renewal(contract)})

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["apply_date"])
    assert "The subscription is set not to renew." in answer.content.decode()
    assert (Operation.objects.count(), sandbox.calls()) == (0, {})


@pytest.mark.parametrize("role", ["support", "finance"])
def test_support_and_finance_add_none_on_any_day(
    role: str, people: People, sign_in: SignIn, contract: Row, sandbox: Sandbox
) -> None:
    answer = sign_in(getattr(people, role)).post(
        address(contract), {"add_license_count": "25", "apply_date": str(day(10))}
    )

    assert (answer.status_code, Operation.objects.count(), sandbox.calls()) == (403, 0, {})


def test_each_change_goes_its_way(
    worker: Worker, browser: Client, contract: Row, people: People, sandbox: Sandbox
) -> None:
    browser.post(address(contract), {"add_license_count": "5", "apply_date": at_renewal(contract)})

    done = rest(confirm(Operation.objects.get(), by=people.account_manager, reason=REASON))

    assert (done.kind, done.state) == ("updateRenewal", State.SUCCEEDED)
    assert sandbox.calls()["updateRenewal"] == 1
