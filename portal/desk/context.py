"""What the frame around every page shows."""

from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest
from django.utils.translation import gettext as _

from portal.access.models import User
from portal.access.roles import ROLE_NAMES, role_of
from portal.clock import business_today
from portal.htmx import is_swap
from portal.operations.models import Operation
from portal.operations.states import FOR_A_PERSON, WAITING, State
from portal.sync.models import SyncRun


def frame(request: HttpRequest) -> dict[str, Any]:
    """Answer the counts and names of the frame; nothing for a swap, which has no frame, or before sign-in."""
    user = getattr(request, "user", None)
    if not isinstance(user, User) or is_swap(request):  # type: ignore[arg-type]  # asks only for request.htmx
        return {}
    role = role_of(user)
    return {
        "business_today": business_today(),
        "role_name": ROLE_NAMES[role] if role else _("No role"),
        "nav_counts": Operation.objects.filter(state__in=(*WAITING, State.AWAITING_APPROVAL, *FOR_A_PERSON)).aggregate(
            operations_waiting=Count("pk", filter=Q(state__in=(*WAITING, State.AWAITING_APPROVAL))),
            operations_unknown=Count("pk", filter=Q(state__in=FOR_A_PERSON)),
        ),
        "running_sync": SyncRun.objects.filter(state=SyncRun.State.RUNNING).first(),
    }
