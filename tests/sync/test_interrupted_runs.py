"""What a run does when LINE WORKS answers badly, partly or not at all, and when somebody stops it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from django.db import connection
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from customers.models import Customer
from portal.core import backoff
from portal.core.clock import now
from portal.core.locks import try_lock
from portal.sync import fetch, refresh, runs, tasks, worker
from portal.sync.estimates import calls_of, expected_duration
from portal.sync.models import Reading, SyncRun
from portal.sync.resources import Answer, Resource, Target
from portal.sync.retry import TRIES_OF_A_READ
from portal.sync.scheduler import FULL_SYNC_EVERY
from portal.vendor.connection import api as vendor
from subscriptions.models import Subscription
from subscriptions.sync.subscriptions import SUBSCRIPTIONS
from tests.support.portal import PAID_ADVANCED
from tests.support.sandbox import Sandbox
from tests.support.worker import Worker
from tests.sync.conftest import CUSTOMERS, RunAll, reads_of_a_run, sweep_all, work_on

State = SyncRun.State
NOBODY_LISTENS = "http://127.0.0.1:9/v1.0"


def after_page(number: int, act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Have something happen at LINE WORKS once the listing has reached a page."""
    pages = iter(range(1, 100))
    show_life = runs.show_life

    def act_then_show_life(run: SyncRun) -> None:
        if next(pages) == number:
            act()
        show_life(run)

    monkeypatch.setattr(runs, "show_life", act_then_show_life)


def time_for_another_try(run: SyncRun) -> None:
    """Let the pause be over in which nobody asks LINE WORKS."""
    SyncRun.objects.filter(pk=run.pk).update(retry_at=now())


def test_a_listing_that_is_cut_is_read_again_from_its_start(
    run_all: RunAll, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.reset(customers=40)
    after_page(1, lambda: sandbox.fault("listCustomers", "cut_before", count=TRIES_OF_A_READ), monkeypatch)
    run = runs.start()
    worker.read_listing(run)
    run.refresh_from_db()
    assert (run.state, run.listed_at) == (State.RUNNING, None)
    assert run.problem
    assert run.failing_since
    assert Customer.objects.count() == 30
    time_for_another_try(run)
    worker.read_listing(run)
    run.refresh_from_db()
    again = SyncRun.objects.get()
    assert (again.customers, again.problem, again.retry_at, again.failing_since) == (40, "", None, None)


def test_a_record_of_the_listing_that_cannot_be_read_costs_only_itself(run_all: RunAll, sandbox: Sandbox) -> None:
    sandbox.fault("listCustomers", "missing_field")
    run = run_all()
    assert Customer.objects.count() == CUSTOMERS - 1
    assert (run.state, run.customers, run.reads_failed) == (State.INCOMPLETE, CUSTOMERS, 0)
    [problem] = Reading.objects.exclude(problem="")
    assert problem.resource == "customer"
    assert "companyName" in problem.problem
    assert f"{problem.domain_id}: {problem.problem}" == run.problem
    assert run_all().state == State.WHOLE
    assert not Reading.objects.exclude(problem="").exists()


# --- One customer's reads --------------------------------------------------------------------------------------------


in_the_long_run = partial(pytest.param, marks=pytest.mark.chaos)


@pytest.mark.parametrize(
    ("fault", "count"),
    [
        ("error_400", 1),
        ("html", 3),
        in_the_long_run("error_500", 3),
        in_the_long_run("cut_before", 3),
    ],
)
def test_one_failing_read_does_not_stop_the_rest(run_all: RunAll, sandbox: Sandbox, fault: str, count: int) -> None:
    sandbox.fault("listPreOrders", fault, count=count)
    run = run_all()
    assert (run.state, run.reads_done, run.reads_failed) == (State.INCOMPLETE, reads_of_a_run(), 1)
    [failed] = Reading.objects.exclude(problem="")
    assert (failed.resource, failed.read_at) == ("pre_orders", None)
    assert failed.tried_at
    assert run_all().state == State.WHOLE
    assert not Reading.objects.exclude(problem="").exists()


@pytest.mark.parametrize(
    "fault",
    [
        "truncated_json",
        in_the_long_run("error_503"),
        in_the_long_run("empty"),
        in_the_long_run("cut_after"),
    ],
)
def test_a_read_without_a_clear_answer_is_repeated(run_all: RunAll, sandbox: Sandbox, fault: str) -> None:
    sandbox.fault("listSubscriptions", fault, count=2)
    run = run_all()
    assert (run.state, run.reads_failed) == (State.WHOLE, 0)
    assert sandbox.calls()["listSubscriptions"] == CUSTOMERS + 2


def test_what_failed_keeps_its_last_figures_and_their_age(run_all: RunAll, sandbox: Sandbox) -> None:
    run_all()
    rows = list(Subscription.objects.values_list("pk", "changed_at").order_by("pk"))
    read_at = dict(Reading.objects.filter(resource="subscriptions").values_list("domain_id", "read_at"))
    sandbox.fault("listSubscriptions", "error_400", count=0)
    run = run_all()
    assert (run.state, run.reads_failed) == (State.INCOMPLETE, CUSTOMERS)
    assert list(Subscription.objects.values_list("pk", "changed_at").order_by("pk")) == rows
    assert dict(Reading.objects.filter(resource="subscriptions").values_list("domain_id", "read_at")) == read_at


# --- LINE WORKS is away ----------------------------------------------------------------------------------------------


@pytest.fixture
def away(settings: Settings, vendor_settings: None) -> Callable[[], None]:
    """Has LINE WORKS go away."""

    def leave() -> None:
        settings.PARTNER_API_URL = NOBODY_LISTENS

    return leave


def test_while_the_vendor_is_away_a_run_waits_and_goes_on_afterwards(
    run_all: RunAll, sandbox: Sandbox, settings: Settings, away: Callable[[], None]
) -> None:
    away()
    run = run_all()
    assert (run.state, run.listed_at) == (State.RUNNING, None)
    assert "not sent" in run.problem
    assert run.retry_at
    assert now() < run.retry_at <= now() + backoff.SHORTEST
    settings.PARTNER_API_URL = sandbox.api_url
    time_for_another_try(run)
    assert work_on(run).state == State.WHOLE
    again = SyncRun.objects.get()
    assert (again.failing_since, again.problem, again.retry_at) == (None, "", None)


def test_what_was_read_before_the_vendor_went_is_kept(
    listed: SyncRun, away: Callable[[], None], settings: Settings, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, left = fetch.Vendor.read, iter(range(3))

    def read_three(vendor: fetch.Vendor, resource: Resource, target: Target) -> Answer:
        if next(left, None) is None:
            sandbox.fault("*", "cut_before", count=0)
        return read(vendor, resource, target)

    monkeypatch.setattr(fetch.Vendor, "read", read_three)
    sweep_all()
    listed.refresh_from_db()
    assert (listed.state, listed.reads_done, listed.reads_failed) == (State.RUNNING, 3, 0)
    assert listed.retry_at
    assert not Reading.objects.exclude(problem="").exists()
    monkeypatch.undo()
    sandbox.clear_faults()
    sandbox.reset_calls()
    time_for_another_try(listed)
    assert work_on(listed).state == State.WHOLE
    assert sandbox.calls()["listCustomers"] == 0
    assert listed.reads_done == reads_of_a_run()


def test_one_operation_that_is_silent_does_not_hold_the_others_up(run_all: RunAll, sandbox: Sandbox) -> None:
    """It may be so for good; LINE WORKS answers other questions, so the run comes to its end and says what is amiss."""
    sandbox.fault("listPreOrders", "error_500", count=0)
    run = run_all()
    assert (run.state, run.reads_done, run.reads_failed) == (State.INCOMPLETE, reads_of_a_run(), CUSTOMERS)
    assert {failed.resource for failed in Reading.objects.exclude(problem="")} == {"pre_orders"}
    sandbox.clear_faults()
    assert run_all().state == State.WHOLE


def test_a_run_waits_longer_and_longer_and_gives_up_after_a_day(run_all: RunAll, away: Callable[[], None]) -> None:
    away()
    run = runs.start()
    waits = []
    for failing in (timedelta(0), timedelta(seconds=10), timedelta(minutes=1), timedelta(hours=2)):
        SyncRun.objects.filter(pk=run.pk).update(failing_since=now() - failing, retry_at=None)
        work_on(run)
        assert run.state == State.RUNNING
        assert run.retry_at
        waits.append(round((run.retry_at - run.worked_at).total_seconds()))
    assert waits == [2, 5, 30, 300]
    SyncRun.objects.filter(pk=run.pk).update(
        failing_since=now() - runs.GIVE_UP_AFTER - timedelta(seconds=1), retry_at=None
    )
    work_on(run)
    assert (run.state, run.retry_at) == (State.INCOMPLETE, None)
    assert "not sent" in run.problem
    assert run.finished_at


def test_only_the_first_of_many_workers_sets_the_pause(listed: SyncRun) -> None:
    runs.wait(listed, "away")
    listed.refresh_from_db()
    until = listed.retry_at
    runs.wait(listed, "away", retry_after=60)
    listed.refresh_from_db()
    assert listed.retry_at == until


def test_a_worker_that_has_not_heard_of_the_failing_does_not_begin_it_anew(listed: SyncRun) -> None:
    an_hour_ago = now() - timedelta(hours=1)
    SyncRun.objects.filter(pk=listed.pk).update(failing_since=an_hour_ago, retry_at=now())
    assert listed.failing_since is None
    runs.wait(listed, "away")
    listed.refresh_from_db()
    assert listed.failing_since == an_hour_ago
    assert listed.retry_at
    assert listed.retry_at > now() + backoff.LONGEST - timedelta(minutes=1)


def test_whoever_is_answered_ends_the_failing(listed: SyncRun) -> None:
    runs.wait(listed, "away")
    runs.note_reads(listed, fetch.Outcome(done=1))
    listed.refresh_from_db()
    assert (listed.failing_since, listed.retry_at, listed.problem) == (None, None, "")


def test_without_an_account_at_the_vendor_a_run_says_so(db: None, settings: Settings) -> None:
    settings.PARTNER_CLIENT_ID = ""
    vendor._account.cache_clear()
    run = work_on(runs.start())
    assert run.state == State.RUNNING
    assert "PARTNER_CLIENT_ID" in run.problem


# --- Workers, the plan and people ------------------------------------------------------------------------------------


def test_whatever_a_dead_worker_left_is_done_by_the_next(listed: SyncRun, monkeypatch: pytest.MonkeyPatch) -> None:
    worker.sweep(SUBSCRIPTIONS, 0)
    listed.refresh_from_db()
    assert 0 < listed.reads_done < reads_of_a_run()
    assert work_on(listed).state == State.WHOLE
    assert listed.reads_done == reads_of_a_run()


def test_the_plan_ends_a_run_whose_last_worker_died(listed: SyncRun) -> None:
    Reading.objects.update(tried_at=now(), read_at=now())
    tasks.plan()
    listed.refresh_from_db()
    assert listed.state == State.WHOLE


def test_a_run_that_waits_is_left_alone_until_it_is_time(
    listed: SyncRun, sandbox: Sandbox, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    SyncRun.objects.filter(pk=listed.pk).update(retry_at=now() + timedelta(minutes=1))
    sandbox.reset_calls()
    with django_capture_on_commit_callbacks() as handed_over:
        tasks.plan()
        sweep_all()
    assert (handed_over, sandbox.calls().total()) == ([], 0)
    time_for_another_try(listed)
    with django_capture_on_commit_callbacks() as handed_over:
        tasks.plan()
    assert handed_over


def test_the_plan_starts_a_run_when_the_hour_is_up(db: None) -> None:
    tasks.plan()
    first = SyncRun.objects.get()
    assert first.asked_by == ""
    assert runs.stop(first)
    tasks.plan()
    assert SyncRun.objects.count() == 1
    SyncRun.objects.update(started_at=now() - FULL_SYNC_EVERY - timedelta(seconds=1))
    tasks.plan()
    assert SyncRun.objects.filter(state=State.RUNNING).count() == 1


@pytest.mark.parametrize(("kind", "number"), [("sweep subscriptions", 0), ("sync run", None)])
def test_whoever_comes_second_leaves_at_once(run_all: RunAll, sandbox: Sandbox, kind: str, number: int | None) -> None:
    run = runs.start()
    sandbox.reset_calls()
    with ThreadPoolExecutor(1) as another, ExitStack() as locks:
        assert another.submit(locks.enter_context, try_lock(kind, run.pk if number is None else number)).result()
        worker.read_listing(run) if number is None else worker.sweep(SUBSCRIPTIONS, number)
        another.submit(locks.close).result()
        another.submit(lambda: connection.close()).result()
    assert sandbox.calls().total() == 0
    assert work_on(run).state == State.WHOLE


def test_two_starts_at_once_are_one_run(no_worker: Worker) -> None:
    together = Barrier(4)

    def start() -> int:
        try:
            together.wait(10)
            return runs.start(asked_by="somebody").pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as people:
        started = {future.result() for future in [people.submit(start) for _person in range(4)]}
    assert started == {SyncRun.objects.get().pk}


def test_a_start_while_one_is_under_way_answers_that_one(listed: SyncRun) -> None:
    assert runs.start(asked_by="another") == listed


def test_a_run_that_is_stopped_keeps_what_it_read(listed: SyncRun, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_and_stop(*arguments: object, **options: object) -> fetch.Outcome:
        outcome = fetch.read_some(*arguments, **options)  # type: ignore[arg-type]  # passed on as they came
        assert runs.stop(listed)
        return outcome

    monkeypatch.setattr(worker, "read_some", read_and_stop)
    worker.sweep(SUBSCRIPTIONS, 0)
    monkeypatch.undo()
    listed.refresh_from_db()
    assert (listed.state, listed.retry_at) == (State.STOPPED, None)
    assert listed.finished_at
    kept = Reading.objects.filter(resource="subscriptions", read_at__isnull=False).count()
    assert 0 < kept < CUSTOMERS
    assert not runs.stop(listed)


def test_a_run_that_is_stopped_within_the_listing_reads_no_further_page(
    run_all: RunAll, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.reset(customers=75)
    after_page(1, lambda: runs.stop(SyncRun.objects.get()), monkeypatch)
    run = runs.start()
    worker.read_listing(run)
    run.refresh_from_db()
    assert (run.state, run.listed_at, run.problem) == (State.STOPPED, None, "")
    assert sandbox.calls()["listCustomers"] == 1
    assert Customer.objects.count() == 30


def test_a_run_that_was_cleared_away_needs_no_work(db: None) -> None:
    tasks.read_listing(4_711, added_later="ignored")


def test_a_customer_is_read_at_once_when_somebody_asks(listed: SyncRun, sandbox: Sandbox) -> None:
    sandbox.reset_calls()
    refresh.read_customer(PAID_ADVANCED)
    tasks.read_wanted(PAID_ADVANCED)
    assert sandbox.calls()["getCustomer"] == 1
    assert Subscription.objects.filter(customer_id=PAID_ADVANCED).exists()
    # The run need not ask again.
    work_on(listed)
    assert sandbox.calls()["listSubscriptions"] == CUSTOMERS


def test_somebody_who_asks_is_told_that_the_vendor_is_away(listed: SyncRun, settings: Settings) -> None:
    settings.PARTNER_API_URL = NOBODY_LISTENS
    refresh.read_customer(PAID_ADVANCED)
    tasks.read_wanted(PAID_ADVANCED)
    wanted = Reading.objects.of_customer(PAID_ADVANCED).filter(wanted_at__isnull=False)
    assert wanted.count() > 2
    assert all("not sent" in failed.problem for failed in wanted)


@pytest.mark.parametrize(
    ("customers", "limit", "seconds"), [(0, 240, 5), (120, 240, 54.5), (121, 240, 65), (360, 240, 174.5), (3, 1, 125)]
)
def test_how_long_a_run_will_take(db: None, settings: Settings, customers: int, limit: int, seconds: float) -> None:
    """What it says when it starts: the operation with the most calls decides, each having a budget of its own."""
    settings.PARTNER_RATE_LIMIT, settings.PARTNER_RATE_WINDOW = limit, 60
    for resource in ("subscriptions", "pre_orders"):
        Reading.objects.bulk_create(Reading(domain_id=1 + each, resource=resource) for each in range(customers))
    run = runs.start()
    assert calls_of(run)["listPreOrders"] == customers
    assert expected_duration(run) == timedelta(seconds=seconds)
    assert run.finish_stated_at == (run.started_at + timedelta(seconds=seconds) if customers else None)
