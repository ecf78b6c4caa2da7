"""One sweeper at work: what it keeps when, and what it leaves for later."""

import pytest
from pytest_django import Settings

from portal.access import vendor
from portal.pace import Lane
from portal.sync import sweeping
from portal.sync.models import Reading, SyncRun
from portal.sync.planner import HEAD_START, want
from portal.sync.reading import Vendor, read_some
from portal.sync.resources import Target
from subscriptions.sync import SUBSCRIPTIONS
from tests.support.portal import PAID_ADVANCED, PAID_MONTHLY, WITHOUT_CONTRACT
from tests.support.sandbox import Sandbox
from tests.sync.conftest import CUSTOMERS

TARGETS = [Target(domain_id) for domain_id in (PAID_ADVANCED, PAID_MONTHLY, WITHOUT_CONTRACT)]


def kept() -> list[int]:
    rows = Reading.objects.filter(resource="subscriptions", read_at__isnull=False)
    return list(rows.order_by("domain_id").values_list("domain_id", flat=True))


@pytest.mark.parametrize(("worth_keeping", "done"), [(0.0, 1), (60.0, 3)])
def test_what_was_read_is_not_held_back_while_the_next_waits_for_its_turn(
    listed: SyncRun, monkeypatch: pytest.MonkeyPatch, worth_keeping: float, done: int
) -> None:
    monkeypatch.setattr("portal.sync.reading.WORTH_KEEPING_SECONDS", worth_keeping)
    outcome = read_some(Vendor(Lane.SWEEP), SUBSCRIPTIONS, TARGETS, must_wait=lambda _operation: True)
    assert (outcome.done, list(outcome.untried)) == (done, TARGETS[done:])
    assert kept() == sorted(target.domain_id for target in TARGETS[:done])


def test_a_sweep_must_wait_when_its_half_of_the_budget_is_used_up(listed: SyncRun, settings: Settings) -> None:
    settings.PARTNER_RATE_LIMIT = 4
    vendor.budget.cache_clear()
    asking = Vendor(Lane.SWEEP)
    seen = []
    for target in TARGETS[:2]:
        seen.append(asking.must_wait(SUBSCRIPTIONS.operation))
        asking.read(SUBSCRIPTIONS, target)
    assert [*seen, asking.must_wait(SUBSCRIPTIONS.operation)] == [False, False, True]
    vendor.budget.cache_clear()


def test_what_is_left_of_a_batch_is_read_next(
    listed: SyncRun, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No time for more than one read at once: each is kept by itself, and none is asked for twice."""
    monkeypatch.setattr(sweeping, "KEEP_EVERY_SECONDS", 0.0)
    sandbox.reset_calls()
    for share in range(sweeping.SHARES):
        sweeping.sweep(SUBSCRIPTIONS, share)
    assert len(kept()) == sandbox.calls()["listSubscriptions"] == CUSTOMERS


def test_without_a_run_only_what_is_needed_is_read(listed: SyncRun, sandbox: Sandbox) -> None:
    SyncRun.objects.update(state=SyncRun.State.STOPPED, finished_at=listed.started_at)
    want([PAID_ADVANCED], ["subscriptions"])
    Reading.objects.filter(wanted_at__isnull=False).update(wanted_at=listed.started_at - HEAD_START)
    for share in range(sweeping.SHARES):
        sweeping.sweep(SUBSCRIPTIONS, share)
    assert kept() == [PAID_ADVANCED]
