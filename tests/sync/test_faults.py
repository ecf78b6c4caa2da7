"""Each fault of the sandbox in the way of each kind of reading: what it costs, where it is said, and that it passes."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction

from billing.models import InvoiceDetail
from billing.sync import invoice_details
from customers.models import Customer
from portal.core.clock import now
from portal.sync import runs, worker
from portal.sync.fetch import Vendor
from portal.sync.models import Reading, SyncRun, VendorRow
from portal.sync.resources import CUSTOMER, PARTNER, RESOURCES, Answer, Resource, Target
from portal.sync.store import follow_calendar
from portal.vendor.connection import api as vendor
from subscriptions.models import Subscription
from tests.support.sandbox import Sandbox
from tests.sync.faults import (
    A_TOKEN_ANYWAY,
    ENDS_TOKENS,
    NO_CLEAR_ANSWER,
    NO_TOKEN,
    PASSING,
    REFUSED,
    SECONDS,
    SPOILED,
    WHOLE_ANYWAY,
)

# The mixture of faults is in every run of the tests, each of them alone in the long one.
pytestmark = pytest.mark.chaos

State = SyncRun.State
# Whose reading a row belongs to: a customer or the partner, and a period.
Owner = tuple[int, str]
# What LINE WORKS says of each row, by its owner and its key there.
Rows = dict[Owner, dict[object, Any]]


@dataclass(frozen=True)
class Place:
    """
    A kind of reading.

    Args:
        resource: what is read.
        operation: the one that is struck.
        model: where it is cached.
        owner: whose reading a row belongs to.
        key: tells the rows of an owner apart.
        customers: how many LINE WORKS has; more than a page where there are pages.
        first: what has to be read before.
    """

    resource: str
    operation: str
    model: type[VendorRow]
    owner: Callable[[Any], Owner]
    key: str
    customers: int
    first: Sequence[str] = ()

    def __str__(self) -> str:
        return self.operation

    def rows(self) -> Rows:
        """Return the rows that the cache takes for present."""
        found: Rows = {}
        for row in self.model._default_manager.filter(removed_at=None):
            found.setdefault(self.owner(row), {})[getattr(row, self.key)] = row.raw
        return found

    def readings(self) -> list[Reading]:
        """Return its readings."""
        return list(Reading.objects.filter(resource=self.resource, is_current=True))


LISTING = Place(
    resource=CUSTOMER, operation="listCustomers", model=Customer, owner=lambda row: (row.pk, ""), key="pk", customers=32
)
ONE_BY_ONE = Place(
    resource="subscriptions",
    operation="listSubscriptions",
    model=Subscription,
    owner=lambda row: (row.customer_id, ""),
    key="subscription_id",
    customers=6,
    first=[CUSTOMER],
)
PAGED = Place(
    resource="invoice_details",
    operation="listInvoiceDetails",
    model=InvoiceDetail,
    owner=lambda row: (PARTNER, f"{row.month:%Y-%m}"),
    key="domain_id",
    customers=40,
    first=["invoices"],
)
PLACES = (LISTING, ONE_BY_ONE, PAGED)


@dataclass(frozen=True)
class Stage:
    """
    A cache that was read, and a vendor that says something else since.

    Args:
        before: what the cache holds.
        after: what it holds once it has been read again.
        changed_at: when LINE WORKS began to say so.
    """

    place: Place
    sandbox: Sandbox
    before: Rows
    after: Rows
    changed_at: datetime

    @contextmanager
    def struck(self, fault: str, *, count: int = 0, operation: str = "") -> Iterator[SyncRun]:
        """
        Read while a fault is in force; once the block has looked at what came of it, the fault ends, and all is well.

        In the end nothing has been read, so that the next fault finds the same stage.
        """
        if operation == "token":
            vendor.tokens().forget()
        with transaction.atomic():
            self.sandbox.fault(operation or self.place.operation, fault, count=count, seconds=SECONDS.get(fault))
            run = read(self.place.resource)
            self.assert_nothing_is_lost()
            yield run
            self.sandbox.clear_faults()
            if run.is_running or self.place.rows() != self.after:
                self.assert_all_is_well(work_on(run) if run.is_running else read(self.place.resource))
            transaction.set_rollback(True)
        if fault in ENDS_TOKENS or operation == "token":
            vendor.tokens().forget()

    def assert_nothing_is_lost(self) -> None:
        """What LINE WORKS still has is not taken for gone."""
        held = self.place.rows()
        for owner, rows in self.before.items():
            still_there = rows.keys() & self.after.get(owner, {}).keys()
            assert still_there <= held.get(owner, {}).keys()

    def assert_ages_are_true(self) -> None:
        """Whatever counts as read since the change is as LINE WORKS says since; anything else is as it was."""
        held = self.place.rows()
        for reading in self.place.readings():
            owner = (reading.domain_id, reading.period)
            assert reading.read_at
            said = self.after if reading.read_at >= self.changed_at else self.before
            assert held.get(owner) == said.get(owner), reading

    def assert_nothing_was_read(self) -> None:
        """All is as it was, and counts as being as old as it is."""
        self.assert_ages_are_true()
        assert self.place.rows() == self.before

    def assert_all_is_well(self, run: SyncRun) -> None:
        """The run came to its end without a person, and nothing is left of the fault."""
        assert (run.state, run.problem) == (State.WHOLE, "")
        assert not any(reading.problem for reading in self.place.readings())
        assert all(reading.read_at and reading.read_at >= self.changed_at for reading in self.place.readings())
        assert self.place.rows() == self.after


def work_on(run: SyncRun) -> SyncRun:
    """Do what the workers do for a run of one resource when its pause is over, and answer it as it stands then."""
    SyncRun.objects.filter(pk=run.pk).update(retry_at=None)
    worker.read_listing(run)
    for share in range(worker.SHARES if run.resource != CUSTOMER else 0):
        worker.sweep(RESOURCES[run.resource], share)
    runs.finish_if_done(run)
    return run


def read(resource: str) -> SyncRun:
    """Read one resource of everybody."""
    run = runs.start("somebody", resource=resource)
    assert run.resource == resource
    return work_on(run)


@pytest.fixture
def stage(
    request: pytest.FixtureRequest,
    db: None,
    quick_to_forgive: None,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> Stage:
    """Read a place, have LINE WORKS say other things, and try out what a reading in peace makes of them."""
    place: Place = request.param
    monkeypatch.setattr(invoice_details, "MONTHS", 1)
    # The plan has just seen to everything: it starts no run by itself.
    SyncRun.objects.create(state=State.WHOLE, finished_at=now())
    sandbox.reset(customers=place.customers)
    for resource in (*place.first, place.resource):
        follow_calendar()
        assert read(resource).state == State.WHOLE
    before = place.rows()
    sandbox.reset(customers=place.customers, seed=2)
    changed_at = now()
    with transaction.atomic():
        assert read(place.resource).state == State.WHOLE
        after = place.rows()
        transaction.set_rollback(True)
    assert before
    assert before != after
    return Stage(place, sandbox, before, after, changed_at)


def at(*places: Place) -> pytest.MarkDecorator:
    """Run a test at some places."""
    return pytest.mark.parametrize("stage", places, indirect=True, ids=str)


@at(*PLACES)
def test_what_brings_everything_stops_nothing(stage: Stage) -> None:
    pages = ("duplicate_row",) if stage.place is not ONE_BY_ONE else ()
    for fault in (*WHOLE_ANYWAY, *pages):
        with stage.struck(fault) as run:
            stage.assert_all_is_well(run)
    for fault in ("token_expired", "token_revoked", "too_many", *PASSING):
        with stage.struck(fault, count=1) as run:
            stage.assert_all_is_well(run)


@at(*PLACES)
def test_what_the_contract_does_not_know_is_no_trouble(stage: Stage) -> None:
    for fault in SPOILED:
        with stage.struck(fault) as run:
            assert (run.state, run.problem) == (State.WHOLE, "")
            held = stage.place.rows()
            assert held != stage.after
            assert {owner: rows.keys() for owner, rows in held.items()} == {
                owner: rows.keys() for owner, rows in stage.after.items()
            }


@at(LISTING)
def test_a_listing_that_does_not_come_waits_and_says_why(stage: Stage) -> None:
    for fault in (*NO_CLEAR_ANSWER, *REFUSED):
        with stage.struck(fault) as run:
            stage.assert_nothing_was_read()
            assert (run.state, run.listed_at) == (State.RUNNING, None)
            assert run.problem.startswith("listCustomers: "), fault
            assert not any(reading.problem for reading in stage.place.readings())


@at(ONE_BY_ONE, PAGED)
def test_whatever_cannot_be_read_says_why_where_it_belongs(stage: Stage) -> None:
    for fault in (*NO_CLEAR_ANSWER, *REFUSED):
        with stage.struck(fault) as run:
            stage.assert_nothing_was_read()
            assert (run.state, run.problem, run.reads_failed) == (State.INCOMPLETE, "", len(stage.place.readings()))
            for reading in stage.place.readings():
                assert reading.problem.startswith(f"{stage.place.operation}: "), fault


@at(LISTING, PAGED)
def test_pages_without_end_are_not_followed_for_ever(stage: Stage) -> None:
    with stage.struck("repeat_cursor") as run:
        stage.assert_ages_are_true()
        [problem] = {run.problem, *(reading.problem for reading in stage.place.readings())} - {""}
        assert "the listing never ends" in problem


@at(LISTING)
def test_a_listing_that_breaks_off_is_as_young_as_its_pages(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    show_life = runs.show_life

    def show_life_and_strike(run: SyncRun) -> None:
        show_life(run)
        stage.sandbox.fault("listCustomers", "cut_before", count=3)

    monkeypatch.setattr(runs, "show_life", show_life_and_strike)
    run = read(CUSTOMER)
    monkeypatch.undo()
    assert (run.state, run.listed_at) == (State.RUNNING, None)
    stage.assert_nothing_is_lost()
    stage.assert_ages_are_true()
    assert len({reading.read_at for reading in stage.place.readings()}) == 2
    stage.sandbox.clear_faults()
    stage.assert_all_is_well(work_on(run))


@at(LISTING, ONE_BY_ONE)
def test_a_record_that_cannot_be_read_costs_only_itself(stage: Stage) -> None:
    with stage.struck("missing_field") as run:
        assert run.state == State.INCOMPLETE
        stage.assert_ages_are_true()
        spoiled = {(reading.domain_id, reading.period) for reading in stage.place.readings() if reading.problem}
        assert spoiled
        for owner, rows in stage.place.rows().items():
            assert rows == (stage.before if owner in spoiled else stage.after)[owner]


@at(*PLACES)
def test_while_the_vendor_is_away_the_run_waits(stage: Stage) -> None:
    with stage.struck("refuse_connection", operation="*") as run:
        stage.assert_nothing_was_read()
        assert run.state == State.RUNNING
        assert run.retry_at
        assert "Connection refused" in run.problem
        assert not any(reading.problem for reading in stage.place.readings())


@at(ONE_BY_ONE)
def test_without_a_token_the_run_waits(stage: Stage) -> None:
    for fault in NO_TOKEN:
        with stage.struck(fault, operation="token") as run:
            stage.assert_nothing_was_read()
            assert run.state == State.RUNNING
            assert "not sent: no access token" in run.problem, fault
            assert not any(reading.problem for reading in stage.place.readings())
    with stage.struck("forget_after", operation="token"):
        stage.assert_nothing_was_read()
    for fault in A_TOKEN_ANYWAY:
        with stage.struck(fault, operation="token") as run:
            stage.assert_all_is_well(run)


@at(ONE_BY_ONE)
def test_what_changes_while_an_answer_is_under_way_counts_as_not_read_yet(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The age is that of the question: between it and the answer, and until the answer is kept, anything may happen."""
    ask, moments = Vendor.read, list[datetime]()

    def ask_and_change(vendor: Vendor, resource: Resource, target: Target) -> Answer:
        answer = ask(vendor, resource, target)
        stage.sandbox.reset(customers=stage.place.customers, seed=3 + len(moments))
        moments.append(now())
        return answer

    monkeypatch.setattr(Vendor, "read", ask_and_change)
    read(stage.place.resource)
    monkeypatch.undo()
    # Two sweeps, each of which keeps all that it read at once.
    times = {reading.read_at for reading in stage.place.readings()}
    assert len(times) == 2
    assert all(read_at and read_at < moments[3] for read_at in times)
    assert min(filter(None, times)) < moments[0]
