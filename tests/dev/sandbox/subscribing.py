"""Steps with subscriptions that tests of the sandbox take, and what they see when a rule is broken."""

from typing import Any

from tests.support.sandbox import Sandbox

from .conftest import Api
from .ledger import breaking

# Named customers, which every seed has. HIKARI: 120 licenses of Advanced. MINATO: Standard, monthly. MIKAWAYA: a Trial
# of Standard to 2026-01-29. KITAHAMA: 45 prepaid licenses of Advanced. MIKAWAYA and LEAFWORKS have a group name.
HIKARI, MINATO, MIKAWAYA, LEAFWORKS, KITAHAMA, TSUBAME = range(300_000_001, 300_000_007)
MOST_MEMBERS = 20  # TSUBAME has between 10 and 20 members


def path(domain_id: int, subscription_id: object = None, below: str = "") -> str:
    """Give the address of a customer's subscriptions, of one of them, or of something below it."""
    address = f"/customers/{domain_id}/subscriptions"
    return address if subscription_id is None else f"{address}/{subscription_id}{below}"


def of(subscription: dict[str, Any], below: str = "") -> str:
    """Give the address of a subscription, or of something below it."""
    return path(subscription["domainId"], subscription["subscriptionId"], below)


def current(api: Api, subscription: dict[str, Any]) -> dict[str, Any]:
    """Read a subscription anew."""
    return done(api, "GET", of(subscription))


def only(api: Api, domain_id: int) -> dict[str, Any]:
    """Read the one subscription of a customer."""
    [subscription] = api.subscriptions(domain_id)
    return subscription


def start(api: Api, domain_id: int, product_id: str, plan: str, license_count: int | None = None) -> dict[str, Any]:
    """Add a subscription that starts today."""
    body: dict[str, Any] = {"productId": product_id, "plan": plan}
    if license_count is not None:
        body["licenseCount"] = license_count
    return done(api, "POST", path(domain_id), body, 201)


def start_trial(api: Api, domain_id: int = TSUBAME, product_id: str = "STD_T") -> dict[str, Any]:
    """Start a Trial today: from 2026-01-15 to 2026-02-14, with grace to 2026-03-16."""
    return start(api, domain_id, product_id, "TRIAL")


def start_free(api: Api, domain_id: int = TSUBAME) -> dict[str, Any]:
    """Start a Free subscription today."""
    return start(api, domain_id, "FR", "FREE")


def start_paid(api: Api, plan: str = "ANNUAL_LICENSE", licenses: int | None = 50) -> dict[str, Any]:
    """Start paid Standard today, to 2027-01-14, by way of a Trial."""
    return convert(api, start_trial(api), plan=plan, licenseCount=licenses)


def convert(api: Api, subscription: dict[str, Any], **body: object) -> dict[str, Any]:
    """Convert a Free or Trial subscription to paid immediately."""
    return done(api, "POST", of(subscription, "/paid-service"), body)


def reserve(api: Api, subscription: dict[str, Any], kind: str, apply_date: str, **more: object) -> dict[str, Any]:
    """Schedule something for a subscription."""
    return done(api, "POST", of(subscription, "/reservation"), {"type": kind, "applyDate": apply_date, **more}, 201)


def reservation(api: Api, subscription: dict[str, Any]) -> dict[str, Any] | None:
    """Read what is scheduled for a subscription, None for nothing."""
    answer = api("GET", of(subscription, "/reservation"))
    assert answer.status_code in (200, 404), answer.text
    return dict(answer.json()) if answer.ok else None


def renewal(api: Api, subscription: dict[str, Any], kind: str, **more: object) -> dict[str, Any]:
    """Set what happens at the renewal of a subscription."""
    return done(api, "PATCH", of(subscription, "/renewal"), {"type": kind, **more})


def done(api: Api, method: str, address: str, body: object = None, status: int = 200) -> dict[str, Any]:
    """Make a call that must succeed, and give its answer."""
    answer = api(method, address, body)
    assert answer.status_code == status, answer.text
    return dict(answer.json()) if answer.content else {}


def _everything(api: Api, sandbox: Sandbox, address: str) -> list[object]:
    domain_id = int(address.split("/")[2])
    subscriptions = api.subscriptions(domain_id)
    return [
        subscriptions,
        [reservation(api, subscription) for subscription in subscriptions],
        api.pre_orders(domain_id),
        done(api, "GET", f"/customers/{domain_id}/option-products"),
        done(api, "GET", f"/customers/{domain_id}/option-product-orders"),
        sandbox.ledger(),
    ]


assert_breaks = breaking(_everything)
