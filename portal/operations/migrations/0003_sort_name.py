"""Requests are sorted by the names of their customers without the legal form."""

from django.db import migrations, models

from portal.core.company_names import sort_name

AT_ONCE = 2_000
FILL = """
    UPDATE {table} request SET sort_name = found.sort_name
    FROM unnest(%s::bigint[], %s::text[]) found (id, sort_name)
    WHERE request.id = found.id
"""


def fill(apps, editor):
    """Fill the column of the rows that there are."""
    for name in ("Operation", "Bundle"):
        model = apps.get_model("operations", name)
        rows = model.objects.order_by("pk").values_list("pk", "customer_name")
        last = 0
        while batch := list(rows.filter(pk__gt=last)[:AT_ONCE]):
            last = batch[-1][0]
            names = [sort_name(customer, "") for _number, customer in batch]
            with editor.connection.cursor() as cursor:
                cursor.execute(FILL.format(table=model._meta.db_table), [[number for number, _name in batch], names])


class Migration(migrations.Migration):
    dependencies = [("operations", "0002_approval_levels")]

    operations = [
        migrations.AddField("operation", "sort_name", models.TextField(default="", editable=False)),
        migrations.AddField("bundle", "sort_name", models.TextField(default="", editable=False)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
