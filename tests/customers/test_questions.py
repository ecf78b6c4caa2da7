"""Questions to LINE WORKS before an order: a worker asks, the page looks until it is told, nothing is changed."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from portal.core.clock import now
from portal.sync import lookups
from portal.sync.models import Question
from tests.support.portal import People, SignIn
from tests.support.sandbox import Sandbox
from tests.support.waiting import wait_for
from tests.support.worker import Worker

SWAP = {"HX-Request": "true"}


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.account_manager)


def answered(browser: Client, name: str, typed: dict[str, str]) -> str:
    """Ask, wait until the worker has the answer, and look at it as the page does."""
    address = browser.post(reverse(f"customers:{name}"), typed).headers["Location"]
    wait_for(lambda: Question.objects.get().answered_at, "the vendor answers")
    return browser.get(address, headers=SWAP).content.decode()


def code_of(sandbox: Sandbox, domain: str) -> str:
    found = sandbox.control("GET", "/potential-customers")["potentialCustomers"]
    return next(str(each["partnerCode"]) for each in found if each["domain"] == domain)


def test_a_name_that_can_be_had(browser: Client, worker: Worker, sandbox: Sandbox) -> None:
    page = answered(browser, "verify", {"domain": "Hibari "})

    assert "hibari is available." in page
    assert "Group name" in page
    assert f"{reverse('customers:add')}?domain=hibari" in page
    assert "every 1s" not in page
    assert sandbox.ledger() == []


def test_a_name_that_is_taken_is_told_in_the_words_of_the_vendor(browser: Client, worker: Worker) -> None:
    page = answered(browser, "verify", {"domain": "mikawaya-foods"})

    assert "mikawaya-foods is not available." in page
    assert "mikawaya-foods is taken" in page


def test_without_a_clear_answer_nothing_is_claimed(browser: Client, worker: Worker, sandbox: Sandbox) -> None:
    sandbox.fault("verifyDomain", "cut_before", count=0)

    page = answered(browser, "verify", {"domain": "hibari"})

    assert "LINE WORKS returned no usable answer. Nothing was changed. Try again later." in page
    assert "can be had" not in page


def test_what_an_online_direct_customer_uses(browser: Client, worker: Worker, sandbox: Sandbox) -> None:
    wish = {"domain": "akebono-kai.example.jp", "partner_code": code_of(sandbox, "akebono-kai.example.jp")}

    page = answered(browser, "look_up", wish)

    assert "akebono-kai.example.jp can be transferred with this code." in page
    assert "Advanced" in page
    assert "勤怠ボード" in page
    assert reverse("customers:transfer") in page


def test_until_the_answer_has_come_the_page_looks_again(
    browser: Client, no_worker: Worker, people: People, sign_in: SignIn
) -> None:
    address = browser.post(reverse("customers:verify"), {"domain": "hibari"}).headers["Location"]

    page = browser.get(address).content.decode()

    assert 'hx-trigger="every 1s"' in page
    assert "Checking hibari in LINE WORKS…" in page
    assert sign_in(people.support).get(address).status_code == 403


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("verify", {"domain": "h"}, "Enter a domain or group name of 2 to 22 characters."),
        ("verify", {"domain": ""}, "This field is required."),
        ("look_up", {"domain": "a/b", "partner_code": "x"}, "This is not a valid domain or group name."),
        ("look_up", {"domain": "a", "partner_code": ""}, "This field is required."),
    ],
)
def test_what_cannot_be_asked_is_told(name: str, typed: dict[str, str], words: str, browser: Client) -> None:
    answer = browser.post(reverse(f"customers:{name}"), typed)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Question.objects.exists()


def test_questions_are_forgotten_after_a_day(people: People) -> None:
    by = people.account_manager
    old = lookups.ask("verifyDomain", {"domain": "a1"}, by=by)
    Question.objects.filter(pk=old.pk).update(asked_at=now() - timedelta(hours=25))

    new = lookups.ask("verifyDomain", {"domain": "b1"}, by=by)

    assert Question.objects.get() == new
