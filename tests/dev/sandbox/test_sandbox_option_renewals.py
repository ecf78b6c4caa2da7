from typing import Any

import pytest

from tests.support.sandbox import Sandbox

from .cases import breaks, keeps
from .conftest import Api
from .ledger import operations
from .optioning import held, option_of, option_renewal, options, options_path, order, settlement_items, take
from .subscribing import HIKARI, MINATO, TSUBAME, assert_breaks, current, done, renewal, start_paid

# A contract that starts today is renewed on this day, to the same day a year later.
RENEWAL_DAY, NEXT_END = "2027-01-15", "2028-01-14"


def renewal_path(option_id: str, domain_id: int = TSUBAME) -> str:
    return options_path(domain_id, option_id, "/renewal")


@keeps("option.renewal.paid", "option.renewal.month")
def test_a_paid_option_renews_as_it_is_until_told_otherwise(api: Api) -> None:
    taken = take(api, HIKARI, "SSTG202")

    assert option_renewal(api, HIKARI, "SSTG2") == {
        "subscriptionId": taken["subscriptionId"],
        "optionProductId": "SSTG2",
        "subOptionId": "SSTG202",
        "type": "STAY",
        "quantity": 1,
    }


@breaks("option.renewal.paid", "option.renewal.month")
@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PATCH", {"type": "STAY"})])
def test_a_trial_and_an_option_of_one_month_have_no_renewal(
    api: Api, sandbox: Sandbox, method: str, body: object
) -> None:
    take(api, HIKARI, "ACV200")

    address = renewal_path("ACV2", HIKARI)
    assert_breaks(api, sandbox, "option.renewal.paid", 404, "RENEWAL_NOT_EXIST", method, address, body)
    for option_id in ("QTA_O1", "QTA_O2", "JP_PPO_O", "JP_AIS_O"):
        address = renewal_path(option_id, HIKARI)
        assert_breaks(api, sandbox, "option.renewal.month", 400, "INVALID_PARAMETER", method, address, body)


@keeps("option.renewal.down", "option.renewal.target", "option.renewal.stay")
@pytest.mark.parametrize(
    ("present", "target"), [("SSTG203", "SSTG201"), ("BCT04", "BCT01"), ("SSTG201", "SSTG207"), ("DRV01", "DRV_PS")]
)
def test_another_size_can_be_set_and_taken_back(api: Api, sandbox: Sandbox, present: str, target: str) -> None:
    take(api, MINATO, present)
    before = option_renewal(api, MINATO, option_of(present))

    changed = option_renewal(api, MINATO, option_of(present), type="CHANGE", subOptionId=target)
    assert changed == before | {"type": "CHANGE", "subOptionId": target}
    assert option_renewal(api, MINATO, option_of(present)) == changed
    assert held(api, MINATO) == [present]

    assert option_renewal(api, MINATO, option_of(present), type="STAY", subOptionId=present) == before
    assert operations(sandbox, MINATO)[-2:] == ["updateOptionProductRenewal", "updateOptionProductRenewal"]


def test_a_patch_without_members_changes_nothing(api: Api, sandbox: Sandbox) -> None:
    take(api, MINATO, "SSTG202")
    before = option_renewal(api, MINATO, "SSTG2", type="CHANGE", subOptionId="SSTG201")

    assert done(api, "PATCH", renewal_path("SSTG2", MINATO), {}) == before
    assert operations(sandbox, MINATO)[-1:] == ["updateOptionProductRenewal"]
    assert len(sandbox.ledger(MINATO)) == 2


@breaks(
    "option.renewal.down", "option.renewal.target", "option.renewal.stay", "option.sub.known", "option.product.fits"
)
@breaks("option.quantity.none")
def test_only_what_fits_is_set_for_the_renewal(api: Api, sandbox: Sandbox) -> None:
    take(api, MINATO, "DRV_PS")
    take(api, MINATO, "SSTG202")
    for option_id, body, rule in (
        ("DRV", {"type": "CHANGE", "subOptionId": "DRV01"}, "option.renewal.down"),
        ("DRV", {"type": "CHANGE", "subOptionId": "DRV_PS_T"}, "option.renewal.target"),
        ("DRV", {"type": "CHANGE", "subOptionId": "DRV_PA"}, "option.product.fits"),
        ("DRV", {"type": "CHANGE", "subOptionId": "SSTG201"}, "option.sub.known"),
        ("SSTG2", {"type": "STAY", "subOptionId": "SSTG201"}, "option.renewal.stay"),
        ("SSTG2", {"type": "STAY", "quantity": 2}, "option.renewal.stay"),
        ("SSTG2", {"type": "CHANGE", "subOptionId": "SSTG201", "quantity": 1}, "option.quantity.none"),
    ):
        address = renewal_path(option_id, MINATO)
        assert_breaks(api, sandbox, rule, 400, "INVALID_PARAMETER", "PATCH", address, body)


@pytest.mark.parametrize("body", [{"subOptionId": "SSTG201"}, {"type": "CANCEL"}, {"type": "STAY", "plan": "MONTHLY"}])
def test_a_body_that_is_not_as_documented_is_refused(api: Api, body: dict[str, Any]) -> None:
    take(api, MINATO, "SSTG202")

    assert api("PATCH", renewal_path("SSTG2", MINATO), body).status_code == 400
    assert option_renewal(api, MINATO, "SSTG2")["type"] == "STAY"


@keeps("option.renewal.quantity")
@pytest.mark.parametrize("quantity", [1, 50])
def test_a_quantity_may_fall_or_rise_at_renewal(api: Api, sandbox: Sandbox, quantity: int) -> None:
    start_paid(api, "MONTHLY", None)
    take(api, TSUBAME, "CST_S01", quantity=5)
    option_renewal(api, TSUBAME, "CST_S", type="CHANGE", quantity=quantity)
    assert [option["quantity"] for option in options(api, TSUBAME)] == [5]

    sandbox.set_clock(RENEWAL_DAY)

    assert [option["quantity"] for option in options(api, TSUBAME)] == [quantity]


@breaks("option.renewal.quantity")
def test_nowhere_else_a_quantity_falls(api: Api, sandbox: Sandbox) -> None:
    take(api, MINATO, "CST_S01", quantity=5)

    lowered = api("PATCH", options_path(MINATO, "CST_S", "/add-quantity"), {"quantity": -1})

    assert (lowered.status_code, options(api, MINATO)[0]["quantity"]) == (400, 5)


@breaks("option.quantity.needed")
@pytest.mark.parametrize(("quantity", "code"), [(0, "OUT_OF_RANGE"), (51, "LIMIT_EXCEEDED")])
def test_a_quantity_for_the_renewal_has_the_same_limits(api: Api, sandbox: Sandbox, quantity: int, code: str) -> None:
    take(api, MINATO, "CST_S01", quantity=5)

    body = {"type": "CHANGE", "quantity": quantity}
    address = renewal_path("CST_S", MINATO)
    assert_breaks(api, sandbox, "option.quantity.needed", 400, code, "PATCH", address, body)


@keeps("option.renewal.takes", "option.renewal.use")
def test_at_renewal_an_option_goes_on_as_set_with_the_subscriptions_new_contract(api: Api, sandbox: Sandbox) -> None:
    base = start_paid(api)
    taken = take(api, TSUBAME, "SSTG203")
    option_renewal(api, TSUBAME, "SSTG2", type="CHANGE", subOptionId="SSTG201")
    renewal(api, base, "CHANGE", productId="STD", plan="MONTHLY")
    sandbox.set_clock("2027-01-14")
    assert options(api, TSUBAME) == [taken]

    sandbox.move_clock(days=1)

    renewed = {
        "subOptionId": "SSTG201",
        "plan": "MONTHLY",
        "planStartDate": RENEWAL_DAY,
        "planEndDate": NEXT_END,
    }
    assert options(api, TSUBAME) == [taken | renewed]
    after = option_renewal(api, TSUBAME, "SSTG2")
    assert (after["type"], after["subOptionId"]) == ("STAY", "SSTG201")
    assert operations(sandbox, TSUBAME)[-1] == "clock:renewOption"


@breaks("option.renewal.takes")
def test_what_stays_renews_unchanged(api: Api, sandbox: Sandbox) -> None:
    start_paid(api)
    taken = take(api, TSUBAME, "SSTG203")

    sandbox.set_clock(RENEWAL_DAY)

    assert options(api, TSUBAME) == [taken | {"planStartDate": RENEWAL_DAY, "planEndDate": NEXT_END}]


@breaks("option.renewal.use")
@pytest.mark.parametrize(
    ("present", "target", "use"),
    [("SSTG202", "SSTG201", {"storageGb": 1025}), ("BCT02", "BCT01", {"contacts": 250_001})],
)
def test_a_size_too_small_for_what_is_in_use_is_not_taken(
    api: Api, sandbox: Sandbox, present: str, target: str, use: dict[str, Any]
) -> None:
    start_paid(api)
    take(api, TSUBAME, present)
    option_renewal(api, TSUBAME, option_of(present), type="CHANGE", subOptionId=target)
    sandbox.control("POST", f"/customers/{TSUBAME}", use)

    sandbox.set_clock(RENEWAL_DAY)

    assert [(one["subOptionId"], one["planEndDate"]) for one in options(api, TSUBAME)] == [(present, NEXT_END)]
    assert option_renewal(api, TSUBAME, option_of(present))["type"] == "STAY"


@keeps("option.renewal.use")
@pytest.mark.parametrize(
    ("present", "target", "use"),
    [("SSTG202", "SSTG201", {"storageGb": 1024}), ("BCT02", "BCT01", {"contacts": 250_000})],
)
def test_a_size_that_just_holds_what_is_in_use_is_taken(
    api: Api, sandbox: Sandbox, present: str, target: str, use: dict[str, Any]
) -> None:
    start_paid(api)
    take(api, TSUBAME, present)
    option_renewal(api, TSUBAME, option_of(present), type="CHANGE", subOptionId=target)
    sandbox.control("POST", f"/customers/{TSUBAME}", use)

    sandbox.set_clock(RENEWAL_DAY)

    assert held(api, TSUBAME) == [target]


def test_a_contract_that_is_not_renewed_ends_its_options_without_a_penalty(api: Api, sandbox: Sandbox) -> None:
    base = start_paid(api)
    take(api, TSUBAME, "ACV201")
    renewal(api, base, "CANCEL")

    sandbox.set_clock(RENEWAL_DAY)

    assert options(api, TSUBAME) == []
    sandbox.set_clock("2027-02-01")
    assert "PENALTY" not in [item["itemType"] for item in settlement_items(api, TSUBAME, 2027, 1)]


def test_an_option_that_starts_on_the_day_after_the_contract_belongs_to_the_next(api: Api, sandbox: Sandbox) -> None:
    base = start_paid(api)
    order(api, TSUBAME, "APPLY", RENEWAL_DAY, "ACV201")

    sandbox.set_clock(RENEWAL_DAY)

    assert [(one["planStartDate"], one["planEndDate"]) for one in options(api, TSUBAME)] == [(RENEWAL_DAY, NEXT_END)]
    assert current(api, base)["planEndDate"] == NEXT_END


def test_options_wait_with_a_renewal_that_is_passed_over(api: Api, sandbox: Sandbox) -> None:
    start_paid(api)
    take(api, TSUBAME, "SSTG203")
    option_renewal(api, TSUBAME, "SSTG2", type="CHANGE", subOptionId="SSTG201")
    sandbox.set_clock("2027-01-14")
    sandbox.fault("updateOptionProductRenewal", "skip_apply_date", domain_id=TSUBAME)
    sandbox.move_clock(days=1)
    assert held(api, TSUBAME) == ["SSTG203"]

    sandbox.move_clock(days=1)

    assert [(one["subOptionId"], one["planStartDate"]) for one in options(api, TSUBAME)] == [("SSTG201", RENEWAL_DAY)]
