from tests.support.sandbox import Sandbox

from .cases import breaks, keeps
from .conftest import Api
from .ledger import operations
from .subscribing import (
    MIKAWAYA,
    MINATO,
    TSUBAME,
    current,
    done,
    of,
    only,
    renewal,
    reservation,
    reserve,
    start_free,
    start_paid,
    start_trial,
)


@keeps("sub.reservation.starts")
def test_a_trial_turns_paid_on_its_day(api: Api, sandbox: Sandbox) -> None:
    trial = start_trial(api)
    reserve(api, trial, "START_PAID_SERVICE", "2026-02-01", plan="ANNUAL_LICENSE", licenseCount=30)
    sandbox.set_clock("2026-01-31")
    assert current(api, trial) == trial

    sandbox.move_clock(days=1)

    paid = current(api, trial)
    assert (paid["productId"], paid["plan"], paid["licenseCount"]) == ("STD", "ANNUAL_LICENSE", 30)
    assert (paid["planStartDate"], paid["planEndDate"], paid["status"]) == ("2026-02-01", "2027-01-31", "ACTIVE")
    assert paid["renewal"]["type"] == "STAY"
    assert reservation(api, paid) is None
    effect = sandbox.ledger(TSUBAME)[-1]
    assert (effect["operation"], effect["what"], effect["businessDate"]) == (
        "clock:startPaidService",
        paid,
        "2026-02-01",
    )


@keeps("sub.reservation.starts")
def test_free_turns_into_what_was_named(api: Api, sandbox: Sandbox) -> None:
    free = start_free(api)
    reserve(api, free, "START_PAID_SERVICE", "2026-03-16", plan="MONTHLY", productId="ADV")
    sandbox.set_clock("2026-03-16")

    assert current(api, free)["productId"] == "ADV"


@keeps("sub.reservation.starts", "sub.reservation.trialwindow")
def test_the_last_day_of_grace_is_early_enough(api: Api, sandbox: Sandbox) -> None:
    trial = only(api, MIKAWAYA)
    reserve(api, trial, "START_PAID_SERVICE", "2026-02-28", plan="MONTHLY")
    sandbox.set_clock("2026-03-31")

    assert current(api, trial)["plan"] == "MONTHLY"
    assert operations(sandbox, MIKAWAYA)[-2:] == ["clock:endTrial", "clock:startPaidService"]


@breaks("sub.reservation.starts", "sub.reservation.adds", "sub.reservation.ends")
def test_a_task_that_was_deleted_or_moved_away_does_not_happen(api: Api, sandbox: Sandbox) -> None:
    trial, paid = only(api, MIKAWAYA), start_paid(api)
    reserve(api, trial, "START_PAID_SERVICE", "2026-01-20", plan="MONTHLY")
    done(api, "PATCH", of(trial, "/reservation"), {"applyDate": "2026-02-10"})
    for kind, more in (("CANCEL", {}), ("ADD_LICENSE", {"licenseCount": 5})):
        reserve(api, paid, kind, "2026-01-20", **more)
        done(api, "DELETE", of(paid, "/reservation"), status=204)

    sandbox.set_clock("2026-01-21")

    assert [current(api, trial), current(api, paid)] == [trial, paid]
    assert not [name for name in operations(sandbox, TSUBAME) if name.startswith("clock:")]


@keeps("sub.reservation.adds")
def test_licenses_are_added_on_their_day(api: Api, sandbox: Sandbox) -> None:
    paid = start_paid(api, licenses=50)
    reserve(api, paid, "ADD_LICENSE", "2027-01-14", licenseCount=5)
    sandbox.set_clock("2027-01-13")
    assert current(api, paid) == paid

    sandbox.move_clock(days=1)

    more = current(api, paid)
    assert more == paid | {"licenseCount": 55, "renewal": paid["renewal"] | {"licenseCount": 55}}
    assert sandbox.ledger(TSUBAME)[-1]["operation"] == "clock:addLicenses"
    sandbox.move_clock(days=1)
    assert current(api, paid)["licenseCount"] == 55, "the renewal keeps them"


@keeps("sub.reservation.ends", "sub.cancel.options")
def test_a_subscription_ends_on_its_day_and_takes_options_along(api: Api, sandbox: Sandbox) -> None:
    paid = only(api, MINATO)
    options, orders = (f"/customers/{MINATO}/option-product{end}" for end in ("s", "-orders"))
    for option, sub_option in (("DRV", "DRV01"), ("BCT", "BCT01")):
        done(api, "POST", options, {"optionProductId": option, "subOptionId": sub_option}, 201)
    task = {"optionProductId": "BCT", "subOptionId": "BCT01", "type": "CANCEL", "applyDate": "2026-02-03"}
    done(api, "POST", orders, task, 201)
    reserve(api, paid, "CANCEL", "2026-02-01")
    sandbox.set_clock("2026-01-31")
    assert api.subscriptions(MINATO) == [paid]

    sandbox.move_clock(days=1)

    assert api.subscriptions(MINATO) == []
    assert done(api, "GET", options)["optionProducts"] == []
    assert done(api, "GET", orders)["optionProductOrders"] == []
    effect = sandbox.ledger(MINATO)[-1]
    assert (effect["operation"], effect["what"]["cancelledOptions"]) == ("clock:cancelSubscription", ["BCT", "DRV"])


@breaks("sub.cancel.options")
def test_options_of_another_subscription_stay(api: Api, sandbox: Sandbox) -> None:
    options = f"/customers/{MINATO}/option-products"
    done(api, "POST", options, {"optionProductId": "DRV", "subOptionId": "DRV01"}, 201)
    note = done(api, "POST", f"/customers/{MINATO}/subscriptions", {"productId": "NTA_FR", "plan": "FREE"}, 201)

    done(api, "DELETE", of(note), status=204)

    assert [option["subOptionId"] for option in done(api, "GET", options)["optionProducts"]] == ["DRV01"]


@keeps("sub.reservation.ends", "sub.reservation.cancelwindow")
def test_a_cancellation_on_the_day_after_the_contract_comes_before_the_renewal(api: Api, sandbox: Sandbox) -> None:
    paid = start_paid(api)
    reserve(api, paid, "CANCEL", "2027-01-15")
    sandbox.set_clock("2027-01-14")
    assert current(api, paid) == paid

    sandbox.move_clock(days=1)

    assert api.subscriptions(TSUBAME) == []
    assert operations(sandbox, TSUBAME)[-1] == "clock:cancelSubscription"


def test_an_addition_that_a_fault_kept_waiting_meets_a_plan_without_licenses(api: Api, sandbox: Sandbox) -> None:
    paid = start_paid(api)
    reserve(api, paid, "ADD_LICENSE", "2027-01-14", licenseCount=5)
    renewal(api, paid, "CHANGE", plan="MONTHLY")
    sandbox.fault("addReservation", "skip_apply_date", count=2, domain_id=TSUBAME)

    sandbox.set_clock("2027-01-16")

    late = current(api, paid)
    assert (late["plan"], late["licenseCount"]) == ("MONTHLY", None)
    assert reservation(api, late) is None
    assert operations(sandbox, TSUBAME)[-2:] == ["clock:renewSubscription", "clock:addLicenses"]
