"""The table of the attempts to sign in, as Django's ``createcachetable`` would make it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("access", "0002_must_change_password")]

    operations = [
        migrations.RunSQL(
            sql=[
                "CREATE TABLE access_attempts ("
                "cache_key varchar(255) NOT NULL PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL)",
                "CREATE INDEX access_attempts_expires ON access_attempts (expires)",
            ],
            reverse_sql="DROP TABLE access_attempts",
        )
    ]
