"""
What one person may not have sent alone: the policy, and who changed it.

It counts at the confirmation and once more right before sending, whatever happened between the two.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel

from portal.access.models import User
from portal.operations.bare import write_of
from portal.operations.models import ApprovalPolicy, Operation
from portal.operations.readings import Readings
from portal.operations.writes import WRITES, Write

# What goes across the kinds; no operationId has a space.
ALL_THAT_IS_GRAVE = "all that is grave"
MANY_LICENCES = "many licences"
TOPICS: dict[str, Promise] = {
    ALL_THAT_IS_GRAVE: gettext_lazy("Everything that deletes or cancels"),
    MANY_LICENCES: gettext_lazy("Many licences at once"),
}


@dataclass(frozen=True)
class Part:
    """One change of what is to be decided: of what kind, in which state, what is asked for."""

    write: Write[Any]
    state: Readings
    request: BaseModel


@dataclass(frozen=True)
class Policy:
    """
    What needs a second person.

    Args:
        kinds: all changes of these kinds, by operationId.
        grave: all that takes away what cannot be had again.
        licences_above: whatever adds more licences than this; None when no number does.
    """

    kinds: frozenset[str] = frozenset()
    grave: bool = False
    licences_above: int | None = None

    @classmethod
    def at_present(cls) -> Self:
        """Answer the policy as it is now."""
        latest = ApprovalPolicy.objects.order_by("kind", "-pk").distinct("kind")
        held = {decision.kind: decision.above for decision in latest if decision.second_person}
        return cls(
            kinds=frozenset(held.keys() - TOPICS.keys()),
            grave=ALL_THAT_IS_GRAVE in held,
            licences_above=held.get(MANY_LICENCES),
        )

    def reasons(self, parts: Iterable[Part]) -> list[str]:
        """Say why one person may not have some changes sent together; nothing if one may."""
        parts = list(parts)
        added = sum(part.write.licences_added(part.state, part.request) for part in parts)
        found = []
        if any(part.write.kind in self.kinds for part in parts):
            found.append(_("This kind of change needs a second person."))
        if self.grave and any(part.write.takes_away(part.request) for part in parts):
            found.append(_("What deletes or cancels needs a second person."))
        if self.licences_above is not None and added > self.licences_above:
            found.append(
                _("It adds %(count)s licences; above %(most)s a second person is needed.")
                % {"count": f"{added:,}", "most": f"{self.licences_above:,}"}
            )
        return found

    def decisions(self) -> Mapping[str, int | None]:
        """Answer what it says, by kind and topic, with the number where there is one."""
        topics: dict[str, int | None] = {ALL_THAT_IS_GRAVE: None} if self.grave else {}
        if self.licences_above is not None:
            topics[MANY_LICENCES] = self.licences_above
        return dict.fromkeys(self.kinds) | topics


def part_of(operation: Operation, state: Readings | None = None) -> Part:
    """Answer what the policy is asked about an operation, in the state that was seen unless there is a newer one."""
    write = write_of(operation)
    return Part(write, state or Readings.from_json(operation.seen), write.request.model_validate(operation.request))


@transaction.atomic
def set_policy(kinds: Collection[str], *, grave: bool = False, licences_above: int | None = None, by: User) -> None:
    """
    Say what needs a second person from now on; who said it, and when, is kept.

    Raises:
        PermissionDenied: the person may not change the policy.
    """
    if not by.has_perm("operations.change_approvalpolicy"):
        raise PermissionDenied("This needs the permission operations.change_approvalpolicy.")
    before = Policy.at_present().decisions()
    after = Policy(frozenset(kinds), grave, licences_above).decisions()
    moved = (before.items() ^ after.items()) if before != after else ()
    for kind in sorted({kind for kind, _above in moved}):
        ApprovalPolicy.objects.create(
            kind=kind,
            second_person=kind in after,
            above=after.get(kind),
            decided_by_id=by.pk,
            decided_by_name=str(by),
        )


def in_words(decision: ApprovalPolicy) -> str:
    """Say what a decision is about."""
    if decision.kind in TOPICS:
        return str(TOPICS[decision.kind])
    return str(WRITES[decision.kind].title) if decision.kind in WRITES else decision.kind
