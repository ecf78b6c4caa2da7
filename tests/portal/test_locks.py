"""A lock is one worker's, and goes with the worker's session however that ends."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from django.db import connection

from portal.locks import held
from tests.support.waiting import wait_for

pytestmark = pytest.mark.django_db


class Worker:
    """Another worker: a thread has a database session of its own."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._locks = ExitStack()

    def take(self, kind: str, number: int) -> bool:
        """Ask for a lock, and keep it."""
        return self._thread.submit(self._locks.enter_context, held(kind, number)).result()

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
    with held("operation", 7) as mine:
        assert mine
        assert not another.take("operation", 7)
    assert another.take("operation", 7)


def test_locks_of_other_kinds_and_numbers_are_free(another: Worker) -> None:
    with held("operation", 7):
        assert another.take("operation", 8)
        assert another.take("sync run", 7)


def test_a_lock_is_free_again_after_an_error(another: Worker) -> None:
    with pytest.raises(ZeroDivisionError), held("operation", 7):
        raise ZeroDivisionError
    assert another.take("operation", 7)


def test_whoever_did_not_get_it_does_not_set_it_free(another: Worker) -> None:
    assert another.take("operation", 7)
    for _again in range(2):
        with held("operation", 7) as mine:
            assert not mine


def test_a_worker_that_dies_holds_nothing(another: Worker) -> None:
    assert another.take("operation", 2_147_483_647)
    another.die()

    def is_free() -> bool:
        with held("operation", 2_147_483_647) as mine:
            return mine

    # The server closes the session as soon as it notices, a moment after the death.
    wait_for(is_free, "the lock of the dead falls free")
