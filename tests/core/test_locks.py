"""A lock is one worker's, and goes with the worker's session however that ends."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from django.db import connection

from portal.core.locks import LockTaken, lock, try_lock
from tests.support.waiting import wait_for

pytestmark = pytest.mark.django_db


class Worker:
    """Another worker: a thread has a database session of its own."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._locks = ExitStack()

    def take(self, kind: str, number: int) -> bool:
        """Ask for a lock, and keep it."""
        return self._thread.submit(self._locks.enter_context, try_lock(kind, number)).result()

    def do(self, work: Callable[[], bool]) -> "Future[bool]":
        """Begin some work, and do not wait for its end."""
        return self._thread.submit(work)

    def leave(self) -> None:
        """Give back all locks."""
        self._thread.submit(self._locks.close).result()

    def die(self) -> None:
        """End the session without a word."""
        self._locks.pop_all()
        self._thread.submit(lambda: connection.close()).result()  # the thread's own


@pytest.fixture
def another() -> Iterator[Worker]:
    worker = Worker()
    yield worker
    worker.leave()
    worker.die()


def test_one_at_a_time(another: Worker) -> None:
    with try_lock("operation", 7) as mine:
        assert mine
        assert not another.take("operation", 7)
    assert another.take("operation", 7)


def test_locks_of_other_kinds_and_numbers_are_free(another: Worker) -> None:
    with try_lock("operation", 7):
        assert another.take("operation", 8)
        assert another.take("sync run", 7)


def test_a_lock_is_free_again_after_an_error(another: Worker) -> None:
    with pytest.raises(ZeroDivisionError), try_lock("operation", 7):
        raise ZeroDivisionError
    assert another.take("operation", 7)


def test_whoever_did_not_get_it_does_not_set_it_free(another: Worker) -> None:
    assert another.take("operation", 7)
    for _again in range(2):
        with try_lock("operation", 7) as mine:
            assert not mine


def test_a_worker_that_dies_holds_nothing(another: Worker) -> None:
    assert another.take("operation", 2_147_483_647)
    another.die()

    def is_free() -> bool:
        with try_lock("operation", 2_147_483_647) as mine:
            return mine

    # The server closes the session as soon as it notices, a moment after the death.
    wait_for(is_free, "the lock of the dead falls free")


def test_whoever_waits_gets_it_when_it_falls_free(another: Worker) -> None:
    def wait() -> bool:
        with lock("operation", 7, seconds=30):
            return True

    def is_waiting() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            return bool(cursor.fetchone() == (1,))

    with try_lock("operation", 7):
        waiting = another.do(wait)
        wait_for(is_waiting, "the other asks for the lock")
        assert not waiting.done()
    assert waiting.result()


def test_nobody_waits_for_longer_than_told(another: Worker) -> None:
    assert another.take("operation", 7)
    with pytest.raises(LockTaken, match="operation 7"), lock("operation", 7, seconds=0.05):
        raise AssertionError("the lock is another's")
    another.leave()
    with lock("operation", 7, seconds=0.05):
        pass


def test_a_lock_that_was_waited_for_is_free_again_after_an_error(another: Worker) -> None:
    with pytest.raises(ZeroDivisionError), lock("operation", 7, seconds=30):
        raise ZeroDivisionError
    assert another.take("operation", 7)


@pytest.mark.django_db(transaction=True)
def test_a_lock_that_was_waited_for_belongs_to_no_transaction(another: Worker) -> None:
    with lock("operation", 7, seconds=30):
        assert not connection.in_atomic_block
        with connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            assert cursor.fetchone() == ("0",)
