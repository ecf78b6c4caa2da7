"""The approval policy."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q

from portal.core.clock import now
from portal.operations.approval_topics import Level


class ApprovalPolicyQuerySet(models.QuerySet["ApprovalPolicy"]):
    """Decisions by whether they count."""

    def in_force(self) -> "ApprovalPolicyQuerySet":
        """Those that count: they make nothing weaker, or another administrator agreed."""
        return self.filter(Q(needs_agreement=False) | Q(agreed_by_id__isnull=False))

    def latest_of_each_topic(self) -> "ApprovalPolicyQuerySet":
        """The latest decision about each topic."""
        return self.order_by("topic", "-pk").distinct("topic")


class ApprovalPolicy(models.Model):
    """
    One decision about whose approval a topic needs; the latest in force about a topic counts.

    A decision that makes the policy weaker counts only once another administrator has agreed. The agreement is a row of
    its own, which repeats the decision. See ``portal.operations.approvals``.

    Append-only, and the database holds it: switching approvals off and on again leaves its trace.
    """

    # Of ``approval_topics``; decisions from before there were topics name an operationId.
    topic = models.CharField(max_length=40)
    level = models.CharField(max_length=20, choices=Level)
    # The number of licenses from which on they are many, where the decision is about that.
    above = models.PositiveIntegerField(null=True, blank=True)
    decided_at = models.DateTimeField(default=now)
    decided_by_id = models.BigIntegerField()
    decided_by_name = models.TextField()
    # It makes the policy weaker than it was.
    needs_agreement = models.BooleanField(default=False)
    agreed_by_id = models.BigIntegerField(null=True, blank=True)
    agreed_by_name = models.TextField(blank=True)

    objects: ClassVar[ApprovalPolicyQuerySet] = ApprovalPolicyQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(agreed_by_id=None) | ~Q(agreed_by_id=F("decided_by_id")),
                name="nobody_agrees_to_their_own_policy",
            ),
        ]
        indexes = [models.Index(fields=["topic", "-id"], name="latest_policy_of_a_topic")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.topic}: {self.level}"
