"""
A change that somebody asks for on the command line, by LINE WORKS's names, and follows to its end.

It is an operation like any other. What Partnerdesk declares goes exactly the declared way: the rules judge it, the
vendor is read before and after. For the rest LINE WORKS's table of operations makes a bare write.
"""

import time
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, ValidationError

from portal.accounts.models import User
from portal.core.clock import now
from portal.operations import execution, reconciliation
from portal.operations.commands import COMMANDS, Command
from portal.operations.models import Operation
from portal.operations.raw_parameters import Mistyped, Wish
from portal.operations.raw_writes import BODY, BareRequest, bare_write
from portal.operations.services import propose
from portal.operations.states import READING_BACK, SETTLED, State
from portal.sync.resources import RESOURCES
from portal.sync.runs import CUSTOMER
from portal.vendor import client
from portal.vendor.connection import api
from portal.vendor.ratelimit import Priority

HOW = "manage.py partner_api"
# What a column of 64 bits holds.
IDS = range(1, 2**63)
AT_REST = (*SETTLED, State.UNDECIDED, State.AWAITING_APPROVAL, State.UNASSIGNED)
_BETWEEN_LOOKS_SECONDS = 0.2


def propose_by_hand(wish: Wish, *, by: User, statements: Collection[str] = ()) -> Operation:
    """
    Propose an operation from what was typed; nothing is changed at LINE WORKS.

    Args:
        wish: a call that changes something.
        by: who asks.
        statements: what that person states and LINE WORKS is not sent, by the names that the form has for it.

    Raises:
        Mistyped: Partnerdesk's own form of this change cannot be made of it.
        Refused, NotSent, NoClearAnswer, NoCapacity: the customer could not be read, by which the rules would judge it.
        PermissionDenied: the person may not ask for this.
        NotAllowed: the rules stand against it.
        NotConnected: no account is connected.
    """
    domain_id = wish.parameters.get("domainId")
    if domain_id is not None and domain_id not in IDS:
        raise Mistyped(f"domainId is a whole number from 1 to {IDS[-1]}.")
    kind = wish.operation.name
    writes = [write for write in COMMANDS if write.operation == kind]
    declared: Command[Any] | None = None
    if writes:
        declared, request = _declared_request(writes, wish, statements)
        inside = ""
        if domain_id is not None:
            # The rules judge by the cache, and the operation keeps what it held as what was seen.
            execution.read_state(api.partner_api(Priority.PEOPLE), declared, domain_id)
    elif statements:
        raise Mistyped(f"{kind} takes no statement.")
    else:
        request, inside = BareRequest(parameters=wish.parameters, body=wish.struck_body), f"{BODY}."
    subject = "" if domain_id else _subject(wish)
    return propose(
        declared or bare_write(kind),
        domain_id=domain_id,
        customer_name=_name(domain_id) if domain_id else subject,
        request=request,
        by=by,
        subject=subject,
        secrets={f"{inside}{place}": secret for place, secret in wish.secrets.items()},
        note=HOW,
    )


def follow(operation: Operation, *, seconds: float) -> Operation:
    """
    Do for one confirmed operation what the workers would do, until nothing more happens to it or the time is over.

    A worker may do the same at the same time: whoever holds the operation's lock goes on, and nothing is sent twice.
    What is not at rest when the time is over stays in the hands of the workers.

    Returns:
        The operation as it is then.
    """
    end = now() + timedelta(seconds=seconds)
    while operation.state not in AT_REST:
        before = operation.state
        if operation.next_try_at is None or operation.next_try_at <= now():
            _take_a_step(operation)
        operation.refresh_from_db()
        if now() > end:
            break
        if operation.state == before:
            time.sleep(_BETWEEN_LOOKS_SECONDS)
    return operation


def _take_a_step(operation: Operation) -> None:
    if operation.state == State.QUEUED:
        execution.send(operation)
    elif operation.state in READING_BACK:
        reconciliation.look(operation)


def _declared_request(
    writes: Sequence[Command[Any]], wish: Wish, statements: Collection[str]
) -> tuple[Command[Any], BaseModel]:
    """Return the first of an operation's changes that takes what was typed, and the request that it makes of it."""
    given = {name: value for name, value in wish.parameters.items() if name != "domainId"} | (wish.struck_body or {})
    given |= dict.fromkeys(statements, True)
    told = []
    for write in writes:
        try:
            return write, write.request.model_validate(given)
        except ValidationError as error:
            faults = [(".".join(map(str, fault["loc"])), fault["msg"]) for fault in error.errors(include_input=False)]
            told.append("; ".join(f"{name}: {why}" for name, why in faults))
    raise Mistyped(f"The portal does not order {wish.operation.name} so: {', or '.join(told)}.")


def _subject(wish: Wish) -> str:
    """A change without a customer is about a domain name; one without either is one at a time."""
    domain = wish.parameters.get("domain") or (wish.body or {}).get("domain")
    return str(domain).strip().lower() if domain else wish.operation.name


def _name(domain_id: int) -> str:
    """Return what people call a customer; by its number if it was never read."""
    for record in RESOURCES[CUSTOMER].cached(domain_id):
        if isinstance(record, client.Customer):
            return record.company_name or record.domain
    return str(domain_id)
