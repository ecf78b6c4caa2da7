"""Orders as tests place them: asked for, confirmed, followed until they reached a final state."""

import time
from datetime import date, timedelta
from typing import Any

from pydantic import BaseModel

from customers.models import Customer
from portal.accounts.models import User
from portal.core.clock import now
from portal.operations import recovery
from portal.operations.chains import links_of
from portal.operations.commands import Command
from portal.operations.models import Bundle, BundleStep, Operation
from portal.operations.recording import keep_display, recorded_bundle
from portal.operations.services import confirm, propose
from portal.operations.states import State
from subscriptions.commands.pre_orders import ADD_PRE_ORDER
from subscriptions.rules.pre_orders import PreOrderAdd
from tests.support.portal import TODAY
from tests.support.waiting import wait_for

# By then Partnerdesk's schedule would have looked for what got lost.
SCHEDULE_SECONDS = 10.0
REASON = "ご要望（電話、佐藤様）"
BEGINNING = ["proposed", "confirmed", "claimed", "checked before sending"]


def day(ahead: int) -> date:
    """Return a day by its distance from the sandbox's first one."""
    return date.fromisoformat(TODAY) + timedelta(days=ahead)


def pre_order(**changes: Any) -> PreOrderAdd:
    """Return a wish that every rule allows, or one that differs in some fields."""
    wish = {"product_id": "STD", "plan": "ANNUAL_LICENSE", "apply_date": day(17), "license_count": 10}
    return PreOrderAdd.model_validate(wish | changes)


def monthly(**changes: Any) -> PreOrderAdd:
    """Return a wish for a monthly plan, which has no number of licenses."""
    return PreOrderAdd.model_validate({"product_id": "STD", "plan": "MONTHLY", "apply_date": day(17)} | changes)


def ask(
    by: User, customer: Customer, request: BaseModel | None = None, write: Command[Any] = ADD_PRE_ORDER
) -> Operation:
    """Propose a change; a pre-order unless told otherwise."""
    return propose(write, domain_id=customer.pk, customer_name=str(customer), request=request or pre_order(), by=by)


def order(
    by: User, customer: Customer, request: BaseModel | None = None, write: Command[Any] = ADD_PRE_ORDER
) -> Operation:
    """Propose a change and confirm it."""
    return confirm(ask(by, customer, request, write), by=by, reason=REASON)


def stored(state: str, **columns: Any) -> Operation:
    """Put an operation into the table in any state, as no code of Partnerdesk could."""
    operation = Operation.objects.create(
        **{
            "kind": ADD_PRE_ORDER.kind,
            "domain_id": 300_000_006,
            "customer_name": "株式会社つばめ運輸",
            "request": pre_order().model_dump(mode="json", by_alias=True, exclude_unset=True),
            "state": state,
            "proposed_by_id": 1,
            "proposed_by_name": "佐藤 美咲",
            "reason": REASON,
            "baseline": {"customer": [], "subscriptions": [], "pre_orders": []},
            "baseline_read_at": now(),
            "sent_at": now(),
            "after_read_at": now() if state == State.SUCCEEDED else None,
            **columns,
        }
    )
    keep_display(operation)
    return operation


def stored_bundle(state: str, **columns: Any) -> Bundle:
    """Put a bundle of two pre-orders into the table in any state, as no code of Partnerdesk could."""
    bundle = Bundle.objects.create(
        **{
            "domain_id": 300_000_006,
            "customer_name": "株式会社つばめ運輸",
            "state": state,
            "proposed_by_id": 1,
            "proposed_by_name": "佐藤 美咲",
            "reason": REASON,
            "baseline": {"customer": [], "subscriptions": [], "pre_orders": []},
            "baseline_read_at": now(),
            **columns,
        }
    )
    for number, request in enumerate((pre_order(), monthly()), start=1):
        wish = request.model_dump(mode="json", by_alias=True, exclude_unset=True)
        BundleStep.objects.create(bundle=bundle, number=number, kind=ADD_PRE_ORDER.kind, request=wish)
    bundle.display = recorded_bundle(bundle, links_of(bundle))
    bundle.save(update_fields=["display"])
    bundle.events.create(what="stopped", state=state, details={"step": 1})
    return bundle


def reach(operation: Operation, *states: State) -> Operation:
    """Wait until an operation is in one of some states."""
    return _follow(operation, states, sweeping=False)


def rest(operation: Operation, *, sweeping: bool = False) -> Operation:
    """
    Wait until nothing more happens to an operation by itself.

    Args:
        operation: whatever state it is in.
        sweeping: look for what got lost all the while, as the schedule does every few seconds.
    """
    ends = (State.SUCCEEDED, State.REFUSED, State.NOT_APPLIED, State.STALE, State.CANCELED, State.UNDECIDED)
    return _follow(operation, ends, sweeping=sweeping)


def happened(operation: Operation) -> list[str]:
    """Return the timeline, oldest first."""
    return list(operation.events.values_list("what", flat=True))


def outcomes(operation: Operation) -> list[str]:
    """Return what came of each try, oldest first."""
    return list(operation.answers.values_list("outcome", flat=True))


def _follow(operation: Operation, states: tuple[State, ...], *, sweeping: bool) -> Operation:
    began = time.monotonic()

    def arrived() -> bool:
        if sweeping or time.monotonic() - began > SCHEDULE_SECONDS:
            recovery.sweep()
        operation.refresh_from_db()
        return operation.state in states

    try:
        wait_for(arrived, f"{operation} becomes one of {[str(state) for state in states]}")
    except AssertionError as error:
        error.add_note(f"it is {operation.state} after {happened(operation)}: {operation.problem}")
        raise
    return operation
