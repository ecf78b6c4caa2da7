"""The processes of a run: started again when they fall, and never left behind."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.dev.server import children as under_test
from portal.dev.server import steps
from portal.dev.server.children import RESTARTS, Child, Children
from portal.dev.server.embedded import PROJECT
from portal.dev.server.errors import FullDisk, Stopped, Trouble
from portal.dev.server.steps import Interrupts
from tests.support.processes import alive, bare_environment, descendants
from tests.support.waiting import wait_for

# Starts a child of its own, tells both numbers, and goes on for long.
FAMILY = (
    "import pathlib, subprocess, sys, time;"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
    "pathlib.Path(sys.argv[1]).write_text(str(child.pid)); time.sleep(600)"
)
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(under_test, "LOGS", tmp_path / "log")
    monkeypatch.setattr(steps, "LOGS", tmp_path / "log")
    return tmp_path / "log"


@pytest.fixture
def children(logs: Path) -> Iterator[Children]:
    started = Children(bare_environment())
    yield started
    started.end()


@pytest.fixture
def interrupts() -> Iterator[Interrupts]:
    """Marks of our own, put back afterwards: pytest wants its Ctrl-C."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    yield Interrupts()
    for number, handler in before.items():
        signal.signal(number, handler)


def _pid(child: Child) -> int:
    assert child.process is not None
    return child.process.pid


def _fall(children: Children, child: Child) -> None:
    """Kill it and wait until it has fallen."""
    assert child.process is not None
    child.process.kill()
    child.process.wait()


def test_a_fallen_process_is_started_again(children: Children, capsys: pytest.CaptureFixture[str]) -> None:
    child = Child("sleeper", [sys.executable, "-c", "import time; time.sleep(600)"])
    children.start(child)
    first = _pid(child)
    _fall(children, child)
    children.look_after()
    assert _pid(child) != first
    assert alive([_pid(child)])
    assert "sleeper ended with code -9; starting it again (log:" in capsys.readouterr().out


def test_what_a_fallen_process_had_started_falls_with_it(children: Children, tmp_path: Path) -> None:
    told = tmp_path / "told"
    child = Child("family", [sys.executable, "-c", FAMILY, str(told)])
    children.start(child)
    wait_for(lambda: told.exists() and bool(told.read_text()), "the family is whole")
    grandchild = int(told.read_text())
    _fall(children, child)
    assert alive([grandchild])
    children.look_after()
    wait_for(lambda: not alive([grandchild]), "the grandchild is gone")


def test_one_that_falls_again_and_again_ends_the_run_with_a_sentence(children: Children) -> None:
    child = Child("faller", [sys.executable, "-c", "import sys; sys.exit('No such table.')"])
    children.start(child)

    def look() -> bool:
        children.look_after()
        return False

    with pytest.raises(Trouble, match=r"faller ends again and again: No such table\. \(log: .*faller\.log\)"):
        wait_for(look, "it is given up")
    assert child.log.read_text().count("No such table.") == RESTARTS + 1


def test_one_that_fell_for_want_of_room_says_so(children: Children) -> None:
    words = "OSError: [Errno 28] No space left on device"
    children.start(Child("faller", [sys.executable, "-c", f"import sys; sys.exit({words!r})"]))

    def look() -> bool:
        children.look_after()
        return False

    with pytest.raises(FullDisk):
        wait_for(look, "it is given up")


def test_the_end_ends_the_stubborn_too(logs: Path, tmp_path: Path) -> None:
    children = Children(bare_environment())
    told = tmp_path / "told"
    children.start(Child("family", [sys.executable, "-c", FAMILY, str(told)]))
    stubborn = Child("stubborn", [sys.executable, "-c", STUBBORN], patience_seconds=0.2)
    children.start(stubborn)
    wait_for(lambda: told.exists() and bool(told.read_text()), "the family is whole")
    wait_for(lambda: "up" in stubborn.log.read_text(), "the stubborn one has closed its ears")
    grandchild = int(told.read_text())
    children.end()
    wait_for(lambda: not alive([grandchild, _pid(stubborn)]), "both are gone")


def test_a_killed_run_leaves_nothing(tmp_path: Path) -> None:
    told = tmp_path / "told"
    program = (
        "import pathlib, sys, time; from portal.dev.server import children;"
        "children.LOGS = pathlib.Path(sys.argv[1]);"
        "some = children.Children({});"
        f"some.start(children.Child('family', [sys.executable, '-c', {FAMILY!r}, sys.argv[2]]));"
        "time.sleep(600)"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "log"), str(told)], cwd=PROJECT, env=bare_environment()
    )
    wait_for(lambda: told.exists() and bool(told.read_text()), "the family is whole")
    started = descendants(run.pid)
    assert len(started) == 3, "the guard, the child and the grandchild"
    run.kill()
    run.wait()
    wait_for(lambda: not alive(started), "all is gone")


def test_a_step_that_fails_gives_its_last_line(logs: Path, interrupts: Interrupts) -> None:
    command = [sys.executable, "-c", "import sys; print('much'); sys.exit('The last line.')"]
    with pytest.raises(Trouble, match=r"Doing it failed: The last line\. Look there\. \(log: .*start\.log\)"):
        steps.run("Doing it", command, interrupts, advice="Look there. ")


def test_a_step_that_fills_the_disk_says_so(logs: Path, interrupts: Interrupts) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('npm error ENOSPC: No space left on device, write')"]
    with pytest.raises(FullDisk):
        steps.run("Doing it", command, interrupts)


def test_a_step_answers_what_it_said_and_not_what_the_one_before_said(logs: Path, interrupts: Interrupts) -> None:
    steps.run("", [sys.executable, "-c", "print('one')"], interrupts)
    assert steps.run("", [sys.executable, "-c", "print('two')"], interrupts) == "two\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_step_ends_when_asked_to_stop(
    logs: Path, tmp_path: Path, interrupts: Interrupts, number: signal.Signals
) -> None:
    told = tmp_path / "told"
    process = subprocess.Popen([sys.executable, "-c", FAMILY, str(told)], start_new_session=True)
    wait_for(lambda: told.exists() and bool(told.read_text()), "the family is whole")
    signal.raise_signal(number)
    with pytest.raises(Stopped):
        steps.wait_for(process, interrupts)
    wait_for(lambda: not alive([process.pid, int(told.read_text())]), "the family is gone")
