"""``manage.py resync``: sync all data, one customer, or one type of data."""

import sys
import time
from argparse import RawDescriptionHelpFormatter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from portal.core.clock import now
from portal.sync import refresh, runs
from portal.sync.customer_names import names_of
from portal.sync.progress import Followed, FollowedCustomer, FollowedRun, Step
from portal.sync.resources import RESOURCES, Resource
from portal.sync.scheduler import wanted_of

NOT_WHOLE, WRONG, INTERRUPTED = 1, 2, 130
ASKED_BY = "manage.py resync"

LOOK_EVERY_SECONDS = 1.0
BAR_WIDTH = 30
# In a log, a line this often, and one whenever something else is going on.
LINE_EVERY = timedelta(seconds=30)
# Workers show life within seconds; after this long it is said that none does.
SILENCE = timedelta(seconds=60)

EXAMPLES = """\
manage.py resync --wait
manage.py resync --resource invoices
manage.py resync --customer 10000001 --wait

exit status: 0 queued, or with --wait: all data was synced; 1 some data could not be synced, or the sync was stopped;
2 the command is wrong, or another sync is running; 130 interrupted while waiting: the sync itself continues
"""


class Command(BaseCommand):
    """Asks for the reading; workers do it, within the call budget."""

    help = "Sync all data from LINE WORKS, one customer, or one type of data."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Show the examples as they are written."""
        parser = super().create_parser(prog_name, subcommand, epilog=EXAMPLES, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare them."""
        parser.add_argument("--customer", type=int, metavar="ID", help="only the customer with this domain ID")
        parser.add_argument("--resource", metavar="NAME", help="only this type of data, such as subscriptions")
        parser.add_argument("--wait", action="store_true", help="wait until the sync ends, and show its progress")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it."""
        resource = _resource(options["resource"]) if options["resource"] else None
        if options["customer"] is None:
            followed = self._ask_for_all(resource)
        else:
            followed = self._ask_for_customer(options["customer"], resource)
        if options["wait"]:
            self._wait(followed)

    def _ask_for_all(self, resource: Resource | None) -> Followed:
        name = resource.name if resource else ""
        if running := runs.current():
            if running.resource != name:
                raise _wrong(
                    f"Another sync has been running since {_time(running.started_at)}. Stop it or wait until it ends."
                )
            self.stdout.write(f"A sync has been running since {_time(running.started_at)}.")
            return FollowedRun(running)
        run = refresh.start_run(ASKED_BY, name)
        self.stdout.write(f"Sync queued at {_time(run.started_at)}: {resource.title if resource else 'all data'}.")
        return FollowedRun(run)

    def _ask_for_customer(self, domain_id: int, resource: Resource | None) -> Followed:
        name = names_of([domain_id]).get(domain_id)
        if name is None:
            raise _wrong(f"Customer {domain_id} not found. Enter the domain ID that the customer page shows.")
        if resource and resource.of_partner:
            raise _wrong(f"{resource.name} does not belong to a customer. Leave out --customer.")
        asked_at = now()
        asked = refresh.read_customer(domain_id, [resource.name] if resource else ())
        if not asked:
            raise _wrong(f"LINE WORKS no longer lists {name} ({domain_id}). Nothing was synced.")
        self.stdout.write(f"Sync queued at {_time(asked_at)}: {asked} items of {name} ({domain_id}).")
        return FollowedCustomer(list(wanted_of(domain_id)), asked_at)

    def _wait(self, followed: Followed) -> None:
        show = self._draw if self.stdout.isatty() else self._log()
        try:
            while not _shown(followed.step(), show):
                time.sleep(LOOK_EVERY_SECONDS)
        except KeyboardInterrupt:
            self.stderr.write("\nStopped waiting. The sync continues.")
            sys.exit(INTERRUPTED)
        if self.stdout.isatty():
            self.stdout.write("")
        problems = followed.problems()
        for problem in problems:
            self.stderr.write(problem)
        if problems:
            sys.exit(NOT_WHOLE)
        self.stdout.write("All data was synced.")

    def _draw(self, step: Step) -> None:
        """Draw a bar over the one before."""
        full = BAR_WIDTH * step.percent // 100
        self.stdout.write(f"\r\033[K{'█' * full}{'░' * (BAR_WIDTH - full)} {_sentence(step)}", ending="")
        self.stdout.flush()

    def _log(self) -> Callable[[Step], None]:
        """Return what writes a line now and then, and whenever something else is going on."""
        last: list[tuple[str, datetime]] = []

        def write(step: Step) -> None:
            going_on, moment = _trouble(step), now()
            if not step.over and last and last[0][0] == going_on and moment < last[0][1] + LINE_EVERY:
                return
            last[:] = [(going_on, moment)]
            self.stdout.write(_sentence(step))

        return write


def _shown(step: Step, show: Callable[[Step], None]) -> bool:
    show(step)
    return step.over


def _resource(name: str) -> Resource:
    known = {resource.name: resource for resource in RESOURCES}
    if name not in known:
        raise _wrong(f"Unknown type of data: {name}. Use one of: {', '.join(known)}.")
    return known[name]


def _sentence(step: Step) -> str:
    counted = f"{step.done:,} of {step.reads:,} items, {step.percent}%" if step.reads else "loading the customer list"
    return ", ".join(filter(None, (counted, step.words, _trouble(step))))


def _trouble(step: Step) -> str:
    """Say why nothing moves."""
    if step.problem:
        return step.problem
    if not step.over and now() - step.worked_at > SILENCE:
        return f"no worker has responded since {_time(step.worked_at)}; check that one is running"
    return ""


def _wrong(message: str) -> CommandError:
    return CommandError(message, returncode=WRONG)


def _time(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%H:%M:%S}"
