"""
The approval policy: which requests need a second person, and who changed it.

It is applied at the confirmation and once more right before sending. A stricter policy counts immediately. A weaker one
counts once another administrator has agreed, so that nobody can switch the second person off for their own request.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel

from portal.accounts.models import User
from portal.operations.commands import COMMANDS, Command, write_of
from portal.operations.eligibility import still_may
from portal.operations.models import ApprovalPolicy, Operation
from portal.operations.snapshots import Snapshot

CHANGE = "operations.change_approvalpolicy"
# Another administrator saves at the same moment; their change takes milliseconds.
LONGEST_WAIT_SECONDS = 5
# What goes across the kinds; no operationId has a space.
ALL_THAT_IS_GRAVE = "all that is grave"
MANY_LICENSES = "many licenses"
TOPICS: dict[str, Promise] = {
    ALL_THAT_IS_GRAVE: gettext_lazy("Everything that deletes or cancels"),
    MANY_LICENSES: gettext_lazy("Many licenses at once"),
}


@dataclass(frozen=True)
class Part:
    """One change of what is to be decided: of what kind, in which state, what is asked for."""

    write: Command[Any]
    state: Snapshot
    request: BaseModel


@dataclass(frozen=True)
class Policy:
    """
    What needs a second person.

    Args:
        kinds: all changes of these kinds, by operationId.
        grave: all that takes away what cannot be had again.
        licenses_above: whatever adds more licenses than this; None when no number does.
    """

    kinds: frozenset[str] = frozenset()
    grave: bool = False
    licenses_above: int | None = None

    @classmethod
    def at_present(cls) -> Self:
        """Return the policy in force now."""
        latest = ApprovalPolicy.objects.in_force().latest_of_each_kind()
        held = {decision.kind: decision.above for decision in latest if decision.second_person}
        return cls(
            kinds=frozenset(held.keys() - TOPICS.keys()),
            grave=ALL_THAT_IS_GRAVE in held,
            licenses_above=held.get(MANY_LICENSES),
        )

    def reasons(self, parts: Iterable[Part]) -> list[str]:
        """Say why one person may not have some changes sent together; nothing if one may."""
        parts = list(parts)
        added = sum(part.write.licenses_added(part.state, part.request) for part in parts)
        found = []
        if any(part.write.kind in self.kinds for part in parts):
            found.append(_("This kind of change needs a second person."))
        if self.grave and any(part.write.takes_away(part.request) for part in parts):
            found.append(_("What deletes or cancels needs a second person."))
        if self.licenses_above is not None and added > self.licenses_above:
            found.append(
                _("It adds %(count)s licenses; above %(most)s a second person is needed.")
                % {"count": f"{added:,}", "most": f"{self.licenses_above:,}"}
            )
        return found

    def decisions(self) -> Mapping[str, int | None]:
        """Return what it says, by kind and topic, with the number where there is one."""
        topics: dict[str, int | None] = {ALL_THAT_IS_GRAVE: None} if self.grave else {}
        if self.licenses_above is not None:
            topics[MANY_LICENSES] = self.licenses_above
        return dict.fromkeys(self.kinds) | topics


def part_of(operation: Operation, state: Snapshot | None = None) -> Part:
    """Return what the policy is asked about an operation, in the state that was seen unless there is a newer one."""
    write = write_of(operation)
    return Part(write, state or Snapshot.from_json(operation.seen), write.request.model_validate(operation.request))


@transaction.atomic
def set_policy(kinds: Collection[str], *, grave: bool = False, licenses_above: int | None = None, by: User) -> int:
    """
    Say what needs a second person from now on; who said it, and when, is kept.

    What makes the policy weaker waits for the agreement of another administrator. Asking for the same weaker policy as
    another administrator before is that agreement.

    Returns:
        How many decisions are in force by it; others may wait.

    Raises:
        PermissionDenied: the person may not change the policy.
    """
    _begin_change(by)
    before = Policy.at_present().decisions()
    after = Policy(frozenset(kinds), grave, licenses_above).decisions()
    asked = {decision.kind: decision for decision in waiting_for_agreement()}
    moved = (before.items() ^ after.items()) if before != after else ()
    in_force = 0
    for kind in sorted({kind for kind, _above in moved}):
        same = asked.get(kind)
        if same and (same.second_person, same.above) == (kind in after, after.get(kind)):
            if same.decided_by_id != by.pk:
                _agree(same, by)
                in_force += 1
            continue
        waits = _is_weaker(kind, before, after)
        _decide(kind, after, by, needs_agreement=waits)
        in_force += not waits
    return in_force


def waiting_for_agreement() -> list[ApprovalPolicy]:
    """Return the decisions that would make the policy weaker and to which no other administrator has agreed yet."""
    latest = ApprovalPolicy.objects.latest_of_each_kind()
    return [decision for decision in latest if decision.needs_agreement and decision.agreed_by_id is None]


@transaction.atomic
def answer_weaker_policy(pk: int, *, agrees: bool, by: User) -> bool:
    """
    Agree to a weaker policy, which puts it in force, or reject it; the one who asked for it can only take it back.

    Returns:
        False when the decision no longer waits, or the one who made it may no longer change the policy.

    Raises:
        PermissionDenied: the person may not change the policy, or asked for it themselves.
    """
    _begin_change(by)
    decision = next((waiting for waiting in waiting_for_agreement() if waiting.pk == pk), None)
    if decision is None:
        return False
    if not agrees:
        _decide(decision.kind, Policy.at_present().decisions(), by, needs_agreement=False)
        return True
    if decision.decided_by_id == by.pk:
        raise PermissionDenied("A weaker policy needs the agreement of another administrator.")
    if not still_may(decision.decided_by_id, CHANGE):
        return False
    _agree(decision, by)
    return True


def _begin_change(by: User) -> None:
    """Have one change of the policy wait for the end of another, so that each is compared with what is in force."""
    if not by.has_perm(CHANGE):
        raise PermissionDenied(f"This needs the permission {CHANGE}.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{LONGEST_WAIT_SECONDS * 1000}ms"])
        cursor.execute(f"LOCK TABLE {ApprovalPolicy._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")


def _is_weaker(kind: str, before: Mapping[str, int | None], after: Mapping[str, int | None]) -> bool:
    """Return whether fewer requests need a second person than before."""
    if kind not in before or kind not in after:
        return kind in before
    old, new = before[kind], after[kind]
    return old is not None and new is not None and new > old


def _decide(kind: str, policy: Mapping[str, int | None], by: User, *, needs_agreement: bool) -> None:
    ApprovalPolicy.objects.create(
        kind=kind,
        second_person=kind in policy,
        above=policy.get(kind),
        decided_by_id=by.pk,
        decided_by_name=str(by),
        needs_agreement=needs_agreement,
    )


def _agree(decision: ApprovalPolicy, by: User) -> None:
    ApprovalPolicy.objects.create(
        kind=decision.kind,
        second_person=decision.second_person,
        above=decision.above,
        decided_by_id=decision.decided_by_id,
        decided_by_name=decision.decided_by_name,
        needs_agreement=True,
        agreed_by_id=by.pk,
        agreed_by_name=str(by),
    )


def in_words(decision: ApprovalPolicy) -> str:
    """Return what a decision is about."""
    if decision.kind in TOPICS:
        return str(TOPICS[decision.kind])
    return str(COMMANDS[decision.kind].title) if decision.kind in COMMANDS else decision.kind
