"""Indexes by which the list of customers counts its views."""

from django.db import migrations, models

LISTED = models.Q(("removed_at", None))


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_sort_name")]

    operations = [
        migrations.AddIndex("customer", models.Index(fields=["domain_id"], condition=LISTED, name="customer_listed")),
        migrations.AddIndex(
            "customer", models.Index(fields=["lead_status"], condition=LISTED, name="customer_by_status")
        ),
    ]
