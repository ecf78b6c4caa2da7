"""Each rule of what is scheduled for options: a case that it lets pass and a case that it stops."""

from datetime import date
from typing import Any

import pytest

from options.rules import option_orders, order_windows
from options.rules.option_orders import OptionOrderAdd, OptionOrderChange, OptionOrderDelete
from portal.core.rules import Verdict, Weight
from portal.operations.snapshots import Snapshot
from tests.options.states import (
    TODAY,
    consequences,
    free,
    held,
    on_trial,
    option_of,
    paid,
    problems,
    state,
    task,
    trial,
)
from tests.support import vendor_json
from tests.support.vendor_json import Json

FEB_14, FEB_15 = date(2026, 2, 14), date(2026, 2, 15)
JAN_16, JAN_22 = date(2026, 1, 16), date(2026, 1, 22)


def conversion(**changes: Any) -> Json:
    """The scheduled conversion of the subscription, on the 22nd of January."""
    given = {"type": "START_PAID_SERVICE", "applyDate": "2026-01-22", "productId": None, "licenseCount": 10}
    return vendor_json.reservation(**given | changes)


def schedule(readings: Snapshot, task_type: str, size: str, on: date, quantity: int | None = None) -> Verdict:
    names_size = task_type not in ("CANCEL", "CHANGE_QUANTITY")
    wish = OptionOrderAdd(
        option_product_id=option_of(size),
        type=task_type,
        apply_date=on,
        sub_option_id=size if names_size else None,
        quantity=quantity,
    )
    return option_orders.add_order(readings, wish, TODAY)


STANDARD = state(paid())
TO_CONVERT = state(trial(), reservations=(conversion(),))
FREE_TO_CONVERT = state(free(), reservations=(conversion(productId="STD"),))
PRE_ORDERED = state(pre_orders=(vendor_json.pre_order(applyDate="2026-01-24"),))
STORAGE = state(paid(), options=(held("SSTG202"),))
CX_TALK = state(paid(), options=(held("CST_S01", quantity=3),))
ARCHIVE = state(paid(), options=(held("ACV201"),))
ON_A_TRIAL = state(trial(), options=(on_trial("ACV200"),))
ARCHIVE_TRIAL = state(paid(), options=(on_trial("ACV200"),))
TRIAL_TO_CONVERT = state(trial(), options=(on_trial("ACV200"),), reservations=(conversion(),))

# What: the state, the type, the option → the window.
WINDOWS: dict[str, tuple[Snapshot, str, str, tuple[date, date] | None]] = {
    "begins, paid": (STANDARD, "APPLY", "SSTG2", (JAN_16, FEB_15)),
    "begins, pre-order": (PRE_ORDERED, "APPLY", "SSTG2", (date(2026, 1, 24), FEB_15)),
    "begins, trial to convert": (TO_CONVERT, "APPLY", "ACV2", (JAN_22, JAN_22)),
    "begins, free to convert": (FREE_TO_CONVERT, "APPLY", "ACV2", (JAN_22, JAN_22)),
    "begins, trial": (state(trial()), "APPLY", "ACV2", (JAN_16, date(2026, 1, 29))),
    "begins, beside a task": (
        state(paid(), reservations=(vendor_json.reservation(applyDate="2026-02-01"),)), "APPLY", "ACV2",
        (date(2026, 2, 1), date(2026, 2, 1)),
    ),
    "begins, nothing to rest on": (state(), "APPLY", "ACV2", None),
    "ends, paid": (STORAGE, "CANCEL", "SSTG2", (JAN_16, FEB_15)),
    "ends, trial to convert": (TRIAL_TO_CONVERT, "CANCEL", "ACV2", (JAN_22, JAN_22)),
    "ends, trial": (ON_A_TRIAL, "CANCEL", "ACV2", None),
    "becomes paid, paid": (ARCHIVE_TRIAL, "START_PAID_SERVICE", "ACV2", (JAN_16, date(2026, 1, 30))),
    "becomes paid, trial to convert": (TRIAL_TO_CONVERT, "START_PAID_SERVICE", "ACV2", (JAN_22, JAN_22)),
    "grows": (STORAGE, "MODIFY", "SSTG2", (JAN_16, FEB_15)),
    "more": (CX_TALK, "CHANGE_QUANTITY", "CST_S", (date(2026, 2, 1), date(2026, 2, 1))),
}  # fmt: skip


@pytest.mark.parametrize("what", WINDOWS)
def test_a_task_takes_effect_inside_its_window(what: str) -> None:
    readings, task_type, code, expected = WINDOWS[what]

    assert order_windows.days_of(readings, code, task_type, TODAY) == expected


@pytest.mark.parametrize(
    ("readings", "task_type", "expected"),
    [
        (TO_CONVERT, "APPLY", (JAN_16, date(2026, 2, 28))),
        (FREE_TO_CONVERT, "APPLY", (JAN_16, date(2026, 3, 16))),
        (STANDARD, "APPLY", (JAN_16, FEB_15)),
    ],
)
def test_what_is_scheduled_to_begin_can_be_moved_further(
    readings: Snapshot, task_type: str, expected: tuple[date, date]
) -> None:
    assert order_windows.days_of(readings, "ACV2", task_type, TODAY, is_new=False) == expected


def test_in_the_last_month_no_quantity_is_scheduled() -> None:
    last = {"planEndDate": "2026-01-31"}
    ending = state(paid(**last), options=(held("CST_S01", quantity=3, **last),))

    assert problems(schedule(ending, "CHANGE_QUANTITY", "CST_S01", date(2026, 2, 1), 5)) == [
        ("option.order.lastmonth", "")
    ]


@pytest.mark.parametrize(
    ("readings", "task_type", "size", "on", "quantity", "expected"),
    [
        (STANDARD, "APPLY", "SSTG202", FEB_15, None, []),
        (STANDARD, "APPLY", "SSTG202", date(2026, 2, 16), None, [("option.order.applypaid", "apply_date")]),
        (STANDARD, "APPLY", "SSTG202", TODAY, None, [("option.order.applypaid", "apply_date")]),
        (STANDARD, "APPLY", "DRV_PA", FEB_14, None, [("option.product.fits", "sub_option_id")]),
        (STANDARD, "APPLY", "CST_S01", FEB_14, None, [("option.quantity.needed", "quantity")]),
        (STANDARD, "APPLY", "SSTG202", FEB_14, 1, [("option.quantity.none", "quantity")]),
        (STORAGE, "APPLY", "SSTG203", FEB_14, None, [("option.add.held", "")]),
        (state(), "APPLY", "SSTG203", FEB_14, None, [("option.base.needed", "")]),
        (state(free()), "APPLY", "ACV201", FEB_14, None, [("option.order.conversion", "")]),
        (FREE_TO_CONVERT, "APPLY", "ACV201", JAN_22, None, []),
        (FREE_TO_CONVERT, "APPLY", "ACV201", FEB_14, None, [("option.order.samedate", "apply_date")]),
        (state(trial()), "APPLY", "ACV200", JAN_22, None, []),
        (state(trial()), "APPLY", "ACV201", JAN_22, None, [("option.trial.only", "sub_option_id")]),
        (TO_CONVERT, "APPLY", "ACV201", JAN_22, None, []),
        (PRE_ORDERED, "APPLY", "SSTG201", JAN_22, None, [("option.order.preorder", "apply_date")]),
        (PRE_ORDERED, "APPLY", "DRV_PA", date(2026, 1, 24), None, [("option.product.fits", "sub_option_id")]),
        (state(trial(status="SUSPENDED_TRIALEND")), "APPLY", "ACV200", JAN_22, None, [("option.trial.grace", "")]),
        (state(paid(), tasks=(task("SSTG202"),)), "APPLY", "SSTG201", JAN_22, None, [("option.order.one", "")]),
        (STORAGE, "CANCEL", "SSTG202", FEB_15, None, []),
        (STORAGE, "CANCEL", "SSTG202", date(2026, 2, 16), None, [("option.order.cancelpaid", "apply_date")]),
        (STANDARD, "CANCEL", "SSTG202", FEB_14, None, [("option.inuse", "")]),
        (ON_A_TRIAL, "CANCEL", "ACV200", JAN_22, None, [("option.order.conversion", "")]),
        (ARCHIVE_TRIAL, "START_PAID_SERVICE", "ACV201", date(2026, 1, 30), None, []),
        (ARCHIVE_TRIAL, "START_PAID_SERVICE", "ACV201", FEB_14, None, [("option.order.convertpaid", "apply_date")]),
        (ARCHIVE_TRIAL, "START_PAID_SERVICE", "ACV200", JAN_22, None, [("option.order.pair", "sub_option_id")]),
        (ARCHIVE, "START_PAID_SERVICE", "ACV201", JAN_22, None, [("option.order.intrial", "")]),
        (STORAGE, "START_PAID_SERVICE", "SSTG202", JAN_22, None, [("option.order.type", "type")]),
        (STORAGE, "MODIFY", "SSTG203", FEB_15, None, []),
        (STORAGE, "MODIFY", "SSTG202", FEB_14, None, [("option.order.modifyupward", "sub_option_id")]),
        (STORAGE, "MODIFY", "SSTG201", FEB_14, None, [("option.order.modifyupward", "sub_option_id")]),
        (STORAGE, "MODIFY", "SSTG203", date(2026, 2, 16), None, [("option.order.modify", "apply_date")]),
        (state(paid(), options=(held("SSTG207"),)), "MODIFY", "SSTG207", FEB_14, None, [("option.upgrade.top", "")]),
        (CX_TALK, "CHANGE_QUANTITY", "CST_S01", date(2026, 2, 1), 5, []),
        (CX_TALK, "CHANGE_QUANTITY", "CST_S01", date(2026, 2, 1), 3, [("option.order.quantityup", "quantity")]),
        (CX_TALK, "CHANGE_QUANTITY", "CST_S01", date(2026, 2, 1), 51, [("option.quantity.needed", "quantity")]),
        (CX_TALK, "CHANGE_QUANTITY", "CST_S01", date(2026, 2, 1), None, [("option.quantity.needed", "quantity")]),
        (CX_TALK, "CHANGE_QUANTITY", "CST_S01", date(2026, 3, 1), 5, [("option.order.quantitydate", "apply_date")]),
        (STORAGE, "CHANGE_QUANTITY", "SSTG202", date(2026, 2, 1), 5, [("option.order.type", "type")]),
        (STORAGE, "SHRINK", "SSTG201", FEB_14, None, [("option.order.type", "type")]),
    ],
)  # fmt: skip
def test_scheduling(
    readings: Snapshot, task_type: str, size: str, on: date, quantity: int | None, expected: list[Any]
) -> None:
    assert problems(schedule(readings, task_type, size, on, quantity)) == expected


def test_a_task_about_the_present_size_names_no_other() -> None:
    wish = OptionOrderAdd(option_product_id="SSTG2", type="CANCEL", apply_date=FEB_14, sub_option_id="SSTG201")
    assert problems(option_orders.add_order(STORAGE, wish, TODAY)) == [("option.order.sizefixed", "sub_option_id")]
    wish = OptionOrderAdd(option_product_id="SSTG2", type="MODIFY", apply_date=FEB_14)
    assert problems(option_orders.add_order(STORAGE, wish, TODAY)) == [("option.order.size", "sub_option_id")]


def test_the_consequences_of_an_end_are_those_of_its_day() -> None:
    inside = consequences(schedule(STORAGE, "CANCEL", "SSTG202", FEB_14))
    after = consequences(schedule(STORAGE, "CANCEL", "SSTG202", FEB_15))

    assert inside["option.cancel.penalty"] == Weight.LOSS
    assert "option.cancel.penalty" not in after
    assert inside["option.order.undo"] == Weight.UNDO


def test_what_rests_on_another_task_says_that_it_does_not_go_along() -> None:
    assert consequences(schedule(TO_CONVERT, "APPLY", "ACV201", JAN_22))["option.order.stays"] == Weight.CARE
    assert consequences(schedule(PRE_ORDERED, "APPLY", "ACV201", FEB_14))["option.order.stays"] == Weight.CARE
    assert "option.order.stays" not in consequences(schedule(STANDARD, "APPLY", "ACV201", FEB_14))
    ending = state(paid(), reservations=(vendor_json.reservation(type="CANCEL", applyDate="2026-02-01"),))
    found = consequences(schedule(ending, "APPLY", "ACV201", date(2026, 2, 1)))
    assert found["option.order.baseends"] == Weight.LOSS


def test_what_grows_says_whether_it_can_shrink() -> None:
    assert "option.renewal.down.later" in consequences(schedule(STORAGE, "MODIFY", "SSTG203", FEB_14))
    assert "option.quantity.fewer" in consequences(schedule(CX_TALK, "CHANGE_QUANTITY", "CST_S01", date(2026, 2, 1), 5))


GROWING = state(paid(), options=(held("SSTG202"),), tasks=(task("SSTG203", "MODIFY"),))
ENDING = state(paid(), options=(held("SSTG202"),), tasks=(task("SSTG202", "CANCEL"),))
SHRINKING = state(paid(), tasks=(task("SSTG202", "SHRINK"),))
BEGINNING = state(paid(), tasks=(task("CST_S01", quantity=2),))
# An option that LINE WORKS sells since, and Partnerdesk does not know.
NEW = state(paid(), tasks=(vendor_json.option_order(optionProductId="NEW9"),))


@pytest.mark.parametrize(
    ("readings", "code", "changes", "expected"),
    [
        (GROWING, "SSTG2", {"apply_date": FEB_14}, []),
        (GROWING, "SSTG2", {"sub_option_id": "SSTG205"}, []),
        (GROWING, "SSTG2", {"sub_option_id": "SSTG201"}, [("option.order.modifyupward", "sub_option_id")]),
        (GROWING, "SSTG2", {"apply_date": date(2026, 2, 16)}, [("option.order.modify", "apply_date")]),
        (GROWING, "SSTG2", {"quantity": 2}, [("option.order.fields", "quantity")]),
        (GROWING, "SSTG2", {}, [("option.order.same", "")]),
        (GROWING, "SSTG2", {"apply_date": date(2026, 2, 1)}, [("option.order.same", "")]),
        (ENDING, "SSTG2", {"apply_date": FEB_15}, []),
        (ENDING, "SSTG2", {"sub_option_id": "SSTG203"}, [("option.order.fields", "sub_option_id")]),
        (BEGINNING, "CST_S", {"quantity": 50}, []),
        (BEGINNING, "CST_S", {"quantity": 51}, [("option.quantity.needed", "quantity")]),
        (STANDARD, "SSTG2", {"apply_date": FEB_14}, [("option.order.exists", "")]),
        (SHRINKING, "SSTG2", {"apply_date": FEB_14}, [("option.order.unknown", "")]),
        (NEW, "NEW9", {"apply_date": FEB_14}, [("option.known", "")]),
    ],
)  # fmt: skip
def test_changing_what_is_scheduled(readings: Snapshot, code: str, changes: Json, expected: list[Any]) -> None:
    wish = OptionOrderChange(option_product_id=code, **changes)
    assert problems(option_orders.change_order(readings, wish, TODAY)) == expected


def test_moving_away_from_the_subscriptions_own_day_is_warned_of() -> None:
    readings = state(trial(), reservations=(conversion(),), tasks=(task("ACV201", day="2026-01-22"),))
    wish = OptionOrderChange(option_product_id="ACV2", apply_date=date(2026, 1, 23))
    assert consequences(option_orders.change_order(readings, wish, TODAY))["option.order.anotherday"] == Weight.CARE


def test_deleting_what_is_scheduled() -> None:
    def delete(readings: Snapshot, code: str = "SSTG2") -> Verdict:
        return option_orders.delete_order(readings, OptionOrderDelete(option_product_id=code), TODAY)

    assert consequences(delete(GROWING)) == {
        "option.order.deleted": Weight.LOSS,
        "option.order.deletedstays": Weight.NOTE,
    }
    assert problems(delete(STANDARD)) == [("option.order.exists", "")]
    unknown = state(paid(), tasks=(vendor_json.option_order(optionProductId="NEW9"),))
    assert problems(delete(unknown, "NEW9")) == [("option.known", "")]
    ending_trial = state(
        trial(), options=(on_trial("ACV200"),), reservations=(conversion(),), tasks=(task("ACV200", "CANCEL"),)
    )
    assert consequences(delete(ending_trial, "ACV2"))["option.convert.along"] == Weight.CARE
