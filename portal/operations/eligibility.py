"""
Whether the people who confirmed or approved a request still may: checked before sending and on approval.

A person who was deactivated, deleted or given another role since no longer answers for what they confirmed or approved.
Such a request is not sent; another person takes it over in their own name.
"""

from collections.abc import Collection

from portal.accounts.models import User
from portal.operations.commands import write_of
from portal.operations.models import Bundle, Operation

APPROVE = "operations.approve_operation"


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


def names_of(pks: Collection[int]) -> list[str]:
    """Return the names of people, in the order in which they joined; without those whose account was deleted."""
    return [str(person) for person in User.objects.filter(pk__in=pks).order_by("pk")]


def _without_permission(decided: Operation | Bundle, permission: str) -> list[str]:
    needed = [(decided.confirmed_by_id, permission)]
    if decided.approved_by_id is not None:
        needed.append((decided.approved_by_id, APPROVE))
    found = User.objects.in_bulk([pk for pk, _permission in needed if pk is not None])
    # A deactivated person has no permission at all.
    missing = [pk for pk, name in needed if pk not in found or not found[pk].has_perm(name)]
    # A deleted account leaves its name in the timeline.
    return [str(found[pk]) if pk in found else _name_in_timeline(decided, pk) for pk in missing]


def _name_in_timeline(decided: Operation | Bundle, pk: int | None) -> str:
    names = decided.events.filter(by_id=pk).values_list("by_name", flat=True)
    return names.last() or "–"
