"""``manage.py prepare``: establish the roles, and the people of the demo."""

import json
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.accounts.models import User
from portal.accounts.people import add_person
from portal.accounts.roles import Role, establish_roles

DEMO_PEOPLE = {
    Role.ADMINISTRATOR: ("高橋 健", "takahashi@partnerdesk.example"),
    Role.ACCOUNT_MANAGER: ("佐藤 美咲", "sato@partnerdesk.example"),
    Role.SUPPORT: ("鈴木 彩", "suzuki@partnerdesk.example"),
    Role.FINANCE: ("田中 亮", "tanaka@partnerdesk.example"),
}
_DEMO_ADDRESSES = [email for _name, email in DEMO_PEOPLE.values()]


class Command(BaseCommand):
    """Establishes the roles; may be repeated, and is after every upgrade."""

    help = "Establish the roles. With --demo, and only with the sandbox, also one sign-in for each role."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare --demo."""
        parser.add_argument("--demo", action="store_true", help="add a person for each role, for `make run`")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it, unless the people of the demo would meet real customers."""
        if urlsplit(settings.PARTNER_API_URL).hostname not in ("127.0.0.1", "localhost", "::1"):
            if options["demo"]:
                raise CommandError("--demo is for the sandbox. Add people with `manage.py person add`.")
            if User.objects.filter(email__in=_DEMO_ADDRESSES, is_active=True).exists():
                raise CommandError(
                    "This database was made with the sandbox: its people and customers are made up. Nothing was "
                    "changed. Use another database for LINE WORKS, or clear this one with `make reset`."
                )
        establish_roles()
        if options["demo"]:
            _add_demo_people(settings.BASE_DIR / ".local" / "sign-ins.json")


def _add_demo_people(path: Path) -> None:
    """
    Add the people of the demo who are missing, unless somebody else is there: then the database is somebody's own.

    Nobody who is there is touched. The file says with which passwords they were added.
    """
    known = {entry["email"]: entry["password"] for entry in _read(path)}
    there = set(User.objects.values_list("email", flat=True))
    sign_ins = []
    for role, (name, email) in DEMO_PEOPLE.items():
        password = known.get(email, "")
        if email not in there and there <= set(_DEMO_ADDRESSES):
            password = password or secrets.token_urlsafe(12)
            add_person(email, role, name=name, password=password)
        elif email not in there:
            continue
        sign_ins.append({"role": role.value, "name": name, "email": email, "password": password})
    path.parent.mkdir(exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(sign_ins, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _read(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    entries: list[dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return entries
