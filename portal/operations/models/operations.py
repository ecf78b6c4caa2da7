"""Operations, each one write at LINE WORKS, and their log."""

from datetime import datetime
from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.operations.models.submissions import AuditEvent, KeptOnceSubmitted, Submission
from portal.operations.states import (
    FOR_A_PERSON,
    IN_FLIGHT,
    NO_CHANGE,
    NOT_VERIFIED,
    NOT_YET_SENT,
    READING_BACK,
    RECORDED,
    RETRYING,
    STEPS,
    WAITING,
    Look,
    State,
)


class OperationQuerySet(models.QuerySet["Operation"]):
    """Operations by what is to be done about them."""

    def of_customer(self, domain_id: int) -> "OperationQuerySet":
        """Those of one customer."""
        return self.filter(domain_id=domain_id)

    def submitted(self) -> "OperationQuerySet":
        """Those that are not drafts."""
        return self.exclude(state=State.PROPOSED)

    def beside(self, submission: Submission) -> "OperationQuerySet":
        """The others of the same customer, or about the same subject: they wait for one another."""
        found = self.filter(domain_id=submission.domain_id, subject=submission.subject)
        return found.exclude(pk=submission.pk) if isinstance(submission, Operation) else found

    def to_send(self, moment: datetime) -> "OperationQuerySet":
        """Those that wait for a worker and whose time to try has come; who decided first goes first."""
        due = Q(next_try_at=None) | Q(next_try_at__lte=moment)
        return self.filter(due, state=State.QUEUED).order_by("confirmed_at", "pk")

    def to_read_back(self, moment: datetime) -> "OperationQuerySet":
        """Those whose outcome is looked for, and whose time to look has come."""
        return self.filter(next_try_at__lte=moment, state__in=READING_BACK).order_by("pk")

    def waiting(self) -> "OperationQuerySet":
        """Those that wait for their turn, their effect or another person."""
        return self.filter(state__in=(*WAITING, State.AWAITING_APPROVAL, State.RETURNED, State.UNASSIGNED))

    def unknown(self) -> "OperationQuerySet":
        """Those whose outcome nobody knows."""
        return self.filter(state__in=FOR_A_PERSON)


class Operation(Submission):
    """
    One change that somebody asked for, from the proposal to what was read afterwards.

    A change that is about no customer yet has a subject instead, the domain name that it is about.
    """

    ref_prefix = "OP"
    released = State.QUEUED
    holding = IN_FLIGHT

    kind = models.CharField(max_length=40)
    domain_id = models.BigIntegerField(null=True, blank=True)
    subject = models.TextField(blank=True)
    request = models.JSONField()
    # The secrets that the one call needs, encrypted; erased with the step after it.
    encrypted_secrets = models.BinaryField(null=True, blank=True)
    # Out of a file, one of many: it waits behind what people do one by one.
    is_bulk = models.BooleanField(default=False)
    state = models.CharField(max_length=20, choices=State.choices, default=State.PROPOSED)

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
    # Off where all was as asked for before it was sent, so that no reading can tell whether it was done.
    is_verifiable = models.BooleanField(default=True)
    # Who settled it by their word; empty when the readings did.
    decided_by_name = models.TextField(blank=True)

    objects: ClassVar[OperationQuerySet] = OperationQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta(Submission.Meta):
        constraints = [
            *Submission.Meta.constraints,
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
                condition=Q(state__in=NOT_YET_SENT) | Q(encrypted_secrets=None), name="no_secret_is_kept_after_the_call"
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="operation_state_is_known"),
            models.CheckConstraint(
                condition=~Q(state__in=[State.ACCEPTED, State.SUCCEEDED]) | Q(sent_at__isnull=False),
                name="accepted_or_done_was_sent",
            ),
        ]
        indexes = [
            *Submission.Meta.indexes,
            models.Index(fields=["state", "next_try_at"], name="operation_to_work_on"),
            models.Index(fields=["domain_id", "-id"], name="operation_of_customer"),
        ]
        triggers = [
            *Submission.Meta.triggers,
            pgtrigger.FSM(
                name="only_the_designed_steps",
                field="state",
                transitions=[(str(old), str(new)) for old, news in STEPS.items() for new in sorted(news)],
            ),
        ]
        permissions = [
            ("settle_operation", _("Can record the result of a request whose outcome is unknown")),
            ("approve_operation", _("Can approve requests of other people")),
            ("approve_as_administrator", _("Can approve requests that need an administrator")),
        ]

    def get_absolute_url(self) -> str:
        """Return the address that the operation keeps for its whole life."""
        return reverse("operations:detail", args=[self.pk])

    @property
    def is_unseen(self) -> bool:
        """Whether it counts as done though nobody has seen it: by a person's word, or by the answer alone."""
        is_seen = self.is_verifiable and self.after_read_at and not self.decided_by_name
        return self.state == State.SUCCEEDED and not is_seen

    @property
    def look(self) -> Look:
        """How its state is shown; a second try is told apart, and how it is known that it was completed."""
        if self.state == State.QUEUED and self.tries:
            return RETRYING
        if not self.is_unseen:
            return super().look
        if self.decided_by_name:
            return RECORDED
        return NOT_VERIFIED if self.is_verifiable else NO_CHANGE


class Event(AuditEvent):
    """One thing that happened to an operation."""

    operation = models.ForeignKey(Operation, models.PROTECT, related_name="events")
    state = models.CharField(max_length=20, choices=State.choices)

    class Meta(AuditEvent.Meta):
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update),
            KeptOnceSubmitted(owner="operations_operation", column="operation_id"),
        ]
