"""``manage.py person``: add, list and change people. There is no page for it, so no session can make an account."""

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.accounts import people
from portal.accounts.models import User
from portal.accounts.people import CannotBeDone, person_called
from portal.accounts.roles import Role, role_of

_ASKED_FOR = "ask for the password, or take a line of the standard input; otherwise a one-time password is printed"


class Command(BaseCommand):
    """Adds people, lists them, and changes their role, password and whether they may sign in."""

    help = "Add people who may sign in, list them, and change their role or password."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare what can be done."""
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("list", help="list everybody, with their role and whether they may sign in")
        added = _about_somebody(actions, "add", "add a person; one who is there already is not touched")
        added.add_argument("--name", default="", help="as pages show it")
        for parser_of_role in (added, _about_somebody(actions, "role", "give a person another role")):
            parser_of_role.add_argument("--role", required=True, choices=[role.value for role in Role])
        for parser_of_password in (added, _about_somebody(actions, "password", "give a person another password")):
            parser_of_password.add_argument("--password", action="store_true", help=_ASKED_FOR)
        _about_somebody(actions, "deactivate", "let a person no longer sign in")
        _about_somebody(actions, "activate", "let a person sign in again")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it."""
        if options["action"] == "list":
            for person in User.objects.order_by("email"):
                may = "" if person.is_active else "  may not sign in"
                self.stdout.write(f"{person.email}  {role_of(person) or 'no role'}  {person.name}{may}".rstrip())
            return
        try:
            self._change(options)
        except CannotBeDone as problem:
            raise CommandError(str(problem)) from None

    def _change(self, options: dict[str, Any]) -> None:
        email, action = options["email"], options["action"]
        if action == "add":
            person, one_time = people.add_person(
                email, Role(options["role"]), name=options["name"], password=_password(options)
            )
            self._say(f"{person.email} may sign in as {options['role']}.", one_time)
            return
        person = person_called(email)
        match action:
            case "role":
                people.set_role(person, Role(options["role"]))
                self._say(f"{person.email} is {options['role']} from now on.")
            case "password":
                self._say(f"{person.email} has another password.", people.set_password(person, _password(options)))
            case _:
                people.set_active(person, active=action == "activate")
                self._say(f"{person.email} may {'sign in again' if person.is_active else 'no longer sign in'}.")

    def _say(self, words: str, one_time: str = "") -> None:
        self.stdout.write(words)
        if one_time:
            self.stdout.write(f"One-time password, to be changed at the first sign-in: {one_time}")


def _about_somebody(actions: Any, name: str, words: str) -> ArgumentParser:
    parser: ArgumentParser = actions.add_parser(name, help=words)
    parser.add_argument("email")
    return parser


def _password(options: dict[str, Any]) -> str:
    """
    Ask for the password where nobody sees it, or read it; empty where the command is to make one.

    Raises:
        CannotBeDone: it was left out, or repeated differently.
    """
    if not options["password"]:
        return ""
    if sys.stdin.isatty():
        password, again = getpass("Password: "), getpass("Again: ")
    else:
        password = again = sys.stdin.readline().rstrip("\r\n")
    if not password or password != again:
        raise CannotBeDone("There was no password, or two that differ. Nothing was changed.")
    return password
