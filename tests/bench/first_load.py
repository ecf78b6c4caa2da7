"""
The bytes that a browser with an empty cache loads for the customers' page, as Chromium itself counts them.

They are counted on the wire: compressed bodies with their headers.
"""

import os
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

from tests.bench import book, ground, people
from tests.bench.figures import Figure, kilobytes
from tests.bench.ground import Ground

MOST_BYTES = 300 * 1024


class Traffic:
    """What a page of Chromium loads."""

    def __init__(self) -> None:
        self.addresses: dict[str, str] = {}
        self.sizes: dict[str, float] = {}
        self.failed: list[str] = []

    def requested(self, event: dict[str, Any]) -> None:
        """Note where something is asked for; data: addresses load nothing."""
        if not event["request"]["url"].startswith("data:"):
            self.addresses[event["requestId"]] = event["request"]["url"]

    def finished(self, event: dict[str, Any]) -> None:
        """Note what it weighed."""
        if event["requestId"] in self.addresses:
            self.sizes[event["requestId"]] = event["encodedDataLength"]

    def fell(self, event: dict[str, Any]) -> None:
        """Note what did not come."""
        self.failed.append(f"{self.addresses.get(event['requestId'], '?')}: {event['errorText']}")

    def foreign(self, own: str) -> list[str]:
        """Name the hosts other than ours."""
        return sorted({urlsplit(address).netloc for address in self.addresses.values()} - {own})


def measure(_ground: Ground) -> list[Figure]:
    """Measure it."""
    book.fill()
    with ground.web() as address:
        traffic = load(f"{address}/customers/", people.session_cookie())
    foreign = traffic.foreign(urlsplit(address).netloc)
    total = round(sum(traffic.sizes.values()))
    return [
        Figure(
            "First load of the customers' page, empty cache, on the wire",
            f"≤ {kilobytes(MOST_BYTES)}",
            f"{kilobytes(total)} in {len(traffic.sizes)} requests",
            total <= MOST_BYTES,
        ),
        Figure("Other hosts that it asks", "none", ", ".join(foreign) or "none", not foreign),
    ]


def load(address: str, cookies: dict[str, str]) -> Traffic:
    """
    Open a page and wait until nothing more comes.

    Raises:
        RuntimeError: something did not load, so the count would be too small.
    """
    traffic = Traffic()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM") or None)
        page = chromium.new_page()
        page.context.add_cookies([{"name": name, "value": value, "url": address} for name, value in cookies.items()])
        wire = page.context.new_cdp_session(page)
        wire.on("Network.requestWillBeSent", traffic.requested)
        wire.on("Network.loadingFinished", traffic.finished)
        wire.on("Network.loadingFailed", traffic.fell)
        wire.send("Network.enable")
        answer = page.goto(address, wait_until="networkidle")
        shown = page.locator("#row-1").count()
        chromium.close()
    if answer is None or not answer.ok or not shown:
        raise RuntimeError(f"{address} shows no customers (status {answer.status if answer else 'none'})")
    if traffic.failed or len(traffic.sizes) < len(traffic.addresses):
        raise RuntimeError(f"{address} did not load whole: {', '.join(traffic.failed) or 'something is missing'}")
    return traffic
