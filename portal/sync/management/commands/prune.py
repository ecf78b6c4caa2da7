"""``manage.py prune``: delete what is older than the settings keep it."""

from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from portal.sync import pruning
from portal.sync.pruning import BATCH, Pruned

NOTES = """\
manage.py prune --dry-run
manage.py prune --batch 1000

Beat does the same every night. It may be interrupted and run again at any time: each batch is a transaction of its own.
How long each table is kept is set by DETECTED_CHANGES_KEPT_DAYS, METERING_KEPT_DAYS and SYNC_RUNS_KEPT_DAYS.
"""


class Command(BaseCommand):
    """Prunes, or says what would go."""

    help = "Delete detected changes, metering and finished syncs that are older than the settings keep them."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Show the examples as they are written."""
        parser = super().create_parser(prog_name, subcommand, epilog=NOTES, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare them."""
        parser.add_argument("--dry-run", action="store_true", help="count what would go, and delete nothing")
        parser.add_argument("--batch", type=int, default=BATCH, metavar="ROWS", help="rows a transaction, at most")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it."""
        is_dry = options["dry_run"]
        tables = pruning.look() if is_dry else pruning.prune(batch=max(1, options["batch"]))
        if not tables:
            self.stdout.write("Another process is pruning; nothing to do.")
        for table in tables:
            self.stdout.write(_line(table, "would be deleted" if is_dry else "deleted"))


def _line(table: Pruned, done: str) -> str:
    if table.floor is None:
        return f"{table.name}: kept for ever"
    return f"{table.name}: {table.rows:,} {done}, from before {table.floor.day}"
