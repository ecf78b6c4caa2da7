"""Context processor of the frame around every page."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.accounts.roles import ROLE_NAMES, role_of
from portal.core.clock import business_today
from portal.operations.models import Operation
from portal.sync.models import SyncRun


def frame(request: HttpRequest) -> dict[str, Any]:
    """
    Return the counts and names of the frame; nothing before sign-in.

    Each is asked for only where it is shown: a swap has no frame, unless somebody asks in that way for a page that has
    no part to swap.
    """
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {}
    return {
        "nav_counts": SimpleLazyObject(Operation.objects.count_what_waits),
        "business_today": business_today(),
        "role_name": SimpleLazyObject(lambda: _name_of_role(user)),
        "running_sync": SimpleLazyObject(SyncRun.objects.filter(state=SyncRun.State.RUNNING).first),
    }


def _name_of_role(user: User) -> str:
    role = role_of(user)
    return str(ROLE_NAMES[role]) if role else _("No role")
