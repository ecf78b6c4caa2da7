"""
States of operations and of multi-step requests, and the legal transitions.

    proposed → (awaiting approval) → queued → sending → accepted → succeeded
                                       ↑         ├→ refused
                                       └─ not sent ┤
                                                 └→ unknown → succeeded · not applied · undecided (a person records it)
    also: stale (the customer changed since the review) · canceled; a draft (proposed) is deleted instead
    awaiting approval → returned (the approver asks for a correction) → (awaiting approval) → queued · canceled
                      → rejected
    unassigned (the person who confirmed or approved it no longer may) → (awaiting approval) → queued · canceled

A database trigger refuses any other transition.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Look(NamedTuple):
    """How a state is shown. Dashed is what is planned or not yet known, solid is a fact."""

    words: Promise
    tone: str
    icon: str
    is_dashed: bool


# The one table of states, of requests with one step and with several.
LOOKS: Final[Mapping[str, Look]] = {
    "proposed": Look(_("Draft"), "idle", "circle-dashed", is_dashed=True),
    "awaiting_approval": Look(_("Awaiting approval"), "accent", "stamp", is_dashed=True),
    "returned": Look(_("Returned"), "warn", "undo-2", is_dashed=True),
    "rejected": Look(_("Rejected"), "bad", "circle-slash", is_dashed=False),
    "queued": Look(_("Waiting to send"), "idle", "hourglass", is_dashed=True),
    "sending": Look(_("Sending"), "accent", "send", is_dashed=True),
    "accepted": Look(_("Accepted, verifying"), "ok", "check", is_dashed=True),
    "succeeded": Look(_("Completed"), "ok", "check-check", is_dashed=False),
    "refused": Look(_("Declined by LINE WORKS"), "bad", "ban", is_dashed=False),
    "unknown": Look(_("Outcome unknown"), "unk", "circle-question-mark", is_dashed=True),
    "undecided": Look(_("Needs review"), "unk", "user-round-search", is_dashed=True),
    "not_applied": Look(_("Not applied"), "bad", "circle-x", is_dashed=False),
    "stale": Look(_("Not sent (data changed)"), "warn", "git-compare-arrows", is_dashed=False),
    "unassigned": Look(_("Needs someone else"), "warn", "user-round-search", is_dashed=True),
    "canceled": Look(_("Canceled"), "idle", "circle-slash", is_dashed=False),
    # Of a request with several steps.
    "running": Look(_("In progress"), "accent", "send", is_dashed=True),
    "stopped": Look(_("Stopped"), "bad", "octagon-alert", is_dashed=False),
}
# States that more than the column tells apart; see ``Operation.look``.
RETRYING: Final = Look(_("Not sent, retrying"), "idle", "rotate-cw", is_dashed=True)
RECORDED: Final = Look(_("Completed (recorded)"), "ok", "check", is_dashed=False)
NOT_VERIFIED: Final = Look(_("Completed (not verified)"), "ok", "check", is_dashed=False)
NO_CHANGE: Final = Look(_("Completed (no change)"), "ok", "check", is_dashed=False)


class State(models.TextChoices):
    """Where an operation is in its life."""

    PROPOSED = "proposed", LOOKS["proposed"].words
    AWAITING_APPROVAL = "awaiting_approval", LOOKS["awaiting_approval"].words
    QUEUED = "queued", LOOKS["queued"].words
    SENDING = "sending", LOOKS["sending"].words
    ACCEPTED = "accepted", LOOKS["accepted"].words
    SUCCEEDED = "succeeded", LOOKS["succeeded"].words
    REFUSED = "refused", LOOKS["refused"].words
    UNKNOWN = "unknown", LOOKS["unknown"].words
    UNDECIDED = "undecided", LOOKS["undecided"].words
    NOT_APPLIED = "not_applied", LOOKS["not_applied"].words
    STALE = "stale", LOOKS["stale"].words
    UNASSIGNED = "unassigned", LOOKS["unassigned"].words
    RETURNED = "returned", LOOKS["returned"].words
    REJECTED = "rejected", LOOKS["rejected"].words
    CANCELED = "canceled", LOOKS["canceled"].words


STEPS: dict[State, frozenset[State]] = {
    # A draft that is not wanted is deleted.
    State.PROPOSED: frozenset({State.AWAITING_APPROVAL, State.QUEUED, State.STALE}),
    State.AWAITING_APPROVAL: frozenset(
        {State.QUEUED, State.STALE, State.UNASSIGNED, State.RETURNED, State.REJECTED, State.CANCELED}
    ),
    # Whoever asked for it corrects it and submits it again.
    State.RETURNED: frozenset({State.AWAITING_APPROVAL, State.QUEUED, State.STALE, State.CANCELED}),
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

    PROPOSED = "proposed", LOOKS["proposed"].words
    AWAITING_APPROVAL = "awaiting_approval", LOOKS["awaiting_approval"].words
    RETURNED = "returned", LOOKS["returned"].words
    REJECTED = "rejected", LOOKS["rejected"].words
    RUNNING = "running", LOOKS["running"].words
    SUCCEEDED = "succeeded", LOOKS["succeeded"].words
    STOPPED = "stopped", LOOKS["stopped"].words
    STALE = "stale", LOOKS["stale"].words
    CANCELED = "canceled", LOOKS["canceled"].words


BUNDLE_STEPS: dict[BundleState, frozenset[BundleState]] = {
    BundleState.PROPOSED: frozenset({BundleState.AWAITING_APPROVAL, BundleState.RUNNING, BundleState.STALE}),
    BundleState.AWAITING_APPROVAL: frozenset(
        {BundleState.RUNNING, BundleState.STALE, BundleState.RETURNED, BundleState.REJECTED, BundleState.CANCELED}
    ),
    BundleState.RETURNED: frozenset(
        {BundleState.AWAITING_APPROVAL, BundleState.RUNNING, BundleState.STALE, BundleState.CANCELED}
    ),
    BundleState.RUNNING: frozenset({BundleState.SUCCEEDED, BundleState.STOPPED}),
    # A person may say of its last step, whose outcome was unknown, that it was applied.
    BundleState.STOPPED: frozenset({BundleState.SUCCEEDED}),
}

# While one of these holds for a customer, no other write goes out for it.
IN_FLIGHT = (State.SENDING, State.ACCEPTED, State.UNKNOWN, State.UNDECIDED)
# The machine goes on reading LINE WORKS until it sees what happened.
READING_BACK = (State.ACCEPTED, State.UNKNOWN)
# It may still go out, so what the call needs is kept.
NOT_YET_SENT = (
    State.PROPOSED,
    State.AWAITING_APPROVAL,
    State.RETURNED,
    State.QUEUED,
    State.SENDING,
    State.UNASSIGNED,
)
# Nobody answers for it yet, or any more: a person confirms it in their own name.
TO_CONFIRM = (State.PROPOSED, State.RETURNED, State.UNASSIGNED)
SETTLED = (State.SUCCEEDED, State.REFUSED, State.NOT_APPLIED, State.STALE, State.REJECTED, State.CANCELED)
WAITING = (State.QUEUED, State.SENDING, State.ACCEPTED)
FOR_A_PERSON = (State.UNKNOWN, State.UNDECIDED)
