"""
Changes that LINE WORKS offers and Partnerdesk does not: sent by hand, without rules and without readings.

A bare write runs through the same engine as every other: it needs a permission and a reason, it is sent once, and
all of it is kept. What Partnerdesk cannot say of it, it does not pretend to know: a clear answer counts as done and is
shown as not read back, and without a clear answer a person decides.
"""

import json
import re
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from portal.core.rules import Verdict
from portal.operations.commands import COMMANDS, Command
from portal.operations.models import Operation
from portal.operations.snapshots import Snapshot
from portal.vendor.client import OPERATIONS, PartnerApi

PERMISSION = "operations.write_by_hand"
# Where the body stands in the request, for the places of its secrets.
BODY = "body"


class BareRequest(BaseModel):
    """
    A call by LINE WORKS's own names.

    Args:
        parameters: what stands in the path.
        body: the JSON object; none for an operation without one. May hold a secret on its way into the call.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    parameters: dict[str, Any]
    body: dict[str, Any] | None = Field(default=None, repr=False)


def write_of(operation: Operation) -> Command[Any]:
    """Return how an operation is judged, sent and read back."""
    return bare_write(operation.kind) if operation.is_bare else COMMANDS[operation.kind]


@cache
def bare_write(kind: str) -> Command[BareRequest]:
    """Return the declaration of a change for which nobody has written one: no rules, no readings, only the call."""
    return Command(
        kind=kind,
        title=in_words(kind),
        icon="send",
        permission=PERMISSION,
        request=BareRequest,
        judge=lambda _state, _request, _today: Verdict(),
        reads=(),
        send=lambda api, _domain_id, request: _send(kind, api, request),
        took_effect=_cannot_be_told,
        expected=lambda state, _request: state,
        summary=lambda _state, request: in_one_line(request),
        is_destructive=OPERATIONS[kind].http_method == "DELETE",
        licenses_added=lambda _state, request: _licenses_named(request),
    )


def in_words(kind: str) -> str:
    """Say an operationId in words: ``addSubscription`` is "Add subscription"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).capitalize()


def in_one_line(request: BareRequest) -> str:
    """Return what is to be sent, a name and its value after the other, nested members as JSON."""
    given = request.parameters | (request.body or {})
    return ", ".join(f"{name} {_said(value)}" for name, value in given.items())


def _licenses_named(request: BareRequest) -> int:
    """Nothing is read, so how many of them are new is not known: all count."""
    named = (request.body or {}).get("licenseCount")
    return named if isinstance(named, int) else 0


def _said(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _send(kind: str, api: PartnerApi, request: BareRequest) -> object:
    return OPERATIONS[kind].call(api, request.parameters, request.body)


def _cannot_be_told(_before: Snapshot, _after: Snapshot, _request: BareRequest) -> bool:
    """Nothing is read, so nothing is seen."""
    return False
