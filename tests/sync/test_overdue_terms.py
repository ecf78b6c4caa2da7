"""Terms and trials that did not end, or did not renew as was set: told on the next day, and late is not outside."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from options.models import OptionProduct
from portal.sync.missed_expectations import check, overdue, title_of, words_of
from portal.sync.models import DetectedChange
from subscriptions.assumptions import GRACE_DAYS
from subscriptions.models import Subscription
from tests.support.portal import PAID_MONTHLY, TRIAL_OF_A_GROUP, ReadIn
from tests.support.reads import do_outside
from tests.support.sandbox import Sandbox

DAY = timedelta(days=1)


def told() -> list[tuple[str, bool]]:
    check()
    assert all(words_of(entry) for entry in overdue())
    return [(title_of(entry), entry.still_there) for entry in overdue()]


def set_renewal(kind: str, **more: object) -> Callable[[Sandbox, ReadIn], Subscription]:
    """Return what sets the renewal of a paid subscription and answers it."""

    def schedule(sandbox: Sandbox, read_in: ReadIn) -> Subscription:
        number = read_in(PAID_MONTHLY).subscriptions.get().subscription_id
        do_outside(sandbox, "updateRenewal", PAID_MONTHLY, {"type": kind} | more, subscriptionId=number)
        return read_in(PAID_MONTHLY).subscriptions.get()

    schedule.__name__ = kind.lower()
    return schedule


def trial(_sandbox: Sandbox, read_in: ReadIn) -> Subscription:
    return read_in(TRIAL_OF_A_GROUP).subscriptions.get()


def grace(sandbox: Sandbox, read_in: ReadIn) -> Subscription:
    found = trial(sandbox, read_in)
    assert found.end_date
    sandbox.set_clock(str(found.end_date + DAY))
    return trial(sandbox, read_in)


def option_renewal(sandbox: Sandbox, read_in: ReadIn) -> OptionProduct:
    wanted = {"optionProductId": "SSTG2", "subOptionId": "SSTG201"}
    do_outside(sandbox, "addOptionProduct", PAID_MONTHLY, wanted)
    read_in(PAID_MONTHLY)
    return read_in(PAID_MONTHLY).options.get()


@dataclass(frozen=True)
class Term:
    """What has an end, the operation whose day the sandbox passes over, how long after its end, what it is called."""

    schedule: Callable[[Sandbox, ReadIn], Subscription | OptionProduct]
    operation: str
    title: str
    days: int = 0

    def __str__(self) -> str:
        return self.schedule.__name__


TERMS = [
    Term(set_renewal("STAY"), "updateRenewal", "Renewal"),
    Term(set_renewal("CHANGE", plan="ANNUAL_LICENSE", licenseCount=20), "updateRenewal", "Renewal"),
    Term(set_renewal("CANCEL"), "updateRenewal", "Renewal"),
    Term(trial, "addSubscription", "End of trial"),
    Term(grace, "addSubscription", "End of trial grace period (estimated)", GRACE_DAYS),
    Term(option_renewal, "updateOptionProductRenewal", "Renewal of an option"),
]


@pytest.mark.parametrize("term", TERMS, ids=str)
def test_a_term_that_outlasts_its_day_is_told_and_its_late_end_fell_due(
    term: Term, sandbox: Sandbox, read_in: ReadIn
) -> None:
    held = term.schedule(sandbox, read_in)
    domain_id = held.customer_id
    assert held.end_date
    day = held.end_date + DAY + timedelta(days=term.days)
    sandbox.fault(term.operation, "skip_apply_date", count=2, domain_id=domain_id)
    sandbox.set_clock(str(day))
    read_in(domain_id)
    on_its_day = told()
    sandbox.move_clock(1)
    read_in(domain_id)
    after = told()
    read_in(domain_id)
    since = DetectedChange.objects.latest("pk").pk
    sandbox.move_clock(1)
    read_in(domain_id)

    assert on_its_day == []
    assert after == [(term.title, True)]
    assert told() == []
    later = DetectedChange.objects.filter(pk__gt=since).exclude(cause=DetectedChange.Cause.FIRST)
    assert set(later.values_list("cause", flat=True)) == {DetectedChange.Cause.DUE}


@pytest.mark.parametrize("term", TERMS, ids=str)
def test_a_term_that_ends_on_its_day_is_not_told(term: Term, sandbox: Sandbox, read_in: ReadIn) -> None:
    held = term.schedule(sandbox, read_in)
    assert held.end_date
    sandbox.set_clock(str(held.end_date + 2 * DAY + timedelta(days=term.days)))
    read_in(held.customer_id)

    assert told() == []


@pytest.mark.parametrize("term", TERMS[1:3], ids=str)
def test_a_renewal_that_was_not_as_set_is_told(term: Term, sandbox: Sandbox, read_in: ReadIn) -> None:
    """It goes on as it was, although a change or an end was set."""
    held = term.schedule(sandbox, read_in)
    assert held.end_date
    sandbox.fault(term.operation, "lose_apply_date", domain_id=held.customer_id)
    sandbox.set_clock(str(held.end_date + DAY))
    read_in(held.customer_id)
    sandbox.move_clock(1)
    read_in(held.customer_id)

    assert told() == [("Renewal", False)]


def test_a_contract_that_ended_instead_of_renewing_is_told(sandbox: Sandbox, read_in: ReadIn) -> None:
    held = set_renewal("STAY")(sandbox, read_in)
    assert held.end_date
    sandbox.fault("updateRenewal", "skip_apply_date", domain_id=held.customer_id)
    sandbox.set_clock(str(held.end_date + DAY))
    do_outside(sandbox, "cancelSubscription", held.customer_id, subscriptionId=held.subscription_id)
    sandbox.move_clock(1)
    read_in(held.customer_id)

    assert told() == [("Renewal", False)]


def test_a_contract_whose_end_was_scheduled_is_not_missed(sandbox: Sandbox, read_in: ReadIn) -> None:
    held = set_renewal("STAY")(sandbox, read_in)
    assert held.end_date
    task = {"type": "CANCEL", "applyDate": str(held.end_date + DAY)}
    do_outside(sandbox, "addReservation", held.customer_id, task, subscriptionId=held.subscription_id)
    read_in(held.customer_id)
    sandbox.set_clock(str(held.end_date + 2 * DAY))
    read_in(held.customer_id)

    assert not read_in(held.customer_id).subscriptions.current().exists()
    assert told() == []


def test_an_option_that_was_not_renewed_as_set_is_told(sandbox: Sandbox, read_in: ReadIn) -> None:
    held = option_renewal(sandbox, read_in)
    wanted = {"type": "CHANGE", "subOptionId": "SSTG202"}
    do_outside(sandbox, "updateOptionProductRenewal", PAID_MONTHLY, wanted, optionProductId="SSTG2")
    read_in(PAID_MONTHLY)
    sandbox.fault("updateOptionProductRenewal", "lose_apply_date", domain_id=PAID_MONTHLY)
    sandbox.set_clock(str(held.end_date + DAY))
    read_in(PAID_MONTHLY)
    sandbox.move_clock(1)
    read_in(PAID_MONTHLY)

    assert told() == [("Renewal of an option", False)]


def test_an_option_trial_that_outlasts_its_day_is_told(sandbox: Sandbox, read_in: ReadIn) -> None:
    wanted = {"optionProductId": "DRV", "subOptionId": "DRV_PS_T"}
    do_outside(sandbox, "addOptionProduct", PAID_MONTHLY, wanted)
    held = read_in(PAID_MONTHLY).options.get()
    sandbox.fault("addOptionProduct", "skip_apply_date", count=2, domain_id=PAID_MONTHLY)
    sandbox.set_clock(str(held.end_date + 2 * DAY))
    read_in(PAID_MONTHLY)
    after = told()
    sandbox.move_clock(1)
    read_in(PAID_MONTHLY)

    assert after == [("End of an option trial", True)]
    assert told() == []
