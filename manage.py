"""Django's commands; in a folder of `make run` with its servers and keys where the environment names none."""

import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

from portal.env import BadSetting

# Where `make run` has been; a deployment has neither this folder nor the packages that `make run` needs.
KEYS_OF_MAKE_RUN = Path(__file__).resolve().parent / ".local" / "keys"


def main() -> None:
    """Run the command that the arguments name."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    if KEYS_OF_MAKE_RUN.exists():
        from portal.dev.server import environment

        environment.provide()
    try:
        execute_from_command_line(sys.argv)
    except BadSetting as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
