"""What people want to do: the groups of the request menu, in its order."""

from enum import StrEnum
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Intent(StrEnum):
    """One group of the request menu."""

    LICENSES = "licenses"
    PLAN = "plan"
    OPTIONS = "options"
    START = "start"
    USERS = "users"
    DATA = "data"
    LEAVE = "leave"


INTENT_LABELS: Final[dict[Intent, str | Promise]] = {
    Intent.LICENSES: _("Licenses"),
    Intent.PLAN: _("Plan and renewal"),
    Intent.OPTIONS: _("Options"),
    Intent.START: _("Start and trials"),
    Intent.USERS: _("Users and domain"),
    Intent.DATA: _("Customer data"),
    Intent.LEAVE: _("Leave"),
}
# By which commands a plan changes: the query with which their form opens, and what it comes to.
PLAN_CHANGES: Final[dict[str, tuple[str, str | Promise]]] = {
    "upgradeSubscription": ("", _("upgrade to Advanced, today")),
    "convertSubscriptionToPaid": ("", _("convert to paid, today")),
    "updateRenewal": ("?type=CHANGE", _("another plan or contract type, at renewal on %(date)s")),
}
CHANGE_PLAN: Final = _("Change plan")
# The columns of the menu, from left to right.
COLUMNS: Final = (
    (Intent.LICENSES, Intent.PLAN),
    (Intent.OPTIONS, Intent.START),
    (Intent.USERS, Intent.DATA, Intent.LEAVE),
)
