"""
A pytest plugin for the runs that ``make mutants`` makes: says which test is at work, how long each took, and stops.

A run that took too long ends in good order, so that no worker, sandbox or server of it is left.
"""

import json
import os
import signal
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path

import pytest
from coverage import Coverage

REPORT = "MUTANTS_REPORT"
LIMIT = "MUTANTS_LIMIT"
TOO_LONG = 99
_AGAIN_SECONDS = 20.0
_seconds: defaultdict[str, float] = defaultdict(float)
_failed: list[str] = []


def function_of(nodeid: str) -> str:
    """Return the name of a test without its parameters, which may differ from run to run."""
    return nodeid.partition("[")[0]


def pytest_configure() -> None:
    """Set the clock."""
    if limit := float(os.environ.get(LIMIT, "0")):
        signal.signal(signal.SIGALRM, _stop)
        # Code that swallows the first one meets the next.
        signal.setitimer(signal.ITIMER_REAL, limit, _AGAIN_SECONDS)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep to the order of the command line."""
    places = {name: place for place, name in enumerate(session.config.args)}
    session.items.sort(key=lambda item: places.get(function_of(item.nodeid), len(places)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let what is executed be noted under the test's name."""
    coverage = Coverage.current()
    if coverage:
        coverage.switch_context(function_of(item.nodeid))
    try:
        return (yield)
    finally:
        if coverage:
            coverage.switch_context("")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up what setup, call and teardown took."""
    _seconds[function_of(report.nodeid)] += report.duration
    if report.failed:
        _failed.append(function_of(report.nodeid))


def pytest_sessionfinish() -> None:
    """Write down what was seen."""
    signal.setitimer(signal.ITIMER_REAL, 0)
    Path(os.environ[REPORT]).write_text(json.dumps({"seconds": _seconds, "failed": _failed}), encoding="utf-8")


def _stop(_number: int, _frame: object) -> None:
    pytest.exit("the time is over", returncode=TOO_LONG)
