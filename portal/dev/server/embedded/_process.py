"""Start, watch and end one server process."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

START_SECONDS = 60.0
STOP_SECONDS = 30.0
_PAUSE_SECONDS = 0.02

# Servers that this process started itself. It is their parent and has to collect them when they end.
_ours: dict[int, subprocess.Popen[bytes]] = {}


class NotRunning(RuntimeError):
    """A server could not be started or stopped; the sentence says what to do."""


def spawn(
    arguments: Sequence[str], log: Path, *, environment: Mapping[str, str], user: int | None = None
) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own, so that Ctrl-C reaches us alone and we end it in good order."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env=environment,
            user=user,
            group=user,
        )
    _ours[process.pid] = process
    return process


def wait_until_ready(process: subprocess.Popen[bytes], ready: Callable[[], bool], name: str, log: Path) -> None:
    """
    Wait until a server answers.

    Raises:
        NotRunning: it ended, or did not answer in time.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if ready():
            return
        if process.poll() is not None:
            raise NotRunning(f"{name} did not start: {last_line(log)} (log: {log})")
        time.sleep(_PAUSE_SECONDS)
    process.kill()
    process.wait()
    raise NotRunning(f"{name} did not answer within {START_SECONDS:.0f} seconds (log: {log})")


def end(pid: int, name: str, *, signals: Sequence[signal.Signals]) -> None:
    """
    Send the signals one after the other, each with time to work, until the process is gone.

    Raises:
        NotRunning: it is still there after the last one.
    """
    for number in signals:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        if _gone_within(pid, STOP_SECONDS):
            return
    raise NotRunning(f"{name} (process {pid}) does not end; end it by hand")


def is_alive(pid: int) -> bool:
    """Return whether a process exists and has not ended."""
    if pid in _ours:
        return _ours[pid].poll() is None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def last_line(log: Path) -> str:
    """Return the last thing a log says."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    except FileNotFoundError:
        return "it left no log"
    return next((line.strip() for line in reversed(lines) if line.strip()), "it left an empty log")


def _gone_within(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not is_alive(pid):
            return True
        time.sleep(_PAUSE_SECONDS)
    return False
