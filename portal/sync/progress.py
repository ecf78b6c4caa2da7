"""Progress of a read that a person started: a run, or the refresh of one customer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.db.models import QuerySet
from django.utils import timezone

from portal.sync.history import resource_title
from portal.sync.models import Reading, SyncRun
from portal.sync.presentation import pace_of

# As many are told one by one.
MOST_PROBLEMS = 20


@dataclass(frozen=True)
class Step:
    """
    How far a reading is.

    Args:
        done: reads that are over, for better or worse.
        reads: all of them, as far as is known.
        words: what else is to be said of it.
        worked_at: when a worker last showed life.
        problem: why nothing moves, if nothing does.
        over: whether it has ended.
    """

    done: int
    reads: int
    words: str
    worked_at: datetime
    problem: str = ""
    over: bool = False

    @property
    def percent(self) -> int:
        """How much of it is done, rounded down, so that 100 means all."""
        return min(self.done * 100 // self.reads, 100) if self.reads else 0


class Followed(Protocol):
    """Something that can be followed to its end."""

    def step(self) -> Step:
        """Look how far it is."""

    def problems(self) -> Sequence[str]:
        """Return what could not be read, once it is over; nothing if all was."""


class FollowedRun:
    """A run of everything, or of one resource."""

    def __init__(self, run: SyncRun) -> None:
        self._run = run

    def step(self) -> Step:
        """Look how far it is."""
        self._run.refresh_from_db()
        run = self._run
        return Step(run.reads_done, run.reads, _words(run), run.worked_at, problem=run.problem, over=not run.is_running)

    def problems(self) -> Sequence[str]:
        """Return why the run did not end whole."""
        run = self._run
        if run.state == SyncRun.State.WHOLE:
            return []
        if run.state == SyncRun.State.STOPPED:
            return ["The sync was stopped. Loaded data is kept."]
        failed = Reading.objects.filter(is_current=True, tried_at__gte=run.started_at).exclude(problem="")
        return [*filter(None, [run.problem]), *_told(failed.order_by("domain_id", "resource"), run.reads_failed)]


class FollowedCustomer:
    """
    Some readings of one customer.

    Args:
        readings: those that were asked for.
        asked_at: when.
    """

    def __init__(self, readings: Sequence[Reading], asked_at: datetime) -> None:
        self._keys = [reading.pk for reading in readings]
        self._asked_at = asked_at

    def step(self) -> Step:
        """Look how far it is."""
        tried = [moment for moment in self._readings().values_list("tried_at", flat=True) if moment]
        done = sum(moment >= self._asked_at for moment in tried)
        worked_at = max([self._asked_at, *tried])
        return Step(done, len(self._keys), "", worked_at, over=done == len(self._keys))

    def problems(self) -> Sequence[str]:
        """Return what could not be read."""
        failed = self._readings().exclude(problem="").order_by("resource", "period")
        return _told(failed, failed.count())

    def _readings(self) -> QuerySet[Reading]:
        return Reading.objects.filter(pk__in=self._keys)


def _words(run: SyncRun) -> str:
    """Say the pace and the end of a run, as far as they are known."""
    pace, finish = pace_of(run), run.finish_expected_at
    words = []
    if pace.reads_a_minute is not None:
        words.append(f"{pace.reads_a_minute:,} per minute")
    if run.is_running and finish:
        words.append(f"done at about {_time(finish)}")
        if run.finish_stated_at:
            words.append(f"estimated at the start: {_time(run.finish_stated_at)}")
    return ", ".join(words)


def _told(failed: QuerySet[Reading], count: int) -> list[str]:
    told = [
        " ".join(filter(None, (str(reading.domain_id), resource_title(reading.resource), reading.period)))
        + f": {reading.problem}"
        for reading in failed[:MOST_PROBLEMS]
    ]
    return [*told, f"and {count - len(told):,} more; see the Sync page"] if count > len(told) else told


def _time(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%H:%M:%S}"
