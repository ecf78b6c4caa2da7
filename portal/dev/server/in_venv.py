"""The second step of every target, inside ``.venv``: ``python -m portal.dev.server.in_venv run``."""

import sys
from collections.abc import Callable, Sequence

from portal.dev.server import checks, errors
from portal.dev.server.embedded import PROJECT
from portal.dev.server.run import run
from portal.dev.server.steps import Interrupts

_COMMANDS: dict[str, Callable[[Interrupts], None]] = {
    "run": run,
    "test": checks.test,
    "lint": checks.lint,
    "types": checks.types,
    "migrations": checks.migrations,
    "format": checks.reformat,
    "messages": checks.translate,
    "lock": checks.lock,
    "bench": checks.bench,
    "chaos": checks.chaos,
    "mutants": checks.mutants,
    "screenshots": checks.screenshots,
    "install": checks.install,
}


def main(arguments: Sequence[str]) -> None:
    """Do what the target says."""
    with errors.told(PROJECT):
        _COMMANDS[arguments[0]](Interrupts())


if __name__ == "__main__":
    main(sys.argv[1:])
