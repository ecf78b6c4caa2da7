"""
Locks that end with the process that holds them.

A PostgreSQL advisory lock belongs to the database session. When a worker dies, however suddenly, the server closes
its session and frees the lock; so whoever gets the lock knows that nobody else is at work.
"""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def held(kind: str, number: int) -> Iterator[bool]:
    """
    Hold the lock of one piece of work while the block runs; answer False at once when somebody else holds it.

    Args:
        kind: what the number counts, for example ``operation``.
        number: which one; up to 2,147,483,647.
    """
    name = (zlib.crc32(kind.encode()) - 2**31, number % 2**31)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", name)
        (mine,) = cursor.fetchone() or (False,)
    try:
        yield bool(mine)
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", name)
