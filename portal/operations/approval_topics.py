"""
What the approval policy speaks of: topics in six groups, and how much approval each can need.

Every command names its topic. Some requests are of another one by what they ask for: a cancellation with a penalty, and
many licenses at once.
"""

from enum import StrEnum
from typing import Final

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Level(models.TextChoices):
    """Who has to approve a request, from nobody to the strictest."""

    NONE = "none", pgettext_lazy("approval", "None")
    SECOND_PERSON = "second_person", _("Second person")
    ADMINISTRATOR = "administrator", _("Administrator")

    @property
    def strictness(self) -> int:
        """Return its place in the order of the levels."""
        return list(Level).index(self)


class Topic(StrEnum):
    """One line of the approval policy."""

    LICENSES = "licenses"
    MANY_LICENSES = "many_licenses"
    RENEWAL = "renewal"
    CONVERSION = "conversion"
    SCHEDULE = "schedule"
    OPTION = "option"
    OPTION_END = "option_end"
    OPTION_PENALTY = "option_penalty"
    TRIAL = "trial"
    SUBSCRIPTION = "subscription"
    CUSTOMER = "customer"
    NEW_CUSTOMER = "new_customer"
    USER_LIMIT = "user_limit"
    DOMAIN = "domain"
    SUBSCRIPTION_END = "subscription_end"
    PLATFORM_END = "platform_end"
    CUSTOMER_END = "customer_end"


# The pages word these two with the number in their place.
MANY_LICENSES_FROM: Final = 10
TOPIC_LABELS: Final[dict[Topic, str | Promise]] = {
    Topic.LICENSES: _("Add licenses"),
    Topic.MANY_LICENSES: _("Add many licenses"),
    Topic.RENEWAL: _("Edit renewal settings"),
    Topic.CONVERSION: _("Convert to paid, upgrade"),
    Topic.SCHEDULE: _("Change or delete a schedule"),
    Topic.OPTION: _("Add or upgrade option, increase quantity"),
    Topic.OPTION_END: _("Cancel option, no penalty"),
    Topic.OPTION_PENALTY: _("Cancel option with penalty"),
    Topic.TRIAL: _("Start Free or a trial"),
    Topic.SUBSCRIPTION: _("Add subscription, pre-order"),
    Topic.CUSTOMER: _("Edit customer"),
    Topic.NEW_CUSTOMER: _("Add or transfer customer"),
    Topic.USER_LIMIT: _("Set maximum users"),
    Topic.DOMAIN: _("Activate customer, change domain"),
    Topic.SUBSCRIPTION_END: _("Cancel subscription"),
    Topic.PLATFORM_END: _("Schedule platform cancellation"),
    Topic.CUSTOMER_END: _("Delete customer"),
}
GROUPS: Final[tuple[tuple[str | Promise, tuple[Topic, ...]], ...]] = (
    (_("Licenses"), (Topic.LICENSES, Topic.MANY_LICENSES)),
    (_("Plan and renewal"), (Topic.RENEWAL, Topic.CONVERSION, Topic.SCHEDULE)),
    (_("Options"), (Topic.OPTION, Topic.OPTION_END, Topic.OPTION_PENALTY)),
    (_("Start and trials"), (Topic.TRIAL, Topic.SUBSCRIPTION)),
    (_("Users, domain, customer data"), (Topic.CUSTOMER, Topic.NEW_CUSTOMER, Topic.USER_LIMIT, Topic.DOMAIN)),
    (_("Leave"), (Topic.SUBSCRIPTION_END, Topic.PLATFORM_END, Topic.CUSTOMER_END)),
)
# What is lost or charged for a long time needs two people; what ends a customer, an administrator.
SUGGESTED: Final[dict[Topic, Level]] = {
    **dict.fromkeys(Topic, Level.NONE),
    Topic.MANY_LICENSES: Level.SECOND_PERSON,
    Topic.CONVERSION: Level.SECOND_PERSON,
    Topic.OPTION_PENALTY: Level.SECOND_PERSON,
    Topic.SUBSCRIPTION: Level.SECOND_PERSON,
    Topic.DOMAIN: Level.SECOND_PERSON,
    Topic.SUBSCRIPTION_END: Level.SECOND_PERSON,
    Topic.PLATFORM_END: Level.ADMINISTRATOR,
    Topic.CUSTOMER_END: Level.ADMINISTRATOR,
}
# Decisions on these were made before there were groups; the history shows them.
EARLIER_TOPICS: Final[dict[str, str | Promise]] = {
    "all that is grave": _("Deletions and cancellations"),
    "many licenses": _("Large license additions"),
}
