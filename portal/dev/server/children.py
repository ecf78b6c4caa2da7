"""Start, restart and end the long-running processes."""

import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from portal.dev.server import steps
from portal.dev.server.embedded import PROJECT
from portal.dev.server.errors import FullDisk, Trouble, free_bytes, speaks_of_full_disk
from portal.dev.server.steps import LOGS

# A process that falls more often than this within the time is not started again.
RESTARTS, WITHIN_SECONDS = 3, 60.0
# Celery finishes the task at hand, gunicorn the request; neither may keep the person waiting for longer.
PATIENCE_SECONDS = 20.0
_QUIT_SECONDS = 5.0
_LOG_KEPT_BYTES = 5_000_000


@dataclass
class Child:
    """
    One of Partnerdesk's processes.

    Attributes:
        name: what people read, and the name of its log.
        command: its arguments.
        patience_seconds: how long it may go on with its work when it is to end.
        environment: what it finds there besides what all find.
    """

    name: str
    command: list[str]
    patience_seconds: float = PATIENCE_SECONDS
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    falls: deque[float] = field(default_factory=deque)

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return LOGS / f"{self.name}.log"

    @property
    def has_fallen(self) -> bool:
        """Whether it has ended though nobody asked."""
        return self.process is not None and self.process.poll() is not None


class Children:
    """All of them, and the guard that ends them should this process be killed."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment) | {"PYTHONUNBUFFERED": "1"}
        self._all: list[Child] = []
        self._guard = subprocess.Popen(
            [sys.executable, "-m", "portal.dev.server.reaper"],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def start(self, child: Child) -> None:
        """Start one and look after it from now on."""
        self._all.append(child)
        self._spawn(child)

    def look_after(self) -> None:
        """
        Start again what has fallen.

        Raises:
            Trouble: one falls again and again; the sentence names its log.
        """
        for child in self._all:
            if child.process is not None and child.has_fallen:
                self._start_again(child, child.process)

    def end(self) -> None:
        """End all, the last first, each together with what it started itself."""
        running = [(child, child.process) for child in reversed(self._all) if child.process is not None]
        began = time.monotonic()
        for _, process in running:
            # The leader alone: Celery and gunicorn end their own in good order.
            process.send_signal(signal.SIGTERM)
        for child, process in sorted(running, key=lambda pair: pair[0].patience_seconds):
            if not _ends_within(process, began + child.patience_seconds - time.monotonic()):
                # Celery breaks off the task and hands back what it had taken from the queue.
                process.send_signal(signal.SIGQUIT)
                _ends_within(process, _QUIT_SECONDS)
            steps.signal_group(process.pid, signal.SIGKILL)
            process.wait()
            self._note(f"-{process.pid}")
        if self._guard.stdin is not None:
            self._guard.stdin.close()
        self._guard.wait()

    def _start_again(self, child: Child, process: subprocess.Popen[bytes]) -> None:
        # Its own children must not go on beside those of the next one.
        steps.signal_group(process.pid, signal.SIGKILL)
        self._note(f"-{process.pid}")
        now = time.monotonic()
        child.falls.append(now)
        while child.falls[0] < now - WITHIN_SECONDS:
            child.falls.popleft()
        if len(child.falls) > RESTARTS:
            raise _fallen(child)
        code = process.returncode
        print(f"  {child.name} ended with code {code}; starting it again (log: {child.log})", flush=True)
        self._spawn(child)

    def _spawn(self, child: Child) -> None:
        child.log.parent.mkdir(parents=True, exist_ok=True)
        if child.log.exists() and child.log.stat().st_size > _LOG_KEPT_BYTES:
            child.log.replace(child.log.with_suffix(".old.log"))
        with child.log.open("ab") as output:
            child.process = subprocess.Popen(
                child.command,
                cwd=PROJECT,
                env={**self._environment, **child.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._note(f"+{child.process.pid}")

    def _note(self, note: str) -> None:
        if self._guard.stdin is not None:
            self._guard.stdin.write(f"{note}\n".encode())
            self._guard.stdin.flush()


def _ends_within(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        process.wait(max(seconds, 0.0))
    except subprocess.TimeoutExpired:
        return False
    return True


def _fallen(child: Child) -> Trouble:
    words = child.log.read_text(encoding="utf-8", errors="replace")[-4000:]
    if speaks_of_full_disk(words):
        return FullDisk(PROJECT, free_bytes(PROJECT))
    last = next((line.strip() for line in reversed(words.splitlines()) if line.strip()), "it says nothing")
    return Trouble(f"{child.name} ends again and again: {last} (log: {child.log})")
