"""Starts Chromium, and does in it what everybody does first."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from portal.dev.server import chromium
from tests.browser.people import PASSWORD, Person

# No graphics card is needed, and nothing is to leave this machine.
_FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def launched() -> Iterator[Browser]:
    """
    Start the machine's Chromium, that in CHROMIUM first, and end it afterwards.

    Raises:
        RuntimeError: there is none.
    """
    program = chromium.find(os.environ)
    if program is None:
        raise RuntimeError("There is no Chromium: install one, or name its program in CHROMIUM.")
    # Chromium refuses its sandbox to root.
    flags = [*_FLAGS, *(("--no-sandbox",) if os.geteuid() == 0 else ())]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        yield browser
        browser.close()


def sign_in(page: Page, person: Person) -> None:
    """Fill in the sign-in page, wherever it came from."""
    page.locator("input[type=email]").fill(person.email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("main form button").click()
    page.locator("summary.pd-user").wait_for()
