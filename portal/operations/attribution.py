"""
Attribute detected changes to requests.

A request explains a change if the change alone shows its effect, or adds a record that its review promised, or is a
declared further effect.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q

from portal.operations.commands import COMMANDS, Command, write_of
from portal.operations.derived_effects import any_explains
from portal.operations.models import Attempt, Operation
from portal.operations.snapshots import Snapshot
from portal.operations.states import IN_FLIGHT, State
from portal.sync.models import DetectedChange
from portal.sync.resources import Change, Resource

# How long after its end an operation is still thought of: its effect may show late, after a person has settled it.
LATEST = timedelta(days=1)


def explain(resource: Resource, changes: Sequence[Change], read_before: Mapping[int, datetime]) -> Sequence[int | None]:
    """
    Return the number of the operation that explains each of some changes, or None.

    Args:
        resource: what was read.
        changes: what was found.
        read_before: when each customer was last read before that.
    """
    operations = _that_were_sent(read_before)
    numbers = [operation.pk for each in operations.values() for operation in each]
    spent = _that_have_explained(resource, numbers) if numbers else set()
    found: list[int | None] = []
    for change in changes:
        explained_by = None
        for operation in operations.get(change.domain_id, ()):
            if _explains(operation, resource, change, read_before[change.domain_id], is_spent=operation.pk in spent):
                explained_by = operation.pk
                spent.add(operation.pk)
                break
        found.append(explained_by)
    return found


def _that_were_sent(read_before: Mapping[int, datetime]) -> Mapping[int, list[Operation]]:
    """Return the operations whose effect may not have been read yet, by customer, oldest first."""
    oldest = min(read_before.values())
    not_seen = Q(state__in=IN_FLIGHT) | Q(state=State.SUCCEEDED, state_at__gt=oldest - LATEST)
    tried = Attempt.objects.that_may_have_arrived().filter(operation=OuterRef("pk"))
    by_customer = defaultdict(list)
    for operation in Operation.objects.filter(not_seen, Exists(tried), domain_id__in=list(read_before)).order_by("pk"):
        if operation.kind in COMMANDS:
            by_customer[operation.domain_id or 0].append(operation)
    return by_customer


def _that_have_explained(resource: Resource, numbers: Sequence[int]) -> set[int | None]:
    """An effect is seen once: a second change of the same kind is somebody else's."""
    seen = DetectedChange.objects.filter(operation_id__in=numbers, resource=resource.name)
    return set(seen.values_list("operation_id", flat=True))


def _explains(
    operation: Operation, resource: Resource, change: Change, read_before: datetime, *, is_spent: bool
) -> bool:
    write = write_of(operation)
    derived = [each for each in write.derived_effects if each.resource == resource.name]
    was_read_since = (
        operation.after_read_at and operation.state == State.SUCCEEDED and operation.after_read_at <= read_before
    )
    if was_read_since:
        derived = [] if _has_told_more(operation, read_before) else [each for each in derived if each.is_late]
    if not derived and (was_read_since or resource.name not in write.reads):
        return False
    state = Snapshot.from_json(operation.before or operation.baseline)
    request = write.request.model_validate(operation.request)
    expected = _expected(operation, write, state)
    if any_explains(derived, state, expected, change):
        return True
    if was_read_since or resource.name not in write.reads or resource.name not in state.by_resource:
        return False
    with_change = _with(state, resource, change)
    if not is_spent and not write.took_effect(state, state, request) and write.took_effect(state, with_change, request):
        return True
    return _is_promised(resource, state, expected, change)


def _has_told_more(operation: Operation, read_before: datetime) -> bool:
    """What comes late comes at one time: a reading that began after it was seen finds nothing more of it."""
    told = DetectedChange.objects.filter(operation_id=operation.pk, read_at__gt=operation.after_read_at)
    return told.filter(read_at__lte=read_before).exists()


def _expected(operation: Operation, write: Command[Any], before: Snapshot) -> Snapshot:
    """Where LINE WORKS decides which of several things happens, what it has done is expected once that is known."""
    if write.outcome and operation.after is not None and operation.state == State.SUCCEEDED:
        return write.outcome(before, Snapshot.from_json(operation.after)).projected_state
    return write.projected_state(before, write.request.model_validate(operation.request))


def _with(state: Snapshot, resource: Resource, change: Change) -> Snapshot:
    """Return a state in which this change is the only one."""
    records = [record for record in state.by_resource[resource.name] if record.raw != change.before]
    if change.after is not None:
        records.append(resource.record.from_vendor(dict(change.after)))
    return state.with_records(resource, records)


def _is_promised(resource: Resource, state: Snapshot, expected: Snapshot, change: Change) -> bool:
    """Return whether the preview shows the row as it is now, and did not show it so before."""
    present, promised = (resource.facts(readings.by_resource[resource.name]) for readings in (state, expected))
    if change.after is None:
        [gone] = resource.facts([resource.record.from_vendor(dict(change.before or {}))])
        return gone in present and gone not in promised
    [now] = resource.facts([resource.record.from_vendor(dict(change.after))])
    return now in promised and now not in present
