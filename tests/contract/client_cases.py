"""Each operation of the client once, asked in a state in which LINE WORKS's rules allow it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portal.vendor.client import OPERATIONS, PartnerApi, raw_answer
from tests.support.sandbox import Sandbox

TODAY = "2026-01-15"
TOMORROW, LATER = "2026-01-16", "2026-01-20"
# Named customers, which every seed has. HIKARI: 120 licenses of Advanced. MINATO: Standard, monthly. MIKAWAYA: a Trial
# of Standard. LEAFWORKS and TSUBAME: no subscription; LEAFWORKS has a group name.
HIKARI, MINATO, MIKAWAYA, LEAFWORKS, _, TSUBAME = range(300_000_001, 300_000_007)
BASICS = {"companyName": "株式会社あさぎり", "phoneNumber": "03-0000-0000", "timeZone": "Asia/Tokyo", "locale": "ja_JP"}
PARTNERSHIP = {"customerCode": "A-17", "enablePartnerProfileDisplay": True, "memo": "契約更新は三月"}
JANUARY: dict[str, Any] = {"year": 2026, "month": 1}


@dataclass
class Desk:
    """Calls operations by their names, and knows what the last call was and what the ledger held before it."""

    api: PartnerApi
    sandbox: Sandbox
    last: str = ""
    domain_id: int | None = None
    effects_before: int = 0

    def ask(self, operation: str, body: dict[str, Any] | None = None, **parameters: object) -> Any:
        """Call an operation of the client, by LINE WORKS's names."""
        self.last, self.effects_before = operation, len(self.sandbox.ledger())
        domain_id = parameters.get("domainId")
        self.domain_id = domain_id if isinstance(domain_id, int) else None
        return OPERATIONS[operation].call(self.api, parameters, body)

    def subscription(self, domain_id: int) -> dict[str, Any]:
        """Name the one subscription of a customer."""
        [found] = _rows(self.ask("listSubscriptions", domainId=domain_id), "subscriptions")
        return {"domainId": domain_id, "subscriptionId": found["subscriptionId"]}

    def take_option(self, option: str, sub_option: str, **more: object) -> dict[str, Any]:
        """Let MINATO take an option today, and name it."""
        body = {"optionProductId": option, "subOptionId": sub_option, **more}
        self.ask("addOptionProduct", body, domainId=MINATO)
        return {"domainId": MINATO, "optionProductId": option}

    def pre_order(self) -> dict[str, Any]:
        """Place a pre-order, and name it."""
        order = {"applyDate": LATER, "productId": "STD", "plan": "MONTHLY"}
        [found] = _rows(self.ask("addPreOrder", order, domainId=TSUBAME), "subscriptionPreOrders")
        return {"domainId": TSUBAME, "preOrderId": found["preOrderId"]}

    def reservation(self) -> dict[str, Any]:
        """Schedule more licenses, and name the subscription."""
        task = {"type": "ADD_LICENSE", "applyDate": LATER, "licenseCount": 5}
        subscription = self.subscription(HIKARI)
        self.ask("addReservation", task, **subscription)
        return subscription

    def potential(self) -> dict[str, Any]:
        """Find an Online Direct customer, and its partner code."""
        found = self.sandbox.control("GET", "/potential-customers")["potentialCustomers"][0]
        return {"domain": found["domain"], "partnerCode": found["partnerCode"]}

    def change_customer(self, domain_id: int, **changes: object) -> None:
        """Let the customer itself, or its world, change something."""
        self.sandbox.control("POST", f"/customers/{domain_id}", changes)


def _rows(result: Any, name: str) -> list[dict[str, Any]]:
    answer = raw_answer(result)
    assert isinstance(answer, dict)
    return list(answer[name])


Steps = Callable[[Desk], Any]
CASES: dict[str, Steps] = {}


def _case(operation: str) -> Callable[[Steps], Steps]:
    def enter(steps: Steps) -> Steps:
        CASES[operation] = steps
        return steps

    return enter


def _simple(operation: str, body: dict[str, Any] | None = None, **parameters: object) -> None:
    CASES[operation] = lambda desk: desk.ask(operation, body, **parameters)


# Customers

_simple("verifyDomain", {"domain": "asagiri.example.jp"})
_simple("listCustomers", count=5, orderBy="name desc")
_simple("createCustomer", {"domain": "asagiri.example.jp", **BASICS})
_simple("getCustomer", domainId=HIKARI)
_simple("updateCustomer", {**BASICS, "partnership": PARTNERSHIP}, domainId=HIKARI)
_simple("patchCustomer", {"companyName": "株式会社ひかり物流東京"}, domainId=HIKARI)
_simple("deleteCustomer", domainId=LEAFWORKS)
_simple("getUsageStatus", domainId=HIKARI)
_simple("patchUsageStatus", {"maxMemberCount": 500}, domainId=MINATO)
_simple("createUsageStatusRenewal", {"applyDate": LATER, "maxMemberCount": 500}, domainId=MINATO)
_simple("createUpgradeDomain", {"domain": "leafworks.example.jp"}, domainId=LEAFWORKS)


@_case("activateCustomer")
def _activate(desk: Desk) -> Any:
    created = desk.ask("createCustomer", {"domain": "asagiri.example.jp", **BASICS})
    desk.change_customer(created.domain_id, acceptedTerms=True, hasDns=True)
    return desk.ask("activateCustomer", domainId=created.domain_id)


@_case("getUpgradeDomain")
def _upgrade_domain(desk: Desk) -> Any:
    desk.ask("createUpgradeDomain", {"domain": "leafworks.example.jp"}, domainId=LEAFWORKS)
    return desk.ask("getUpgradeDomain", domainId=LEAFWORKS)


@_case("deleteUpgradeDomain")
def _delete_upgrade_domain(desk: Desk) -> Any:
    desk.ask("createUpgradeDomain", {"domain": "leafworks.example.jp"}, domainId=LEAFWORKS)
    return desk.ask("deleteUpgradeDomain", domainId=LEAFWORKS)


@_case("changeDomain")
def _change_domain(desk: Desk) -> Any:
    desk.ask("createUpgradeDomain", {"domain": "leafworks.example.jp"}, domainId=LEAFWORKS)
    desk.change_customer(LEAFWORKS, hasDns=True)
    return desk.ask("changeDomain", {"domain": "leafworks.example.jp"}, domainId=LEAFWORKS)


@_case("getPotentialCustomer")
def _potential(desk: Desk) -> Any:
    return desk.ask("getPotentialCustomer", **desk.potential())


@_case("transferPotentialCustomer")
def _transfer(desk: Desk) -> Any:
    found = desk.potential()
    return desk.ask("transferPotentialCustomer", {"partnerCode": found["partnerCode"]}, domain=found["domain"])


@_case("patchUsageStatusRenewal")
def _move_limit(desk: Desk) -> Any:
    desk.ask("createUsageStatusRenewal", {"applyDate": LATER, "maxMemberCount": 500}, domainId=MINATO)
    return desk.ask("patchUsageStatusRenewal", {"applyDate": "2026-01-21"}, domainId=MINATO)


@_case("deleteUsageStatusRenewal")
def _delete_limit(desk: Desk) -> Any:
    desk.ask("createUsageStatusRenewal", {"applyDate": LATER, "maxMemberCount": 500}, domainId=MINATO)
    return desk.ask("deleteUsageStatusRenewal", domainId=MINATO)


# Subscriptions

_simple("listSubscriptions", domainId=HIKARI)
_simple("addSubscription", {"productId": "STD_T", "plan": "TRIAL"}, domainId=TSUBAME)
_simple("addPreOrder", {"applyDate": LATER, "productId": "STD", "plan": "MONTHLY"}, domainId=TSUBAME)
CASES["getSubscription"] = lambda desk: desk.ask("getSubscription", **desk.subscription(HIKARI))
CASES["getRenewal"] = lambda desk: desk.ask("getRenewal", **desk.subscription(HIKARI))
CASES["cancelSubscription"] = lambda desk: desk.ask("cancelSubscription", **desk.subscription(MINATO))
CASES["upgradeSubscription"] = lambda desk: desk.ask(
    "upgradeSubscription", {"productId": "ADV"}, **desk.subscription(MINATO)
)
CASES["convertSubscriptionToPaid"] = lambda desk: desk.ask(
    "convertSubscriptionToPaid", {"plan": "MONTHLY"}, **desk.subscription(MIKAWAYA)
)
CASES["addLicenses"] = lambda desk: desk.ask("addLicenses", {"addLicenseCount": 3}, **desk.subscription(HIKARI))
CASES["updateRenewal"] = lambda desk: desk.ask("updateRenewal", {"type": "CANCEL"}, **desk.subscription(HIKARI))
CASES["listPreOrders"] = lambda desk: desk.ask("listPreOrders", domainId=desk.pre_order()["domainId"])
CASES["updatePreOrder"] = lambda desk: desk.ask("updatePreOrder", {"applyDate": TOMORROW}, **desk.pre_order())
CASES["deletePreOrder"] = lambda desk: desk.ask("deletePreOrder", **desk.pre_order())
CASES["addReservation"] = lambda desk: desk.ask(
    "addReservation", {"type": "ADD_LICENSE", "applyDate": LATER, "licenseCount": 5}, **desk.subscription(HIKARI)
)
CASES["getReservation"] = lambda desk: desk.ask("getReservation", **desk.reservation())
CASES["updateReservation"] = lambda desk: desk.ask("updateReservation", {"applyDate": TOMORROW}, **desk.reservation())
CASES["deleteReservation"] = lambda desk: desk.ask("deleteReservation", **desk.reservation())


# Options

_ARCHIVE = {"optionProductId": "ACV2", "subOptionId": "ACV201"}
_simple("addOptionProduct", _ARCHIVE, domainId=MINATO)
_simple("addOptionProductOrder", {**_ARCHIVE, "type": "APPLY", "applyDate": LATER}, domainId=MINATO)


@_case("listOptionProducts")
def _options(desk: Desk) -> Any:
    desk.take_option("ACV2", "ACV201")
    return desk.ask("listOptionProducts", domainId=MINATO)


CASES["cancelOptionProduct"] = lambda desk: desk.ask("cancelOptionProduct", **desk.take_option("ACV2", "ACV201"))
CASES["upgradeOptionProduct"] = lambda desk: desk.ask(
    "upgradeOptionProduct", {"subOptionId": "BCT02"}, **desk.take_option("BCT", "BCT01")
)
CASES["convertOptionProductToPaid"] = lambda desk: desk.ask(
    "convertOptionProductToPaid", {"subOptionId": "ACV201"}, **desk.take_option("ACV2", "ACV200")
)
CASES["addOptionProductQuantity"] = lambda desk: desk.ask(
    "addOptionProductQuantity", {"quantity": 5}, **desk.take_option("CST_S", "CST_S01", quantity=20)
)
CASES["getOptionProductRenewal"] = lambda desk: desk.ask(
    "getOptionProductRenewal", **desk.take_option("ACV2", "ACV201")
)
CASES["updateOptionProductRenewal"] = lambda desk: desk.ask(
    "updateOptionProductRenewal", {"type": "CHANGE", "subOptionId": "BCT01"}, **desk.take_option("BCT", "BCT02")
)


def _ordered(desk: Desk) -> dict[str, Any]:
    desk.ask("addOptionProductOrder", {**_ARCHIVE, "type": "APPLY", "applyDate": LATER}, domainId=MINATO)
    return {"domainId": MINATO, "optionProductId": "ACV2"}


@_case("listOptionProductOrders")
def _orders(desk: Desk) -> Any:
    _ordered(desk)
    return desk.ask("listOptionProductOrders", domainId=MINATO)


CASES["getOptionProductOrder"] = lambda desk: desk.ask("getOptionProductOrder", **_ordered(desk))
CASES["updateOptionProductOrder"] = lambda desk: desk.ask(
    "updateOptionProductOrder", {"applyDate": TOMORROW}, **_ordered(desk)
)
CASES["deleteOptionProductOrder"] = lambda desk: desk.ask("deleteOptionProductOrder", **_ordered(desk))


# Usage and billing

_simple("listInvoices", year=2025)
_simple("listInvoiceDetails", year=2025, month=12, count=5)


@_case("listCustomerUsages")
def _usages(desk: Desk) -> Any:
    desk.sandbox.move_clock(days=5)
    return desk.ask("listCustomerUsages", domainId=HIKARI, productGroupId="WORKS", **JANUARY)


@_case("listOptionProductUsages")
def _option_usages(desk: Desk) -> Any:
    desk.take_option("ACV2", "ACV201")
    desk.sandbox.move_clock(days=5)
    return desk.ask("listOptionProductUsages", domainId=MINATO, productGroupId="WORKS", **JANUARY)
