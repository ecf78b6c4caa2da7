"""What runs under the machine's own Python, before ``.venv`` exists."""

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from portal.dev.server import embedded, errors, preflight, venv
from portal.dev.server import environment as surroundings
from portal.dev.server.embedded import HOME, PROJECT
from portal.dev.server.steps import Interrupts

EMBEDDED, DEV = "embedded", "dev"
_COMMANDS = {
    "run": EMBEDDED,
    "test": DEV,
    "lint": DEV,
    "format": DEV,
    "types": DEV,
    "messages": DEV,
    "lock": DEV,
    "bench": DEV,
    "screenshots": DEV,
    "chaos": DEV,
    "mutants": DEV,
    "install": DEV,
}


def main(arguments: Sequence[str]) -> None:
    """Install what the command needs, and go on with it inside ``.venv``; ``reset`` needs nothing installed."""
    command = arguments[0] if arguments else ""
    with errors.told(PROJECT):
        if command == "reset":
            _reset()
        elif command in _COMMANDS:
            _go_inside(command, arguments)
        else:
            raise errors.Trouble(f"There is no {command!r}; there is {', '.join([*_COMMANDS, 'reset'])}.")


def _go_inside(command: str, arguments: Sequence[str]) -> None:
    environment = dict(os.environ)
    # Containers like to set it; then every process that starts here would compile the whole portal anew.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    interrupts = Interrupts()
    if command == "run":
        claim = preflight.claim_run()
        environment |= preflight.hand_on(claim)
        # Better told now than after minutes of installing.
        surroundings.check_ports()
    preflight.check_disk()
    with _alone_at_installing():
        python = venv.ensure(_COMMANDS[command], interrupts)
    interrupts.check()
    os.execve(python, [str(python), "-m", "portal.dev.server.in_venv", *arguments], environment)


def _reset() -> None:
    """Remove ``.local``, unless something works in it."""
    claim = preflight.claim_run()
    for slot in sorted((HOME / "test").glob("*/claim")):
        with slot.open("a") as test_claim:
            try:
                fcntl.flock(test_claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise errors.Trouble("Tests run in this folder: wait until they end.") from None
        embedded.stop_unused(slot.parent)
    if not embedded.stop_unused(HOME):
        raise errors.Trouble("A manage.py command in this folder still uses the database: end it first.")
    shutil.rmtree(HOME)
    claim.close()
    print("Cleared .local: the next `make run` begins afresh.")


@contextmanager
def _alone_at_installing() -> Iterator[None]:
    HOME.mkdir(mode=0o700, exist_ok=True)
    with (HOME / "install.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("  Waiting for another make to finish installing", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
