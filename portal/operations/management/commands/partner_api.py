"""``manage.py partner_api``: one call to LINE WORKS, by hand."""

import json
import sys
from argparse import ArgumentTypeError, RawDescriptionHelpFormatter
from getpass import getpass
from pathlib import Path
from typing import Any, NoReturn

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.accounts.models import User
from portal.operations import raw_calls, raw_manual, raw_parameters
from portal.operations.models import Operation
from portal.operations.presentation import consequences
from portal.operations.raw_parameters import Mistyped, Wish
from portal.operations.services import NotAllowed, confirm
from portal.operations.states import State
from portal.sync.raw_reads import ask
from portal.vendor.client import OPERATIONS, NoClearAnswer, NotSent, PartnerApiError, Refused, raw_answer
from portal.vendor.client import Operation as VendorOperation
from portal.vendor.connection.api import NotConnected
from portal.vendor.ratelimit import NoCapacity

DONE, REFUSED, WRONG, NOT_SENT, NOT_CLEAR, NOT_SEEN, NOT_APPLIED = range(7)
CODES = {
    State.SUCCEEDED: DONE,
    State.REFUSED: REFUSED,
    State.UNKNOWN: NOT_CLEAR,
    State.UNDECIDED: NOT_CLEAR,
    State.SENDING: NOT_CLEAR,
    State.ACCEPTED: NOT_SEEN,
    State.NOT_APPLIED: NOT_APPLIED,
}
LONGEST = {"reason": Operation.reason.field.max_length, "reference": Operation.reference.field.max_length}
LONGEST_WAIT_SECONDS = 86_400

EXAMPLES = """\
manage.py partner_api --list
manage.py partner_api listCustomers --describe
manage.py partner_api listCustomers count=3 orderBy="name asc"
manage.py partner_api deletePreOrder domainId=10000001 preOrderId=7 \\
    --yes-write --by sato@example.com --reason "asked for by phone"

exit status: 0 done, 1 the vendor refused, 2 the command is wrong or not allowed, 3 nothing was sent (yet),
4 no clear answer: what became of it is not known, 5 accepted, but the effect has not been seen yet, 6 no effect
"""


class Command(BaseCommand):
    """Reads print LINE WORKS's JSON and keep nothing; changes become operations like any other."""

    help = "Call one operation of the Partner API: OPERATION key=value …"

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Show the examples as they are written."""
        parser = super().create_parser(prog_name, subcommand, epilog=EXAMPLES, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare them."""
        parser.add_argument("operation", nargs="?", help="its operationId, such as listCustomers")
        parser.add_argument("words", nargs="*", metavar="key=value", help="parameters and members of the body")
        parser.add_argument("--list", action="store_true", help="list all operations")
        parser.add_argument("--describe", action="store_true", help="say what the operation takes")
        parser.add_argument("--body", metavar="FILE", help="take the body from a JSON file")
        parser.add_argument(
            "--secret",
            action="append",
            default=[],
            metavar="NAME",
            help="a member to ask for without showing it; without a terminal it is a line of the standard input",
        )
        parser.add_argument(
            "--state",
            action="append",
            default=[],
            metavar="NAME",
            help="state what LINE WORKS is not sent and cannot be read: terms_accepted for activateCustomer",
        )
        parser.add_argument("--yes-write", action="store_true", help="really change something at the vendor")
        parser.add_argument("--reason", default="", help="why, for a change")
        parser.add_argument("--by", default="", metavar="EMAIL", help="whose change it is: a person of the portal")
        parser.add_argument("--reference", default="", help="a number of yours, for a change")
        parser.add_argument(
            "--wait", type=_seconds, default=60.0, metavar="SECONDS", help="how long to follow a change"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it."""
        name = options["operation"]
        if options["list"] or not name:
            self.stdout.write("\n".join(raw_manual.all_lines()))
            return
        operation = OPERATIONS.get(name)
        if operation is None:
            _stop(WRONG, f"There is no operation {name!r}; `manage.py partner_api --list` names all.")
        if options["describe"]:
            self.stdout.write("\n".join(raw_manual.description(operation)))
            return
        if operation.changes:
            _require_intent(operation, options)
        try:
            wish = raw_parameters.read(
                operation, options["words"], body=_body(options["body"]), secrets=_secrets(options["secret"])
            )
            self._change(wish, options) if operation.changes else self._read(wish)
        except (Mistyped, PermissionDenied, NotAllowed, NotConnected) as error:
            _stop(WRONG, str(error))
        except Refused as error:
            _stop(REFUSED, _said(error))
        except (NotSent, NoCapacity) as error:
            _stop(NOT_SENT, _said(error))
        except NoClearAnswer as error:
            _stop(NOT_CLEAR, _said(error))

    def _read(self, wish: Wish) -> None:
        try:
            answer = ask(wish.operation, wish.parameters, wish.body)
        except ValueError as error:
            # Values beyond what the client lets out, such as a count of 31.
            raise Mistyped(f"{wish.operation.name} cannot be asked so: {error}.") from None
        self.stdout.write(_json(raw_answer(answer)))
        for malformed in getattr(answer, "malformed", []):
            self.stderr.write(
                f"Record {malformed.position} cannot be read: {malformed.record}.{malformed.field}: {malformed.why}"
            )

    def _change(self, wish: Wish, options: dict[str, Any]) -> None:
        person = User.objects.filter(email=options["by"].strip().lower(), is_active=True).first()
        if person is None:
            raise Mistyped(f"Nobody in the portal has the address {options['by']!r}.")
        operation = raw_calls.propose_by_hand(wish, by=person, statements=options["state"])
        for consequence in consequences(operation):
            self.stderr.write(f"{consequence}")
        operation = confirm(operation, by=person, reason=options["reason"], reference=options["reference"])
        operation = raw_calls.follow(operation, seconds=options["wait"])
        self.stdout.write(_json(_outcome(operation)))
        code = CODES.get(State(operation.state), NOT_SENT)
        if code:
            _stop(code, f"{operation.ref}: {operation.standing}. {operation.problem}".strip())


def _require_intent(operation: VendorOperation, options: dict[str, Any]) -> None:
    """A change is asked for three times over: that it is one, why, and by whom."""
    missing = [f"--{name.replace('_', '-')}" for name in ("yes_write", "reason", "by") if not options[name]]
    if missing or not options["reason"].strip():
        _stop(
            WRONG,
            f"{operation.name} changes something at the vendor, so it needs {', '.join(missing or ['--reason'])}. "
            "Nothing was sent.",
        )
    for name in ("reason", "reference", "by"):
        _check_text(name, options[name])


def _check_text(name: str, text: str) -> None:
    """The database holds no more than so much, and nothing that the terminal's encoding could not make text of."""
    most = LONGEST.get(name)
    if most is not None and len(text) > most:
        _stop(WRONG, f"--{name} holds up to {most} characters. Nothing was sent.")
    try:
        text.encode()
    except UnicodeEncodeError:
        _stop(WRONG, f"--{name} cannot be read as text. Nothing was sent.")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= LONGEST_WAIT_SECONDS:
        raise ArgumentTypeError(f"seconds are a number from 0 to {LONGEST_WAIT_SECONDS}, not {text!r}")
    return seconds


def _body(path: str | None) -> dict[str, Any] | None:
    if path is None:
        return None
    try:
        body = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise Mistyped(f"{path} cannot be read as JSON ({error}).") from None
    if not isinstance(body, dict):
        raise Mistyped(f"{path} holds no JSON object.")
    return body


def _secrets(names: list[str]) -> dict[str, str]:
    """Ask for each secret where nobody sees it; a program may write them to the standard input instead."""
    if sys.stdin.isatty():
        return {name: getpass(f"{name}: ") for name in names}
    return {name: sys.stdin.readline().rstrip("\n") for name in names}


def _outcome(operation: Operation) -> dict[str, Any]:
    """Return what a script may want to know of a change."""
    answer = operation.answers.last()
    exchange = answer.exchanges[-1] if answer and answer.exchanges else None
    return {
        "operation": operation.ref,
        "state": operation.state,
        "page": operation.get_absolute_url(),
        "status": exchange["status"] if exchange else None,
        "answer": _parsed(exchange["text"]) if exchange else None,
    }


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text or None


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _said(error: PartnerApiError | NoCapacity) -> str:
    return f"{error}. docs/connecting.md says what each failure means."


def _stop(code: int, sentence: str) -> NoReturn:
    raise CommandError(sentence, returncode=code)
