from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.support.sandbox import Sandbox
from tests.support.waiting import wait_for

from .cases import breaks, keeps
from .conftest import TODAY, Api
from .customering import assert_breaks, customer, done, is_gone, path
from .ledger import operations

SUMIRE, KOMOREBI = "sumire-seika.example.jp", "komorebi-law.example.jp"
SUMIRE_ID = 290_000_001


def address(domain: str = SUMIRE, below: str = "") -> str:
    return f"/potential-customers/{domain}{below}"


def codes(sandbox: Sandbox) -> dict[str, str]:
    found = sandbox.control("GET", "/potential-customers")["potentialCustomers"]
    return {one["domain"]: one["partnerCode"] for one in found}


def transfer(api: Api, sandbox: Sandbox, domain: str = SUMIRE, **more: object) -> None:
    body = {"partnerCode": codes(sandbox)[domain], **more}
    answer = api("POST", address(domain, "/transfer"), body)
    assert (answer.status_code, answer.content) == (202, b"")


def has_arrived(api: Api, domain_id: int = SUMIRE_ID) -> Callable[[], bool]:
    def look() -> bool:
        answer = api("GET", path(domain_id))
        return answer.status_code == 200 and "status" not in answer.json()["partnership"]

    return look


@keeps("cust.potential.code")
def test_an_online_direct_customer_shows_what_it_uses(api: Api, sandbox: Sandbox) -> None:
    code = codes(sandbox)[KOMOREBI]

    assert done(api, "GET", f"{address(KOMOREBI)}?partnerCode={code}") == {
        "tenantId": 190_000_004,
        "domainId": 290_000_004,
        "domain": KOMOREBI,
        "productId": "STD_T",
        "productIds": ["STD_T", "NTA_FR"],
        "notHandledApps": [],
    }
    assert sandbox.ledger() == []


@breaks("cust.potential.code", "cust.transfer.code")
def test_the_right_code_is_needed(api: Api, sandbox: Sandbox) -> None:
    other = codes(sandbox)[KOMOREBI]
    read = ("GET", f"{address()}?partnerCode={other}")
    assert_breaks(api, sandbox, "cust.potential.code", 400, "INVALID_PARTNER_CODE", *read)
    take = ("POST", address(SUMIRE, "/transfer"), {"partnerCode": other})
    assert_breaks(api, sandbox, "cust.transfer.code", 400, "INVALID_PARTNER_CODE", *take)
    assert api("GET", address()).json()["code"] == "MISSING_PARAMETER"
    assert api("POST", address(SUMIRE, "/transfer"), {}).json()["code"] == "MISSING_PARAMETER"


def test_nobody_else_can_be_read_or_taken(api: Api, sandbox: Sandbox) -> None:
    for answer in (
        api("GET", f"{address('nobody.example.jp')}?partnerCode=x"),
        api("POST", address("nobody.example.jp", "/transfer"), {"partnerCode": "x"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "POTENTIAL_CUSTOMER_NOT_EXIST")
    assert sandbox.ledger() == []


@keeps("cust.transfer.code", "cust.transfer.later", "cust.transfer.products", "cust.transfer.display")
@keeps("cust.transfer.once")
def test_a_transferred_customer_comes_after_a_while_with_its_subscription(api: Api, sandbox: Sandbox) -> None:
    transfer(api, sandbox)

    wait_for(has_arrived(api), "the transfer")

    arrived = customer(api, SUMIRE_ID)
    assert (arrived["domain"], arrived["productId"]) == (SUMIRE, "STD")
    assert arrived["partnership"] == {"enablePartnerProfileDisplay": True}
    [subscription] = api.subscriptions(SUMIRE_ID)
    assert (subscription["plan"], subscription["planStartDate"]) == ("MONTHLY", TODAY)
    assert SUMIRE not in codes(sandbox)
    ledger = ["transferPotentialCustomer", "clock:startTransfer", "clock:completeTransfer"]
    assert operations(sandbox, SUMIRE_ID) == ledger
    assert len(sandbox.ledger()) == 3


@breaks("cust.transfer.display")
def test_a_transfer_can_hide_the_partner(api: Api, sandbox: Sandbox) -> None:
    transfer(api, sandbox, enablePartnerProfileDisplay=False)

    wait_for(has_arrived(api), "the transfer")

    assert customer(api, SUMIRE_ID)["partnership"] == {"enablePartnerProfileDisplay": False}


@keeps("cust.transfer.ready")
@breaks("cust.transfer.products")
def test_shortly_before_its_end_the_customer_can_be_read_without_subscriptions(api: Api, sandbox: Sandbox) -> None:
    transfer(api, sandbox)

    wait_for(has_arrived(api), "the transfer")

    # What could be read for a second is looked up afterwards, as a slow machine may miss that second.
    _, started, _ = sandbox.ledger(SUMIRE_ID)
    assert started["what"]["partnership"] == {"status": "TRANSFER_READY", "enablePartnerProfileDisplay": True}
    assert started["what"]["productId"] is None


@breaks("cust.transfer.later", "cust.transfer.ready")
def test_accepting_a_transfer_brings_nobody_yet(api: Api, sandbox: Sandbox) -> None:
    transfer(api, sandbox)

    wait_for(has_arrived(api), "the transfer")

    accepted, started, completed = (datetime.fromisoformat(effect["at"]) for effect in sandbox.ledger(SUMIRE_ID))
    assert started - accepted >= timedelta(seconds=0.9)
    assert completed - accepted >= timedelta(seconds=1.9)


@breaks("cust.transfer.once")
def test_a_transfer_under_way_can_not_be_asked_for_again(api: Api, sandbox: Sandbox) -> None:
    code = codes(sandbox)[SUMIRE]
    transfer(api, sandbox)

    again = api("POST", address(SUMIRE, "/transfer"), {"partnerCode": code})

    assert (again.status_code, again.json()["code"]) == (409, "CONFLICT")
    assert again.headers["X-Sandbox-Rule"] == "cust.transfer.once"
    wait_for(has_arrived(api), "the transfer")
    assert operations(sandbox, SUMIRE_ID).count("transferPotentialCustomer") == 1


def test_a_transfer_outlives_a_restart(tmp_path: Path) -> None:
    with Sandbox.start(customers=7, business_date=TODAY, state_file=tmp_path / "state.sqlite3") as sandbox:
        first = Api(sandbox, sandbox.get_token())
        transfer(first, sandbox)
        first.close()
        sandbox.kill()
        sandbox.restart()
        second = Api(sandbox, sandbox.get_token())

        wait_for(has_arrived(second), "the transfer")

        second.close()


def test_one_that_is_deleted_half_way_does_not_come_back(api: Api, sandbox: Sandbox) -> None:
    transfer(api, sandbox)
    wait_for(lambda: not is_gone(api, SUMIRE_ID), "the customer")

    done(api, "DELETE", path(SUMIRE_ID), status=204)

    assert SUMIRE not in codes(sandbox)
    assert is_gone(api, SUMIRE_ID)


@pytest.mark.parametrize("query", ["?partnerCode=x&count=1", "?PartnerCode=x"])
def test_odd_parameters_are_refused(api: Api, query: str) -> None:
    assert api("GET", f"{address()}{query}").json()["code"] == "INVALID_PARAMETER"
