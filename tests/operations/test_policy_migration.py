"""The migration of the approval policy from kinds of change to levels by topic."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from portal.operations.approval_topics import Level, Topic
from portal.operations.approvals import Policy, waiting_for_agreement
from portal.operations.commands import COMMANDS
from portal.operations.models import ApprovalPolicy

BEFORE, AFTER = ("operations", "0001_initial"), ("operations", "0002_approval_levels")


@pytest.fixture
def earlier_policy(transactional_db: None) -> Iterator[Any]:
    """The model as it was, with its table; afterwards all migrations are applied again."""
    executor = MigrationExecutor(connection)
    executor.migrate([BEFORE])
    yield executor.loader.project_state([BEFORE]).apps.get_model("operations", "ApprovalPolicy")
    again = MigrationExecutor(connection)
    again.migrate(again.loader.graph.leaf_nodes())


def test_what_was_in_force_is_decided_by_topic_and_nothing_gets_looser(earlier_policy: Any) -> None:
    who = {"decided_by_id": 1, "decided_by_name": "高橋 健"}
    earlier_policy.objects.create(kind="addPreOrder", second_person=True, **who)
    earlier_policy.objects.create(kind="many licenses", second_person=True, above=25, **who)
    earlier_policy.objects.create(kind="cancelSubscription", second_person=True, **who)
    earlier_policy.objects.create(kind="updateRenewal", second_person=True, **who)
    earlier_policy.objects.create(kind="updateRenewal", second_person=False, **who)
    earlier_policy.objects.create(kind="addPreOrder", second_person=False, needs_agreement=True, **who)
    told = list(earlier_policy.objects.order_by("pk").values_list("kind", "decided_at"))

    executor = MigrationExecutor(connection)
    executor.migrate([AFTER])

    second = Level.SECOND_PERSON
    held = {Topic.MANY_LICENSES: second, Topic.SUBSCRIPTION: second, Topic.SUBSCRIPTION_END: second}
    assert Policy.at_present() == Policy(held, licenses_above=25)
    assert waiting_for_agreement() == []
    kept = ApprovalPolicy.objects.order_by("pk").values_list("topic", "decided_at")[: len(told)]
    assert list(kept) == told


def test_everything_grave_becomes_each_topic_that_takes_something_away(earlier_policy: Any) -> None:
    earlier_policy.objects.create(
        kind="all that is grave", second_person=True, decided_by_id=1, decided_by_name="高橋 健"
    )

    executor = MigrationExecutor(connection)
    executor.migrate([AFTER])

    levels = Policy.at_present().levels
    always = {command.topic for command in COMMANDS if command.is_always_destructive}
    assert {topic for topic, level in levels.items() if level is Level.SECOND_PERSON} == levels.keys()
    assert always <= levels.keys()
    assert {Topic.SUBSCRIPTION_END, Topic.OPTION_END, Topic.OPTION_PENALTY} <= levels.keys()
