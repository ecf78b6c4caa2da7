"""``manage.py prepare``: what the portal needs in its database besides the tables."""

import json
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from portal.access.models import User
from portal.access.roles import Role, establish_roles

DEMO_PEOPLE = {
    Role.ADMINISTRATOR: ("高橋 健", "takahashi@partnerdesk.example"),
    Role.ACCOUNT_MANAGER: ("佐藤 美咲", "sato@partnerdesk.example"),
    Role.SUPPORT: ("鈴木 彩", "suzuki@partnerdesk.example"),
    Role.FINANCE: ("田中 亮", "tanaka@partnerdesk.example"),
}


class Command(BaseCommand):
    """Establishes the roles; may be repeated, and is after every upgrade."""

    help = "Establish the roles. With --demo also one sign-in for each, kept in .local/sign-ins.json."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare --demo."""
        parser.add_argument("--demo", action="store_true", help="add a person for each role, for `make run`")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it."""
        establish_roles()
        if options["demo"]:
            _add_demo_people(settings.BASE_DIR / ".local" / "sign-ins.json")


def _add_demo_people(path: Path) -> None:
    """Add the people of the demo, or give them the passwords that the file holds."""
    known = {entry["email"]: entry["password"] for entry in _read(path)}
    sign_ins = []
    for role, (name, email) in DEMO_PEOPLE.items():
        password = known.get(email) or secrets.token_urlsafe(12)
        _ensure(role, name, email, password)
        sign_ins.append({"role": role.value, "name": name, "email": email, "password": password})
    path.parent.mkdir(exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(sign_ins, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


@transaction.atomic
def _ensure(role: Role, name: str, email: str, password: str) -> None:
    person = User.objects.filter(email=email).first() or User.objects.create_user(email, password, name=name)
    if not person.check_password(password):
        person.set_password(password)
        person.save(update_fields=["password"])
    person.groups.set([Group.objects.get(name=role)])


def _read(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    entries: list[dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return entries
