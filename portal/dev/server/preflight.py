"""Checks before anything starts: disk space, free ports, one run at a time."""

import fcntl
import json
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from portal.dev.server.embedded import HOME, PROJECT
from portal.dev.server.errors import LEAST_FREE_BYTES, FullDisk, Trouble, free_bytes

# The claim outlives the change to the Python inside .venv: the file stays open under this number.
_CLAIM = "PARTNERDESK_RUN_CLAIM"


def check_disk(folder: Path = PROJECT) -> None:
    """
    Make sure there is room to install and to run.

    Raises:
        FullDisk: less than 500 MB are free.
    """
    free = free_bytes(folder)
    if free < LEAST_FREE_BYTES:
        raise FullDisk(folder, free)


def port(name: str, default: int, environment: Mapping[str, str]) -> int:
    """
    Return the port that an environment variable asks for.

    Raises:
        Trouble: it is no port.
    """
    text = environment.get(name, "") or str(default)
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 65535:
        return int(text)
    raise Trouble(f"{name} is {text!r}: use a whole number from 1 to 65535.")


def check_port(name: str, number: int) -> None:
    """
    Make sure that a port on loopback can be taken.

    Raises:
        Trouble: something else has it, or it is not for us.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
            probe.listen()
        except PermissionError:
            raise Trouble(f"Port {number} is for root alone: choose one above 1023, as in {name}=8080.") from None
        except OSError:
            raise Trouble(
                f"Port {number} is taken by another program: stop that one, "
                f"or choose another port, as in `make run {name}={_another(number)}`."
            ) from None


def claim_run(home: Path = HOME) -> IO[str]:
    """
    Make sure that this is the only run in the folder, from now until the process ends.

    Returns:
        the open file that is the claim.

    Raises:
        Trouble: another run is on; the sentence names its process and address.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    inherited = os.environ.pop(_CLAIM, "")
    if inherited:
        claim = os.fdopen(int(inherited), "r+", encoding="utf-8")
        os.set_inheritable(claim.fileno(), False)
        return claim
    claim = os.fdopen(os.open(home / "run.lock", os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8")
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        running = current_run(home)
        claim.close()
        raise Trouble(
            f"Partnerdesk already runs in this folder: process {running.get('pid', 'unknown')}, "
            f"{running.get('address') or 'still starting'}. Stop it with Ctrl-C there, or with "
            f"`kill {running.get('pid', '…')}`."
        ) from None
    announce(claim, pid=os.getpid())
    return claim


def hand_on(claim: IO[str]) -> dict[str, str]:
    """Let the program that takes our place keep the claim; answers what its environment must hold."""
    os.set_inheritable(claim.fileno(), True)
    return {_CLAIM: str(claim.fileno())}


def announce(claim: IO[str], **facts: str | int) -> None:
    """Write into the claim what others may want to know of this run."""
    claim.seek(0)
    claim.truncate()
    json.dump(facts, claim)
    claim.flush()


def current_run(home: Path = HOME) -> dict[str, str | int]:
    """Return what the present or last run announced; empty when there was none."""
    try:
        facts = json.loads((home / "run.lock").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def is_running(home: Path = HOME) -> bool:
    """Return whether a run of this folder is on; looks, and leaves nothing behind."""
    try:
        claim = (home / "run.lock").open("r", encoding="utf-8")
    except FileNotFoundError:
        return False
    with claim:
        try:
            fcntl.flock(claim, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _another(number: int) -> int:
    return number + 10 if number + 10 <= 65535 else number - 10
