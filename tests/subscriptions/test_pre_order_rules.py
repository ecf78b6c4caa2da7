"""Each rule of pre-orders by itself: a case that it lets pass and a case that it stops."""

from datetime import date, timedelta
from typing import Any

import pytest

from portal.core.rules import RULEBOOK, Verdict, Weight
from portal.operations.snapshots import Snapshot
from portal.vendor import client
from subscriptions.rules import pre_orders as rules
from subscriptions.rules.pre_orders import PreOrderAdd, PreOrderDelete, PreOrderMove
from tests.support import vendor_json
from tests.support.vendor_json import Json

TODAY = date(2026, 1, 15)
GOOD: Json = {
    "product_id": "STD",
    "plan": "ANNUAL_LICENSE",
    "apply_date": TODAY + timedelta(days=17),
    "license_count": 10,
}


def state(
    *, customer: Json | None = None, subscriptions: tuple[Json, ...] = (), pre_orders: tuple[Json, ...] = ()
) -> Snapshot:
    return Snapshot(
        {
            "customer": [client.Customer.from_vendor(customer or vendor_json.customer())],
            "subscriptions": [client.Subscription.from_vendor(record) for record in subscriptions],
            "pre_orders": [client.PreOrder.from_vendor(record) for record in pre_orders],
        }
    )


def add(readings: Snapshot | None = None, **changes: Any) -> Verdict:
    return rules.add_pre_order(readings or state(), PreOrderAdd.model_validate(GOOD | changes), TODAY)


def problems(verdict: Verdict) -> list[tuple[str, str]]:
    return [(problem.rule.id, problem.at) for problem in verdict.problems]


def consequences(verdict: Verdict) -> dict[str, Weight]:
    return {consequence.rule.id: consequence.weight for consequence in verdict.consequences}


def test_a_good_wish_has_no_problem_and_says_what_follows() -> None:
    verdict = add()

    assert verdict.allowed
    assert consequences(verdict) == {
        "sub.preorder.starts": Weight.NOTE,
        "sub.license.reduce": Weight.NOTE,
        "sub.preorder.delete": Weight.UNDO,
    }


@pytest.mark.parametrize("ahead", [1, 2, 30, 31])
def test_window_passes(ahead: int) -> None:
    assert problems(add(apply_date=TODAY + timedelta(days=ahead))) == []


@pytest.mark.parametrize("ahead", [-400, -1, 0, 32, 33, 400])
def test_window_stops(ahead: int) -> None:
    assert problems(add(apply_date=TODAY + timedelta(days=ahead))) == [("sub.preorder.window", "apply_date")]


@pytest.mark.parametrize("day", [date.min, date.max])
def test_window_stops_at_the_ends_of_the_calendar(day: date) -> None:
    move = PreOrderMove(pre_order_id=901, apply_date=day)

    assert problems(add(apply_date=day)) == [("sub.preorder.window", "apply_date")]
    assert problems(rules.move_pre_order(state(pre_orders=(vendor_json.pre_order(),)), move, TODAY)) == [
        ("sub.preorder.window", "apply_date")
    ]


def test_window_says_its_days() -> None:
    [problem] = add(apply_date=TODAY).problems

    assert problem.values == {"first": date(2026, 1, 16), "last": date(2026, 2, 15)}


@pytest.mark.parametrize("product", ["STD", "ADV"])
def test_product_passes(product: str) -> None:
    assert problems(add(product_id=product)) == []


@pytest.mark.parametrize("product", ["FR", "STD_T", "ADV_T", "LITE", "", "std"])
def test_product_stops(product: str) -> None:
    assert problems(add(product_id=product)) == [("sub.preorder.product", "product_id")]


@pytest.mark.parametrize(("plan", "count"), [("MONTHLY", None), ("ANNUAL_LICENSE", 10), ("ANNUAL_PREPAY_LICENSE", 10)])
def test_plan_passes(plan: str, count: int | None) -> None:
    assert problems(add(plan=plan, license_count=count)) == []


@pytest.mark.parametrize("plan", ["TRIAL", "FREE", "", "monthly"])
@pytest.mark.parametrize("count", [None, 10])
def test_plan_stops(plan: str, count: int | None) -> None:
    assert problems(add(plan=plan, license_count=count)) == [("sub.preorder.plan", "plan")]


@pytest.mark.parametrize("plan", rules.LICENSE_PLANS)
@pytest.mark.parametrize("count", [1, 2, 999_999, 1_000_000])
def test_licenses_needed_passes(plan: str, count: int) -> None:
    assert problems(add(plan=plan, license_count=count)) == []


@pytest.mark.parametrize("plan", rules.LICENSE_PLANS)
@pytest.mark.parametrize("count", [None, 0, -1, 1_000_001])
def test_licenses_needed_stops(plan: str, count: int | None) -> None:
    assert problems(add(plan=plan, license_count=count)) == [("sub.preorder.licenses", "license_count")]


@pytest.mark.parametrize("count", [0, 1, 10, 1_000_001])
def test_no_licenses_stops(count: int) -> None:
    assert problems(add(plan="MONTHLY", license_count=count)) == [("sub.preorder.nolicenses", "license_count")]


def test_needs_domain() -> None:
    group = state(customer=vendor_json.customer(domain="hikari", domainType="GROUP"))

    assert problems(add(group, product_id="ADV")) == [("sub.advanced.domain", "product_id")]
    assert problems(add(group, product_id="STD")) == []
    assert problems(add(product_id="ADV")) == []


def test_every_problem_is_told_and_none_has_consequences() -> None:
    group = state(customer=vendor_json.customer(domainType="GROUP"))

    verdict = add(group, product_id="ADV", plan="MONTHLY", apply_date=TODAY)

    assert [rule for rule, _field in problems(verdict)] == [
        "sub.preorder.window", "sub.preorder.nolicenses", "sub.advanced.domain",
    ]  # fmt: skip
    assert verdict.consequences == ()


@pytest.mark.parametrize("product", ["STD", "ADV", "FR"])
def test_running_warns(product: str) -> None:
    running = state(subscriptions=(vendor_json.subscription(productId=product),))

    assert consequences(add(running))["sub.preorder.running"] == Weight.CARE
    assert "sub.preorder.running" not in consequences(add())


def test_running_leaves_other_products_alone() -> None:
    other = state(subscriptions=(vendor_json.subscription(productId="DRIVE"),))

    assert "sub.preorder.running" not in consequences(add(other))


def test_trial_running_warns_instead() -> None:
    trial = state(subscriptions=(vendor_json.subscription(productId="STD_T", plan="TRIAL"),))

    found = consequences(add(trial))

    assert found["sub.preorder.trial"] == Weight.CARE
    assert "sub.preorder.running" not in found


def test_second_warns_for_each_pre_order_there_is() -> None:
    two = state(pre_orders=(vendor_json.pre_order(1), vendor_json.pre_order(2, productId=None)))

    found = [consequence.rule.id for consequence in add(two).consequences]

    assert found.count("sub.preorder.second") == 2
    assert "sub.preorder.second" not in consequences(add())


def test_licenses_are_held_only_where_there_are_any() -> None:
    assert "sub.license.reduce" not in consequences(add(plan="MONTHLY", license_count=None))


def test_a_pre_order_can_be_taken_back_until_the_day_before() -> None:
    [undo] = [consequence for consequence in add().consequences if consequence.weight is Weight.UNDO]

    assert undo.values == {"date": date(2026, 1, 31)}


class TestMoveAndDelete:
    present = vendor_json.pre_order(901, applyDate="2026-01-20")

    def move(self, number: int, to: date) -> Verdict:
        wish = PreOrderMove(pre_order_id=number, apply_date=to)
        return rules.move_pre_order(state(pre_orders=(self.present,)), wish, TODAY)

    def test_moving_passes(self) -> None:
        verdict = self.move(901, date(2026, 1, 21))

        assert verdict.allowed
        assert consequences(verdict) == {"sub.preorder.options": Weight.CARE, "sub.preorder.moveback": Weight.UNDO}

    def test_what_is_not_there_cannot_be_moved(self) -> None:
        assert problems(self.move(902, date(2026, 1, 21))) == [("sub.preorder.exists", "")]

    def test_it_cannot_be_moved_to_its_own_day(self) -> None:
        assert problems(self.move(901, date(2026, 1, 20))) == [("sub.preorder.otherday", "apply_date")]

    @pytest.mark.parametrize("to", [date(2026, 1, 15), date(2026, 2, 16)])
    def test_it_cannot_be_moved_out_of_the_window(self, to: date) -> None:
        assert problems(self.move(901, to)) == [("sub.preorder.window", "apply_date")]

    def test_deleting_passes_and_is_final(self) -> None:
        verdict = rules.delete_pre_order(state(pre_orders=(self.present,)), PreOrderDelete(pre_order_id=901), TODAY)

        assert verdict.allowed
        assert consequences(verdict) == {"sub.preorder.optionsleft": Weight.CARE, "sub.preorder.final": Weight.LOSS}
        assert [consequence.weight for consequence in verdict.worst_first()] == [Weight.LOSS, Weight.CARE]

    def test_what_is_not_there_cannot_be_deleted(self) -> None:
        wish = PreOrderDelete(pre_order_id=902)

        verdict = rules.delete_pre_order(state(pre_orders=(self.present,)), wish, TODAY)

        assert problems(verdict) == [("sub.preorder.exists", "")]


def test_every_rule_names_the_vendor_page_that_states_it_or_says_that_none_does() -> None:
    of_pre_orders = [rule for rule in RULEBOOK if rule.id.startswith("sub.preorder.")]

    assert {rule.id.removeprefix("sub.preorder.") for rule in of_pre_orders if rule.ours} == {
        "otherday", "running", "trial", "second", "delete", "moveback",
    }  # fmt: skip
    assert all(rule.page.startswith("partner-customer-") for rule in of_pre_orders)
