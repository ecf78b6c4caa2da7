"""
The approval policy has levels by topic, instead of a second person by kind of change.

Decisions are append-only, so none is rewritten: a column changes its type, and what was in force is decided once more by
topic, never looser than it was. What waited for an agreement is asked for again on the page.
"""

from django.db import migrations, models

LEVELS = [("none", "None"), ("second_person", "Second person"), ("administrator", "Administrator")]
EVERYTHING_GRAVE = (
    "domain",
    "schedule",
    "option_end",
    "option_penalty",
    "subscription_end",
    "platform_end",
    "customer_end",
)
TOPICS = {
    "all that is grave": EVERYTHING_GRAVE,
    "many licenses": ("many_licenses",),
    "addLicenses": ("licenses",),
    "updateRenewal": ("renewal", "subscription_end"),
    "updateOptionProductRenewal": ("renewal",),
    "convertSubscriptionToPaid": ("conversion",),
    "upgradeSubscription": ("conversion",),
    "addReservation": ("licenses", "conversion", "subscription_end"),
    "updateReservation": ("schedule",),
    "deleteReservation": ("schedule",),
    "updatePreOrder": ("schedule",),
    "deletePreOrder": ("schedule",),
    "patchUsageStatusRenewal": ("schedule",),
    "deleteUsageStatusRenewal": ("schedule",),
    "patchUsageStatus.stay": ("schedule",),
    "updateOptionProductOrder": ("schedule",),
    "deleteOptionProductOrder": ("schedule",),
    "addOptionProduct": ("option",),
    "upgradeOptionProduct": ("option",),
    "convertOptionProductToPaid": ("option",),
    "addOptionProductQuantity": ("option",),
    "addOptionProductOrder": ("option", "option_end", "option_penalty"),
    "cancelOptionProduct": ("option_end", "option_penalty"),
    "addSubscription": ("trial", "subscription"),
    "addPreOrder": ("subscription",),
    "patchCustomer": ("customer",),
    "updateCustomer": ("customer",),
    "createCustomer": ("new_customer",),
    "transferPotentialCustomer": ("new_customer",),
    "patchUsageStatus.limit": ("user_limit",),
    "createUsageStatusRenewal": ("user_limit",),
    "activateCustomer": ("domain",),
    "createUpgradeDomain": ("domain",),
    "deleteUpgradeDomain": ("domain",),
    "changeDomain": ("domain",),
    "cancelSubscription": ("subscription_end",),
    "patchUsageStatus.withdrawal": ("platform_end",),
    "deleteCustomer": ("customer_end",),
}


def decide_by_topic(apps, _schema_editor):
    policy = apps.get_model("operations", "ApprovalPolicy")
    in_force = policy.objects.filter(models.Q(needs_agreement=False) | models.Q(agreed_by_id__isnull=False))
    decided = {}
    for earlier in in_force.order_by("topic", "-pk").distinct("topic"):
        if earlier.level == "none":
            continue
        for topic in TOPICS.get(earlier.topic, ()):
            decided.setdefault(topic, earlier)
    for topic, earlier in sorted(decided.items()):
        policy.objects.create(
            topic=topic,
            level="second_person",
            above=earlier.above if topic == "many_licenses" else None,
            decided_at=earlier.decided_at,
            decided_by_id=earlier.decided_by_id,
            decided_by_name=earlier.decided_by_name,
        )


class Migration(migrations.Migration):
    dependencies = [("operations", "0001_initial")]

    operations = [
        migrations.AlterModelOptions(
            name="operation",
            options={
                "ordering": ["-pk"],
                "permissions": [
                    ("settle_operation", "Can record the result of a request whose outcome is unknown"),
                    ("approve_operation", "Can approve requests of other people"),
                    ("approve_as_administrator", "Can approve requests that need an administrator"),
                ],
            },
        ),
        migrations.AddField(
            model_name="bundle",
            name="approval_level",
            field=models.CharField(choices=LEVELS, default="none", max_length=20),
        ),
        migrations.AddField(
            model_name="operation",
            name="approval_level",
            field=models.CharField(choices=LEVELS, default="none", max_length=20),
        ),
        migrations.RemoveIndex(model_name="approvalpolicy", name="latest_policy_of_a_kind"),
        migrations.RenameField(model_name="approvalpolicy", old_name="kind", new_name="topic"),
        migrations.AddIndex(
            model_name="approvalpolicy",
            index=models.Index(fields=["topic", "-id"], name="latest_policy_of_a_topic"),
        ),
        migrations.RunSQL(
            """
            ALTER TABLE operations_approvalpolicy ALTER COLUMN second_person TYPE varchar(20)
                USING CASE WHEN second_person THEN 'second_person' ELSE 'none' END;
            ALTER TABLE operations_approvalpolicy RENAME COLUMN second_person TO level;
            """,
            """
            ALTER TABLE operations_approvalpolicy RENAME COLUMN level TO second_person;
            ALTER TABLE operations_approvalpolicy ALTER COLUMN second_person TYPE boolean
                USING second_person <> 'none';
            """,
            state_operations=[
                migrations.RemoveField(model_name="approvalpolicy", name="second_person"),
                migrations.AddField(
                    model_name="approvalpolicy",
                    name="level",
                    field=models.CharField(choices=LEVELS, max_length=20),
                    preserve_default=False,
                ),
            ],
        ),
        migrations.RunPython(decide_by_topic, migrations.RunPython.noop),
    ]
