"""
States of operations and of multi-step requests, and the legal transitions.

    proposed → (awaiting approval) → queued → sending → accepted → succeeded
                                       ↑         ├→ refused
                                       └─ not sent ┤
                                                 └→ unknown → succeeded · not applied · undecided (a person records it)
    also: stale (the customer changed since the review) · canceled
    unassigned (the person who confirmed or approved it no longer may) → (awaiting approval) → queued · canceled

A database trigger refuses any other transition.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """Where an operation is in its life."""

    PROPOSED = "proposed", _("Proposed")
    AWAITING_APPROVAL = "awaiting_approval", _("Awaiting approval")
    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Sending")
    ACCEPTED = "accepted", _("Accepted")
    SUCCEEDED = "succeeded", _("Done and seen")
    REFUSED = "refused", _("Refused")
    UNKNOWN = "unknown", _("Outcome unknown")
    UNDECIDED = "undecided", _("A person decides")
    NOT_APPLIED = "not_applied", _("Not applied")
    STALE = "stale", _("Stale, not sent")
    UNASSIGNED = "unassigned", _("Needs someone else")
    CANCELED = "canceled", _("Canceled")


STEPS: dict[State, frozenset[State]] = {
    State.PROPOSED: frozenset({State.AWAITING_APPROVAL, State.QUEUED, State.STALE, State.CANCELED}),
    State.AWAITING_APPROVAL: frozenset({State.QUEUED, State.STALE, State.UNASSIGNED, State.CANCELED}),
    State.QUEUED: frozenset({State.SENDING, State.STALE, State.CANCELED}),
    # Back to queued only when it is proved that nothing was sent; a worker that dies here leaves unknown.
    State.SENDING: frozenset(
        {State.QUEUED, State.STALE, State.UNASSIGNED, State.ACCEPTED, State.REFUSED, State.UNKNOWN}
    ),
    # Another person takes it over by confirming it in their own name.
    State.UNASSIGNED: frozenset({State.AWAITING_APPROVAL, State.QUEUED, State.STALE, State.CANCELED}),
    State.ACCEPTED: frozenset({State.SUCCEEDED, State.UNDECIDED}),
    State.UNKNOWN: frozenset({State.SUCCEEDED, State.NOT_APPLIED, State.UNDECIDED}),
    State.UNDECIDED: frozenset({State.SUCCEEDED, State.NOT_APPLIED}),
}


class BundleState(models.TextChoices):
    """Where a bundle of several operations is; each of them has a state of its own besides."""

    PROPOSED = "proposed", _("Proposed")
    AWAITING_APPROVAL = "awaiting_approval", _("Awaiting approval")
    RUNNING = "running", _("Under way")
    DONE = "done", _("Done and seen")
    STOPPED = "stopped", _("Stopped on the way")
    STALE = "stale", _("Stale, not sent")
    CANCELED = "canceled", _("Canceled")


BUNDLE_STEPS: dict[BundleState, frozenset[BundleState]] = {
    BundleState.PROPOSED: frozenset(
        {BundleState.AWAITING_APPROVAL, BundleState.RUNNING, BundleState.STALE, BundleState.CANCELED}
    ),
    BundleState.AWAITING_APPROVAL: frozenset({BundleState.RUNNING, BundleState.STALE, BundleState.CANCELED}),
    BundleState.RUNNING: frozenset({BundleState.DONE, BundleState.STOPPED}),
    # A person may say of its last step, whose outcome was unknown, that it was applied.
    BundleState.STOPPED: frozenset({BundleState.DONE}),
}

# While one of these holds for a customer, no other write goes out for it.
IN_FLIGHT = (State.SENDING, State.ACCEPTED, State.UNKNOWN, State.UNDECIDED)
# The machine goes on reading LINE WORKS until it sees what happened.
READING_BACK = (State.ACCEPTED, State.UNKNOWN)
# It may still go out, so what the call needs is kept.
NOT_YET_SENT = (State.PROPOSED, State.AWAITING_APPROVAL, State.QUEUED, State.SENDING, State.UNASSIGNED)
# Nobody answers for it yet, or any more: a person confirms it in their own name.
TO_CONFIRM = (State.PROPOSED, State.UNASSIGNED)
SETTLED = (State.SUCCEEDED, State.REFUSED, State.NOT_APPLIED, State.STALE, State.CANCELED)
WAITING = (State.QUEUED, State.SENDING, State.ACCEPTED)
FOR_A_PERSON = (State.UNKNOWN, State.UNDECIDED)
