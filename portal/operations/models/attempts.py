"""Attempts to send an operation, and their answers."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.core.clock import now
from portal.operations.models.operations import Operation


class AttemptQuerySet(models.QuerySet["Attempt"]):
    """Tries by what may have come of them."""

    def that_may_have_arrived(self) -> "AttemptQuerySet":
        """Those that are not proved to have stayed here: answered somehow, or not at all."""
        return self.exclude(answer__outcome="not_sent")


class Attempt(models.Model):
    """
    One try to send an operation, written before the call: a worker that dies leaves it without an answer.

    Append-only, and the database holds it.
    """

    operation = models.ForeignKey(Operation, models.PROTECT, related_name="attempts")
    started_at = models.DateTimeField(default=now)

    objects: ClassVar[AttemptQuerySet] = AttemptQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        ordering = ["pk"]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"attempt of {self.started_at:%Y-%m-%d %H:%M:%S}"


class Answer(models.Model):
    """What came back for an attempt. At most one for each, and at most one of an operation reached LINE WORKS."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Declined by LINE WORKS")
        NOT_SENT = "not_sent", _("Not sent")
        NO_CLEAR_ANSWER = "no_clear_answer", _("Outcome unknown")

    attempt = models.OneToOneField(Attempt, models.PROTECT, related_name="answer")
    operation = models.ForeignKey(Operation, models.PROTECT, related_name="answers")
    outcome = models.CharField(max_length=20, choices=Outcome.choices)
    at = models.DateTimeField(default=now)
    problem = models.TextField(blank=True)
    exchanges = models.JSONField(default=list)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["operation"], condition=~Q(outcome="not_sent"), name="sent_once_at_most")
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.outcome} for {self.attempt_id}"
