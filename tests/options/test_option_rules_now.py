"""Each rule of what changes of an option at once: a case that it lets pass and a case that it stops."""

from datetime import date
from typing import Any

import pytest

from options.rules import options
from options.rules.options import OptionAdd, OptionCancel, OptionConvert, OptionQuantityAdd, OptionUpgrade
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


def add(size: str, base: Snapshot, quantity: int | None = None) -> Verdict:
    wish = OptionAdd(option_product_id=option_of(size), sub_option_id=size, quantity=quantity)
    return options.add_option(base, wish, TODAY)


def cancel(readings: Snapshot, code: str = "SSTG2", today: date = TODAY) -> Verdict:
    return options.cancel_option(readings, OptionCancel(option_product_id=code), today)


def upgrade(readings: Snapshot, to: str) -> Verdict:
    wish = OptionUpgrade(option_product_id=option_of(to), sub_option_id=to)
    return options.upgrade_option(readings, wish, TODAY)


def convert(readings: Snapshot, to: str, quantity: int | None = None) -> Verdict:
    wish = OptionConvert(option_product_id=option_of(to), sub_option_id=to, quantity=quantity)
    return options.convert_option(readings, wish, TODAY)


def more(readings: Snapshot, count: int, code: str = "CST_S") -> Verdict:
    wish = OptionQuantityAdd(option_product_id=code, quantity=count)
    return options.add_quantity(readings, wish, TODAY)


STANDARD, ADVANCED = state(paid()), state(paid("ADV"))
STANDARD_TRIAL, ADVANCED_TRIAL = state(trial()), state(trial("ADV_T"))
IN_GRACE = state(trial(status="SUSPENDED_TRIALEND", planEndDate="2026-01-10"))

# size → the states that it goes with
SOLD = {
    "ACV200": {"STD", "ADV", "STD_T", "ADV_T"},
    "ACV201": {"STD", "ADV"},
    "ACV300": {"ADV", "ADV_T"},
    "ACV301": {"ADV"},
    "DRV00": {"STD", "STD_T"},
    "DRV01": {"STD"},
    "DRV_PS_T": {"STD", "STD_T"},
    "DRV_PS": {"STD"},
    "DRV_PA_T": {"ADV", "ADV_T"},
    "DRV_PA": {"ADV"},
    "SSTG201": {"STD", "ADV"},
    "SSTG207": {"STD", "ADV"},
    "BCT01": {"STD", "ADV"},
    "BCT04": {"STD", "ADV"},
    "CST_S00": {"STD", "ADV", "STD_T", "ADV_T"},
    "CST_L01": {"STD", "ADV"},
}
BASES = {"STD": STANDARD, "ADV": ADVANCED, "STD_T": STANDARD_TRIAL, "ADV_T": ADVANCED_TRIAL}


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("size", SOLD)
def test_a_size_goes_with_what_it_is_sold_with(size: str, base: str) -> None:
    quantity = 1 if size.startswith("CST") else None

    found = {rule for rule, _field in problems(add(size, BASES[base], quantity))}

    assert (found == set()) == (base in SOLD[size])
    assert found <= {"option.product.fits", "option.trial.only"}


@pytest.mark.parametrize(
    ("size", "readings", "quantity", "expected"),
    [
        ("ACV201", STANDARD_TRIAL, None, [("option.trial.only", "sub_option_id")]),
        ("SSTG201", STANDARD_TRIAL, None, [("option.product.fits", "")]),
        ("DRV_PA", STANDARD, None, [("option.product.fits", "sub_option_id")]),
        ("ACV201", state(free()), None, [("option.product.fits", "")]),
        ("ACV201", state(), None, [("option.base.needed", "")]),
        ("ACV200", IN_GRACE, None, [("option.trial.grace", "")]),
        ("SSTG203", state(paid(), options=(held("SSTG202"),)), None, [("option.add.held", "")]),
        ("SSTG208", STANDARD, None, [("option.sub.known", "sub_option_id")]),
        ("CST_S01", STANDARD, None, [("option.quantity.needed", "quantity")]),
        ("CST_S01", STANDARD, 0, [("option.quantity.needed", "quantity")]),
        ("CST_S01", STANDARD, 51, [("option.quantity.needed", "quantity")]),
        ("SSTG201", STANDARD, 1, [("option.quantity.none", "quantity")]),
        ("CST_S01", STANDARD, 50, []),
        ("CST_S01", STANDARD, 1, []),
    ],
)
def test_adding(size: str, readings: Snapshot, quantity: int | None, expected: list[Any]) -> None:
    assert problems(add(size, readings, quantity)) == expected


@pytest.mark.parametrize("code", ["QTA_O1", "JP_PPO_M", "NEVER_HEARD_OF"])
def test_what_has_no_known_size_is_not_added(code: str) -> None:
    wish = OptionAdd(option_product_id=code, sub_option_id=f"{code}1", quantity=1)

    assert problems(options.add_option(STANDARD, wish, TODAY)) == [("option.known", "")]


def test_adding_a_paid_option_says_what_it_binds_to() -> None:
    assert consequences(add("SSTG201", STANDARD)) == {
        "option.add.begins": Weight.NOTE,
        "option.add.charged": Weight.NOTE,
        "option.plan.base": Weight.NOTE,
        "option.add.bound": Weight.CARE,
        "option.add.pause": Weight.NOTE,
    }
    monthly = consequences(add("CST_S01", state(paid(plan="MONTHLY")), 2))
    assert monthly["option.add.undo"] == Weight.UNDO
    assert monthly["option.quantity.fewer"] == Weight.NOTE
    assert "option.add.bound" not in monthly


def test_adding_a_trial_says_how_it_ends() -> None:
    on_paid, on_a_trial = consequences(add("DRV00", STANDARD)), consequences(add("DRV00", STANDARD_TRIAL))

    assert on_paid["option.trial.end"] == on_a_trial["option.trial.base"] == Weight.CARE
    assert "option.convert.own" in on_a_trial
    assert "option.trial.base" not in on_paid
    assert "option.add.charged" not in on_paid


def test_adding_deletes_what_is_scheduled_and_says_so() -> None:
    scheduled = state(paid(), tasks=(task("SSTG202"), task("BCT01")))

    [wiped] = [each for each in add("SSTG201", scheduled).consequences if each.rule.id == "option.add.wipes"]

    assert wiped.weight == Weight.LOSS
    assert str(wiped) == "The scheduled change of the option is deleted: Apply on 1 Feb 2026."


@pytest.mark.parametrize(
    ("option", "today", "expected"),
    [
        (held("SSTG202"), TODAY, {"option.cancel.penalty", "option.cancel.pause", "option.cancel.free"}),
        (held("SSTG202"), date(2026, 2, 14), {"option.cancel.penalty", "option.cancel.pause", "option.cancel.free"}),
        (held("SSTG202"), date(2026, 2, 15), {"option.cancel.free"}),
        (held("SSTG202", plan="ANNUAL_PREPAY_LICENSE"), date(2026, 2, 16), {"option.cancel.free"}),
        (held("SSTG202", plan="MONTHLY"), TODAY, set()),
    ],
)  # fmt: skip
def test_cancelling_says_what_it_costs(option: Any, today: date, expected: set[str]) -> None:
    found = consequences(cancel(state(paid(), options=(option,)), today=today))

    assert found.keys() - {"option.cancel.ends", "option.cancel.data", "option.now.final"} == expected
    assert found["option.now.final"] == Weight.LOSS


def test_the_penalty_says_its_figures() -> None:
    said = [str(each) for each in cancel(state(paid(), options=(held("SSTG202"),))).consequences]

    assert "A penalty applies: on 15 Jan 2026 the annual contract still runs until 14 Feb 2026 (days left: 30)." in said
    assert "You can order the option again from 1 Feb 2026." in said
    assert "No penalty applies from 15 Feb 2026." in said


def test_one_month_options_cost_no_penalty_and_trials_neither() -> None:
    month = vendor_json.option(optionProductId="QTA_O1", subOptionId="QTA_O1", planEndDate="2026-02-14")
    assert "option.cancel.penalty" not in consequences(cancel(state(paid(), options=(month,)), "QTA_O1"))
    drive = state(paid(), options=(on_trial("DRV00"),))
    assert "option.cancel.penalty" not in consequences(cancel(drive, "DRV"))


def test_only_what_is_in_use_and_known_can_be_canceled() -> None:
    assert problems(cancel(STANDARD)) == [("option.inuse", "")]
    unknown = vendor_json.option(optionProductId="NEVER_HEARD_OF")
    assert problems(cancel(state(paid(), options=(unknown,)), "NEVER_HEARD_OF")) == [("option.known", "")]


def test_cancelling_speaks_of_what_is_scheduled() -> None:
    readings = state(paid(), options=(held("SSTG202"),), tasks=(task("SSTG203", "MODIFY"),))
    assert consequences(cancel(readings))["option.now.task"] == Weight.CARE


@pytest.mark.parametrize(
    ("size", "product", "to", "expected"),
    [
        ("SSTG202", "STD", "SSTG203", []),
        ("SSTG202", "ADV", "SSTG207", []),
        ("BCT01", "STD", "BCT04", []),
        ("DRV01", "STD", "DRV_PS", []),
        ("SSTG202", "STD", "SSTG202", [("option.upgrade.upward", "sub_option_id")]),
        ("SSTG202", "STD", "SSTG201", [("option.upgrade.upward", "sub_option_id")]),
        ("SSTG202", "STD", "SSTG209", [("option.sub.known", "sub_option_id")]),
        ("DRV01", "STD", "DRV_PA", [("option.product.fits", "sub_option_id")]),
        ("DRV01", "STD", "DRV00", [("option.upgrade.upward", "sub_option_id")]),
        ("SSTG207", "STD", "SSTG207", [("option.upgrade.top", "")]),
        ("ACV201", "STD", "ACV201", [("option.upgrade.top", "")]),
        ("DRV_PS", "STD", "DRV01", [("option.upgrade.top", "")]),
    ],
)
def test_upgrading(size: str, product: str, to: str, expected: list[Any]) -> None:
    assert problems(upgrade(state(paid(product), options=(held(size),)), to)) == expected


def test_upgrading_says_that_it_shrinks_only_at_the_renewal_or_never() -> None:
    storage = consequences(upgrade(state(paid(), options=(held("SSTG202"),)), "SSTG203"))
    drive = consequences(upgrade(state(paid(), options=(held("DRV01"),)), "DRV_PS"))

    assert storage["option.renewal.down.later"] == Weight.CARE
    assert drive["option.renewal.down.never"] == Weight.LOSS
    assert not {"option.upgrade.renewal", "option.now.task"} & storage.keys()


def test_upgrading_speaks_of_a_renewal_and_a_task_that_are_set() -> None:
    set_before = state(
        paid(),
        options=(held("SSTG202"),),
        renewals=(vendor_json.option_renewal(type="CHANGE", subOptionId="SSTG201"),),
        tasks=(task("SSTG204", "MODIFY"),),
    )
    found = consequences(upgrade(set_before, "SSTG203"))
    assert found["option.upgrade.renewal"] == found["option.now.task"] == Weight.CARE


@pytest.mark.parametrize(
    ("size", "base", "to", "expected"),
    [
        ("ACV200", paid(), "ACV201", []),
        ("DRV00", paid(), "DRV01", []),
        ("DRV_PS_T", paid(), "DRV_PS", []),
        ("DRV_PA_T", paid("ADV"), "DRV_PA", []),
        ("DRV00", paid(), "DRV_PS", [("option.convert.pair", "sub_option_id")]),
        ("DRV00", paid(), "DRV_PA", [("option.product.fits", "sub_option_id")]),
        ("DRV00", trial(), "DRV01", [("option.convert.base", "")]),
        ("ACV300", paid("ADV"), "ACV301", [("option.convert.which", "")]),
        ("CST_S00", paid(), "CST_S01", [("option.convert.which", "")]),
    ],
)
def test_converting(size: str, base: Any, to: str, expected: list[Any]) -> None:
    assert problems(convert(state(base, options=(on_trial(size),)), to)) == expected


def test_converting_needs_a_trial_and_takes_no_quantity() -> None:
    assert problems(convert(state(paid(), options=(held("ACV201"),)), "ACV201")) == [("option.convert.trial", "")]
    assert problems(convert(STANDARD, "ACV201")) == [("option.inuse", "")]
    drive = state(paid(), options=(on_trial("DRV00"),))
    assert problems(convert(drive, "DRV01", 1)) == [("option.quantity.none", "quantity")]


def test_converting_says_what_it_binds_to_and_that_it_is_final() -> None:
    scheduled = (task("DRV01", "START_PAID_SERVICE"),)
    found = consequences(convert(state(paid(), options=(on_trial("DRV00"),), tasks=scheduled), "DRV01"))

    assert found["option.add.bound"] == found["option.now.task"] == Weight.CARE
    assert found["option.now.final"] == Weight.LOSS


@pytest.mark.parametrize(
    ("present", "count", "expected"),
    [
        (2, 1, []),
        (2, 48, []),
        (2, 49, [("option.quantity.needed", "quantity")]),
        (2, 0, [("option.quantity.needed", "quantity")]),
        (2, -1, [("option.quantity.needed", "quantity")]),
        (50, 1, [("option.quantity.most", "")]),
    ],
)
def test_more_of_an_option(present: int, count: int, expected: list[Any]) -> None:
    assert problems(more(state(paid(), options=(held("CST_S01", quantity=present),)), count)) == expected


def test_more_of_an_option_that_is_not_sold_by_quantity_or_not_used() -> None:
    storage = state(paid(), options=(held("SSTG202"),))
    assert problems(more(storage, 1, "SSTG2")) == [("option.quantity.add", "")]
    assert problems(more(STANDARD, 1)) == [("option.inuse", "")]
    assert consequences(more(state(paid(), options=(held("CST_S01", quantity=2),)), 1)) == {
        "option.quantity.more": Weight.NOTE,
        "option.quantity.meaning": Weight.CARE,
        "option.quantity.fewer": Weight.CARE,
    }
