"""Each rule of the renewal of options: a case that it lets pass and a case that it stops."""

from typing import Any

import pytest

from options.rules import renewals
from options.rules.renewals import OptionRenewalSet
from portal.core.rules import RULEBOOK, Verdict, Weight
from portal.operations.snapshots import Snapshot
from tests.options.states import TODAY, consequences, held, on_trial, paid, problems, state
from tests.support import vendor_json
from tests.support.vendor_json import Json


def renewal(size: str, code: str = "SSTG2", **changes: Any) -> Json:
    return vendor_json.option_renewal(optionProductId=code, subOptionId=size, **changes)


def set_to(readings: Snapshot, renewal_type: str, code: str = "SSTG2", **changes: Any) -> Verdict:
    wish = OptionRenewalSet(option_product_id=code, type=renewal_type, **changes)
    return renewals.set_renewal(readings, wish, TODAY)


STORAGE = state(paid(), options=(held("SSTG203"),), renewals=(renewal("SSTG203"),))
SHRINKING = state(paid(), options=(held("SSTG203"),), renewals=(renewal("SSTG201", type="CHANGE"),))
DRIVE = state(paid(), options=(held("DRV_PS"),), renewals=(renewal("DRV_PS", "DRV"),))
# Nothing is set, or what is set could not be read.
UNSET = state(paid(), options=(held("DRV_PS"),))
BY_QUANTITY = state(
    paid("NTA_SL"), options=(vendor_json.option(optionProductId="QTA_M1", subOptionId="QTA_M1_1", quantity=5),)
)
CX_TALK = state(paid(), options=(held("CST_S01", quantity=3),), renewals=(renewal("CST_S01", "CST_S", quantity=3),))
SMALLER_AND_ONE = {"type": "CHANGE", "sub_option_id": "SSTG201", "quantity": 1}
ONE_MONTH = state(paid(), options=(vendor_json.option(optionProductId="QTA_O1"),))
TO_STAY = state(paid(), options=(held("DRV_PS"),), renewals=(renewal("DRV_PA", "DRV", type="CHANGE"),))
TO_ADVANCED = paid(renewal={"subscriptionId": 501, "type": "CHANGE", "productId": "ADV", "plan": "ANNUAL_LICENSE"})
LARGER = state(TO_ADVANCED, options=(held("DRV_PS"),))


@pytest.mark.parametrize(
    ("readings", "code", "wish", "expected"),
    [
        (STORAGE, "SSTG2", {"type": "CHANGE", "sub_option_id": "SSTG201"}, []),
        (STORAGE, "SSTG2", {"type": "CHANGE", "sub_option_id": "SSTG207"}, []),
        (STORAGE, "SSTG2", {"type": "CHANGE", "sub_option_id": "SSTG203"}, [("option.renewal.nochange", "")]),
        (STORAGE, "SSTG2", {"type": "CHANGE", "sub_option_id": "SSTG208"}, [("option.sub.known", "sub_option_id")]),
        (STORAGE, "SSTG2", SMALLER_AND_ONE, [("option.quantity.none", "quantity")]),
        (STORAGE, "SSTG2", {"type": "STAY"}, [("option.renewal.same", "")]),
        (STORAGE, "SSTG2", {"type": "CANCEL"}, [("option.renewal.type", "type")]),
        (SHRINKING, "SSTG2", {"type": "STAY"}, []),
        (SHRINKING, "SSTG2", {"type": "STAY", "sub_option_id": "SSTG201"}, [("option.renewal.stay", "sub_option_id")]),
        (SHRINKING, "SSTG2", {"type": "STAY", "quantity": 2}, [("option.renewal.stay", "quantity")]),
        (SHRINKING, "SSTG2", {"type": "CHANGE", "sub_option_id": "SSTG201"}, [("option.renewal.same", "")]),
        (DRIVE, "DRV", {"type": "CHANGE", "sub_option_id": "DRV_PS"}, [("option.renewal.only", "type")]),
        (DRIVE, "DRV", {"type": "STAY"}, [("option.renewal.same", "")]),
        (UNSET, "DRV", {"type": "STAY"}, []),
        (UNSET, "DRV", {"type": "CHANGE", "sub_option_id": "DRV_PS"}, [("option.renewal.only", "type")]),
        (BY_QUANTITY, "QTA_M1", {"type": "CHANGE", "quantity": 2}, []),
        (BY_QUANTITY, "QTA_M1", {"type": "CHANGE", "quantity": 2, "sub_option_id": "QTA_M1_1"}, []),
        (BY_QUANTITY, "QTA_M1", {"type": "CHANGE", "quantity": 5}, [("option.renewal.nochange", "")]),
        (BY_QUANTITY, "QTA_M1", {"type": "CHANGE", "quantity": 1000}, [("option.quantity.needed", "quantity")]),
        (BY_QUANTITY, "QTA_M1", {"type": "CHANGE", "quantity": 2, "sub_option_id": "QTA_M1_2"},
         [("option.sub.known", "sub_option_id")]),
        (TO_STAY, "DRV", {"type": "STAY"}, []),
        (LARGER, "DRV", {"type": "CHANGE", "sub_option_id": "DRV01"}, [("option.renewal.down", "sub_option_id")]),
        (LARGER, "DRV", {"type": "CHANGE", "sub_option_id": "DRV_PS"}, [("option.product.fits", "sub_option_id")]),
        (LARGER, "DRV", {"type": "CHANGE", "sub_option_id": "DRV_PS_T"}, [("option.renewal.target", "sub_option_id")]),
        (LARGER, "DRV", {"type": "CHANGE", "sub_option_id": "DRV_PA"}, []),
        (CX_TALK, "CST_S", {"type": "CHANGE", "quantity": 1}, []),
        (CX_TALK, "CST_S", {"type": "CHANGE", "quantity": 50}, []),
        (CX_TALK, "CST_S", {"type": "CHANGE", "quantity": 51}, [("option.quantity.needed", "quantity")]),
        (CX_TALK, "CST_S", {"type": "CHANGE", "quantity": 0}, [("option.quantity.needed", "quantity")]),
        (CX_TALK, "CST_S", {"type": "CHANGE", "quantity": 3}, [("option.renewal.nochange", "")]),
        (state(paid(), options=(on_trial("DRV00"),)), "DRV", {"type": "STAY"}, [("option.renewal.paid", "")]),
        (state(paid()), "DRV", {"type": "STAY"}, [("option.inuse", "")]),
        (ONE_MONTH, "QTA_O1", {"type": "STAY"}, [("option.renewal.month", "")]),
    ],
)  # fmt: skip
def test_setting_the_renewal(readings: Snapshot, code: str, wish: Json, expected: list[Any]) -> None:
    asked = OptionRenewalSet.model_validate({"option_product_id": code} | wish)

    assert problems(renewals.set_renewal(readings, asked, TODAY)) == expected


def test_a_smaller_size_may_fall_back_and_a_larger_one_may_not() -> None:
    smaller = consequences(set_to(STORAGE, "CHANGE", sub_option_id="SSTG201"))
    larger = consequences(set_to(STORAGE, "CHANGE", sub_option_id="SSTG204"))

    assert smaller["option.renewal.use"] == Weight.CARE
    assert "option.renewal.use" not in larger
    assert larger == {"option.renewal.takes": Weight.NOTE, "option.renewal.undo": Weight.UNDO}


def test_the_renewal_says_its_days() -> None:
    said = [str(each) for each in set_to(STORAGE, "CHANGE", sub_option_id="SSTG201").consequences]

    assert said[0] == "The option changes to 1 TB, quantity 1, on 15 Feb 2026. Nothing changes until then."
    assert said[-1] == "You can change the renewal settings until 14 Feb 2026."


def test_a_subscription_that_ends_takes_its_options_along() -> None:
    ending = paid(renewal={"subscriptionId": 501, "type": "CANCEL"})
    readings = state(ending, options=(held("SSTG203"),), renewals=(renewal("SSTG203"),))

    assert consequences(set_to(readings, "CHANGE", sub_option_id="SSTG201"))["option.renewal.baseends"] == Weight.LOSS


def test_every_rule_names_a_vendor_page_that_is_about_options_or_what_they_go_with() -> None:
    of_options = [rule for rule in RULEBOOK if rule.id.startswith("option.")]

    assert len(of_options) > 60
    assert all(rule.page == "partner" or rule.page.startswith("partner-customer-") for rule in of_options)


def test_a_renewal_is_offered_unless_it_is_known_to_stay_with_nothing_to_change_to() -> None:
    known = renewals.against_offering(DRIVE, "DRV")

    assert [problem.rule.id for problem in known] == ["option.renewal.only"]
    for readings, code in ((UNSET, "DRV"), (TO_STAY, "DRV"), (STORAGE, "SSTG2"), (BY_QUANTITY, "QTA_M1")):
        assert renewals.against_offering(readings, code) == []
