"""A new SECRET_KEY, with the one before it as a fallback, costs nobody a session, a grant or a request."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import Settings

from portal.accounts.known_browsers import COOKIE, known_browser
from portal.operations.models import Operation
from portal.operations.request_secrets import request_with_secrets, seal_secrets
from portal.vendor.client import Secret, Token
from portal.vendor.connection.grants import KeptTokens
from portal.vendor.connection.models import Grant
from tests.support.portal import People, SignIn

NEW_KEY = "a-new-key-made-up-for-this-test-0123456789-0123456789"
PASSWORD = "Cedar-Lantern-47"
SECRET = {"administrator.password": PASSWORD}
Rotate = Callable[[], Callable[[], None]]


@pytest.fixture
def rotate(settings: Settings) -> Rotate:
    """Replaces the key; what it returns ends the time of the earlier one."""

    def replace() -> Callable[[], None]:
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = NEW_KEY
        return lambda: setattr(settings, "SECRET_KEY_FALLBACKS", [])

    return replace


def test_a_grant_opens_and_is_sealed_with_the_new_key_from_then_on(db: None, rotate: Rotate) -> None:
    token = Token(Secret("planted"), datetime.now(UTC) + timedelta(hours=1), "partner", None, None)
    KeptTokens("kept").save(token)
    KeptTokens("renewed").save(token)
    end = rotate()
    assert KeptTokens("kept").load() == token
    KeptTokens("renewed").save(token)
    end()
    assert KeptTokens("renewed").load() == token
    assert KeptTokens("kept").load() is None
    assert Grant.objects.filter(account="kept").exists()


def test_the_secrets_of_an_operation_open(rotate: Rotate) -> None:
    request = {"administrator": {"password": "***"}}
    operation = Operation(request=request, encrypted_secrets=seal_secrets(SECRET))
    end = rotate()
    assert request_with_secrets(operation) == {"administrator": {"password": PASSWORD}}
    operation = Operation(request=request, encrypted_secrets=seal_secrets(SECRET))
    end()
    assert request_with_secrets(operation) == {"administrator": {"password": PASSWORD}}


def test_a_person_stays_signed_in_and_moves_to_the_new_key(people: People, sign_in: SignIn, rotate: Rotate) -> None:
    seen, missed = sign_in(people.support), sign_in(people.finance)
    end = rotate()
    assert seen.get("/customers/").status_code == 200
    end()
    assert seen.get("/customers/").status_code == 200
    assert missed.get("/customers/").status_code == 302


def test_a_browser_stays_known(people: People, client: Client, rotate: Rotate) -> None:
    person = people.support
    person.password = make_password(PASSWORD)
    person.save()
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    request = RequestFactory().get("/")
    request.COOKIES[COOKIE] = client.cookies[COOKIE].value
    assert known_browser(request, person.email)
    end = rotate()
    assert known_browser(request, person.email)
    assert not known_browser(request, people.finance.email)
    end()
    assert not known_browser(request, person.email)
