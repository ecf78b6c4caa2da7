"""Tables of the check of a month: its runs, what they found, the causes that people chose, and sign-offs."""

from datetime import date
from typing import ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Abs, Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.months import in_address
from billing.rules.check_kinds import Kind
from billing.rules.check_rounding import Rounding
from portal.core.clock import now

PERMISSION = "billing.sign_off"


class Choice(models.TextChoices):
    """Causes that a person can choose for a difference that nothing explains."""

    REPORTED = "reported", _("Error of LINE WORKS, reported")
    ROUNDING = "rounding", _("Rounding")
    ACCEPTED = "accepted", pgettext_lazy("a difference", "Accepted")


# The shares of a month's differences. What changed after the sign-off is in none of them.
EXPLAINED = Q(is_explained=True) & ~Q(kind=Kind.SINCE)
CHOSEN = Q(is_explained=False) & ~Q(decision="")
UNDECIDED = Q(is_explained=False, decision="")


class MonthCheckQuerySet(models.QuerySet["MonthCheck"]):
    """Runs of checks by what is to be done about them."""

    def under_way(self) -> Self:
        """Those that wait or run."""
        return self.filter(state__in=(MonthCheck.State.QUEUED, MonthCheck.State.RUNNING))

    def finished(self) -> Self:
        """Those that have an answer."""
        return self.filter(state=MonthCheck.State.FINISHED)

    def latest_of(self, month: date) -> "MonthCheck | None":
        """Return the latest answer about a month."""
        return self.finished().filter(month=month).first()


class MonthCheck(models.Model):
    """
    A run of the check of a month. Differences are kept of the latest finished run of each month.

    Amounts are yen. ``expected`` + ``explained`` + ``unexplained`` + ``unchecked`` + ``beside`` is ``stated``. What the
    check left unexplained may have a cause by now that a person chose: ``billing.checking.sums`` tells them apart.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        FINISHED = "finished", _("Complete")
        FAILED = "failed", _("Stopped")

    # The month of use, its first day.
    month = models.DateField(_("month"))
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    asked_at = models.DateTimeField(default=now)
    asked_by_id = models.BigIntegerField()
    asked_by_name = models.TextField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    worked_at = models.DateTimeField(default=now)
    tries = models.PositiveSmallIntegerField(default=0)
    problem = models.TextField(blank=True)
    # Customers, so far and in all.
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    # The latest change of an item that it has seen.
    seen_at = models.DateTimeField(null=True, blank=True)

    is_priced = models.BooleanField(default=False)
    rounding = models.CharField(max_length=10, choices=[(str(each), str(each)) for each in Rounding], blank=True)
    customers = models.PositiveIntegerField(default=0)
    agreeing = models.PositiveIntegerField(default=0)
    explained_customers = models.PositiveIntegerField(default=0)
    unexplained_customers = models.PositiveIntegerField(default=0)
    expected = models.BigIntegerField(default=0)
    explained = models.BigIntegerField(default=0)
    unexplained = models.BigIntegerField(default=0)
    # Billed items of use of which no price or no documented formula says anything.
    unchecked = models.BigIntegerField(default=0)
    # What the invoice states beyond its items; None where it states nothing.
    beside = models.BigIntegerField(null=True, blank=True)
    stated = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    # Whether the amount that the invoice states holds the adjustments: its pages disagree.
    has_adjustments = models.BooleanField(default=True)
    penalties = models.BigIntegerField(default=0)
    option_plus = models.BigIntegerField(default=0)
    # Licenses, users or quantity, times days.
    expected_units = models.BigIntegerField(default=0)
    explained_units = models.BigIntegerField(default=0)
    unexplained_units = models.BigIntegerField(default=0)
    billed_units = models.BigIntegerField(default=0)

    objects: ClassVar[MonthCheckQuerySet] = MonthCheckQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        verbose_name = _("check of a month")
        verbose_name_plural = _("checks of months")
        ordering = ["-month", "-pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(month__day=1), name="a_check_is_of_a_month"),
            models.UniqueConstraint(
                fields=["month"], condition=Q(state__in=("queued", "running")), name="one_check_of_a_month_at_a_time"
            ),
            models.CheckConstraint(
                condition=~Q(state="finished") | Q(finished_at__isnull=False), name="a_finished_check_has_an_end"
            ),
        ]
        indexes = [models.Index(fields=["month", "state", "-id"], name="check_of_month")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"

    @property
    def is_under_way(self) -> bool:
        """Whether it waits or runs."""
        return self.state in (self.State.QUEUED, self.State.RUNNING)

    @property
    def seconds(self) -> int:
        """How long it took; no less than a second."""
        if self.started_at is None or self.finished_at is None:
            return 0
        return max(1, round((self.finished_at - self.started_at).total_seconds()))


class CheckEvidence(models.Model):
    """What a finished check has compared, and what it found, as canonical JSON. Kept of the latest of each month."""

    check_run = models.OneToOneField(MonthCheck, models.CASCADE, related_name="evidence")
    text = models.TextField()
    digest = models.CharField(max_length=64)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.digest


class CheckDifferenceQuerySet(models.QuerySet["CheckDifference"]):
    """Differences as pages ask for them."""

    def for_list(self) -> Self:
        """All, with the month of each."""
        return self.select_related("check_run")

    def undecided(self) -> Self:
        """Those that nothing explains, and for which nobody has chosen a cause."""
        return self.filter(UNDECIDED)

    def in_equation(self) -> Self:
        """Those of the month itself, not those to its sign-off."""
        return self.exclude(kind=Kind.SINCE)

    def worst_first(self) -> Self:
        """What waits for a person first, then by amount; without amounts by number of days and licenses."""
        waits = Case(When(UNDECIDED, then=Value(0)), default=Value(1))
        yen = Abs(Coalesce(F("yen"), Value(0)))
        return self.order_by(waits, "is_listed", yen.desc(), Abs(F("units")).desc(), "domain_id", "number")


class CheckDifference(models.Model):
    """One difference of the latest check of a month. ``key`` is the same in each run that finds the same."""

    check_run = models.ForeignKey(MonthCheck, models.CASCADE, related_name="differences")
    number = models.PositiveIntegerField()
    key = models.CharField(max_length=64)
    domain_id = models.BigIntegerField(_("domain ID"))
    customer_name = models.TextField(_("company or organization name"), blank=True)
    customer_code = models.TextField(_("customer code"), blank=True)
    subscription_id = models.BigIntegerField(_("subscription ID"), null=True, blank=True)
    item_type = models.TextField(_("item type"), blank=True)
    item_id = models.TextField(_("item"), blank=True)
    sub_item_id = models.TextField(_("sub option"), blank=True)
    plan = models.TextField(_("contract type"), blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    first_day = models.DateField(_("start date"))
    last_day = models.DateField(_("end date"))
    billed = models.BigIntegerField(_("billed"), null=True, blank=True)
    expected = models.BigIntegerField(_("expected"), null=True, blank=True)
    yen = models.BigIntegerField(_("difference"), null=True, blank=True)
    # For each a month, where only the price differs and the item says it exactly.
    billed_each = models.BigIntegerField(null=True, blank=True)
    expected_each = models.BigIntegerField(null=True, blank=True)
    billed_units = models.BigIntegerField(default=0)
    expected_units = models.BigIntegerField(default=0)
    units = models.BigIntegerField(default=0)
    is_explained = models.BooleanField()
    is_listed = models.BooleanField(default=False)
    # What a person has chosen, see ``CheckCause``.
    decision = models.CharField(max_length=10, choices=Choice.choices, blank=True)
    causes = models.JSONField(default=list)
    runs = models.JSONField(default=list)

    objects: ClassVar[CheckDifferenceQuerySet] = CheckDifferenceQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        verbose_name = _("difference")
        verbose_name_plural = _("differences")
        ordering = ["check_run", "number"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["check_run", "number"], name="one_row_a_difference"),
            models.UniqueConstraint(fields=["check_run", "key"], name="one_key_a_difference"),
        ]
        indexes = [
            models.Index(fields=["check_run", "domain_id", "is_explained"], name="difference_of_customer"),
            models.Index(fields=["check_run", "kind"], name="difference_by_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.domain_id}"

    def get_absolute_url(self) -> str:
        """Return the address of its check, opened for it: with its days, and the form for its cause."""
        return f"{reverse('billing:check', args=[in_address(self.check_run.month)])}?difference={self.pk}#worst"

    @property
    def waits(self) -> bool:
        """Whether a person has still to choose a cause."""
        return not self.is_explained and not self.decision


class CheckCause(models.Model):
    """The cause that a person chose for a difference; the latest counts. Append-only, and the database holds it."""

    month = models.DateField()
    key = models.CharField(max_length=64)
    choice = models.CharField(_("cause"), max_length=10, choices=Choice.choices)
    note = models.CharField(_("note"), max_length=500, blank=True)
    at = models.DateTimeField(default=now)
    by_id = models.BigIntegerField()
    by_name = models.TextField()

    class Meta:
        ordering = ["-pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["month", "key", "-id"], name="cause_of_difference")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.choice} by {self.by_name}"


class SignOff(models.Model):
    """
    A month that somebody signed off, with the evidence as it was. Append-only, and the database holds it.

    ``digest`` is the SHA-256 of ``evidence``. Where LINE WORKS changed something since, a month is signed off again.
    """

    month = models.DateField(_("month"))
    check_run = models.ForeignKey(MonthCheck, models.PROTECT, related_name="sign_offs")
    note = models.TextField(_("note"), blank=True)
    at = models.DateTimeField(default=now)
    by_id = models.BigIntegerField()
    by_name = models.TextField()
    evidence = models.TextField()
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("sign-off")
        verbose_name_plural = _("sign-offs")
        ordering = ["-pk"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["check_run"], name="a_check_is_signed_off_once")]
        indexes = [models.Index(fields=["month", "-id"], name="sign_off_of_month")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} by {self.by_name}"
