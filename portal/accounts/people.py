"""What an administrator does with accounts: add, change role or password, deactivate."""

import secrets

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q, QuerySet

from portal.accounts.models import User
from portal.accounts.roles import Role


class CannotBeDone(Exception):
    """An account cannot be added or changed as asked for; says why, and nothing was changed."""


def person_called(email: str) -> User:
    """
    Return the person with an e-mail address.

    Raises:
        CannotBeDone: there is none.
    """
    person = User.objects.filter(email=email.strip().lower()).first()
    if person is None:
        raise CannotBeDone(f"Nobody has the address {email}. Nothing was changed.")
    return person


def people_with(permission: str) -> QuerySet[User]:
    """Return the active people whose role has a permission, such as ``sync.read_again``, in the order they joined."""
    app_label, _dot, codename = permission.partition(".")
    through_role = Q(groups__permissions__codename=codename, groups__permissions__content_type__app_label=app_label)
    return User.objects.filter(through_role | Q(is_superuser=True), is_active=True).distinct().order_by("pk")


@transaction.atomic
def add_person(email: str, role: Role, *, name: str = "", password: str = "") -> tuple[User, str]:
    """
    Add a person; one who is there already is not touched.

    Args:
        email: by which they sign in.
        role: what they may do.
        name: as pages show it; the address where there is none.
        password: theirs; without it they get one that they must change when they first sign in.

    Returns:
        The person, and the one-time password; empty if they have their own.

    Raises:
        CannotBeDone: the address is none or is taken, the password is too simple, or the roles are missing.
    """
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise CannotBeDone(f"{email} is no e-mail address. Nobody was added.") from None
    if User.objects.filter(email=email).exists():
        raise CannotBeDone(f"{email} has an account already. Nothing was changed.")
    person = User.objects.create_user(email, name=name)
    set_role(person, role)
    return person, set_password(person, password)


def set_role(person: User, role: Role) -> None:
    """
    Give a person one role in place of those they had.

    Raises:
        CannotBeDone: the roles have not been established.
    """
    group = Group.objects.filter(name=role).first()
    if group is None:
        raise CannotBeDone("The roles are missing: run `manage.py prepare` first. Nothing was changed.")
    person.groups.set([group])


def set_password(person: User, password: str = "") -> str:
    """
    Give a person another password, which ends their sessions; without one, a one-time password.

    Returns:
        The one-time password; empty if there is none.

    Raises:
        CannotBeDone: the password is too simple.
    """
    one_time = "" if password else secrets.token_urlsafe(12)
    if password:
        try:
            validate_password(password, person)
        except ValidationError as error:
            raise CannotBeDone(f"{' '.join(error.messages)} Nothing was changed.") from None
    person.set_password(password or one_time)
    person.must_change_password = bool(one_time)
    person.save(update_fields=["password", "must_change_password"])
    return one_time


def set_active(person: User, *, active: bool) -> None:
    """Let a person sign in again, or no longer; then the pages that they have open end as well."""
    person.is_active = active
    person.save(update_fields=["is_active"])
