"""
Whether an approval still holds for the request and the state that were approved.

A digest of both is stored with the confirmation and with the approval. If either has changed before sending, nothing is
sent.
"""

import hashlib
import json
from typing import Any

from portal.operations.approvals import Policy, part_of
from portal.operations.models import Operation
from portal.operations.snapshots import Details, Snapshot, what_is_cached
from portal.sync.resources import RESOURCES

# What happened, for the timeline.
LAPSED, NEEDS_APPROVAL = "approval lapsed", "needs a second person now"


def digest_of(operation: Operation) -> str:
    """Return what stands for the request of an operation, its secrets included, and for what was seen."""
    return digest(
        operation.kind,
        operation.domain_id,
        operation.subject,
        operation.request,
        bytes(operation.sealed or b"").hex(),
        operation.seen,
    )


def digest(*facts: Any) -> str:
    """Return a text that is another one when any of some JSON values is."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def moved_in_the_cache(domain_id: int | None, seen: Snapshot, *, compare_all_fields: Details) -> list[str]:
    """Return the names of the resources that a reading since has found to be other than what was seen."""
    if domain_id is None or not seen.by_resource:
        return []
    cached = what_is_cached(domain_id, [RESOURCES[name] for name in seen.by_resource])
    return [resource.name for resource in cached.changed_since(seen, compare_all_fields=compare_all_fields)]


def approval_problem(operation: Operation, before: Snapshot) -> str:
    """
    Say why an operation that is about to be sent lacks a second person's word; empty if it does not.

    Args:
        operation: its request and what was seen, as the database has them now.
        before: LINE WORKS's state as it is now.

    Returns:
        The name of what happened, for the timeline.
    """
    if operation.approved_digest:
        return "" if operation.approved_digest == digest_of(operation) else LAPSED
    return NEEDS_APPROVAL if Policy.at_present().reasons([part_of(operation, before)]) else ""
