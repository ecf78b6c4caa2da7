"""How long `make test` took the last time it passed in this folder. It is not run for this: it would take minutes."""

from portal.dev.server import test_report
from tests.bench.figures import Figure

MOST_SECONDS = 600


def measure() -> list[Figure]:
    """Read what it wrote down."""
    what, target = "`make test`", f"≤ {MOST_SECONDS // 60} min on two cores"
    last = test_report.recall()
    if last is None:
        return [Figure(what, target, "it has not passed in this folder yet", None)]
    minutes, seconds = divmod(round(last.seconds), 60)
    measured = f"{minutes} min {seconds} s on {last.cores} cores, {last.at} UTC"
    return [Figure(what, target, measured, last.seconds <= MOST_SECONDS)]
