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


def _open_orders(page: Page) -> None:
    page.locator(".pd-actions summary").click()


def _open_person(page: Page) -> None:
    page.locator("summary.pd-user").click()


def _open_navigation(page: Page) -> None:
    page.locator(".pd-menu-btn").click()


def _send_without_licenses(page: Page) -> None:
    page.locator("main form .btn-primary").click()
    page.locator("[role=alert]").wait_for()


def _send_without_reason(page: Page) -> None:
    page.locator("#id_reason").fill(" ")
    page.locator("[data-busy]").click()
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
        Place("customers", "/customers/?rows=25", narrow=_open_navigation),
        Place("customers, filter open", "/customers/?rows=25", _open_filters),
        Place("customers, person open", "/customers/?q=%E5%8C%97", _open_person),
        Place("customers, filtered", "/customers/?product=ADV&product=STD&plan=MONTHLY&ends_by=2026-12-31&q=%E4%BC%9A"),
        Place("customers, none", "/customers/?q=zzz"),
        Place("customer", customer, _open_orders),
        Place("customer with a pre-order", f"/customers/{ordered_for}/"),
        Place("history", f"{customer}history/?cause=first"),
        Place("history of a row", f"{customer}history/customer/?key={PAID_ADVANCED}"),
        Place("users", f"{customer}users/"),
        Place("domain", f"/customers/{TRIAL_OF_A_GROUP}/domain/"),
        Place("options", f"{customer}options/"),
        Place("customer deleted", f"{customer}delete/"),
        Place("customer edited", f"{customer}edit/"),
        Place("renewal", f"{customer}subscriptions/1/renewal/"),
        Place("new customer", "/customers/add/"),
        Place("transfer", "/customers/transfer/"),
        Place("scheduled", "/scheduled/"),
        Place("scheduled, month", "/scheduled/?view=month"),
        Place("from a file", "/operations/from-file/"),
        Place("pre-order", f"{customer}pre-orders/add/"),
        Place("pre-order, errors", f"{customer}pre-orders/add/", _send_without_licenses),
        Place("operations", "/operations/"),
        Place("operations, none", "/operations/?q=zzz"),
        *(Place(f"operation {state}", f"/operations/{number}/") for state, number in states.items()),
        Place("operation without a reason", f"/operations/{states['proposed']}/", _send_without_reason),
        Place("operation to settle", f"/operations/{states['unknown']}/?settle"),
        Place("approval policy", "/operations/policy/"),
        Place("sync", "/sync/"),
        Place("changes", "/sync/changes/?cause=first"),
        Place("connection", "/settings/connection/"),
        Place("password", "/account/password/"),
        Place("sign-out", "/account/sign-out/"),
        Place("not found", "/customers/1/"),
    ]
