"""Count fields and values that the contract of the API does not know."""

from collections import Counter

import structlog
from django.db import connection

from portal.core.clock import now
from portal.sync.models import SchemaDrift
from portal.vendor.client import SchemaSurprise

log = structlog.get_logger(__name__)

# An index entry holds no more than some 2,700 bytes.
LONGEST_VALUE = 200


class Surprises:
    """What was new in some answers; gathered here, so that a batch of reads costs one statement at most."""

    def __init__(self) -> None:
        self._times: Counter[tuple[str, str, str, str]] = Counter()

    def add(self, surprise: SchemaSurprise) -> None:
        """Take note of one. Of an unknown field only the name counts: what stands in it is different every time."""
        value = str(surprise.value)[:LONGEST_VALUE].replace("\x00", "") if surprise.kind == "value" else ""
        self._times[surprise.kind, surprise.record, surprise.field[:120].replace("\x00", ""), value] += 1

    def keep(self) -> None:
        """Add them to the table, and forget them here."""
        times, self._times = self._times, Counter()
        if not times:
            return
        # Sorted to avoid deadlocks.
        rows = [(*key, number) for key, number in sorted(times.items())]
        kinds, records, fields, values, numbers = (list(column) for column in zip(*rows, strict=True))
        with connection.cursor() as cursor:
            cursor.execute(_ADD, [now(), kinds, records, fields, values, numbers])
            for kind, record, field in cursor.fetchall():
                log.warning("LINE WORKS sent something new", kind=kind, record=record, field=field)


_TABLE = SchemaDrift._meta.db_table
# xmax tells a row that was there before from one that has just been added.
_ADD = f"""
    WITH counted AS (
        INSERT INTO {_TABLE} AS known (kind, record, field, value, times, first_seen_at, last_seen_at)
        SELECT kind, record, field, value, times, moment, moment
        FROM (SELECT %s::timestamptz AS moment) AS clock,
             unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[])
                 AS new (kind, record, field, value, times)
        ON CONFLICT (kind, record, field, value) DO UPDATE
            SET times = known.times + excluded.times, last_seen_at = excluded.last_seen_at
        RETURNING kind, record, field, xmax = 0 AS is_new
    )
    SELECT kind, record, field FROM counted WHERE is_new
"""  # noqa: S608  the table's name is ours
