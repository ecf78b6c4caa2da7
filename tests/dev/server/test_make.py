"""The Makefile itself, with stand-ins for Python."""

import signal
import subprocess
import sys
from pathlib import Path

from portal.dev.server.embedded import PROJECT
from tests.support.processes import alive, bare_environment, descendants
from tests.support.waiting import wait_for


def _program(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_an_old_python_gets_one_sentence(tmp_path: Path) -> None:
    # A Python that says it is older than it is: what it then runs is the project's own first file.
    pretence = (
        "import runpy, sys; sys.version_info = (3, 9, 2, 'final', 0); sys.argv = sys.argv[1:];"
        "runpy.run_module('portal.dev.server', run_name='__main__')"
    )
    old = _program(tmp_path / "python 3.9", f'#!/bin/sh\nexec "{sys.executable}" -c "{pretence}" "$@"\n')
    result = subprocess.run(
        ["make", "run", f"PYTHON={old}"],
        cwd=PROJECT,
        env=bare_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    assert "needs Python 3.11 or newer" in result.stderr
    assert "is 3.9.2: name a newer one" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_first_file_can_be_read_by_an_old_python() -> None:
    import ast

    source = (PROJECT / "portal" / "dev" / "server" / "__main__.py").read_text()
    ast.parse(source, feature_version=(3, 4))


def test_a_missing_python_gets_one_sentence() -> None:
    result = subprocess.run(
        ["make", "test", "PYTHON=no-such-python"],
        cwd=PROJECT,
        env=bare_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    assert "there is no no-such-python" in result.stderr


def test_sigterm_to_make_reaches_what_it_runs(tmp_path: Path) -> None:
    ready, told = tmp_path / "ready", tmp_path / "told"
    program = (
        "import pathlib, signal, sys, time\n"
        "def end(*_): pathlib.Path(sys.argv[2]).touch(); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\npathlib.Path(sys.argv[1]).touch()\ntime.sleep(600)\n"
    )
    text = f"#!/bin/sh\nexec '{sys.executable}' -c '{program}' '{ready}' '{told}'\n"
    stand_in = _program(tmp_path / "python", text)
    make = subprocess.Popen(
        ["make", "run", f"PYTHON={stand_in}"],
        cwd=PROJECT,
        env=bare_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for(ready.exists, "the stand-in runs")
    started = descendants(make.pid)
    make.send_signal(signal.SIGTERM)
    make.wait(10)
    assert told.exists()
    assert not alive(started)


def test_help_names_every_target() -> None:
    makefile = (PROJECT / "Makefile").read_text()
    [names] = [line.removeprefix(".PHONY:").split() for line in makefile.splitlines() if line.startswith(".PHONY:")]
    # The tests themselves may run below a make, which then would also say where it is.
    quiet = ["make", "--no-print-directory"]
    told = subprocess.run(quiet, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    assert [line.split()[1] for line in told.splitlines()] == names


def test_ci_runs_the_test_command_and_nothing_else() -> None:
    lines = (PROJECT / ".ci" / "run").read_text().splitlines()
    assert lines[1:] == ["set -euo pipefail", 'cd "$(dirname "$0")/.."', "exec make test"]
