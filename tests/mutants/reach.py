"""
Which tests reach which line, recorded once by running each test file under coverage.

A record is kept until the code, or the test file itself, changes.
"""

import ast
import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from coverage import CoverageData

from portal.dev.server.embedded import PROJECT
from tests.mutants.copies import PLACE, Copy
from tests.mutants.faults import AREAS, Fault

# These test other things, or take too long to be run for every fault.
_NOT_RUN = ("tests/browser", "tests/bench", "tests/dev", "tests/vendor/client", "tests/contract", "tests/mutants")
# These look at every rule as it is declared, and call none of the functions beside it.
_ABOUT_ALL_RULES = "tests/core/test_rulebook.py"
# A whole file of tests, where a process that they share with each other has executed a line.
ALL = ""
_RECORDS = PLACE / "records"
_LIMIT_SECONDS = 900.0
# What starting the servers and Django takes, at most, on a machine that does other things too.
_START_SECONDS = 60.0
_TIMES_AS_LONG = 4


def test_files() -> list[str]:
    """Return the test files whose tests judge faults."""
    found = sorted((PROJECT / "tests").rglob("test_*.py"))
    names = [str(path.relative_to(PROJECT)) for path in found]
    chosen = tuple(os.environ.get("MUTANTS_TESTS", "tests").split())
    return [name for name in names if name.startswith(chosen) and not name.startswith(_NOT_RUN)]


class Reach:
    """What the records say of each test file."""

    def __init__(self) -> None:
        self._records: dict[str, dict[str, Any]] = {}

    def missing(self) -> list[str]:
        """Read the records that still hold, and return the test files that have none."""
        ground = _fingerprint()
        for name in test_files():
            try:
                record = json.loads(_record(name).read_text(encoding="utf-8"))
            except (FileNotFoundError, ValueError):
                continue
            if record["ground"] == ground and record["own"] == _own(name):
                self._records[name] = record
        return [name for name in test_files() if name not in self._records]

    def record(self, name: str, copy: Copy) -> None:
        """Run a test file, and note what each of its tests reaches and how long it takes."""
        data = PLACE / f"coverage-{copy.folder.name}"
        settings = PLACE / f"coverage-{copy.folder.name}.ini"
        included = ",".join(pattern for patterns in AREAS.values() for pattern in patterns)
        settings.write_text(
            f"[run]\ninclude={included}\nrelative_files=true\nparallel=true\npatch=subprocess\nsigterm=true\n"
            f"data_file={data}\ncontext=processes\n",
            encoding="utf-8",
        )
        for old in PLACE.glob(f"{data.name}.*"):
            if old != settings:
                old.unlink()
        arguments = ["-m", "coverage", "run", f"--rcfile={settings}", *pytest("-m", "not chaos", name)]
        code, output = copy.test(arguments, limit=_LIMIT_SECONDS)
        if not copy.report.exists():
            print(f"  {name} cannot be run (exit code {code}), and judges nothing:\n{output[-2000:]}", flush=True)
            self._records[name] = {"seconds": {}, "failed": [], "lines": {}}
            return
        report = json.loads(copy.report.read_text(encoding="utf-8"))
        if report["failed"]:
            print(f"  fail without any fault, and judge nothing: {', '.join(report['failed'])}", flush=True)
        lines: defaultdict[str, defaultdict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        for part in PLACE.glob(f"{data.name}.*"):
            if part != settings:
                _read(part, lines)
                part.unlink()
        kept = {path: {line: sorted(tests) for line, tests in by.items()} for path, by in lines.items()}
        record = {"ground": _fingerprint(), "own": _own(name), **report, "lines": kept}
        _RECORDS.mkdir(parents=True, exist_ok=True)
        _record(name).write_text(json.dumps(record), encoding="utf-8")
        self._records[name] = json.loads(json.dumps(record))

    def tests_of(self, fault: Fault) -> list[str]:
        """Return the tests that reach a fault, the quick files first, as pytest takes them."""
        lines, is_inside = statement(fault.path, fault.line)
        chosen: dict[str, set[str]] = {}
        for name, record in self._records.items():
            by_line: dict[str, list[str]] = record["lines"].get(fault.path, {})
            reaching = {test for line in lines for test in by_line.get(str(line), ())}
            if reaching and not is_inside:
                # Executed at import: it shows in whatever uses the module.
                reaching = {test for tests in by_line.values() for test in tests} - {ALL}
                if name == _ABOUT_ALL_RULES and "/rules" in fault.path:
                    reaching = set(record["seconds"])
            if reaching == {ALL}:
                reaching = set(record["seconds"])
            if tests := reaching - {ALL} - set(record["failed"]):
                chosen[name] = tests
        if not chosen and not is_inside:
            chosen = {
                name: set(record["seconds"]) for name, record in self._records.items() if _loads(name, fault.path)
            }
        by_time = sorted(chosen, key=lambda name: sum(map(self._seconds, chosen[name])))
        return [test for name in by_time for test in sorted(chosen[name], key=self._seconds)]

    def limit(self, tests: list[str]) -> float:
        """Return how long these tests may take."""
        return _START_SECONDS + _TIMES_AS_LONG * sum(map(self._seconds, tests))

    def _seconds(self, test: str) -> float:
        return float(self._records[test.partition("::")[0]]["seconds"].get(test, 0.0))


def pytest(*arguments: str) -> list[str]:
    """Return the arguments of Python for a run of pytest."""
    return [
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:randomly",
        "-p",
        "no:cacheprovider",
        "-p",
        "tests.mutants.watch",
        *arguments,
    ]


@cache
def _tree(path: str) -> ast.Module:
    return ast.parse((PROJECT / path).read_text(encoding="utf-8"))


def statement(path: str, line: int) -> tuple[range, bool]:
    """Return the lines of the innermost statement at a line, and whether it stands in a function."""
    found, is_inside = range(line, line + 1), False
    for node, within in _statements(_tree(path), False):
        head = _head(node)
        if line in head:
            found, is_inside = head, within
    return found, is_inside


def _statements(node: ast.AST, within: bool) -> Iterator[tuple[ast.stmt | ast.excepthandler, bool]]:
    """Yield all statements, the outer ones first."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt | ast.excepthandler):
            yield child, within
        yield from _statements(child, within or isinstance(child, ast.FunctionDef))


def _head(node: ast.stmt | ast.excepthandler) -> range:
    """Return the lines of a statement without those of the statements in it."""
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    body = getattr(node, "body", None)
    last = body[0].lineno - 1 if isinstance(body, list) else node.end_lineno or node.lineno
    return range(first, max(first, last) + 1)


def _read(part: Path, lines: defaultdict[str, defaultdict[int, set[str]]]) -> None:
    data = CoverageData(str(part))
    data.read()
    for path in data.measured_files():
        for line, contexts in data.contexts_by_lineno(path).items():
            # "processes|tests/x.py::test_y" in the process of the test, "processes" in others and at import.
            lines[path][line] |= {context.partition("|")[2] or ALL for context in contexts}


def _loads(name: str, path: str) -> bool:
    """Return whether a test file itself imports from a module, as that of a module of declarations alone does."""
    module = path.removesuffix(".py").replace("/", ".")
    return f"from {module} import " in (PROJECT / name).read_text(encoding="utf-8")


def _record(name: str) -> Path:
    return _RECORDS / (name.replace("/", ".") + ".json")


def _own(name: str) -> str:
    return hashlib.sha256((PROJECT / name).read_bytes()).hexdigest()


@cache
def _fingerprint() -> str:
    """Return what changes with the code and with what the tests share."""
    digest = hashlib.sha256()
    for folder in ("portal", "customers", "subscriptions", "options", "billing", "templates", "tests"):
        for path in sorted((PROJECT / folder).rglob("*")):
            is_own = path.name.startswith("test_") or "mutants" in path.parts[-2:]
            if path.is_file() and path.suffix in (".py", ".html", ".lua", ".json") and not is_own:
                digest.update(str(path).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
