"""Bulk requests: imports and their rows, check results and outcomes."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.core.clock import business_zone, now
from portal.operations.models import AuditEvent, Operation


class Import(models.Model):
    """
    A file of changes.

    Once it runs, all of it is in the database: which rows have their operation, and why it stopped. Whoever goes on
    with it, the same worker or another one, finds it as it is.
    """

    class State(models.TextChoices):
        # Nothing is known yet but the bytes; the background reads them.
        READING = "reading", _("Checking")
        REFUSED = "refused", _("Not accepted")
        CHECKED = "checked", _("Checked")
        # The first rows are under way, and then somebody has a look.
        TRYING = "trying", _("Running the first rows")
        LOOK = "look", _("Paused for review")
        RUNNING = "running", _("Running")
        STOPPED = "stopped", _("Stopped")
        DONE = "done", _("Completed")
        DISCARDED = "discarded", _("Deleted")

    class List(models.TextChoices):
        CUSTOMERS = "customers", _("Customers")
        SUBSCRIPTIONS = "subscriptions", _("Subscriptions")
        OPTIONS = "options", _("Options")
        RENEWALS = "renewals", _("Renewals")

    # What its rows ask for that do not say it themselves; empty where each has to.
    kind = models.CharField(max_length=40, blank=True)
    file_name = models.CharField(max_length=200)
    # The list in which its rows were selected; empty for a file of a person.
    selected_in = models.CharField(max_length=16, choices=List.choices, blank=True)
    # The bytes of the upload, until they are read.
    content = models.BinaryField(null=True)
    language = models.CharField(max_length=12, blank=True)
    # Why the file was not taken.
    refusal = models.JSONField(null=True)
    # As what it was read; empty for a workbook.
    charset = models.CharField(max_length=20, blank=True)
    delimiter = models.CharField(max_length=1, blank=True)
    header = models.JSONField(default=list)
    # The headers that are no column of this kind of change.
    ignored = models.JSONField(default=list)
    state = models.CharField(max_length=12, choices=State.choices, default=State.CHECKED)
    uploaded_at = models.DateTimeField(default=now)
    uploaded_by_id = models.BigIntegerField()
    uploaded_by_name = models.TextField()
    checked_at = models.DateTimeField(default=now)
    run_by_id = models.BigIntegerField(null=True)
    run_by_name = models.TextField(blank=True)
    # Everybody who started it or went on with it: with the person who uploaded it, they cannot approve its requests.
    ran_by_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    reference = models.CharField(max_length=80, blank=True)
    # What went wrong so far and somebody went on from, by kind; and what it stopped at now, in words.
    known_troubles = models.JSONField(default=list)
    trouble = models.CharField(max_length=80, blank=True)
    trouble_words = models.TextField(blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["reading", "refused", "checked", "discarded"])
                | (~Q(reason="") & Q(run_by_id__isnull=False)),
                name="a_draft_runs_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(state="reading", content__isnull=False) | (~Q(state="reading") & Q(content=None)),
                name="an_upload_is_erased_once_it_is_read",
            ),
        ]
        indexes = [
            models.Index(
                fields=["state"], name="draft_by_state", condition=Q(state__in=["reading", "trying", "running"])
            )
        ]

    def __str__(self) -> str:
        return self.ref

    def get_absolute_url(self) -> str:
        """Return the address that the draft keeps for its whole life."""
        return reverse("bulk:detail", args=[self.pk])

    @property
    def ref(self) -> str:
        """The number by which people call it."""
        return f"D-{self.uploaded_at.astimezone(business_zone()):%y%m}-{self.pk:04d}"

    @property
    def name(self) -> str:
        """What people call it: its file, or the list in which its rows were selected."""
        if self.selected_in:
            return gettext("Selected in the list %(list)s") % {"list": self.get_selected_in_display()}
        return self.file_name

    @property
    def is_under_way(self) -> bool:
        """Whether it goes on by itself."""
        return self.state in UNDER_WAY


UNDER_WAY = (Import.State.TRYING, Import.State.RUNNING)


class ImportRow(models.Model):
    """One row of the file: its cells as they were given, and the one operation that was made of it."""

    class State(models.TextChoices):
        READY = "ready", _("Ready")
        WRONG = "wrong", _("Blocked")
        # A cell was corrected; the background judges the row again.
        CHECKING = "checking", _("Checking")
        # It names somebody, and asks for nothing.
        UNCHANGED = "unchanged", _("No change")
        TWICE = "twice", _("Duplicate row")
        BEFORE = "before", _("Already submitted")
        REQUESTED = "requested", _("Submitted")
        FAILED = "failed", _("Not submitted")

    draft = models.ForeignKey(Import, models.CASCADE, related_name="rows")
    # As the file counts its lines, so that people find it there.
    number = models.PositiveIntegerField()
    cells = models.JSONField()
    # Why the line could not be read, by name.
    fault = models.CharField(max_length=20, blank=True)
    # What it asks for; empty if nothing, or nothing that there is.
    kind = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WRONG)
    domain_id = models.BigIntegerField(null=True)
    customer_name = models.TextField(blank=True)
    request = models.JSONField(null=True)
    # Of kind, customer and request: the same wish, whatever file it stands in.
    digest = models.CharField(max_length=64, blank=True)
    problems = models.JSONField(default=list)
    summary = models.TextField(blank=True)
    consequences = models.JSONField(default=list)
    # What it costs, see ``portal.operations.priced``; None where there was no price list.
    estimate = models.JSONField(null=True)
    # Whether somebody has to look at it before it is sent, and whether it is among those to send.
    is_warned = models.BooleanField(default=False)
    is_included = models.BooleanField(default=True)
    same_as = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")
    operation = models.OneToOneField(Operation, models.PROTECT, null=True, related_name="draft_row")

    class Meta:
        ordering = ["draft", "number"]
        constraints = [
            models.UniqueConstraint(fields=["draft", "number"], name="one_row_a_line"),
            models.CheckConstraint(
                condition=Q(state="requested", operation__isnull=False) | (~Q(state="requested") & Q(operation=None)),
                name="a_row_is_ordered_by_its_operation",
            ),
        ]
        indexes = [
            models.Index(fields=["draft", "state"], name="draft_row_by_state"),
            models.Index(fields=["digest"], name="draft_row_by_digest", condition=Q(operation__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"row {self.number} of {self.draft_id}"


class CellCorrection(AuditEvent):
    """
    One cell that somebody corrected on the page.

    ``what`` is the column; ``details`` hold what stood there before and after.
    """

    row = models.ForeignKey(ImportRow, models.PROTECT, related_name="corrections")
