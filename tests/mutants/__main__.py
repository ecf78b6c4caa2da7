"""
``make mutants``: puts deliberate faults into copies of the code, and tells which of them the tests notice.

    MUTANTS=60 MUTANTS_SEED=1 MUTANTS_MINUTES=30 make mutants

draws 60 faults by the seed 1 and judges for at most 30 minutes; those that were not judged by then are counted as such.
The first run takes longer: it records which tests reach which line. MUTANTS_ONLY="portal/sync customers" draws from
paths that begin so, MUTANTS_TESTS="tests/sync" lets only tests whose paths begin so judge, MUTANTS_PROCESSES says how
many faults are judged side by side, and MUTANTS_AGAIN=1 judges only those that survived the last time.

It fails when fewer than 95 % of the faults that are not equivalent are noticed. The table of what came of each also
goes to ``.local/mutants/result.json``.
"""

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from queue import Queue

from tests.mutants import equivalent
from tests.mutants.copies import PLACE, Copy
from tests.mutants.faults import AREAS, Fault, sample
from tests.mutants.reach import Reach, pytest
from tests.mutants.watch import TOO_LONG

RESULT = PLACE / "result.json"
AT_LEAST = 0.95
_NO_TEST_FAILED, _SOME_TEST_FAILED, _NO_TESTS = 0, 1, 5


class Verdict(StrEnum):
    """What came of a fault."""

    KILLED = "killed"
    TIMEOUT = "timeouts"
    SURVIVED = "survived"
    EQUIVALENT = "equivalent"
    NOT_JUDGED = "not judged"


@dataclass(frozen=True)
class Judged:
    """A fault, and what came of it."""

    fault: Fault
    verdict: Verdict
    remark: str = ""
    seconds: float = 0.0


def main() -> int:
    """Draw, judge, print, and return the exit code."""
    count, seed = int(os.environ.get("MUTANTS", "60")), os.environ.get("MUTANTS_SEED", "1")
    minutes = float(os.environ.get("MUTANTS_MINUTES", "30"))
    faults = sample(count, seed, os.environ.get("MUTANTS_ONLY", ""))
    if os.environ.get("MUTANTS_AGAIN"):
        survivors = _survivors()
        faults = [fault for fault in faults if [fault.path, *fault.change()] in survivors]
    copies: Queue[Copy] = Queue()
    processes = int(os.environ.get("MUTANTS_PROCESSES", "2"))
    for number in range(processes):
        copies.put(Copy(str(number + 1)))
    reach = Reach()
    with ThreadPoolExecutor(processes) as threads:
        _record(reach, copies, threads)
        began = time.monotonic()
        end = began + minutes * 60

        def judge(fault: Fault) -> Judged:
            known = equivalent.reason(fault)
            if known or time.monotonic() > end:
                return Judged(fault, Verdict.EQUIVALENT if known else Verdict.NOT_JUDGED, known)
            copy = copies.get()
            try:
                return _judge(fault, copy, reach)
            finally:
                copies.put(copy)

        judged = list(_told(threads.map(judge, faults), len(faults)))
    RESULT.write_text(json.dumps([_row(one) for one in judged], indent=1, ensure_ascii=False), encoding="utf-8")
    return _summary(judged, seed, time.monotonic() - began)


def _record(reach: Reach, copies: "Queue[Copy]", threads: ThreadPoolExecutor) -> None:
    missing = reach.missing()
    if not missing:
        return
    print(f"  Recording which tests reach what, of {len(missing)} test files", flush=True)

    def record(name: str) -> None:
        copy = copies.get()
        try:
            reach.record(name, copy)
        finally:
            copies.put(copy)

    list(threads.map(record, missing))


def _judge(fault: Fault, copy: Copy, reach: Reach) -> Judged:
    tests = reach.tests_of(fault)
    if not tests:
        return Judged(fault, Verdict.SURVIVED, "no test reaches it")
    began = time.monotonic()
    copy.put_in(fault)
    try:
        code, output = copy.test(pytest("-x", *tests), limit=reach.limit(tests))
    finally:
        copy.take_out(fault)
    seconds = time.monotonic() - began
    if code in (TOO_LONG, None):
        return Judged(fault, Verdict.TIMEOUT, f"of {len(tests)} tests", seconds)
    if code == _NO_TEST_FAILED:
        return Judged(fault, Verdict.SURVIVED, f"{len(tests)} tests reach it", seconds)
    failed = json.loads(copy.report.read_text(encoding="utf-8"))["failed"] if copy.report.exists() else []
    if code == _SOME_TEST_FAILED and failed:
        return Judged(fault, Verdict.KILLED, failed[0], seconds)
    if code == _NO_TESTS:
        raise RuntimeError(f"pytest found none of the tests that were recorded:\n{output[-2000:]}")
    return Judged(fault, Verdict.KILLED, "the code cannot be loaded", seconds)


def _told(judged: Iterable[Judged], count: int) -> Iterable[Judged]:
    """Print one line for each as it comes."""
    for number, one in enumerate(judged, 1):
        place = f"{one.fault.path}:{one.fault.line} {one.fault.operator.removeprefix('core/')}"
        print(f"  {number}/{count} {one.verdict}: {place} ({one.seconds:.0f} s, {one.remark})", flush=True)
        yield one


def _summary(judged: list[Judged], seed: str, seconds: float) -> int:
    for one in judged:
        if one.verdict is Verdict.SURVIVED:
            print(f"\nSurvived ({one.fault.operator.removeprefix('core/')}, {one.remark}):\n{one.fault.diff()}")
    for path, before, after in equivalent.stale():
        print(f"\nListed as equivalent, and no longer in the code: {path}\n-{before}\n+{after}")
    print(f"\nSeed {seed}, {len(judged)} faults, {seconds / 60:.1f} minutes")
    for area in AREAS:
        _line(area, [one.verdict for one in judged if one.fault.area == area])
    rate = _line("all", [one.verdict for one in judged])
    return 0 if rate is None or rate >= AT_LEAST else 1


def _line(name: str, verdicts: list[Verdict]) -> float | None:
    """Print the figures of an area, and return the part that was noticed."""
    counts = Counter(verdicts)
    noticed = counts[Verdict.KILLED] + counts[Verdict.TIMEOUT]
    told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict)
    rate = noticed / (noticed + counts[Verdict.SURVIVED]) if noticed + counts[Verdict.SURVIVED] else None
    print(f"{name:12}{told}" + (f": {rate:.1%} noticed" if rate is not None else ""))
    return rate


def _row(one: Judged) -> dict[str, object]:
    before, after = one.fault.change()
    place = {"path": one.fault.path, "line": one.fault.line, "operator": one.fault.operator}
    return {**place, "before": before, "after": after, "verdict": one.verdict, "remark": one.remark}


def _survivors() -> list[list[str]]:
    rows = json.loads(RESULT.read_text(encoding="utf-8"))
    return [[row["path"], row["before"], row["after"]] for row in rows if row["verdict"] == Verdict.SURVIVED]


if __name__ == "__main__":
    sys.exit(main())
