"""
``make bench``: measures Partnerdesk and prints the figures beside their targets.

    BENCH_ONLY=list,sent make bench

measures only the parts that are named: client, sandbox, list, load, forms, file, sent, pace, reads, reads-off, growth,
billing, check, run, test, and reads-many, reads-memory, crowd, lists, large-lists and search, which take so long that
they are left out unless they are named. The table also goes to ``.local/bench.md``.

It fails when something breaks. A figure that falls short is a finding and no failure: machines differ, and a busy one
tells little.
"""

import os
import platform
import sys
import time
import traceback
from collections.abc import Callable
from importlib import import_module

from portal.dev.server.embedded import HOME
from tests.bench import client_overhead, ground, make_run, make_test, sandbox_speed
from tests.bench.figures import Figure, table

RESULT = HOME / "bench.md"
# Parts that stand on the servers of `ground`. They import models, so they are loaded once Django is set up.
ON_THE_GROUND = {
    "list": "customer_list",
    "load": "first_load",
    "forms": "every_form",
    "file": "draft_file",
    "sent": "confirm_to_sent",
    "pace": "pace",
    "reads": "reads_at_the_limit",
    "reads-many": "reads_at_the_limit_many",
    "reads-off": "reads_unlimited",
    "reads-memory": "reads_memory",
    "growth": "growth",
    "billing": "billing_month",
    "check": "month_check",
    # Last, as they fill the table of customers.
    "crowd": "crowd",
    "lists": "lists",
    "large-lists": "large_lists",
    "search": "search",
}
PARTS = ("client", "sandbox", *ON_THE_GROUND, "run", "test")
# These take too long to be measured unless they are named.
ONLY_BY_NAME = ("reads-many", "reads-memory", "crowd", "lists", "large-lists", "search")


class Measurement:
    """The figures so far, and the parts that broke."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []
        self.broken: list[str] = []

    def take(self, part: str, measure: Callable[[], list[Figure]]) -> None:
        """Measure a part; one that breaks leaves the others to be measured all the same."""
        print(f"  Measuring: {part}", flush=True)
        try:
            self.figures += measure()
        except Exception:
            traceback.print_exc()
            self.broken.append(part)
            self.figures.append(Figure(part, "", "broke, see above", None))


def main() -> int:
    """Measure, print, and answer the exit code."""
    shell = dict(os.environ)
    chosen = _chosen(shell.get("BENCH_ONLY", ""))
    measurement = Measurement()
    facts = _machine()
    for part, measure in (("client", client_overhead.measure), ("sandbox", sandbox_speed.measure)):
        if part in chosen:
            measurement.take(part, measure)
    if on_the_ground := [part for part in chosen if part in ON_THE_GROUND]:
        with ground.provided() as given:
            for part in on_the_ground:
                module = import_module(f"tests.bench.{ON_THE_GROUND[part]}")
                measurement.take(part, lambda module=module: module.measure(given))  # type: ignore[misc]
    if "run" in chosen:
        measurement.take("run", lambda: make_run.measure(shell))
    if "test" in chosen:
        measurement.take("test", make_test.measure)
    result = f"{facts}\n\n{table(measurement.figures)}\n"
    RESULT.write_text(result, encoding="utf-8")
    print(f"\n{result}")
    if measurement.broken:
        print(f"Broke: {', '.join(measurement.broken)}.", file=sys.stderr)
    return 1 if measurement.broken else 0


def _chosen(names: str) -> list[str]:
    """Return the parts to measure; unless some are named, all that do not take too long."""
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    if unknown := sorted(set(wanted) - set(PARTS)):
        sys.exit(f"BENCH_ONLY names {', '.join(unknown)}; there is {', '.join(PARTS)}.")
    return [part for part in PARTS if part in wanted or not (wanted or part in ONLY_BY_NAME)]


def _machine() -> str:
    """Return what it was measured on, and how busy that was before."""
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, "
        f"{platform.system()} {platform.release()}, {time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC; "
        f"{load:.1f} processes were running before it began"
    )


if __name__ == "__main__":
    sys.exit(main())
