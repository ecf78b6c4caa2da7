"""What LINE WORKS was to do by itself on a day and did not: told on the next business day, and gone once it is done."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.urls import reverse

from portal.sync.missed_expectations import LOOK_BACK, check, overdue, title_of, words_of
from portal.sync.models import DetectedChange, MissedExpectation
from tests.support.orders import day
from tests.support.portal import PAID_ADVANCED, PAID_MONTHLY, WITHOUT_CONTRACT, People, ReadIn, SignIn
from tests.support.reads import do_outside
from tests.support.sandbox import Sandbox

DUE = 5


def pre_order(sandbox: Sandbox) -> int:
    sandbox.add_pre_order_outside(WITHOUT_CONTRACT, {"applyDate": str(day(DUE)), "productId": "STD", "plan": "MONTHLY"})
    return WITHOUT_CONTRACT


def reservation(sandbox: Sandbox) -> int:
    started = do_outside(sandbox, "addSubscription", WITHOUT_CONTRACT, {"productId": "STD_T", "plan": "TRIAL"})
    assert isinstance(started, dict)
    task = {"type": "START_PAID_SERVICE", "applyDate": str(day(DUE)), "plan": "MONTHLY"}
    do_outside(sandbox, "addReservation", WITHOUT_CONTRACT, task, subscriptionId=started["subscriptionId"])
    return WITHOUT_CONTRACT


def option_order(sandbox: Sandbox) -> int:
    task = {"optionProductId": "SSTG2", "subOptionId": "SSTG201", "type": "APPLY", "applyDate": str(day(DUE))}
    do_outside(sandbox, "addOptionProductOrder", PAID_MONTHLY, task)
    return PAID_MONTHLY


def limit(sandbox: Sandbox) -> int:
    wanted = {"applyDate": str(day(DUE)), "maxMemberCount": 40}
    do_outside(sandbox, "createUsageStatusRenewal", PAID_MONTHLY, wanted)
    return PAID_MONTHLY


def withdrawal(sandbox: Sandbox) -> int:
    do_outside(sandbox, "patchUsageStatus", PAID_ADVANCED, {"withdrawalDate": str(day(DUE))})
    return PAID_ADVANCED


@dataclass(frozen=True)
class Case:
    """Something scheduled, the operation whose day the sandbox passes over, and what an entry calls it."""

    schedule: Callable[[Sandbox], int]
    operation: str
    title: str

    def __str__(self) -> str:
        return self.schedule.__name__


CASES = [
    Case(pre_order, "addPreOrder", "Pre-order"),
    Case(reservation, "addReservation", "Scheduled change of a subscription"),
    Case(option_order, "addOptionProductOrder", "Scheduled option change"),
    Case(limit, "createUsageStatusRenewal", "Maximum number of users"),
    Case(withdrawal, "patchUsageStatus", "Platform cancellation"),
]
GONE_BY_THEN = [case for case in CASES if case.schedule is not withdrawal]


def told() -> list[tuple[int, str, bool]]:
    check()
    return [(entry.domain_id, title_of(entry), entry.still_there) for entry in overdue()]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_still_scheduled_after_its_day_is_told_until_it_is_done(
    case: Case, sandbox: Sandbox, read_in: ReadIn
) -> None:
    domain_id = case.schedule(sandbox)
    sandbox.fault(case.operation, "skip_apply_date", count=2, domain_id=domain_id)
    read_in(domain_id)
    before = told()
    sandbox.set_clock(str(day(DUE)))
    read_in(domain_id)
    on_its_day = told()
    sandbox.move_clock(1)
    unread = told()
    read_in(domain_id)
    after = told()

    words = [words_of(entry) for entry in overdue()]
    sandbox.move_clock(1)
    if case in GONE_BY_THEN:
        read_in(domain_id)

    assert (before, on_its_day, unread) == ([], [], [])
    assert after == [(domain_id, case.title, True)]
    assert all(words)
    assert told() == ([] if case in GONE_BY_THEN else after)


@pytest.mark.parametrize("case", GONE_BY_THEN, ids=str)
def test_what_was_done_on_its_day_is_not_told(case: Case, sandbox: Sandbox, read_in: ReadIn) -> None:
    domain_id = case.schedule(sandbox)
    read_in(domain_id)
    sandbox.set_clock(str(day(DUE + 1)))
    read_in(domain_id)

    assert told() == []


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_vanished_on_its_day_without_its_effect_is_told(case: Case, sandbox: Sandbox, read_in: ReadIn) -> None:
    domain_id = case.schedule(sandbox)
    sandbox.fault(case.operation, "lose_apply_date", domain_id=domain_id)
    read_in(domain_id)
    sandbox.set_clock(str(day(DUE)))
    read_in(domain_id)
    on_its_day = told()
    sandbox.move_clock(1)
    read_in(domain_id)
    after = told()
    sandbox.move_clock(LOOK_BACK.days)
    read_in(domain_id)

    assert on_its_day == []
    assert after == [(domain_id, case.title, False)]
    assert told() == []


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_was_done_late_fell_due_and_was_not_changed_outside(case: Case, sandbox: Sandbox, read_in: ReadIn) -> None:
    domain_id = case.schedule(sandbox)
    sandbox.fault(case.operation, "skip_apply_date", count=2, domain_id=domain_id)
    sandbox.set_clock(str(day(DUE + 1)))
    read_in(domain_id)
    since = DetectedChange.objects.latest("pk").pk
    sandbox.move_clock(1)
    if case in GONE_BY_THEN:
        read_in(domain_id)

    later = DetectedChange.objects.filter(pk__gt=since)
    assert set(later.values_list("cause", flat=True)) == ({DetectedChange.Cause.DUE} if case in GONE_BY_THEN else set())


@pytest.mark.parametrize("case", CASES[:3], ids=str)
def test_what_is_gone_without_its_effect_is_told(case: Case, sandbox: Sandbox, read_in: ReadIn) -> None:
    """Passed over on its day, and deleted late at LINE WORKS's console."""
    domain_id = case.schedule(sandbox)
    customer = read_in(domain_id)
    sandbox.fault(case.operation, "skip_apply_date", count=9, domain_id=domain_id)
    sandbox.set_clock(str(day(DUE)))
    take_away(case, sandbox, domain_id, customer)
    sandbox.move_clock(1)
    read_in(domain_id)

    assert told() == [(domain_id, case.title, False)]


@pytest.mark.parametrize("case", CASES[:3], ids=str)
def test_what_was_deleted_in_time_is_not_told(case: Case, sandbox: Sandbox, read_in: ReadIn) -> None:
    domain_id = case.schedule(sandbox)
    customer = read_in(domain_id)
    take_away(case, sandbox, domain_id, customer)
    read_in(domain_id)
    sandbox.set_clock(str(day(DUE + 1)))
    read_in(domain_id)

    assert told() == []


def take_away(case: Case, sandbox: Sandbox, domain_id: int, customer: object) -> None:
    if case.schedule is pre_order:
        number = customer.pre_orders.get().pre_order_id  # type: ignore[attr-defined]  # a customer
        do_outside(sandbox, "deletePreOrder", domain_id, preOrderId=number)
    elif case.schedule is reservation:
        number = customer.reservations.get().subscription_id  # type: ignore[attr-defined]  # a customer
        do_outside(sandbox, "deleteReservation", domain_id, subscriptionId=number)
    else:
        do_outside(sandbox, "deleteOptionProductOrder", domain_id, optionProductId="SSTG2")


def test_the_pages_show_it(sandbox: Sandbox, read_in: ReadIn, people: People, sign_in: SignIn) -> None:
    domain_id = pre_order(sandbox)
    sandbox.fault("addPreOrder", "skip_apply_date", count=2, domain_id=domain_id)
    sandbox.set_clock(str(day(DUE + 1)))
    read_in(domain_id)
    read_in(PAID_MONTHLY)
    check()
    browser = sign_in(people.support)

    every = browser.get(reverse("operations:list")).content.decode()
    its_own = browser.get(reverse("customers:detail", args=[domain_id])).content.decode()
    another = browser.get(reverse("customers:detail", args=[PAID_MONTHLY])).content.decode()

    assert "Not applied" in every
    assert reverse("customers:detail", args=[domain_id]) in every
    assert "Still scheduled" in its_own
    assert "Still scheduled" not in another


def test_checking_again_changes_nothing(sandbox: Sandbox, read_in: ReadIn) -> None:
    domain_id = pre_order(sandbox)
    sandbox.fault("addPreOrder", "skip_apply_date", count=2, domain_id=domain_id)
    sandbox.set_clock(str(day(DUE + 1)))
    read_in(domain_id)

    check()
    first = MissedExpectation.objects.get()
    check()

    assert MissedExpectation.objects.get().pk == first.pk
