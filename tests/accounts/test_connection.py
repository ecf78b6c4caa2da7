"""Settings → Connection: a person's sign-in from the page to LINE WORKS and back, its end, and a try."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from pytest_django import Settings

from portal.core.clock import now
from portal.vendor.client import Token
from portal.vendor.connection import api, services, tasks
from portal.vendor.connection.models import Grant
from portal.vendor.connection.services import Standing
from portal.vendor.ratelimit import Priority
from tests.accounts.conftest import CALLBACK, PAGE, grant, kept, link
from tests.support.portal import PAID_ADVANCED, People, SignIn
from tests.support.sandbox import Sandbox
from tests.support.waiting import wait_for
from tests.support.worker import Worker, queued

DISCONNECT, TRY = f"{PAGE}disconnect/", f"{PAGE}try/"
SWAP = {"HX-Request": "true"}

Connect = Callable[..., None]


@pytest.fixture
def browser(people: People, sign_in: SignIn) -> Client:
    """An administrator's."""
    return sign_in(people.administrator)


def page(browser: Client) -> str:
    answer = browser.get(PAGE)
    assert answer.status_code == 200
    return answer.content.decode()


def standing() -> Standing:
    return services.connection().standing


def age(**changes: Any) -> None:
    """Change the row as time would; and let this process look at it anew."""
    Grant.objects.update(**changes)
    api.tokens()._remembered = None


def secrets_of(token: Token) -> list[str]:
    refresh = token.refresh_token.get_secret_value() if token.refresh_token else ""
    return [token.access_token.get_secret_value(), refresh]


def test_without_settings_the_page_says_which(db: None, browser: Client, settings: Settings) -> None:
    settings.PARTNER_CLIENT_ID = settings.PARTNER_CLIENT_SECRET = settings.PARTNER_SERVICE_ACCOUNT = ""
    api._account.cache_clear()
    assert "PARTNER_CLIENT_ID PARTNER_CLIENT_SECRET" in page(browser)
    told = "Set PARTNER_CLIENT_ID, PARTNER_CLIENT_SECRET to connect to LINE WORKS"
    assert told not in page(browser)
    assert browser.post(TRY).status_code == 302
    assert told in page(browser)
    assert not Grant.objects.exists()


def test_a_service_account_is_shown_and_needs_nobody(browser: Client, vendor_settings: None, sandbox: Sandbox) -> None:
    api.tokens()._remembered = None
    assert standing() is Standing.UNUSED
    assert "none yet" in page(browser)
    api.partner_api(Priority.PEOPLE).customers.get_customer(PAID_ADVANCED)
    shown = page(browser)
    assert standing() is Standing.HELD
    assert sandbox.service_account in shown
    assert "read and write" in shown
    assert "last renewed" in shown
    for absent in ('id="connect"', 'id="disconnect"', "/authorize?"):
        assert absent not in shown
    assert browser.get(DISCONNECT)["Location"] == PAGE
    assert browser.post(DISCONNECT)["Location"] == PAGE
    assert grant().sealed_access


def test_from_the_page_to_the_vendor_and_back(
    browser: Client, connect: Connect, people: People, sandbox: Sandbox
) -> None:
    assert standing() is Standing.NEVER
    assert "Partnerdesk hasn’t been connected yet" in page(browser)
    connect(browser)
    shown = page(browser)
    assert standing() is Standing.HELD
    assert "Partnerdesk is connected." in shown
    assert people.administrator.name in shown
    assert "read and write" in shown
    assert "89 days left" in shown
    assert api.partner_api(Priority.PEOPLE).customers.get_customer(PAID_ADVANCED).domain_id == PAID_ADVANCED
    for secret in (*secrets_of(kept()), sandbox.client_secret):
        assert secret not in shown


def test_the_link_is_a_plain_one_of_this_browser_alone(
    person_signs_in: None, browser: Client, people: People, sign_in: SignIn, sandbox: Sandbox
) -> None:
    address = urlsplit(link(browser))
    asked = parse_qs(address.query)
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{sandbox.auth_url}/authorize"
    assert asked["redirect_uri"] == [sandbox.redirect_uri]
    assert asked["scope"] == ["partner"]
    assert sandbox.client_secret not in link(browser)
    assert link(browser) == address.geturl(), "pages side by side share one sign-in"
    assert link(sign_in(people.administrator)) != address.geturl()


def test_without_a_setting_the_portals_own_address_is_come_back_to(
    person_signs_in: None, browser: Client, settings: Settings
) -> None:
    settings.PARTNER_REDIRECT_URI = ""
    settings.ALLOWED_HOSTS = ["desk.example.com"]
    shown = browser.get(PAGE, headers={"host": "desk.example.com"})
    asked = parse_qs(urlsplit(shown.context["connect_address"]).query)
    assert asked["redirect_uri"] == [f"http://desk.example.com{CALLBACK}"]
    assert f"http://desk.example.com{CALLBACK}" in shown.content.decode()


def test_a_person_may_refuse_at_the_vendor(browser: Client, connect: Connect) -> None:
    connect(browser, "refuse")
    assert "The authorization was declined in LINE WORKS" in page(browser)
    assert "The authorization was declined in LINE WORKS" not in page(browser), "it is said once"
    assert standing() is Standing.NEVER


@pytest.mark.parametrize("state", ["", "made-up"])
def test_an_answer_with_another_state_changes_nothing(
    browser: Client, connect: Connect, sandbox: Sandbox, state: str
) -> None:
    sandbox.reset_calls()
    connect(browser, state=state)
    assert "This sign-in wasn’t started in this browser" in page(browser)
    assert sandbox.calls()["token"] == 0
    assert not Grant.objects.exists()


def test_an_answer_serves_once_and_in_its_browser_alone(
    browser: Client, person_signs_in: None, people: People, sign_in: SignIn, sandbox: Sandbox
) -> None:
    back = sandbox.consent(link(browser))
    strange = sign_in(people.administrator)
    strange.get(f"{CALLBACK}?{urlencode(back)}")
    assert "This sign-in wasn’t started in this browser" in page(strange)
    browser.get(f"{CALLBACK}?{urlencode(back)}")
    assert standing() is Standing.HELD
    first = secrets_of(kept())
    browser.get(f"{CALLBACK}?{urlencode(back)}")
    assert "This sign-in wasn’t started in this browser" in page(browser)
    assert secrets_of(kept()) == first


def test_a_sign_in_that_took_too_long_begins_again(
    browser: Client, person_signs_in: None, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = sandbox.consent(link(browser))
    later = now().timestamp() + 3601
    monkeypatch.setattr("portal.vendor.connection.views.time.time", lambda: later)
    browser.get(f"{CALLBACK}?{urlencode(back)}")
    assert "This sign-in wasn’t started in this browser" in page(browser)
    assert standing() is Standing.NEVER


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("error_503", "LINE WORKS gave no clear answer"),
        ("html", "LINE WORKS gave no clear answer"),
        ("cut_after", "LINE WORKS gave no clear answer"),
        ("error_400", "LINE WORKS declined the request because a value"),
        ("too_many", "LINE WORKS couldn’t be reached"),
    ],
)
def test_a_failed_exchange_is_told_in_plain_words(
    browser: Client, connect: Connect, sandbox: Sandbox, fault: str, words: str
) -> None:
    sandbox.fault("token", fault)
    connect(browser)
    assert words in page(browser)
    assert standing() is Standing.NEVER
    connect(browser)
    assert standing() is Standing.HELD


def test_a_failed_sign_in_leaves_the_grant_before_it(browser: Client, connect: Connect) -> None:
    connect(browser)
    first = secrets_of(kept())
    connect(browser, "refuse")
    assert secrets_of(kept()) == first
    assert standing() is Standing.HELD


def test_what_was_granted_is_shown_beside_what_was_asked_for(
    browser: Client, connect: Connect, settings: Settings
) -> None:
    settings.PARTNER_SCOPE = "partner.read"
    api._account.cache_clear()
    connect(browser)
    settings.PARTNER_SCOPE = "partner"
    api._account.cache_clear()
    shown = page(browser)
    assert "read only" in shown
    assert "requested:" in shown


@pytest.mark.parametrize(("days", "warned"), [(0, False), (75, False), (77, True), (89, True)])
def test_the_end_of_the_ninety_days_is_announced(browser: Client, connect: Connect, days: int, warned: bool) -> None:
    connect(browser)
    age(refresh_issued_at=now() - timedelta(days=days, minutes=1))
    assert (f"The authorization ends in {89 - days} day" in page(browser)) is warned
    assert page(browser).count('id="connect"') == 1


def test_after_ninety_days_it_has_ended(browser: Client, connect: Connect) -> None:
    connect(browser)
    age(refresh_issued_at=now() - timedelta(days=90, minutes=1))
    assert standing() is Standing.ENDED
    assert "LINE WORKS has ended the authorization" in page(browser)


def test_a_grant_that_the_vendor_ended_is_shown_and_can_be_had_anew(
    browser: Client, connect: Connect, sandbox: Sandbox
) -> None:
    connect(browser)
    sandbox.revoke_tokens()
    services.try_it()
    assert standing() is Standing.ENDED
    assert "a person must sign in to LINE WORKS again" in page(browser)
    connect(browser)
    assert standing() is Standing.HELD


def test_after_the_secret_key_has_changed_the_page_says_to_sign_in_again(
    browser: Client, connect: Connect, settings: Settings, people: People, sign_in: SignIn
) -> None:
    connect(browser)
    settings.SECRET_KEY = "another-key-made-up-for-this-test-0123456789-0123456789"
    api.tokens()._remembered = None
    browser = sign_in(people.administrator)  # the key signs sessions too
    assert standing() is Standing.UNREADABLE
    assert "SECRET_KEY has changed" in page(browser)
    connect(browser)
    assert standing() is Standing.HELD


def test_a_service_account_gets_over_a_changed_secret_key_by_itself(
    db: None, vendor_settings: None, settings: Settings
) -> None:
    api.tokens()._remembered = None
    api.partner_api(Priority.PEOPLE).customers.get_customer(PAID_ADVANCED)
    settings.SECRET_KEY = "another-key-made-up-for-this-test-0123456789-0123456789"
    api.tokens()._remembered = None
    assert standing() is Standing.UNUSED
    api.partner_api(Priority.PEOPLE).customers.get_customer(PAID_ADVANCED)
    assert standing() is Standing.HELD


def test_disconnecting_is_asked_first_and_ends_the_grant_at_the_vendor(
    browser: Client, connect: Connect, sandbox: Sandbox
) -> None:
    connect(browser)
    token = kept()
    asked = browser.get(DISCONNECT)
    assert asked.status_code == 200
    assert "Disconnect Partnerdesk from LINE WORKS?" in asked.content.decode()
    assert standing() is Standing.HELD

    assert browser.post(DISCONNECT)["Location"] == PAGE

    assert "LINE WORKS has ended the authorization" in page(browser)
    assert standing() is Standing.NEVER
    assert not Grant.objects.exists()
    api.tokens().save(token)  # as somebody might who has kept a copy
    services.try_it()
    assert "must sign in" in grant().try_problem
    assert sandbox.calls()["revoke"] == 1


def test_a_vendor_that_cannot_be_told_is_said_to_be_unsure(
    browser: Client, connect: Connect, settings: Settings
) -> None:
    connect(browser)
    settings.PARTNER_CLIENT_SECRET = "wrong"
    api._account.cache_clear()
    browser.post(DISCONNECT)
    assert "may not have ended it: LINE WORKS doesn’t accept the sign-in" in page(browser)
    assert not Grant.objects.exists()


def test_a_grant_that_cannot_be_read_is_forgotten_and_that_is_said(
    browser: Client, connect: Connect, sandbox: Sandbox
) -> None:
    connect(browser)
    age(sealed_access=b"altered")
    browser.post(DISCONNECT)
    assert "couldn’t read" in page(browser)
    assert not Grant.objects.exists()
    assert sandbox.calls()["revoke"] == 0


def test_before_anybody_has_connected_there_is_nothing_to_end(
    browser: Client, person_signs_in: None, sandbox: Sandbox
) -> None:
    assert browser.get(DISCONNECT)["Location"] == PAGE
    assert browser.post(DISCONNECT)["Location"] == PAGE
    assert sandbox.calls()["revoke"] == 0


def test_a_try_runs_in_the_background_and_the_page_follows_it(
    no_worker: Worker, browser: Client, sandbox: Sandbox
) -> None:
    assert "Not tested yet" in page(browser)
    assert browser.post(TRY)["Location"] == PAGE
    assert queued() == 1
    assert sandbox.calls()["listCustomers"] == 0
    live = browser.get(PAGE, headers=SWAP).content.decode()
    assert "Testing" in live
    assert "every 2s" in live
    assert "<html" not in live

    no_worker.start()
    wait_for(lambda: not grant().is_being_tried, "the try has an outcome")

    live = browser.get(PAGE, headers=SWAP).content.decode()
    assert "LINE WORKS returned customers" in live
    assert "every" not in live
    assert sandbox.calls()["listCustomers"] == 1


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("error_503", "no clear answer came: 503"),
        ("error_400", "refused: 400 BAD_REQUEST"),
        ("too_many", "too many calls (429)"),
    ],
)
def test_a_try_that_fails_says_so_in_the_vendors_words(
    browser: Client, vendor_settings: None, sandbox: Sandbox, fault: str, words: str
) -> None:
    sandbox.fault("listCustomers", fault)
    tasks.try_connection()
    shown = page(browser)
    assert "Test failed" in shown
    assert words in shown
    tasks.try_connection()
    assert "LINE WORKS returned customers" in page(browser)


def test_a_try_before_anybody_has_connected_offers_no_end(browser: Client, person_signs_in: None) -> None:
    tasks.try_connection()
    shown = page(browser)
    assert "must sign in" in shown
    assert 'id="disconnect"' not in shown
    assert standing() is Standing.NEVER


def test_pages_that_lead_to_the_vendor_are_kept_by_no_cache(browser: Client, person_signs_in: None) -> None:
    for path in (PAGE, CALLBACK, DISCONNECT):
        assert "no-store" in browser.get(path)["Cache-Control"]


def test_the_navigation_leads_administrators_here_and_nobody_else(people: People, sign_in: SignIn) -> None:
    for role, person in vars(people).items():
        browser, is_administrator = sign_in(person), role == "administrator"
        assert ('href="/requests/policy/"' in browser.get("/customers/").content.decode()) is is_administrator
        assert (f'href="{PAGE}"' in browser.get("/requests/policy/").content.decode()) is is_administrator


def test_no_secret_of_a_sign_in_is_written_down(
    browser: Client, connect: Connect, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    sandbox.oauth(rotation=True)
    address = link(browser)
    back = sandbox.consent(address)
    browser.get(f"{CALLBACK}?{urlencode(back)}")
    secrets = secrets_of(kept())
    sandbox.expire_tokens()
    services.try_it()
    secrets += secrets_of(kept())
    shown = page(browser)
    rows = "\n".join(str(row) for row in (*Grant.objects.values(), *Session.objects.values("session_key")))
    ours = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("django.request"))
    for text in (shown, rows, ours):
        assert [secret for secret in (*secrets, back["code"], sandbox.client_secret) if secret in text] == []
    assert re.search(r'href="[^"]*/authorize\?', shown)
