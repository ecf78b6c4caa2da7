"""What happens outside the API: what customers do themselves, and what others do at LINE WORKS's console."""

import pytest

from tests.support.sandbox import Sandbox

from .conftest import Api
from .customering import LEAFWORKS, MINATO, NEW, TSUBAME, customer, is_gone, path, status_of
from .ledger import operations


def outside(sandbox: Sandbox, operation: str, domain_id: int | None = None, **more: object) -> dict[str, object]:
    order: dict[str, object] = {"operation": operation, **more}
    if domain_id is not None:
        order["path"] = {"domainId": domain_id}
    return sandbox.control("POST", "/outside", order)


def test_a_write_at_the_console_is_there_and_is_told_apart(api: Api, sandbox: Sandbox) -> None:
    created = outside(sandbox, "createCustomer", body=NEW)
    patched = outside(sandbox, "patchCustomer", TSUBAME, body={"companyName": "株式会社つばめ"})
    deleted = outside(sandbox, "deleteCustomer", LEAFWORKS)

    assert (created["status"], patched["status"], deleted["status"]) == (201, 200, 204)
    assert deleted["body"] is None
    assert customer(api, TSUBAME) == patched["body"]
    assert is_gone(api, LEAFWORKS)
    told = ["console:createCustomer", "console:patchCustomer", "console:deleteCustomer"]
    assert [effect["operation"] for effect in sandbox.ledger()] == told
    assert set(sandbox.calls()) == {"getCustomer"}


def test_the_path_names_whatever_the_operation_needs(api: Api, sandbox: Sandbox) -> None:
    order = {"applyDate": "2026-02-01", "productId": "STD", "plan": "MONTHLY"}
    added = sandbox.add_pre_order_outside(TSUBAME, order)["subscriptionPreOrders"]
    names = {"domainId": TSUBAME, "preOrderId": added[0]["preOrderId"]}

    outside(sandbox, "deletePreOrder", path=names)

    assert api.pre_orders(TSUBAME) == []
    assert operations(sandbox, TSUBAME) == ["console:addPreOrder", "console:deletePreOrder"]


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"operation": "listCustomers"}, "INVALID_PARAMETER"),
        ({"operation": "nothing"}, "INVALID_PARAMETER"),
        ({"operation": "deleteCustomer"}, "BAD_REQUEST"),
        ({"operation": "deleteCustomer", "path": {"domainId": [1]}}, "INVALID_PARAMETER"),
        ({"operation": "deleteCustomer", "path": {"domainId": 1}}, "CUSTOMER_NOT_EXIST"),
        ({"operation": "patchCustomer", "path": {"domainId": TSUBAME}}, "BAD_REQUEST"),
        ({"operation": "patchCustomer", "path": {"domainId": TSUBAME}, "body": {"memo": ""}}, "INVALID_PARAMETER"),
    ],
)
def test_the_console_keeps_to_the_rules_too(sandbox: Sandbox, order: dict[str, object], code: str) -> None:
    with pytest.raises(RuntimeError, match=code):
        sandbox.control("POST", "/outside", order)
    assert sandbox.ledger() == []


def test_what_customers_do_can_be_read_and_is_in_the_ledger(api: Api, sandbox: Sandbox) -> None:
    doings = {
        "members": 40,
        "storageGb": 300,
        "contacts": 1_000,
        "hasSlowApp": True,
        "acceptedTerms": False,
        "hasDns": True,
        "isPartner": True,
        "status": "SUSPENDED_ADMIN",
    }

    assert sandbox.control("POST", path(MINATO), doings) == doings
    assert sandbox.control("GET", path(MINATO)) == doings
    assert sandbox.control("POST", path(MINATO), {}) == doings
    assert (status_of(api, MINATO)["memberCount"], status_of(api, MINATO)["status"]) == (40, "SUSPENDED_ADMIN")
    [effect] = sandbox.ledger()
    assert (effect["operation"], effect["what"]) == ("outside:changeCustomer", doings)


@pytest.mark.parametrize(
    ("domain_id", "body", "code"),
    [
        (MINATO, {"members": -1}, "INVALID_PARAMETER"),
        (MINATO, {"hasDns": 1}, "INVALID_PARAMETER"),
        (MINATO, {"status": "SUSPENDED_WITHDRAWAL"}, "INVALID_PARAMETER"),
        (MINATO, {"licenses": 1}, "INVALID_PARAMETER"),
        (1, {"members": 1}, "CUSTOMER_NOT_EXIST"),
    ],
)
def test_odd_doings_are_refused(sandbox: Sandbox, domain_id: int, body: dict[str, object], code: str) -> None:
    with pytest.raises(RuntimeError, match=code):
        sandbox.control("POST", path(domain_id), body)
    assert sandbox.ledger() == []
