"""Every page of Partnerdesk in every form that it takes, for tests that look at all of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.support.portal import PAID_ADVANCED, TRIAL_OF_A_GROUP


def _stay(_page: Page) -> None:
    """Leave the page as it came."""


@dataclass(frozen=True)
class Place:
    """
    One page.

    Args:
        name: for messages.
        path: its address.
        prepare: what is done there before looking; finds its way in every language.
        narrow: what is done besides on a phone.
    """

    name: str
    path: str
    prepare: Callable[[Page], None] = _stay
    narrow: Callable[[Page], None] = _stay


def _open_filters(page: Page) -> None:
    page.locator("#filter summary").click()


def _open_menu(page: Page, form: str) -> None:
    summary = page.locator(f"details:has(#{form}) > summary")
    # On a phone there is none.
    if summary.is_visible():
        summary.click()


def _open_columns(page: Page) -> None:
    _open_menu(page, "columns")


def _open_views(page: Page) -> None:
    _open_menu(page, "new-view")


def _open_export(page: Page) -> None:
    _open_menu(page, "export")


def _open_orders(page: Page) -> None:
    page.locator("#new-request").click()


def _open_row(page: Page) -> None:
    page.locator(".pd-queue button[name=decide]").first.click()
    page.locator(".pd-queue summary.pd-icon-btn").click()
    page.locator(".pd-queue .pd-act").wait_for()


def _open_person(page: Page) -> None:
    page.locator("summary.pd-user").click()


def _open_navigation(page: Page) -> None:
    page.locator(".pd-menu-btn").click()


def _select_rows(page: Page) -> None:
    for number in range(2):
        page.locator("td.pick input").nth(number).check()


def _send_without_licenses(page: Page) -> None:
    page.locator("main form .btn-primary").click()
    page.locator("[role=alert]").wait_for()


def _send_without_reason(page: Page) -> None:
    page.locator("#id_reason").fill(" ")
    page.locator("#submit [data-busy]").click()
    page.locator("[role=alert]").wait_for()


def _sign_in_wrongly(page: Page) -> None:
    page.locator("input[type=email]").fill("nobody@partner.example")
    page.locator("input[type=password]").fill("wrong")
    page.locator("main form button").click()
    page.locator("[role=alert]").wait_for()


IN_FRONT_OF_THE_DOOR = (
    Place("sign-in", "/account/sign-in/"),
    Place("sign-in refused", "/account/sign-in/", _sign_in_wrongly),
)


def behind_the_door(states: Mapping[str, int], ordered_for: int) -> list[Place]:
    """
    Return the pages that an administrator sees.

    Args:
        states: an operation in each state.
        ordered_for: the domainId of a customer with a pre-order.
    """
    customer = f"/customers/{PAID_ADVANCED}/"
    return [
        Place("search", "/search/"),
        Place("search, hits", "/search/?q=%E4%BC%9A"),
        Place("search, none", "/search/?q=zzz"),
        Place("home", "/"),
        Place("customers", "/customers/?rows=25", narrow=_open_navigation),
        Place("customers, filter open", "/customers/?rows=25", _open_filters),
        Place("customers, person open", "/customers/?q=zzz", _open_person),
        Place("customers, filtered", "/customers/?product=ADV&product=STD&plan=MONTHLY&ends_to=2026-12-31&q=%E4%BC%9A"),
        Place("customers, none", "/customers/?q=zzz"),
        Place("customers, export open", "/customers/?rows=25", _open_export),
        Place("customers, columns open", "/customers/?rows=25&columns=code&columns=owner&columns=end", _open_columns),
        Place("customers, views open", "/customers/?rows=25", _open_views),
        Place("customers, filter of what is gone", "/customers/?rows=25&product=GOLD"),
        Place("subscriptions", "/subscriptions/?rows=25", narrow=_open_navigation),
        Place("subscriptions, filter open", "/subscriptions/?rows=25&group=WORKS&licenses_from=1", _open_filters),
        Place("options of all", "/options/?rows=25", narrow=_select_rows),
        Place("options of all, none", "/options/?q=zzz"),
        Place("customer", customer, _open_orders),
        Place("customer with a pre-order", f"/customers/{ordered_for}/"),
        Place("history", f"{customer}history/?cause=first"),
        Place("history of a row", f"{customer}history/customer/?key={PAID_ADVANCED}"),
        Place("state on a day", f"{customer}day/"),
        Place("notes", f"{customer}notes/"),
        Place("getting started", f"{customer}start/"),
        Place("users", f"{customer}users/"),
        Place("domain", f"/customers/{TRIAL_OF_A_GROUP}/domain/"),
        Place("options", f"{customer}options/"),
        Place("customer deleted", f"{customer}delete/"),
        Place("customer edited", f"{customer}edit/"),
        Place("renewal", f"{customer}subscriptions/1/renewal/"),
        Place("new customer", "/customers/add/"),
        Place("transfer", "/customers/transfer/"),
        Place("invoices", "/billing/invoices/"),
        Place("margins", "/billing/margins/"),
        Place("price list", "/billing/prices/"),
        Place("price list, new version", "/billing/prices/add/"),
        Place("price list, upload", "/billing/prices/upload/"),
        Place("invoice", "/billing/invoices/2026-01/?rows=25"),
        Place("invoice, filter open", "/billing/invoices/2026-01/?rows=25", _open_filters),
        Place("invoice, columns open", "/billing/invoices/2026-01/?rows=25&columns=plans", _open_columns),
        Place("invoice, none", "/billing/invoices/2026-01/?q=zzz"),
        Place("no invoice", "/billing/invoices/2031-01/"),
        Place("invoice details", f"/billing/invoices/2026-01/{PAID_ADVANCED}/"),
        Place("invoices of a customer", f"/billing/customers/{PAID_ADVANCED}/"),
        Place("statement", f"/billing/invoices/2026-01/{PAID_ADVANCED}/statement/"),
        Place("accounts of the journal", "/billing/journal/"),
        Place("usage of all", "/billing/usage/?rows=25"),
        Place("usage of all, none", "/billing/usage/?q=zzz"),
        Place("usage of a customer", f"/billing/usage/{PAID_ADVANCED}/2025-12/"),
        Place("check of a month", "/billing/check/2025-12/"),
        Place("check of a month, not billed", "/billing/check/2031-01/"),
        Place("differences", "/billing/differences/?view=all"),
        Place("upcoming", "/upcoming/"),
        Place("upcoming, month", "/upcoming/calendar/"),
        Place("upcoming, filter open", "/upcoming/?kind=renewal&within=90", _open_filters),
        Place("renewals", "/renewals/"),
        Place("renewals, row open", "/renewals/?owner=all&until=2027-12-31", _open_row),
        Place("calendar feed", "/renewals/calendar/"),
        Place("from a file", "/requests/bulk/"),
        Place("from a file, several types", "/requests/bulk/mixed/"),
        Place("customers, selected", "/customers/?rows=25&select=page"),
        Place("selection", "/requests/bulk/selection/customers/?select=all"),
        Place("selection, nothing", "/requests/bulk/selection/customers/"),
        Place("selection, values", "/requests/bulk/selection/renewals/addReservation/?select=all&owner=all"),
        Place("pre-order", f"{customer}pre-orders/add/"),
        Place("a day of a long window", f"{customer}users/withdrawal/"),
        Place("pre-order, errors", f"{customer}pre-orders/add/?plan=ANNUAL_LICENSE", _send_without_licenses),
        Place("operations", "/requests/"),
        Place("operations, none", "/requests/?q=zzz"),
        *(Place(f"operation {state}", f"/requests/{number}/") for state, number in states.items()),
        Place("operation without a reason", f"/requests/{states['proposed']}/", _send_without_reason),
        Place("operation to settle", f"/requests/{states['unknown']}/?settle"),
        Place("approval policy", "/requests/policy/"),
        Place("e-mails", "/account/e-mails/"),
        Place("sync", "/sync/"),
        Place("changes", "/sync/changes/?cause=first"),
        Place("connection", "/settings/connection/"),
        Place("password", "/account/password/"),
        Place("sign-out", "/account/sign-out/"),
        Place("not found", "/customers/1/"),
    ]
