"""Roles and people."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import IntegrityError

from portal.accounts import roles
from portal.accounts.models import User
from portal.accounts.roles import PERMISSIONS, ROLE_NAMES, Role, UnknownPermission, establish_roles, role_of
from tests.support.portal import People

pytestmark = pytest.mark.django_db


def held() -> dict[str, set[str]]:
    return {
        group.name: {
            f"{permission.content_type.app_label}.{permission.codename}" for permission in group.permissions.all()
        }
        for group in Group.objects.prefetch_related("permissions__content_type")
    }


def test_establishing_roles_may_be_repeated_and_puts_right_what_was_bent() -> None:
    establish_roles()
    as_declared = {role.value: set(permissions) for role, permissions in PERMISSIONS.items()}
    assert held() == as_declared
    finance = Group.objects.get(name=Role.FINANCE)
    finance.permissions.add(Permission.objects.get(codename="order", content_type__app_label="subscriptions"))
    Group.objects.get(name=Role.SUPPORT).permissions.clear()
    establish_roles()
    assert held() == as_declared
    assert Group.objects.get(name=Role.FINANCE).pk == finance.pk


def test_a_misspelt_permission_stops_and_leaves_the_groups_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    establish_roles()
    before = held()
    monkeypatch.setattr(roles, "PERMISSIONS", PERMISSIONS | {Role.FINANCE: frozenset({"customers.veiw_customer"})})
    with pytest.raises(UnknownPermission, match=r"customers\.veiw_customer"):
        establish_roles()
    assert held() == before


def test_every_role_has_a_name_and_somebody_may_do_everything_that_is_declared() -> None:
    assert set(ROLE_NAMES) == set(Role)
    assert set().union(*PERMISSIONS.values()) == PERMISSIONS[Role.ADMINISTRATOR]


def test_a_person_with_several_roles_is_called_by_the_one_that_may_do_most(people: People) -> None:
    assert role_of(people.finance) is Role.FINANCE
    people.finance.groups.add(Group.objects.get(name=Role.ACCOUNT_MANAGER))
    assert role_of(people.finance) is Role.ACCOUNT_MANAGER
    people.finance.groups.clear()
    assert role_of(people.finance) is None


def test_an_e_mail_address_is_one_person_however_it_is_written() -> None:
    assert User.objects.create_user("Hanako@Partner.Example", name="花子").email == "hanako@partner.example"
    with pytest.raises(IntegrityError):
        User.objects.create_user("HANAKO@partner.example", name="another")


def test_without_a_password_nobody_signs_in_with_one() -> None:
    assert not User.objects.create_user("hanako@partner.example", name="花子").has_usable_password()


def test_people_are_shown_by_name_else_by_address() -> None:
    assert (
        str(User(email="a@b.example", name="花子")) == User(email="a@b.example", name="花子").get_full_name() == "花子"
    )
    assert str(User(email="a@b.example")) == "a@b.example"


def test_a_superuser_may_do_everything_without_a_role() -> None:
    root = User.objects.create_superuser("root@partner.example", name="Root")
    assert root.has_perm("subscriptions.order")
    assert role_of(root) is None


def test_what_is_given_to_one_person_by_hand_counts_for_nothing(people: People) -> None:
    people.support.user_permissions.set(Permission.objects.filter(codename="order"))

    person = User.objects.get(pk=people.support.pk)

    assert person.has_perm("customers.view_customer")
    assert not person.has_perm("customers.order")
