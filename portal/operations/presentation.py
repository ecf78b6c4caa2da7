"""What the page of a request shows. Reads, decides nothing."""

import json
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Max, QuerySet

from portal.accounts.models import User
from portal.core.clock import business_today
from portal.core.htmx import mark_before_reading
from portal.core.rules import Consequence, Problem
from portal.operations import reconciliation
from portal.operations.approvals import Policy, part_of
from portal.operations.commands import NO_CUSTOMER, Command, is_retired, write_of
from portal.operations.display import Fact, display_of
from portal.operations.eligibility import names_of
from portal.operations.models import Bundle, BundleStep, Event, Operation
from portal.operations.states import FOR_A_PERSON, IN_FLIGHT, READING_BACK, SETTLED, TO_CONFIRM, State
from portal.sync.history import resource_title


class Row:
    """An operation in a list."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.display = display_of(operation)


def summary(operation: Operation) -> str:
    """Return what was asked for, in one line."""
    return display_of(operation).summary


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


def evidence(operation: Operation) -> Sequence[Fact]:
    """Lay the readings side by side, fact by fact."""
    return display_of(operation).facts


def technical(stored: Operation | Bundle, **further: Any) -> str:
    """Return what is kept of a request as it is kept, for rows that the code of the day cannot word."""
    columns = ("schema_version", "kind", "request", "seen", "before", "after", "consequences", "display")
    kept = {name: getattr(stored, name) for name in columns if getattr(stored, name, None)}
    return json.dumps(kept | further, ensure_ascii=False, indent=2)


def detail(operation: Operation, user: User) -> dict[str, Any]:
    """Return the context of an operation's page."""
    taken = mark_before_reading(operation, mark)
    write, display = write_of(operation), display_of(operation)
    events = list(operation.events.all())
    may_order = user.has_perm(write.permission)
    part = part_of(operation)
    second_person = Policy.at_present().reasons([part])
    return {
        "operation": operation,
        "display": display,
        "evidence": display.facts,
        "technical": technical(operation) if is_retired(write) or not display.is_kept else "",
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
        "wish": "" if display.is_read_back else json.dumps(operation.request, ensure_ascii=False, indent=2),
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
    if is_retired(write):
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
    return [resource_title(name) for event in events for name in event.details.get("moved", [])]
