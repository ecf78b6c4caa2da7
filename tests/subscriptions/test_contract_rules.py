"""Each rule of what changes a contract at once, by itself: a case that it lets pass and a case that it stops."""

from dataclasses import replace
from typing import Any

import pytest

from portal.core.rules import Verdict, Weight
from portal.operations.comparison import side_by_side
from portal.operations.snapshots import Snapshot
from subscriptions.commands.contract import UPGRADE
from subscriptions.rules import contract, conversion, licenses
from subscriptions.rules.contract import Cancellation, SubscriptionAdd, Upgrade
from subscriptions.rules.conversion import Conversion
from subscriptions.rules.licenses import LicensesAdd
from tests.subscriptions.states import (
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
    trial_option,
)
from tests.support import vendor_json
from tests.support.vendor_json import Json

ADDITION = {"type": "ADD_LICENSE", "applyDate": "2026-01-20", "licenseCount": 7}
CONVERSION = {"type": "START_PAID_SERVICE", "applyDate": "2026-01-20", "plan": "MONTHLY"}
ADVANCED = {"productId": "ADV"}
UNREAD = {"productId": "JP_PPO_STD_T", "plan": "TRIAL", "licenseCount": None, "renewal": None}
ROGER = {"productId": "ROG_FR", "plan": "FREE_LICENSE", "renewal": None}


def more_licenses(count: int = 5, number: int = 501, **state_of: Any) -> Verdict:
    wish = LicensesAdd(subscription_id=number, add_license_count=count)
    return licenses.add_licenses(state(**state_of), wish, TODAY)


def convert(state_of: dict[str, Any] | None = None, **changes: Any) -> Verdict:
    wish = {"subscription_id": 501, "plan": "ANNUAL_LICENSE", "license_count": 10, **changes}
    return conversion.convert(state(**{"subscription": TRIAL, **(state_of or {})}), Conversion(**wish), TODAY)


def upgrade(product: str = "ADV", number: int = 501, **state_of: Any) -> Verdict:
    return contract.upgrade(state(**state_of), Upgrade(subscription_id=number, product_id=product), TODAY)


def cancel(number: int = 501, **state_of: Any) -> Verdict:
    return contract.cancel(state(**state_of), Cancellation(subscription_id=number), TODAY)


def add(product: str = "NTA_FR", plan: str = "FREE", count: int | None = None, **state_of: Any) -> Verdict:
    wish = SubscriptionAdd(product_id=product, plan=plan, license_count=count)
    return contract.add_subscription(state(**state_of), wish, TODAY)


class TestLicenses:
    def test_more_are_there_at_once_and_stay_to_the_renewal_which_keeps_them(self) -> None:
        verdict = more_licenses()

        assert consequences(verdict) == {
            "sub.license.added": Weight.NOTE, "sub.license.fewer": Weight.CARE, "sub.license.renewal": Weight.NOTE,
        }  # fmt: skip
        assert "The number of licenses changes from 10 to 15 today." in sentences(verdict)
        assert "before the contract renews on 15 Feb 2026." in sentences(verdict)

    def test_a_subscription_whose_number_line_works_does_not_state_begins_with_none(self) -> None:
        verdict = more_licenses(subscription={"licenseCount": None})

        assert "The number of licenses changes from 0 to 5 today." in sentences(verdict)

    @pytest.mark.parametrize("count", [1, 999_990])
    def test_any_number_up_to_a_million_in_all(self, count: int) -> None:
        assert more_licenses(count).allowed

    @pytest.mark.parametrize(
        ("count", "rule"),
        [(0, "more"), (-1, "more"), (1_000_001, "more"), (10**12, "more"), (999_991, "total"), (1_000_000, "total")],
    )
    def test_no_other_number(self, count: int, rule: str) -> None:
        assert problems(more_licenses(count)) == [(f"sub.license.{rule}", "add_license_count")]

    @pytest.mark.parametrize("plan", [MONTHLY, TRIAL, FREE, {**ROGER, "plan": "TRIAL_LICENSE"}])
    def test_only_paid_plans_with_licenses_have_any(self, plan: dict[str, Any]) -> None:
        assert problems(more_licenses(subscription=plan)) == [("sub.license.plan", "")]

    def test_what_is_scheduled_to_be_added_is_deleted(self) -> None:
        verdict = more_licenses(task=ADDITION)

        assert consequences(verdict)["sub.license.scheduled"] == Weight.LOSS
        assert "The licenses scheduled for 20 Jan 2026 are no longer added: 7" in sentences(verdict)
        assert "sub.license.scheduled" not in consequences(more_licenses(task={**ADDITION, "type": "CANCEL"}))

    def test_a_renewal_with_a_number_of_its_own_stays_as_it_is(self) -> None:
        found = consequences(more_licenses(subscription=renewal(type="CHANGE", licenseCount=4)))

        assert found["sub.license.renewalstays"] == Weight.CARE
        assert "sub.license.renewal" not in found

    @pytest.mark.parametrize(("beyond", "rule"), [(4, "renewalstays"), (5, "renewalholds"), (900, "renewalholds")])
    def test_a_renewal_that_keeps_the_added_licenses_anyway_is_no_warning(self, beyond: int, rule: str) -> None:
        present = vendor_json.subscription()["licenseCount"]
        found = consequences(more_licenses(5, subscription=renewal(type="CHANGE", licenseCount=present + beyond)))

        assert found[f"sub.license.{rule}"] == (Weight.CARE if rule == "renewalstays" else Weight.NOTE)

    @pytest.mark.parametrize(
        "state_of",
        [
            {"subscription": renewal(type="CANCEL", licenseCount=None)},
            {"task": {"type": "CANCEL", "applyDate": "2026-02-15"}},
        ],
    )
    def test_what_is_set_to_end_ends_all_the_same(self, state_of: dict[str, Any]) -> None:
        verdict = more_licenses(**state_of)

        assert "still set not to renew. It ends on 15 Feb 2026" in sentences(verdict)
        assert "sub.ends.anyway" not in consequences(more_licenses())


class TestConversion:
    def test_a_trial_becomes_paid_and_there_is_no_way_back(self) -> None:
        assert consequences(convert()) == {
            "sub.convert.now": Weight.NOTE, "sub.add.licenses": Weight.NOTE, "sub.convert.final": Weight.LOSS,
        }  # fmt: skip

    @pytest.mark.parametrize("held", [TRIAL, GRACE])
    def test_a_trial_keeps_its_product_in_its_grace_too(self, held: dict[str, Any]) -> None:
        assert convert({"subscription": held}).allowed
        assert problems(convert({"subscription": held}, product_id="STD")) == [("sub.convert.product", "product_id")]

    def test_free_needs_a_product_of_its_family(self) -> None:
        assert convert({"subscription": FREE}, product_id="STD").allowed
        for product in (None, "ROG_STD", "STD_T", ""):
            wrong = convert({"subscription": FREE}, product_id=product)
            assert problems(wrong) == [("sub.product.family", "product_id")]

    def test_advanced_needs_a_domain(self) -> None:
        group = {"subscription": FREE, "customer": GROUP}

        assert problems(convert(group, product_id="ADV")) == [("sub.advanced.domain", "product_id")]
        assert convert(group, product_id="STD").allowed
        assert convert({"subscription": FREE}, product_id="ADV").allowed

    def test_what_is_paid_cannot_become_paid(self) -> None:
        assert problems(convert({"subscription": {}})) == [("sub.convert.source", "")]

    def test_plans_that_could_not_be_read_are_not_offered(self) -> None:
        assert problems(convert({"subscription": UNREAD})) == [("sub.plan.unread", "")]

    @pytest.mark.parametrize("plan", ["TRIAL", "FREE", "ANNUAL", "MONTHLY_LICENSE", ""])
    def test_only_plans_of_the_product(self, plan: str) -> None:
        assert problems(convert(plan=plan)) == [("sub.plan.product", "plan")]

    @pytest.mark.parametrize("count", [None, 0, -1, 1_000_001])
    def test_a_plan_with_licenses_needs_their_number(self, count: int | None) -> None:
        assert problems(convert(license_count=count)) == [("sub.license.needed", "license_count")]

    def test_a_plan_without_licenses_has_none(self) -> None:
        assert problems(convert(plan="MONTHLY")) == [("sub.license.none", "license_count")]
        assert convert(plan="MONTHLY", license_count=None).allowed

    def test_each_member_needs_a_license(self) -> None:
        assert convert(license_count=8).allowed
        assert problems(convert(license_count=7)) == [("sub.convert.members", "license_count")]

    def test_trial_options_stay_trial_and_all_that_is_scheduled_for_it_is_deleted(self) -> None:
        verdict = convert({
            "options": (trial_option(), trial_option("DRV", "DRV00")),
            "option_orders": ({"optionProductId": "ACV2", "subOptionId": "ACV201", "type": "START_PAID_SERVICE"},),
            "task": CONVERSION,
        })  # fmt: skip

        found = consequences(verdict)
        assert found["sub.convert.trials"] == found["sub.convert.optiontasks"] == Weight.CARE
        assert found["sub.convert.scheduled"] == Weight.LOSS
        assert "Options that stay in trial: 2 (Archive (Talk), Drive)." in sentences(verdict)
        assert "is deleted: Convert to paid on 20 Jan 2026." in sentences(verdict)

    def test_options_of_another_subscription_are_none_of_it(self) -> None:
        assert "sub.convert.trials" not in consequences(convert({"options": (trial_option(subscriptionId=502),)}))


class TestUpgrade:
    def test_standard_becomes_advanced_and_its_trial_a_trial_of_that(self) -> None:
        assert consequences(upgrade()) == {
            "sub.upgrade.now": Weight.NOTE, "sub.upgrade.renews": Weight.NOTE, "sub.upgrade.final": Weight.LOSS,
        }  # fmt: skip
        assert upgrade("ADV_T", subscription=TRIAL).allowed

    @pytest.mark.parametrize(
        ("held", "rule"),
        [
            (ADVANCED, "standard"),
            ({**TRIAL, "productId": "ADV_T"}, "standard"),
            ({"productId": "ROG_STD"}, "standard"),
            (FREE, "free"),
        ],
    )
    def test_nothing_else_does(self, held: dict[str, Any], rule: str) -> None:
        assert problems(upgrade(subscription=held)) == [(f"sub.upgrade.{rule}", "")]

    @pytest.mark.parametrize(("held", "target"), [({}, "ADV_T"), (TRIAL, "ADV"), ({}, "STD"), ({}, "")])
    def test_a_trial_stays_a_trial(self, held: dict[str, Any], target: str) -> None:
        assert problems(upgrade(target, subscription=held)) == [("sub.upgrade.trial", "product_id")]

    def test_not_in_grace(self) -> None:
        assert problems(upgrade("ADV_T", subscription=GRACE)) == [("sub.upgrade.grace", "")]

    def test_advanced_needs_a_domain(self) -> None:
        assert problems(upgrade(customer=GROUP)) == [("sub.advanced.domain", "product_id")]

    def test_the_upgrade_in_the_renewal_goes(self) -> None:
        found = consequences(upgrade(subscription=renewal(type="CHANGE", productId="ADV")))

        assert "sub.upgrade.renewal" in found
        assert "sub.upgrade.renews" not in found

    def test_of_what_is_scheduled_it_says_only_that_it_is_there(self) -> None:
        verdict = upgrade(task=ADDITION)
        assert consequences(verdict)["sub.upgrade.scheduled"] == Weight.CARE
        assert "scheduled change: Add licenses on 20 Jan 2026. LINE WORKS doesn’t document what" in sentences(verdict)
        [told] = [each for each in verdict.consequences if each.rule.id == "sub.upgrade.scheduled"]
        assert told.rule.ours
        assert "sub.upgrade.scheduled" not in consequences(upgrade())

    def test_a_scheduled_change_that_goes_with_an_upgrade_is_not_put_down_to_something_else(self) -> None:
        before = state(task=ADDITION)
        expected = UPGRADE.projected_state(before, Upgrade(subscription_id=501, product_id="ADV"))
        gone = replace(expected, by_resource={**expected.by_resource, "reservations": ()})

        def found(after: Snapshot) -> set[str]:
            rows = side_by_side(before, expected, after, {}, was_seen=True)
            return {row.finding for row in rows if row.key.startswith("reservation")}

        assert found(expected) == {"same"}
        assert found(gone) == {"not as assumed"}

    def test_drive_of_standard_is_canceled(self) -> None:
        options: tuple[Json, ...] = ({"optionProductId": "DRV", "subOptionId": "DRV_PS"}, {})

        assert "are canceled: 1 (Drive)." in sentences(upgrade(options=options))
        assert "sub.upgrade.options" not in consequences(upgrade(options=({},)))


class TestEnd:
    def test_all_that_is_lost_is_said(self) -> None:
        verdict = cancel(options=({}, trial_option()), option_orders=({},), task=ADDITION)

        assert consequences(verdict) == dict.fromkeys(
            [
                "sub.cancel.now", "sub.cancel.penalty", "sub.cancel.options", "sub.cancel.optionpenalty",
                "sub.cancel.scheduled", "sub.cancel.optiontasks", "sub.cancel.final",
            ],
            Weight.LOSS,
        )  # fmt: skip
        words = sentences(verdict)
        assert "The annual contract runs until 14 Feb 2026 (days left: 31)." in words
        assert "From 15 Feb 2026 no penalty applies." in words
        assert "even if they are in use: 2 (Archive (Talk), Shared Storage)." in words
        assert "A penalty applies to options in an annual contract: Shared Storage." in words

    @pytest.mark.parametrize("held", [MONTHLY, TRIAL, FREE])
    def test_only_an_annual_contract_costs_a_penalty(self, held: dict[str, Any]) -> None:
        assert "sub.cancel.penalty" not in consequences(cancel(subscription=held))

    def test_not_while_a_conversion_is_scheduled(self) -> None:
        assert problems(cancel(subscription=TRIAL, task=CONVERSION)) == [("sub.cancel.conversion", "")]
        assert cancel(task=ADDITION).allowed


class TestAddition:
    @pytest.mark.parametrize(
        ("product", "plan", "count"),
        [
            ("NTA_FR", "FREE", None),
            ("NTA_BZ_T", "TRIAL", None),
            ("NTA_SL", "ANNUAL", None),
            ("ROG_FR", "FREE_LICENSE", 3),
        ],
    )
    def test_what_the_customer_has_none_of_can_be_added(self, product: str, plan: str, count: int | None) -> None:
        assert add(product, plan, count).allowed

    def test_one_of_a_family(self) -> None:
        assert problems(add("ADV", "MONTHLY")) == [("sub.add.group", "product_id")]
        assert problems(add("STD", "MONTHLY", subscription=TRIAL)) == [("sub.add.switch", "product_id")]
        assert add("STD_T", "TRIAL", subscription=ROGER).allowed

    @pytest.mark.parametrize("product", ["", "std", "JP_PPO_STD", "JP_AIS_STD"])
    def test_products_whose_plans_are_not_known_are_not_offered(self, product: str) -> None:
        assert problems(add(product)) == [("sub.add.product", "product_id")]

    @pytest.mark.parametrize(
        ("product", "plan"), [("STD_T", "FREE"), ("FR", "TRIAL"), ("STD", "TRIAL"), ("STD", "ANNUAL")]
    )
    def test_each_product_has_its_plans(self, product: str, plan: str) -> None:
        assert problems(add(product, plan, subscription=ROGER)) == [("sub.plan.product", "plan")]

    def test_the_advanced_trial_needs_a_domain(self) -> None:
        assert problems(add("ADV_T", "TRIAL", subscription=ROGER, customer=GROUP)) == [
            ("sub.advanced.domain", "product_id")
        ]

    def test_what_follows_is_said(self) -> None:
        paid = add("STD", "ANNUAL_LICENSE", 10, subscription=ROGER)
        trial = add("STD_T", "TRIAL", subscription=ROGER, pre_orders=(vendor_json.pre_order(),))

        assert consequences(paid) == {
            "sub.add.now": Weight.NOTE, "sub.add.licenses": Weight.NOTE, "sub.add.aftertrial": Weight.CARE,
        }  # fmt: skip
        assert consequences(trial) == {
            "sub.add.now": Weight.NOTE, "sub.add.trial": Weight.NOTE, "sub.add.preordered": Weight.CARE,
        }  # fmt: skip


@pytest.mark.parametrize("judge", [more_licenses, upgrade, cancel])
def test_what_is_not_there_cannot_be_changed(judge: Any) -> None:
    assert problems(judge(number=999)) == [("sub.exists", "")]
    assert problems(convert(subscription_id=999)) == [("sub.exists", "")]
