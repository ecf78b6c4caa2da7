"""
The approval policy: whose approval each kind of request needs, and who changed that.

It is applied at the confirmation and once more right before sending. A stricter policy counts immediately. A looser one
counts once another administrator has agreed, so that nobody can switch the second person off for their own request.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils.translation import gettext as _
from pydantic import BaseModel

from portal.accounts.models import User
from portal.core.clock import business_today
from portal.operations.approval_topics import EARLIER_TOPICS, MANY_LICENSES_FROM, TOPIC_LABELS, Level, Topic
from portal.operations.commands import COMMANDS, Command, write_of
from portal.operations.eligibility import still_may
from portal.operations.models import ApprovalPolicy, Operation
from portal.operations.snapshots import Snapshot

CHANGE = "operations.change_approvalpolicy"
# Another administrator saves at the same moment; their change takes milliseconds.
LONGEST_WAIT_SECONDS = 5


@dataclass(frozen=True)
class Part:
    """One change of what is to be decided: of what kind, in which state, what is asked for."""

    write: Command[Any]
    state: Snapshot
    request: BaseModel

    @property
    def topic(self) -> Topic:
        """The line of the policy that it comes under."""
        topic = self.write.topic_of(self.request)
        return Topic.OPTION_PENALTY if topic is Topic.OPTION_END and self._has_penalty() else topic

    def _has_penalty(self) -> bool:
        verdict = self.write.evaluate(self.state, self.request, business_today())
        return any(consequence.rule.is_penalty for consequence in verdict.consequences)


class Decision(NamedTuple):
    """What the policy says of a topic; with the number of licenses up to which they are not many."""

    level: Level
    above: int | None = None

    def is_looser_than(self, other: "Decision") -> bool:
        """Return whether fewer requests need an approval than by another decision, or a lower one."""
        if other.level is Level.NONE:
            return False
        if self.level.strictness < other.level.strictness:
            return True
        return self.above is not None and other.above is not None and self.above > other.above


NOBODY = Decision(Level.NONE)


@dataclass(frozen=True)
class Policy:
    """
    Whose approval requests need.

    Args:
        levels: by topic; one that is left out needs nobody's.
        licenses_above: more licenses than this in one request are many.
    """

    levels: Mapping[Topic, Level] = field(default_factory=dict)
    licenses_above: int = MANY_LICENSES_FROM

    @classmethod
    def at_present(cls) -> Self:
        """Return the policy in force now."""
        latest = ApprovalPolicy.objects.in_force().latest_of_each_topic().filter(topic__in=list(Topic))
        held = {Topic(decision.topic): decision for decision in latest if decision.level != Level.NONE}
        many = held.get(Topic.MANY_LICENSES)
        return cls(
            {topic: Level(decision.level) for topic, decision in held.items()},
            MANY_LICENSES_FROM if many is None or many.above is None else many.above,
        )

    def level(self, parts: Iterable[Part]) -> Level:
        """Return whose approval some changes need that are sent together: the strictest that one of them needs."""
        found = [self.level_of(topic) for topic in self._topics(list(parts))]
        return max(found, key=lambda level: level.strictness, default=Level.NONE)

    def level_of(self, topic: str) -> Level:
        """Return whose approval a topic needs."""
        return self.levels.get(Topic(topic), Level.NONE)

    def reasons(self, parts: Iterable[Part]) -> list[str]:
        """Say why one person may not have some changes sent together; nothing if one may."""
        parts = list(parts)
        return [self._reason(topic, parts) for topic in self._topics(parts) if self.level_of(topic) is not Level.NONE]

    def decisions(self) -> dict[Topic, Decision]:
        """Return what it says of each topic that needs an approval."""
        return {
            topic: Decision(level, self.licenses_above if topic is Topic.MANY_LICENSES else None)
            for topic, level in self.levels.items()
            if level is not Level.NONE
        }

    def _topics(self, parts: list[Part]) -> list[Topic]:
        """Return the topics of some changes that are sent together, in the order of the policy."""
        found = {part.topic for part in parts}
        if _added_by(parts) > self.licenses_above:
            found.add(Topic.MANY_LICENSES)
        return [topic for topic in Topic if topic in found]

    def _reason(self, topic: Topic, parts: list[Part]) -> str:
        by_administrator = self.level_of(topic) is Level.ADMINISTRATOR
        if topic is Topic.MANY_LICENSES:
            said = (
                _("This request adds %(count)s licenses. Adding more than %(most)s needs an administrator’s approval.")
                if by_administrator
                else _("This request adds %(count)s licenses. Adding more than %(most)s needs approval.")
            )
            return said % {"count": f"{_added_by(parts):,}", "most": f"{self.licenses_above:,}"}
        if by_administrator:
            return _("This type of request needs an administrator’s approval.")
        return _("This type of request needs approval.")


def part_of(operation: Operation, state: Snapshot | None = None) -> Part:
    """Return what the policy is asked about an operation, in the state that was seen unless there is a newer one."""
    write = write_of(operation)
    return Part(write, state or Snapshot.from_json(operation.baseline), write.request.model_validate(operation.request))


def _added_by(parts: Iterable[Part]) -> int:
    return sum(part.write.licenses_added(part.state, part.request) for part in parts)


@transaction.atomic
def set_policy(levels: Mapping[Topic, Level], *, licenses_above: int = MANY_LICENSES_FROM, by: User) -> int:
    """
    Say whose approval requests need from now on; who said it, and when, is kept.

    What makes the policy looser waits for the agreement of another administrator. Asking for the same looser policy as
    another administrator before is that agreement.

    Args:
        levels: by topic; one that is left out needs nobody's approval.
        licenses_above: more licenses than this in one request are many.
        by: an administrator.

    Returns:
        How many decisions are in force by it; others may wait.

    Raises:
        PermissionDenied: the person may not change the policy.
    """
    _begin_change(by)
    before = Policy.at_present().decisions()
    after = Policy(levels, licenses_above).decisions()
    asked = {decision.topic: decision for decision in waiting_for_agreement()}
    in_force = 0
    for topic in Topic:
        old, new = before.get(topic, NOBODY), after.get(topic, NOBODY)
        if old == new:
            continue
        same = asked.get(topic)
        if same and (same.level, same.above) == new:
            if same.decided_by_id != by.pk:
                _agree(same, by)
                in_force += 1
            continue
        waits = new.is_looser_than(old)
        _decide(topic, new, by, needs_agreement=waits)
        in_force += not waits
    return in_force


def waiting_for_agreement() -> list[ApprovalPolicy]:
    """Return the decisions that would make the policy looser and to which no other administrator has agreed yet."""
    latest = ApprovalPolicy.objects.latest_of_each_topic().filter(topic__in=list(Topic))
    return [decision for decision in latest if decision.needs_agreement and decision.agreed_by_id is None]


@transaction.atomic
def answer_looser_policy(pk: int, *, agrees: bool, by: User) -> bool:
    """
    Agree to a looser policy, which puts it in force, or reject it; the one who asked for it can only take it back.

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
        topic = Topic(decision.topic)
        _decide(topic, Policy.at_present().decisions().get(topic, NOBODY), by, needs_agreement=False)
        return True
    if decision.decided_by_id == by.pk:
        raise PermissionDenied("A looser policy needs the agreement of another administrator.")
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


def _decide(topic: Topic, decision: Decision, by: User, *, needs_agreement: bool) -> None:
    ApprovalPolicy.objects.create(
        topic=topic,
        level=decision.level,
        above=decision.above,
        decided_by_id=by.pk,
        decided_by_name=str(by),
        needs_agreement=needs_agreement,
    )


def _agree(decision: ApprovalPolicy, by: User) -> None:
    ApprovalPolicy.objects.create(
        topic=decision.topic,
        level=decision.level,
        above=decision.above,
        decided_by_id=decision.decided_by_id,
        decided_by_name=decision.decided_by_name,
        needs_agreement=True,
        agreed_by_id=by.pk,
        agreed_by_name=str(by),
    )


def in_words(decision: ApprovalPolicy) -> str:
    """Return what a decision is about."""
    if decision.topic in TOPIC_LABELS:
        return str(TOPIC_LABELS[Topic(decision.topic)])
    if decision.topic in EARLIER_TOPICS:
        return str(EARLIER_TOPICS[decision.topic])
    return str(COMMANDS[decision.topic].title) if decision.topic in COMMANDS else decision.topic
