"""Multi-step requests, their steps and their log."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.operations.models.operations import Operation
from portal.operations.models.submissions import AuditEvent, KeptOnceSubmitted, Submission
from portal.operations.states import BUNDLE_STEPS, BundleState


class Bundle(Submission):
    """
    One change of several steps, confirmed once; see ``portal.operations.bundles``.

    Each step is an operation of its own, made when the one before it is done.
    """

    url_prefix = "bundle_"
    ref_prefix = "B"
    released = BundleState.RUNNING
    holding = (BundleState.RUNNING,)
    # It is always about a customer.
    subject = ""

    class Purpose(models.TextChoices):
        CHANGE = "change", _("Multi-step request")
        # The rest of a bundle that stopped, or the way back from it.
        FINISH = "finish", _("Remaining steps of a stopped request")
        PUT_BACK = "put_back", _("Reversal of a stopped request")

    domain_id = models.BigIntegerField()
    purpose = models.CharField(max_length=10, choices=Purpose.choices, default=Purpose.CHANGE)
    continues = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="continued_by")
    state = models.CharField(max_length=20, choices=BundleState.choices, default=BundleState.PROPOSED)

    class Meta(Submission.Meta):
        constraints = [
            *Submission.Meta.constraints,
            models.CheckConstraint(condition=Q(state__in=BundleState.values), name="bundle_state_is_known"),
        ]
        indexes = [
            *Submission.Meta.indexes,
            models.Index(fields=["domain_id", "state"], name="bundle_of_customer"),
        ]
        triggers = [
            *Submission.Meta.triggers,
            pgtrigger.FSM(
                name="only_the_designed_steps",
                field="state",
                transitions=[(str(old), str(new)) for old, news in BUNDLE_STEPS.items() for new in sorted(news)],
            ),
        ]

    def get_absolute_url(self) -> str:
        """Return the address that the bundle keeps for its whole life."""
        return reverse("operations:bundle", args=[self.pk])


class BundleStep(models.Model):
    """One step of a bundle, and the operation that carries it out once its turn has come."""

    bundle = models.ForeignKey(Bundle, models.PROTECT, related_name="steps")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=40)
    request = models.JSONField()
    operation = models.OneToOneField(Operation, models.PROTECT, null=True, blank=True, related_name="bundle_step")

    class Meta:
        ordering = ["bundle", "number"]
        constraints = [models.UniqueConstraint(fields=["bundle", "number"], name="one_step_a_number")]
        triggers = [
            pgtrigger.ReadOnly(name="asked_for_once", fields=["bundle", "number", "kind", "request"]),
            KeptOnceSubmitted(owner="operations_bundle", column="bundle_id"),
        ]

    def __str__(self) -> str:
        return f"step {self.number} of {self.bundle_id}"


class BundleEvent(AuditEvent):
    """One thing that happened to a bundle."""

    bundle = models.ForeignKey(Bundle, models.PROTECT, related_name="events")
    state = models.CharField(max_length=20, choices=BundleState.choices)

    class Meta(AuditEvent.Meta):
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update),
            KeptOnceSubmitted(owner="operations_bundle", column="bundle_id"),
        ]
