"""Indexes for renewals and upcoming events in the order of their days."""

from django.db import migrations, models
from django.db.models import Case, F, Q, When

from subscriptions.days import DaysAfter

ENDED = models.Q(("removed_at", None), _negated=True)
# Written out: when the code says something else, makemigrations must find out.
DECISION_DAY = Case(
    When(Q(plan__in=("TRIAL", "TRIAL_LICENSE"), status="SUSPENDED_TRIALEND"), then=DaysAfter(F("end_date"), 30)),
    default=F("end_date"),
)
RENEWAL_DAY = Case(When(renewal_type="CANCEL", then=F("end_date")), default=DaysAfter(F("end_date"), 1))


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0002_scheduled_for")]

    operations = [
        migrations.AddIndex(
            "subscription",
            models.Index(DECISION_DAY, models.F("id"), name="subscription_by_decision"),
        ),
        migrations.AddIndex(
            "subscription",
            models.Index(RENEWAL_DAY, models.F("id"), name="subscription_by_renewal_day"),
        ),
        migrations.AddIndex("subscription", models.Index(fields=["start_date"], name="subscription_by_start")),
        migrations.AddIndex(
            "subscription",
            models.Index(fields=["end_date"], condition=ENDED, name="subscription_ended"),
        ),
    ]
