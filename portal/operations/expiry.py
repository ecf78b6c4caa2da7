"""
Delete drafts and cancel approvals that nobody continued, and erase their secrets.

A draft keeps the new administrator's password until it is sent. Without an end, a draft that was left would keep it
forever.
"""

from datetime import datetime, timedelta

from portal.core.clock import now
from portal.operations.drafts import discard
from portal.operations.event_types import EventType
from portal.operations.models import AnyRequest, Bundle, Operation
from portal.operations.states import State
from portal.operations.transitions import step

DRAFT_LASTS = timedelta(days=1)
# How long each further state may last, and what the timeline calls its end.
LIMITS = {
    State.AWAITING_APPROVAL: (timedelta(days=14), EventType.NOT_APPROVED_IN_TIME),
    State.RETURNED: (timedelta(days=14), EventType.NOT_SUBMITTED_AGAIN_IN_TIME),
    State.UNASSIGNED: (timedelta(days=14), EventType.NOT_TAKEN_OVER_IN_TIME),
}


def lapses_at(submission: AnyRequest) -> datetime:
    """Return when a request that awaits approval is canceled, should nobody decide."""
    return submission.state_at + LIMITS[State.AWAITING_APPROVAL][0]


def lapse() -> None:
    """Delete drafts, and cancel what has waited for a second person or for another one, beyond their limits."""
    for model in (Operation, Bundle):
        for draft in model._default_manager.filter(state=State.PROPOSED.value, state_at__lt=now() - DRAFT_LASTS):
            discard(draft)
    for state, (limit, what) in LIMITS.items():
        latest = now() - limit
        for model in (Operation, Bundle):
            # A multi-step request is told by the same word; where it has no such state, none is found.
            for submission in model._default_manager.filter(state=state.value, state_at__lt=latest):
                step(submission, State.CANCELED, what)
