"""The sandbox's own page: readable on a phone, by keyboard and by ear, and nothing that its policy refuses."""

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, ViewportSize

from tests.browser.axe import violations
from tests.browser.watching import Watch
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.browser

PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1440, "height": 1000}


@pytest.fixture(scope="module")
def busy_sandbox() -> Iterator[Sandbox]:
    """A sandbox of which there is something to tell in every part of its page."""
    with Sandbox.start(customers=60, business_date="2026-01-15") as sandbox:
        sandbox.move_clock(days=20)
        sandbox.fault("addPreOrder", "cut_after", count=2, probability=0.25)
        sandbox.limits(limit=240, kind="sliding", concurrent=4, rival={"share": 0.5})
        yield sandbox


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_page_reads_well(
    _chromium: Browser,  # noqa: PT019  it is used; the name marks it as one for fixtures, as `visit` is of Partnerdesk
    busy_sandbox: Sandbox,
    size: ViewportSize,
    scheme: Literal["light", "dark"],
) -> None:
    context = _chromium.new_context(viewport=size, color_scheme=scheme)
    watch = Watch(context, busy_sandbox.url)
    page = context.new_page()
    page.goto(busy_sandbox.url)

    found = violations(page)
    width = page.evaluate("document.documentElement.scrollWidth")
    page.get_by_role("link", name="Latest effects").click()
    in_sight = page.get_by_role("heading", name="Latest effects").bounding_box()
    context.close()

    assert found == []
    assert width <= size["width"]
    assert in_sight is not None
    assert 0 <= in_sight["y"] < size["height"]
    assert watch.complaints == []
