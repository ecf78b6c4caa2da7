"""
Cancel drafts and approvals that nobody continued, and erase their secrets.

A draft keeps the new administrator's password until it is sent. Without an end, a draft that was left would keep it
forever.
"""

from datetime import timedelta

from portal.core.clock import now
from portal.operations import bundles
from portal.operations.models import Bundle, Operation
from portal.operations.states import State
from portal.operations.transitions import step

# How long each state may last, and what the timeline calls its end.
LIMITS = {
    State.PROPOSED: (timedelta(days=1), "not confirmed in time"),
    State.AWAITING_APPROVAL: (timedelta(days=14), "not approved in time"),
    State.UNASSIGNED: (timedelta(days=14), "not taken over in time"),
}


def lapse() -> None:
    """Cancel what has been proposed, or has waited for a second person or for another one, beyond its limit."""
    for state, (limit, what) in LIMITS.items():
        latest = now() - limit
        for operation in Operation.objects.filter(state=state, state_at__lt=latest):
            step(operation, State.CANCELED, what)
        # A bundle in that state is told by the same word; where it has none, no bundle is found.
        for bundle in Bundle.objects.filter(state=state.value, state_at__lt=latest):
            bundles.lapse(bundle, what)
