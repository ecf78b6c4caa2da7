"""Signing in and out: by e-mail address and password, for people whom an administrator has added."""

import time
from itertools import count

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, get_resolver, reverse
from pytest_django import Settings

from portal.accounts.adapter import AccountAdapter
from portal.accounts.known_browsers import COOKIE
from portal.accounts.models import User
from tests.support.own_redis import OwnRedis

PASSWORD = "correct-horse-battery-staple"
SIGN_IN = "/account/sign-in/"
_networks = count(1)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Settings) -> None:
    """A test need not make guessing costly."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def person(_quick_passwords: None) -> User:
    return User.objects.create_user("Sato@Partner.example", PASSWORD, name="佐藤 美咲")


@pytest.fixture
def browser() -> Client:
    """A browser at an address of its own: attempts are counted by address, over all tests."""
    number = next(_networks)
    return Client(REMOTE_ADDR=f"10.7.{number // 250}.{number % 250 + 1}")


def sign_in(browser: Client, login: str = "sato@partner.example", password: str = PASSWORD, to: str = SIGN_IN) -> str:
    """Try to sign in; answer where it leads, or the page that says why not."""
    answer = browser.post(to, {"login": login, "password": password})
    return answer["Location"] if answer.status_code == 302 else answer.content.decode()


@pytest.mark.parametrize("login", ["sato@partner.example", "SATO@PARTNER.EXAMPLE", " Sato@partner.example "])
def test_an_e_mail_address_and_a_password_open_the_door(person: User, browser: Client, login: str) -> None:
    assert sign_in(browser, login) == "/"
    assert browser.session[SESSION_KEY] == str(person.pk)


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("sato@partner.example", "wrong"),
        ("nobody@partner.example", PASSWORD),
        ("sato@partner.example", PASSWORD.upper()),
    ],
)
def test_a_wrong_pair_says_so_and_not_which_half_is_wrong(
    person: User, browser: Client, login: str, password: str
) -> None:
    page = sign_in(browser, login, password)
    assert "The email address and/or password you specified are not correct." in page
    assert "Sign-in failed" in page
    assert SESSION_KEY not in browser.session
    assert password not in page


def test_somebody_who_may_no_longer_sign_in_does_not(person: User, browser: Client) -> None:
    User.objects.update(is_active=False)
    assert sign_in(browser) == SIGN_IN
    assert SESSION_KEY not in browser.session
    assert "This account is deactivated. Ask your administrator." in browser.get(SIGN_IN).content.decode()


TOO_MANY = "Too many wrong passwords. You weren’t signed in."


def fail(browser: Client, login: str = "sato@partner.example", *, times: int = 6) -> str:
    """Try wrong passwords; return the last page."""
    return [sign_in(browser, login, "wrong") for _attempt in range(times)][-1]


def test_after_a_few_failures_even_the_right_password_has_to_wait(person: User, browser: Client) -> None:
    fail(browser, times=5)
    page = sign_in(browser)
    assert TOO_MANY in page
    assert "Wait five minutes" in page
    assert SESSION_KEY not in browser.session


def test_too_many_failures_are_told_in_japanese_too(person: User, browser: Client) -> None:
    browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "ja"
    assert "5分後にもう一度お試しください" in fail(browser)


def test_nobody_locks_a_colleague_out_from_another_address(person: User, browser: Client) -> None:
    elsewhere = Client(REMOTE_ADDR="203.0.113.9")
    assert TOO_MANY in fail(elsewhere)
    assert sign_in(browser) == "/"


def test_nobody_locks_a_colleague_out_of_a_browser_in_which_they_have_signed_in(person: User, browser: Client) -> None:
    colleague = Client(REMOTE_ADDR=browser.defaults["REMOTE_ADDR"])
    sign_in(browser)
    browser.post("/account/sign-out/")

    assert TOO_MANY in fail(colleague)
    assert TOO_MANY in sign_in(Client(REMOTE_ADDR=browser.defaults["REMOTE_ADDR"]))
    assert sign_in(browser) == "/"


def test_a_known_browser_may_not_try_for_ever_nor_for_somebody_else(person: User, browser: Client) -> None:
    other = User.objects.create_user("ito@partner.example", PASSWORD, name="伊藤 翔")
    sign_in(browser)
    browser.post("/account/sign-out/")
    assert TOO_MANY in fail(browser, other.email)
    assert TOO_MANY in fail(Client(REMOTE_ADDR=browser.defaults["REMOTE_ADDR"]), other.email)
    assert TOO_MANY in fail(browser)


def test_a_made_up_cookie_makes_no_browser_known(person: User, browser: Client) -> None:
    fail(browser)
    browser.cookies[COOKIE] = "eyJuYW1lIjoieCJ9:1:made-up"
    assert TOO_MANY in sign_in(browser)


def test_many_people_of_an_office_sign_in_within_a_minute(person: User, browser: Client) -> None:
    for _colleague in range(40):
        assert sign_in(Client(REMOTE_ADDR=browser.defaults["REMOTE_ADDR"])) == "/"


def test_one_address_may_not_try_all_accounts(person: User, browser: Client) -> None:
    for number in range(100):
        assert TOO_MANY not in sign_in(browser, f"somebody-{number}@partner.example", "wrong")
    assert TOO_MANY in sign_in(browser, "somebody@partner.example", "wrong")


@pytest.mark.django_db(transaction=True)
def test_people_sign_in_while_redis_is_frozen(
    person: User, browser: Client, own_redis: OwnRedis, settings: Settings
) -> None:
    assert not [cache for cache in settings.CACHES.values() if "redis" in cache["BACKEND"]], (
        "another than the frozen one"
    )
    with own_redis.frozen():
        began = time.monotonic()
        assert "not correct" in sign_in(browser, password="wrong")
        assert sign_in(browser) == "/"
        assert browser.get("/customers/").status_code in (200, 403)
        assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Wait a minute, then try again."), ("ja", "1分待ってから、もう一度お試しください。")]
)
def test_too_many_attempts_have_a_page_with_words(person: User, browser: Client, language: str, words: str) -> None:
    sign_in(browser)
    browser.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    wish = {"oldpassword": "wrong", "password1": "another-long-password", "password2": "another-long-password"}
    answers = [browser.post("/account/password/", wish) for _attempt in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert words in answers[-1].content.decode()
    assert answers[-1].headers["Retry-After"] == "60"
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/customers/?q=%E3%81%B2", "/customers/?q=%E3%81%B2"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("https:elsewhere.example", "/"),
        ("/\\elsewhere.example", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_sign_in_leads_back_to_a_page_of_ours_alone(person: User, browser: Client, wanted: str, reached: str) -> None:
    assert browser.post(SIGN_IN, {"login": person.email, "password": PASSWORD, "next": wanted})["Location"] == reached


@pytest.mark.parametrize("switch", [("/language/", {"language": "ja"}), ("/theme/", {"theme": "dark"})])
@pytest.mark.parametrize("wanted", ["https://elsewhere.example/", "//elsewhere.example/x", "/\\elsewhere.example"])
def test_switches_lead_back_to_a_page_of_ours_alone(
    browser: Client, switch: tuple[str, dict[str, str]], wanted: str
) -> None:
    to, values = switch
    assert browser.post(to, values | {"next": wanted})["Location"] == "/"
    assert browser.post(to, values | {"next": "/sync/"})["Location"] == "/sync/"


def test_signing_out_takes_a_press_and_ends_the_session(person: User, browser: Client) -> None:
    sign_in(browser)
    assert browser.get("/account/sign-out/").status_code == 200
    assert SESSION_KEY in browser.session
    assert browser.post("/account/sign-out/")["Location"] == SIGN_IN
    assert SESSION_KEY not in browser.session
    assert browser.get("/customers/")["Location"].startswith(SIGN_IN)


def test_signing_in_begins_a_session_of_another_name(person: User, browser: Client) -> None:
    browser.get(SIGN_IN)
    session = browser.session
    session["planted"] = "by somebody else"
    session.save()
    old = session.session_key
    sign_in(browser)
    assert browser.session.session_key != old


def test_nobody_signs_up(rf: RequestFactory, browser: Client) -> None:
    assert not AccountAdapter().is_open_for_signup(rf.get("/"))
    offered = {name for name in get_resolver().reverse_dict if isinstance(name, str) and name.startswith("account")}
    assert offered == {"account_login", "account_logout", "account_change_password", "account_mails"}
    with pytest.raises(NoReverseMatch):
        reverse("account_signup")
    for path in ("/account/signup/", "/account/sign-up/", "/accounts/signup/", "/account/email/"):
        assert browser.get(path).status_code in (302, 404)
    assert "sign up" not in browser.get(SIGN_IN).content.decode().lower()


def test_a_new_password_takes_the_old_one(person: User, browser: Client) -> None:
    sign_in(browser)
    page = "/account/password/"
    wish = {"oldpassword": "wrong", "password1": "another-long-password", "password2": "another-long-password"}
    assert browser.post(page, wish).status_code == 200
    person.refresh_from_db()
    assert person.check_password(PASSWORD)
    assert browser.post(page, wish | {"oldpassword": PASSWORD}).status_code == 302
    person.refresh_from_db()
    assert person.check_password("another-long-password")


@pytest.mark.parametrize("weak", ["short", "password12345", "sato@partner.example"])
def test_a_weak_password_is_refused(person: User, browser: Client, weak: str) -> None:
    sign_in(browser)
    answer = browser.post("/account/password/", {"oldpassword": PASSWORD, "password1": weak, "password2": weak})
    assert answer.status_code == 200
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


def test_attempts_are_counted_by_the_address_that_the_proxy_saw(settings: Settings, rf: RequestFactory) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    request = rf.get("/", REMOTE_ADDR="127.0.0.1", headers={"X-Forwarded-For": "6.6.6.6, 203.0.113.9"})
    assert AccountAdapter(request).get_client_ip(request) == "203.0.113.9"


def test_what_makes_a_browser_known_is_out_of_reach_of_scripts_and_other_sites(person: User, browser: Client) -> None:
    sign_in(browser)
    cookie = browser.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/account/sign-in/")
