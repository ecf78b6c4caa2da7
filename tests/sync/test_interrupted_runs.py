"""What a run does when the vendor answers badly, partly or not at all, and when somebody stops it."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from customers.models import Customer
from portal.access import vendor
from portal.clock import now
from portal.locks import held
from portal.pace import Lane
from portal.partner_api import PartnerApi
from portal.sync import runs, tasks
from portal.sync.models import Reading, SyncRun
from portal.sync.reading import Outcome, read_batch
from subscriptions.models import Subscription
from tests.support.portal import PAID_ADVANCED
from tests.support.sandbox import Sandbox
from tests.support.worker import Worker
from tests.sync.conftest import CUSTOMERS, READS, RunAll

State = SyncRun.State
NOBODY_LISTENS = "http://127.0.0.1:9/v1.0"


def after_page(number: int, act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Have something happen at the vendor once the listing has reached a page."""
    pages = iter(range(1, 100))
    show_life = runs._show_life

    def act_then_show_life(run: SyncRun) -> None:
        if next(pages) == number:
            act()
        show_life(run)

    monkeypatch.setattr(runs, "_show_life", act_then_show_life)


def test_a_listing_that_is_cut_is_read_again_from_its_start(
    run_all: RunAll, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.reset(customers=40)
    sandbox.fault("listPreOrders", "error_400", count=0)
    after_page(1, lambda: sandbox.fault("listCustomers", "cut_before"), monkeypatch)
    run = run_all()
    assert (run.state, run.listed_at, run.failures_in_a_row) == (State.RUNNING, None, 1)
    assert run.problem
    assert Customer.objects.count() == 30
    runs.work_on(run)
    run.refresh_from_db()
    assert (run.customers, run.problem, run.retry_at) == (40, "", None)


def test_a_record_of_the_listing_that_cannot_be_read_costs_only_itself(run_all: RunAll, sandbox: Sandbox) -> None:
    sandbox.fault("listCustomers", "missing_field")
    run = run_all()
    assert Customer.objects.count() == CUSTOMERS - 1
    assert (run.state, run.customers, run.reads_failed) == (State.INCOMPLETE, CUSTOMERS - 1, 0)
    [problem] = Reading.objects.exclude(problem="")
    assert problem.resource == "customer"
    assert "companyName" in problem.problem
    assert f"{problem.domain_id}: {problem.problem}" == run.problem
    assert run_all().state == State.WHOLE
    assert not Reading.objects.exclude(problem="").exists()


# --- One customer's reads --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "count"), [("error_400", 1), ("error_500", 3), ("html", 3), ("cut_before", 3)])
def test_one_failing_read_does_not_stop_the_rest(run_all: RunAll, sandbox: Sandbox, fault: str, count: int) -> None:
    sandbox.fault("listPreOrders", fault, count=count)
    run = run_all()
    assert (run.state, run.reads_done, run.reads_failed) == (State.INCOMPLETE, READS, 1)
    [failed] = Reading.objects.exclude(problem="")
    assert (failed.resource, failed.read_at) == ("pre_orders", None)
    assert failed.tried_at
    assert run_all().state == State.WHOLE
    assert not Reading.objects.exclude(problem="").exists()


@pytest.mark.parametrize("fault", ["error_503", "truncated_json", "empty", "cut_after"])
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


# --- The vendor is away ----------------------------------------------------------------------------------------------


@pytest.fixture
def away(settings: Settings, vendor_settings: None) -> Callable[[], None]:
    """Has the vendor go away; the answer of the call before brings it back."""

    def leave() -> None:
        settings.PARTNER_API_URL = NOBODY_LISTENS

    return leave


def test_while_the_vendor_is_away_a_run_waits_and_goes_on_afterwards(
    run_all: RunAll, sandbox: Sandbox, settings: Settings, away: Callable[[], None]
) -> None:
    away()
    run = run_all()
    assert (run.state, run.failures_in_a_row, run.listed_at) == (State.RUNNING, 1, None)
    assert "not sent" in run.problem
    assert run.retry_at
    assert now() < run.retry_at <= now() + timedelta(seconds=2)
    settings.PARTNER_API_URL = sandbox.api_url
    runs.work_on(run)
    again = SyncRun.objects.get()
    assert (again.state, again.failures_in_a_row, again.problem, again.retry_at) == (State.WHOLE, 0, "", None)


def test_what_was_read_before_the_vendor_went_is_kept(
    listed: SyncRun, away: Callable[[], None], settings: Settings, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaving = iter([lambda: None, away])

    def read(api: PartnerApi, wanted: Iterable[tuple[str, int]]) -> Outcome:
        next(leaving)()
        return read_batch(vendor.partner_api(Lane.SWEEP), wanted)

    monkeypatch.setattr(runs, "read_batch", read)
    runs.work_on(listed)
    listed.refresh_from_db()
    assert (listed.state, listed.reads_done, listed.reads_failed) == (State.RUNNING, runs.BATCH, 0)
    assert listed.retry_at
    monkeypatch.undo()
    settings.PARTNER_API_URL = sandbox.api_url
    sandbox.reset_calls()
    runs.work_on(listed)
    listed.refresh_from_db()
    assert listed.state == State.WHOLE
    assert sandbox.calls()["listCustomers"] == 0
    assert sum(sandbox.calls().values()) - sandbox.calls()["token"] == READS - runs.BATCH


def test_a_run_waits_longer_each_time_and_gives_up_in_the_end(
    run_all: RunAll, away: Callable[[], None], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    away()
    run = runs.start()
    waits = []
    for _try in range(runs.GIVE_UP_AFTER - 1):
        with django_capture_on_commit_callbacks() as handed_over:
            runs.work_on(run)
        assert len(handed_over) == 1
        run.refresh_from_db()
        assert run.state == State.RUNNING
        assert run.retry_at
        waits.append(round((run.retry_at - run.worked_at).total_seconds()))
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    with django_capture_on_commit_callbacks() as handed_over:
        runs.work_on(run)
    run.refresh_from_db()
    assert handed_over == []
    assert (run.state, run.retry_at) == (State.INCOMPLETE, None)
    assert "not sent" in run.problem
    assert run.finished_at


def test_failures_count_in_a_row_only(
    listed: SyncRun, away: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two failures a read went well, so the vendor is not away for good."""
    SyncRun.objects.filter(pk=listed.pk).update(failures_in_a_row=runs.GIVE_UP_AFTER - 1)

    def read(_api: PartnerApi, _wanted: Iterable[tuple[str, int]]) -> Outcome:
        return Outcome(done=1, not_reached="cut off")

    monkeypatch.setattr(runs, "read_batch", read)
    runs.work_on(listed)
    listed.refresh_from_db()
    assert (listed.state, listed.failures_in_a_row, listed.problem) == (State.RUNNING, 1, "cut off")


def test_without_an_account_at_the_vendor_a_run_says_so(db: None, settings: Settings) -> None:
    settings.PARTNER_CLIENT_ID = ""
    vendor._account.cache_clear()
    run = runs.start()
    runs.work_on(run)
    run.refresh_from_db()
    assert (run.state, run.failures_in_a_row) == (State.RUNNING, 1)
    assert "PARTNER_CLIENT_ID" in run.problem


# --- Workers, the plan and people ------------------------------------------------------------------------------------


def test_a_run_whose_worker_died_is_taken_up_by_the_next(listed: SyncRun) -> None:
    assert runs.due() is None
    SyncRun.objects.filter(pk=listed.pk).update(worked_at=now() - runs.SILENT_AFTER - timedelta(seconds=1))
    assert runs.due() == listed
    runs.work_on(listed)
    listed.refresh_from_db()
    assert (listed.state, listed.reads_done) == (State.WHOLE, READS)


def test_a_run_that_waits_is_left_alone_until_it_is_time(listed: SyncRun) -> None:
    silent = now() - timedelta(hours=1)
    SyncRun.objects.filter(pk=listed.pk).update(worked_at=silent, retry_at=now() + timedelta(minutes=1))
    assert runs.due() is None
    SyncRun.objects.filter(pk=listed.pk).update(retry_at=now() - timedelta(seconds=1))
    assert runs.due() == listed


def test_the_plan_starts_a_run_when_the_hour_is_up(db: None) -> None:
    tasks.plan()
    first = SyncRun.objects.get()
    assert first.asked_by == ""
    assert runs.stop(first)
    tasks.plan()
    assert SyncRun.objects.count() == 1
    SyncRun.objects.update(started_at=now() - runs.EVERY - timedelta(seconds=1))
    tasks.plan()
    assert SyncRun.objects.filter(state=State.RUNNING).count() == 1


def test_whoever_comes_second_to_a_run_leaves_at_once(listed: SyncRun, sandbox: Sandbox) -> None:
    sandbox.reset_calls()
    with ThreadPoolExecutor(1) as another, ExitStack() as locks:
        assert another.submit(locks.enter_context, held("sync run", listed.pk)).result()
        runs.work_on(listed)
        another.submit(locks.close).result()
        another.submit(lambda: connection.close()).result()
    assert sandbox.calls().total() == 0
    runs.work_on(listed)
    listed.refresh_from_db()
    assert listed.state == State.WHOLE


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


def test_a_start_while_one_is_under_way_answers_that_one(
    listed: SyncRun, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks() as handed_over:
        assert runs.start(asked_by="another") == listed
    assert handed_over == []


def test_a_run_that_is_stopped_between_two_batches_keeps_what_it_read(
    listed: SyncRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_and_stop(api: PartnerApi, wanted: Iterable[tuple[str, int]]) -> Outcome:
        outcome = read_batch(api, wanted)
        assert runs.stop(listed)
        return outcome

    monkeypatch.setattr(runs, "read_batch", read_and_stop)
    runs.work_on(listed)
    listed.refresh_from_db()
    assert (listed.state, listed.reads_done, listed.retry_at) == (State.STOPPED, runs.BATCH, None)
    assert listed.finished_at
    assert Reading.objects.filter(resource__in=("subscriptions", "pre_orders"), read_at__isnull=False).count() == 12
    assert not runs.stop(listed)
    runs.work_on(listed)
    listed.refresh_from_db()
    assert listed.reads_done == runs.BATCH


def test_a_run_that_is_stopped_within_the_listing_reads_no_further_page(
    run_all: RunAll, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.reset(customers=75)
    after_page(1, lambda: runs.stop(SyncRun.objects.get()), monkeypatch)
    run = run_all()
    assert (run.state, run.listed_at, run.problem) == (State.STOPPED, None, "")
    assert sandbox.calls()["listCustomers"] == 1
    assert Customer.objects.count() == 30


def test_a_run_that_was_cleared_away_needs_no_work(db: None) -> None:
    tasks.work(4_711, added_later="ignored")


def test_a_customer_is_read_at_once_when_somebody_asks(listed: SyncRun, sandbox: Sandbox) -> None:
    sandbox.reset_calls()
    tasks.read_customer(PAID_ADVANCED)
    assert dict(sandbox.calls()) == {"getCustomer": 1, "listSubscriptions": 1, "listPreOrders": 1}
    assert Subscription.objects.filter(customer_id=PAID_ADVANCED).exists()
    # The run need not ask again.
    runs.work_on(listed)
    assert sandbox.calls()["listSubscriptions"] == CUSTOMERS


def test_somebody_who_asks_is_told_that_the_vendor_is_away(listed: SyncRun, settings: Settings) -> None:
    settings.PARTNER_API_URL = NOBODY_LISTENS
    tasks.read_customer(PAID_ADVANCED)
    problems = Reading.objects.of_customer(PAID_ADVANCED).values_list("problem", flat=True)
    assert len(problems) == 3
    assert all("not sent" in problem for problem in problems)


@pytest.mark.parametrize(
    ("customers", "limit", "seconds"), [(0, 240, 5), (120, 240, 5), (121, 240, 65), (360, 240, 125), (3, 1, 125)]
)
def test_how_long_the_reads_will_take(settings: Settings, customers: int, limit: int, seconds: int) -> None:
    settings.PARTNER_RATE_LIMIT, settings.PARTNER_RATE_WINDOW = limit, 60
    assert runs.expected_duration(customers) == timedelta(seconds=seconds)
