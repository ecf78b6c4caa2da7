"""Django's commands, with the servers and keys of this machine where the environment names none."""

import os
import sys

from django.core.management import execute_from_command_line

from portal.launch import surroundings


def main() -> None:
    """Run the command that the arguments name."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    surroundings.provide()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
