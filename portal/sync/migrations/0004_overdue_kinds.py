from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sync", "0003_question"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="overdue", name="told_once"),
        migrations.RenameField(model_name="overdue", old_name="column", new_name="kind"),
        migrations.AddConstraint(
            model_name="overdue",
            constraint=models.UniqueConstraint(
                fields=("resource", "kind", "domain_id", "row_id", "day", "still_there"), name="told_once"
            ),
        ),
        migrations.AddField(model_name="observation", name="read_on", field=models.DateField(null=True)),
    ]
