"""
A resync while all that it stands on breaks: it completes by itself, with what a quiet one would have read.

Real processes on a ground of their own: workers are killed, Redis forgets, PostgreSQL crashes, and LINE WORKS is away
for an hour.
"""

import random
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from portal.core.clock import now
from tests.support.apart import Ground, Scene
from tests.support.cached import cached_rows, observations, readings
from tests.support.portal import PAID_ADVANCED, PAID_MONTHLY, PAID_PREPAID, TODAY, WITHOUT_CONTRACT
from tests.support.reads import do_outside
from tests.support.sandbox import Sandbox
from tests.support.waiting import wait_for

PRE_ORDER = {"productId": "STD", "plan": "ANNUAL_LICENSE", "licenseCount": 25, "applyDate": "2026-02-01"}
HOUR = timedelta(hours=1, minutes=1)
# How long a call takes while things break: enough for a run to be in the middle of something each time.
CALL_SECONDS = 0.8
# How many calls LINE WORKS sees between two troubles.
CALLS_BETWEEN = 8

# What somebody changes at LINE WORKS: which record of whom.
CHANGED = (
    ("customer", PAID_ADVANCED),
    ("customer", PAID_PREPAID),
    ("usage_status", PAID_MONTHLY),
    ("pre_orders", WITHOUT_CONTRACT),
)


def change(sandbox: Sandbox) -> None:
    """Change it."""
    for domain_id in (PAID_ADVANCED, PAID_PREPAID):
        do_outside(sandbox, "patchCustomer", domain_id, {"partnership": {"memo": "要確認"}})
    sandbox.control("POST", f"/customers/{PAID_MONTHLY}", {"members": 4})
    sandbox.add_pre_order_outside(WITHOUT_CONTRACT, PRE_ORDER)


@dataclass
class Troubled:
    """A resync under way, and what its portal stands on."""

    ground: Ground
    scene: Scene
    changed_at: datetime

    @property
    def sandbox(self) -> Sandbox:
        """LINE WORKS."""
        return self.ground.sandbox

    def run(self) -> str:
        """Return the state of the latest run."""
        states = self.scene.ask("SELECT state FROM sync_syncrun ORDER BY started_at DESC LIMIT 1")
        return states[0][0] if states else ""

    def is_true_of_run(self, condition: str) -> bool:
        """Return whether something holds for the run under way, in the database's words."""
        running = "SELECT 1 FROM sync_syncrun WHERE state = 'running'"
        return bool(self.scene.ask(f"{running} AND ({condition})"))

    def meets(self, condition: Callable[[], bool], what: str, *, seconds: float = 90.0) -> None:
        """Wait for a condition while the schedule comes by every second."""
        last = 0.0

        def came_by() -> bool:
            nonlocal last
            if time.monotonic() > last + 1.0:
                last = time.monotonic()
                self.scene.plan()
            return condition()

        wait_for(came_by, what, seconds=seconds)

    def goes_on(self) -> None:
        """Wait until the run is at work again, and look at what it tells meanwhile."""
        self.sandbox.reset_calls()
        self.meets(lambda: self.sandbox.calls().total() >= CALLS_BETWEEN or self.is_over(), "the run goes on")
        self.assert_ages_are_true()

    def slow_down(self) -> None:
        """Have every call take so long that the run is in the middle of something whatever breaks."""
        self.sandbox.fault("*", "latency", count=0, seconds=CALL_SECONDS)

    def let_pass(self, time: timedelta) -> None:
        """Let a time pass in no time."""
        self.scene.let_pass(time)
        self.changed_at -= time

    def is_over(self) -> bool:
        """Whether all has been read since the change."""
        return self.run() == "whole" and self.scene.unread_since(self.changed_at) == 0

    def assert_ages_are_true(self) -> None:
        """Whoever counts as read since the change shows it, and nobody shows it who does not."""
        found = self.scene.ask(
            """
            SELECT changed.resource, changed.domain_id, reading.read_at >= %s AS is_fresh, count(seen.id) AS times
            FROM unnest(%s::text[], %s::bigint[]) AS changed (resource, domain_id)
            JOIN sync_reading AS reading USING (resource, domain_id)
            LEFT JOIN sync_detectedchange AS seen
                ON (seen.resource, seen.domain_id) = (changed.resource, changed.domain_id) AND seen.cause <> 'first'
            GROUP BY 1, 2, 3
            """,
            self.changed_at,
            *map(list, zip(*CHANGED, strict=True)),
        )
        assert len(found) == len(CHANGED)
        for resource, domain_id, is_fresh, times in found:
            assert times == int(is_fresh), f"{resource} of {domain_id}"


Trouble = Callable[[Troubled], None]


def workers_are_killed(troubled: Troubled) -> None:
    """Others take their place; what was under way at LINE WORKS keeps its places in the budget for a while."""
    for worker in troubled.scene.workers:
        worker.kill()
    for worker in troubled.scene.workers:
        worker.start()


def redis_forgets(troubled: Troubled) -> None:
    """No message and no count of calls is left."""
    troubled.scene.flush_redis()


def the_machine_of_the_workers_is_lost(troubled: Troubled) -> None:
    """Redis was on it, too."""
    for worker in troubled.scene.workers:
        worker.kill()
    redis_forgets(troubled)
    for worker in troubled.scene.workers:
        worker.start()


def postgres_crashes(troubled: Troubled) -> None:
    """Whatever was not committed is lost, and so are all sessions with their locks."""
    troubled.ground.crash_postgres()


def the_vendor_is_away_for_an_hour(troubled: Troubled) -> None:
    """The run asks less and less often, and goes on by itself within five minutes of its return."""
    troubled.sandbox.kill()
    troubled.meets(lambda: troubled.is_true_of_run("failing_since IS NOT NULL"), "the run notices")

    def has_waited_for_an_hour() -> bool:
        # A worker that was about to write the time when it failed has not heard of the hour.
        if not troubled.is_true_of_run("failing_since < now() - interval '1 hour'"):
            troubled.let_pass(HOUR)
        return troubled.is_true_of_run("retry_at > now() + interval '4 minutes'")

    troubled.meets(has_waited_for_an_hour, "the run asks less often")
    troubled.sandbox.restart()
    troubled.slow_down()
    troubled.let_pass(timedelta(minutes=5))


ONCE: Sequence[Trouble] = (
    the_vendor_is_away_for_an_hour,
    the_machine_of_the_workers_is_lost,
    postgres_crashes,
)
AGAIN_AND_AGAIN: Sequence[Trouble] = random.Random(1).sample(  # noqa: S311  no secret
    2 * [workers_are_killed, redis_forgets, *ONCE], k=10
)


@pytest.mark.parametrize(
    ("customers", "troubles"),
    [
        pytest.param(10, ONCE, id="once"),
        pytest.param(60, AGAIN_AND_AGAIN, id="again and again", marks=pytest.mark.chaos),
    ],
)
def test_a_resync_completes_whatever_happens(tmp_path: Path, customers: int, troubles: Sequence[Trouble]) -> None:
    with ExitStack() as at_the_end:
        ground = Ground(tmp_path, customers=customers, business_date=TODAY)
        at_the_end.callback(ground.close)
        in_peace = Troubled(ground, ground.scene("peace"), now())
        at_the_end.callback(in_peace.scene.close)
        in_peace.scene.add_worker()
        in_peace.meets(in_peace.is_over, "all is read for the first time")
        in_trouble = Troubled(ground, ground.scene("trouble", like="peace"), now())
        at_the_end.callback(in_trouble.scene.close)

        change(ground.sandbox)
        for portal in (in_peace, in_trouble):
            portal.let_pass(HOUR)
            portal.changed_at = now()
        in_peace.meets(in_peace.is_over, "all is read in peace")
        in_peace.assert_ages_are_true()

        in_trouble.slow_down()
        for _worker in range(2):
            in_trouble.scene.add_worker()
        in_trouble.goes_on()
        [(run,)] = in_trouble.scene.ask("SELECT id FROM sync_syncrun WHERE state = 'running'")
        for trouble in troubles:
            trouble(in_trouble)
            in_trouble.goes_on()
        ground.sandbox.clear_faults()
        in_trouble.meets(in_trouble.is_over, "all is read after all")
        in_trouble.assert_ages_are_true()

        assert in_trouble.scene.ask("SELECT state, reads_failed FROM sync_syncrun WHERE id = %s", run) == [("whole", 0)]
        with in_peace.scene.cursor() as expected, in_trouble.scene.cursor() as found:
            assert cached_rows(found) == cached_rows(expected)
            assert readings(found) == readings(expected)
            assert observations(found) == observations(expected)
