"""The approval policy in tests: what tests often need approved, and its form filled in."""

from collections.abc import Mapping
from typing import Final

from portal.operations.approval_topics import Level, Topic

# Pre-orders need a second person.
PRE_ORDERS: Final = {Topic.SUBSCRIPTION: Level.SECOND_PERSON}
# So do changes and deletions of what is scheduled.
SCHEDULES: Final = {Topic.SCHEDULE: Level.SECOND_PERSON}
# So does what ends a customer.
ENDS: Final = {Topic.CUSTOMER_END: Level.SECOND_PERSON}
MANY: Final = {Topic.MANY_LICENSES: Level.SECOND_PERSON}


def filled_in(levels: Mapping[Topic, Level], *, licenses_above: object = 10) -> dict[str, str]:
    """Return what the form of the policy posts."""
    return {topic: levels.get(topic, Level.NONE) for topic in Topic} | {"licenses_above": str(licenses_above)}
