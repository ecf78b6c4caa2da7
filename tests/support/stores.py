"""What lies in the stores of a run, as text, for tests that look for what must not lie there."""

import base64
import re
from collections.abc import Callable, Collection

from django.db import connection

from portal.celery import app


def database(without: Collection[str] = ()) -> str:
    """Return every row of every table as text."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        texts = []
        for table in sorted(set(tables) - set(without)):
            cursor.execute(f'SELECT row_to_json(t)::text FROM "{table}" t')  # noqa: S608  a table of the database's own
            texts += [text for (text,) in cursor.fetchall()]
    return "\n".join(texts)


def redis() -> str:
    """Return every key with its value: queues, the call budget, sessions."""
    readers: dict[bytes, Callable[[bytes], object]] = {}
    with app.connection_for_read() as broker, broker.channel() as channel:
        client = channel.client  # type: ignore[attr-defined]  # Redis' own
        readers = {
            b"string": client.get,
            b"list": lambda key: client.lrange(key, 0, -1),
            b"set": client.smembers,
            b"zset": lambda key: client.zrange(key, 0, -1),
            b"hash": client.hgetall,
        }
        return "\n".join(f"{key!r}: {readers[client.type(key)](key)!r}" for key in client.scan_iter())


def decoded(text: str) -> str:
    """Return a text with what is Base64 within it, as the broker's messages are, in clear too."""
    found = re.findall(r"(?:[A-Za-z0-9+/]{4}){4,}={0,2}", text)
    return "\n".join(base64.b64decode(part + "==").decode("utf-8", "replace") for part in found)
