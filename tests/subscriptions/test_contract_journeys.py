"""
Each order that changes a contract at once, from the wish to what is read back: a real worker sends, and LINE WORKS then
shows what the preview promised, in every fact that the order reads.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from portal.operations.commands import Command
from portal.operations.presentation import consequences, evidence
from subscriptions.commands.contract import ADD, ADD_LICENSES, CANCEL, CONVERT, UPGRADE
from subscriptions.rules.contract import Cancellation, SubscriptionAdd, Upgrade
from subscriptions.rules.conversion import Conversion
from subscriptions.rules.licenses import LicensesAdd
from tests.subscriptions.states import AtVendor, ordered, tomorrow
from tests.support.portal import WITHOUT_CONTRACT, People, ReadIn
from tests.support.sandbox import Sandbox
from tests.support.worker import Worker


@dataclass(frozen=True)
class Case:
    """A situation, and what is asked for in it."""

    write: Command[Any]
    situation: Callable[[AtVendor], object]
    wish: Callable[[int], Any]
    entails: set[str] = field(default_factory=set)


CASES = {
    "licenses": Case(
        ADD_LICENSES,
        lambda vendor: vendor.paid().reserve("ADD_LICENSE", tomorrow(20), licenseCount=7),
        lambda number: LicensesAdd(subscription_id=number, add_license_count=5),
        {"sub.license.scheduled", "sub.license.renewal"},
    ),
    "licenses beside a renewal of its own": Case(
        ADD_LICENSES,
        lambda vendor: vendor.paid().of("updateRenewal", {"type": "CHANGE", "licenseCount": 40}),
        lambda number: LicensesAdd(subscription_id=number, add_license_count=5),
        {"sub.license.renewalstays"},
    ),
    "a trial changes to paid": Case(
        CONVERT,
        lambda vendor: (
            vendor.start("STD_T", "TRIAL").option("ACV200").reserve("START_PAID_SERVICE", tomorrow(9), plan="MONTHLY")
        ),
        lambda number: Conversion(subscription_id=number, plan="ANNUAL_LICENSE", license_count=30),
        {"sub.convert.scheduled", "sub.convert.trials"},
    ),
    "free changes to paid": Case(
        CONVERT,
        lambda vendor: vendor.start("FR", "FREE"),
        lambda number: Conversion(subscription_id=number, plan="MONTHLY", product_id="ADV"),
    ),
    "an upgrade drops Drive and the upgrade in the renewal": Case(
        UPGRADE,
        lambda vendor: (
            vendor.paid().option("DRV01").option("ACV201").of("updateRenewal", {"type": "CHANGE", "productId": "ADV"})
        ),
        lambda number: Upgrade(subscription_id=number, product_id="ADV"),
        {"sub.upgrade.options", "sub.upgrade.renewal"},
    ),
    "an upgrade of a subscription with a scheduled addition of licenses": Case(
        UPGRADE,
        lambda vendor: vendor.paid().reserve("ADD_LICENSE", tomorrow(20), licenseCount=7),
        lambda number: Upgrade(subscription_id=number, product_id="ADV"),
        {"sub.upgrade.scheduled"},
    ),
    "an upgrade of a trial": Case(
        UPGRADE,
        lambda vendor: vendor.start("STD_T", "TRIAL"),
        lambda number: Upgrade(subscription_id=number, product_id="ADV_T"),
    ),
    "an end": Case(
        CANCEL,
        lambda vendor: vendor.paid().option("SSTG201").reserve("ADD_LICENSE", tomorrow(20), licenseCount=7),
        lambda number: Cancellation(subscription_id=number),
        {"sub.cancel.options", "sub.cancel.optionpenalty", "sub.cancel.penalty", "sub.cancel.scheduled"},
    ),
    "a trial starts": Case(
        ADD, lambda vendor: None, lambda _number: SubscriptionAdd(product_id="STD_T", plan="TRIAL"), {"sub.add.trial"}
    ),
    "free starts": Case(ADD, lambda vendor: None, lambda _number: SubscriptionAdd(product_id="FR", plan="FREE")),
    "a paid plan starts again": Case(
        ADD,
        lambda vendor: vendor.paid().of("cancelSubscription"),
        lambda _number: SubscriptionAdd(product_id="ADV", plan="ANNUAL_PREPAY_LICENSE", license_count=12),
        {"sub.add.aftertrial", "sub.add.licenses"},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_was_promised_is_read_back(
    name: str, sandbox: Sandbox, worker: Worker, people: People, read_in: ReadIn
) -> None:
    case, vendor = CASES[name], AtVendor(sandbox, WITHOUT_CONTRACT)
    case.situation(vendor)
    customer = read_in(WITHOUT_CONTRACT)

    operation = ordered(case.write, case.wish(vendor.subscription_id), customer, people)

    assert sandbox.ledger()[-1]["operation"] == case.write.kind
    assert case.entails <= {consequence.rule.id for consequence in consequences(operation)}
    assert any(row.changes for row in evidence(operation))


def test_the_page_of_an_order_still_shows_on_a_later_day_that_all_came_as_promised(
    sandbox: Sandbox, worker: Worker, people: People, read_in: ReadIn
) -> None:
    """A term begins on the day of the order, not on the day of looking."""
    customer = read_in(WITHOUT_CONTRACT)
    operation = ordered(ADD, SubscriptionAdd(product_id="STD_T", plan="TRIAL"), customer, people)

    sandbox.move_clock(3)

    assert {row.tells for row in evidence(operation)} <= {"As requested", "Unchanged"}
