"""
Calls from the command line, with JSON parameters by the names of LINE WORKS: ``manage.py partner_api``.

A change becomes an operation like any other, with the rules and the verification of its command.
"""

import json
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError

from portal.accounts.models import User
from portal.core.clock import now
from portal.operations import execution, reconciliation
from portal.operations.commands import COMMANDS, Command
from portal.operations.models import Operation
from portal.operations.request_secrets import STRUCK, put
from portal.operations.services import propose
from portal.operations.states import READING_BACK, SETTLED, State
from portal.sync.raw_reads import ask
from portal.sync.resources import CUSTOMER, RESOURCES
from portal.vendor import client
from portal.vendor.client import GROUPS, Secret
from portal.vendor.connection import api
from portal.vendor.ratelimit import Priority

HOW = "manage.py partner_api"
DOMAIN_ID = "domainId"
# What a column of 64 bits holds.
IDS = range(1, 2**63)
AT_REST = (*SETTLED, State.UNDECIDED, State.AWAITING_APPROVAL, State.RETURNED, State.UNASSIGNED)
_BETWEEN_LOOKS_SECONDS = 0.2


class BadCall(ValueError):
    """What was given cannot be a call; says why in one sentence, and repeats no secret."""


def parse(text: str) -> dict[str, Any]:
    """
    Return the JSON object that a person wrote.

    Raises:
        BadCall: it is none, or holds what PostgreSQL cannot keep.
    """
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadCall(f"This is no JSON ({error}).") from None
    if not isinstance(given, dict):
        raise BadCall('Give a JSON object, such as {"domainId": 10000001}.')
    if "\\u0000" in text.replace("\\\\", ""):
        raise BadCall("The JSON holds a null character, which cannot be kept.")
    return given


def secret_places(body: type[BaseModel] | None, within: str = "") -> Iterator[str]:
    """Return where a body holds secrets, such as ``administrator.password``."""
    for name, member in body.model_fields.items() if body else ():
        place = f"{within}{member.alias or name}"
        for kind in get_args(member.annotation) or (member.annotation,):
            if kind is Secret:
                yield place
            elif isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from secret_places(kind, f"{place}.")


def value_at(given: Any, place: str) -> Any:
    """Return the value at a place whose names are separated by dots; None if there is none."""
    for name in place.split("."):
        given = given.get(name) if isinstance(given, Mapping) else None
    return given


def description(operation: client.Operation) -> str:
    """Return what an operation does and what it takes, as JSON schemas; a change takes one of several."""
    kind = "changes something" if operation.changes else "only reads"
    names = {each.name: TypeAdapter(each.type).json_schema() for each in operation.parameters}
    required = [each.name for each in operation.parameters if each.required]
    if operation.changes:
        schemas = [each.request.model_json_schema() for each in _commands(operation)]
        # The other parameters are members of the request.
        names, required = ({DOMAIN_ID: names[DOMAIN_ID]}, [DOMAIN_ID]) if DOMAIN_ID in names else ({}, [])
    else:
        schemas = [operation.body.model_json_schema() if operation.body else {}]
    takes = [
        {
            **schema,
            "properties": {**names, **schema.get("properties", {})},
            "required": [*required, *schema.get("required", [])],
        }
        for schema in schemas
    ]
    return (
        f"{operation.name}: {purpose(operation)}\n"
        f"{operation.http_method} {operation.path}; {kind}; scope {operation.scope}\n"
        f"{json.dumps(takes, ensure_ascii=False, indent=2)}"
    )


def purpose(operation: client.Operation) -> str:
    """Return what an operation does: the first line of what the client says of it."""
    method = getattr(GROUPS[operation.group], operation.method_name)
    return (method.__doc__ or "").strip().partition("\n")[0]


def read(operation: client.Operation, given: Mapping[str, Any]) -> Any:
    """
    Read once and keep nothing; return what the client's method returns.

    Raises:
        BadCall: the operation takes something else; nothing was sent.
        NotConnected, NoCapacity, Refused, NotSent, NoClearAnswer: as ``ask``.
    """
    names = {each.name for each in operation.parameters}
    body = {name: value for name, value in given.items() if name not in names}
    try:
        return ask(operation, {name: given[name] for name in names & set(given)}, body or None)
    except ValidationError as error:
        reason = _faults(error)
    except ValueError as error:
        reason = f"{error}"
    raise BadCall(f"{operation.name} cannot be asked so: {reason}.")


def propose_by_hand(operation: client.Operation, given: Mapping[str, Any], *, by: User) -> Operation:
    """
    Propose an operation; nothing is changed at LINE WORKS.

    Args:
        operation: one that changes something.
        given: ``domainId`` and what the command's request takes, secrets in clear.
        by: who asks.

    Raises:
        BadCall: the command takes something else.
        Refused, NotSent, NoClearAnswer, NoCapacity: the customer could not be read, by which the rules would judge it.
        PermissionDenied: the person may not ask for this.
        NotAllowed: the rules stand against it.
        NotConnected: no account is connected.
    """
    given = dict(given)
    secrets = {place: value for place in secret_places(operation.body) if (value := value_at(given, place)) is not None}
    if secrets and operation.body:
        _check(operation, [operation.body], given)
    for place in secrets:
        given = put(given, place, STRUCK)
    domain_id = given.pop(DOMAIN_ID, None)
    if DOMAIN_ID in [each.name for each in operation.parameters]:
        if type(domain_id) is not int or domain_id not in IDS:
            raise BadCall(f"{DOMAIN_ID} is a whole number from 1 to {IDS[-1]}.")
    elif domain_id is not None:
        raise BadCall(f"{operation.name} takes no {DOMAIN_ID}.")
    commands = _commands(operation)
    number, request = _check(operation, [each.request for each in commands], given)
    command = commands[number]
    if domain_id is not None:
        # The rules judge by the cache, and the operation keeps what it held as what was seen.
        execution.read_state(api.partner_api(Priority.PEOPLE), command, domain_id)
    subject = "" if domain_id else str(given.get("domain") or operation.name).strip().lower()
    return propose(
        command,
        domain_id=domain_id,
        customer_name=_name(domain_id) if domain_id else subject,
        request=request,
        by=by,
        subject=subject,
        secrets=secrets,
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


def _commands(operation: client.Operation) -> list[Command[Any]]:
    return [each for each in COMMANDS if each.operation == operation.name]


def _check(
    operation: client.Operation, models: list[type[BaseModel]], given: Mapping[str, Any]
) -> tuple[int, BaseModel]:
    """Return the first model that takes what was given, by its place, and what it makes of it."""
    faults = []
    for number, model in enumerate(models):
        try:
            return number, model.model_validate(given)
        except ValidationError as error:
            faults.append(_faults(error))
    raise BadCall(f"{operation.name} cannot be ordered so: {', or '.join(faults)}.")


def _faults(error: ValidationError) -> str:
    faults = error.errors(include_input=False, include_url=False)
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in faults)


def _name(domain_id: int) -> str:
    """Return what people call a customer; by its number if it was never read."""
    for record in RESOURCES[CUSTOMER].cached(domain_id):
        if isinstance(record, client.Customer):
            return record.company_name or record.domain
    return str(domain_id)
