"""What requests with one step and with several have in common, and the log of either."""

from typing import TYPE_CHECKING, Any, ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from portal.core.clock import business_zone, now
from portal.core.company_names import sort_name
from portal.operations.approval_topics import Level
from portal.operations.states import LOOKS, TO_CONFIRM, BundleState, Look, State

# The form in which requests, snapshots and displays are kept; a row of a later one is shown and not worked on.
SCHEMA_VERSION = 1
_NOT_CONFIRMED = ("proposed", "stale", "canceled")


def took_part(person_id: int) -> Q:
    """Return the condition that a person took part in asking for a request; see ``Submission.asker_ids``."""
    return Q(proposed_by_id=person_id) | Q(confirmed_by_id=person_id) | Q(also_asked_ids__contains=[person_id])


class KeptOnceSubmitted(pgtrigger.Trigger):
    """
    Refuses to delete what belongs to a request, unless that is still a draft.

    Args:
        owner: the table of the request.
        column: that refers to it.
    """

    when = pgtrigger.Before
    operation = pgtrigger.Delete

    def __init__(self, *, owner: str, column: str) -> None:
        super().__init__(
            name="kept_once_submitted",
            func=f"""
                IF EXISTS (SELECT 1 FROM {owner} WHERE id = OLD.{column} AND state = '{State.PROPOSED}') THEN
                    RETURN OLD;
                END IF;
                RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;
            """,  # noqa: S608  # names of our own tables and columns
        )


class Submission(models.Model):
    """
    What a person submits, from the proposal to its end: one operation, or several of them in order.

    It names people and customers by id and by name, without foreign keys: it must outlive both. Once it is submitted it
    is never deleted. Before, it is a draft: private to one person, and replaced or deleted at any time; see
    ``portal.operations.drafts``.
    """

    # What the names of its addresses begin with.
    url_prefix: ClassVar[str] = ""
    # What its number begins with.
    ref_prefix: ClassVar[str]
    # Where it goes once nobody has to agree any more.
    released: ClassVar[State | BundleState]
    # While it is in one of these, no other write goes out for the same customer, or about the same subject.
    holding: ClassVar[tuple[str, ...]]

    customer_name = models.TextField()
    # What the list sorts it by: the name without the legal form.
    sort_name = models.TextField(default="", editable=False)
    # What it is about, while it is a draft: a person has one draft of a thing. Empty where none is replaced.
    thing = models.TextField(blank=True)
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
    # Whose approval it needs, as the policy said when it was submitted.
    approval_level = models.CharField(max_length=20, choices=Level, default=Level.NONE)
    # Who let it go as the second person, and the digest of what they agreed to.
    approved_by_id = models.BigIntegerField(null=True, blank=True)
    approved_digest = models.CharField(max_length=64, blank=True)

    schema_version = models.PositiveSmallIntegerField(default=SCHEMA_VERSION)
    # What pages show of it, see ``portal.operations.display``; empty in rows that are older than it.
    display = models.JSONField(default=dict, blank=True)
    baseline = models.JSONField()
    baseline_read_at = models.DateTimeField()
    consequences = models.JSONField(default=list)

    if TYPE_CHECKING:
        domain_id: Any
        subject: Any
        state: Any
        events: Any

    class Meta:
        abstract = True
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=_NOT_CONFIRMED) | ~Q(reason=""), name="%(class)s_is_confirmed_with_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(approved_by_id=None)
                | (~Q(approved_by_id=F("proposed_by_id")) & ~Q(approved_by_id=F("confirmed_by_id"))),
                name="nobody_approves_the_%(class)s_they_asked_for",
            ),
            models.CheckConstraint(
                condition=Q(approved_by_id=None) | ~Q(also_asked_ids__contains=[F("approved_by_id")]),
                name="nobody_approves_the_%(class)s_they_took_part_in",
            ),
            models.UniqueConstraint(
                fields=["proposed_by_id", "thing"],
                condition=Q(state=State.PROPOSED) & ~Q(thing=""),
                name="one_draft_of_the_%(class)s_a_person",
            ),
        ]
        indexes = [models.Index(fields=["-proposed_at"], name="%(class)s_latest")]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.Protect(
                name="kept_once_submitted",
                operation=pgtrigger.Delete,
                condition=~pgtrigger.Q(old__state=State.PROPOSED.value),
            )
        ]

    def __str__(self) -> str:
        return self.ref

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save it; a new one with what it is sorted by."""
        if self._state.adding:
            self.sort_name = sort_name(self.customer_name, "")
        super().save(*args, **kwargs)

    @property
    def asker_ids(self) -> set[int]:
        """The people who took part in asking for it; none of them can approve it."""
        confirmed_by = [] if self.confirmed_by_id is None else [self.confirmed_by_id]
        return {self.proposed_by_id, *self.also_asked_ids, *confirmed_by}

    @property
    def ref(self) -> str:
        """The number by which people call it."""
        return f"{self.ref_prefix}-{self.proposed_at.astimezone(business_zone()):%y%m}-{self.pk:04d}"

    @property
    def is_cancellable(self) -> bool:
        """Whether nothing has left for LINE WORKS yet, so that it can be canceled."""
        return self.state in (*TO_CONFIRM, State.AWAITING_APPROVAL, State.QUEUED)

    @property
    def look(self) -> Look:
        """How its state is shown."""
        return LOOKS[self.state]


class AuditEvent(models.Model):
    """
    One thing that happened: who did what, when. Append-only, and the database holds it.

    Of a request only once it is submitted: the log of a draft goes with the draft.
    """

    at = models.DateTimeField(default=now)
    what = models.CharField(max_length=40)
    by_id = models.BigIntegerField(null=True)
    by_name = models.TextField(blank=True)
    note = models.TextField(blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        abstract = True
        ordering = ["pk"]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.what} at {self.at:%H:%M:%S}"
