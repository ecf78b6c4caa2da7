"""
Whether an approval still holds for the request and the state that were approved.

A digest of both is stored with the confirmation and with the approval. If either has changed before sending, nothing is
sent.
"""

import hashlib
import json
from typing import Any

from portal.operations.approval_topics import Level
from portal.operations.approvals import Policy, part_of
from portal.operations.event_types import EventType
from portal.operations.models import AnyRequest, Bundle, Operation
from portal.operations.snapshots import Details, Snapshot, what_is_cached
from portal.sync.resources import RESOURCES


def digest_of(submission: AnyRequest) -> str:
    """Return what stands for the steps of a request, their secrets included, and for what was seen."""
    if isinstance(submission, Bundle):
        asked = [[step.kind, step.request] for step in submission.steps.all()]
        return _digest(submission.domain_id, asked, submission.baseline)
    return _digest(
        submission.kind,
        submission.domain_id,
        submission.subject,
        submission.request,
        bytes(submission.encrypted_secrets or b"").hex(),
        submission.baseline,
    )


def _digest(*facts: Any) -> str:
    """Return a text that is another one when any of some JSON values is."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def moved_in_the_cache(domain_id: int | None, seen: Snapshot, *, compare_all_fields: Details) -> list[str]:
    """Return the names of the resources that a reading since has found to be other than what was seen."""
    if domain_id is None or not seen.by_resource:
        return []
    cached = what_is_cached(domain_id, [RESOURCES[name] for name in seen.by_resource])
    return [resource.name for resource in cached.changed_since(seen, compare_all_fields=compare_all_fields)]


def approval_problem(operation: Operation, before: Snapshot) -> EventType | None:
    """
    Return why an operation that is about to be sent lacks a second person's approval; None if it does not.

    Args:
        operation: its request and what was seen, as the database has them now.
        before: LINE WORKS's state as it is now.
    """
    if operation.approved_digest:
        return None if operation.approved_digest == digest_of(operation) else EventType.APPROVAL_LAPSED
    level = Policy.at_present().level([part_of(operation, before)])
    return None if level is Level.NONE else EventType.APPROVAL_NEEDED_NOW
