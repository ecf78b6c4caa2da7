"""Requests with one step and with several, their logs, attempts and answers, and the approval policy."""

from typing import TypeAlias

from portal.operations.models.approvals import ApprovalPolicy
from portal.operations.models.attempts import Answer, Attempt
from portal.operations.models.bundles import Bundle, BundleEvent, BundleStep
from portal.operations.models.operations import Event, Operation
from portal.operations.models.submissions import SCHEMA_VERSION, AuditEvent, Submission, took_part

AnyRequest: TypeAlias = Operation | Bundle

__all__ = [
    "SCHEMA_VERSION",
    "Answer",
    "AnyRequest",
    "ApprovalPolicy",
    "Attempt",
    "AuditEvent",
    "Bundle",
    "BundleEvent",
    "BundleStep",
    "Event",
    "Operation",
    "Submission",
    "took_part",
]
