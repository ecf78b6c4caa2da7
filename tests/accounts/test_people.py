"""Who may sign in: people whom an administrator has added by a command, and the demo's with the sandbox alone."""

import io
import json
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from portal.accounts.management.commands.prepare import DEMO_PEOPLE
from portal.accounts.models import User
from portal.accounts.people import people_with
from portal.accounts.roles import Role, establish_roles, role_of
from tests.support.portal import People, SignIn

OWN = "correct-horse-battery-staple"
SANDBOX, LINE_WORKS = "http://127.0.0.1:8001/v1.0", "https://www.worksapis.com/v1.0"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _folder(settings: Settings, tmp_path: Path) -> None:
    """A folder of its own for what is written down, and passwords that need not be costly to guess."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.BASE_DIR = tmp_path
    settings.PARTNER_API_URL = SANDBOX
    establish_roles()


def test_who_was_dismissed_is_none_of_those_with_a_permission(people: People) -> None:
    permission = "operations.change_approvalpolicy"
    assert list(people_with(permission)) == [people.administrator]
    User.objects.filter(pk=people.administrator.pk).update(is_active=False)
    assert list(people_with(permission)) == []


def test_a_permission_of_another_app_is_another_one(people: People) -> None:
    alike = Permission.objects.create(
        codename="change_approvalpolicy", content_type=ContentType.objects.get_for_model(User), name="of people"
    )
    Group.objects.get(name=Role.SUPPORT).permissions.add(alike)
    assert list(people_with("operations.change_approvalpolicy")) == [people.administrator]
    assert list(people_with("accounts.change_approvalpolicy")) == [people.support]


def said(*command: str) -> str:
    """Run a command and return what it says."""
    output = StringIO()
    call_command(*command, stdout=output)
    return output.getvalue()


def everybody() -> list[dict[str, object]]:
    """Return all that the database holds of everybody, their roles included."""
    return [
        {**User.objects.filter(pk=person.pk).values().get(), "role": role_of(person)}
        for person in User.objects.order_by("pk")
    ]


def written(folder: Path) -> dict[str, str]:
    """Return the passwords that were written down."""
    entries = json.loads((folder / ".local" / "sign-ins.json").read_text())
    return {entry["email"]: entry["password"] for entry in entries}


def test_the_demo_touches_nobody_who_is_there(tmp_path: Path) -> None:
    said("prepare", "--demo")
    passwords = written(tmp_path)
    assert len(passwords) == len(Role)
    administrator, manager, support, _finance = (User.objects.get(email=email) for _name, email in DEMO_PEOPLE.values())
    administrator.set_password(OWN)
    administrator.save()
    manager.groups.clear()
    support.is_active = False
    support.save()
    before = everybody()

    said("prepare", "--demo")

    assert everybody() == before
    assert written(tmp_path) == passwords


def test_a_database_with_people_of_its_own_gets_none_of_the_demo(people: People, tmp_path: Path) -> None:
    before = everybody()
    said("prepare", "--demo")
    assert (everybody(), written(tmp_path)) == (before, {})


def test_the_demo_does_not_meet_line_works(settings: Settings, tmp_path: Path) -> None:
    settings.PARTNER_API_URL = LINE_WORKS
    with pytest.raises(CommandError, match="person add"):
        said("prepare", "--demo")
    assert (everybody(), (tmp_path / ".local").exists()) == ([], False)
    # Nor by way of a database that was made with the sandbox.
    settings.PARTNER_API_URL = SANDBOX
    said("prepare", "--demo")
    settings.PARTNER_API_URL = LINE_WORKS
    with pytest.raises(CommandError, match="made with the sandbox"):
        said("prepare")
    User.objects.update(is_active=False)
    said("prepare")


def test_the_first_administrator_is_added_with_a_one_time_password(client: Client) -> None:
    words = said("person", "add", "New@Partner.example", "--role", "administrator", "--name", "新任 管理")
    one_time = words.split()[-1]
    person = User.objects.get(email="new@partner.example")
    assert (role_of(person), str(person), person.must_change_password) == (Role.ADMINISTRATOR, "新任 管理", True)

    assert client.post("/account/sign-in/", {"login": person.email, "password": one_time}).status_code == 302
    for address in ("/customers/", "/requests/policy/"):
        answer = client.get(address)
        assert (answer.status_code, answer["Location"]) == (302, "/account/password/")
        assert client.get(address, headers={"HX-Request": "true"})["HX-Redirect"] == "/account/password/"
    assert client.post("/sync/start/")["Location"] == "/account/password/"
    assert "one-time password" in client.get("/account/password/").content.decode()

    wish = {"oldpassword": one_time, "password1": one_time, "password2": one_time}
    assert "Choose a password other" in client.post("/account/password/", wish).content.decode()
    assert client.post("/account/password/", wish | {"password1": OWN, "password2": OWN}).status_code == 302
    assert client.get("/customers/").status_code == 200
    person.refresh_from_db()
    assert (person.must_change_password, person.check_password(OWN)) == (False, True)


def test_a_password_of_ones_own_comes_from_the_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{OWN}\n"))
    words = said("person", "add", "new@partner.example", "--role", "support", "--password")
    person = User.objects.get(email="new@partner.example")
    assert (person.check_password(OWN), person.must_change_password, OWN in words) == (True, False, False)


@pytest.mark.parametrize(
    ("typed", "command", "words"),
    [
        ("", ["add", "sato@partner.example", "--role", "administrator"], "has an account already"),
        ("", ["add", "SATO@partner.example", "--role", "administrator"], "has an account already"),
        ("", ["add", "nobody", "--role", "support"], "no e-mail address"),
        ("short\n", ["add", "new@partner.example", "--role", "support", "--password"], "too short"),
        ("", ["add", "new@partner.example", "--role", "support", "--password"], "There was no password"),
        ("", ["password", "nobody@partner.example"], "Nobody has the address"),
        ("", ["add", "new@partner.example", "--role", "root"], "invalid choice"),
    ],
)
def test_what_cannot_be_done_says_why_and_changes_nothing(
    typed: str, command: list[str], words: str, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    before = everybody()
    with pytest.raises(CommandError, match=words):
        said("person", *command)
    assert everybody() == before


def test_people_are_listed_and_their_accounts_looked_after(people: People, sign_in: SignIn) -> None:
    browser = sign_in(people.support)
    assert "suzuki@partner.example  support  鈴木 彩\n" in said("person", "list")
    said("person", "role", "suzuki@partner.example", "--role", "finance")
    assert role_of(people.support) == Role.FINANCE
    said("person", "deactivate", "suzuki@partner.example")
    assert "suzuki@partner.example  finance  鈴木 彩  may not sign in" in said("person", "list")
    assert browser.get("/customers/").status_code == 302
    said("person", "activate", "suzuki@partner.example")
    assert browser.get("/customers/").status_code == 200
    one_time = said("person", "password", "suzuki@partner.example").split()[-1]
    assert browser.get("/customers/")["Location"].startswith("/account/sign-in/")
    assert User.objects.get(pk=people.support.pk).check_password(one_time)
