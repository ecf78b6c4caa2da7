"""
Locks that end with the process that holds them.

A PostgreSQL advisory lock belongs to the database session. When a worker dies, however suddenly, the server closes
its session and frees the lock; so a process that holds the lock knows that no other is at work.
"""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable


class LockTaken(TimeoutError):
    """Somebody else holds the lock, and has held it for as long as we would wait."""


@contextmanager
def try_lock(kind: str, number: int) -> Iterator[bool]:
    """
    Hold the lock of one piece of work while the block runs; return False immediately if another process holds it.

    Args:
        kind: what the number counts, for example ``operation``.
        number: which one; up to 2,147,483,647.
    """
    name = _name(kind, number)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", name)
        (mine,) = cursor.fetchone() or (False,)
    try:
        yield bool(mine)
    finally:
        if mine:
            _set_free(name)


@contextmanager
def lock(kind: str, number: int, *, seconds: float) -> Iterator[None]:
    """
    Hold the lock of one piece of work while the block runs, after waiting until it is free.

    The lock belongs to the session, so no transaction is open while the block runs.

    Args:
        kind: as for ``held``.
        number: as for ``held``.
        seconds: the longest wait for the lock.

    Raises:
        LockTaken: it did not become free in time.
    """
    name = _name(kind, number)
    try:
        # The transaction ends the time limit together with the wait; the lock outlasts it.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{int(seconds * 1000)}ms"])
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", name)
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        raise LockTaken(f"{kind} {number} was not free within {seconds:g} s") from None
    try:
        yield
    finally:
        _set_free(name)


def _name(kind: str, number: int) -> tuple[int, int]:
    return zlib.crc32(kind.encode()) - 2**31, number % 2**31


def _set_free(name: tuple[int, int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", name)
