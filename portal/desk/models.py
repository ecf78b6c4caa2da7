"""What people looked at last, and who decides what about a renewal."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.core.clock import now
from portal.operations.models import AuditEvent

MOST_RECENT = 8
MOST_LETTERS = 500


class RecentCustomersManager(models.Manager["RecentCustomers"]):
    """Keeps one row for each person, so nothing has to be cleaned up."""

    def put_first(self, person: User, domain_id: int) -> None:
        """Make a customer the person's latest; changes nothing if it is that already."""
        with connection.cursor() as cursor:
            cursor.execute(_PUT_FIRST, {"person": person.pk, "customer": domain_id, "most": MOST_RECENT})

    def of(self, person: User) -> list[int]:
        """Return the numbers of the person's latest customers, the latest first."""
        return next(iter(self.filter(pk=person.pk).values_list("domain_ids", flat=True)), [])


class RecentCustomers(models.Model):
    """The customers whose pages a person opened last, the latest first."""

    person = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="recent_customers")
    domain_ids = ArrayField(models.BigIntegerField(), default=list)

    objects: ClassVar[RecentCustomersManager] = RecentCustomersManager()

    class Meta:
        verbose_name = _("recent customers")
        verbose_name_plural = _("recent customers")

    def __str__(self) -> str:
        return f"{len(self.domain_ids)} of {self.person_id}"


# One statement, so that pages opened at the same time lose nothing.
_PUT_FIRST = """
    INSERT INTO desk_recentcustomers AS kept (person_id, domain_ids)
    VALUES (%(person)s, ARRAY[%(customer)s::bigint])
    ON CONFLICT (person_id) DO UPDATE
    SET domain_ids = (%(customer)s::bigint || array_remove(kept.domain_ids, %(customer)s::bigint))[1:%(most)s]
    WHERE kept.domain_ids[1] IS DISTINCT FROM %(customer)s::bigint
"""


class RenewalCaseQuerySet(models.QuerySet["RenewalCase"]):
    """Renewal cases as the renewals page asks for them."""

    def decided(self) -> "RenewalCaseQuerySet":
        """Those with a recorded decision."""
        return self.exclude(decision="")


class RenewalCase(models.Model):
    """
    What people noted about one renewal: the owner, a decision that needs no request, a snooze, a note.

    It holds only what LINE WORKS and the requests don't know. It names the term by its last day, so that the next term
    starts without it. It names people and the customer by ID, without foreign keys: it must outlive them.
    """

    class Decision(models.TextChoices):
        UNCHANGED = "unchanged", _("Renew unchanged")

    domain_id = models.BigIntegerField()
    subscription_id = models.BigIntegerField()
    end_date = models.DateField()
    owner_id = models.BigIntegerField(null=True, blank=True)
    owner_name = models.TextField(blank=True)
    note = models.CharField(max_length=MOST_LETTERS, blank=True)
    decision = models.CharField(max_length=12, choices=Decision.choices, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by_id = models.BigIntegerField(null=True, blank=True)
    decided_by_name = models.TextField(blank=True)
    # The day on which it is back in the queue.
    snoozed_until = models.DateField(null=True, blank=True)
    snooze_reason = models.CharField(max_length=MOST_LETTERS, blank=True)

    objects: ClassVar[RenewalCaseQuerySet] = RenewalCaseQuerySet.as_manager()  # type: ignore[assignment]  # a manager of ours

    class Meta:
        ordering = ["end_date", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["domain_id", "subscription_id", "end_date"], name="one_case_a_renewal"),
            models.CheckConstraint(
                condition=Q(decision="", decided_at=None, decided_by_id=None)
                | (~Q(decision="") & Q(decided_at__isnull=False, decided_by_id__isnull=False)),
                name="a_decision_says_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(snoozed_until=None) | ~Q(snooze_reason=""), name="a_snooze_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"renewal of {self.subscription_id} after {self.end_date}"


class RenewalEvent(AuditEvent):
    """One thing that somebody did about a renewal."""

    case = models.ForeignKey(RenewalCase, models.PROTECT, related_name="events")


class CalendarFeed(models.Model):
    """The secret address of a person's calendar. Only the hash of its token is kept; a new token replaces it."""

    person = models.OneToOneField(User, models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    # A calendar program names no language of the person.
    language = models.CharField(max_length=10)
    created_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return f"feed of {self.person_id}"
