"""
The whole of ``make run``, as real processes.

It runs in a copy of the project, in a folder whose name holds a space, so that it meets neither Partnerdesk nor the
locks of whoever works in the original. Only the packages are shared: the Python of this test run, and node_modules.
"""

import json
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from portal.dev.server import node
from portal.dev.server.embedded import PROJECT
from tests.support.processes import alive, bare_environment, descendants, free_port
from tests.support.waiting import wait_for

ROLES = {"administrator", "account_manager", "support", "finance"}
LEFT_OUT = (".git", ".local", ".venv", "node_modules", ".env", "__pycache__", ".*_cache", ".hypothesis")
REMEMBERED = "記憶 保持"
START_SECONDS = 120.0
STOP_SECONDS = 60.0


@dataclass
class Run:
    """One ``make run``, past the installing."""

    folder: Path
    ports: dict[str, str]
    process: subprocess.Popen[str]
    output: Path

    def said(self) -> str:
        return self.output.read_text()

    def has_said(self, words: str) -> bool:
        assert words in self.said() or self.process.poll() is None, self.said()
        return words in self.said()

    def stop(self, number: signal.Signals) -> tuple[int, set[int]]:
        """Stop it; answers its exit code and which of its processes are left."""
        family = descendants(self.process.pid)
        assert family, "nothing to look for afterwards"
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS), alive(family)


@dataclass
class Story:
    """What happened to one folder, in this order, before the tests look at it."""

    terminated: Run
    after_sigterm: tuple[int, set[int]]
    interrupted: Run
    after_sigint: tuple[int, set[int]]
    now: Run


def _begin(folder: Path, ports: dict[str, str], *, until: str = "Ctrl-C stops it") -> Run:
    output = folder / f"output-{len(list(folder.glob('output-*')))}.txt"
    with output.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "portal.dev.server.in_venv", "run"],
            cwd=folder,
            env=bare_environment(**ports),
            stdout=file,
            stderr=file,
            text=True,
        )
    run = Run(folder, ports, process, output)
    try:
        wait_for(lambda: run.has_said(until), f"it says {until!r}", seconds=START_SECONDS)
    except BaseException:
        process.terminate()
        process.wait(STOP_SECONDS)
        raise
    return run


def _manage(folder: Path, program: str) -> str:
    """Run a program in Partnerdesk's shell, in a terminal of its own."""
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", program]
    result = subprocess.run(command, cwd=folder, env=bare_environment(), capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Start from nothing; SIGTERM; a command on its own; a start broken off with SIGINT; start again."""
    folder = tmp_path_factory.mktemp("a folder") / "with spaces in its name"
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns(*LEFT_OUT))
    (folder / "node_modules").symlink_to(node.MODULES)
    ports = {"PORT": str(free_port()), "SANDBOX_PORT": str(free_port())}
    terminated = _begin(folder, ports)
    after_sigterm = terminated.stop(signal.SIGTERM)
    _manage(folder, f"from portal.accounts.models import User; User.objects.update(name={REMEMBERED!r})")
    interrupted = _begin(folder, ports, until="Starting the portal")
    after_sigint = interrupted.stop(signal.SIGINT)
    now = _begin(folder, ports)
    yield Story(terminated, after_sigterm, interrupted, after_sigint, now)
    now.stop(signal.SIGTERM)


@pytest.fixture
def now(story: Story) -> Run:
    return story.now


def test_sigterm_ends_it_in_good_order_and_leaves_no_orphan(story: Story) -> None:
    assert story.after_sigterm == (0, set())
    assert "Stopping" in story.terminated.said()


def test_ctrl_c_during_the_start_leaves_no_orphan(story: Story) -> None:
    assert story.after_sigint == (130, set())
    assert "Traceback" not in story.interrupted.said()


def test_state_survives_a_restart(story: Story) -> None:
    names = "from portal.accounts.models import User; print({person.name for person in User.objects.all()})"
    assert _manage(story.now.folder, names) == str({REMEMBERED})
    sign_ins = [line for line in story.terminated.said().splitlines() if "@" in line]
    assert sign_ins
    assert sign_ins == [line for line in story.now.said().splitlines() if "@" in line]


def test_a_second_start_does_not_do_again_what_is_done(story: Story) -> None:
    work = ("Bringing the database up to date", "Collecting the files")
    assert all(step in story.terminated.said() for step in work)
    assert not any(step in story.now.said() for step in work)


def test_it_tells_its_address_and_a_sign_in_for_each_role(now: Run) -> None:
    assert f"Partnerdesk is at http://127.0.0.1:{now.ports['PORT']}" in now.said()
    people = json.loads((now.folder / ".local" / "sign-ins.json").read_text())
    assert {person["role"] for person in people} == ROLES
    for person in people:
        line = rf"{person['role']} +{re.escape(person['email'])} +{re.escape(person['password'])}"
        assert re.search(line, now.said())


def test_it_serves_the_portal_and_the_sandbox(now: Run) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{now.ports['PORT']}/") as page:
        assert page.status == 200
        assert "/accounts/login/" in page.url or "/sign-in" in page.url
    health = f"http://127.0.0.1:{now.ports['SANDBOX_PORT']}/_control/health"
    with urllib.request.urlopen(health) as answer:
        assert json.load(answer)["ok"] is True


def test_each_part_is_a_process_of_its_own(now: Run) -> None:
    listing = subprocess.run(["ps", "-axwwo", "pid=,command="], capture_output=True, text=True, check=True).stdout
    ours = descendants(now.process.pid)
    commands = [line for line in listing.splitlines() if int(line.split()[0]) in ours]
    for part in (
        "bin/postgres",
        "redis-server",
        "portal.dev.sandbox",
        "gunicorn portal.wsgi",
        "worker .*-Q operations",
        "worker .*-Q pages",
        "worker .*-Q files",
        "worker .*-Q sweep",
        "celery .* beat",
    ):
        assert any(re.search(part, command) for command in commands), part


def test_a_second_run_in_the_folder_is_told_of_the_first(now: Run) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "portal.dev.server", "run"],
        cwd=now.folder,
        env=bare_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert f"process {now.process.pid}, http://127.0.0.1:{now.ports['PORT']}." in second.stderr
    assert not (now.folder / ".venv").exists(), "it went on all the same"


def test_reset_leaves_a_running_portal_alone(now: Run) -> None:
    reset = subprocess.run(
        [sys.executable, "-m", "portal.dev.server", "reset"],
        cwd=now.folder,
        env=bare_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert reset.returncode == 1
    assert "already runs in this folder" in reset.stderr
    assert (now.folder / ".local" / "postgres").is_dir()


def test_a_command_beside_it_sees_the_same_portal(now: Run) -> None:
    said = _manage(now.folder, "from django.conf import settings as s; print(s.PARTNER_API_URL)")
    assert said.strip() == f"http://127.0.0.1:{now.ports['SANDBOX_PORT']}/v1.0"
