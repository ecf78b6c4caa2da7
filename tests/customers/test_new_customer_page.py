"""The guided run of a new customer: the name is checked in the field, nothing typed is lost, then a list of steps."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Customer, UpgradeDomain
from customers.newcomers import State, dns_text, is_starting, steps_of
from customers.rules.onboarding import CustomerCreate
from customers.views.requests import command_links
from portal.core.clock import business_today, now
from portal.operations.models import Operation
from portal.sync.lookups import MOST_A_MINUTE
from portal.sync.models import Question
from tests.support.languages import speak
from tests.support.orders import stored
from tests.support.portal import People, SignIn
from tests.support.rows import keep_contracts, keep_customers
from tests.support.vendor_json import customer as record
from tests.support.vendor_json import pre_order, subscription

pytestmark = pytest.mark.django_db

ID = 10_000_001
TOMORROW = business_today() + timedelta(days=1)
SWAP = {"HX-Request": "true"}
TYPED = {
    "domain": "hibari", "company_name": "ひばり商事", "phone_number": "03-1", "time_zone": "Asia/Seoul",
    "locale": "ko_KR", "administrator": "yes", "last_name": "佐藤", "login": "admin", "password": "Cedar-Lantern-47",
    "product_id": "STD_T",
}  # fmt: skip


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    return sign_in(people.account_manager)


def newcomer(**changes: Any) -> Customer:
    [row] = keep_customers(record(ID, **{"domain": "hibari.example", "enableActiveDomain": False, **changes}))
    return row


def with_records(customer: Customer, **columns: Any) -> UpgradeDomain:
    given = {
        "domain": customer.domain, "is_active": False, "txt_host": "@", "txt_value": "works-verify=1",
        "mx_host": "@", "mx_priority_10": "mx1.worksmobile.com", "raw": {}, "changed_at": now(),
    }  # fmt: skip
    return UpgradeDomain.objects.create(customer=customer, **given | columns)


# --- The name, in its field ------------------------------------------------------------------------------------------


def check(browser: Client, domain: str) -> str:
    answer = browser.post(reverse("customers:verify"), {"domain": domain}, headers=SWAP)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_name_is_judged_here_before_line_works_is_asked(browser: Client) -> None:
    newcomer(companyName="青葉会", domain="aoba.example")
    assert "Enter a domain or group name of 2 to 22 characters." in check(browser, "h")
    assert "青葉会 already uses this domain or group name." in check(browser, "AOBA.example")
    assert "pd-err" not in check(browser, "")
    assert not Question.objects.exists()


def test_a_name_that_may_be_free_is_asked_once_a_minute(browser: Client) -> None:
    for _twice in range(2):
        shown = check(browser, "Hibari ")
        question = Question.objects.get()
        assert f'hx-get="/customers/answers/{question.pk}/?field=1"' in shown
        assert "Checking hibari in LINE WORKS…" in shown
    Question.objects.update(asked_at=now() - timedelta(minutes=2))
    check(browser, "hibari")
    assert Question.objects.count() == 2


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"answer": {"domain": "hibari", "type": "GROUP"}}, "hibari is available."),
        ({"refusal": "taken"}, "hibari is not available."),
        ({"problem": "no answer"}, "LINE WORKS returned no usable answer."),
    ],
)
def test_the_answer_stands_at_the_field(browser: Client, columns: dict[str, Any], words: str) -> None:
    check(browser, "hibari")
    Question.objects.update(answered_at=now(), **columns)
    shown = browser.get(f"/customers/answers/{Question.objects.get().pk}/?field=1", headers=SWAP).content.decode()
    assert words in shown
    assert 'id="availability"' in shown
    assert "hx-get" not in shown


def test_many_names_within_a_minute_are_not_asked(browser: Client, people: People, sign_in: SignIn) -> None:
    for number in range(MOST_A_MINUTE):
        check(browser, f"hibari{number}")
    assert "You checked many names within a minute." in check(browser, "one-more")
    page = browser.post(reverse("customers:verify"), {"domain": "one-more"})
    assert page.status_code == 429
    assert "You checked many names within a minute." in page.content.decode()
    asked = {"domain": "x.example", "partner_code": "1"}
    assert browser.post(reverse("customers:look_up"), asked).status_code == 429
    assert Question.objects.count() == MOST_A_MINUTE
    assert "Checking one-more" in check(sign_in(people.second_manager), "one-more")


@pytest.mark.parametrize("name", ["support", "finance"])
def test_whoever_adds_no_customers_asks_nothing(people: People, sign_in: SignIn, name: str) -> None:
    browser = sign_in(getattr(people, name))
    assert browser.post(reverse("customers:verify"), {"domain": "hibari"}, headers=SWAP).status_code == 403
    assert browser.post(reverse("customers:add"), {**TYPED, "check": "domain"}).status_code == 403
    assert not Question.objects.exists()


# --- The form --------------------------------------------------------------------------------------------------------


def test_without_a_script_the_name_is_checked_and_nothing_typed_is_lost(browser: Client) -> None:
    answer = browser.post(reverse("customers:add"), {**TYPED, "company_name": "x" * 50, "check": "domain"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Checking hibari in LINE WORKS…" in page
    assert "<noscript>Select Check availability again to see the answer.</noscript>" in page
    for value in ("hibari", "x" * 50, "03-1", "佐藤", "admin"):
        assert f'value="{value}"' in page
    assert '<option value="ko_KR" selected>' in page
    assert 'role="alert"' not in page
    assert TYPED["password"] not in page
    assert Question.objects.count() == 1
    assert not Operation.objects.exists()


def test_a_name_that_a_customer_has_is_refused_at_its_field(browser: Client) -> None:
    newcomer(companyName="青葉会", domain="hibari")
    form = {**TYPED, "private_email": "a@example.com", "domain": "Hibari"}
    answer = browser.post(reverse("customers:add"), form)
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"domain": ["青葉会 already uses this domain or group name."]}
    assert not Operation.objects.exists()
    assert browser.post(reverse("customers:add"), {**form, "domain": "hibari2"}).status_code == 302


def test_an_error_keeps_what_was_typed_and_the_script_keeps_the_password(browser: Client) -> None:
    for headers in ({}, SWAP):
        answer = browser.post(reverse("customers:add"), {**TYPED, "phone_number": ""}, headers=headers)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert ("<!doctype html>" in page.lower()) == (not headers)
        for value in ("hibari", "ひばり商事", "佐藤", "admin"):
            assert f'value="{value}"' in page
        # A page never repeats it; htmx leaves the field in place.
        assert TYPED["password"] not in page
        assert 'hx-preserve="true"' in page
    assert not Operation.objects.exists()


def test_what_must_be_filled_in_says_so(browser: Client) -> None:
    page = browser.get(reverse("customers:add")).content.decode()
    assert re.findall(r'<label [^>]+>([^<]+) <span class="pd-req-mark">required</span>', page) == [
        "Domain or group name", "Company or organization name", "Phone number", "Time zone", "Language",
        "Family name", "ID", "Password", "Private e-mail",
    ]  # fmt: skip


# --- The steps -------------------------------------------------------------------------------------------------------


def states(customer: Customer, upgrade: UpgradeDomain | None = None) -> dict[str, str]:
    held = {"has_subscription": bool(customer.subscription_count), "has_pre_order": bool(customer.next_start)}
    return {step.title: step.state.value for step in steps_of(customer, upgrade, [], {}, **held)}


def test_the_steps_follow_the_cache() -> None:
    customer = newcomer()
    assert states(customer) == {
        "Administrator": "done", "DNS records": "unknown", "Terms of service": "unknown", "Activation": "open",
        "First plan": "open",
    }  # fmt: skip
    upgrade = with_records(customer)
    assert states(customer, upgrade)["DNS records"] == "open"
    upgrade.is_active = True
    assert states(customer, upgrade)["DNS records"] == "done"
    assert states(customer, upgrade)["Activation"] == "open"
    customer = newcomer(enableActiveDomain=True)
    assert is_starting(customer)
    customer = keep_contracts(ID, pre_orders=[pre_order()])
    assert set(states(customer).values()) == {State.DONE}
    assert not is_starting(customer)


def test_a_group_name_has_no_domain_to_verify() -> None:
    customer = newcomer(domainType="GROUP", domain="hibari", administrator=None)
    assert states(customer) == {"Administrator": "unknown", "First plan": "open"}
    customer = keep_contracts(ID, subscriptions=[subscription()])
    assert states(customer)["First plan"] == "done"
    assert not is_starting(customer)


@pytest.mark.parametrize(("locale", "words"), [("ja_JP", "次のDNSレコード"), ("ko_KR", "Please add these DNS records")])
@pytest.mark.usefixtures("japanese")
def test_the_text_to_send_is_in_the_language_of_the_customer(locale: str, words: str) -> None:
    text = dns_text(newcomer(locale=locale), with_records(Customer.objects.get()))
    assert words in text
    for value in ("hibari.example", "TXT", "works-verify=1", "MX", "mx1.worksmobile.com", "10"):
        assert value in text


@pytest.mark.parametrize("name", ["administrator", "account_manager", "support", "finance"])
def test_the_page_of_steps_leads_whoever_may_to_the_forms(people: People, sign_in: SignIn, name: str) -> None:
    customer = newcomer()
    with_records(customer)
    keep_contracts(ID)
    browser = sign_in(getattr(people, name))
    answer = browser.get(f"/customers/{ID}/start/")
    page = answer.content.decode().partition('id="h-start"')[2]
    assert answer.status_code == 200
    assert "works-verify=1" in page
    assert "1 of 5 done" in page
    forms = [f"/customers/{ID}/domain/activate/", f"/customers/{ID}/pre-orders/add/"]
    assert [address in page for address in forms] == [name in ("administrator", "account_manager")] * 2


def test_a_request_under_way_takes_the_place_of_its_form(browser: Client) -> None:
    newcomer()
    keep_contracts(ID)
    order = stored("awaiting_approval", domain_id=ID, kind="addPreOrder")
    page = browser.get(f"/customers/{ID}/start/").content.decode().partition('id="h-start"')[2]
    assert order.get_absolute_url() in page
    assert "pre-orders/add/" not in page


@pytest.mark.parametrize(
    ("arrives", "in_header", "in_steps"),
    [
        ({"subscriptions": [subscription()]}, "Standard", "The customer has a subscription."),
        ({"pre_orders": [pre_order(applyDate=str(TOMORROW))]}, "Starts", "A pre-order starts the first subscription."),
    ],
)
def test_what_is_read_while_the_page_is_made_is_in_the_header_and_in_the_steps(
    arrives: dict[str, Any], in_header: str, in_steps: str, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    newcomer()
    keep_contracts(ID)

    def links_while_something_is_read(customer: Customer, request: Any) -> Any:
        keep_contracts(ID, **arrives)
        newcomer(enableActiveDomain=True)
        return command_links(customer, request)

    monkeypatch.setattr("customers.views.newcomers.command_links", links_while_something_is_read)
    for is_verified in (False, True):
        header, _heading, steps = browser.get(f"/customers/{ID}/start/").content.decode().partition('id="h-start"')
        assert in_header in header.partition('id="strip"')[2]
        assert in_steps in steps
        assert ("Domain not verified" in header) != is_verified
        assert ("Not activated yet." in steps) != is_verified


def test_an_open_page_of_steps_is_shown_anew_as_a_whole(browser: Client) -> None:
    newcomer()
    page = browser.get(f"/customers/{ID}/start/").content.decode()
    [poll] = re.findall(rf'hx-get="(/customers/{ID}/news/[^"]+)"', page)
    newcomer(enableActiveDomain=True)
    shown = browser.get(unescape(poll), headers=SWAP).content.decode()
    assert "This customer was updated in LINE WORKS" in shown
    assert f'<a class="btn" href="/customers/{ID}/start/">Show</a>' in shown


def test_the_overview_of_a_newcomer_leads_to_the_steps(browser: Client) -> None:
    newcomer()
    assert f'href="/customers/{ID}/start/"' in browser.get(f"/customers/{ID}/").content.decode()
    newcomer(enableActiveDomain=True)
    keep_contracts(ID, subscriptions=[subscription()])
    assert f'href="/customers/{ID}/start/"' not in browser.get(f"/customers/{ID}/").content.decode()


def test_the_request_that_added_a_customer_leads_to_the_steps(browser: Client) -> None:
    newcomer()
    given = {name: TYPED[name] for name in ("domain", "company_name", "phone_number", "time_zone", "locale")}
    asked = CustomerCreate.model_validate(given).model_dump(mode="json", by_alias=True, exclude_unset=True)
    added = stored("succeeded", domain_id=ID, kind="createCustomer", request=asked)
    leads = [
        f'href="/customers/{ID}/start/"' in browser.get(order.get_absolute_url()).content.decode()
        for order in (added, stored("succeeded", domain_id=ID))
    ]
    assert leads == [True, False]


@pytest.mark.usefixtures("japanese")
def test_the_pages_speak_japanese(browser: Client) -> None:
    newcomer()
    speak(browser, "ja")
    page = browser.get(f"/customers/{ID}/start/").content.decode()
    for words in ("利用開始までの手順", "DNSレコード", "利用規約", "最初の商品"):
        assert words in page
    form = browser.get(reverse("customers:add")).content.decode()
    for words in ("必須", "パスワードを生成", "利用可否を確認"):
        assert words in form
