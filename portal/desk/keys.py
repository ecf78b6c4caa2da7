"""The keys that lead to pages: one table, which the overview of the keys shows and the browser follows."""

from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User


@dataclass(frozen=True)
class Key:
    """
    A page that a key leads to, after ``g``.

    Args:
        letter: the key.
        page: the name of its URL.
        label: as the navigation calls the page.
        permissions: who may open it: a person with any of them; everybody if there is none.
    """

    letter: str
    page: str
    label: str | Promise
    permissions: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """The URL of the page."""
        return reverse(self.page)


KEYS: Final = (
    Key("h", "home", _("Home")),
    Key("c", "customers:list", _("Customers")),
    Key("s", "subscriptions:list", _("Subscriptions"), ("subscriptions.view_subscription",)),
    Key("o", "options:list", _("Options"), ("options.view_optionproduct",)),
    Key("u", "upcoming:list", _("Upcoming")),
    Key("r", "renewals:list", _("Renewals"), ("subscriptions.view_subscription",)),
    Key(
        "b",
        "billing:home",
        _("Billing"),
        ("billing.view_invoice", "billing.view_customerusage", "billing.view_price"),
    ),
    Key("q", "operations:list", _("Requests")),
    Key("l", "bulk:list", _("Bulk requests")),
    Key("d", "changes:list", _("Detected changes"), ("sync.view_syncrun",)),
    Key("e", "operations:policy", _("Settings"), ("operations.change_approvalpolicy",)),
)


def keys_for(person: User) -> list[Key]:
    """Return the keys that lead a person to a page that they may open."""
    return [key for key in KEYS if not key.permissions or any(map(person.has_perm, key.permissions))]
