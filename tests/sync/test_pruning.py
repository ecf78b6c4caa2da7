"""Pruning: what is older than the settings keep it goes, and nothing else; nobody else deletes a detected change."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from celery.schedules import crontab
from django.conf import settings as portal_settings
from django.core.management import call_command
from django.db import ProgrammingError, connection, transaction
from django.db.models import QuerySet
from django.test import Client
from pytest_django import Settings

from billing.models import CustomerUsage
from billing.sync.usages import USAGES
from options.models import OptionUsage
from options.sync.usages import OPTION_USAGES
from portal.core.clock import business_today, now
from portal.core.locks import try_lock
from portal.sync import pruning
from portal.sync.history import Known, reading_day, row_history, standing_on
from portal.sync.models import PRUNE_BEFORE, DetectedChange, MissedExpectation, Pruning, Reading, SyncRun
from portal.sync.resources import PARTNER, Answer
from portal.sync.store import follow_calendar, keep
from portal.sync.tasks import prune as prune_task
from portal.vendor import client
from tests.support.orders import stored
from tests.support.portal import People, SignIn
from tests.support.rows import keep_customers
from tests.support.vendor_json import customer, option_usage, usage

pytestmark = pytest.mark.django_db

ONE = 10_000_001
KEPT = 1000  # days


@pytest.fixture(autouse=True)
def _kept(settings: Settings) -> None:
    settings.DETECTED_CHANGES_KEPT_DAYS = settings.METERING_KEPT_DAYS = settings.SYNC_RUNS_KEPT_DAYS = KEPT


def ago(days: float) -> datetime:
    return now() - timedelta(days=days)


def change(days: float, before: int | None, after: int | None, **columns: Any) -> DetectedChange:
    """Put a change of licenses into the table, read so many days ago."""
    before_json, after_json = ({"licenseCount": count} if count is not None else None for count in (before, after))
    return DetectedChange.objects.create(
        **{
            "domain_id": ONE,
            "resource": "subscriptions",
            "key": "4711",
            "before": before_json,
            "after": after_json,
            "read_before_at": ago(days + 0.1),
            "read_at": ago(days),
            "cause": "outside",
            **columns,
        }
    )


def kept() -> list[int]:
    return list(DetectedChange.objects.order_by("pk").values_list("pk", flat=True))


def counted(tables: list[pruning.Pruned]) -> dict[str, int]:
    """Return how many rows went, without the tables of which none did."""
    return {table.name: table.rows for table in tables if table.rows}


# --- Detected changes ------------------------------------------------------------------------------------------------


def test_old_changes_go_but_the_last_that_says_how_the_record_stood_since() -> None:
    _first, _second = change(KEPT + 30, None, 1), change(KEPT + 20, 1, 2)
    stays = [change(KEPT + 10, 2, 3), change(KEPT - 1, 3, 4), change(1, 4, 5)]
    assert counted(pruning.prune()) == {"detected changes": 2}
    assert kept() == [row.pk for row in stays]


def test_of_a_record_that_is_gone_nothing_is_left_once_that_is_old() -> None:
    change(KEPT + 30, None, 1)
    change(KEPT + 20, 1, None)
    late = [change(KEPT + 10, None, 1, key="4712"), change(KEPT - 1, 1, None, key="4712")]
    assert counted(pruning.prune()) == {"detected changes": 1, "detected changes of records that ended": 1}
    assert kept() == [row.pk for row in late]


def test_of_two_changes_of_one_reading_the_later_row_stays() -> None:
    moment = ago(KEPT + 5)
    change(0, 1, 2, read_at=moment)
    last = change(0, 2, 3, read_at=moment)
    pruning.prune()
    assert kept() == [last.pk]


def test_records_of_others_do_not_supersede() -> None:
    rows = [
        change(KEPT + 9, 1, 2),
        change(KEPT + 8, 1, 2, key="4712"),
        change(KEPT + 7, 1, 2, domain_id=ONE + 1),
        change(KEPT + 6, 1, 2, resource="options"),
    ]
    assert counted(pruning.prune()) == {}
    assert kept() == [row.pk for row in rows]


def test_what_a_request_explains_stays_and_so_does_the_end_of_such_a_record() -> None:
    operation = stored("succeeded")
    explained = change(KEPT + 30, 1, 2, cause="operation", operation_id=operation.pk)
    change(KEPT + 20, 2, 3)
    gone = change(KEPT + 10, 3, None)
    assert counted(pruning.prune()) == {"detected changes": 1}
    assert kept() == [explained.pk, gone.pk]


def test_what_an_entry_of_not_applied_refers_to_stays() -> None:
    told = change(KEPT + 30, 1, 2)
    change(KEPT + 20, 2, 3)
    gone = change(KEPT + 10, 3, None)
    columns: dict[str, Any] = {"resource": "subscriptions", "kind": "end", "domain_id": ONE, "raw": {}}
    MissedExpectation.objects.create(row_id=told.pk, day=business_today(), still_there=False, read_at=now(), **columns)
    # This one speaks of a row of a table, whose number means nothing here.
    MissedExpectation.objects.create(
        row_id=told.pk + 1, day=business_today(), still_there=True, read_at=now(), **columns
    )
    pruning.prune()
    assert kept() == [told.pk, gone.pk]


def test_corrections_of_metering_go_wholly() -> None:
    change(KEPT + 10, 8, 9, resource="usages", key="2025-02-01 WORKS STD MONTHLY")
    young = change(KEPT - 10, 8, 9, resource="usages", key="2025-02-02 WORKS STD MONTHLY")
    pruning.prune()
    assert kept() == [young.pk]


# --- What pages say of it --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "known", "licenses"),
    [
        (KEPT + 40, Known.NOT_KEPT, None),
        (KEPT + 25, Known.NOT_KEPT, None),
        (KEPT + 5, Known.CERTAIN, 3),
        (KEPT - 5, Known.CERTAIN, 3),
        (5, Known.CERTAIN, 4),
    ],
)
def test_a_day_whose_changes_are_gone_is_told_so_and_later_ones_stay_known(
    days: int, known: Known, licenses: int | None
) -> None:
    change(KEPT + 30, None, 1)
    change(KEPT + 20, 1, 2)
    change(KEPT + 10, 2, 3)
    change(KEPT - 10, 3, 4)
    change(1, 4, 5)
    pruning.prune()
    standing = standing_on(reading_day() - timedelta(days=days), row_history(ONE, "subscriptions", "4711"))
    after = standing.entry.observation.after if standing.entry else None
    assert (standing.known, after and after["licenseCount"]) == (known, licenses)


def test_between_two_requests_nothing_is_claimed_of_what_came_and_went() -> None:
    """It went from 2 to 7 and back, which is not kept; both ends are, and fit."""
    operation = stored("succeeded")
    change(KEPT + 40, 1, 2, cause="operation", operation_id=operation.pk)
    change(KEPT + 30, 2, 7)
    change(KEPT + 20, 7, 2)
    change(KEPT + 10, 2, 3)
    history = row_history(ONE, "subscriptions", "4711")
    day = reading_day() - timedelta(days=KEPT + 25)
    assert standing_on(day, history).known == Known.CERTAIN
    pruning.prune()
    assert standing_on(day, history).known == Known.NOT_KEPT


def test_the_history_of_a_customer_says_since_when_it_is_complete(people: People, sign_in: SignIn) -> None:
    keep_customers(customer(ONE), read_at=ago(KEPT + 50))
    change(KEPT + 30, None, 1)
    change(KEPT + 20, 1, 2)
    browser = sign_in(people.finance)
    assert "are no longer kept" not in _history(browser)
    pruning.prune()
    assert "are no longer kept" in _history(browser)
    row = browser.get(
        f"/customers/{ONE}/history/subscriptions/",
        {"key": "4711", "on": str(reading_day() - timedelta(days=KEPT + 25))},
    )
    assert "The record of that day is not kept." in row.content.decode()


def _history(browser: Client) -> str:
    return browser.get(f"/customers/{ONE}/history/").content.decode()


# --- Metering, syncs, reads ------------------------------------------------------------------------------------------


def test_metering_goes_by_its_own_day() -> None:
    keep_customers(customer(ONE))
    today = business_today()
    old, edge = today - timedelta(days=KEPT + 1), today - timedelta(days=KEPT)
    for day in (old, edge):
        period = f"{day:%Y-%m}"
        metered = client.CustomerUsage.from_vendor(usage(usedDate=str(day)))
        of_option = client.OptionProductUsage.from_vendor(option_usage(usedDate=str(day)))
        keep(USAGES, {ONE: Answer([metered], period=period, is_part=True)}, read_at=now())
        keep(OPTION_USAGES, {ONE: Answer([of_option], period=period, is_part=True)}, read_at=now())
    assert counted(pruning.prune()) == {"daily usage": 1, "daily usage of options": 1}
    assert [row.used_date for row in CustomerUsage.objects.all()] == [edge]
    assert [row.used_date for row in OptionUsage.objects.all()] == [edge]


def test_finished_syncs_go_and_the_one_under_way_stays() -> None:
    SyncRun.objects.create(state="whole", started_at=ago(KEPT + 2), finished_at=ago(KEPT + 1))
    young = SyncRun.objects.create(state="whole", started_at=ago(KEPT + 1), finished_at=ago(KEPT - 1))
    running = SyncRun.objects.create(state="running", started_at=ago(KEPT + 9))
    assert counted(pruning.prune()) == {"full syncs": 1}
    assert set(SyncRun.objects.all()) == {young, running}


def test_reads_of_months_that_are_over_go_and_those_that_are_read_again_stay() -> None:
    follow_calendar()
    old = {"tried_at": ago(KEPT + 1), "read_at": ago(KEPT + 1)}
    Reading.objects.create(domain_id=ONE, resource="usages", period="2020-01", is_current=False, **old)
    stay = [
        Reading.objects.create(domain_id=ONE, resource="usages", period="2020-02", is_current=True, **old),
        Reading.objects.create(domain_id=ONE, resource="subscriptions", is_current=False, **old),
        Reading.objects.create(domain_id=ONE, resource="usages", period="2020-03", is_current=False, tried_at=ago(1)),
    ]
    assert counted(pruning.prune()) == {"reads of months and years that are over": 1}
    assert list(Reading.objects.exclude(domain_id=PARTNER).order_by("pk")) == stay


# --- How -------------------------------------------------------------------------------------------------------------


def test_pruned_again_nothing_is_left_to_do() -> None:
    for days in range(30, 25, -1):
        change(KEPT + days, days, days - 1)
    assert counted(pruning.prune()) == {"detected changes": 4}
    [noted] = Pruning.objects.all()
    assert counted(pruning.prune()) == {}
    assert Pruning.objects.get().before == noted.before


@pytest.mark.parametrize("batch", [1, 2, 4, 5, 100])
def test_batches_of_any_size_leave_the_same(batch: int) -> None:
    for days in range(40, 30, -1):
        change(KEPT + days, days, days - 1, key=str(days % 3))
    assert counted(pruning.prune(batch=batch)) == {"detected changes": 7}
    assert DetectedChange.objects.count() == 3
    assert Pruning.objects.get().rows == 7


def test_what_a_batch_has_deleted_stays_deleted_when_the_next_one_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    for days in range(40, 30, -1):
        change(KEPT + days, days, days - 1)
    note, calls = Pruning.note, iter([1, 2])

    def fail_later(*noted: Any) -> None:
        if next(calls) == 2:
            raise RuntimeError("the machine was switched off")
        note(*noted)

    monkeypatch.setattr(Pruning, "note", fail_later)
    with pytest.raises(RuntimeError):
        pruning.prune(batch=3)
    assert (DetectedChange.objects.count(), Pruning.objects.get().rows) == (7, 3)
    monkeypatch.undo()
    pruning.prune(batch=3)
    assert DetectedChange.objects.count() == 1


def test_a_setting_that_was_lowered_and_raised_again_still_says_how_far_it_was_pruned(settings: Settings) -> None:
    change(KEPT + 30, 1, 2)
    change(KEPT + 20, 2, 3)
    pruning.prune()
    before = Pruning.objects.get().before
    settings.DETECTED_CHANGES_KEPT_DAYS = KEPT + 100
    change(KEPT + 130, 1, 2, key="4712")
    change(KEPT + 120, 2, 3, key="4712")
    assert counted(pruning.prune()) == {"detected changes": 1}
    assert Pruning.objects.get().before == before


def test_zero_keeps_for_ever(settings: Settings) -> None:
    settings.DETECTED_CHANGES_KEPT_DAYS = settings.SYNC_RUNS_KEPT_DAYS = 0
    rows = [change(30_000, 1, 2), change(20_000, 2, 3)]
    SyncRun.objects.create(state="whole", started_at=ago(20_000), finished_at=ago(20_000))
    assert counted(pruning.prune()) == {}
    assert kept() == [row.pk for row in rows]
    assert SyncRun.objects.exists()
    assert "detected changes: kept for ever" in command("--dry-run")


def test_two_processes_do_not_prune_at_a_time() -> None:
    change(KEPT + 30, 1, 2)
    change(KEPT + 20, 2, 3)
    with _another_process_at_it():
        assert pruning.prune() == []
        assert "Another process is pruning" in command()
    assert len(kept()) == 2
    assert counted(pruning.prune()) == {"detected changes": 1}


def _another_process_at_it() -> ExitStack:
    """A thread has a database session of its own."""
    thread, stack, locks = ThreadPoolExecutor(1), ExitStack(), ExitStack()
    assert thread.submit(locks.enter_context, try_lock("prune", 0)).result()
    stack.callback(lambda: thread.submit(lambda: connection.close()).result())  # the thread's own
    stack.callback(lambda: thread.submit(locks.close).result())
    return stack


def test_beat_asks_for_it_every_night_and_the_task_does_it() -> None:
    [entry] = [entry for entry in portal_settings.CELERY_BEAT_SCHEDULE.values() if entry["task"] == prune_task.name]
    assert entry["schedule"] == crontab(hour=4, minute=40)
    change(KEPT + 30, 1, 2)
    last = change(KEPT + 20, 2, 3)
    prune_task()
    assert kept() == [last.pk]


# --- The command -----------------------------------------------------------------------------------------------------


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("prune", *arguments, stdout=out)
    return out.getvalue()


def test_a_dry_run_counts_what_a_run_deletes_and_changes_nothing() -> None:
    for days in range(40, 30, -1):
        change(KEPT + days, days, days - 1)
    change(KEPT + 20, 31, None)
    SyncRun.objects.create(state="whole", started_at=ago(KEPT + 2), finished_at=ago(KEPT + 1))
    dry = command("--dry-run")
    assert (DetectedChange.objects.count(), SyncRun.objects.count(), Pruning.objects.count()) == (11, 1, 0)
    assert "detected changes: 10 would be deleted" in dry
    assert command("--batch", "4") == dry.replace("would be deleted", "deleted")
    assert (DetectedChange.objects.count(), SyncRun.objects.count()) == (0, 0)


# --- The database holds it -------------------------------------------------------------------------------------------


@pytest.fixture
def old(db: None) -> Iterator[DetectedChange]:
    yield change(KEPT + 30, 1, 2)
    assert DetectedChange.objects.count()


@contextmanager
def as_pruning(before: str | None) -> Iterator[None]:
    """Open a transaction as pruning does, with leave to delete what was read before a moment; None for no leave."""
    with transaction.atomic(), connection.cursor() as cursor:
        if before is not None:
            cursor.execute("SELECT set_config(%s, %s, true)", [PRUNE_BEFORE, before])
        yield


def refused(rows: QuerySet[DetectedChange], before: str | None = None) -> None:
    """Try to delete some rows, and see it refused."""
    with pytest.raises(ProgrammingError, match="Cannot delete rows"), as_pruning(before):
        rows.delete()


def test_nobody_deletes_outside_of_pruning(old: DetectedChange) -> None:
    refused(DetectedChange.objects.all())
    refused(DetectedChange.objects.all(), before="")
    assert kept() == [old.pk]


@pytest.mark.django_db(transaction=True)
def test_the_permission_ends_with_its_transaction() -> None:
    change(KEPT + 30, 1, 2)
    left = change(KEPT + 20, 2, 3)
    pruning.prune()
    refused(DetectedChange.objects.all())
    assert kept() == [left.pk]


def test_pruning_itself_can_delete_nothing_that_is_younger_than_it_says(old: DetectedChange) -> None:
    refused(DetectedChange.objects.all(), before=ago(KEPT + 40).isoformat())


def test_pruning_itself_can_delete_nothing_younger_than_a_year() -> None:
    young = change(portal_settings.FEWEST_DAYS_KEPT - 1, 1, 2)
    refused(DetectedChange.objects.all(), before=now().isoformat())
    assert kept() == [young.pk]


def test_pruning_itself_can_delete_nothing_that_a_request_explains() -> None:
    explained = change(KEPT + 30, 1, 2, cause="operation", operation_id=stored("succeeded").pk)
    refused(DetectedChange.objects.all(), before=now().isoformat())
    assert kept() == [explained.pk]


def test_pruning_itself_can_change_nothing(old: DetectedChange) -> None:
    with pytest.raises(ProgrammingError, match="Cannot update rows"), as_pruning(now().isoformat()):
        DetectedChange.objects.update(key="another")
    assert DetectedChange.objects.get().key == old.key
