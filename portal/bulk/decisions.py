"""What an approver decides about all requests of a file that await approval, each as if on its own page."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from django.db.models import QuerySet

from portal.accounts.models import User
from portal.bulk.models import Import
from portal.operations import services
from portal.operations.eligibility import for_decision_by
from portal.operations.models import Operation
from portal.operations.states import State

# So many at once: a press must not take longer than people wait. The next press goes on with the rest.
MOST: Final = 100

DECISIONS: Final[Mapping[str, Callable[..., Operation]]] = {
    "approve": services.approve,
    "return": services.send_back,
    "reject": services.reject,
}


def to_decide(draft: Import, by: User) -> QuerySet[Operation]:
    """Return the requests of a file that await approval and that a person may decide on, the oldest first."""
    waiting = Operation.objects.filter(draft_row__draft=draft, state=State.AWAITING_APPROVAL)
    return waiting.filter(for_decision_by(by)).order_by("pk")


def decide(draft: Import, decision: str, *, up_to: int, by: User, note: str = "") -> int:
    """
    Approve, return or reject the first requests of a file that await approval.

    Args:
        draft: the file.
        decision: one of ``DECISIONS``.
        up_to: the last request that the person was shown; the file may have made more since.
        by: an approver.
        note: what to correct, or why; needed for all but the approval.

    Returns:
        How many were decided on.

    Raises:
        PermissionDenied: the person may not approve.
        ValueError: there is no note.
    """
    act = DECISIONS[decision] if decision == "approve" else partial(DECISIONS[decision], note=note)
    found = to_decide(draft, by).filter(pk__lte=up_to)[:MOST]
    for operation in found:
        act(operation, by=by)
    return len(found)
