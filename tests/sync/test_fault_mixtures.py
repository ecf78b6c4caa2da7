"""Faults of all kinds at once, drawn by a seed: they pass, and leave nothing behind."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from billing.sync import invoice_details
from billing.sync.invoice_details import INVOICE_DETAILS
from portal.sync import runs, worker
from portal.sync.models import SyncRun
from portal.sync.store import follow_calendar
from portal.vendor.connection import api
from tests.support.cached import cached_rows, readings
from tests.support.sandbox import Sandbox
from tests.sync.conftest import work_on
from tests.sync.faults import NO_CLEAR_ANSWER, NO_TOKEN, REFUSED, SECONDS, SPOILED

State = SyncRun.State
MIXED = (
    *("latency", "forget_after", *NO_CLEAR_ANSWER, *REFUSED, "too_many"),
    *(*SPOILED, "missing_field", "duplicate_row", "repeat_cursor"),
)
MADE_UP = "NEVER_HEARD_OF"


def order_a_mixture(sandbox: Sandbox, seed: int) -> None:
    """Have every fault strike now and then, at any operation and at the token endpoint."""
    for number, fault in enumerate(MIXED):
        seconds, chance = SECONDS.get(fault), 100 * seed + number
        sandbox.fault("*", fault, count=0, probability=0.02, seconds=seconds, seed=chance)
        if fault in NO_TOKEN:
            sandbox.fault("token", fault, count=0, probability=0.05, seconds=seconds, seed=chance)


def all_is_read() -> None:
    """Read everything, and the shares of those invoices that have only come with it."""
    assert work_on(runs.start("somebody")).state == State.WHOLE
    follow_calendar()
    for share in range(worker.SHARES):
        worker.sweep(INVOICE_DETAILS, share)


def after_its_pause(run: SyncRun) -> SyncRun:
    """Work on a run of everything that waits for a vendor that did not answer."""
    SyncRun.objects.filter(pk=run.pk).update(retry_at=None)
    run.refresh_from_db()
    return work_on(run)


def present(cursor: CursorWrapper) -> dict[str, list[dict[str, Any]]]:
    """
    Return the rows that the cache takes for present.

    A code that is made up may stand in for the key of a row: then that was another row, and it has gone since.
    """
    tables = cached_rows(cursor)
    assert not [row for rows in tables.values() for row in rows if row["removed_at"] and MADE_UP not in repr(row)]
    return {table: [row for row in rows if not row["removed_at"]] for table, rows in tables.items()}


@pytest.mark.parametrize(
    ("seed", "customers"), [(1, 8), *(pytest.param(seed, 32, marks=pytest.mark.chaos) for seed in range(2, 8))]
)
def test_faults_of_all_kinds_pass_and_leave_nothing_behind(
    db: None,
    quick_to_forgive: None,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
    customers: int,
) -> None:
    monkeypatch.setattr(invoice_details, "MONTHS", 2)
    sandbox.reset(customers=customers)
    with transaction.atomic(), connection.cursor() as cursor:
        all_is_read()
        in_peace = present(cursor), readings(cursor)
        transaction.set_rollback(True)
    api.tokens().forget()
    order_a_mixture(sandbox, seed)
    run = runs.start("somebody")
    for _pause in range(4):
        after_its_pause(run)
    sandbox.clear_faults()
    if run.is_running:
        after_its_pause(run)
    assert not run.is_running
    all_is_read()
    with connection.cursor() as cursor:
        assert present(cursor) == in_peace[0]
        assert readings(cursor) == in_peace[1]
