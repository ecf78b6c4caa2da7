"""Django's commands; in a folder of `make run` with its servers and keys where the environment names none."""

import os
import sys

from django.core.management import execute_from_command_line

from portal.dev.server import environment
from portal.env import BadSetting


def main() -> None:
    """Run the command that the arguments name."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    environment.provide()
    try:
        execute_from_command_line(sys.argv)
    except BadSetting as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
