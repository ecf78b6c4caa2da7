"""
Each order that happens later, from the wish to what is read back, and on to the day on which LINE WORKS does it: what
the preview said of that day comes true.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from portal.operations.commands import Command
from portal.operations.presentation import consequences, evidence
from subscriptions.commands.renewals import SET_RENEWAL
from subscriptions.commands.reservations import DELETE_RESERVATION, MOVE_RESERVATION, RESERVE
from subscriptions.rules.renewals import RenewalSetting
from subscriptions.rules.reservations import ReservationAdd, ReservationDelete, ReservationMove
from tests.subscriptions.states import AtVendor, ordered, tomorrow
from tests.support.portal import WITHOUT_CONTRACT, People, ReadIn
from tests.support.sandbox import Sandbox
from tests.support.worker import Worker

END, AFTER = "2027-01-14", date(2027, 1, 15)  # of a contract that begins today


@dataclass(frozen=True)
class Case:
    """
    A situation, what is asked for in it, and what is so on the day on which it happens.

    Args:
        entails: rules that the preview names.
        comes: the day; None for what only withdraws or moves.
        then: product, plan and licenses of the subscription on that day; None once it has ended.
        options: the sizes of the options that are left then.
    """

    write: Command[Any]
    situation: Callable[[AtVendor], object]
    wish: Callable[[int], Any]
    entails: set[str] = field(default_factory=set)
    comes: date | None = None
    then: tuple[str, str, int | None] | None = None
    options: tuple[str, ...] = ()


def with_options(vendor: AtVendor) -> AtVendor:
    return vendor.paid().option("SSTG201").option("DRV01").option("ACV200")


CASES = {
    "a trial is to become paid": Case(
        RESERVE,
        lambda vendor: vendor.start("STD_T", "TRIAL").option("ACV200").option("DRV00"),
        lambda number: ReservationAdd(
            subscription_id=number, type="START_PAID_SERVICE", apply_date=tomorrow(9), plan="ANNUAL_LICENSE",
            license_count=30,
        ),
        {"sub.convert.along", "sub.reservation.blocks"},
        tomorrow(9),
        ("STD", "ANNUAL_LICENSE", 30),
        ("ACV201", "DRV01"),
    ),
    "free is to become paid": Case(
        RESERVE,
        lambda vendor: vendor.start("FR", "FREE"),
        lambda number: ReservationAdd(
            subscription_id=number, type="START_PAID_SERVICE", apply_date=tomorrow(60), plan="MONTHLY", product_id="ADV"
        ),
        {"sub.reservation.starts"},
        tomorrow(60),
        ("ADV", "MONTHLY", None),
    ),
    "licenses are to be added": Case(
        RESERVE,
        lambda vendor: vendor.paid(),
        lambda number: ReservationAdd(
            subscription_id=number, type="ADD_LICENSE", apply_date=tomorrow(3), license_count=5
        ),
        {"sub.reservation.adds", "sub.license.fewer"},
        tomorrow(3),
        ("STD", "ANNUAL_LICENSE", 55),
    ),
    "it is to end within the contract": Case(
        RESERVE,
        with_options,
        lambda number: ReservationAdd(subscription_id=number, type="CANCEL", apply_date=tomorrow(40)),
        {"sub.reservation.ends", "sub.cancel.options", "sub.cancel.penalty", "sub.cancel.optionpenalty"},
        tomorrow(40),
    ),
    "it is to end with the contract": Case(
        RESERVE,
        with_options,
        lambda number: ReservationAdd(subscription_id=number, type="CANCEL", apply_date=AFTER),
        {"sub.reservation.ends", "sub.cancel.options", "sub.cancel.atterm"},
        AFTER,
    ),
    "what is scheduled is moved": Case(
        MOVE_RESERVATION,
        lambda vendor: vendor.paid().reserve("ADD_LICENSE", tomorrow(3), licenseCount=5),
        lambda number: ReservationMove(subscription_id=number, apply_date=tomorrow(8)),
        {"sub.reservation.undo"},
        tomorrow(8),
        ("STD", "ANNUAL_LICENSE", 55),
    ),
    "what is scheduled is deleted": Case(
        DELETE_RESERVATION,
        lambda vendor: vendor.paid().reserve("CANCEL", tomorrow(3)),
        lambda number: ReservationDelete(subscription_id=number),
        {"sub.reservation.dropped"},
        tomorrow(3),
        ("STD", "ANNUAL_LICENSE", 50),
    ),
    "it renews with fewer licenses as Advanced": Case(
        SET_RENEWAL,
        with_options,
        lambda number: RenewalSetting(
            subscription_id=number, type="CHANGE", product_id="ADV", plan="ANNUAL_PREPAY_LICENSE", license_count=20
        ),
        {"sub.renewal.changes", "sub.renewal.count", "sub.upgrade.options"},
        AFTER,
        ("ADV", "ANNUAL_PREPAY_LICENSE", 20),
        ("SSTG201",),
    ),
    "it renews under a monthly plan": Case(
        SET_RENEWAL,
        lambda vendor: vendor.paid(),
        lambda number: RenewalSetting(subscription_id=number, type="CHANGE", product_id="STD", plan="MONTHLY"),
        {"sub.renewal.changes"},
        AFTER,
        ("STD", "MONTHLY", None),
    ),
    "it does not renew": Case(
        SET_RENEWAL,
        with_options,
        lambda number: RenewalSetting(subscription_id=number, type="CANCEL"),
        {"sub.renewal.ends", "sub.renewal.options", "sub.cancel.atterm"},
        AFTER,
    ),
    "it renews as it is after all": Case(
        SET_RENEWAL,
        lambda vendor: vendor.paid().of("updateRenewal", {"type": "CANCEL"}),
        lambda number: RenewalSetting(subscription_id=number, type="STAY"),
        {"sub.renewal.renews", "sub.renewal.forgets"},
        AFTER,
        ("STD", "ANNUAL_LICENSE", 50),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_was_promised_is_read_back_and_comes_true_on_its_day(
    name: str, sandbox: Sandbox, worker: Worker, people: People, read_in: ReadIn
) -> None:
    case, vendor = CASES[name], AtVendor(sandbox, WITHOUT_CONTRACT)
    case.situation(vendor)
    customer = read_in(WITHOUT_CONTRACT)

    operation = ordered(case.write, case.wish(vendor.subscription_id), customer, people)

    assert sandbox.ledger()[-1]["operation"] == case.write.kind
    assert case.entails <= {consequence.rule.id for consequence in consequences(operation)}
    assert any(row.changes for row in evidence(operation))
    assert case.comes
    sandbox.set_clock(str(case.comes))
    assert vendor.contract() == case.then
    assert vendor.options() == case.options
