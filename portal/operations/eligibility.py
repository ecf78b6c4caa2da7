"""
Whether the people who confirmed or approved a request still may: checked before sending and on approval.

A person who was deactivated, deleted or given another role since no longer answers for what they confirmed or approved.
Such a request is not sent; another person takes it over in their own name.
"""

from django.db.models import Q, QuerySet

from portal.accounts.models import User
from portal.accounts.people import people_with
from portal.operations.approval_topics import Level
from portal.operations.commands import write_of
from portal.operations.models import AnyRequest, Bundle, Operation, took_part

APPROVE = "operations.approve_operation"
APPROVE_AS_ADMINISTRATOR = "operations.approve_as_administrator"


def who_may_no_longer(operation: Operation) -> list[str]:
    """Return the names of those who confirmed or approved an operation and may no longer do so; empty if all may."""
    return _without_permission(operation, write_of(operation).permission)


def who_may_no_longer_run(bundle: Bundle, permission: str) -> list[str]:
    """Return the same of a bundle, for its next step, which needs a permission."""
    return _without_permission(bundle, permission)


def still_may(pk: int, permission: str) -> bool:
    """Return whether a person is there, may sign in and has a permission."""
    person = User.objects.filter(pk=pk).first()
    return person is not None and person.has_perm(permission)


def approvers_of(submission: AnyRequest) -> QuerySet[User]:
    """Return who may approve a request: the people with the permission, without those who took part in it."""
    return people_with(approval_permission(submission)).exclude(pk__in=submission.asker_ids)


def approval_permission(submission: AnyRequest) -> str:
    """Return the permission that somebody needs to approve a request, by the level that it was submitted with."""
    return APPROVE_AS_ADMINISTRATOR if submission.approval_level == Level.ADMINISTRATOR else APPROVE


def for_decision_by(person: User) -> Q:
    """Return the condition that a person may decide about a request that awaits approval."""
    if not person.has_perm(APPROVE):
        return Q(pk__in=())
    if person.has_perm(APPROVE_AS_ADMINISTRATOR):
        return ~took_part(person.pk)
    return ~took_part(person.pk) & ~Q(approval_level=Level.ADMINISTRATOR)


def _without_permission(decided: AnyRequest, permission: str) -> list[str]:
    needed = [(decided.confirmed_by_id, permission)]
    if decided.approved_by_id is not None:
        needed.append((decided.approved_by_id, approval_permission(decided)))
    found = User.objects.in_bulk([pk for pk, _permission in needed if pk is not None])
    # A deactivated person has no permission at all.
    missing = [pk for pk, name in needed if pk not in found or not found[pk].has_perm(name)]
    # A deleted account leaves its name in the timeline.
    return [str(found[pk]) if pk in found else _name_in_timeline(decided, pk) for pk in missing]


def _name_in_timeline(decided: AnyRequest, pk: int | None) -> str:
    names = decided.events.filter(by_id=pk).values_list("by_name", flat=True)
    return names.last() or "–"
