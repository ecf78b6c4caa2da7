"""A portal for which a person signs in at LINE WORKS, and what it keeps."""

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from django.test import Client
from pytest_django import Settings

from portal.vendor.client import Token
from portal.vendor.connection import api
from portal.vendor.connection.grants import KeptTokens
from portal.vendor.connection.models import Grant
from tests.support.sandbox import Sandbox

PAGE = "/settings/connection/"
CALLBACK = f"{PAGE}callback/"

SignInAtVendor = Callable[..., Token]


@pytest.fixture
def person_signs_in(db: None, vendor_settings: None, settings: Settings, sandbox: Sandbox) -> None:
    """The settings name no service account, so somebody has to sign in."""
    settings.PARTNER_SERVICE_ACCOUNT = settings.PARTNER_PRIVATE_KEY = ""
    settings.PARTNER_REDIRECT_URI = sandbox.redirect_uri
    api._account.cache_clear()
    api._tokens.cache_clear()


@pytest.fixture
def connect(person_signs_in: None, sandbox: Sandbox) -> Callable[..., None]:
    """Walks with a browser from the page to LINE WORKS and back; `decision` is "allow" or "refuse"."""

    def walk(browser: Client, decision: str = "allow", **changes: str) -> None:
        back = sandbox.consent(link(browser), decision) | changes
        answer = browser.get(f"{CALLBACK}?{urlencode(back)}")
        assert (answer.status_code, answer["Location"]) == (302, PAGE)

    return walk


def link(browser: Client) -> str:
    """Return where the page's link leads."""
    return str(browser.get(PAGE).context["connect_address"])


def grant() -> Grant:
    """Return the row of the account that the settings name."""
    return Grant.objects.get(account=api.tokens().account)


def kept() -> Token:
    """Return the token as another process would read it."""
    token = KeptTokens(api.tokens().account).load()
    assert token is not None
    return token
