"""What the portal knows about its own reading: runs, and the age of each resource of each customer."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from portal.clock import now


class VendorRow(models.Model):
    """
    A row of a cache table: typed columns for what is searched or shown, and the vendor's record as it came.

    Rows change only when the vendor's record does; when it was last read is kept in ``Reading``. A record that a
    whole listing no longer holds is marked gone, never deleted.
    """

    raw = models.JSONField()
    changed_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class ReadingQuerySet(models.QuerySet["Reading"]):
    """Readings by what is to be done about them."""

    def of_customer(self, domain_id: int) -> "ReadingQuerySet":
        """Those of one customer."""
        return self.filter(domain_id=domain_id)

    def untried_since(self, moment: datetime) -> "ReadingQuerySet":
        """Those that nobody has tried since, longest untried first."""
        waiting = Q(tried_at=None) | Q(tried_at__lt=moment)
        return self.filter(waiting).order_by(F("tried_at").asc(nulls_first=True), "domain_id", "resource")


class Reading(models.Model):
    """When one resource of one customer was last read, and what went wrong if it could not be."""

    domain_id = models.BigIntegerField()
    resource = models.CharField(max_length=40)
    read_at = models.DateTimeField(null=True, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True)
    # Off for a customer that the partner no longer has: nobody reads it again, and its age worries nobody.
    is_current = models.BooleanField(default=True)

    objects: ClassVar[ReadingQuerySet] = ReadingQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        constraints = [models.UniqueConstraint(fields=["domain_id", "resource"], name="one_reading_a_resource")]
        indexes = [models.Index(fields=["resource", "tried_at"], name="reading_by_need")]
        permissions = [("read_again", _("Can have a customer read again"))]

    def __str__(self) -> str:
        return f"{self.resource} of {self.domain_id}"


class SyncRun(models.Model):
    """One reading of everything: first the whole listing of customers, then each customer's resources."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        WHOLE = "whole", _("Whole")
        INCOMPLETE = "incomplete", _("Incomplete")
        STOPPED = "stopped", _("Stopped")

    state = models.CharField(max_length=12, choices=State.choices, default=State.RUNNING)
    asked_by = models.CharField(max_length=80, blank=True)
    started_at = models.DateTimeField(default=now)
    listed_at = models.DateTimeField(null=True, blank=True)
    finish_stated_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    worked_at = models.DateTimeField(default=now)
    retry_at = models.DateTimeField(null=True, blank=True)
    failures_in_a_row = models.PositiveIntegerField(default=0)
    problem = models.TextField(blank=True)
    listing_problem = models.TextField(blank=True)
    customers = models.PositiveIntegerField(default=0)
    reads = models.PositiveIntegerField(default=0)
    reads_done = models.PositiveIntegerField(default=0)
    reads_failed = models.PositiveIntegerField(default=0)
    rows_moved = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="running"), name="one_run_at_a_time"),
            models.CheckConstraint(condition=Q(reads_done__lte=F("reads")), name="no_more_reads_done_than_planned"),
            models.CheckConstraint(
                condition=Q(state="running", finished_at=None) | (~Q(state="running") & Q(finished_at__isnull=False)),
                name="a_run_is_finished_or_running",
            ),
        ]
        permissions = [("start_syncrun", _("Can start a resync of everything"))]

    def __str__(self) -> str:
        return f"run of {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def is_running(self) -> bool:
        """Whether it still has something to read."""
        return self.state == self.State.RUNNING

    @property
    def percent(self) -> int:
        """How much of it is done, rounded down, so that 100 means all."""
        return self.reads_done * 100 // self.reads if self.reads else 0

    @property
    def finish_expected_at(self) -> datetime | None:
        """When it will be done at the pace so far."""
        if not (self.is_running and self.listed_at and self.reads_done):
            return self.finish_stated_at
        pace = (self.worked_at - self.listed_at) / self.reads_done
        return self.worked_at + max(pace, timedelta()) * (self.reads - self.reads_done)
