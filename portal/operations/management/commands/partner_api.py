"""``manage.py partner_api``: one call to LINE WORKS from the command line."""

import json
import sys
from argparse import ArgumentTypeError, RawDescriptionHelpFormatter
from getpass import getpass
from typing import Any, NoReturn

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.accounts.models import User
from portal.operations import manual_calls
from portal.operations.chains import NotAllowed
from portal.operations.manual_calls import BadCall
from portal.operations.models import Operation
from portal.operations.presentation import consequences
from portal.operations.request_secrets import put
from portal.operations.services import confirm
from portal.operations.states import State
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
manage.py partner_api listCustomers --describe
manage.py partner_api listCustomers --json '{"count": 3, "orderBy": "name asc"}'
manage.py partner_api deletePreOrder --json '{"domainId": 10000001, "preOrderId": 7}' \\
    --yes-write --by sato@example.com --reason "asked for by phone"
manage.py partner_api createCustomer --json - --yes-write --by … --reason … < customer.json

A password stands in no argument: it is asked for, or is part of the JSON on the standard input.

exit status: 0 done, 1 the vendor refused, 2 the command is wrong or not allowed, 3 nothing was sent (yet),
4 no clear answer: what became of it is not known, 5 accepted, but the effect has not been seen yet, 6 no effect
"""


class Command(BaseCommand):
    """Reads print LINE WORKS's JSON and keep nothing; changes become operations like any other."""

    help = "Call one operation of the Partner API. Without an operation it lists all."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Show the examples as they are written."""
        parser = super().create_parser(prog_name, subcommand, epilog=EXAMPLES, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare them."""
        parser.add_argument("operation", nargs="?", help="its operationId, such as listCustomers")
        parser.add_argument("--describe", action="store_true", help="say what the operation takes")
        parser.add_argument(
            "--json", default="{}", help="what to ask for, by LINE WORKS's names; - takes it from the standard input"
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
        if not name:
            for each in OPERATIONS.values():
                kind = "write" if each.changes else "read"
                self.stdout.write(f"{each.name:<28} {kind:<6} {manual_calls.purpose(each)}")
            return
        operation = OPERATIONS.get(name)
        if operation is None:
            _stop(WRONG, f"There is no operation {name!r}; `manage.py partner_api` lists all.")
        if options["describe"]:
            self.stdout.write(manual_calls.description(operation))
            return
        if operation.changes:
            _require_intent(operation, options)
        try:
            given = _given(operation, options["json"])
            self._change(operation, given, options) if operation.changes else self._read(operation, given)
        except (BadCall, PermissionDenied, NotAllowed, NotConnected) as error:
            _stop(WRONG, str(error))
        except Refused as error:
            _stop(REFUSED, _said(error))
        except (NotSent, NoCapacity) as error:
            _stop(NOT_SENT, _said(error))
        except NoClearAnswer as error:
            _stop(NOT_CLEAR, _said(error))

    def _read(self, operation: VendorOperation, given: dict[str, Any]) -> None:
        answer = manual_calls.read(operation, given)
        self.stdout.write(_json(raw_answer(answer)))
        for malformed in getattr(answer, "malformed", []):
            self.stderr.write(
                f"Record {malformed.position} cannot be read: {malformed.record}.{malformed.field}: {malformed.why}"
            )

    def _change(self, asked: VendorOperation, given: dict[str, Any], options: dict[str, Any]) -> None:
        person = User.objects.filter(email=options["by"].strip().lower(), is_active=True).first()
        if person is None:
            raise BadCall(f"Nobody in the portal has the address {options['by']!r}.")
        operation = manual_calls.propose_by_hand(asked, given, by=person)
        for consequence in consequences(operation):
            self.stderr.write(f"{consequence}")
        operation = confirm(operation, by=person, reason=options["reason"], reference=options["reference"])
        operation = manual_calls.follow(operation, seconds=options["wait"])
        self.stdout.write(_json(_outcome(operation)))
        code = CODES.get(State(operation.state), NOT_SENT)
        if code:
            _stop(code, f"{operation.ref}: {operation.look.words}. {operation.problem}".strip())


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


def _given(operation: VendorOperation, text: str) -> dict[str, Any]:
    """Return what is asked for. Arguments stay in the history of the shell, so no secret is taken from one."""
    given = manual_calls.parse(sys.stdin.read() if text == "-" else text)
    for place in manual_calls.secret_places(operation.body):
        if text != "-" and manual_calls.value_at(given, place) is not None:
            raise BadCall(f"{place} is a secret: leave it out to be asked for it, or use --json -.")
        around = manual_calls.value_at(given, place.rpartition(".")[0])
        if text != "-" and around is not None:
            given = put(given, place, getpass(f"{place}: "))
    return given


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
