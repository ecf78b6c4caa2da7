"""The day of the scheduled change stands on the subscription, for the order of the list."""

from django.db import migrations, models

CURRENT = models.Q(("removed_at", None))
FILL = """
    UPDATE subscriptions_subscription subscription SET scheduled_for = task.apply_date
    FROM subscriptions_reservation task
    WHERE task.removed_at IS NULL AND task.customer_id = subscription.customer_id
        AND task.subscription_id = subscription.subscription_id
"""


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0001_initial")]

    operations = [
        migrations.AddField(
            "subscription",
            "scheduled_for",
            models.DateField(blank=True, null=True, verbose_name="scheduled date"),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            "subscription",
            models.Index(condition=CURRENT, fields=["scheduled_for", "id"], name="subscription_by_task"),
        ),
        migrations.AddIndex(
            "subscription",
            models.Index(
                models.OrderBy(models.F("scheduled_for"), descending=True, nulls_last=True),
                models.OrderBy(models.F("id"), descending=True),
                condition=CURRENT,
                name="subscription_by_last_task",
            ),
        ),
    ]
