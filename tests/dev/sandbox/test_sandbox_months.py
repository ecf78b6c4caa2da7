"""Months with planted causes and errors: what is planted shows where it says, and nowhere else."""

from typing import Any

import pytest

from tests.support.sandbox import Sandbox

from .conftest import Api
from .optioning import settlement_items
from .test_sandbox_invoices import USE, invoice, use

MONTH = "2025-12"
CAUSES = ("upgrade", "licenses", "optionAdded", "optionCanceled", "penalty", "adjustment")
ERRORS = ("quantity", "period", "yen", "missing", "twice", "plan")


def plant(sandbox: Sandbox, **wanted: Any) -> list[dict[str, Any]]:
    sandbox.reset(customers=120)
    planted = sandbox.control("POST", "/months", {"month": MONTH, **wanted})
    return [*planted["causes"], *planted["errors"]]


def december(api: Api, one: dict[str, Any]) -> list[dict[str, Any]]:
    return settlement_items(api, one["domainId"], 2025, 12)


def billed(api: Api) -> int:
    """Add up the lines of use of every customer."""
    total, cursor = 0, None
    while True:
        params = {"year": "2025", "month": "12"} | ({"cursor": cursor} if cursor else {})
        page = api("GET", "/invoice-details", params=params).json()
        items = [item for one in page["invoiceDetails"] for item in one["settlementItems"]]
        total += sum(item["amount"] for item in items if item["itemType"] in USE)
        cursor = page["responseMetaData"].get("nextCursor")
        if not cursor:
            return int(total)


def test_each_is_planted_once_at_a_customer_of_its_own_and_the_sums_follow(api: Api, sandbox: Sandbox) -> None:
    planted = plant(sandbox, causes=dict.fromkeys(CAUSES, 1), errors=dict.fromkeys(ERRORS, 1))
    assert [one["kind"] for one in planted] == [*CAUSES, *ERRORS]
    assert len({one["domainId"] for one in planted}) == len(planted)
    assert invoice(api, 2025, 12)["usedAmount"] == billed(api)


def test_the_same_seed_plants_the_same(sandbox: Sandbox) -> None:
    wanted = {"seed": 7, "causes": {"licenses": 2}, "errors": {"yen": 2}}
    assert plant(sandbox, **wanted) == plant(sandbox, **wanted)
    assert plant(sandbox, **wanted) != plant(sandbox, **(wanted | {"seed": 8}))


@pytest.mark.parametrize("kind", ["upgrade", "licenses", "optionAdded", "optionCanceled"])
def test_a_cause_is_metered_and_billed_from_its_day(api: Api, sandbox: Sandbox, kind: str) -> None:
    [one] = plant(sandbox, causes={kind: 1})
    day, item = one["day"], one["itemId"]
    path = "option-product-usages" if item in ("ACV2", "SSTG2", "BCT", "DRV") or kind.startswith("option") else "usages"
    answer = api("GET", f"/customers/{one['domainId']}/{path}", params={"year": "2025", "month": "12"}).json()
    [rows] = answer.values()
    name = "optionProductId" if path != "usages" else "productId"
    days = {row["usedDate"]: row.get("licenseCount") for row in rows if row[name] == item}
    assert {start for _item, start, _end, _yen in use(api, one["domainId"], 2025, 12)} >= {"2025-12-01"}
    if kind == "licenses":
        assert {count for when, count in days.items() if when < day} == {one["from"]}
        assert {count for when, count in days.items() if when >= day} == {one["to"]}
    else:
        there = {when >= day for when in days}
        assert there == ({False} if kind == "optionCanceled" else {True})


def test_what_is_charged_beside_use_has_its_amount(api: Api, sandbox: Sandbox) -> None:
    for one in plant(sandbox, causes={"penalty": 1, "adjustment": 1}):
        [line] = [item for item in december(api, one) if item["itemType"] == one["kind"].upper()]
        assert line["amount"] == one["amount"]


@pytest.mark.parametrize("kind", ERRORS)
def test_an_error_changes_the_line_and_leaves_the_metering(api: Api, sandbox: Sandbox, kind: str) -> None:
    [one] = plant(sandbox, errors={kind: 1})
    after = december(api, one)
    usages = f"/customers/{one['domainId']}/usages"
    metered = api("GET", usages, params={"year": "2025", "month": "12"}).json()
    plant(sandbox)
    before = december(api, one)
    assert api("GET", usages, params={"year": "2025", "month": "12"}).json() == metered
    sums = [sum(item["amount"] for item in items if item["itemType"] in USE) for items in (before, after)]
    assert sums[1] - sums[0] == one["yen"] != 0
    lines = [[item for item in items if item["itemType"] in USE] for items in (before, after)]
    assert len(lines[1]) - len(lines[0]) == {"missing": -1, "twice": 1}.get(kind, 0)
    assert len([item for item in lines[1] if item not in lines[0]]) == (kind not in ("missing", "twice"))


@pytest.mark.parametrize(
    "wanted",
    [{"month": "2026-01"}, {"month": "12"}, {"month": MONTH, "errors": {"other": 1}}, {"month": MONTH, "causes": 1}],
)
def test_what_cannot_be_planted_is_refused(sandbox: Sandbox, wanted: dict[str, Any]) -> None:
    with pytest.raises(RuntimeError, match="400"):
        sandbox.control("POST", "/months", wanted)


def test_more_than_there_are_contracts_are_refused_and_nothing_is_planted(api: Api, sandbox: Sandbox) -> None:
    sandbox.reset(customers=60)
    before = invoice(api, 2025, 12)
    with pytest.raises(RuntimeError, match="409"):
        sandbox.control("POST", "/months", {"month": MONTH, "errors": {"yen": 1_000}})
    assert invoice(api, 2025, 12) == before
