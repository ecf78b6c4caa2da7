"""
A stage and a Chromium for the tests of this folder, and pages of people who are signed in.

Both live as long as the folder's tests run and no longer: Playwright keeps an event loop in this thread, which
Django would mistake for code that must not touch the database.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, Page, StorageState, ViewportSize, expect

from portal.dev.server import assets
from tests.browser.driver import launched, sign_in
from tests.browser.people import Person
from tests.browser.stage import Stage, staged
from tests.browser.watching import Watch
from tests.support.sandbox import Sandbox

TODAY = "2026-01-15"
CUSTOMERS = 60  # more than a page of 50 holds
PATIENCE_MS = 60_000  # costs time only when something is wrong, or the machine very busy
WIDE: ViewportSize = {"width": 1440, "height": 1000}


class Visit(Protocol):
    """Opens a browser of its own for somebody, who is signed in unless it is nobody."""

    def __call__(self, person: Person | None = None, **options: Any) -> Page: ...


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep these tests together, after all others: between two of them the stage would be closed and opened."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="package")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A portal in which every customer has been read."""
    assert (assets.VENDOR / ".built").exists(), "pages lack what they load: run `make install` first"
    servers = {"database_url": os.environ["DATABASE_URL"], "redis_url": os.environ["REDIS_URL"]}
    folder = tmp_path_factory.mktemp("stage")
    with staged(**servers, folder=folder, customers=CUSTOMERS, business_date=TODAY) as stage:
        yield stage


@pytest.fixture(scope="package")
def _chromium() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with launched() as browser:
        yield browser


@pytest.fixture(scope="package")
def _signed_in() -> dict[Person, StorageState]:
    """What the browsers of people who signed in once hold."""
    return {}


@pytest.fixture
def visit(stage: Stage, _chromium: Browser, _signed_in: dict[Person, StorageState]) -> Iterator[Visit]:
    """Opens browsers; at the end none of them may have complained, or spoken with anybody but Partnerdesk."""
    watches: list[Watch] = []
    with ExitStack() as at_the_end:

        def open_page(state: StorageState | None, options: dict[str, Any]) -> Page:
            common: dict[str, Any] = {"base_url": stage.url, "viewport": WIDE, "locale": "en-GB"}
            context = _chromium.new_context(**(common | options), storage_state=state)
            at_the_end.callback(context.close)
            context.set_default_timeout(PATIENCE_MS)
            watches.append(Watch(context, stage.url))
            return context.new_page()

        def visit(person: Person | None = None, **options: Any) -> Page:
            if person and person not in _signed_in:
                page = open_page(None, {})
                page.goto("/account/sign-in/")
                sign_in(page, person)
                _signed_in[person] = page.context.storage_state()
            return open_page(_signed_in[person] if person else None, options)

        yield visit
    assert [complaint for watch in watches for complaint in watch.complaints] == []


@pytest.fixture
def sandbox(stage: Stage) -> Iterator[Sandbox]:
    """The stage's vendor; faults that a test orders end with it. What it holds, other tests see too."""
    yield stage.sandbox
    stage.sandbox.clear_faults()
