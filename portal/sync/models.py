"""Tables of sync: runs, the state of each read, detected changes, schema drift, lookups."""

from datetime import date, datetime, timedelta
from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models, transaction
from django.db.models import Case, F, Q, When
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from portal.core.clock import now
from portal.sync.resources import RESOURCES

# Set for one transaction alone, by ``portal.sync.pruning``: the moment before which rows may be deleted.
PRUNE_BEFORE = "partnerdesk.prune_before"


class VendorRow(models.Model):
    """
    A row of a cache table: typed columns for what is searched or shown, and LINE WORKS's record as it came.

    Rows change only when LINE WORKS's record does; when it was last read is kept in ``Reading``. A record that a
    whole listing no longer holds is marked gone, never deleted.
    """

    raw = models.JSONField()
    changed_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class ReadingQuerySet(models.QuerySet["Reading"]):
    """Readings by what is to be done about them."""

    def of_customer(self, domain_id: int) -> "ReadingQuerySet":
        """Those of one customer."""
        return self.filter(domain_id=domain_id)

    def untried_since(self, moment: datetime) -> "ReadingQuerySet":
        """Return readings not tried since a moment, longest untried first."""
        waiting = Q(tried_at=None) | Q(tried_at__lt=moment)
        return self.filter(waiting).order_by(F("tried_at").asc(nulls_first=True), "domain_id", "resource", "period")

    def wanted(self) -> "ReadingQuerySet":
        """Return requested readings that were not tried since, longest wanted first."""
        waiting = Q(tried_at=None) | Q(tried_at__lt=F("wanted_at"))
        return self.filter(waiting, wanted_at__isnull=False).order_by("wanted_at", "pk")

    @transaction.atomic(savepoint=False)
    def update_in_order(self, **columns: Any) -> int:
        """
        Update several rows, locked in the one order that everybody keeps to; return how many.

        The order is the resource that others are read by, then the customer. A reader that stores an answer holds the
        rows of one resource by customer, and then takes those of the resource that is read by it. An update without
        an order could hold the second and wait for the first, which PostgreSQL ends as a deadlock.
        """
        after_others = [resource.name for resource in RESOURCES if resource.after]
        # An empty list would become a constant, which SQL takes for the number of a column.
        rank = [Case(When(resource__in=after_others, then=1), default=0)] if after_others else []
        locked = self.select_for_update().order_by(*rank, "domain_id", "resource", "period")
        return self.model._default_manager.filter(pk__in=locked.values("pk")).update(**columns)

    def near_an_event(self, *, until: date, untried_since: datetime) -> "ReadingQuerySet":
        """Return readings with an event until a day that were not tried since a moment."""
        return self.untried_since(untried_since).filter(next_event__lte=until)


class Reading(models.Model):
    """
    When one resource of one customer was last read, what went wrong if it could not be, and when to look again.

    What belongs to the partner itself has 0 in place of a customer; what comes by months or years has a row for each.
    """

    domain_id = models.BigIntegerField()
    resource = models.CharField(max_length=40)
    period = models.CharField(max_length=7, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    # LINE WORKS's calendar day of that moment.
    read_on = models.DateField(null=True, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True)
    # What the problem is called, so that it is worded for whoever reads it.
    trouble = models.CharField(max_length=40, blank=True)
    # Stands for what LINE WORKS sent: the same again, and nothing needs to be compared.
    digest = models.BinaryField(max_length=16, default=bytes, editable=False)
    # The next day on which LINE WORKS will change these records by itself, and the latest such day that has passed.
    next_event = models.DateField(null=True, blank=True)
    last_event = models.DateField(null=True, blank=True)
    # When somebody last asked for it: by opening a page, or by an order that has changed it.
    wanted_at = models.DateTimeField(null=True, blank=True)
    # For whom a worker of the pages was then sent for; empty when it is left to the sweep.
    wanted_by_id = models.BigIntegerField(null=True, blank=True)
    # False for a customer that the partner no longer has, or a period that is over; it is not read again.
    is_current = models.BooleanField(default=True)

    objects: ClassVar[ReadingQuerySet] = ReadingQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain_id", "resource", "period"], name="one_reading_a_resource")
        ]
        indexes = [
            models.Index(
                "resource",
                F("tried_at").asc(nulls_first=True),
                "domain_id",
                condition=Q(is_current=True),
                name="reading_by_age",
            ),
            models.Index(
                fields=["resource", "wanted_at"], condition=Q(wanted_at__isnull=False), name="reading_by_wish"
            ),
            models.Index(
                fields=["resource", "next_event"], condition=Q(next_event__isnull=False), name="reading_by_event"
            ),
            models.Index(
                fields=["wanted_by_id", "wanted_at"], condition=Q(wanted_by_id__isnull=False), name="reading_by_person"
            ),
        ]
        permissions = [("read_again", _("Can refresh a customer"))]

    def __str__(self) -> str:
        return " ".join(filter(None, (self.resource, self.period, f"of {self.domain_id}")))


class SyncRun(models.Model):
    """One reading of everything: first the whole listing of customers, then each customer's resources."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        WHOLE = "whole", _("Complete")
        INCOMPLETE = "incomplete", _("Completed with errors")
        STOPPED = "stopped", _("Stopped")

    state = models.CharField(max_length=12, choices=State.choices, default=State.RUNNING)
    asked_by = models.CharField(max_length=80, blank=True)
    # The one resource that it reads, by name; empty for all.
    resource = models.CharField(max_length=40, blank=True)
    started_at = models.DateTimeField(default=now)
    listed_at = models.DateTimeField(null=True, blank=True)
    finish_stated_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    worked_at = models.DateTimeField(default=now)
    retry_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True)
    trouble = models.CharField(max_length=40, blank=True)
    listing_problem = models.TextField(blank=True)
    listing_trouble = models.CharField(max_length=40, blank=True)
    customers = models.PositiveIntegerField(default=0)
    reads = models.PositiveIntegerField(default=0)
    reads_done = models.PositiveIntegerField(default=0)
    reads_failed = models.PositiveIntegerField(default=0)
    rows_moved = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="running"), name="one_run_at_a_time"),
            models.CheckConstraint(
                condition=Q(state="running", finished_at=None) | (~Q(state="running") & Q(finished_at__isnull=False)),
                name="a_run_is_finished_or_running",
            ),
        ]
        permissions = [("start_syncrun", _("Can start a full sync"))]

    def __str__(self) -> str:
        return f"run of {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def is_running(self) -> bool:
        """Whether it still has something to read."""
        return self.state == self.State.RUNNING

    @property
    def percent(self) -> int:
        """How much of it is done, rounded down, so that 100 means all."""
        return min(self.reads_done * 100 // self.reads, 100) if self.reads else 0

    @property
    def finish_expected_at(self) -> datetime | None:
        """
        When it will be done: as stated, or later at the pace so far.

        Never earlier: the operation with the most calls decides, and at first the others go on beside it.
        """
        if not (self.is_running and self.listed_at and self.reads_done):
            return self.finish_stated_at
        pace = (self.worked_at - self.listed_at) / self.reads_done
        at_this_pace = self.worked_at + max(pace, timedelta()) * (self.reads - self.reads_done)
        return max(at_this_pace, self.finish_stated_at or at_this_pace)


class DetectedChange(models.Model):
    """
    A change that a reading found in one cached row: the row's history, and what to tell people of it.

    Append-only, and the database holds it: only ``portal.sync.pruning`` deletes, and only what is old and explained by
    no request. It names the customer without a foreign key: it must outlive it.
    """

    class Cause(models.TextChoices):
        # Never read before: nothing is known to have changed.
        FIRST = "first", _("First sync")
        OPERATION = "operation", _("Request in Partnerdesk")
        # LINE WORKS did on a day what the cache knew to be due then.
        DUE = "due", _("Scheduled event")
        # A figure that moves with the customer's daily work, such as the number of its members.
        USE = "use", _("Daily usage")
        OUTSIDE = "outside", _("Changed outside Partnerdesk")

    domain_id = models.BigIntegerField()
    resource = models.CharField(max_length=40)
    period = models.CharField(max_length=7, blank=True)
    key = models.TextField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    # It happened between these two readings; the first is absent when nothing had been read before.
    read_before_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField()
    # LINE WORKS's calendar day of that moment.
    read_on = models.DateField(null=True)
    found_at = models.DateTimeField(default=now)
    cause = models.CharField(max_length=12, choices=Cause.choices)
    operation_id = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(before__isnull=False) | Q(after__isnull=False), name="an_observation_saw_something"
            ),
            models.CheckConstraint(
                condition=Q(cause="operation", operation_id__isnull=False)
                | (~Q(cause="operation") & Q(operation_id=None)),
                name="an_operation_explains_or_not",
            ),
        ]
        indexes = [
            models.Index(fields=["domain_id", "-id"], name="observation_of_customer"),
            models.Index(fields=["cause", "-id"], name="observation_by_cause"),
            models.Index(fields=["domain_id", "resource", "key", "-read_at"], name="history_of_a_row"),
            # Rows come in the order of their times, so a few pages tell where an old day begins.
            BrinIndex(fields=["read_at"], name="observation_by_time"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update),
            pgtrigger.Trigger(
                name="deleted_by_pruning_alone",
                operation=pgtrigger.Delete,
                when=pgtrigger.Before,
                func=f"""
                    IF OLD.operation_id IS NULL
                        AND OLD.read_at < NULLIF(current_setting('{PRUNE_BEFORE}', true), '')::timestamptz
                        AND OLD.read_at < now() - interval '{settings.FEWEST_DAYS_KEPT} days'
                    THEN
                        RETURN OLD;
                    END IF;
                    RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resource} {self.key} of {self.domain_id}"


class Pruning(models.Model):
    """Until when a table has been pruned. Of what is older there may be rows, but no longer all."""

    # Django's label of the table.
    table = models.CharField(max_length=80, unique=True)
    before = models.DateTimeField()
    rows = models.PositiveBigIntegerField(default=0)
    pruned_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["table"]

    def __str__(self) -> str:
        return f"{self.table} before {self.before:%Y-%m-%d}"

    @classmethod
    def note(cls, table: str, before: datetime, rows: int) -> None:
        """
        Note that rows were deleted; part of the transaction that deletes them.

        Args:
            table: its label.
            before: until when; a moment that is earlier than the one before moves nothing back.
            rows: how many.
        """
        cls.objects.get_or_create(table=table, defaults={"before": before})
        cls.objects.filter(table=table).update(
            before=Greatest(F("before"), before), rows=F("rows") + rows, pruned_at=now()
        )


class SchemaDrift(models.Model):
    """A value or a field in LINE WORKS's answers that the contract does not know, and how often it came."""

    kind = models.CharField(max_length=5, choices=[("value", _("value")), ("field", _("field"))])
    record = models.CharField(max_length=60)
    field = models.CharField(max_length=120)
    # Of an unknown field only its name is kept here: what stands in it is different every time.
    value = models.TextField(blank=True)
    times = models.PositiveBigIntegerField(default=0)
    first_seen_at = models.DateTimeField(default=now)
    last_seen_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name_plural = "novelties"
        ordering = ["-last_seen_at"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "record", "field", "value"], name="one_row_a_novelty"),
        ]

    def __str__(self) -> str:
        return f"{self.record}.{self.field} {self.value}".strip()


class MissedExpectation(models.Model):
    """
    Something that LINE WORKS was to do by itself on a day and has not done, as the cache shows; see ``overdue``.

    It comes and goes with the readings: history is kept by the observations.
    """

    resource = models.CharField(max_length=40)
    # Which of the things that a record of it can have scheduled.
    kind = models.CharField(max_length=40)
    domain_id = models.BigIntegerField()
    # The row that is still there, or the observation that found it gone.
    row_id = models.BigIntegerField()
    day = models.DateField()
    raw = models.JSONField()
    # LINE WORKS still shows it as scheduled; otherwise it is gone, and its effect does not show.
    still_there = models.BooleanField()
    read_at = models.DateTimeField()
    found_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name_plural = "overdue"
        constraints = [
            models.UniqueConstraint(
                fields=["resource", "kind", "domain_id", "row_id", "day", "still_there"], name="told_once"
            )
        ]
        indexes = [
            models.Index(fields=["domain_id"], name="overdue_of_customer"),
            models.Index(fields=["day", "domain_id"], name="overdue_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.resource} of {self.domain_id} due on {self.day}"


class Question(models.Model):
    """
    What somebody asks LINE WORKS before ordering, and what it says: an answer, a no in its words, or nothing usable.

    It names the person by id and by name, without a foreign key, and is forgotten after a while.
    """

    kind = models.CharField(max_length=40)
    asked = models.JSONField()
    by_id = models.BigIntegerField()
    by_name = models.TextField()
    asked_at = models.DateTimeField(default=now)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.JSONField(null=True, blank=True)
    refusal = models.TextField(blank=True)
    problem = models.TextField(blank=True)
    trouble = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [models.Index(fields=["asked_at"], name="question_by_age")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.by_name}"
