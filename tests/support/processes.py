"""Looking at processes from outside."""

import os
import socket
import subprocess
from collections.abc import Iterable


def descendants(ancestor: int) -> set[int]:
    """Return the numbers of all processes that a process has started, they and theirs."""
    listing = subprocess.run(["ps", "-axo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parent_of = {int(pid): int(parent) for pid, parent in (line.split() for line in listing.splitlines())}
    found: set[int] = set()
    layer = {ancestor}
    while layer:
        layer = {pid for pid, parent in parent_of.items() if parent in layer} - found
        found |= layer
    return found


def alive(numbers: Iterable[int]) -> set[int]:
    """Return which of these processes still run; one that ended and waits to be collected does not."""
    wanted = set(numbers)
    listing = subprocess.run(["ps", "-axo", "pid=,stat="], capture_output=True, text=True, check=True).stdout
    states = {int(pid): state for pid, state in (line.split(None, 1) for line in listing.splitlines())}
    return {number for number in wanted if number in states and not states[number].startswith("Z")}


def free_port() -> int:
    """Return a port of loopback that nobody has at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def bare_environment(**more: str) -> dict[str, str]:
    """Return the environment of a fresh shell: none of the settings that this test run works with."""
    kept = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "USER", "SYSTEMROOT")
    return {name: os.environ[name] for name in kept if name in os.environ} | more
