"""The measurements of ``reads_at_the_limit`` with as many customers as a large reseller has. They take half an hour."""

from tests.bench.figures import Figure
from tests.bench.ground import Ground
from tests.bench.reads_at_the_limit import measure_at_the_limit

CUSTOMERS = 2_000


def measure(given: Ground) -> list[Figure]:
    """Measure it."""
    return measure_at_the_limit(given, CUSTOMERS)
