"""What the frame around every page shows."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from portal.access.models import User
from portal.access.roles import ROLE_NAMES, role_of
from portal.clock import business_today
from portal.htmx import is_swap
from portal.operations.models import Operation
from portal.sync.models import SyncRun


def frame(request: HttpRequest) -> dict[str, Any]:
    """
    Answer the counts and names of the frame; nothing before sign-in.

    A swap has no frame. What waits can be counted in it all the same, by one that tells that something has moved.
    """
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {}
    counts = {"nav_counts": SimpleLazyObject(Operation.objects.count_what_waits)}
    if is_swap(request):  # type: ignore[arg-type]  # asks only for request.htmx
        return counts
    role = role_of(user)
    return counts | {
        "business_today": business_today(),
        "role_name": ROLE_NAMES[role] if role else _("No role"),
        "running_sync": SyncRun.objects.filter(state=SyncRun.State.RUNNING).first(),
    }
