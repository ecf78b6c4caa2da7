"""Japanese for tests: the catalogues compiled, and a browser that asks for it."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import translation
from django.utils.translation import trans_real

from portal.dev.server.messages import catalogues, compile_all


@pytest.fixture(scope="session")
def japanese() -> None:
    """The translations as `make run` would compile them."""
    compile_all(catalogues())
    # Whoever asked for Japanese before found nothing, and Django remembers that.
    trans_real._translations = {}  # type: ignore[attr-defined]  # Django's own memory


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """English at the start of each test: a page that was asked for leaves its language behind in the thread."""
    with translation.override("en"):
        yield


def speak(browser: Client, language: str) -> Client:
    """Have a browser ask for a language, as the switch in the top bar does."""
    browser.cookies["django_language"] = language
    return browser
