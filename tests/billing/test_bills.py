"""billing.rules.bills: what each kind of request changes of the bill, by the states that its command declares."""

from datetime import date
from typing import Any

import pytest

from billing.rules.bills import priced_change
from billing.rules.prices import Billed, PricedChange
from options.commands import option_orders, options, renewals
from options.rules.option_orders import OptionOrderAdd, OptionOrderDelete
from options.rules.options import OptionAdd, OptionCancel, OptionConvert, OptionQuantityAdd, OptionUpgrade
from options.rules.renewals import OptionRenewalSet
from portal.operations.commands import COMMANDS
from portal.operations.snapshots import Snapshot
from tests.options import states as of_options
from tests.subscriptions import states
from tests.support.vendor_json import option_renewal

TODAY, END = states.TODAY, states.END
AFTER = date(2026, 2, 15)
NEXT_END = date(2027, 2, 14)
ANNUAL = "ANNUAL_LICENSE"
TEN = Billed("STD", ANNUAL, 10, 8)
TASK = {"type": "ADD_LICENSE", "applyDate": "2026-02-01", "licenseCount": 5}


def changed(kind: str, state: Snapshot, **asked: Any) -> PricedChange | None:
    command = COMMANDS[kind]
    request = command.request.model_validate(asked)
    return priced_change(state, command.projected_state(state, request))


def of_subscription(kind: str, state: Snapshot | None = None, **asked: Any) -> PricedChange | None:
    return changed(kind, state or states.state(), subscription_id=501, **asked)


@pytest.mark.parametrize(
    ("kind", "state", "asked", "expected"),
    [
        ("addLicenses", {}, {"add_license_count": 5}, ((TEN,), (Billed("STD", ANNUAL, 15, 8),), TODAY, END)),
        ("upgradeSubscription", {}, {"product_id": "ADV"}, ((TEN,), (Billed("ADV", ANNUAL, 10, 8),), TODAY, END)),
        ("cancelSubscription", {}, {}, ((TEN,), (), TODAY, END)),
        (
            "convertSubscriptionToPaid",
            {"subscription": states.TRIAL},
            {"plan": ANNUAL, "license_count": 9},
            ((Billed("STD_T", "TRIAL", None, 8),), (Billed("STD", ANNUAL, 9, 8),), TODAY, date(2027, 1, 14)),
        ),
        (
            "convertSubscriptionToPaid",
            {"subscription": states.TRIAL},
            {"plan": "MONTHLY"},
            ((Billed("STD_T", "TRIAL", None, 8),), (Billed("STD", "MONTHLY", None, 8),), TODAY, None),
        ),
        (
            "addReservation",
            {},
            {"type": "ADD_LICENSE", "apply_date": "2026-02-01", "license_count": 5},
            ((TEN,), (Billed("STD", ANNUAL, 15, 8),), date(2026, 2, 1), END),
        ),
        (
            "addReservation",
            {"subscription": states.TRIAL},
            {"type": "START_PAID_SERVICE", "apply_date": "2026-02-01", "plan": ANNUAL, "license_count": 9},
            (
                (Billed("STD_T", "TRIAL", None, 8),),
                (Billed("STD", ANNUAL, 9, 8),),
                date(2026, 2, 1),
                date(2027, 1, 31),
            ),
        ),
        ("addReservation", {}, {"type": "CANCEL", "apply_date": "2026-02-01"}, ((TEN,), (), date(2026, 2, 1), END)),
        ("deleteReservation", {"task": TASK}, {}, ((Billed("STD", ANNUAL, 15, 8),), (TEN,), date(2026, 2, 1), END)),
        (
            "updateReservation",
            {"task": TASK},
            {"apply_date": "2026-02-03"},
            ((TEN,), (Billed("STD", ANNUAL, 15, 8),), date(2026, 2, 3), END),
        ),
        (
            "updateRenewal",
            {},
            {"type": "CHANGE", "product_id": "ADV", "plan": "ANNUAL_PREPAY_LICENSE", "license_count": 7},
            ((TEN,), (Billed("ADV", "ANNUAL_PREPAY_LICENSE", 7, 8),), AFTER, NEXT_END),
        ),
        ("updateRenewal", {}, {"type": "CANCEL"}, ((TEN,), (), AFTER, None)),
        (
            "updateRenewal",
            {"subscription": states.renewal(type="CHANGE", licenseCount=7)},
            {"type": "STAY"},
            ((TEN,), (TEN,), AFTER, NEXT_END),
        ),
    ],
)
def test_a_request_about_a_subscription(
    kind: str, state: dict[str, Any], asked: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    assert of_subscription(kind, states.state(**state), **asked) == PricedChange(*expected)


def test_pre_orders() -> None:
    asked = {"product_id": "STD", "plan": ANNUAL, "apply_date": "2026-02-01", "license_count": 4}
    begun = Billed("STD", ANNUAL, 4, 8)
    expected = PricedChange((), (begun,), date(2026, 2, 1), date(2027, 1, 31))
    assert changed("addPreOrder", states.state(), **asked) == expected
    stored = {"preOrderId": 7, "applyDate": "2026-02-01", "productId": "STD", "plan": ANNUAL, "licenseCount": 4}
    there = states.state(pre_orders=(stored,))
    assert changed("deletePreOrder", there, pre_order_id=7) == expected.reversed()
    moved = changed("updatePreOrder", there, pre_order_id=7, apply_date="2026-02-03")
    assert moved == PricedChange((), (begun,), date(2026, 2, 3), date(2027, 2, 2))


def test_the_end_of_a_subscription_ends_its_options() -> None:
    state = states.state(options=({"optionProductId": "SSTG2", "subOptionId": "SSTG203", "quantity": 1},))
    found = of_subscription("cancelSubscription", state)
    assert found is not None
    assert [billed.item for billed in found.before] == ["STD", "SSTG203"]
    assert found.after == ()


def test_users_of_other_brands_are_not_known() -> None:
    roger = {"productId": "ROG_STD", "plan": "MONTHLY_LICENSE"}
    found = of_subscription("addLicenses", states.state(roger), add_license_count=1)
    assert found is not None
    assert [billed.users for billed in (*found.before, *found.after)] == [None, None]


@pytest.mark.parametrize(
    ("command", "request_", "state", "before", "after"),
    [
        (options.ADD_OPTION, OptionAdd(option_product_id="SSTG2", sub_option_id="SSTG202"), {}, [], ["SSTG202 1"]),
        (options.CANCEL_OPTION, OptionCancel(option_product_id="SSTG2"), {"options": "SSTG202"}, ["SSTG202 1"], []),
        (
            options.UPGRADE_OPTION,
            OptionUpgrade(option_product_id="SSTG2", sub_option_id="SSTG203"),
            {"options": "SSTG202"},
            ["SSTG202 1"],
            ["SSTG203 1"],
        ),
        (
            options.CONVERT_OPTION,
            OptionConvert(option_product_id="ACV2", sub_option_id="ACV201"),
            {"trial": "ACV200"},
            ["ACV200 1"],
            ["ACV201 1"],
        ),
        (
            options.ADD_QUANTITY,
            OptionQuantityAdd(option_product_id="CST_S", quantity=2),
            {"options": "CST_S01", "quantity": 3},
            ["CST_S01 3"],
            ["CST_S01 5"],
        ),
        (
            option_orders.ADD_ORDER,
            OptionOrderAdd(option_product_id="SSTG2", type="MODIFY", apply_date=END, sub_option_id="SSTG203"),
            {"options": "SSTG202"},
            ["SSTG202 1"],
            ["SSTG203 1"],
        ),
        (
            option_orders.ADD_ORDER,
            OptionOrderAdd(option_product_id="SSTG2", type="CANCEL", apply_date=END),
            {"options": "SSTG202"},
            ["SSTG202 1"],
            [],
        ),
        (
            option_orders.ADD_ORDER,
            OptionOrderAdd(option_product_id="CST_S", type="CHANGE_QUANTITY", apply_date=END, quantity=5),
            {"options": "CST_S01", "quantity": 3},
            ["CST_S01 3"],
            ["CST_S01 5"],
        ),
        (
            option_orders.ADD_ORDER,
            OptionOrderAdd(option_product_id="SSTG2", type="APPLY", apply_date=END, sub_option_id="SSTG202"),
            {},
            [],
            ["SSTG202 1"],
        ),
        (
            option_orders.DELETE_ORDER,
            OptionOrderDelete(option_product_id="SSTG2"),
            {"options": "SSTG202", "task": "SSTG203"},
            ["SSTG203 1"],
            ["SSTG202 1"],
        ),
    ],
)
def test_a_request_about_an_option(
    command: Any, request_: Any, state: dict[str, Any], before: list[str], after: list[str]
) -> None:
    quantity = {"quantity": state["quantity"]} if "quantity" in state else {}
    held = [of_options.held(state["options"], **quantity)] if "options" in state else []
    held += [of_options.on_trial(state["trial"])] if "trial" in state else []
    tasks = (of_options.task(state["task"], "MODIFY"),) if "task" in state else ()
    there = of_options.state(of_options.paid(), options=tuple(held), tasks=tasks)
    found = priced_change(there, command.projected_state(there, request_))
    assert found is not None
    assert [f"{billed.item} {billed.contracts}" for billed in found.before] == before
    assert [f"{billed.item} {billed.contracts}" for billed in found.after] == after
    assert {billed.licenses for billed in (*found.before, *found.after)} == {10}


def test_the_renewal_of_an_option() -> None:
    there = of_options.state(
        of_options.paid(), options=(of_options.held("SSTG203"),), renewals=(option_renewal(subOptionId="SSTG203"),)
    )
    request = OptionRenewalSet(option_product_id="SSTG2", type="CHANGE", sub_option_id="SSTG202")
    found = priced_change(there, renewals.SET_RENEWAL.projected_state(there, request))
    assert found is not None
    assert [billed.item for billed in (*found.before, *found.after)] == ["SSTG203", "SSTG202"]
    assert found.day == AFTER


def test_what_is_not_billed_changes_nothing() -> None:
    before = states.state()
    assert priced_change(before, before) is None
    assert priced_change(before, states.state(customer={"companyName": "b"})) is None
