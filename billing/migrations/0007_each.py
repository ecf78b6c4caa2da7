"""The price of each, where only the price differs."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0006_handover")]

    operations = [
        migrations.AddField("checkdifference", "billed_each", models.BigIntegerField(null=True, blank=True)),
        migrations.AddField("checkdifference", "expected_each", models.BigIntegerField(null=True, blank=True)),
    ]
