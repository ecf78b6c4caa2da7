"""Run programs one after the other, each with a heading, and stop when asked to."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from portal.dev.server.embedded import HOME, PROJECT
from portal.dev.server.errors import FullDisk, Stopped, Trouble, free_bytes, speaks_of_full_disk

LOGS = HOME / "log"
PAUSE_SECONDS = 0.1
_END_SECONDS = 10.0


class Interrupts:
    """
    Remembers that the person asked to stop.

    Signals only leave a mark, and whoever waits looks at it. An exception out of a signal could come
    between the birth of a child and the line that notes its number, and so leave an orphan.
    """

    def __init__(self) -> None:
        self.asked_to_stop = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._mark)

    def _mark(self, _number: int, _frame: object) -> None:
        self.asked_to_stop = True

    def check(self) -> None:
        """
        Go on only if nobody asked to stop.

        Raises:
            Stopped: somebody did.
        """
        if self.asked_to_stop:
            raise Stopped


def run(
    head: str,
    command: Sequence[str | Path],
    interrupts: Interrupts,
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path = PROJECT,
    advice: str = "",
) -> str:
    """
    Run one step of the start-up quietly; what it says goes to ``.local/log/start.log``.

    Args:
        head: the line to print first; empty prints none.
        advice: what to look at when it fails.

    Returns:
        what the program wrote.

    Raises:
        Trouble: it failed; the sentence holds its last line and the log's path.
        Stopped: the person asked to stop; the program was ended.
    """
    if head:
        print(f"  {head}", flush=True)
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / "start.log"
    with log.open("ab") as output:
        began = output.tell()
        code = wait_for(_start(command, output, environment, folder), interrupts)
    with log.open("rb") as written:
        written.seek(began)
        words = written.read().decode("utf-8", errors="replace")
    if code == 0:
        return words
    if speaks_of_full_disk(words):
        raise FullDisk(PROJECT, free_bytes(PROJECT))
    last = next((line.strip() for line in reversed(words.splitlines()) if line.strip()), f"exit code {code}")
    raise Trouble(f"{head or command[0]} failed: {last} {advice}(log: {log})")


def show(command: Sequence[str | Path], interrupts: Interrupts, *, environment: Mapping[str, str] | None = None) -> int:
    """Run a program whose words go straight to the terminal; answers its exit code."""
    return wait_for(_start(command, None, environment, PROJECT), interrupts)


def wait_for(process: subprocess.Popen[bytes], interrupts: Interrupts) -> int:
    """
    Wait for a program to end.

    Raises:
        Stopped: the person asked to stop; the program and what it started were ended.
    """
    while process.poll() is None:
        if interrupts.asked_to_stop:
            end_group(process)
            raise Stopped
        time.sleep(PAUSE_SECONDS)
    return process.returncode


def end_group(process: subprocess.Popen[bytes], *, seconds: float = _END_SECONDS) -> None:
    """End a program that leads a process group, and all of that group."""
    # On Ctrl-C test runners and package managers put things in order; SIGTERM simply ends many of them.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal_group(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
            break
    signal_group(process.pid, signal.SIGKILL)
    process.wait()


def signal_group(leader: int, number: signal.Signals) -> None:
    """Send a signal to a whole process group; none of it may be left."""
    try:
        os.killpg(leader, number)
    except (ProcessLookupError, PermissionError):
        # macOS answers "not permitted" for a group of which only zombies are left.
        return


def _start(
    command: Sequence[str | Path], output: IO[bytes] | None, environment: Mapping[str, str] | None, folder: Path
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        cwd=folder,
        env=environment,
        start_new_session=True,
    )
