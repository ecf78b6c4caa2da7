"""What the page of a request shows. Reads, decides nothing."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

from django.db.models import Count, Max, QuerySet

from portal.accounts.models import User
from portal.core.clock import business_today
from portal.core.htmx import mark_before_reading
from portal.core.rules import Consequence, Problem
from portal.operations import reconciliation
from portal.operations.approvals import Policy, part_of
from portal.operations.commands import COMMANDS, NO_CUSTOMER, Command, Outcome, write_of
from portal.operations.comparison import Evidence, side_by_side
from portal.operations.eligibility import names_of
from portal.operations.models import BundleStep, Event, Operation
from portal.operations.snapshots import Snapshot
from portal.operations.states import FOR_A_PERSON, IN_FLIGHT, READING_BACK, SETTLED, TO_CONFIRM, State
from portal.sync.resources import RESOURCES


class Row:
    """An operation in a list."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.write: Command[Any] = write_of(operation)

    @property
    def summary(self) -> str:
        """What was asked for, in one line."""
        return summary(self.operation)


def summary(operation: Operation) -> str:
    """Return what was asked for, in one line."""
    write = write_of(operation)
    return write.summary(Snapshot.from_json(operation.seen), write.request.model_validate(operation.request))


def consequences(operation: Operation) -> list[Consequence]:
    """Return what follows from it, the worst first."""
    return [Consequence.from_json(stored) for stored in operation.consequences]


def mark(operation: Operation) -> str:
    """Return a text that changes with every event, so that a poll can tell whether anything moved."""
    return mark_of(operation.events.all())


def mark_of(events: QuerySet[Any]) -> str:
    """
    Return a text that changes with every event that is added to some.

    They are counted too: of two that are written at the same time, the one with the lower number may come later.
    """
    found = events.aggregate(latest=Max("pk"), count=Count("pk"))
    return f"{found['latest'] or 0}-{found['count']}"


def evidence(operation: Operation) -> list[Evidence]:
    """Lay the readings side by side, fact by fact."""
    write = write_of(operation)
    request = write.request.model_validate(operation.request)
    before = replace(Snapshot.from_json(operation.before or operation.seen), day=_day_of(operation))
    outcome = _outcome(operation)
    expected = outcome.projected_state if outcome else write.projected_state(before, request)
    if not operation.after:
        return side_by_side(before, expected, None, write.compare_all_fields, was_seen=False)
    after = Snapshot.from_json(operation.after)
    was_seen = write.took_effect(before, after, request)
    return side_by_side(before, expected, after, write.compare_all_fields, was_seen=was_seen)


def _day_of(operation: Operation) -> date:
    """Return the business day on which it was sent, or asked for; today if its timeline was not kept that far."""
    days = operation.events.filter(details__has_key="day").order_by("pk").values_list("details__day", flat=True)
    day = days.last()
    return date.fromisoformat(day) if day else business_today()


def _outcome(operation: Operation) -> Outcome | None:
    """Return which of several things LINE WORKS has done, where it decides that and the order is done."""
    write = write_of(operation)
    if write.outcome is None or operation.after is None or operation.state != State.SUCCEEDED:
        return None
    before = Snapshot.from_json(operation.before or operation.seen)
    return write.outcome(before, Snapshot.from_json(operation.after))


def detail(operation: Operation, user: User) -> dict[str, Any]:
    """Return the context of an operation's page."""
    taken = mark_before_reading(operation, mark)
    write = write_of(operation)
    events, outcome = list(operation.events.all()), _outcome(operation)
    may_order = user.has_perm(write.permission)
    part = part_of(operation)
    second_person = Policy.at_present().reasons([part])
    return {
        "operation": operation,
        "write": write,
        "summary": summary(operation),
        "outcome": outcome.words if outcome else "",
        "evidence": evidence(operation),
        "consequences": consequences(operation),
        "events": events,
        "attempts": list(operation.attempts.select_related("answer")),
        "mark": taken,
        "poll_seconds": _poll_seconds(operation),
        # Whose it is shows only once the customer is there.
        "is_newcomers": write.is_onboarding,
        "moved_titles": _moved(events),
        "former_people": [name for event in events[-1:] for name in event.details.get("people", [])],
        "problems": [Problem.from_json(stored) for event in events for stored in event.details.get("problems", [])],
        "wish": "" if write.reads else json.dumps(operation.request, ensure_ascii=False, indent=2),
        "ask_again": _ask_again(operation, write),
        "second_person": second_person,
        "is_destructive": part.write.takes_away(part.request),
        "two_people": bool(operation.approved_digest) or (operation.state in TO_CONFIRM and bool(second_person)),
        "may_confirm": may_order and operation.state in TO_CONFIRM,
        "may_cancel": may_order and operation.is_cancellable,
        "may_read": may_order and operation.state in READING_BACK and bool(write.reads),
        "may_approve": operation.state == State.AWAITING_APPROVAL
        and user.has_perm("operations.approve_operation")
        and user.pk not in operation.asker_ids,
        "askers": names_of(operation.asker_ids) if operation.state == State.AWAITING_APPROVAL else [],
        "may_settle": _is_for_a_person(operation) and user.has_perm("operations.settle_operation"),
        "held": _held_by(operation),
        "bundle_step": BundleStep.objects.select_related("bundle").filter(operation=operation).first(),
        "never_left": any(event.what == "never sent" for event in events),
        "today": business_today(),
    }


def _ask_again(operation: Operation, write: Command[Any]) -> str:
    """Return the address of its form, filled in with the same wish and the facts of the moment; empty without one."""
    if operation.kind not in COMMANDS:
        return ""
    request = write.request.model_validate(operation.request)
    return write.ask_again(operation.domain_id or NO_CUSTOMER, request, repeated=operation.pk)


def _is_for_a_person(operation: Operation) -> bool:
    """Nobody knows what happened; or it was accepted and its effect has not shown for longer than planned."""
    return operation.state in FOR_A_PERSON or (
        operation.state == State.ACCEPTED and reconciliation.readings_are_over(operation)
    )


def _held_by(operation: Operation) -> list[Operation]:
    """The orders for the customer, or about the subject, that wait until this one is settled."""
    if operation.state not in IN_FLIGHT:
        return []
    others = Operation.objects.all().beside(operation)
    return list(others.filter(state=State.QUEUED).order_by("confirmed_at", "pk"))


def _poll_seconds(operation: Operation) -> int:
    """How often the page looks: not at all once nothing moves by itself."""
    if operation.state in (*SETTLED, *TO_CONFIRM, State.UNDECIDED):
        return 0
    return 10 if operation.state in (State.UNKNOWN, State.AWAITING_APPROVAL) else 2


def _moved(events: list[Event]) -> list[str]:
    names = [name for event in events for name in event.details.get("moved", [])]
    return [str(RESOURCES[name].title) for name in names]
