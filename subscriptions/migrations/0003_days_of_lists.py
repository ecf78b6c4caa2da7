"""Indexes for renewals and upcoming events in the order of their days."""

from django.db import migrations, models

from subscriptions.days import decision_day, renewal_day

ENDED = models.Q(("removed_at", None), _negated=True)


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0002_scheduled_for")]

    operations = [
        migrations.AddIndex(
            "subscription",
            models.Index(decision_day(), models.F("id"), name="subscription_by_decision"),
        ),
        migrations.AddIndex(
            "subscription",
            models.Index(renewal_day(), models.F("id"), name="subscription_by_renewal_day"),
        ),
        migrations.AddIndex("subscription", models.Index(fields=["start_date"], name="subscription_by_start")),
        migrations.AddIndex(
            "subscription",
            models.Index(fields=["end_date"], condition=ENDED, name="subscription_ended"),
        ),
    ]
