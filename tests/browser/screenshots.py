"""
Takes the pictures of ``docs/screenshots``: ``make screenshots``.

They show a portal of their own that starts from nothing, with the sandbox's customers, some work that was done, and
the real day, so that dates and times in a picture agree.
"""

import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Self

from playwright.sync_api import Browser, Page, StorageState, expect

from portal.dev.server import embedded
from portal.dev.server.embedded import HOME, PROJECT
from tests.browser.driver import launched, sign_in
from tests.browser.people import FINANCE, HIKARI, MANAGER, MIKAWAYA, Person
from tests.browser.stage import Stage, staged

PICTURES = PROJECT / "docs" / "screenshots"
CUSTOMERS = 300
# What was pre-ordered at LINE WORKS's console: customer, product, plan, licenses, days ahead.
OUTSIDE = (
    (300_000_160, "STD", "ANNUAL_LICENSE", 12, 5),
    (300_000_101, "STD", "MONTHLY", None, 11),
    (300_000_207, "STD", "ANNUAL_LICENSE", 30, 2),
    (300_000_276, "STD", "ANNUAL_PREPAY_LICENSE", 60, 26),
    (300_000_070, "STD", "MONTHLY", None, 4),
    (300_000_076, "ADV", "ANNUAL_LICENSE", 8, 12),
)
# The full list is the largest picture; at this height it stays below 250 KB.
WIDE, LOWER, PHONE = (1440, 1000), (1440, 900), (390, 844)


class Camera:
    """Takes pictures of a stage, as somebody sees it."""

    def __init__(self, browser: Browser, stage: Stage, person: Person) -> None:
        self._browser = browser
        self._url = stage.url
        self._state: StorageState | None = None
        self.take("sign-in", "/")
        with self._page(WIDE) as page:
            page.goto("/")
            sign_in(page, person)
            self._state = page.context.storage_state()

    def aim_at(self, stage: Stage) -> Self:
        """Go on with a stage that was started anew: its address is another one, the session is the same."""
        self._url = stage.url
        return self

    def take(
        self,
        name: str,
        path: str,
        before: Callable[[Page], object] | None = None,
        *,
        size: tuple[int, int] = WIDE,
        language: str = "en-GB",
        dark: bool = False,
    ) -> None:
        """
        Take one picture.

        Args:
            name: of the file.
            path: of the page.
            before: what is done on the page first.
        """
        with self._page(size, language) as page:
            if dark:
                page.context.add_cookies([{"name": "theme", "value": "dark", "url": self._url}])
            page.goto(path)
            if before:
                before(page)
            self._shoot(page, name)

    @contextmanager
    def _page(self, size: tuple[int, int], language: str = "en-GB") -> Iterator[Page]:
        context = self._browser.new_context(
            base_url=self._url,
            viewport={"width": size[0], "height": size[1]},
            locale=language,
            reduced_motion="reduce",
            storage_state=self._state,
        )
        yield context.new_page()
        context.close()

    def _shoot(self, page: Page, name: str) -> None:
        page.wait_for_load_state("networkidle")
        page.screenshot(path=PICTURES / f"{name}.png")
        sys.stdout.write(f"  {name}.png\n")


def main() -> None:
    """Start a portal, do some work in it, and take all pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    home = HOME / "screenshots"
    services = embedded.start(home, durable=False)
    folder = home / "stage"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        with (
            staged(
                database_url=services.database_url,
                redis_url=services.redis_url,
                folder=folder,
                customers=CUSTOMERS,
                read_back_seconds="3,7,20,60,120,300",
            ) as stage,
            launched() as browser,
        ):
            _take_all(stage, browser)
    finally:
        services.stop()


def _take_all(stage: Stage, browser: Browser) -> None:
    today = date.fromisoformat(stage.sandbox.business_date())
    for domain_id, product_id, plan, licenses, days in OUTSIDE:
        order = {"productId": product_id, "plan": plan, "applyDate": str(today + timedelta(days=days))}
        stage.sandbox.add_pre_order_outside(domain_id, order | ({"licenseCount": licenses} if licenses else {}))
    stage.furnish("read")
    numbers = stage.furnish("story")
    camera = Camera(browser, stage, MANAGER)
    camera.take("operation-unknown", f"/requests/{numbers['unknown']}/")
    camera.take("home", "/", size=LOWER)
    camera.take("subscriptions", "/subscriptions/", size=LOWER)
    camera.take("options", "/options/", size=LOWER)
    camera.take("upcoming-calendar", "/upcoming/calendar/", size=LOWER)
    camera.take("renewals", "/renewals/", size=LOWER)
    camera.take("search", "/search/?q=%E5%8C%97%E9%99%B8&all=1", size=LOWER)
    camera.take("customers", "/customers/?sort=end", size=LOWER)
    camera.take("customers-dark", "/customers/?note=grace&sort=end", dark=True)
    camera.take("customers-filtered", "/customers/?plan=MONTHLY&product=ADV&sort=end", _type_a_search)
    camera.take("home-ja", "/", size=LOWER, language="ja-JP")
    camera.take("customer", f"/customers/{HIKARI}/")
    camera.take("request-menu", f"/customers/{HIKARI}/", lambda page: page.locator("#new-request").click())
    camera.take("customer-ja", f"/customers/{HIKARI}/", language="ja-JP")
    camera.take("preorder-form", f"/customers/{MIKAWAYA}/pre-orders/add/?plan=ANNUAL_LICENSE", _fill_in)
    camera.take("preview", f"/customers/{MIKAWAYA}/pre-orders/add/?plan=ANNUAL_LICENSE", _ask)
    camera.take("operation", f"/requests/{numbers['done']}/")
    camera.take("history", f"/customers/{HIKARI}/history/")
    camera.take("changes", "/sync/changes/")
    camera.take("customers-phone", "/customers/?sort=end", size=PHONE)
    camera.take("customer-phone", f"/customers/{HIKARI}/", size=PHONE)
    finance = Camera(browser, stage, FINANCE)
    bill = f"/billing/invoices/{today:%Y-%m}/"
    finance.take("invoice", bill)
    finance.take("invoice-ja", bill, language="ja-JP")
    finance.take("invoices", "/billing/invoices/", size=LOWER)
    finance.take("usage", "/billing/usage/", size=LOWER)
    # With LINE WORKS's real limits a reading of everything takes minutes, which is what this picture is about.
    stage.stop()
    stage.start(PARTNER_RATE_LIMIT="240")
    camera.aim_at(stage).take("sync", "/sync/", _resync)


def _type_a_search(page: Page) -> None:
    page.get_by_label("Filter this list").press_sequentially("株式会社")
    page.wait_for_url("**q=**")


def _fill_in(page: Page) -> None:
    page.get_by_label("Licenses").fill("25")
    page.locator("input[name=apply_date]").nth(13).check()


def _ask(page: Page) -> None:
    _fill_in(page)
    page.get_by_role("button", name="Review").click()
    page.get_by_label("Reason").fill("トライアル終了に合わせて有償化 (申込書 Q-2304)")


def _resync(page: Page) -> None:
    page.get_by_role("button", name="Start full sync").click()
    a_good_part = re.compile(r"^[1-3]\d{3}$")  # of about 3,600 reads
    expect(page.locator("main progress")).to_have_attribute("value", a_good_part, timeout=180_000)
    page.goto("/sync/")  # so that the ring in the top bar, which looks less often, shows the same


if __name__ == "__main__":
    main()
