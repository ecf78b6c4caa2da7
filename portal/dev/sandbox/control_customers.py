"""
The part of the control interface that is about customers: what they do themselves, and what others do at the console.
"""

import re
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from .call import Call
from .errors import bad_request, invalid, not_exist
from .fields import boolean, one_of, read_body, storable, whole_number
from .potentials import list_potentials
from .runtime import OPERATIONS, Sandbox
from .state import State

BY_CONSOLE = "console:"  # before the operation's id: the ledger's name for a change that was made outside the API
BY_CUSTOMER = "outside:changeCustomer"  # the ledger's name for what the customer or its world did

_MOST = 10**9
_WRITES = {operation.id: operation for operation in OPERATIONS if operation.writes}
_COLUMNS = {
    "members": "member_count",
    "storageGb": "storage_gb",
    "contacts": "contacts",
    "hasSlowApp": "has_slow_app",
    "acceptedTerms": "accepted_terms",
    "hasDns": "has_dns",
    "isPartner": "is_partner",
    "status": "status",
}


def _change_customer(sandbox: Sandbox, request: web.Request, body: Any) -> Mapping[str, Any]:
    """Change what the vendor learns of a customer by itself: members join, terms are accepted, DNS is set."""
    wanted = read_body(
        body,
        required={},
        optional={
            "members": _count,
            "storageGb": _count,
            "contacts": _count,
            "hasSlowApp": boolean,
            "acceptedTerms": boolean,
            "hasDns": boolean,
            "isPartner": boolean,
            "status": one_of("ACTIVE", "SUSPENDED_ADMIN"),  # withdrawal has a way of its own
        },
    )
    sandbox.today()
    domain_id = _existing_customer(sandbox.state, request.match_info["domain_id"])
    with sandbox.state.transaction():
        for name, value in wanted.items():
            query = f"UPDATE platforms SET {_COLUMNS[name]} = ? WHERE domain_id = ?"  # noqa: S608  names of our own
            sandbox.state.db.execute(query, (value, domain_id))
        if wanted:
            sandbox.state.record_effect(BY_CUSTOMER, domain_id, wanted)
    return _platform(sandbox.state, domain_id)


def _show_customer(sandbox: Sandbox, request: web.Request, _body: Any) -> Mapping[str, Any]:
    sandbox.today()
    return _platform(sandbox.state, _existing_customer(sandbox.state, request.match_info["domain_id"]))


def _write_outside(sandbox: Sandbox, _request: web.Request, body: Any) -> Mapping[str, Any]:
    """Do a write operation as somebody at the vendor's console would: same rules, no token, no limit, no fault."""
    wanted = read_body(
        body,
        required={"operation": one_of(*sorted(_WRITES))},
        optional={"path": _strings, "query": _strings, "body": lambda _name, value: value},
    )
    return _do_outside(
        sandbox, wanted["operation"], wanted.get("path", {}), wanted.get("query", {}), wanted.get("body")
    )


def _add_pre_order(sandbox: Sandbox, request: web.Request, body: Any) -> Mapping[str, Any]:
    done = _do_outside(sandbox, "addPreOrder", request.match_info, {}, body)
    return dict(done["body"])


def _do_outside(
    sandbox: Sandbox, operation_id: str, path: Mapping[str, str], query: Mapping[str, str], body: Any
) -> Mapping[str, Any]:
    operation = _WRITES[operation_id]
    for name in re.findall(r"{(\w+)}", operation.path):
        if name not in path:
            raise bad_request(f"path: {name} is required")
    call = Call(
        state=sandbox.state,
        operation=f"{BY_CONSOLE}{operation_id}",
        today=sandbox.today(),
        path=path,
        query=query,
        body=body,
        writes=True,
    )
    with sandbox.state.transaction():
        answer = operation.do(call)
    return {"status": answer.status, "body": answer.body}


def _list_potentials(sandbox: Sandbox, _request: web.Request, _body: Any) -> Mapping[str, Any]:
    sandbox.today()
    return {"potentialCustomers": list_potentials(sandbox.state)}


CUSTOMER_ROUTES = (
    ("GET", "/potential-customers", 200, _list_potentials),
    ("GET", "/customers/{domain_id}", 200, _show_customer),
    ("POST", "/customers/{domain_id}", 200, _change_customer),
    ("POST", "/customers/{domain_id}/pre-orders", 201, _add_pre_order),
    ("POST", "/outside", 200, _write_outside),
)


def _existing_customer(state: State, given: str) -> int:
    if given.isascii() and given.isdigit() and len(given) <= 18:
        row = state.db.execute("SELECT domain_id FROM platforms WHERE domain_id = ?", (int(given),)).fetchone()
        if row:
            return int(row[0])
    raise not_exist("CUSTOMER", given)


def _platform(state: State, domain_id: int) -> dict[str, Any]:
    columns = ", ".join(_COLUMNS.values())
    row = state.db.execute(f"SELECT {columns} FROM platforms WHERE domain_id = ?", (domain_id,)).fetchone()  # noqa: S608
    found = dict(zip(_COLUMNS, row, strict=True))
    return {name: bool(value) if name.startswith(("has", "is", "accepted")) else value for name, value in found.items()}


def _count(name: str, value: object) -> int:
    number = whole_number(name, value)
    if not 0 <= number <= _MOST:
        raise invalid(name, f"must be from 0 to {_MOST}")
    return number


def _strings(name: str, value: object) -> dict[str, str]:
    """Read the values of a path or a query; the vendor's camelCase names stand for the snake_case ones of paths."""
    if not isinstance(value, dict) or not all(isinstance(one, str | int) for one in value.values()):
        raise invalid(name, "must be an object of strings and whole numbers")
    strings = {key: storable(f"{name}.{key}", str(one)) for key, one in value.items()}
    if name == "query":
        return strings
    return {re.sub(r"([A-Z])", r"_\1", key).lower(): one for key, one in strings.items()}
