from datetime import date, timedelta
from pathlib import Path

import pytest

from portal.dev.sandbox import clock as clock_module
from portal.dev.sandbox.clock import LAST_DAY, BusinessClock, ClockError
from portal.dev.sandbox.inferred import end_of_term
from portal.dev.sandbox.state import State
from tests.support.sandbox import Sandbox

from .cases import breaks, keeps
from .conftest import TODAY, Api

TSUBAME = 300_000_006
ADDRESS = f"/customers/{TSUBAME}/subscriptions/pre-orders"


def add(api: Api, **changes: object) -> None:
    order = {"applyDate": "2026-02-01", "productId": "ADV", "plan": "ANNUAL_LICENSE", "licenseCount": 10}
    assert api("POST", ADDRESS, order | changes).status_code == 201


@keeps("sub.preorder.starts")
def test_a_pre_order_becomes_a_subscription_on_its_day(api: Api, sandbox: Sandbox) -> None:
    add(api)
    sandbox.set_clock("2026-01-31")
    assert api.subscriptions(TSUBAME) == []

    sandbox.move_clock(days=1)

    [subscription] = api.subscriptions(TSUBAME)
    subscription_id = subscription["subscriptionId"]
    assert subscription == {
        "domainId": TSUBAME,
        "subscriptionId": subscription_id,
        "productId": "ADV",
        "plan": "ANNUAL_LICENSE",
        "planStartDate": "2026-02-01",
        "planEndDate": "2027-01-31",
        "licenseAssignType": "NONE",
        "licenseCount": 10,
        "status": "ACTIVE",
        "renewal": {
            "subscriptionId": subscription_id,
            "type": "STAY",
            "productId": "ADV",
            "plan": "ANNUAL_LICENSE",
            "licenseCount": 10,
        },
    }
    assert api.pre_orders(TSUBAME) == []
    assert api("GET", f"/customers/{TSUBAME}").json()["productId"] == "ADV"
    effects = sandbox.ledger(TSUBAME)
    assert [effect["operation"] for effect in effects] == ["addPreOrder", "clock:startPreOrder"]
    assert effects[1]["what"] == effects[0]["what"] | {"subscriptionId": subscription_id}


def test_a_leap_starts_each_due_pre_order_once_and_on_its_own_day(api: Api, sandbox: Sandbox) -> None:
    add(api, applyDate="2026-02-03", plan="MONTHLY", licenseCount=None)
    add(api, applyDate="2026-02-01")
    sandbox.move_clock(days=30)
    sandbox.move_clock(days=30)

    assert [one["planStartDate"] for one in api.subscriptions(TSUBAME)] == ["2026-02-01", "2026-02-03"]
    started = [effect for effect in sandbox.ledger(TSUBAME) if effect["operation"] == "clock:startPreOrder"]
    assert len(started) == 2


@breaks("sub.preorder.starts")
def test_a_pre_order_that_was_moved_or_deleted_does_not_start_on_its_first_day(api: Api, sandbox: Sandbox) -> None:
    add(api, applyDate="2026-01-20")
    add(api, applyDate="2026-01-20")
    moved, deleted = (order["preOrderId"] for order in api.pre_orders(TSUBAME))
    assert api("PATCH", f"{ADDRESS}/{moved}", {"applyDate": "2026-02-10"}).status_code == 200
    assert api("DELETE", f"{ADDRESS}/{deleted}").status_code == 204

    sandbox.set_clock("2026-01-21")

    assert api.subscriptions(TSUBAME) == []
    assert [order["preOrderId"] for order in api.pre_orders(TSUBAME)] == [moved]


def test_the_window_of_dates_moves_with_the_clock(api: Api, sandbox: Sandbox) -> None:
    sandbox.set_clock("2026-02-01")

    refused = api("POST", ADDRESS, {"applyDate": "2026-02-01", "productId": "STD", "plan": "MONTHLY"})

    assert refused.json()["code"] == "OUT_OF_RANGE"
    add(api, applyDate="2026-03-04")


def test_the_clock_goes_forward_only(sandbox: Sandbox) -> None:
    with pytest.raises(RuntimeError, match="forward only"):
        sandbox.set_clock("2026-01-14")
    sandbox.set_clock(TODAY)
    assert sandbox.business_date() == TODAY


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"days": -1},
        {"days": 1.5},
        {"days": 10**9},
        {"businessDate": "tomorrow"},
        {"businessDate": "2026-02-01", "days": 1},
        {"day": 1},
    ],
)
def test_odd_orders_to_the_clock_are_refused(sandbox: Sandbox, body: dict[str, object]) -> None:
    with pytest.raises(RuntimeError, match=" 400 "):
        sandbox.control("POST", "/clock", body)
    assert sandbox.business_date() == TODAY


@pytest.mark.parametrize("day", ["9999-12-31", "2999-12-31", "2036-01-24"])
def test_a_leap_of_too_many_days_is_refused(sandbox: Sandbox, day: str) -> None:
    with pytest.raises(RuntimeError, match=r" 400 .*days at once"):
        sandbox.set_clock(day)
    assert sandbox.business_date() == TODAY


def test_the_date_file_holds_the_date_from_the_start_and_after_each_change(tmp_path: Path) -> None:
    date_file = tmp_path / "business-date"
    with Sandbox.start(customers=1, business_date=TODAY, business_date_file=date_file) as sandbox:
        assert date_file.read_text().strip() == TODAY
        sandbox.set_clock("2026-03-01")
        assert date_file.read_text().strip() == "2026-03-01"
        sandbox.reset()
        assert date_file.read_text().strip() == TODAY
    assert [path.name for path in tmp_path.iterdir()] == ["business-date"]


@pytest.fixture
def real_day(monkeypatch: pytest.MonkeyPatch) -> list[date]:
    """The real day, which the test may change: the last of the list."""
    days = [date(2026, 1, 15)]
    monkeypatch.setattr(clock_module, "_real_today", lambda: days[-1])
    return days


def fresh_clock(start: date | None, new_days: list[date]) -> BusinessClock:
    state = State(None)
    clock = BusinessClock(state, None, new_days.append)
    with state.transaction(), state.fresh_tables():
        clock.start_afresh(start)
    clock.resume()
    return clock


def test_it_follows_the_real_day_until_it_is_set_by_hand(real_day: list[date]) -> None:
    new_days: list[date] = []
    clock = fresh_clock(None, new_days)
    assert clock.today() == date(2026, 1, 15)

    real_day.append(date(2026, 1, 16))
    assert clock.today() == date(2026, 1, 16)
    clock.set(date(2026, 5, 1))
    real_day.append(date(2026, 6, 1))

    assert clock.today() == date(2026, 5, 1)
    assert new_days == [date(2026, 1, 16) + timedelta(days=n) for n in range(106)], "every day on the way, in order"


def test_the_calendar_has_a_last_day(real_day: list[date]) -> None:
    clock = fresh_clock(LAST_DAY - timedelta(days=1), [])

    clock.set(LAST_DAY)

    with pytest.raises(ClockError, match="2999-12-31"):
        clock.set(LAST_DAY + timedelta(days=1))
    assert clock.today() == LAST_DAY


def test_a_first_day_that_was_given_stands_still(real_day: list[date]) -> None:
    clock = fresh_clock(date(2025, 4, 1), [])

    assert clock.today() == date(2025, 4, 1)
    with pytest.raises(ClockError):
        clock.set(date(2025, 3, 31))


def test_a_move_that_fails_moves_nothing(real_day: list[date]) -> None:
    def fail(day: date) -> None:
        raise RuntimeError(f"no {day}")

    state = State(None)
    clock = BusinessClock(state, None, fail)
    with state.transaction(), state.fresh_tables():
        clock.start_afresh(date(2026, 1, 15))
    clock.resume()

    with pytest.raises(RuntimeError, match="no 2026-01-16"):
        clock.set(date(2026, 1, 16))
    assert clock.today() == date(2026, 1, 15)
    assert state.meta("business_date") == "2026-01-15"


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (date(2026, 2, 1), date(2027, 1, 31)),
        (date(2026, 1, 1), date(2026, 12, 31)),
        (date(2028, 2, 29), date(2029, 2, 28)),
        (date(2027, 3, 1), date(2028, 2, 29)),
    ],
)
def test_a_year_ends_on_the_day_before(start: date, end: date) -> None:
    assert end_of_term(start) == end
