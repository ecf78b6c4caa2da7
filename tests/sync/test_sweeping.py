"""One background worker at work: what it keeps when, and what it leaves for later."""

from collections import Counter
from dataclasses import replace

import pytest
from pytest_django import Settings

from portal.sync import runs, worker
from portal.sync.fetch import Vendor, read_some
from portal.sync.models import Reading, SchemaDrift, SyncRun
from portal.sync.resources import Target
from portal.sync.scheduler import HEAD_START, want
from portal.vendor.connection import api
from portal.vendor.ratelimit import Priority
from subscriptions.sync.reservations import RESERVATIONS
from subscriptions.sync.subscriptions import SUBSCRIPTIONS
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
    monkeypatch.setattr("portal.sync.fetch.WORTH_KEEPING_SECONDS", worth_keeping)
    outcome = read_some(Vendor(Priority.SWEEP), SUBSCRIPTIONS, TARGETS, must_wait=lambda _operation: True)
    assert (outcome.done, list(outcome.untried)) == (done, TARGETS[done:])
    assert kept() == sorted(target.domain_id for target in TARGETS[:done])


def test_a_sweep_must_wait_when_its_half_of_the_budget_is_used_up(listed: SyncRun, settings: Settings) -> None:
    settings.PARTNER_RATE_LIMIT = 4
    api.budget.cache_clear()
    asking = Vendor(Priority.SWEEP)
    seen = []
    for target in TARGETS[:2]:
        seen.append(asking.must_wait(SUBSCRIPTIONS.operation))
        asking.read(SUBSCRIPTIONS, target)
    assert [*seen, asking.must_wait(SUBSCRIPTIONS.operation)] == [False, False, True]
    api.budget.cache_clear()


def test_a_sweep_must_wait_when_people_have_used_the_whole_budget(listed: SyncRun, settings: Settings) -> None:
    settings.PARTNER_RATE_LIMIT = 3
    api.budget.cache_clear()
    for target in TARGETS:
        assert not Vendor(Priority.SWEEP).must_wait(SUBSCRIPTIONS.operation)
        Vendor(Priority.PEOPLE).read(SUBSCRIPTIONS, target)
    assert Vendor(Priority.SWEEP).must_wait(SUBSCRIPTIONS.operation)
    api.budget.cache_clear()


def test_who_still_works_for_a_run_that_was_stopped_does_not_hold_the_next(db: None) -> None:
    stopped = runs.start()
    assert runs.stop(stopped)
    following = runs.start()
    runs.wait(stopped, "away")
    for run in (stopped, following):
        run.refresh_from_db()
    assert (stopped.problem, following.problem, following.retry_at) == ("", "", None)


def test_of_what_is_known_no_records_are_made(listed: SyncRun, sandbox: Sandbox) -> None:
    asking = Vendor(Priority.SWEEP)
    first = asking.read(SUBSCRIPTIONS, Target(PAID_MONTHLY))
    assert (first.is_known, len(first.records)) == (False, 1)
    again = asking.read(SUBSCRIPTIONS, Target(PAID_MONTHLY, known=first.digest))
    assert (again.is_known, list(again.records), again.digest) == (True, [], first.digest)
    # Who does not say what is known gets the records, as ever.
    assert asking.read(SUBSCRIPTIONS, Target(PAID_MONTHLY)).records == first.records
    sandbox.fault("listSubscriptions", "unknown_value")
    changed = asking.read(SUBSCRIPTIONS, Target(PAID_MONTHLY, known=first.digest))
    assert (changed.is_known, len(changed.records)) == (False, 1)
    asking.surprises.keep()
    assert SchemaDrift.objects.exists()


def test_of_several_parts_each_is_asked_for_even_where_the_first_is_known(listed: SyncRun, sandbox: Sandbox) -> None:
    asking = Vendor(Priority.SWEEP)
    [number] = [record.subscription_id for record in asking.api.subscriptions.list_subscriptions(PAID_MONTHLY)]
    target = Target(PAID_MONTHLY, parts=(number, number + 1))
    known = asking.read(RESERVATIONS, target).digest
    sandbox.reset_calls()
    assert not asking.read(RESERVATIONS, replace(target, known=known)).is_known
    assert sandbox.calls()["getReservation"] == len(target.parts)


@pytest.mark.parametrize(("waits_for", "of_run"), [("reservations", ""), (None, "subscriptions")])
def test_what_tells_the_parts_sends_for_whoever_reads_them(
    listed: SyncRun, monkeypatch: pytest.MonkeyPatch, waits_for: str | None, of_run: str
) -> None:
    SyncRun.objects.update(resource=of_run)
    sent = []
    monkeypatch.setattr(worker, "_send_for", lambda *message: sent.append(message))
    worker.sweep(SUBSCRIPTIONS, 1)
    assert sent == ([("sync.sweep", waits_for, 1)] if waits_for else [])


def test_the_first_page_of_a_listing_and_its_end_send_for_the_sweepers(
    db: None, vendor_settings: None, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.reset(customers=70)
    sent = Counter[object]()
    monkeypatch.setattr(worker, "_send_for", lambda _task, *about: sent.update([about]))
    worker.read_listing(runs.start())
    assert sent["subscriptions", 0] == sent["subscriptions", 1] == 2
    # There is nothing to be read by yet.
    assert not sent["reservations", 0]


def test_what_is_left_of_a_batch_is_read_next(
    listed: SyncRun, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No time for more than one read at once: each is kept by itself, and none is asked for twice."""
    monkeypatch.setattr(worker, "KEEP_EVERY_SECONDS", 0.0)
    sandbox.reset_calls()
    for share in range(worker.SHARES):
        worker.sweep(SUBSCRIPTIONS, share)
    assert len(kept()) == sandbox.calls()["listSubscriptions"] == CUSTOMERS


def test_without_a_run_only_what_is_needed_is_read(listed: SyncRun, sandbox: Sandbox) -> None:
    SyncRun.objects.update(state=SyncRun.State.STOPPED, finished_at=listed.started_at)
    want([PAID_ADVANCED], ["subscriptions"])
    Reading.objects.filter(wanted_at__isnull=False).update(wanted_at=listed.started_at - HEAD_START)
    for share in range(worker.SHARES):
        worker.sweep(SUBSCRIPTIONS, share)
    assert kept() == [PAID_ADVANCED]
