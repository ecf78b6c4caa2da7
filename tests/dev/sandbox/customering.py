"""Steps with customers that tests of the sandbox take, and what they see when a rule is broken."""

import base64
from typing import Any

from tests.support.sandbox import Sandbox

from .conftest import Api
from .ledger import breaking

HIKARI, MINATO, MIKAWAYA, LEAFWORKS, KITAHAMA, TSUBAME = range(300_000_001, 300_000_007)
OWN = 300_000_060  # the last of the sixty is the partner's own domain
BASICS = {"companyName": "株式会社あさぎり", "phoneNumber": "03-0000-0000", "timeZone": "Asia/Tokyo", "locale": "ja_JP"}
NEW = {"domain": "asagiri.example.jp", **BASICS}
PASSWORD = "kazE-7-tobu"


def administrator(password: str = PASSWORD, **changes: object) -> dict[str, Any]:
    """Make an administrator as creating a customer takes it."""
    good = {
        "lastName": "朝霧",
        "firstName": "Jean-Luc (太郎)",
        "id": "taro.asagiri",
        "privateEmail": "taro@asagiri.example.net",
        "password": base64.b64encode(password.encode()).decode(),
    }
    return good | changes


def path(domain_id: int, below: str = "") -> str:
    """Give the address of a customer or of something below it."""
    return f"/customers/{domain_id}{below}"


def done(api: Api, method: str, address: str, body: object = None, status: int = 200) -> dict[str, Any]:
    """Make a call that must succeed, and give its answer."""
    answer = api(method, address, body)
    assert answer.status_code == status, answer.text
    return dict(answer.json()) if answer.content else {}


def create(api: Api, **changes: object) -> dict[str, Any]:
    """Create a customer, by default with a domain outside by-works and without a product."""
    return done(api, "POST", "/customers", NEW | changes, 201)


def customer(api: Api, domain_id: int) -> dict[str, Any]:
    """Read a customer."""
    return done(api, "GET", path(domain_id))


def status_of(api: Api, domain_id: int) -> dict[str, Any]:
    """Read a customer's usage status."""
    return done(api, "GET", path(domain_id, "/usage-status"))


def is_gone(api: Api, domain_id: int) -> bool:
    """Return whether nothing is left of a customer."""
    return api("GET", path(domain_id)).status_code == 404


def change(sandbox: Sandbox, domain_id: int, **changes: object) -> None:
    """Let the customer, or its world, change something by itself."""
    sandbox.control("POST", path(domain_id), changes)


def _everything(api: Api, sandbox: Sandbox, address: str) -> list[object]:
    found: list[object] = [sandbox.ledger(), sandbox.control("GET", "/health")]
    domain_id = address.removeprefix("/customers/").split("/")[0]
    if domain_id.isdigit():
        found += [api("GET", path(int(domain_id), below)).json() for below in ("", "/usage-status", "/upgrade-domain")]
    return found


assert_breaks = breaking(_everything)
