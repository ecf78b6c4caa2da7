"""The reasons that a person gave last."""

from portal.accounts.models import User
from portal.operations.models import Operation

MOST = 5
# Of these many requests of everybody: further back nobody remembers, and the table grows for ever.
LATEST_REQUESTS = 1_000


def last_reasons(person: User) -> list[str]:
    """Return the last different reasons of a person, the newest first."""
    latest = Operation.objects.order_by("-pk").values("pk")[:LATEST_REQUESTS]
    given = Operation.objects.filter(pk__in=latest, confirmed_by_id=person.pk).exclude(reason="").order_by("-pk")
    return list(dict.fromkeys(given.values_list("reason", flat=True)))[:MOST]
