"""``manage.py resync``: what it asks for, how it follows it, and how its exit status tells."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from customers.models import Customer
from portal.core.clock import now
from portal.sync import runs
from portal.sync.models import Reading, SyncRun
from portal.sync.resources import RESOURCES
from tests.support.rows import one_customer

pytestmark = pytest.mark.django_db

State = SyncRun.State


class Terminal(StringIO):
    """Standard output of a person who looks."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Has something happen each time that the command pauses, in place of workers."""

    def happens(*steps: Callable[[], object]) -> None:
        left = list(steps)
        monkeypatch.setattr("portal.sync.management.commands.resync.time.sleep", lambda _seconds: left.pop(0)())

    return happens


Meanwhile = Callable[..., None]


def call(*arguments: str, output: StringIO | None = None) -> tuple[int, str, str]:
    """Run the command; return its exit status, what it wrote, and what it complained of."""
    out, complaints = output or StringIO(), StringIO()
    try:
        call_command("resync", *arguments, stdout=out, stderr=complaints)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue(), complaints.getvalue()
    return 0, out.getvalue(), complaints.getvalue()


def move(**columns: Any) -> Callable[[], object]:
    """Bring the run to a state, as workers would."""
    return lambda: SyncRun.objects.update(**columns)


def end(state: State = State.WHOLE, **columns: Any) -> Callable[[], object]:
    return move(state=state, finished_at=now(), **columns)


def try_all(problem: str = "") -> Callable[[], object]:
    """Read all that is wanted, for better or worse."""
    return lambda: Reading.objects.filter(wanted_at__isnull=False).update(tried_at=now(), problem=problem)


# --- What it asks for ------------------------------------------------------------------------------------------------


def test_it_starts_a_run_and_leaves(db: None) -> None:
    status, written, complaints = call()
    run = SyncRun.objects.get()
    assert (status, run.resource, run.asked_by, complaints) == (0, "", "manage.py resync", "")
    assert ": all data." in written


def test_it_names_the_run_that_is_under_way(db: None) -> None:
    runs.start("佐藤 美咲")
    status, written, _complaints = call()
    assert (status, SyncRun.objects.count()) == (0, 1)
    assert "A sync has been running since" in written


def test_a_run_of_something_else_is_not_taken_for_it(db: None) -> None:
    runs.start("佐藤 美咲")
    with pytest.raises(CommandError, match="Another sync has been running") as wrong:
        call("--resource", "subscriptions")
    assert wrong.value.returncode == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--resource", "gold"], "Unknown type of data: gold. Use one of: customer, "),
        (["--customer", "5"], "Customer 5 not found."),
        (["--customer", "10000001", "--resource", "invoices"], "invoices does not belong to a customer"),
    ],
)
def test_what_there_is_not_is_told_and_asks_for_nothing(arguments: list[str], said: str) -> None:
    one_customer()
    with pytest.raises(CommandError, match=re.escape(said)) as wrong:
        call(*arguments)
    assert wrong.value.returncode == 2
    assert not SyncRun.objects.exists()
    assert not Reading.objects.filter(wanted_at__isnull=False).exists()


def test_a_customer_that_has_left_is_told() -> None:
    one = one_customer()
    Reading.objects.of_customer(one.pk).update(is_current=False)
    with pytest.raises(CommandError, match="no longer lists"):
        call("--customer", str(one.pk))


def test_one_kind_of_one_customer_is_wanted_alone() -> None:
    one = one_customer()
    status, written, _complaints = call("--customer", str(one.pk), "--resource", "subscriptions")
    wanted = Reading.objects.filter(wanted_at__isnull=False).values_list("domain_id", "resource")
    assert (status, list(wanted)) == (0, [(one.pk, "subscriptions")])
    assert f": 1 items of {Customer.objects.get()}" in written


# --- How it follows --------------------------------------------------------------------------------------------------


def test_a_run_that_ends_whole_is_success(meanwhile: Meanwhile) -> None:
    meanwhile(move(reads=10, reads_done=4), move(reads_done=9), end(reads_done=10))
    status, written, complaints = call("--wait")
    assert (status, complaints) == (0, "")
    lines = written.splitlines()
    assert lines[1] == "loading the customer list"  # the first look
    assert lines[-2].startswith("10 of 10 items, 100%")
    assert lines[-1] == "All data was synced."
    assert "\r" not in written


def test_a_run_that_misses_something_fails_and_says_what(meanwhile: Meanwhile) -> None:
    def miss() -> None:
        Reading.objects.create(domain_id=7, resource="subscriptions", tried_at=now(), problem="refused: 500 BROKEN")
        end(State.INCOMPLETE, reads=1, reads_done=1, reads_failed=1)()

    meanwhile(miss)
    status, _written, complaints = call("--wait")
    assert (status, complaints) == (1, "7 Subscriptions: refused: 500 BROKEN\n")


def test_a_run_that_somebody_stops_fails(meanwhile: Meanwhile) -> None:
    meanwhile(end(State.STOPPED))
    status, _written, complaints = call("--wait")
    assert (status, complaints) == (1, "The sync was stopped. Loaded data is kept.\n")


def test_in_a_terminal_a_bar_moves_on_its_line(meanwhile: Meanwhile) -> None:
    meanwhile(move(reads=10, reads_done=5), end(reads_done=10))
    terminal = Terminal()
    status, written, _complaints = call("--wait", output=terminal)
    assert status == 0
    assert f"{'█' * 15}{'░' * 15} 5 of 10 items, 50%" in written
    assert written.count("\r") == 3


def test_in_a_log_the_same_is_not_said_every_second(meanwhile: Meanwhile) -> None:
    meanwhile(*[move(reads=10, reads_done=done) for done in range(5)], end())
    _status, written, _complaints = call("--wait")
    assert len(written.splitlines()) == 4  # asked, the first look, the last, the end


def test_what_holds_a_run_up_is_said_at_once(meanwhile: Meanwhile) -> None:
    meanwhile(
        move(problem="listCustomers: not sent: nobody listens"),
        move(problem="", worked_at=now() - timedelta(minutes=5)),
        end(),
    )
    _status, written, _complaints = call("--wait")
    assert "nobody listens" in written
    assert "no worker has responded since" in written


def test_who_no_longer_waits_ends_nothing(meanwhile: Meanwhile) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    meanwhile(interrupt)
    status, _written, complaints = call("--wait")
    assert status == 130
    assert "The sync continues." in complaints
    assert SyncRun.objects.get().is_running


@pytest.mark.parametrize(("problem", "expected"), [("", 0), ("refused: 404 NOT_FOUND", 1)])
def test_a_customer_is_followed_to_its_last_read(meanwhile: Meanwhile, problem: str, expected: int) -> None:
    one = one_customer()
    meanwhile(try_all(problem))
    status, written, complaints = call("--customer", str(one.pk), "--wait")
    assert status == expected
    kinds = [resource for resource in RESOURCES.of_customer() if resource.due_since is None]
    assert complaints.count(problem) >= len(kinds) if problem else complaints == ""
    assert ("All data was synced." in written) == (not problem)
