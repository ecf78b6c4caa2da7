"""The four roles, and what each may do. A role is a group of the same name."""

from collections.abc import Iterable
from enum import StrEnum

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User


class Role(StrEnum):
    """What somebody is at the partner."""

    ADMINISTRATOR = "administrator"
    ACCOUNT_MANAGER = "account_manager"
    SUPPORT = "support"
    FINANCE = "finance"


ROLE_NAMES: dict[str, Promise] = {
    Role.ADMINISTRATOR: _("Administrator"),
    Role.ACCOUNT_MANAGER: _("Account manager"),
    Role.SUPPORT: _("Support"),
    Role.FINANCE: _("Finance"),
}

_LOOK = frozenset(
    {
        "customers.view_customer",
        "subscriptions.view_subscription",
        "options.view_optionproduct",
        "operations.view_operation",
        "sync.view_syncrun",
        "billing.view_customerusage",
    }
)
_SELL = frozenset({"billing.view_price"})
_FINANCE = _SELL | {
    "billing.view_invoice",
    "billing.view_purchase_price",
    "billing.change_pricelist",
    "billing.sign_off",
    "billing.change_journalaccount",
}
_READ_AGAIN = frozenset({"sync.read_again"})
_NOTE = frozenset({"customers.note"})
_ORDER = frozenset(
    {
        "customers.order",
        "customers.assign",
        "subscriptions.order",
        "options.order",
        "operations.settle_operation",
        "sync.start_syncrun",
    }
)
_GOVERN = frozenset(
    {
        "operations.approve_operation",
        "operations.approve_as_administrator",
        "operations.change_approvalpolicy",
        "connection.connect_vendor",
    }
)

PERMISSIONS: dict[Role, frozenset[str]] = {
    Role.ADMINISTRATOR: _LOOK | _READ_AGAIN | _NOTE | _ORDER | _GOVERN | _FINANCE,
    Role.ACCOUNT_MANAGER: _LOOK | _READ_AGAIN | _NOTE | _ORDER | _SELL | {"operations.approve_operation"},
    Role.SUPPORT: _LOOK | _READ_AGAIN | _NOTE,
    Role.FINANCE: _LOOK | _FINANCE,
}


class UnknownPermission(LookupError):
    """A role names a permission that no app declares."""


@transaction.atomic
def establish_roles() -> None:
    """
    Make the groups and give each exactly its permissions; may be repeated.

    Raises:
        UnknownPermission: a name above is misspelt, or the migrations have not run.
    """
    for role, names in PERMISSIONS.items():
        group, _made = Group.objects.get_or_create(name=role)
        group.permissions.set(_permissions_called(names))


def role_of(user: User) -> Role | None:
    """Return the person's role; the one that may do most if there are several."""
    held = user.roles_held if user.roles_held is not None else set(user.groups.values_list("name", flat=True))
    return next((role for role in Role if role in held), None)


def _permissions_called(names: Iterable[str]) -> list[Permission]:
    found = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    missing = sorted(set(names) - found.keys())
    if missing:
        raise UnknownPermission(f"no app declares {', '.join(missing)}")
    return [found[name] for name in names]
