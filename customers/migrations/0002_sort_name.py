"""Customers are sorted by their names without the legal form."""

from django.db import migrations, models

from portal.core.company_names import sort_name

AT_ONCE = 2_000
FILL = """
    UPDATE customers_customer customer SET sort_name = found.sort_name
    FROM unnest(%s::bigint[], %s::text[]) found (domain_id, sort_name)
    WHERE customer.domain_id = found.domain_id
"""


def fill(apps, editor):
    """Fill the column of the rows that there are."""
    rows = apps.get_model("customers", "Customer").objects.order_by("pk").values_list("pk", "company_name", "domain")
    last = 0
    while batch := list(rows.filter(pk__gt=last)[:AT_ONCE]):
        last = batch[-1][0]
        with editor.connection.cursor() as cursor:
            cursor.execute(FILL, [[row[0] for row in batch], [sort_name(*row[1:]) for row in batch]])


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]

    operations = [
        migrations.AddField(
            "customer", "sort_name", models.TextField(default="", editable=False), preserve_default=False
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RemoveIndex("customer", "customer_by_name"),
        migrations.AddIndex("customer", models.Index(fields=["sort_name", "domain_id"], name="customer_by_name")),
    ]
