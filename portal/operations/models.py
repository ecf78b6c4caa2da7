"""Requests, their log, attempts and answers, multi-step requests, and the approval policy."""

from datetime import datetime
from typing import ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.core.clock import business_zone, now
from portal.operations.states import (
    BUNDLE_STEPS,
    FOR_A_PERSON,
    IN_FLIGHT,
    NOT_YET_SENT,
    READING_BACK,
    STEPS,
    TO_CONFIRM,
    WAITING,
    BundleState,
    State,
)

# The form in which requests, snapshots and displays are kept; a row of a later one is shown and not worked on.
SCHEMA_VERSION = 1


class OperationQuerySet(models.QuerySet["Operation"]):
    """Operations by what is to be done about them."""

    def of_customer(self, domain_id: int) -> "OperationQuerySet":
        """Those of one customer."""
        return self.filter(domain_id=domain_id)

    def beside(self, operation: "Operation") -> "OperationQuerySet":
        """The others of the same customer, or about the same subject: they wait for one another."""
        return self.filter(domain_id=operation.domain_id, subject=operation.subject).exclude(pk=operation.pk)

    def to_send(self, moment: datetime) -> "OperationQuerySet":
        """Those that wait for a worker and whose time to try has come; who decided first goes first."""
        due = Q(next_try_at=None) | Q(next_try_at__lte=moment)
        return self.filter(due, state=State.QUEUED).order_by("confirmed_at", "pk")

    def to_read_back(self, moment: datetime) -> "OperationQuerySet":
        """Those whose outcome is looked for, and whose time to look has come."""
        return self.filter(next_try_at__lte=moment, state__in=READING_BACK).order_by("pk")

    def count_what_waits(self) -> dict[str, int]:
        """Return how many wait for their turn, effect or another person, and of how many the outcome is unknown."""
        waiting = (*WAITING, State.AWAITING_APPROVAL, State.UNASSIGNED)
        return self.filter(state__in=(*waiting, *FOR_A_PERSON)).aggregate(
            operations_waiting=Count("pk", filter=Q(state__in=waiting)),
            operations_unknown=Count("pk", filter=Q(state__in=FOR_A_PERSON)),
        )


class Operation(models.Model):
    """
    One change that somebody asked for, from the proposal to what was read afterwards.

    It names people and customers by id and by name, without foreign keys: it must outlive both. A change that is about
    no customer yet has a subject instead, the domain name that it is about.
    """

    kind = models.CharField(max_length=40)
    domain_id = models.BigIntegerField(null=True, blank=True)
    subject = models.TextField(blank=True)
    customer_name = models.TextField()
    request = models.JSONField()
    # The secrets that the one call needs, encrypted; erased with the step after it.
    sealed = models.BinaryField(null=True, blank=True)
    # Out of a file, one of many: it waits behind what people do one by one.
    is_bulk = models.BooleanField(default=False)
    state = models.CharField(max_length=20, choices=State.choices, default=State.PROPOSED)
    state_at = models.DateTimeField(default=now)

    proposed_at = models.DateTimeField(default=now)
    proposed_by_id = models.BigIntegerField()
    proposed_by_name = models.TextField()
    reason = models.CharField(max_length=500, blank=True)
    reference = models.CharField(max_length=80, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by_id = models.BigIntegerField(null=True, blank=True)
    # Others who took part in it and so cannot approve it: uploaded or ran its file, asked for what it repeats or goes
    # on from, confirmed it before somebody took it over.
    also_asked_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    # Who let it go as the second person, and the digest of what they agreed to.
    approved_by_id = models.BigIntegerField(null=True, blank=True)
    approved_digest = models.CharField(max_length=64, blank=True)

    schema_version = models.PositiveSmallIntegerField(default=SCHEMA_VERSION)
    # What pages show of it, see ``portal.operations.display``; empty in rows that are older than it.
    display = models.JSONField(default=dict, blank=True)
    seen = models.JSONField()
    seen_read_at = models.DateTimeField()
    consequences = models.JSONField(default=list)
    before = models.JSONField(null=True, blank=True)
    before_read_at = models.DateTimeField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    after_read_at = models.DateTimeField(null=True, blank=True)

    sent_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0)
    readings = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True)
    # What the problem is called, so that it is worded for whoever reads it.
    trouble = models.CharField(max_length=40, blank=True)
    vendor_code = models.TextField(blank=True)
    # Who settled it by their word; empty when the readings did.
    # Off where all was as asked for before it was sent, so that no reading can tell whether it was done.
    is_verifiable = models.BooleanField(default=True)
    decided_by_name = models.TextField(blank=True)

    objects: ClassVar[OperationQuerySet] = OperationQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["domain_id"],
                condition=Q(state__in=IN_FLIGHT),
                name="one_write_in_flight_per_customer",
            ),
            models.UniqueConstraint(
                fields=["subject"],
                condition=Q(state__in=IN_FLIGHT) & ~Q(subject=""),
                name="one_write_in_flight_per_subject",
            ),
            models.CheckConstraint(
                condition=Q(domain_id__isnull=False, subject="") | (Q(domain_id=None) & ~Q(subject="")),
                name="about_a_customer_or_a_subject",
            ),
            models.CheckConstraint(
                condition=Q(state__in=NOT_YET_SENT) | Q(sealed=None), name="no_secret_is_kept_after_the_call"
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="operation_state_is_known"),
            models.CheckConstraint(
                condition=Q(state__in=[State.PROPOSED, State.STALE, State.CANCELED]) | ~Q(reason=""),
                name="nothing_is_confirmed_without_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.ACCEPTED, State.SUCCEEDED]) | Q(sent_at__isnull=False),
                name="accepted_or_done_was_sent",
            ),
            models.CheckConstraint(
                condition=Q(approved_by_id=None)
                | (~Q(approved_by_id=F("proposed_by_id")) & ~Q(approved_by_id=F("confirmed_by_id"))),
                name="nobody_approves_what_they_asked_for",
            ),
            models.CheckConstraint(
                condition=Q(approved_by_id=None) | ~Q(also_asked_ids__contains=[F("approved_by_id")]),
                name="nobody_approves_what_they_took_part_in",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "next_try_at"], name="operation_to_work_on"),
            models.Index(fields=["domain_id", "-id"], name="operation_of_customer"),
        ]
        triggers = [
            pgtrigger.FSM(
                name="only_the_designed_steps",
                field="state",
                transitions=[(str(old), str(new)) for old, news in STEPS.items() for new in sorted(news)],
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]
        permissions = [
            ("settle_operation", _("Can decide what became of an order with unknown outcome")),
            ("approve_operation", _("Can approve what somebody else asked for")),
        ]

    def __str__(self) -> str:
        return self.ref

    def get_absolute_url(self) -> str:
        """Return the address that the operation keeps for its whole life."""
        return reverse("operations:detail", args=[self.pk])

    @property
    def asker_ids(self) -> set[int]:
        """The people who took part in asking for it; none of them can approve it."""
        confirmed_by = [] if self.confirmed_by_id is None else [self.confirmed_by_id]
        return {self.proposed_by_id, *self.also_asked_ids, *confirmed_by}

    @property
    def ref(self) -> str:
        """The number by which people call it."""
        return f"OP-{self.proposed_at.astimezone(business_zone()):%y%m}-{self.pk:04d}"

    @property
    def is_cancellable(self) -> bool:
        """Whether nothing has left for LINE WORKS yet, so that it can be canceled."""
        return self.state in (*TO_CONFIRM, State.AWAITING_APPROVAL, State.QUEUED)

    @property
    def is_unseen(self) -> bool:
        """Whether it counts as done though nobody has seen it: by a person's word, or by the answer alone."""
        is_seen = self.is_verifiable and self.after_read_at and not self.decided_by_name
        return self.state == State.SUCCEEDED and not is_seen

    @property
    def standing(self) -> str:
        """How it stands, in words: done is told apart by how that is known."""
        if not self.is_unseen:
            return str(self.get_state_display())
        if self.decided_by_name:
            return gettext("Settled as done")
        return gettext("Answered, not read back") if self.is_verifiable else gettext("Answered, nothing to verify")


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
        REFUSED = "refused", _("Refused")
        NOT_SENT = "not_sent", _("Not sent")
        NO_CLEAR_ANSWER = "no_clear_answer", _("No clear answer")

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


class AuditEvent(models.Model):
    """One thing that happened: who did what, when. Append-only, and the database holds it."""

    at = models.DateTimeField(default=now)
    what = models.CharField(max_length=40)
    by_id = models.BigIntegerField(null=True)
    by_name = models.TextField(blank=True)
    note = models.TextField(blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        abstract = True
        ordering = ["pk"]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.what} at {self.at:%H:%M:%S}"


class Event(AuditEvent):
    """One thing that happened to an operation."""

    operation = models.ForeignKey(Operation, models.PROTECT, related_name="events")
    state = models.CharField(max_length=20, choices=State.choices)


class ApprovalPolicyQuerySet(models.QuerySet["ApprovalPolicy"]):
    """Decisions by whether they count."""

    def in_force(self) -> "ApprovalPolicyQuerySet":
        """Those that count: they make nothing weaker, or another administrator agreed."""
        return self.filter(Q(needs_agreement=False) | Q(agreed_by_id__isnull=False))

    def latest_of_each_kind(self) -> "ApprovalPolicyQuerySet":
        """The latest decision about each kind."""
        return self.order_by("kind", "-pk").distinct("kind")


class ApprovalPolicy(models.Model):
    """
    One decision about what needs a second person; the latest in force about a kind counts.

    A decision that makes the policy weaker counts only once another administrator has agreed. The agreement is a row of
    its own, which repeats the decision. See ``portal.operations.approvals``.

    Append-only, and the database holds it: switching the second person off and on again leaves its trace.
    """

    # An operationId, or one of the topics that go across the kinds.
    kind = models.CharField(max_length=40)
    second_person = models.BooleanField()
    # The number of licenses up to which one person suffices, where the decision is about that.
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
        indexes = [models.Index(fields=["kind", "-id"], name="latest_policy_of_a_kind")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.kind}: {'a second person' if self.second_person else 'one person'}"


class BundleQuerySet(models.QuerySet["Bundle"]):
    """Bundles by what is to be done about them."""

    def to_look_at(self) -> "BundleQuerySet":
        """Those under way, those that wait for approval, and those that stopped and that nobody has gone on from."""
        came_to_nothing = Q(state__in=[BundleState.STALE, BundleState.CANCELED])
        gone_on = Bundle.objects.exclude(came_to_nothing).filter(continues=OuterRef("pk"))
        stopped = Q(state=BundleState.STOPPED) & ~Exists(gone_on)
        return self.filter(Q(state__in=[BundleState.AWAITING_APPROVAL, BundleState.RUNNING]) | stopped)


class Bundle(models.Model):
    """
    One change of several steps, confirmed once; see ``portal.operations.bundles``.

    Each step is an operation of its own, made when the one before it is done. Like an operation, a bundle names people
    and the customer by id and by name, and is never deleted.
    """

    class Purpose(models.TextChoices):
        CHANGE = "change", _("Several changes in one")
        # The rest of a bundle that stopped, or the way back from it.
        FINISH = "finish", _("The rest of a bundle that stopped")
        PUT_BACK = "put_back", _("The way back from a bundle that stopped")

    domain_id = models.BigIntegerField()
    customer_name = models.TextField()
    purpose = models.CharField(max_length=10, choices=Purpose.choices, default=Purpose.CHANGE)
    continues = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="continued_by")
    state = models.CharField(max_length=20, choices=BundleState.choices, default=BundleState.PROPOSED)
    state_at = models.DateTimeField(default=now)

    proposed_at = models.DateTimeField(default=now)
    proposed_by_id = models.BigIntegerField()
    proposed_by_name = models.TextField()
    reason = models.CharField(max_length=500, blank=True)
    reference = models.CharField(max_length=80, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by_id = models.BigIntegerField(null=True, blank=True)
    # As for an operation.
    also_asked_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    approved_by_id = models.BigIntegerField(null=True, blank=True)
    approved_digest = models.CharField(max_length=64, blank=True)

    # As for an operation.
    schema_version = models.PositiveSmallIntegerField(default=SCHEMA_VERSION)
    display = models.JSONField(default=dict, blank=True)
    seen = models.JSONField()
    seen_read_at = models.DateTimeField()
    consequences = models.JSONField(default=list)

    objects: ClassVar[BundleQuerySet] = BundleQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=BundleState.values), name="bundle_state_is_known"),
            models.CheckConstraint(
                condition=Q(state__in=[BundleState.PROPOSED, BundleState.STALE, BundleState.CANCELED]) | ~Q(reason=""),
                name="no_bundle_is_confirmed_without_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(approved_by_id=None)
                | (~Q(approved_by_id=F("proposed_by_id")) & ~Q(approved_by_id=F("confirmed_by_id"))),
                name="nobody_approves_the_bundle_they_asked_for",
            ),
            models.CheckConstraint(
                condition=Q(approved_by_id=None) | ~Q(also_asked_ids__contains=[F("approved_by_id")]),
                name="nobody_approves_the_bundle_they_took_part_in",
            ),
        ]
        indexes = [
            models.Index(fields=["domain_id", "state"], name="bundle_of_customer"),
        ]
        triggers = [
            pgtrigger.FSM(
                name="only_the_designed_steps",
                field="state",
                transitions=[(str(old), str(new)) for old, news in BUNDLE_STEPS.items() for new in sorted(news)],
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.ref

    def get_absolute_url(self) -> str:
        """Return the address that the bundle keeps for its whole life."""
        return reverse("operations:bundle", args=[self.pk])

    @property
    def asker_ids(self) -> set[int]:
        """The people who took part in asking for it; none of them can approve it."""
        confirmed_by = [] if self.confirmed_by_id is None else [self.confirmed_by_id]
        return {self.proposed_by_id, *self.also_asked_ids, *confirmed_by}

    @property
    def ref(self) -> str:
        """The number by which people call it."""
        return f"B-{self.proposed_at.astimezone(business_zone()):%y%m}-{self.pk:04d}"


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
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"step {self.number} of {self.bundle_id}"


class BundleEvent(AuditEvent):
    """One thing that happened to a bundle."""

    bundle = models.ForeignKey(Bundle, models.PROTECT, related_name="events")
    state = models.CharField(max_length=20, choices=BundleState.choices)
