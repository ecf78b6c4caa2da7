"""
The control interface of demonstrations and tests: the clock, faults, limits, the ledger, a fresh start.

No sign-in guards it, so it answers only to a caller on this machine that also addresses it as such: a web
page elsewhere that leads a browser here under another name gets nothing.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Any

from aiohttp import web

from .clock import ClockError
from .config import MOST_CUSTOMERS
from .control_customers import CUSTOMER_ROUTES
from .control_months import MONTH_ROUTES
from .errors import Refusal, bad_request, invalid
from .faults import (
    EVERY_OPERATION,
    NAMES,
    OF_NEXT_PAGES,
    OF_NO_CALL,
    OF_THE_CLOCK,
    OF_TOKENS,
    PAGED,
    REFUSE_CONNECTION,
    TOKEN,
)
from .fields import day, nullable, one_of, read_body, whole_number
from .limits import Rival, WindowKind
from .oauth_control import OAUTH_ROUTES
from .runtime import OPERATION_IDS, Sandbox

ROOT = "/_control"

_LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
_MOST_DAYS_AT_ONCE = 36_525

Work = Callable[[Sandbox, web.Request, Any], Mapping[str, Any]]


def add_control_routes(app: web.Application, sandbox: Sandbox) -> None:
    """Lay out the addresses below /_control."""
    for method, path, status, work in (
        ("GET", "/health", 200, _health),
        ("GET", "/clock", 200, _clock),
        ("POST", "/clock", 200, _set_clock),
        ("GET", "/faults", 200, _faults),
        ("POST", "/faults", 201, _add_fault),
        ("DELETE", "/faults", 200, _clear_faults),
        ("GET", "/ledger", 200, _ledger),
        ("GET", "/calls", 200, _calls),
        ("DELETE", "/calls", 200, _reset_calls),
        ("GET", "/limits", 200, _limits),
        ("POST", "/limits", 200, _set_limits),
        ("POST", "/reset", 200, _reset),
        *OAUTH_ROUTES,
        *CUSTOMER_ROUTES,
        *MONTH_ROUTES,
    ):
        app.router.add_route(method, f"{ROOT}{path}", _handler(sandbox, status, work))


def _handler(sandbox: Sandbox, status: int, work: Work) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            _check_caller(request)
            body = _parse(await request.read()) if request.method == "POST" else None
            return web.json_response(work(sandbox, request, body), status=status)
        except Refusal as refusal:
            return web.json_response(refusal.body(), status=refusal.status)

    return handle


def _check_caller(request: web.Request) -> None:
    name = request.url.host or ""
    if name not in _LOOPBACK_HOSTS or "Origin" in request.headers:
        raise Refusal(403, "FORBIDDEN", "the control interface is for callers on this machine")


def _parse(raw_body: bytes) -> object:
    if not raw_body:
        return {}
    try:
        return json.loads(raw_body)
    except (ValueError, RecursionError) as error:
        raise bad_request("the body is not JSON") from error


def _health(sandbox: Sandbox, _request: web.Request, _body: Any) -> Mapping[str, Any]:
    return {
        "ok": True,
        "customers": sandbox.state.count("customers"),
        "businessDate": sandbox.today().isoformat(),
    }


def _clock(sandbox: Sandbox, _request: web.Request, _body: Any) -> Mapping[str, Any]:
    return {"businessDate": sandbox.clock.today().isoformat(), "setByHand": sandbox.clock.set_by_hand}


def _set_clock(sandbox: Sandbox, request: web.Request, body: Any) -> Mapping[str, Any]:
    wanted = read_body(body, required={}, optional={"businessDate": day, "days": _count(_MOST_DAYS_AT_ONCE)})
    if len(wanted) != 1:
        raise bad_request("give businessDate or days")
    try:
        to: date = wanted.get("businessDate") or sandbox.clock.today() + timedelta(days=wanted["days"])
        sandbox.clock.set(to)
    except (ClockError, OverflowError) as error:
        raise bad_request(str(error)) from error
    return _clock(sandbox, request, None)


def _faults(sandbox: Sandbox, _request: web.Request, _body: Any) -> Mapping[str, Any]:
    return {"faults": [fault.as_json() for fault in sandbox.faults_in_force()]}


def _add_fault(sandbox: Sandbox, _request: web.Request, body: Any) -> Mapping[str, Any]:
    wanted = read_body(
        body,
        required={
            "operation": one_of(EVERY_OPERATION, TOKEN, *sorted(OPERATION_IDS)),
            "fault": one_of(*sorted(NAMES)),
        },
        optional={
            "count": _count(10**9),
            "probability": _number(most=1),
            "seconds": nullable(_number(most=86_400)),
            "seed": whole_number,
            "domainId": whole_number,
        },
    )
    operation, name = wanted.pop("operation"), wanted.pop("fault")
    if "domainId" in wanted:
        if name not in OF_THE_CLOCK:
            raise invalid("domainId", f"is for {' and '.join(sorted(OF_THE_CLOCK))}")
        wanted["domain_id"] = wanted.pop("domainId")
    if name in OF_NEXT_PAGES and operation not in (EVERY_OPERATION, *PAGED):
        raise invalid("fault", f"{name} is for {' and '.join(sorted(PAGED))}")
    if name in OF_TOKENS | OF_NO_CALL and operation == TOKEN:
        raise invalid("fault", f"{name} is not for the token endpoint")
    if name == REFUSE_CONNECTION:
        if operation != EVERY_OPERATION or not wanted.get("seconds"):
            raise invalid("fault", f"{name} is for {EVERY_OPERATION}, and needs seconds")
        sandbox.door.shut(wanted["seconds"])
        return sandbox.faults_in_force()[-1].as_json()
    return sandbox.faults.add(operation, name, **wanted).as_json()


def _clear_faults(sandbox: Sandbox, request: web.Request, _body: Any) -> Mapping[str, Any]:
    sandbox.clear_faults()
    return _faults(sandbox, request, None)


def _ledger(sandbox: Sandbox, request: web.Request, _body: Any) -> Mapping[str, Any]:
    effects = sandbox.state.effects(
        _whole_number_of_query(request, "domainId"),
        operation=request.query.get("operation"),
        after=_whole_number_of_query(request, "after") or 0,
    )
    return {"effects": effects}


def _whole_number_of_query(request: web.Request, name: str) -> int | None:
    value = request.query.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) <= 18):
        raise invalid(name, "must be a whole number")
    return int(value)


def _calls(sandbox: Sandbox, _request: web.Request, _body: Any) -> Mapping[str, Any]:
    return dict(sandbox.calls)


def _reset_calls(sandbox: Sandbox, _request: web.Request, _body: Any) -> Mapping[str, Any]:
    sandbox.calls.clear()
    return {}


def _limits(sandbox: Sandbox, _request: web.Request, _body: Any) -> Mapping[str, Any]:
    return asdict(sandbox.limits.current)


def _set_limits(sandbox: Sandbox, request: web.Request, body: Any) -> Mapping[str, Any]:
    wanted = read_body(
        body,
        required={},
        optional={
            "limit": _count(10**9),
            "window": _count(86_400),
            "kind": one_of(*WindowKind),
            "concurrent": _count(10**9),
            "rival": nullable(_rival),
        },
    )
    if wanted.get("window") == 0:
        raise invalid("window", "must be at least a second")
    if "kind" in wanted:
        wanted["kind"] = WindowKind(wanted["kind"])
    sandbox.limits.set(replace(sandbox.limits.current, **wanted))
    return _limits(sandbox, request, None)


def _rival(_name: str, value: object) -> Rival:
    return Rival(
        **read_body(
            value,
            required={"share": _number(most=1)},
            optional={"operation": one_of(EVERY_OPERATION, *sorted(OPERATION_IDS))},
        )
    )


def _reset(sandbox: Sandbox, request: web.Request, body: Any) -> Mapping[str, Any]:
    wanted = read_body(body, required={}, optional={"customers": _count(MOST_CUSTOMERS), "seed": _count(2**31)})
    sandbox.reset(**wanted)
    return _health(sandbox, request, None)


def _count(most: int) -> Callable[[str, object], int]:
    def read(name: str, value: object) -> int:
        number = whole_number(name, value)
        if not 0 <= number <= most:
            raise invalid(name, f"must be from 0 to {most}")
        return number

    return read


def _number(*, most: float) -> Callable[[str, object], float]:
    def read(name: str, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
            raise invalid(name, f"must be a number from 0 to {most}")
        return float(value)

    return read
