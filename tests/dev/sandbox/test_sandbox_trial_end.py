from typing import Any

from tests.support.sandbox import Sandbox

from .cases import breaks, keeps
from .conftest import Api
from .ledger import operations
from .subscribing import (
    MIKAWAYA,
    TSUBAME,
    assert_breaks,
    convert,
    current,
    done,
    of,
    only,
    path,
    start,
    start_free,
    start_trial,
)


def option_of(api: Api, trial: dict[str, Any]) -> str:
    """Take a Trial option and give the address of the customer's options."""
    address = f"/customers/{trial['domainId']}/option-products"
    done(api, "POST", address, {"optionProductId": "ACV2", "subOptionId": "ACV200"}, 201)
    return address


@keeps("sub.trial.end")
def test_a_trial_is_suspended_on_the_day_after_its_end(api: Api, sandbox: Sandbox) -> None:
    trial = only(api, MIKAWAYA)
    sandbox.set_clock("2026-01-29")
    assert current(api, trial) == trial

    sandbox.move_clock(days=1)

    suspended = trial | {"status": "SUSPENDED_TRIALEND"}
    assert current(api, trial) == suspended
    [effect] = sandbox.ledger(MIKAWAYA)
    assert (effect["operation"], effect["what"]) == ("clock:endTrial", suspended)


@breaks("sub.trial.end")
def test_free_and_what_was_converted_are_not_suspended(api: Api, sandbox: Sandbox) -> None:
    free, paid = start_free(api), convert(api, only(api, MIKAWAYA), plan="MONTHLY")

    sandbox.set_clock("2026-03-31")

    assert [current(api, free), current(api, paid)] == [free, paid]


@keeps("sub.trial.grace")
def test_a_trial_ends_with_its_grace_period_and_takes_its_options_along(api: Api, sandbox: Sandbox) -> None:
    trial = start_trial(api)
    options = option_of(api, trial)
    sandbox.set_clock("2026-03-16")
    assert current(api, trial)["status"] == "SUSPENDED_TRIALEND"
    assert [option["subOptionId"] for option in done(api, "GET", options)["optionProducts"]] == ["ACV200"]

    sandbox.move_clock(days=1)

    assert api.subscriptions(TSUBAME) == []
    assert done(api, "GET", options)["optionProducts"] == []
    assert operations(sandbox, TSUBAME)[-2:] == ["clock:endTrial", "clock:endGrace"]
    assert start(api, TSUBAME, "STD", "MONTHLY")["plan"] == "MONTHLY", "it has been tried"


@breaks("sub.trial.grace")
def test_a_trial_converted_on_the_last_day_of_grace_goes_on(api: Api, sandbox: Sandbox) -> None:
    trial = start_trial(api)
    sandbox.set_clock("2026-03-16")
    convert(api, trial, plan="MONTHLY")

    sandbox.move_clock(days=1)

    assert current(api, trial)["plan"] == "MONTHLY"


def test_after_the_grace_period_there_is_nothing_left_to_convert(api: Api, sandbox: Sandbox) -> None:
    trial = start_trial(api)
    sandbox.set_clock("2026-03-17")

    answer = api("POST", of(trial, "/paid-service"), {"plan": "MONTHLY"})

    assert (answer.status_code, answer.json()["code"]) == (404, "SUBSCRIPTION_NOT_EXIST")


@breaks("sub.add.switch")
def test_in_its_grace_period_a_trial_still_runs(api: Api, sandbox: Sandbox) -> None:
    start_trial(api)
    sandbox.set_clock("2026-02-15")

    body = {"productId": "STD", "plan": "MONTHLY"}
    assert_breaks(api, sandbox, "sub.add.switch", 409, "CONFLICT", "POST", path(TSUBAME), body)


def test_a_leap_goes_through_both_ends(api: Api, sandbox: Sandbox) -> None:
    sandbox.set_clock("2026-12-31")

    assert api.subscriptions(MIKAWAYA) == []
    assert [(effect["businessDate"], effect["operation"]) for effect in sandbox.ledger(MIKAWAYA)] == [
        ("2026-01-30", "clock:endTrial"),
        ("2026-03-01", "clock:endGrace"),
    ]
