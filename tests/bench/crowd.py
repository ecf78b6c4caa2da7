"""
Fifty people browse at the same time, while a sync runs: what 95 of 100 answers stay within, and errors.

Locust stands for the people, two web processes serve them, and workers read LINE WORKS at its usual limit, all of it on
the same machine. Each person reads a few seconds between two pages.
"""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Group
from django.test import Client

from customers.models import Customer
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.dev.server.embedded import PROJECT
from portal.sync import runs
from portal.sync.models import SyncRun
from tests.bench import book, ground
from tests.bench.figures import Figure
from tests.bench.ground import Ground
from tests.bench.resyncs import Pace, Workers, vendor
from tests.support.waiting import wait_for

PEOPLE, SECONDS = 50, int(os.environ.get("BENCH_CROWD_SECONDS", "90"))
MOST_SECONDS = 0.3
CUSTOMERS_OPENED = 500
PACE = Pace(limit=240, window=60)


def measure(given: Ground) -> list[Figure]:
    """
    Measure it.

    Raises:
        RuntimeError: the sync was over before the people were.
    """
    book.fill()
    file = given.folder / "crowd.json"
    file.write_text(json.dumps({"cookies": _cookies(), "customers": _customers()}), encoding="utf-8")
    with vendor(ground.CUSTOMERS, PACE) as sandbox, Workers(given, sandbox, 1, PACE) as workers:
        sandbox.reset_calls()
        workers.start()
        wait_for(lambda: max(sandbox.calls().values(), default=0) >= 1, "it reads")
        run = SyncRun.objects.latest("pk")
        with ground.web(workers=2, environment=workers.environment) as address:
            total = _browse(address, file, given.folder)
        run.refresh_from_db()
        if not run.is_running:
            raise RuntimeError(f"the {run} ended {run.state} before the people did")
        runs.stop(run)
    count, failed, p95 = int(total["Request Count"]), int(total["Failure Count"]), float(total["95%"])
    return [
        Figure(
            f"{PEOPLE} people browse {ground.CUSTOMERS:,} customers for {SECONDS} s while a sync runs: p95",
            f"≤ {MOST_SECONDS * 1000:.0f} ms, no error",
            f"{p95:.0f} ms (p50 {float(total['Median Response Time']):.0f}); {count:,} answers, {failed} errors",
            p95 <= MOST_SECONDS * 1000 and not failed,
        )
    ]


def _browse(address: str, file: Path, folder: Path) -> dict[str, str]:
    """Return what locust counted of all answers together; it prints those of each page."""
    command = [
        sys.executable, "-m", "locust", "-f", "tests/bench/crowd_people.py", "--headless", "--only-summary",
        "--host", address, "-u", str(PEOPLE), "-r", "10", "-t", f"{SECONDS}s", "--csv", str(folder / "crowd"),
        "--reset-stats", "--exit-code-on-error", "0",
    ]  # fmt: skip
    subprocess.run(command, cwd=PROJECT, env=os.environ | {"CROWD": str(file)}, check=True)
    with (folder / "crowd_stats.csv").open(encoding="utf-8", newline="") as stats:
        return next(row for row in csv.DictReader(stats) if row["Name"] == "Aggregated")


def _cookies() -> list[tuple[str, str]]:
    """Return a session of each person."""
    group, found = Group.objects.get(name=Role.ACCOUNT_MANAGER), []
    for number in range(PEOPLE):
        person, _new = User.objects.get_or_create(
            email=f"crowd{number}@partner.example", defaults={"name": f"担当 {number}"}
        )
        person.groups.set([group])
        browser = Client(SERVER_NAME="127.0.0.1")
        browser.force_login(person)
        found.append((settings.SESSION_COOKIE_NAME, browser.cookies[settings.SESSION_COOKIE_NAME].value))
    return found


def _customers() -> list[int]:
    return list(Customer.objects.current().order_by("pk").values_list("pk", flat=True)[:CUSTOMERS_OPENED])
