"""Each rule of what happens later to a subscription, by itself: a case that it lets pass and a case that it stops."""

from datetime import date
from typing import Any

import pytest

from portal.core.rules import Verdict, Weight
from subscriptions.rules import renewals, reservations
from subscriptions.rules.renewals import RenewalSetting
from subscriptions.rules.reservations import ReservationAdd, ReservationDelete, ReservationMove
from tests.subscriptions.states import (
    END,
    FREE,
    GRACE,
    GROUP,
    MONTHLY,
    TODAY,
    TRIAL,
    consequences,
    problems,
    renewal,
    sentences,
    state,
    tomorrow,
    trial_option,
)

CANCEL, ADD, START = "CANCEL", "ADD_LICENSE", "START_PAID_SERVICE"
AFTER = date(2026, 2, 15)
TASK = {"type": ADD, "applyDate": "2026-01-20", "licenseCount": 7}
CONVERSION = {"type": START, "applyDate": "2026-01-20", "plan": "MONTHLY"}
UNREAD = {"productId": "JP_PPO_STD", "plan": "ANNUAL", "licenseCount": None, "renewal": None}


def renew(kind: str = "CHANGE", state_of: dict[str, Any] | None = None, **changes: Any) -> Verdict:
    wish = RenewalSetting(subscription_id=501, type=kind, **changes)
    return renewals.set_renewal(state(**(state_of or {})), wish, TODAY)


def reserve(kind: str = ADD, day: date = AFTER, state_of: dict[str, Any] | None = None, **changes: Any) -> Verdict:
    wish = ReservationAdd(subscription_id=501, type=kind, apply_date=day, **changes)
    return reservations.add(state(**(state_of or {})), wish, TODAY)


def move(day: date, **state_of: Any) -> Verdict:
    return reservations.move(state(**state_of), ReservationMove(subscription_id=501, apply_date=day), TODAY)


def delete(**state_of: Any) -> Verdict:
    return reservations.delete(state(**state_of), ReservationDelete(subscription_id=501), TODAY)


class TestRenewal:
    def test_fewer_licenses_and_another_product_and_plan(self) -> None:
        verdict = renew(product_id="ADV", plan="ANNUAL_PREPAY_LICENSE", license_count=9)

        assert consequences(verdict) == {
            "sub.renewal.changes": Weight.NOTE, "sub.renewal.count": Weight.NOTE, "sub.renewal.undo": Weight.UNDO,
        }  # fmt: skip
        assert ("On 15 Feb 2026 the contract renews with Advanced, Annual contract, lump sum (license).") in sentences(
            verdict
        )
        assert "On 15 Feb 2026 the number of licenses changes from 10 to 9." in sentences(verdict)

    @pytest.mark.parametrize("held", [TRIAL, FREE, GRACE])
    def test_free_and_trials_have_none(self, held: dict[str, Any]) -> None:
        assert problems(renew("CANCEL", {"subscription": held})) == [("sub.renewal.paid", "")]

    @pytest.mark.parametrize("kind", ["", "stay", "CHANGED"])
    def test_of_three_types(self, kind: str) -> None:
        assert problems(renew(kind)) == [("sub.renewal.type", "type")]

    @pytest.mark.parametrize(("kind", "rule"), [("STAY", "sub.renewal.stay"), ("CANCEL", "sub.renewal.cancel")])
    def test_only_a_change_takes_other_values(self, kind: str, rule: str) -> None:
        before = {"subscription": renewal(type="CHANGE", licenseCount=4)}

        wrong = renew(kind, before, product_id="ADV", plan="MONTHLY", license_count=5)
        same = renew(kind, before, product_id="STD", plan="ANNUAL_LICENSE", license_count=10)

        assert problems(wrong) == [(rule, name) for name in ("product_id", "plan", "license_count")]
        assert same.allowed is (kind == "STAY")

    def test_what_is_not_named_is_as_it_is_now(self) -> None:
        assert renew(product_id="ADV").allowed
        assert renew(license_count=20).allowed

    @pytest.mark.parametrize(
        ("wish", "found"),
        [
            ({"product_id": "ROG_STD"}, ("sub.product.family", "product_id")),
            ({"product_id": "STD_T"}, ("sub.product.family", "product_id")),
            ({"plan": "TRIAL"}, ("sub.plan.product", "plan")),
            ({"plan": "ANNUAL"}, ("sub.plan.product", "plan")),
            ({"plan": "ANNUAL_PREPAY_LICENSE"}, ("sub.license.needed", "license_count")),
            ({"license_count": 0}, ("sub.license.needed", "license_count")),
            ({"license_count": 1_000_001}, ("sub.license.needed", "license_count")),
            ({"plan": "MONTHLY", "license_count": 5}, ("sub.license.none", "license_count")),
        ],
    )
    def test_what_a_change_cannot_be(self, wish: dict[str, Any], found: tuple[str, str]) -> None:
        assert problems(renew(**wish)) == [found]

    def test_advanced_needs_a_domain(self) -> None:
        assert problems(renew(state_of={"customer": GROUP}, product_id="ADV")) == [
            ("sub.advanced.domain", "product_id")
        ]

    def test_what_is_set_already_is_not_set_again(self) -> None:
        assert problems(renew("STAY")) == [("sub.renewal.same", "type")]
        assert renew("STAY", {"subscription": renewal(type="CANCEL")}).allowed

    def test_fewer_licenses_than_members_is_warned_of(self) -> None:
        assert consequences(renew(license_count=7))["sub.license.belowmembers"] == Weight.CARE
        assert "sub.license.belowmembers" not in consequences(renew(license_count=8))

    def test_an_end_takes_the_options_along_and_costs_nothing(self) -> None:
        verdict = renew("CANCEL", {"options": ({}, trial_option())})

        assert consequences(verdict) == {
            "sub.renewal.ends": Weight.LOSS, "sub.renewal.options": Weight.LOSS, "sub.cancel.atterm": Weight.NOTE,
            "sub.renewal.undo": Weight.UNDO,
        }  # fmt: skip
        assert "Its last day is 14 Feb 2026" in sentences(verdict)
        assert "2 (Archive (Talk), Shared Storage)" in sentences(verdict)

    def test_as_advanced_it_loses_drive_of_standard(self) -> None:
        drive = {"options": ({"optionProductId": "DRV", "subOptionId": "DRV01"},)}

        assert consequences(renew(state_of=drive, product_id="ADV"))["sub.upgrade.options"] == Weight.LOSS
        assert "sub.upgrade.options" not in consequences(renew(state_of=drive, license_count=9))

    def test_what_was_set_before_and_what_ends_it_anyway_is_named(self) -> None:
        before = {"subscription": renewal(type="CANCEL"), "task": {"type": CANCEL, "applyDate": "2026-01-20"}}

        found = consequences(renew("STAY", before))

        assert {"sub.renewal.forgets", "sub.ends.anyway"} <= found.keys()
        assert not {"sub.renewal.forgets", "sub.ends.anyway"} & consequences(renew(license_count=9)).keys()

    def test_where_the_plans_are_not_known_it_can_still_end(self) -> None:
        assert renew("CANCEL", {"subscription": UNREAD}).allowed
        assert problems(renew(state_of={"subscription": UNREAD}, plan="MONTHLY")) == [
            ("sub.product.family", "product_id")
        ]


class TestWindows:
    @pytest.mark.parametrize(
        ("kind", "held", "first", "last", "rule", "more"),
        [
            (ADD, {}, tomorrow(), END, "licensewindow", {"license_count": 1}),
            (CANCEL, {}, tomorrow(), AFTER, "cancelwindow", {}),
            (CANCEL, MONTHLY, tomorrow(), AFTER, "cancelwindow", {}),
            (START, TRIAL, tomorrow(), date(2026, 3, 16), "trialwindow", {"plan": "MONTHLY"}),
            (START, GRACE, tomorrow(), date(2026, 2, 9), "trialwindow", {"plan": "MONTHLY"}),
            (START, FREE, tomorrow(), date(2026, 3, 16), "freewindow", {"plan": "MONTHLY", "product_id": "STD"}),
        ],
    )
    def test_each_type_has_its_days(
        self, kind: str, held: dict[str, Any], first: date, last: date, rule: str, more: dict[str, Any]
    ) -> None:
        before = {"subscription": held}

        assert reserve(kind, first, before, **more).allowed
        assert reserve(kind, last, before, **more).allowed
        for day in (TODAY, date.min, date.max, last.replace(year=2027)):
            assert problems(reserve(kind, day, before, **more)) == [(f"sub.reservation.{rule}", "apply_date")]
        task = {"type": kind, "applyDate": "2026-01-20", **({"licenseCount": 1} if kind == ADD else {})}
        assert move(last, subscription=held, task=task).allowed
        assert problems(move(TODAY, subscription=held, task=task)) == [(f"sub.reservation.{rule}", "apply_date")]


class TestReservation:
    @pytest.mark.parametrize(
        ("kind", "held", "found"),
        [
            (START, {}, ("sub.reservation.unpaid", "type")),
            (CANCEL, TRIAL, ("sub.reservation.cancel", "type")),
            (CANCEL, FREE, ("sub.reservation.cancel", "type")),
            (ADD, MONTHLY, ("sub.license.plan", "type")),
            (ADD, TRIAL, ("sub.license.plan", "type")),
            ("", {}, ("sub.reservation.type", "type")),
            ("DELETE", {}, ("sub.reservation.type", "type")),
        ],
    )
    def test_what_a_plan_does_not_allow(self, kind: str, held: dict[str, Any], found: tuple[str, str]) -> None:
        assert problems(reserve(kind, tomorrow(), {"subscription": held}, license_count=5)) == [found]

    def test_one_task_at_a_time(self) -> None:
        verdict = reserve(CANCEL, state_of={"task": TASK})

        assert problems(verdict) == [("sub.reservation.one", "")]
        assert "Add licenses on 20 Jan 2026" in str(verdict.problems[0])

    @pytest.mark.parametrize("more", [{"plan": "MONTHLY"}, {"product_id": "STD"}])
    def test_nothing_that_does_not_belong_to_it(self, more: dict[str, Any]) -> None:
        [name] = more
        assert problems(reserve(CANCEL, **more)) == [("sub.reservation.members", name)]
        assert problems(reserve(ADD, END, license_count=5, **more)) == [("sub.reservation.members", name)]
        assert problems(reserve(CANCEL, license_count=5)) == [("sub.reservation.members", "license_count")]

    def test_a_conversion_needs_what_one_at_once_needs(self) -> None:
        trial, free = {"subscription": TRIAL}, {"subscription": FREE}

        assert problems(reserve(START, tomorrow(), trial)) == [("sub.reservation.plan", "plan")]
        assert problems(reserve(START, tomorrow(), trial, plan="ANNUAL_LICENSE")) == [
            ("sub.license.needed", "license_count")
        ]
        assert problems(reserve(START, tomorrow(), free, plan="MONTHLY")) == [("sub.product.family", "product_id")]
        assert problems(reserve(START, tomorrow(), {**free, "customer": GROUP}, plan="MONTHLY", product_id="ADV")) == [
            ("sub.advanced.domain", "product_id")
        ]

    def test_a_conversion_takes_trial_options_along_that_have_no_task_of_their_own(self) -> None:
        held = {
            "subscription": TRIAL,
            "options": (trial_option(), trial_option("DRV", "DRV00")),
            "option_orders": ({"optionProductId": "DRV", "subOptionId": "DRV00", "type": CANCEL},),
        }

        verdict = reserve(START, date(2026, 2, 20), held, plan="ANNUAL_LICENSE", license_count=5)

        assert consequences(verdict) == {
            "sub.reservation.starts": Weight.NOTE, "sub.reservation.count": Weight.NOTE,
            "sub.license.belowmembers": Weight.CARE, "sub.convert.along": Weight.CARE,
            "sub.reservation.options": Weight.CARE, "sub.reservation.grace": Weight.CARE,
            "sub.reservation.blocks": Weight.NOTE, "sub.reservation.undo": Weight.UNDO,
        }  # fmt: skip
        assert "that also convert to paid: 1 (Archive (Talk))." in sentences(verdict)
        assert "that keep their dates: 1 (Drive)." in sentences(verdict)

    def test_more_licenses_later(self) -> None:
        verdict = reserve(ADD, END, license_count=5)

        assert "Licenses added on 14 Feb 2026: 5. The total is 15, based on the current number." in sentences(verdict)
        assert {"sub.reservation.addnow", "sub.license.renewal", "sub.license.fewer"} <= consequences(verdict).keys()
        assert problems(reserve(ADD, END, license_count=0)) == [("sub.license.more", "license_count")]
        assert problems(reserve(ADD, END)) == [("sub.license.more", "license_count")]

    def test_an_end_within_the_contract_costs_and_one_after_it_does_not(self) -> None:
        within = reserve(
            CANCEL, date(2026, 2, 10), {"options": ({}, {"optionProductId": "BCT", "subOptionId": "BCT01"})}
        )
        after = reserve(CANCEL, AFTER, {"options": ({},)})

        assert "until 14 Feb 2026 (days left: 5)" in sentences(within)
        assert "even if they are in use: 2 (Extend contacts, Shared Storage)" in sentences(within)
        assert {"sub.cancel.penalty", "sub.cancel.optionpenalty"} <= consequences(within).keys()
        assert consequences(after) == {
            "sub.reservation.ends": Weight.LOSS, "sub.cancel.options": Weight.LOSS, "sub.cancel.atterm": Weight.NOTE,
            "sub.reservation.undo": Weight.UNDO,
        }  # fmt: skip

    def test_an_end_on_the_last_day_of_the_contract_is_still_within_it(self) -> None:
        assert "sub.cancel.atterm" not in consequences(reserve(CANCEL, END))


class TestMoveAndDelete:
    def test_options_keep_their_days(self) -> None:
        verdict = move(date(2026, 1, 30), task=TASK, option_orders=({},))

        assert consequences(verdict) == {"sub.reservation.options": Weight.CARE, "sub.reservation.undo": Weight.UNDO}
        assert "1 (Shared Storage)" in sentences(verdict)

    def test_an_end_that_is_moved_into_the_contract_costs(self) -> None:
        task = {"type": CANCEL, "applyDate": "2026-02-15"}

        assert "sub.cancel.penalty" in consequences(move(date(2026, 2, 1), task=task))

    def test_a_conversion_that_is_moved_behind_the_trial_leaves_it_in_grace(self) -> None:
        assert "sub.reservation.grace" in consequences(move(date(2026, 2, 20), subscription=TRIAL, task=CONVERSION))
        assert "sub.reservation.grace" not in consequences(move(END, subscription=TRIAL, task=CONVERSION))

    def test_not_to_its_own_day(self) -> None:
        assert problems(move(date(2026, 1, 20), task=TASK)) == [("sub.reservation.otherday", "apply_date")]

    def test_what_is_not_scheduled_can_be_neither_moved_nor_deleted(self) -> None:
        assert problems(move(END)) == problems(delete()) == [("sub.reservation.none", "")]

    def test_a_deletion_leaves_the_tasks_of_options(self) -> None:
        verdict = delete(subscription=TRIAL, task=CONVERSION, option_orders=({},))

        assert consequences(verdict) == {
            "sub.reservation.dropped": Weight.NOTE, "sub.reservation.optionsleft": Weight.CARE,
            "sub.reservation.trialends": Weight.CARE, "sub.reservation.again": Weight.UNDO,
        }  # fmt: skip
        assert "sub.reservation.trialends" not in consequences(delete(task=TASK))
