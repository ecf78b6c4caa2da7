"""
A signed cookie that recognises browsers in which a person has signed in before.

Wrong passwords are counted by account and address. Without this, somebody in the same office could lock a colleague out
by trying wrong ones; a browser that has signed in before is counted by itself.
"""

import secrets
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import salted_hmac

COOKIE = "known_browser"
_SALT = "portal.accounts.known_browsers"
_KEPT_FOR = timedelta(days=365)
# Of a browser that several people share, the latest of them.
_MOST_PEOPLE = 10


def known_browser(request: HttpRequest, login: str) -> str:
    """Return the name of the browser if this login has been used in it before, else an empty string."""
    name, people = _read(request)
    earlier = [_digest(login, key) for key in settings.SECRET_KEY_FALLBACKS]
    return name if {_digest(login), *earlier} & set(people) else ""


def remember(request: HttpRequest, response: HttpResponse, login: str) -> None:
    """Have the browser known from now on, by a signed cookie that only the sign-in pages get."""
    name, people = _read(request)
    others = [person for person in people if person != _digest(login)]
    value = {"name": name or secrets.token_hex(16), "people": [_digest(login), *others][:_MOST_PEOPLE]}
    response.set_cookie(
        COOKIE,
        signing.dumps(value, salt=_SALT),
        max_age=_KEPT_FOR,
        path=reverse("account_login"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def _read(request: HttpRequest) -> tuple[str, list[str]]:
    try:
        value = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=_KEPT_FOR)
    except signing.BadSignature:
        return "", []
    return value["name"], value["people"]


def _digest(login: str, key: str | None = None) -> str:
    return salted_hmac(_SALT, login.strip().lower(), secret=key, algorithm="sha256").hexdigest()[:32]
