"""
Whether the memory of a worker grows with the customers: the most that it ever had, with few customers and with many.

The few are read to the end. Of the many the whole listing is read, and beside it and after it as many records as of the
few: no worker ever holds more than a batch, so the listing is where memory could grow. Without limits; it takes about
a quarter of an hour, most of it for the listing, which shares its worker with the background workers.
"""

from django.conf import settings

from portal.sync import runs
from portal.sync.models import SyncRun
from tests.bench.figures import Figure
from tests.bench.ground import Ground
from tests.bench.resyncs import LONGEST_SECONDS, Pace, Workers, emptied, vendor, without_limit
from tests.support.waiting import wait_for

FEW, MANY = 1_000, 50_000
PACE = Pace(limit=0, window=1)
LARGEST_CHANGE = 0.10


def measure(given: Ground) -> list[Figure]:
    """Measure it."""
    few, reads = _most_memory(given, FEW, least_reads=0)
    many, _reads = _most_memory(given, MANY, least_reads=reads)
    change = many / few - 1
    return [
        Figure(
            f"Most memory of a worker, {MANY:,} customers against {FEW:,}",
            f"± {LARGEST_CHANGE:.0%}",
            f"{change:+.1%} ({many / 1024**2:.0f} MiB against {few / 1024**2:.0f} MiB; the whole listing and "
            f"{reads:,} reads each)",
            abs(change) <= LARGEST_CHANGE,
        )
    ]


def _most_memory(given: Ground, customers: int, *, least_reads: int) -> tuple[int, int]:
    """Return the bytes, and how many reads there were; a run is stopped after so many, 0 for none before its end."""
    with vendor(customers, PACE) as sandbox, emptied(settings.REDIS_URL):
        without_limit(settings.REDIS_URL)
        with Workers(given, sandbox, 1, PACE) as workers:
            workers.start()
            wait_for(lambda: _is_far_enough(least_reads), "enough is read", seconds=LONGEST_SECONDS)
            most = workers.most_memory()
            if run := runs.current():
                runs.stop(run)
        run = SyncRun.objects.latest("pk")
        if run.customers != customers:
            raise RuntimeError(f"{run.customers} of {customers} customers were listed: {run.problem}")
        return most, run.reads_done


def _is_far_enough(least_reads: int) -> bool:
    run = SyncRun.objects.latest("pk")
    if not run.is_running:
        return True
    return bool(least_reads and run.listed_at and run.reads_done >= least_reads)
